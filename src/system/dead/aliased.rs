//! Weights that are remembered as the best by another name for those that go on changing.

use super::{Dead, View};
use crate::fact::{OpKind, Val};
use crate::lexicon::Subject;
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// Values behind one that is restored or kept.
const WIDTH: usize = 32;

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Dead> {
    let facts = view.program.file(file);
    let mut found: Vec<Dead> = Vec::new();
    for (id, definition) in (0..).zip(&facts.definitions) {
        let loops = loops(view, file, definition.body.clone());
        if loops.is_empty() {
            continue;
        }
        for value in definition.body.clone() {
            let used = Node { file, value };
            for weights in taken_up(view, used).into_iter().flat_map(|value| behind(view, value)) {
                // They were taken in a round of a loop, and more rounds came before they are used.
                let inside = |(from, to): &&(Val, Val)| (*from..*to).contains(&weights.value) && *to < used.value;
                let Some((from, to)) = loops.iter().rev().find(inside).copied() else { continue };
                let at = At { file, span: view.program.op(weights).span };
                let chosen = view.evaluator.branches.around(weights).any(|arm| {
                    let leaves = |value| matches!(facts.op(value).kind, OpKind::Leave);
                    arm.start > from && !(weights.value..arm.operations().end).any(leaves)
                });
                if chosen && changes(view, file, from..to) && found.iter().all(|dead| dead.at != at) {
                    found.push(Dead {
                        what: "aliased",
                        reason: "the best weights are remembered without a copy: training goes on changing them, and what is used in the end are the last ones".to_owned(),
                        name: definition.name,
                        at,
                        within: Def { file, id },
                        statements: 1,
                        certainty: Certainty::Inferred,
                    });
                }
            }
        }
    }
    found
}

/// The loops of a body, where they begin and end, outer ones first.
fn loops(view: &View<'_>, file: FileId, body: std::ops::Range<Val>) -> Vec<(Val, Val)> {
    let facts = view.program.file(file);
    let mut open = Vec::new();
    let mut found = Vec::new();
    for value in body {
        match facts.op(value).kind {
            OpKind::Loop => open.push(value),
            OpKind::End(start) if open.last() == Some(&start) => {
                open.pop();
                found.push((start, value));
            }
            _ => {}
        }
    }
    found.sort_unstable();
    found
}

/// The weights that a call puts back into a model, or writes down.
fn taken_up(view: &View<'_>, call: Node) -> Option<Node> {
    let OpKind::Call(function, operands) = view.program.op(call).kind else { return None };
    let at = |value: Val| Node { value, ..call };
    if let OpKind::Attr(_, name) = view.program.op(at(function)).kind
        && view.lexicon.protocols.fills(name)
    {
        return view.program.operands(call.file, operands).first().map(|o| at(o.value));
    }
    view.types.callees(call).iter().find_map(|callee| match callee {
        Callee::Meaning(m) if m.writes == Some(Subject::Model) => view.types.slot(call, m.value.as_ref()?),
        _ => None,
    })
}

/// The weights that a value may be, each as a name for those of a model.
fn behind(view: &View<'_>, value: Node) -> Vec<Node> {
    let (mut found, mut waiting, mut before) = (Vec::new(), vec![value], Vec::new());
    while let Some(node) = waiting.pop() {
        if before.contains(&node) || before.len() > WIDTH {
            continue;
        }
        before.push(node);
        match view.program.op(node).kind {
            OpKind::Either(operands) | OpKind::Dict(operands) => {
                let operands = view.program.operands(node.file, operands);
                waiting.extend(operands.iter().map(|o| Node { value: o.value, ..node }));
            }
            OpKind::Call(function, operands) if view.program.operands(node.file, operands).is_empty() => {
                let called = view.program.op(Node { value: function, ..node }).kind;
                if matches!(called, OpKind::Attr(_, name) if view.lexicon.protocols.is_live(name)) {
                    found.push(node);
                }
            }
            _ => {}
        }
    }
    found
}

/// Do operations, or a function that they call, follow a gradient?
fn changes(view: &View<'_>, file: FileId, operations: std::ops::Range<Val>) -> bool {
    let follows = |node: Node| match view.program.op(node).kind {
        OpKind::Call(function, _) => {
            let called = view.program.op(Node { value: function, ..node }).kind;
            matches!(called, OpKind::Attr(_, name) if view.lexicon.protocols.is_backward(name))
        }
        _ => false,
    };
    operations.map(|value| Node { file, value }).any(|node| {
        let inside =
            |def: Def| view.program.definition(def).body.clone().any(|value| follows(Node { file: def.file, value }));
        let own = |c: &Callee<'_>| matches!(c, Callee::Function(def, _) if inside(*def));
        follows(node) || view.types.callees(node).iter().any(own)
    })
}
