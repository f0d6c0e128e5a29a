//! Everything a value is made from, walked backwards through operations, calls and returns.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::follow::{Follow, Seen};
use super::types::{Callee, Site, Type};
use crate::fact::{OpKind, Role, Val};
use crate::lexicon::Meaning;
use crate::program::Node;

/// Values looked at per slice; a value made from more than this is made from everything.
const BUDGET: usize = 1000;

/// What to do behind a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// Look at what it is made from.
    On,
    /// Look no further there.
    Stop,
    /// The answer is found.
    Done,
}

/// What a value is made from beside what its operation says.
pub type More<'m> = &'m dyn Fn(&Seen, &mut dyn FnMut(Seen));

/// Walks back from a value, breadth first, asking `visit` at each; true if the walk was ended by [`Go::Done`].
pub fn walk(follow: Follow<'_>, from: Seen, visit: &mut dyn FnMut(&Seen) -> Go) -> bool {
    walk_with(follow, from, &|_, _| {}, visit)
}

/// The same, where a value is also made from what `more` says.
pub fn walk_with(follow: Follow<'_>, from: Seen, more: More<'_>, visit: &mut dyn FnMut(&Seen) -> Go) -> bool {
    let mut seen_before: FxHashSet<(Node, Option<Site>)> = FxHashSet::default();
    let mut waiting = std::collections::VecDeque::from([from]);
    while let Some(seen) = waiting.pop_front() {
        let key = (seen.node, seen.stack.last());
        if seen_before.len() > BUDGET {
            return false;
        }
        if !seen_before.insert(key) {
            continue;
        }
        match visit(&seen) {
            Go::Done => return true,
            Go::Stop => continue,
            Go::On => {}
        }
        waiting.extend(behind(follow, &seen).iter().cloned());
        more(&seen, &mut |next| waiting.push_back(next));
    }
    false
}

/// The values that a value is made from.
pub fn behind(follow: Follow<'_>, seen: &Seen) -> Arc<[Seen]> {
    follow.taken.behind(seen, || {
        let mut found = Vec::new();
        collect(follow, seen, &mut |next| found.push(next));
        found
    })
}

fn collect(follow: Follow<'_>, seen: &Seen, push: &mut dyn FnMut(Seen)) {
    let program = follow.program;
    let steps = follow.back(seen);
    let resolved = !steps.values.is_empty();
    steps.values.into_iter().for_each(&mut *push);
    let mut beside = |value: Val| push(seen.beside(value));
    match program.op(seen.node).kind {
        OpKind::After(_, call) => beside(call),
        OpKind::Attr(object, _) | OpKind::Index(object, _) | OpKind::Element(object) | OpKind::Part(object, _)
            if !resolved =>
        {
            beside(object)
        }
        OpKind::SetIndex(object, _, value) => {
            beside(object);
            beside(value);
        }
        OpKind::Binary(_, left, right) => {
            beside(left);
            beside(right);
        }
        OpKind::Format(operands) | OpKind::List(operands) | OpKind::Tuple(operands) | OpKind::Dict(operands) => {
            program.operands(seen.node.file, operands).iter().for_each(|o| beside(o.value));
        }
        OpKind::Call(function, operands) => {
            let callees = follow.types.callees(seen.node);
            let given = |word: &str| {
                let operands = program.operands(seen.node.file, operands).iter();
                operands.clone().any(|o| matches!(o.role, Role::Named(name) if name == word))
            };
            let keeps = |m: &Meaning| m.forgets_unless.as_deref().is_some_and(given);
            let forgets = callees.iter().any(|c| matches!(c, Callee::Meaning(m) if m.forgets && !keeps(m)));
            let own = callees
                .iter()
                .any(|c| matches!(c, Callee::Function(def, _) if program.definition(*def).name != "__init__"));
            if forgets || (own && resolved) {
                return;
            }
            // What a statement asks for by name.
            for (_, table) in follow.named_tables(seen.node) {
                let same = program.owner(*table) == program.owner(seen.node);
                push(if same { seen.beside(table.value) } else { Seen::anywhere(*table) });
            }
            // What is handed on gives what its function returns.
            for (function, via) in follow.types.handed(seen.node) {
                follow.handed_back(seen, function, via).into_iter().for_each(&mut *push);
            }
            let mut beside = |value: Val| push(seen.beside(value));
            if let OpKind::Attr(object, _) = program.op(seen.beside(function).node).kind {
                let module = follow
                    .types
                    .of(seen.beside(object).node)
                    .iter()
                    .any(|t| matches!(t, Type::Library(_) | Type::Module(_)));
                if !module {
                    beside(object);
                }
            }
            program.operands(seen.node.file, operands).iter().for_each(|o| beside(o.value));
        }
        _ => {}
    }
}
