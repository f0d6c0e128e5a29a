//! Settings that the very next statement, or a later entry of the same dict, gives anew: the first value is read, changed
//! and believed for nothing.

use super::{Dead, View};
use crate::fact::{Facts, OpKind, Role, Text, Val};
use crate::program::Def;
use crate::source::{At, FileId};
use crate::system::{has_other_name, is_value_used};
use crate::vocabulary::Certainty;

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Dead> {
    let facts = view.program.file(file);
    let mut found = Vec::new();
    for (id, definition) in (0..).zip(&facts.definitions) {
        // The statement before, if it did nothing but bind a plain value.
        let mut before: Option<(Text, Val, Val)> = None;
        for value in definition.body.clone() {
            let op = facts.op(value);
            found.extend(repeated(facts, Def { file, id }, value));
            let OpKind::Bind(name, bound) = op.kind else {
                before = before.filter(|_| is_plain(facts, value));
                continue;
            };
            let now = says_something(facts, bound).then_some((name, bound, value));
            if let (Some((old, earlier, at)), Some(_)) = (before, now)
                && old == name
                && !name.starts_with('_')
                && !is_value_used(view, file, earlier)
                && !has_other_name(view, file, earlier)
            {
                found.push(Dead {
                    what: "overwritten",
                    reason: format!("`{name}` is bound anew by the next statement, before anything reads this value"),
                    name,
                    at: At { file, span: facts.op(at).span },
                    within: Def { file, id },
                    statements: 1,
                    certainty: Certainty::Seen,
                });
            }
            before = now;
        }
    }
    found
}

/// The keys that a dict has twice: the values before the last are lost.
fn repeated(facts: &Facts, within: Def, value: Val) -> Vec<Dead> {
    let OpKind::Dict(operands) = facts.op(value).kind else { return Vec::new() };
    let keys: Vec<(Text, Val)> = facts
        .operands(operands)
        .iter()
        .filter(|o| o.role == Role::Key)
        .filter_map(|o| match facts.op(o.value).kind {
            OpKind::Str(name) => Some((name, o.value)),
            _ => None,
        })
        .collect();
    let later = |at: usize| keys.iter().skip(at + 1).any(|(name, _)| *name == keys[at].0);
    let lost = (0..keys.len()).filter(|at| later(*at)).map(|at| keys[at]);
    let dead = |(name, key): (Text, Val)| Dead {
        what: "overwritten",
        reason: format!("`{name}` stands again further down in the same dict, so this value is lost"),
        name,
        at: At { file: within.file, span: facts.op(key).span },
        within,
        statements: 1,
        certainty: Certainty::Seen,
    };
    lost.map(dead).collect()
}

/// Part of a value that is written out whole.
fn is_plain(facts: &Facts, value: Val) -> bool {
    matches!(
        facts.op(value).kind,
        OpKind::Str(_)
            | OpKind::Int(_)
            | OpKind::Float(_)
            | OpKind::Bool(_)
            | OpKind::List(_)
            | OpKind::Tuple(_)
            | OpKind::Dict(_)
    )
}

/// A value that somebody chose: an empty one, or none, only declares the name.
fn says_something(facts: &Facts, value: Val) -> bool {
    match facts.op(value).kind {
        OpKind::Str(text) => !text.is_empty(),
        OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_) => true,
        OpKind::List(of) | OpKind::Tuple(of) | OpKind::Dict(of) => {
            let operands = facts.operands(of);
            !operands.is_empty() && operands.iter().all(|o| is_plain(facts, o.value))
        }
        _ => false,
    }
}
