//! Answers that were given once.

use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;

/// More answers than this are not kept, so that memory has a bound; what is not kept is found again.
const MOST: usize = 2_000_000;

/// Answers by their questions, which are pure: the same few are asked for every call of a repository.
#[derive(Debug)]
pub struct Memo<K, V>(RwLock<FxHashMap<K, V>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(RwLock::new(FxHashMap::default()))
    }
}

impl<K: Eq + std::hash::Hash, V: Clone> Memo<K, V> {
    /// The known answer, or the one that is found now.
    pub fn answer(&self, key: K, find: impl FnOnce() -> V) -> V {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let found = find();
            let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if kept.len() < MOST {
                kept.insert(key, found.clone());
            }
            found
        })
    }
}
