//! What the files of a repository were when they were last read, so that those that have not changed since need not be.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::Hash;
use crate::discover::Stamp;
use crate::fact::Remarks;
use crate::source::Kind;

/// A clock may tick so slowly that a file is written twice in one tick.
const TICK: Duration = Duration::from_secs(2);

/// What is known of a file's content, whenever and wherever it is met.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Known {
    /// Its bytes.
    pub content: Hash,
    /// What its facts say to the system.
    pub said: Hash,
    /// What they say besides.
    pub remarks: Remarks,
}

/// A file as it was.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its path, relative to the root.
    pub path: String,
    /// As what it was read.
    pub kind: Kind,
    /// Its metadata, before it was read.
    pub stamp: Stamp,
    /// What was in it.
    pub known: Known,
}

/// The files of a repository as they were.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Index {
    /// When a run began to look at them, in nanoseconds since 1970.
    taken: u64,
    /// Sorted by path.
    entries: Vec<Entry>,
}

impl Index {
    /// The files, looked at since `began`, in the order of their paths.
    pub fn new(began: SystemTime, entries: Vec<Entry>) -> Self {
        Self { taken: nanoseconds(began), entries }
    }

    /// Under which name the index of a repository is kept; that of its sampled revisions has its own.
    pub fn name(root: &Path, sampled: bool) -> Hash {
        let root = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
        let what = if sampled { "samples" } else { "files" };
        Hash::of_parts([what.as_bytes(), super::BUILD.as_bytes(), root.as_os_str().as_encoded_bytes()])
    }

    /// The file at that path.
    pub fn find(&self, path: &str, kind: Kind) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|e| e.path.as_str().cmp(path)).ok()?;
        self.entries.get(at).filter(|entry| entry.kind == kind)
    }

    /// How many files it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Has a file that is as `now` not been written to since it was as the entry says?
    ///
    /// Whoever sets back a file's time of change sets the time of that itself, which nobody can set back. A file that was
    /// changed about when it was looked at may have been changed again within the same tick of the clock: it is not trusted.
    pub fn trusts(&self, entry: &Entry, now: Stamp) -> bool {
        let tick = i128::try_from(TICK.as_nanos()).unwrap_or(i128::MAX);
        entry.stamp == now && now.latest() + tick < i128::from(self.taken)
    }
}

fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
