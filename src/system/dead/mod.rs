//! Code that never runs, whose work is lost, or that can only fail.

mod aliased;
mod alike;
mod blocks;
mod covered;
mod failing;
mod futile;
pub mod gone;
mod keys;
mod nothing;
mod overwritten;
mod refused;
mod renamed;
mod replaced;
mod shadowed;
mod unbound;
mod unoffered;
mod vain;

pub(super) use unoffered::offered;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::relevance::mark;
use super::{Known, View, settings};
use crate::fact::Text;
use crate::program::Def;
use crate::source::{At, FileId, Kind, Span};
use crate::system::graph::System;
use crate::vocabulary::{Certainty, NodeKind};

/// A piece of code that does nothing.
struct Dead {
    /// `unreachable`, `futile`, `failing`, `broken-cell`, `aliased` or `overwritten`.
    what: &'static str,
    /// What is dead about it, in words.
    reason: String,
    /// A name for it.
    name: Text,
    at: At,
    within: Def,
    statements: usize,
    certainty: Certainty,
}

/// A file that was copied into many folders brings the same piece along: it is told once. Copies are known by the names
/// of file and definition, and by how much is done there.
fn once(view: &View<'_>, found: Vec<Dead>) -> Vec<Dead> {
    let key = |dead: &Dead| {
        let path = view.program.path(dead.at.file);
        let name = path.rsplit('/').next().unwrap_or(path);
        let of = view.program.definition(dead.within);
        let owner = if dead.within.id == 0 { Text::from(name) } else { of.name };
        let inside = |span: Span| dead.at.span.start <= span.start && span.end <= dead.at.span.end;
        let size = view.program.file(dead.at.file).ops.iter().filter(|op| inside(op.span)).count();
        (Text::from(name), owner, dead.what, size)
    };
    let mut kept: Vec<(Dead, usize)> = Vec::with_capacity(found.len());
    let mut first: FxHashMap<_, usize> = FxHashMap::default();
    for dead in found {
        let at = *first.entry(key(&dead)).or_insert(kept.len());
        match kept.get_mut(at).filter(|(of, _)| of.at.file != dead.at.file && of.reason == dead.reason) {
            Some((_, more)) => *more += 1,
            None => kept.push((dead, 0)),
        }
    }
    let told = kept.into_iter().map(|(mut dead, more)| {
        if more > 0 {
            dead.reason.push_str(&format!(" (and in {more} more files of that name)"));
        }
        dead
    });
    told.collect()
}

/// Cells of a notebook that cannot run. Cells are run in any order, so that only what fails whatever ran before counts.
fn broken_cells(view: &View<'_>, file: FileId, stems: &gone::Stems, ran: &FxHashSet<Def>) -> Vec<Dead> {
    let found = gone::find(view, file, stems).into_iter().chain(unbound::find(view, file, stems, ran));
    found.map(|dead| Dead { what: "broken-cell", ..dead }).collect()
}

/// Adds a group for each such piece.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let files: Vec<FileId> =
        view.program.files().filter(|f| view.program.sources[f.index()].kind == Kind::Python).collect();
    let methods = failing::methods(view);
    let keys = keys::Keys::new(view);
    let stems = gone::Stems::new(view);
    let ran = view.reach.from_programs();
    let set = unoffered::set_elsewhere(view);
    let attributes = refused::set_names(view);
    let found: Vec<Vec<Dead>> = files
        .par_iter()
        .map(|file| {
            let mut found = blocks::find(view, *file);
            found.extend(shadowed::find(view, *file));
            found.extend(futile::find(view, *file));
            found.extend(overwritten::find(view, *file));
            found.extend(replaced::find(view, *file));
            found.extend(keys::find(view, *file, &keys));
            found.extend(failing::find(view, *file, &methods));
            found.extend(refused::find(view, *file, &attributes));
            found.extend(gone::find(view, *file, &stems));
            found.extend(unbound::find(view, *file, &stems, &ran));
            found.extend(alike::find(view, *file));
            found.extend(aliased::find(view, *file));
            found.extend(vain::find(view, *file));
            found.extend(nothing::find(view, *file));
            found.extend(covered::find(view, *file));
            found.extend(unoffered::find(view, *file, &set));
            found
        })
        .collect();
    let notebooks = view.program.files().filter(|f| view.program.sources[f.index()].kind == Kind::Notebook);
    let cells: Vec<Dead> = notebooks.flat_map(|file| broken_cells(view, file, &stems, &ran)).collect();
    for dead in once(view, found.into_iter().flatten().chain(cells).collect()) {
        let group = system.add(NodeKind::Group, dead.name, dead.at, view.symbol(dead.within));
        system.say(group, "what", dead.what);
        system.say(group, "because", &dead.reason);
        system.say(group, "role", known.roles[dead.at.file.index()].word());
        system.count(group, "statements", dead.statements);
        system.doubt(group, dead.certainty);
        mark(system, group, view.relevance.is_within(view, dead.within));
    }
}
