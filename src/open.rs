//! The one way in which files are opened: regular ones, without waiting for anybody, and no more of them than is asked for.

use std::fs::{File, OpenOptions};
use std::io::{Error, Read, Result};
use std::path::Path;

/// What people write to say how a repository is to be looked at is smaller than this.
pub const POLICY: u64 = 32 * 1024 * 1024;

/// A regular file that somebody named; a link is followed. Where something else lies by now, nobody waits for it.
///
/// # Errors
/// If it cannot be opened, or is a folder, a pipe or a device.
pub fn named(path: &Path) -> Result<File> {
    regular(path)
}

/// The same of a file that was found: what a link names lies elsewhere, and is not what was found.
///
/// # Errors
/// As [`named`], and if it is a link.
pub fn found(path: &Path) -> Result<File> {
    if std::fs::symlink_metadata(path)?.is_symlink() {
        return Err(Error::other("a link, which is not followed"));
    }
    regular(path)
}

/// The text of a policy file that was found.
///
/// # Errors
/// As [`found`], and if it is too large or no text.
pub fn policy(path: &Path) -> Result<String> {
    text(found(path)?, POLICY)
}

/// The text of a policy file that somebody named.
///
/// # Errors
/// As [`named`], and if it is too large or no text.
pub fn named_policy(path: &Path) -> Result<String> {
    text(named(path)?, POLICY)
}

/// The text of a file, if that is no larger.
///
/// # Errors
/// If it is larger or no text.
pub fn text(file: File, limit: u64) -> Result<String> {
    String::from_utf8(bytes(file, limit)?).map_err(|_| Error::other("not UTF-8"))
}

/// What a file holds, if that is no larger.
///
/// # Errors
/// If it is larger.
pub fn bytes(file: File, limit: u64) -> Result<Vec<u8>> {
    if file.metadata()?.len() > limit {
        return Err(Error::other(format!("over {limit} bytes")));
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn regular(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Who opens a pipe waits for a writer.
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(Error::other("not a regular file"));
    }
    Ok(file)
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_regular_files_of_a_sensible_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("plain"), "text").unwrap();
        std::os::unix::fs::symlink(at("plain"), at("link")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", at("device")).unwrap();
        File::create(at("sparse")).unwrap().set_len(1 << 40).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        assert_eq!(policy(&at("plain")).unwrap(), "text");
        assert_eq!(named_policy(&at("link")).unwrap(), "text");
        assert!(policy(&at("link")).is_err());
        for name in ["device", "sparse", "pipe", "missing", "."] {
            assert!(policy(&at(name)).is_err() && named_policy(&at(name)).is_err(), "{name}");
        }
    }
}
