//! The cache's files: each is whole or not there, checked before it is believed, and there are never too many.

use std::fs::{File, Metadata};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Hash;
use crate::open;
use crate::whole;

/// How a file of this program, in this layout, begins.
const MAGIC: &[u8] = b"mldebt cache 1\n";
/// A larger file is none of the cache's.
const LARGEST: u64 = 256 * 1024 * 1024;
/// A temporary file of that age is nobody's any more.
const STRAY: Duration = Duration::from_secs(60 * 60);

const TAG: (&str, &str) = (
    "CACHEDIR.TAG",
    "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is mldebt's cache; it may be deleted at any time.\n",
);
const IGNORE: (&str, &str) = (".gitignore", "*\n");

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawer {
    /// What the files of a repository are known to say.
    Files,
    /// What the files say, bundled.
    Facts,
    /// What the rules found.
    Answers,
}

impl Drawer {
    fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Facts => "facts",
            Self::Answers => "answers",
        }
    }

    /// How many files, and how many bytes, are kept at most.
    fn room(self) -> (usize, u64) {
        match self {
            Self::Files => (64, 128 * 1024 * 1024),
            Self::Facts => (4_096, 512 * 1024 * 1024),
            Self::Answers => (512, 128 * 1024 * 1024),
        }
    }
}

/// The folder with the cache's files. Whatever goes wrong here, the cache is as if it were empty.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// The cache in that folder, unless others may write there.
    pub fn open(folder: &Path) -> Option<Self> {
        let drawers = [Drawer::Files, Drawer::Facts, Drawer::Answers].map(|drawer| folder.join(drawer.name()));
        let is_ours = |folder: &Path| std::fs::metadata(folder).map_or(true, |meta| meta.is_dir() && is_private(&meta));
        (is_ours(folder) && drawers.iter().all(|d| is_ours(d))).then(|| Self { folder: folder.to_path_buf() })
    }

    /// What was stored under that name.
    pub fn load<T: DeserializeOwned>(&self, drawer: Drawer, name: Hash) -> Option<T> {
        let file = open::found(&self.place(drawer, name)).ok()?;
        let meta = file.metadata().ok().filter(|meta| meta.len() <= LARGEST)?;
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).ok()?.saturating_add(1));
        file.take(LARGEST).read_to_end(&mut bytes).ok()?;
        let rest = bytes.strip_prefix(MAGIC)?;
        let (sum, payload) = rest.split_at_checked(size_of::<Hash>())?;
        if sum != checksum(name, payload).0 {
            return None;
        }
        postcard::from_bytes(payload).ok()
    }

    /// Stores something under a name, in place of what was stored there.
    pub fn store<T: Serialize>(&self, drawer: Drawer, name: Hash, what: &T) {
        let Ok(payload) = postcard::to_stdvec(what) else { return };
        // A cache that cannot be written is no trouble: the next run finds out for itself again.
        let _ = self.write(drawer, name, &payload);
    }

    fn write(&self, drawer: Drawer, name: Hash, payload: &[u8]) -> std::io::Result<()> {
        let folder = self.folder.join(drawer.name());
        make(&folder)?;
        for (name, text) in [TAG, IGNORE] {
            if let Ok(mut file) = File::create_new(self.folder.join(name)) {
                file.write_all(text.as_bytes())?;
            }
        }
        // Only its owner may read it; it takes its place in one step, so that nobody ever meets half of it.
        whole::write(&self.place(drawer, name), &[MAGIC, &checksum(name, payload).0, payload], Some(0o600))
    }

    /// Drops what was written longest ago, as far as there is too much, and what writers that were killed left behind.
    pub fn tidy(&self, drawer: Drawer) {
        let (most, room) = drawer.room();
        let Ok(entries) = std::fs::read_dir(self.folder.join(drawer.name())) else { return };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        let now = SystemTime::now();
        for entry in entries.flatten() {
            let Ok(meta) = entry.metadata() else { continue };
            let written = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                if now.duration_since(written).is_ok_and(|age| age > STRAY) {
                    let _ = std::fs::remove_file(entry.path());
                }
            } else if meta.is_file() {
                files.push((written, meta.len(), entry.path()));
            }
        }
        files.sort();
        let (mut count, mut bytes) = (files.len(), files.iter().map(|(_, size, _)| size).sum::<u64>());
        for (_, size, path) in files {
            if count <= most && bytes <= room {
                break;
            }
            let _ = std::fs::remove_file(path);
            (count, bytes) = (count - 1, bytes - size);
        }
    }

    fn place(&self, drawer: Drawer, name: Hash) -> PathBuf {
        self.folder.join(drawer.name()).join(name.to_string())
    }
}

/// Of the name as well: what was stored under another name is not believed.
fn checksum(name: Hash, payload: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&name.0).update(payload);
    Hash(*hasher.finalize().as_bytes())
}

#[cfg(unix)]
fn is_private(meta: &Metadata) -> bool {
    let is_own = std::os::unix::fs::MetadataExt::uid(meta) == rustix::process::geteuid().as_raw();
    is_own && std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o022 == 0
}

#[cfg(not(unix))]
fn is_private(_: &Metadata) -> bool {
    true
}

/// Makes a folder, and those above it, for its owner alone.
fn make(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shelf() -> (tempfile::TempDir, Shelf) {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(&folder.path().join("cache")).unwrap();
        (folder, shelf)
    }

    #[test]
    fn whatever_is_damaged_is_not_there() {
        let (_folder, shelf) = shelf();
        let (name, other) = (Hash::of(b"a"), Hash::of(b"b"));
        shelf.store(Drawer::Answers, name, &vec![1_u32, 2, 3]);
        let stored = shelf.load::<Vec<u32>>(Drawer::Answers, name);
        assert_eq!(stored, Some(vec![1, 2, 3]));
        let place = shelf.place(Drawer::Answers, name);
        let whole = std::fs::read(&place).unwrap();
        std::fs::copy(&place, shelf.place(Drawer::Answers, other)).unwrap();
        assert_eq!(shelf.load::<Vec<u32>>(Drawer::Answers, other), None);
        for cut in 0..whole.len() {
            std::fs::write(&place, &whole[..cut]).unwrap();
            assert_eq!(shelf.load::<Vec<u32>>(Drawer::Answers, name), None);
            let mut flipped = whole.clone();
            flipped[cut] ^= 4;
            std::fs::write(&place, &flipped).unwrap();
            assert_eq!(shelf.load::<Vec<u32>>(Drawer::Answers, name), None);
        }
    }

    #[test]
    fn the_oldest_make_room() {
        let (_folder, shelf) = shelf();
        let (most, _) = Drawer::Files.room();
        for number in 0..most + 5 {
            shelf.store(Drawer::Files, Hash::of(&number.to_le_bytes()), &number);
        }
        shelf.tidy(Drawer::Files);
        let kept = std::fs::read_dir(shelf.folder.join(Drawer::Files.name())).unwrap().count();
        assert_eq!(kept, most);
        let last = most + 4;
        assert_eq!(shelf.load::<usize>(Drawer::Files, Hash::of(&last.to_le_bytes())), Some(last));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_it_and_only_the_owner_may_write_it() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, shelf) = shelf();
        let name = Hash::of(b"a");
        shelf.store(Drawer::Files, name, &1_u32);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&shelf.folder), mode(&shelf.place(Drawer::Files, name))), (0o700, 0o600));
        std::fs::set_permissions(&shelf.folder, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(Shelf::open(&shelf.folder).is_none());
    }
}
