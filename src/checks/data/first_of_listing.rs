//! Models, endpoints and data sets that are taken for standing first in a list of all that a project holds.

use crate::fact::{OpKind, Role as ArgRole, Text, Val};
use crate::lexicon::Meaning;
use crate::program::Node;
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::value::follow::Seen;
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "first-of-listing", find };

/// Names between a list and the place where one of its elements is taken.
const STEPS: usize = 8;

/// One sighting for each element that is taken by its place out of a list of everything.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, known) = (grounds.view, grounds.known);
    let mut found = Vec::new();
    for (def, node) in view.operations(known).filter(|(def, _)| view.is_code(def.file)) {
        let Some((listing, kind)) = taken_of(view, node).and_then(|list| listing(view, list)) else { continue };
        found.push(Sighting::new(
            view.program.place(node),
            vec![view.symbol(def), kind],
            Certainty::Inferred,
            vec![
                ("kind", kind.into()),
                ("listing", view.program.place(listing).into()),
                ("role", grounds.role(def.file).into()),
            ],
        ));
    }
    found
}

/// The list of which an operation takes the first or last element: `x[0]`, `next(iter(x))`.
fn taken_of(view: &View<'_>, node: Node) -> Option<Node> {
    let beside = |value: Val| Node { value, ..node };
    match view.program.op(node).kind {
        OpKind::Index(of, by) if matches!(view.program.op(beside(by)).kind, OpKind::Int(0 | -1)) => Some(beside(of)),
        OpKind::Call(function, operands) => {
            let called =
                |function: Val, name: &str| view.types.library_name(beside(function)).is_some_and(|of| of == name);
            let first = view.program.operands(node.file, operands).first()?.value;
            match view.program.op(beside(first)).kind {
                OpKind::Call(inner, operands)
                    if called(function, "builtins.next") && called(inner, "builtins.iter") =>
                {
                    Some(beside(view.program.operands(node.file, operands).first()?.value))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The call that lists everything of a kind, if a value is what it gives as it is.
fn listing(view: &View<'_>, list: Node) -> Option<(Node, Text)> {
    let mut seen = Seen::anywhere(list);
    for _ in 0..STEPS {
        if matches!(view.program.op(seen.node).kind, OpKind::Call(..)) {
            let meaning = view.types.callees(seen.node).iter().find_map(|callee| match callee {
                Callee::Meaning(meaning) if meaning.lists.is_some() => Some(*meaning),
                _ => None,
            });
            if let Some(meaning) = meaning {
                return meaning.lists.filter(|_| !is_narrowed(view, seen.node, meaning)).map(|kind| (seen.node, kind));
            }
        }
        let mut back = view.evaluator.follow.back(&seen).values;
        seen = back.pop().filter(|_| back.is_empty())?;
    }
    None
}

/// Does a call say which ones it means?
fn is_narrowed(view: &View<'_>, call: Node, meaning: &Meaning) -> bool {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return false };
    view.program.operands(call.file, operands).iter().any(|operand| match operand.role {
        ArgRole::Named(name) => {
            let given = !matches!(view.program.op(Node { value: operand.value, ..call }).kind, OpKind::Nothing);
            given && meaning.narrowed_by.iter().any(|keyword| name == keyword.as_str())
        }
        _ => true,
    })
}
