//! Models that are the best of several by a score whose name says that it stands on the rows kept for the end.

use rustc_hash::FxHashSet;

use super::super::View;
use super::parts::meant;
use crate::fact::{OpKind, Role as ArgRole, Text, Val};
use crate::program::{Def, Node};
use crate::value::follow::Seen;
use crate::value::frame::plain;
use crate::value::slice::{Go, walk};
use crate::value::types::Type;

/// Steps from a choice to what is looked up by it.
const STEPS: usize = 6;
/// Values looked at for what a score is made of.
const WIDTH: usize = 30;

/// Where the body that stores a model has picked it by one of these scores.
pub fn choice(view: &View<'_>, store: Node, measured: &FxHashSet<Text>) -> Option<Node> {
    let def = view.program.owner(store);
    let before = view.program.definition(def).body.start..store.value;
    let mut calls = before.map(|value| Node { value, ..store });
    calls.find(|call| ranks(view, *call, measured) && picks(view, *call))
}

/// The names of scores that say so, where code measures them and puts them under that name.
pub fn measured(view: &View<'_>) -> FxHashSet<Text> {
    let mut found = FxHashSet::default();
    for file in view.program.files().filter(|file| view.is_code(*file)) {
        for (value, op) in (0..).zip(&view.program.file(file).ops) {
            let node = Node { file, value };
            let mut say = |key: Val, value: Val| {
                let name = view.program.literal(Node { value: key, ..node });
                let last = name.filter(|name| view.lexicon.words.names_last(name));
                found.extend(last.filter(|_| measures(view, Node { value, ..node })));
            };
            match op.kind {
                OpKind::SetIndex(_, key, value) => say(key, value),
                OpKind::Dict(operands) => {
                    let operands = view.program.operands(file, operands);
                    for pair in operands.windows(2).filter(|pair| pair[0].role == ArgRole::Key) {
                        say(pair[0].value, pair[1].value);
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// Is a value what a measure says?
fn measures(view: &View<'_>, value: Node) -> bool {
    let mut looked = 0;
    walk(view.evaluator.follow, Seen::anywhere(value), &mut |seen| {
        looked += 1;
        match meant(view, seen.node, |m| m.measures) {
            Some(_) => Go::Done,
            None if looked > WIDTH => Go::Done,
            None => Go::On,
        }
    }) && looked <= WIDTH
}

/// Does a call take the best by one of these scores: `max(names, key=lambda name: results[name]["test_auc"])`?
fn ranks(view: &View<'_>, call: Node, scores: &FxHashSet<Text>) -> bool {
    let OpKind::Call(function, operands) = view.program.op(call).kind else { return false };
    let beside = |value: Val| Node { value, ..call };
    let operands = view.program.operands(call.file, operands);
    let by = |value: Node| {
        let texts = view.evaluator.texts(&Seen::anywhere(value)).patterns;
        texts.iter().any(|pattern| scores.contains(&plain(pattern)))
    };
    let index =
        |node: Node| matches!(view.program.op(node).kind, OpKind::Index(_, key) if by(Node { value: key, ..node }));
    if let OpKind::Attr(object, name) = view.program.op(beside(function)).kind {
        return match name.as_str() {
            "idxmax" | "idxmin" => index(beside(object)),
            "sort_values" | "nlargest" | "nsmallest" => operands.iter().any(|o| by(beside(o.value))),
            _ => false,
        };
    }
    let called = view.types.library_name(beside(function));
    if !called.is_some_and(|name| matches!(name.as_str(), "builtins.max" | "builtins.min" | "builtins.sorted")) {
        return false;
    }
    let key = operands.iter().find(|o| matches!(o.role, ArgRole::Named(name) if name == "key"));
    let functions = key.into_iter().flat_map(|o| view.types.of(beside(o.value))).filter_map(|ty| match ty {
        Type::Function(def) => Some(*def),
        _ => None,
    });
    let defined = key.and_then(|o| match view.program.op(beside(o.value)).kind {
        OpKind::Define(id) => Some(Def { file: call.file, id }),
        _ => None,
    });
    functions.chain(defined).flat_map(|def| view.types.returned(def)).any(index)
}

/// Is something looked up by what a choice gives?
fn picks(view: &View<'_>, choice: Node) -> bool {
    let mut waiting = vec![(choice, 0)];
    let mut known = FxHashSet::default();
    while let Some((node, depth)) = waiting.pop() {
        if depth > STEPS || !known.insert(node) {
            continue;
        }
        for user in view.users.of(node) {
            let user = Node { value: *user, ..node };
            match view.program.op(user).kind {
                OpKind::Index(..) => return true,
                OpKind::Either(_) | OpKind::Attr(..) | OpKind::Part(..) | OpKind::Call(..) => {
                    waiting.push((user, depth + 1))
                }
                _ => {}
            }
        }
    }
    false
}
