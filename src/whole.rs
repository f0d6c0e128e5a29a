//! The one way in which files are written: whole or not at all, and nothing is left of what was not finished.

use std::fs::{File, OpenOptions};
use std::io::{Result, Write};
use std::path::{Path, PathBuf};

/// Writes a file in the place of the one that is there. A new one gets the mode `fresh`; where the old one's is to stay,
/// that is `None`.
///
/// # Errors
/// If it cannot be written; what was there stays.
pub fn write(path: &Path, parts: &[&[u8]], fresh: Option<u32>) -> Result<()> {
    if nameless(path, parts, fresh).is_ok() {
        return Ok(());
    }
    let mut file = tempfile::Builder::new().prefix(".mldebt-").tempfile_in(folder(path))?;
    fill(file.as_file_mut(), path, parts, fresh)?;
    file.persist(path)?;
    Ok(())
}

/// Removes what writers of a file left who were killed in the instant in which theirs had a name of its own. Whoever calls
/// this is the only writer.
pub fn sweep(path: &Path) {
    let Ok(entries) = std::fs::read_dir(folder(path)) else { return };
    let (start, end) = around(path);
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().strip_prefix(&start).is_some_and(|rest| rest.ends_with(&end)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// How the name of a file begins and ends that is to take another's place.
fn around(path: &Path) -> (String, String) {
    (format!(".{}.", path.file_name().unwrap_or_default().to_string_lossy()), ".new".to_owned())
}

fn beside(path: &Path) -> PathBuf {
    let (start, end) = around(path);
    let thread = format!("{:?}", std::thread::current().id());
    let digits: String = thread.chars().filter(char::is_ascii_digit).collect();
    folder(path).join(format!("{start}{}-{digits}{end}", std::process::id()))
}

fn fill(file: &mut File, path: &Path, parts: &[&[u8]], fresh: Option<u32>) -> Result<()> {
    for part in parts {
        file.write_all(part)?;
    }
    if fresh.is_none() {
        file.sync_all()?;
    }
    permit(file, path, fresh)
}

/// A file without a name, which the system drops with its writer, gets its name when it is whole.
#[cfg(target_os = "linux")]
fn nameless(path: &Path, parts: &[&[u8]], fresh: Option<u32>) -> Result<()> {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::{AtFlags, CWD, linkat};
    let mut options = OpenOptions::new();
    let mut file = options.write(true).mode(0o600).custom_flags(libc::O_TMPFILE).open(folder(path))?;
    fill(&mut file, path, parts, fresh)?;
    let own = format!("/proc/self/fd/{}", file.as_raw_fd());
    let name = |to: &Path| linkat(CWD, &own, CWD, to, AtFlags::SYMLINK_FOLLOW);
    if name(path).is_ok() {
        return Ok(());
    }
    let beside = beside(path);
    let _ = std::fs::remove_file(&beside);
    name(&beside)?;
    std::fs::rename(&beside, path).inspect_err(|_| drop(std::fs::remove_file(&beside)))
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path, _: &[&[u8]], _: Option<u32>) -> Result<()> {
    Err(std::io::Error::other("every file has a name here"))
}

/// A file that takes another's place may be read by whoever could read that one; a new one by everybody, as files of a
/// repository are.
#[cfg(unix)]
fn permit(file: &File, old: &Path, fresh: Option<u32>) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let old = || std::fs::metadata(old).map_or(0o644, |meta| meta.permissions().mode());
    file.set_permissions(std::fs::Permissions::from_mode(fresh.unwrap_or_else(old)))
}

#[cfg(not(unix))]
fn permit(_: &File, _: &Path, _: Option<u32>) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_takes_the_others_place_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.toml");
        for text in ["one", "two"] {
            write(&path, &[text.as_bytes()], None).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        std::fs::write(beside(&path), "left").unwrap();
        sweep(&path);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(&folder.path().join("none/x"), &[b""], None).is_err());
    }
}
