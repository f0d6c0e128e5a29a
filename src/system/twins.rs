//! Features that are computed in two languages, each from the same columns.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{Known, Role, View, operands_of};
use crate::fact::{OpKind, Text, Val};
use crate::program::Node;
use crate::source::At;
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A formula that is made of more values is not looked through.
const VALUES: usize = 60;

/// A column that a query computes: where, and from which others.
struct Made {
    at: At,
    from: BTreeSet<Text>,
}

/// Adds a group for each column that code computes under the name, and from the columns, of one that a query computes.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let queries = queries(view, known);
    if queries.is_empty() {
        return;
    }
    for (def, node) in view.operations(known) {
        let OpKind::SetIndex(_, key, value) = view.program.op(node).kind else { continue };
        let Some(name) = view.program.literal(Node { value: key, ..node }) else { continue };
        let Some(made) = queries.get(&Text::from(&name.to_ascii_lowercase())) else { continue };
        let from = columns(view, Node { value, ..node });
        let Some(twin) = made.iter().find(|made| made.from == from && made.at.file != node.file) else { continue };
        let at = view.program.place(node);
        let group = system.add(NodeKind::Group, name, at, view.symbol(def));
        system.say(group, "what", "two-languages");
        system.say(group, "role", known.roles[def.file.index()].word());
        system.join(EdgeKind::Derives, group, known.modules[twin.at.file.index()], twin.at, Certainty::Inferred);
    }
}

/// The columns that queries in files compute, by name; what is only taken over is not computed.
fn queries(view: &View<'_>, known: &Known) -> FxHashMap<Text, Vec<Made>> {
    let mut found: FxHashMap<Text, Vec<Made>> = FxHashMap::default();
    for file in view.program.files() {
        if matches!(known.roles[file.index()], Role::Test | Role::Prototype) || view.is_code(file) {
            continue;
        }
        for column in view.program.file(file).projections.iter().flat_map(|projection| &projection.columns) {
            let from: BTreeSet<Text> =
                column.from.iter().map(|(_, name)| Text::from(&name.to_ascii_lowercase())).collect();
            let name = Text::from(&column.name.to_ascii_lowercase());
            if !from.is_empty() && !from.contains(&name) {
                found.entry(name).or_default().push(Made { at: At { file, span: column.span }, from });
            }
        }
    }
    found
}

/// The names by which a formula takes columns.
fn columns(view: &View<'_>, formula: Node) -> BTreeSet<Text> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<Val> = vec![formula.value];
    for _ in 0..VALUES {
        let Some(value) = waiting.pop() else { break };
        let node = Node { value, ..formula };
        match view.program.op(node).kind {
            OpKind::Index(_, key) => match view.program.literal(Node { value: key, ..formula }) {
                Some(name) => {
                    found.insert(Text::from(&name.to_ascii_lowercase()));
                }
                None => waiting.extend(operands_of(view, node)),
            },
            // What the frame held before is not a part of the formula.
            OpKind::SetIndex(..) => {}
            _ => waiting.extend(operands_of(view, node)),
        }
    }
    found
}
