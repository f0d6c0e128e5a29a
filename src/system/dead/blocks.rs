//! Statements that no run reaches: after a return or an exit, or under a condition that is written out as false.

use rustc_hash::FxHashSet;

use super::{Dead, View};
use crate::fact::{Facts, OpKind, Text, Val};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Dead> {
    let facts = view.program.file(file);
    let statements: FxHashSet<Val> = facts.statements.iter().copied().collect();
    let mut found = Vec::new();
    for (id, definition) in (0..).zip(&facts.definitions) {
        // What never runs in a generator may be there to make it one.
        if definition.lazy {
            continue;
        }
        let mut next = definition.body.start;
        while next < definition.body.end {
            let value = next;
            next += 1;
            let Some((range, reason)) = dead_range(view, file, value, definition.body.end) else { continue };
            let first = range.clone().find(|v| statements.contains(v));
            let count = range.clone().filter(|v| statements.contains(v)).count();
            let Some(first) = first.filter(|_| works(facts, range.clone(), count)) else { continue };
            let reason =
                format!("{reason}, so {count} {} never run", if count == 1 { "statement" } else { "statements" });
            found.push(Dead {
                what: "unreachable",
                reason: if count == 1 { reason.replace("never run", "never runs") } else { reason },
                name: Text::from(format!("{}:{}", view.program.path(file), view.symbol(Def { file, id })).as_str()),
                at: At { file, span: facts.op(first).span },
                within: Def { file, id },
                statements: count,
                certainty: Certainty::Seen,
            });
            next = range.end;
        }
    }
    found
}

/// Does no run reach an operation of a body?
pub fn is_unreached(view: &View<'_>, within: Def, value: Val) -> bool {
    let body = view.program.definition(within).body.clone();
    let dead = |at: Val| dead_range(view, within.file, at, body.end).is_some_and(|(range, _)| range.contains(&value));
    (body.start..value).any(dead)
}

/// The operations that cannot run because of an operation, and why.
fn dead_range(view: &View<'_>, file: FileId, value: Val, end: Val) -> Option<(std::ops::Range<Val>, &'static str)> {
    let facts = view.program.file(file);
    match facts.op(value).kind {
        OpKind::Leave => {
            let range = value + 1..block_end(facts, value + 1, end);
            (!range.is_empty()).then_some((range, "the block is left before"))
        }
        OpKind::Call(..) if ends(view, Node { file, value }) => {
            // As a statement of its own: the next operation begins another one.
            let next = value + 1;
            let range = next..block_end(facts, next, end);
            let own = facts.statements.binary_search(&next).is_ok() || facts.statements.contains(&next);
            (own && !range.is_empty()).then_some((range, "the program is ended before"))
        }
        OpKind::If(condition, _) if is_written(facts, condition, value) => {
            let holds = match facts.op(condition).kind {
                OpKind::Bool(holds) => holds,
                OpKind::Int(number) => number != 0,
                _ => return None,
            };
            let (then, other) = arms(facts, value, end);
            match (holds, other) {
                (false, _) => Some((then, "the condition is written out as false")),
                (true, Some(other)) => Some((other, "the condition is written out as true")),
                (true, None) => None,
            }
        }
        _ => None,
    }
}

fn ends(view: &View<'_>, call: Node) -> bool {
    view.types.callees(call).iter().any(|callee| matches!(callee, Callee::Meaning(meaning) if meaning.ends))
}

/// A condition that stands there as a literal; a name's value was made further up.
fn is_written(facts: &Facts, condition: Val, start: Val) -> bool {
    let (of, around) = (facts.op(condition).span, facts.op(start).span);
    condition + 1 == start && around.start <= of.start && of.end <= around.end
}

/// Where the block ends in which an operation stands.
fn block_end(facts: &Facts, from: Val, end: Val) -> Val {
    let mut depth = 0_u32;
    for value in from..end {
        match facts.op(value).kind {
            OpKind::If(..) | OpKind::Loop | OpKind::Try | OpKind::With(_) => depth += 1,
            OpKind::Else(..) | OpKind::Handler(_) if depth == 0 => return value,
            OpKind::End(_) if depth == 0 => return value,
            OpKind::End(_) => depth -= 1,
            _ => {}
        }
    }
    end
}

/// The operations of both arms of an `if`.
fn arms(facts: &Facts, start: Val, end: Val) -> (std::ops::Range<Val>, Option<std::ops::Range<Val>>) {
    let middle = block_end(facts, start + 1, end);
    let other = match facts.op(middle).kind {
        OpKind::Else(of, _) if of == start => Some(middle + 1..block_end(facts, middle + 1, end)),
        _ => None,
    };
    (start + 1..middle, other)
}

/// Would the code do anything? What only imports, returns or raises is there for readers and type checkers.
fn works(facts: &Facts, range: std::ops::Range<Val>, statements: usize) -> bool {
    let mut calls = 0;
    let mut changes = 0;
    for value in range {
        match facts.op(value).kind {
            OpKind::Call(..) => calls += 1,
            OpKind::SetAttr(..) | OpKind::SetIndex(..) | OpKind::If(..) | OpKind::Loop => changes += 1,
            OpKind::Raise => return false,
            _ => {}
        }
    }
    calls + changes > 0 || statements > 2
}
