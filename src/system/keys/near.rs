//! The code in whose hands comes what some files load or make.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::loads::Load;
use crate::source::FileId;
use crate::system::View;

/// Who imports whom.
pub struct Near {
    importers: Vec<Vec<FileId>>,
    /// Answers that were given before, by who loads.
    known: FxHashMap<Vec<FileId>, Rc<FxHashSet<FileId>>>,
}

impl Near {
    /// Looks at all imports.
    pub fn new(view: &View<'_>) -> Self {
        let mut importers = vec![Vec::new(); view.program.sources.len()];
        for file in view.program.files() {
            for (of, _) in view.program.imported_files(file) {
                importers[of.index()].push(file);
            }
        }
        Self { importers, known: FxHashMap::default() }
    }

    /// The files that load the settings, those that import these, and all that any of them import; none if nobody knows.
    pub fn of(&mut self, view: &View<'_>, load: &Load) -> Option<Rc<FxHashSet<FileId>>> {
        let mut by: Vec<FileId> = load.by.iter().map(|call| call.file).collect();
        by.dedup();
        (!by.is_empty()).then(|| self.around(view, by))
    }

    /// Some files in order, those that import any of them, and all that any of these import.
    pub fn around(&mut self, view: &View<'_>, by: Vec<FileId>) -> Rc<FxHashSet<FileId>> {
        if let Some(known) = self.known.get(&by) {
            return Rc::clone(known);
        }
        let above = reached(by.iter().copied(), |file| self.importers[file.index()].clone());
        let all =
            Rc::new(reached(above.into_iter(), |file| view.program.imported_files(file).map(|(of, _)| of).collect()));
        self.known.insert(by, Rc::clone(&all));
        all
    }
}

fn reached(from: impl Iterator<Item = FileId>, next: impl Fn(FileId) -> Vec<FileId>) -> FxHashSet<FileId> {
    let mut waiting: Vec<FileId> = from.collect();
    let mut found: FxHashSet<FileId> = waiting.iter().copied().collect();
    while let Some(file) = waiting.pop() {
        for other in next(file) {
            if found.insert(other) {
                waiting.push(other);
            }
        }
    }
    found
}
