//! Models whose loading may fail without anybody looking: the program goes on with the weights that it had.

use rustc_hash::FxHashSet;

use crate::fact::{Access, OpKind, Text, Val};
use crate::lexicon::Subject;
use crate::program::Node;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::silence::{operations, silently};
use crate::system::{Role, View};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "ignored-load-error", find };

/// One sighting for each loading of a model whose error ends in silence.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut told: FxHashSet<Node> = FxHashSet::default();
    let mut found = Vec::new();
    for (touch, dataset) in view.touches.all.iter().zip(&grounds.known.datasets) {
        let role = grounds.role(touch.call.file);
        if touch.access != Access::Read || touch.subject != Subject::Model || role == Role::Test {
            continue;
        }
        // What a handler puts in the model's place, the program may look at.
        let Some(end) = silently(view, touch).filter(|end| !is_asked(view, *end)) else { continue };
        if !told.insert(end) {
            continue;
        }
        let name = dataset.map_or_else(|| Text::from("a model"), |dataset| grounds.system.node(dataset).name);
        found.push(Sighting::new(
            view.program.place(end),
            vec![view.symbol(touch.within), name],
            Certainty::Seen,
            vec![("model", name.into()), ("role", role.into())],
        ));
    }
    found
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
