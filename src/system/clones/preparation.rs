//! Runs of statements that prepare data in several files: one set for each run and its copies.

use std::ops::Range;

use petgraph::unionfind::UnionFind;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::View;
use super::align::Region;
use super::copies::Copies;
use super::pairs::Pair;
use super::{Code, Shared, Told, differences};
use crate::program::parent;
use crate::source::Kind;

/// Statements of a run that count as a clone.
const LEAST: usize = 12;

/// Statements of a run that work on tables, and that change them.
const TABLES: usize = 6;
const CHANGES: usize = 4;

/// Where nothing differs, so many say enough.
const SAME_TABLES: usize = 3;
const SAME_CHANGES: usize = 2;

/// A run and its copy.
#[derive(Clone, Copy)]
struct Run<'s> {
    pair: Pair,
    region: &'s Region,
}

/// Pairs of folders, or of files of one folder.
type Places<'v> = FxHashSet<(&'v str, &'v str)>;

/// Finds the sets of runs that prepare data.
pub fn derive(view: &View<'_>, code: &Code, shared: &[Shared], told: &Told) -> Vec<Copies> {
    let runs: Vec<Run<'_>> = shared
        .iter()
        .filter(|s| !told.knows(s.pair))
        .flat_map(|s| s.regions.iter().map(|region| Run { pair: s.pair, region }))
        .filter(|run| prepares(view, code, run))
        .collect();
    let mut sets: Vec<(Copies, Places<'_>)> =
        families(&runs).into_iter().map(|family| (copies(view, code, &family), places(view, code, &family))).collect();
    sets.sort_by_key(|(copies, _)| {
        (std::cmp::Reverse(copies.statements * copies.members.len()), copies.members.first().map(|(_, at)| *at))
    });
    // Two folders or files that are copies of each other share many runs: the largest stands for all.
    let mut known = Places::default();
    sets.retain(|(_, places)| {
        let new = places.iter().all(|place| !known.contains(place));
        known.extend(places);
        new
    });
    sets.into_iter().map(|(copies, _)| copies).collect()
}

/// Is the run long enough, mostly equal, and work on tables?
fn prepares(view: &View<'_>, code: &Code, run: &Run<'_>) -> bool {
    let size = run.region.size();
    if size < LEAST || run.region.equal.len() * 10 < size * 7 || are_notes(view, code, run.pair) {
        return false;
    }
    let work = code.work(run.pair.0, &run.region.left);
    let same = run.region.equal.len() == size;
    let (tables, changes) = if same { (SAME_TABLES, SAME_CHANGES) } else { (TABLES, CHANGES) };
    work.iter().filter(|w| w.table).count() >= tables && work.iter().filter(|w| w.changes).count() >= changes
}

/// Are both notebooks, or scripts that are kept beside a notebook of their name? These begin as copies of each other.
fn are_notes(view: &View<'_>, code: &Code, (a, b): Pair) -> bool {
    let is_note = |number: u32| {
        let source = &view.program.sources[code.file(number).index()];
        let stem = source.path.rsplit_once('.').map_or(source.path.as_str(), |(stem, _)| stem);
        source.kind == Kind::Notebook || view.program.at_path(&format!("{stem}.ipynb")).is_some()
    };
    is_note(a) && is_note(b)
}

/// Runs that are copies of each other: those whose statements overlap in a file.
fn families<'s>(runs: &[Run<'s>]) -> Vec<Vec<Run<'s>>> {
    let mut sides: Vec<(u32, &Range<usize>, usize)> = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        sides.push((run.pair.0, &run.region.left, number));
        sides.push((run.pair.1, &run.region.right, number));
    }
    sides.sort_by_key(|(file, range, number)| (*file, range.start, *number));
    let mut together = UnionFind::<usize>::new(runs.len());
    for pair in sides.windows(2) {
        let [(file, range, one), (other, next, two)] = pair else { continue };
        let overlap = range.end.min(next.end).saturating_sub(next.start);
        if file == other && overlap * 2 >= range.len().min(next.len()) {
            together.union(*one, *two);
        }
    }
    let mut families: FxHashMap<usize, Vec<Run<'s>>> = FxHashMap::default();
    for (number, run) in runs.iter().enumerate() {
        families.entry(together.find(number)).or_default().push(*run);
    }
    families.into_values().collect()
}

/// The pairs of folders, or of files of one folder, that a family lies in.
fn places<'v>(view: &View<'v>, code: &Code, family: &[Run<'_>]) -> Places<'v> {
    let place = |run: &Run<'_>| {
        let (a, b) = (view.program.path(code.file(run.pair.0)), view.program.path(code.file(run.pair.1)));
        if parent(a) == parent(b) { (a, b) } else { (parent(a), parent(b)) }
    };
    family.iter().map(place).collect()
}

fn copies(view: &View<'_>, code: &Code, family: &[Run<'_>]) -> Copies {
    let mut members: Vec<(u32, &Range<usize>)> = Vec::new();
    for run in family {
        members.extend([(run.pair.0, &run.region.left), (run.pair.1, &run.region.right)]);
    }
    members.sort_by_key(|(file, range)| (*file, range.start));
    members.dedup_by_key(|(file, _)| *file);
    let statements = family.iter().map(|run| run.region.size()).min().unwrap_or(0);
    let differs = family.first().map_or_else(String::new, |run| differs(view, code, run));
    let members = members.into_iter().map(|(file, range)| code.run(view, file, range)).collect();
    Copies { kind: "preparation", members, statements, differs, used: String::new() }
}

fn differs(view: &View<'_>, code: &Code, run: &Run<'_>) -> String {
    let (a, b) = run.pair;
    let literals = differences::literals(view, (code.file(a), code.file(b)), (code.of(a), code.of(b)), &[run.region]);
    let alone = run.region.left.len().max(run.region.right.len()) - run.region.size();
    match (literals.is_empty(), alone) {
        (true, 0) => "nothing differs".to_owned(),
        (false, 0) => format!("{literals} differ"),
        (true, n) => format!("{n} statements between them differ"),
        (false, n) => format!("{literals} and {n} statements between them differ"),
    }
}
