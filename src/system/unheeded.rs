//! Models whose loading may fail without anybody looking: the program goes on with the weights that it had.

use rustc_hash::FxHashSet;

use super::swallowed::{operations, silently};
use super::{Known, Role, View};
use crate::fact::{Access, OpKind, Text, Val};
use crate::lexicon::Subject;
use crate::program::Node;
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds a group for each loading of a model whose error ends in silence.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let mut told: FxHashSet<Node> = FxHashSet::default();
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let role = known.roles[touch.call.file.index()];
        if touch.access != Access::Read || touch.subject != Subject::Model || role == Role::Test {
            continue;
        }
        // What a handler puts in the model's place, the program may look at.
        let Some(end) = silently(view, touch).filter(|end| !is_asked(view, *end)) else { continue };
        if !told.insert(end) {
            continue;
        }
        let name = dataset.map_or_else(|| Text::from("a model"), |dataset| system.node(dataset).name);
        let at = view.program.place(end);
        let group = system.add(NodeKind::Group, name, at, view.symbol(touch.within));
        system.say(group, "what", "unheeded");
        system.say(group, "role", role.word());
        if let Some(dataset) = *dataset {
            system.join(EdgeKind::Reads, group, dataset, view.program.place(touch.call), Certainty::Seen);
        }
    }
}

/// Does the file ask what a handler has put in the model's place?
fn is_asked(view: &View<'_>, handler: Node) -> bool {
    let facts = view.program.file(handler.file);
    let mut values: FxHashSet<Val> = operations(view, handler).collect();
    let mut names: FxHashSet<Text> = FxHashSet::default();
    for (value, op) in (0..).zip(&facts.ops) {
        match op.kind {
            OpKind::Either(operands) if facts.operands(operands).iter().any(|o| values.contains(&o.value)) => {
                values.insert(value);
            }
            OpKind::Bind(name, of) if values.contains(&of) => drop(names.insert(name)),
            _ => {}
        }
    }
    let is_it = |value: Val| {
        values.contains(&value) || matches!(facts.op(value).kind, OpKind::Global(name) if names.contains(&name))
    };
    facts.ops.iter().any(|op| match op.kind {
        OpKind::If(condition, _) => match facts.op(condition).kind {
            OpKind::Compare(_, left, right) => is_it(left) || is_it(right),
            OpKind::Not(of) => is_it(of),
            _ => is_it(condition),
        },
        _ => false,
    })
}
