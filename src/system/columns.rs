//! Columns that code takes from tables by name, and the data that each of these tables comes from.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::learning::{ReadAt, read_at};
use super::{Known, Role, View};
use crate::fact::{OpKind, Text};
use crate::program::Node;
use crate::source::FileId;
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Values looked at for where one table comes from.
const BUDGET: usize = 150;

/// A column taken by name.
struct Use {
    name: Text,
    at: Node,
    from: Vec<NodeId>,
}

/// Adds the columns that code takes from data, and counts how many of them could be traced to it.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let read_at = read_at(view, known);
    let files: Vec<FileId> = view.program.files().filter(|file| known.roles[file.index()] != Role::Test).collect();
    let found: Vec<Vec<Use>> = files.par_iter().map(|file| of_file(view, *file, &read_at)).collect();
    for used in found.into_iter().flatten() {
        system.coverage.columns += 1;
        system.coverage.traced += usize::from(!used.from.is_empty());
        if used.from.is_empty() {
            continue;
        }
        let at = view.program.place(used.at);
        let def = view.program.owner(used.at);
        let feature = system.named(NodeKind::Feature, used.name, at, view.symbol(def));
        system.join(EdgeKind::Uses, view.code(known, def), feature, at, Certainty::Inferred);
        for dataset in used.from {
            system.join(EdgeKind::Derives, feature, dataset, at, Certainty::Inferred);
        }
    }
}

fn of_file(view: &View<'_>, file: FileId, read_at: &ReadAt) -> Vec<Use> {
    let mut origins: FxHashMap<Node, Vec<NodeId>> = FxHashMap::default();
    let mut uses = Vec::new();
    for (value, op) in (0..).zip(&view.program.file(file).ops) {
        let OpKind::Index(object, index) = op.kind else { continue };
        let (at, table) = (Node { file, value }, Node { file, value: object });
        let Some(name) = view.program.literal(Node { file, value: index }) else { continue };
        if !holds_columns(view, table) {
            continue;
        }
        let from = origins.entry(table).or_insert_with(|| origin(view, table, read_at)).clone();
        uses.push(Use { name, at, from });
    }
    uses
}

/// The data that a table comes from.
fn origin(view: &View<'_>, table: Node, read_at: &ReadAt) -> Vec<NodeId> {
    let mut found = FxHashSet::default();
    let mut looked = 0;
    walk(view.evaluator.follow, Seen::anywhere(table), &mut |seen| {
        looked += 1;
        match read_at.get(&seen.node) {
            Some(datasets) => {
                found.extend(datasets.iter().map(|(dataset, _)| *dataset));
                Go::Stop
            }
            None if looked > BUDGET => Go::Done,
            None => Go::On,
        }
    });
    let mut found: Vec<NodeId> = found.into_iter().collect();
    found.sort_unstable();
    found
}

/// Is a value a table whose columns have names?
pub fn holds_columns(view: &View<'_>, node: Node) -> bool {
    view.types.instances(node).any(|of| view.lexicon.of_type(of, &|t| t.columns.then_some(())).is_some())
}
