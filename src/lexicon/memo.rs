//! Answers that were given once.

use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;

/// Answers by their questions: the same few are asked of the lexicon for every call of a repository.
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
            self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
            found
        })
    }
}
