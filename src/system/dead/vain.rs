//! Statements that check or set nothing: an assertion of a pair, a comparison where a value was meant to be set.

use super::{Dead, View};
use crate::fact::{Comparison, Facts, OpKind, Text, Val};
use crate::program::branches::Arm;
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::vocabulary::Certainty;

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Dead> {
    let facts = view.program.file(file);
    let mut starts: Option<Vec<Val>> = None;
    let mut found = Vec::new();
    for (id, definition) in (0..).zip(&facts.definitions) {
        for value in definition.body.clone() {
            let (of, reason) = match facts.op(value).kind {
                OpKind::Assert(held) => {
                    let Some(message) = pair(facts, held) else { continue };
                    (
                        message,
                        "this assertion holds whatever comes: its message stands in one pair of brackets with its condition",
                    )
                }
                OpKind::Test(of) if compares(facts, of) => {
                    let starts = starts.get_or_insert_with(|| sorted(&facts.statements));
                    if !stands_alone(facts, starts, of, value) || is_tried(view, Node { file, value }) {
                        continue;
                    }
                    (of, "this compares, and nothing uses the answer: `=` would set the value")
                }
                _ => continue,
            };
            found.push(Dead {
                what: "futile",
                reason: reason.to_owned(),
                name: named(facts, of).unwrap_or(definition.name),
                at: At { file, span: facts.op(of).span },
                within: Def { file, id },
                statements: 1,
                certainty: Certainty::Inferred,
            });
        }
    }
    found
}

fn sorted(values: &[Val]) -> Vec<Val> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values
}

/// The message of a pair of condition and message; a tuple with something in it is true.
fn pair(facts: &Facts, held: Val) -> Option<Val> {
    let OpKind::Tuple(operands) = facts.op(held).kind else { return None };
    facts.operands(operands).last().map(|message| message.value)
}

/// Is what could be set compared with something?
fn compares(facts: &Facts, value: Val) -> bool {
    let OpKind::Compare(Comparison::Equal, left, _) = facts.op(value).kind else { return false };
    matches!(facts.op(left).kind, OpKind::Attr(..) | OpKind::Index(..))
}

/// Is a value all that a statement is?
fn stands_alone(facts: &Facts, starts: &[Val], value: Val, seen: Val) -> bool {
    let around = facts.op(seen).span;
    let Some(start) = starts[..starts.partition_point(|start| *start <= value)].last() else { return false };
    value + 1 == seen
        && (*start..=value).all(|part| {
            let span = facts.op(part).span;
            around.start <= span.start && span.end <= around.end
        })
}

/// What stands in a `try` may be asked only whether it works.
fn is_tried(view: &View<'_>, node: Node) -> bool {
    let tries = |arm: Arm| matches!(view.program.op(Node { value: arm.start, ..node }).kind, OpKind::Try);
    view.evaluator.branches.around(node).any(tries)
}

/// The name of what is compared.
fn named(facts: &Facts, value: Val) -> Option<Text> {
    let OpKind::Compare(_, left, _) = facts.op(value).kind else { return None };
    if let OpKind::Attr(_, name) = facts.op(left).kind { Some(name) } else { None }
}
