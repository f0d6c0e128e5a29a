//! Code that never runs, whose work is lost, or that can only fail.

mod blocks;
mod failing;
mod futile;
mod keys;
mod shadowed;

use rayon::prelude::*;

use super::{Known, View, settings};
use crate::fact::Text;
use crate::source::{At, FileId, Kind};
use crate::system::graph::System;
use crate::system::program::Def;
use crate::vocabulary::{Certainty, NodeKind};

/// A piece of code that does nothing.
struct Dead {
    /// `unreachable`, `futile` or `failing`.
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

/// Adds a group for each such piece. A notebook's cells are run in any order, so that only what can fail alone counts.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let files: Vec<FileId> =
        view.program.files().filter(|f| view.program.sources[f.index()].kind == Kind::Python).collect();
    let methods = failing::methods(view);
    let keys = keys::Keys::new(view);
    let found: Vec<Vec<Dead>> = files
        .par_iter()
        .map(|file| {
            let mut found = blocks::find(view, *file);
            found.extend(shadowed::find(view, *file));
            found.extend(futile::find(view, *file));
            found.extend(keys::find(view, *file, &keys));
            found.extend(failing::find(view, *file, &methods));
            found
        })
        .collect();
    for dead in found.into_iter().flatten() {
        let group = system.add(NodeKind::Group, dead.name, dead.at, view.symbol(dead.within));
        system.say(group, "what", dead.what);
        system.say(group, "because", &dead.reason);
        system.say(group, "role", known.roles[dead.at.file.index()].word());
        system.count(group, "statements", dead.statements);
        system.doubt(group, dead.certainty);
    }
}
