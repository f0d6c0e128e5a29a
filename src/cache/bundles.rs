//! What files say, in bundles of some dozen files: only those are written anew of which a file has changed.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Hash;
use super::shelf::{Drawer, Shelf};
use crate::fact::Facts;

/// About how many files are bundled.
const TOGETHER: usize = 32;
/// The most bundles of one repository.
const MOST: usize = 256;

/// What a file said.
#[derive(Serialize, Deserialize)]
struct Said<P, F> {
    path: P,
    content: Hash,
    facts: F,
}

/// The bundles of a repository.
pub struct Bundles<'a> {
    shelf: &'a Shelf,
    repository: Hash,
    count: usize,
}

impl<'a> Bundles<'a> {
    /// The bundles of a repository of so many files.
    pub fn new(shelf: &'a Shelf, repository: Hash, files: usize) -> Self {
        // Some files more or less leave it as it is.
        Self { shelf, repository, count: (files / TOGETHER).next_power_of_two().min(MOST) }
    }

    /// In which bundle a file lies.
    pub fn of(&self, path: &str) -> usize {
        let Hash(bytes) = Hash::of(path.as_bytes());
        usize::from(bytes[0]) % self.count
    }

    /// The facts of files, of which path and content are given in the order of their paths, as far as they are bundled.
    pub fn take(&self, files: &[(&str, Hash)]) -> Vec<Option<Facts>> {
        let mut wanted = vec![false; self.count];
        files.iter().for_each(|(path, _)| wanted[self.of(path)] = true);
        let found: Vec<Vec<(usize, Facts)>> = (0..self.count)
            .into_par_iter()
            .filter(|bundle| wanted[*bundle])
            .map(|bundle| {
                let all: Vec<Said<String, Facts>> =
                    self.shelf.load(Drawer::Facts, self.name(bundle)).unwrap_or_default();
                let number = |said: &Said<String, Facts>| {
                    let number = files.binary_search_by(|(path, _)| (*path).cmp(&said.path)).ok()?;
                    files.get(number).filter(|(_, content)| *content == said.content).map(|_| number)
                };
                all.into_iter().filter_map(|said| Some((number(&said)?, said.facts))).collect()
            })
            .collect();
        let mut taken: Vec<Option<Facts>> = files.iter().map(|_| None).collect();
        for (number, facts) in found.into_iter().flatten() {
            taken[number] = Some(facts);
        }
        taken
    }

    /// Writes those bundles anew in which a file lies of which that is said; all files are given.
    pub fn put(&self, files: &[(&str, Hash, &Facts)], is_new: impl Fn(&str) -> bool) {
        let mut bundles: Vec<Vec<Said<&str, &Facts>>> = (0..self.count).map(|_| Vec::new()).collect();
        let mut wanted = vec![false; self.count];
        for (path, content, facts) in files {
            let bundle = self.of(path);
            wanted[bundle] |= is_new(path);
            bundles[bundle].push(Said { path, content: *content, facts });
        }
        let new = bundles.par_iter().enumerate().filter(|(number, _)| wanted[*number]);
        new.for_each(|(number, bundle)| self.shelf.store(Drawer::Facts, self.name(number), bundle));
        if wanted.contains(&true) {
            self.shelf.tidy(Drawer::Facts);
        }
    }

    fn name(&self, bundle: usize) -> Hash {
        Hash::of_parts([&self.repository.0[..], &self.count.to_le_bytes(), &bundle.to_le_bytes()])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn facts_come_back_as_they_were_if_the_content_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(folder.path()).unwrap();
        let bundles = Bundles::new(&shelf, Hash::of(b"repository"), 100);
        let facts =
            crate::read::python::read("import a as b\n\ndef f(x, *y, z=1.5):\n    return b.c(f\"{x}\", [-2, None])\n");
        let (one, other) = (Hash::of(b"1"), Hash::of(b"2"));
        bundles.put(&[("a.py", one, &facts), ("b.py", one, &facts)], |_| true);
        let taken = bundles.take(&[("a.py", one), ("b.py", other), ("c.py", one)]);
        let told = |facts: &Facts| format!("{facts:?}");
        assert_eq!(taken[0].as_ref().map(told), Some(told(&facts)));
        assert!(taken[1].is_none() && taken[2].is_none());
    }
}
