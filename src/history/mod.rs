//! A revision of the repository as a folder of its own, made from git's objects; the working tree is not touched.

mod git;
mod samples;

use std::ffi::OsStr;
use std::fs::{DirBuilder, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use tempfile::TempDir;

use crate::discover::kind;
use crate::mistake::Mistake;
use crate::source::spelled;
use git::Objects;

pub use samples::{Commit, Samples, samples};

/// Entries of a tree; more of them are a trap.
const ENTRIES: usize = 2_000_000;
/// The largest file that may be a source: a notebook.
const LARGEST: u64 = 64 * 1024 * 1024;
/// The largest file whose first line may say what it is.
const NAMELESS: u64 = 1024 * 1024;
/// The most bytes of sources that are written.
const ALL: u64 = 2 * 1024 * 1024 * 1024;
/// Entries of folders that stand in several places; more of them are a trap.
const AGAIN: usize = 200_000;
/// The longest target of a link.
const LINK: u64 = 4_096;

/// A revision on disk, for as long as this lives.
pub struct Checkout {
    root: PathBuf,
    /// Locked for as long as somebody uses the folder, however that ends.
    _mark: File,
    _folder: TempDir,
    /// The commit.
    pub commit: String,
}

impl Checkout {
    /// The folder, which looks like the repository's root.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// Something of a tree that is to be written.
struct Entry {
    path: PathBuf,
    shown: String,
    id: String,
}

/// What a tree holds.
#[derive(Default)]
struct Tree {
    folders: Vec<PathBuf>,
    files: Vec<Entry>,
    links: Vec<Entry>,
}

/// Writes a revision's sources to a temporary folder; of other files only that they are there, and how large.
///
/// `main` is that commit; `main...` is the commit at which the present one left `main`.
///
/// # Errors
/// If there is no such revision here, or git cannot be asked.
pub fn checkout(repository: &Path, revision: &str) -> Result<Checkout, Mistake> {
    let refuse = |message: String| Mistake::new(&format!("--diff {revision}"), "", 0..0, message);
    let mut objects = Objects::open(repository).map_err(refuse)?;
    let commit = resolve(&mut objects, repository, revision)?;
    lay_out(&mut objects, commit, &refuse)
}

/// The same of a commit that is known by its name.
///
/// # Errors
/// As [`checkout`].
pub fn restore(repository: &Path, commit: &str) -> Result<Checkout, Mistake> {
    let refuse = |message: String| Mistake::new(commit, "", 0..0, message);
    let mut objects = Objects::open(repository).map_err(refuse)?;
    lay_out(&mut objects, commit.to_owned(), &refuse)
}

fn lay_out(objects: &mut Objects, commit: String, refuse: &dyn Fn(String) -> Mistake) -> Result<Checkout, Mistake> {
    let tree = objects.info(&format!("{commit}^{{tree}}")).map_err(refuse)?;
    let tree = tree.ok_or_else(|| refuse("its tree is not here".to_owned()))?;
    let tree = list(objects, &tree.id).map_err(refuse)?;
    sweep();
    let (folder, mark) = place().map_err(|e| refuse(e.to_string()))?;
    materialize(objects, &folder.path().join(TREE), &tree).map_err(refuse)?;
    Ok(Checkout { root: folder.path().join(TREE), _mark: mark, _folder: folder, commit })
}

/// The revision's files, within its folder.
const TREE: &str = "tree";
/// What is locked beside them.
const MARK: &str = "in-use";
/// How the folders of revisions are called.
const PREFIX: &str = "mldebt-revision-";

/// A new folder for a revision, which is known to be in use.
fn place() -> std::io::Result<(TempDir, File)> {
    let folder = TempDir::with_prefix(PREFIX)?;
    let mark = File::create_new(folder.path().join(MARK))?;
    mark.lock()?;
    DirBuilder::new().create(folder.path().join(TREE))?;
    Ok((folder, mark))
}

/// Removes the folders of runs that were killed: nobody holds their locks any more.
fn sweep() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes());
        if is_ours
            && entry.file_type().is_ok_and(|kind| kind.is_dir())
            && let Ok(mark) = crate::open::found(&entry.path().join(MARK))
            && mark.try_lock().is_ok()
        {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Something that git keeps in the working tree.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its path from the repository's root.
    pub path: PathBuf,
    /// What it is kept as.
    pub form: Form,
}

impl Kept {
    /// Its path from a folder of the repository, if it lies below that.
    pub fn below(&self, folder: &str) -> Option<PathBuf> {
        self.path.strip_prefix(folder).ok().filter(|path| !path.as_os_str().is_empty()).map(Path::to_path_buf)
    }
}

/// What git keeps something as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// Another repository.
    Submodule,
}

/// What git keeps of the working tree.
///
/// # Errors
/// If it cannot be asked.
pub fn kept(repository: &Path) -> Result<Vec<Kept>, Mistake> {
    let shown = repository.display().to_string();
    let index = git::index(repository).map_err(|message| Mistake::new(&shown, "", 0..0, message))?;
    let kept = |(mode, path): (String, Vec<u8>)| {
        let form = match mode.as_str() {
            "120000" => Form::Link,
            "160000" => Form::Submodule,
            _ => Form::File,
        };
        Some(Kept { path: PathBuf::from(os(&path)?), form })
    };
    Ok(index.into_iter().filter_map(kept).collect())
}

/// The commit that a revision names.
fn resolve(objects: &mut Objects, repository: &Path, revision: &str) -> Result<String, Mistake> {
    let refuse = |message: String| Mistake::new(&format!("--diff {revision}"), "", 0..0, message);
    let (name, parted) = revision.strip_suffix("...").map_or((revision, false), |name| (name, true));
    if name.is_empty() || name.starts_with('-') || name.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(refuse("no revision is called so".to_owned()));
    }
    let mut commit = |name: &str| objects.info(&format!("{name}^{{commit}}")).map_err(refuse);
    let Some(info) = commit(name)? else { return Err(unknown(repository, name, &refuse)) };
    if !parted {
        return Ok(info.id);
    }
    let head = commit("HEAD")?.ok_or_else(|| refuse("nothing is committed yet".to_owned()))?;
    git::merge_base(repository, &info.id, &head.id).ok_or_else(|| {
        let mistake = refuse(format!("the history that is here does not show where HEAD left {name}"));
        if git::is_shallow(repository) { mistake.help(DEEPEN) } else { mistake.help(format!("try --diff {name}")) }
    })
}

/// What to do about a history that was cut off.
const DEEPEN: &str =
    "only the last commits were brought here: `git fetch --unshallow`, or `fetch-depth: 0` in actions/checkout";

fn unknown(repository: &Path, name: &str, refuse: &dyn Fn(String) -> Mistake) -> Mistake {
    if git::is_shallow(repository) {
        return refuse(format!("there is no commit {name} here")).help(DEEPEN);
    }
    let mistake = refuse(format!("there is no commit {name}"));
    mistake.help(format!("if it is a branch of the remote: `git fetch origin {name}` and --diff origin/{name}"))
}

/// All that a tree holds, folder by folder.
fn list(objects: &mut Objects, root: &str) -> Result<Tree, String> {
    let mut tree = Tree::default();
    let mut waiting = vec![(PathBuf::new(), root.to_owned())];
    let (mut entries, mut again) = (0, 0);
    let mut known: FxHashMap<String, Rc<Vec<u8>>> = FxHashMap::default();
    while let Some((folder, id)) = waiting.pop() {
        let before = known.get(&id).cloned();
        let is_again = before.is_some();
        let bytes = match before {
            Some(bytes) => bytes,
            None => Rc::new(objects.contents(&id)?.ok_or("a part of its tree is not here")?),
        };
        known.entry(id).or_insert_with(|| Rc::clone(&bytes));
        let mut seen: FxHashSet<&[u8]> = FxHashSet::default();
        for (mode, name, id) in parse(&bytes, root.len() / 2) {
            entries += 1;
            again += usize::from(is_again);
            if again > AGAIN {
                return Err(format!("one folder stands in too many places: over {AGAIN} files are the same"));
            }
            if entries > ENTRIES {
                return Err(format!("over {ENTRIES} files are not compared"));
            }
            // Two things of one name, or one named like a way out: no git writes such a tree.
            if !is_plain(name) || !seen.insert(name) {
                continue;
            }
            let Some(path) = os(name).map(|name| folder.join(name)) else { continue };
            let shown = spelled(&path);
            match mode {
                b"40000" | b"040000" => {
                    tree.folders.push(path.clone());
                    waiting.push((path, id));
                }
                b"120000" => tree.links.push(Entry { path, shown, id }),
                // Another repository, of which this one holds nothing.
                b"160000" => {}
                _ => tree.files.push(Entry { path, shown, id }),
            }
        }
    }
    Ok(tree)
}

/// The entries of a tree object: mode, name, object.
fn parse(bytes: &[u8], length: usize) -> Vec<(&[u8], &[u8], String)> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while let Some(end) = memchr::memchr(0, rest)
        && let Some(space) = memchr::memchr(b' ', &rest[..end])
        && let Some(id) = rest.get(end + 1..end + 1 + length)
    {
        let id = id.iter().map(|byte| format!("{byte:02x}")).collect();
        entries.push((&rest[..space], &rest[space + 1..end], id));
        rest = &rest[end + 1 + length..];
    }
    entries
}

fn is_plain(name: &[u8]) -> bool {
    let way_out = matches!(name, b"" | b"." | b"..") || name.eq_ignore_ascii_case(b".git");
    let apart: &[u8] = if cfg!(windows) { b"/\\:" } else { b"/" };
    !way_out && !name.iter().any(|byte| apart.contains(byte))
}

#[cfg(unix)]
fn os(name: &[u8]) -> Option<&OsStr> {
    Some(std::os::unix::ffi::OsStrExt::from_bytes(name))
}

#[cfg(not(unix))]
fn os(name: &[u8]) -> Option<&OsStr> {
    std::str::from_utf8(name).ok().map(OsStr::new)
}

/// Writes folders and files first and links last, so that nothing is ever written through a link.
fn materialize(objects: &mut Objects, root: &Path, tree: &Tree) -> Result<(), String> {
    let refuse = |e: std::io::Error| format!("the temporary folder cannot be written: {e}");
    // Whoever looks for the repository's root stops here.
    DirBuilder::new().create(root.join(".git")).map_err(refuse)?;
    for folder in &tree.folders {
        // Where names differ only in their case there may be one already.
        DirBuilder::new().recursive(true).create(root.join(folder)).map_err(refuse)?;
    }
    let ids: Vec<&str> = tree.files.iter().map(|entry| entry.id.as_str()).collect();
    // Data that was not brought here is there all the same, and empty.
    let sizes: Vec<Option<u64>> = objects.infos(&ids)?.into_iter().map(|info| Some(info?.size)).collect();
    let all = || tree.files.iter().zip(&sizes);
    let wanted = |(entry, size): &(&Entry, &Option<u64>)| is_wanted(&entry.shown, size.unwrap_or(0));
    if let Some((entry, _)) = all().find(|file| file.1.is_none() && wanted(file)) {
        return Err(missing(&entry.shown));
    }
    let size: u64 = all().filter(wanted).filter_map(|(_, size)| *size).fold(0, u64::saturating_add);
    if size > ALL {
        return Err(format!("its sources are larger than {ALL} bytes"));
    }
    let ids: Vec<&str> = all().filter(wanted).map(|(entry, _)| entry.id.as_str()).collect();
    objects.all_contents(&ids, |next| {
        for (entry, size) in all() {
            let bytes = if wanted(&(entry, size)) { Some(next()?.ok_or_else(|| missing(&entry.shown))?) } else { None };
            // A name that the disk takes for another's is left to the first.
            let Ok(mut file) = File::create_new(root.join(&entry.path)) else { continue };
            match bytes {
                Some(bytes) => file.write_all(&bytes),
                // Only its size counts; on disk it takes no room.
                None => file.set_len(size.unwrap_or(0)),
            }
            .map_err(refuse)?;
        }
        Ok(())
    })?;
    let inside = root.canonicalize().map_err(refuse)?;
    for entry in &tree.links {
        let Some(info) = objects.info(&entry.id)?.filter(|info| info.size <= LINK) else { continue };
        let Some(target) = objects.contents(&info.id)? else { continue };
        link(&inside, &root.join(&entry.path), &target);
    }
    Ok(())
}

fn missing(path: &str) -> String {
    format!("{path} was not brought here (a partial clone?): clone without --filter")
}

/// May a file's content matter: is it a source by its name, or by its first line, or does it say what is ignored?
fn is_wanted(path: &str, size: u64) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let by_first_line = !name.trim_start_matches('.').contains('.') && size <= NAMELESS;
    by_first_line || (size <= LARGEST && kind(path, None, size).is_some())
}

/// Links are read as links, never followed; one that cannot be made is no source. The root is given without links in it.
fn link(root: &Path, path: &Path, target: &[u8]) {
    let parent = path.parent().and_then(|parent| parent.canonicalize().ok());
    let inside = parent.is_some_and(|parent| parent.starts_with(root));
    #[cfg(unix)]
    if inside && let Some(target) = os(target) {
        let _ = std::os::unix::fs::symlink(target, path);
    }
    #[cfg(not(unix))]
    let _ = (inside, target);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_parsed_and_ways_out_refused() {
        let mut bytes = b"100644 a.py\0".to_vec();
        bytes.extend([1; 20]);
        bytes.extend(b"40000 d\0");
        bytes.extend([2; 20]);
        bytes.extend(b"100644 cut\0");
        bytes.extend([3; 5]);
        let entries = parse(&bytes, 20);
        assert_eq!(entries.len(), 2);
        assert_eq!(
            (entries[1].0, entries[1].1, entries[1].2.as_str()),
            (&b"40000"[..], &b"d"[..], "02".repeat(20).as_str())
        );
        for name in [&b".."[..], b"", b".", b".GIT", b"a/b"] {
            assert!(!is_plain(name));
        }
        assert!(is_plain(b"..a"));
    }

    #[test]
    fn only_what_may_be_read_is_written() {
        assert!(is_wanted("a/b.py", 10) && is_wanted("run", 10) && is_wanted(".gitignore", 10));
        assert!(!is_wanted("data.csv", 10) && !is_wanted("weights", 1 << 30) && !is_wanted("big.py", 1 << 30));
    }
}
