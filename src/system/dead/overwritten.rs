//! Settings that the very next statement binds anew: the first value is read, changed and believed for nothing.

use rustc_hash::FxHashSet;

use super::{Dead, View};
use crate::fact::{Facts, OpKind, Text, Val};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::options::is_parsed;
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

/// Options over which the program writes a plain value, whatever was typed, before anything reads them.
pub fn options(view: &View<'_>, file: FileId) -> Vec<Dead> {
    let facts = view.program.file(file);
    let mut found = Vec::new();
    let mut read: FxHashSet<Text> = FxHashSet::default();
    for (value, op) in (0..).zip(&facts.ops) {
        let parsed = |object: Val| is_parsed(view, Node { file, value: object });
        match op.kind {
            OpKind::Attr(_, name) => drop(read.insert(name)),
            OpKind::SetAttr(object, name, bound) if says_something(facts, bound) && !read.contains(&name) => {
                let node = Node { file, value };
                let option = view
                    .evaluator
                    .options
                    .find(view.program.owner(node), name)
                    .and_then(|n| view.evaluator.options.get(n));
                let Some(option) =
                    option.filter(|o| o.call.file == file && parsed(object) && always(view, object, node))
                else {
                    continue;
                };
                found.push(Dead {
                    what: "overwritten",
                    reason: format!("option `{}` is overwritten before anything reads what was typed", option.flag),
                    name,
                    at: At { file, span: op.span },
                    within: view.program.owner(node),
                    statements: 1,
                    certainty: Certainty::Inferred,
                });
            }
            _ => {}
        }
    }
    found
}

/// Does an operation run whenever the options are parsed: in the same body, under no further condition?
fn always(view: &View<'_>, parsed: Val, node: Node) -> bool {
    let parse = first(view, Node { value: parsed, ..node });
    let arms = |node: Node| view.evaluator.branches.around(node).map(|arm| arm.start).collect::<Vec<_>>();
    matches!(view.program.op(parse).kind, OpKind::Call(..))
        && view.program.owner(parse) == view.program.owner(node)
        && arms(parse) == arms(node)
}

/// The value that was there before anything was done to it.
fn first(view: &View<'_>, mut node: Node) -> Node {
    while let OpKind::After(value, _) | OpKind::Bind(_, value) | OpKind::SetAttr(value, ..) = view.program.op(node).kind
    {
        node.value = value;
    }
    node
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
