//! In which order scripts and programs start others.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::Known;
use crate::source::FileId;

/// Scripts that start scripts are no deeper.
const DEPTH: usize = 6;

/// A place in a script, and its turn among all starts.
type Turn = (FileId, usize);

/// Where every program is started, by way of others too.
pub(super) struct Turns {
    starts: FxHashMap<FileId, Vec<Turn>>,
}

impl Turns {
    /// Follows the starts of all programs; what is left running is not waited for.
    pub(super) fn new(known: &Known) -> Self {
        let mut direct: FxHashMap<FileId, Vec<Turn>> = FxHashMap::default();
        for (turn, start) in
            known.invocations.iter().enumerate().filter(|(_, start)| !start.background && start.step.is_none())
        {
            direct.entry(start.program).or_default().push((start.at.file, turn));
        }
        let starts = direct.keys().map(|program| (*program, all(&direct, *program))).collect();
        Self { starts }
    }

    /// Does something start the one and then the other?
    pub(super) fn are_in_order(&self, earlier: FileId, later: FileId) -> bool {
        let of = |program: FileId| self.starts.get(&program).map_or(&[][..], Vec::as_slice);
        of(earlier).iter().any(|(file, turn)| of(later).iter().any(|(other, then)| file == other && turn < then))
    }
}

fn all(direct: &FxHashMap<FileId, Vec<Turn>>, program: FileId) -> Vec<Turn> {
    let mut found: Vec<Turn> = Vec::new();
    let mut seen: FxHashSet<FileId> = FxHashSet::default();
    let mut waiting = vec![(program, 0)];
    while let Some((program, depth)) = waiting.pop() {
        if depth > DEPTH || !seen.insert(program) {
            continue;
        }
        for turn in direct.get(&program).into_iter().flatten() {
            found.push(*turn);
            waiting.push((turn.0, depth + 1));
        }
    }
    found
}
