//! Maps that are written out in code and that a library hands to a function: the space that a search varies.

use rustc_hash::FxHashSet;

use super::Unread;
use crate::fact::{OpKind, ParamKind, Role as ArgRole, Text};
use crate::lexicon::Varies;
use crate::program::{Def, Node};
use crate::system::{Known, Role, View};
use crate::value::follow::Seen;
use crate::value::lookups::Tracer;
use crate::value::types::{Callee, Type};

/// Names behind which the map stands.
const STEPS: usize = 6;

/// The keys of such maps that the function never looks up.
pub fn unread(view: &View<'_>, known: &Known, tracer: &Tracer<'_>) -> Vec<Unread> {
    let mut found = Vec::new();
    let mut told: FxHashSet<Node> = FxHashSet::default();
    for (_, call) in view.calls().filter(|(_, call)| known.roles[call.file.index()] != Role::Test) {
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            let Some(varies) = meaning.varies.as_ref() else { continue };
            let Some((function, keys)) = parts(view, call, varies) else { continue };
            let Some(read) = read(view, tracer, function, varies.spread) else { continue };
            // A function that looks up none of them gets them in another way.
            if !keys.iter().any(|(key, _)| read.contains(key)) {
                continue;
            }
            for (key, node) in keys {
                if !read.contains(&key) && told.insert(node) {
                    found.push(Unread::new(vec![key], view.program.place(node)));
                }
            }
        }
    }
    found
}

/// The function that is called, and the keys of what it gets.
fn parts(view: &View<'_>, call: Node, varies: &Varies) -> Option<(Def, Vec<(Text, Node)>)> {
    let function = view.types.slot(call, &varies.function)?;
    let function = match view.types.of(function) {
        [Type::Function(def)] => *def,
        _ => return None,
    };
    let space = view.types.slot(call, &varies.space)?;
    let mut seen = Seen::anywhere(space);
    for _ in 0..STEPS {
        if let OpKind::Dict(entries) = view.program.op(seen.node).kind {
            return Some((function, keys(view, seen.node, entries)?));
        }
        let mut back = view.evaluator.follow.back(&seen).values;
        seen = if back.len() == 1 { back.pop()? } else { return None };
    }
    None
}

/// The keys of a map, if all are written out.
fn keys(view: &View<'_>, dict: Node, entries: crate::fact::Operands) -> Option<Vec<(Text, Node)>> {
    let operands = view.program.operands(dict.file, entries);
    if operands.iter().any(|o| o.role == ArgRole::Spread) {
        return None;
    }
    let keys = operands.iter().filter(|o| o.role == ArgRole::Key).map(|o| Node { value: o.value, ..dict });
    keys.map(|node| Some((view.program.literal(node)?, node))).collect()
}

/// The keys that a function looks up on what it gets; none if it hands it on out of sight.
fn read(view: &View<'_>, tracer: &Tracer<'_>, function: Def, spread: bool) -> Option<FxHashSet<Text>> {
    let params = &view.program.definition(function).params;
    if spread {
        let open = params.iter().any(|param| matches!(param.kind, ParamKind::Keywords | ParamKind::Rest));
        return (!open).then(|| params.iter().map(|param| param.name).collect());
    }
    let first = params.first().filter(|param| param.kind == ParamKind::Plain)?;
    let lookups = tracer.follow(Node { file: function.file, value: first.value }, &[]);
    let closed = !lookups.is_whole(&[]) && lookups.walked.is_empty();
    closed.then(|| lookups.read.keys().chain(&lookups.whole).filter_map(|path| path.first().copied()).collect())
}
