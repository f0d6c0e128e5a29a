//! What earlier runs found out, kept in the user's cache folder: whatever cannot be believed is found out anew.
//!
//! Three things are kept. For each repository, what its files were when they were last read: a file whose metadata is the
//! same need not be opened. What they said, so that one whose content is the same need not be parsed. And answers: what the rules found in
//! files that say certain things. An answer's name is a hash of all that it depends on (this build, the rules and their
//! settings, the files' paths and what they say), so that it is never out of date, only unasked for. Findings and
//! statements are the same with the cache and without it.

mod answer;
mod bundles;
mod index;
mod memory;
mod said;
mod shelf;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{Config, Keeping};
use crate::discover::Discovered;

pub use memory::Memory;
use shelf::Shelf;

/// What this program was built from.
const BUILD: &str = env!("MLDEBT_BUILD");
/// Less than this is read again sooner than looked up.
const WORTHWHILE: u64 = 200 * 1024;

/// A hash (BLAKE3): nobody finds two things with the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The hash of some parts, each with its length.
    fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        Self(*hasher.finalize().as_bytes())
    }
}

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Where the cache lies unless somebody says otherwise.
pub fn folder() -> Option<PathBuf> {
    let given = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = match std::env::consts::OS {
        "windows" => given("LOCALAPPDATA"),
        "macos" => given("XDG_CACHE_HOME").or_else(|| Some(given("HOME")?.join("Library/Caches"))),
        _ => given("XDG_CACHE_HOME").or_else(|| Some(given("HOME")?.join(".cache"))),
    };
    Some(base?.join("mldebt"))
}

/// Where this run keeps what it finds out, if it is worth the while.
fn shelf(config: &Config, found: &Discovered) -> Option<Shelf> {
    let Keeping { folder, asked } = config.keeping.as_ref()?;
    let size: u64 = found.sources.iter().map(|source| source.size).sum();
    // Nothing is written below what is looked at, unless somebody wants it there.
    let apart = || std::fs::canonicalize(&config.root).is_ok_and(|root| !folder.starts_with(root));
    (*asked || (size >= WORTHWHILE && apart())).then(|| Shelf::open(folder))?
}
