//! What becomes of a map of settings: which of its keys are looked up, set, walked over or taken whole.

use std::collections::{BTreeMap, BTreeSet};

use super::inside::{self, ANY};
use super::{Lookup, Path};
use crate::fact::Text;
use crate::program::Node;

/// What becomes of a map.
#[derive(Default)]
pub struct Lookups {
    /// By key path.
    pub read: BTreeMap<Path, Vec<Lookup>>,
    /// What is taken whole.
    pub whole: BTreeSet<Path>,
    /// What code sets itself.
    pub set: BTreeMap<Path, Vec<Node>>,
    /// Maps into which code puts keys that it does not write out.
    pub filled: BTreeSet<Path>,
    /// Maps of which all keys, and nothing of what lies below them, are looked at.
    pub walked: BTreeSet<Path>,
    /// Comparisons with the value of a key, and tables that are asked by it.
    pub compared: BTreeMap<Path, Vec<Node>>,
    /// Keys whose value is thrown away at once.
    pub dropped: BTreeMap<Path, Node>,
}

impl Lookups {
    /// Is that path, or one above it, taken whole?
    pub fn is_whole(&self, path: &[Text]) -> bool {
        (0..=path.len()).any(|end| self.whole.contains(&path[..end]) || starred(&self.whole, &path[..end]))
    }

    /// Is that map, or one above it, given keys that nobody writes out?
    pub fn is_filled(&self, path: &[Text]) -> bool {
        (0..=path.len()).any(|end| self.filled.contains(&path[..end]))
    }

    /// Is something at that path, or below it, looked up?
    pub fn is_read(&self, path: &[Text]) -> bool {
        let from = Path::from_slice(path);
        let below = |found: Option<&Path>| found.is_some_and(|of| of.starts_with(path));
        let like = |of: &Path| {
            of.len() >= path.len() && of.contains(&Text::from(ANY)) && inside::fits(&of[..path.len()], path)
        };
        below(self.read.range(from.clone()..).next().map(|(of, _)| of))
            || below(self.whole.range(from..).next())
            || self.read.keys().chain(&self.whole).any(like)
    }

    /// The same with every key spelled otherwise.
    pub fn spelled(&self, of: &dyn Fn(Text) -> Text) -> Self {
        let path = |path: &Path| -> Path { path.iter().map(|key| of(*key)).collect() };
        let mut found = Self::default();
        for (from, lookups) in &self.read {
            found.read.entry(path(from)).or_default().extend(lookups.iter().copied());
        }
        for (from, nodes) in &self.set {
            found.set.entry(path(from)).or_default().extend(nodes.iter().copied());
        }
        for (from, nodes) in &self.compared {
            found.compared.entry(path(from)).or_default().extend(nodes.iter().copied());
        }
        found.filled = self.filled.iter().map(path).collect();
        found.whole = self.whole.iter().map(path).collect();
        found.walked = self.walked.iter().map(path).collect();
        found.dropped = self.dropped.iter().map(|(from, node)| (path(from), *node)).collect();
        found
    }

    /// Adds what becomes of another map that holds the same.
    pub fn add(&mut self, other: &Self) {
        for (path, lookups) in &other.read {
            self.read.entry(path.clone()).or_default().extend(lookups.iter().copied());
        }
        self.whole.extend(other.whole.iter().cloned());
        self.filled.extend(other.filled.iter().cloned());
        self.walked.extend(other.walked.iter().cloned());
        for (path, nodes) in &other.compared {
            self.compared.entry(path.clone()).or_default().extend(nodes.iter().copied());
        }
        for (path, nodes) in &other.set {
            self.set.entry(path.clone()).or_default().extend(nodes.iter().copied());
        }
        self.dropped.extend(other.dropped.iter().map(|(path, node)| (path.clone(), *node)));
    }
}

/// Is a path one of several that are not told apart?
fn starred(of: &BTreeSet<Path>, path: &[Text]) -> bool {
    let any = Text::from(ANY);
    of.iter().any(|pattern| pattern.len() == path.len() && pattern.contains(&any) && inside::fits(pattern, path))
}
