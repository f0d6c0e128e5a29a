//! Keys and columns that a reader asks for by name, and that the only writer of what it reads does not store.

use std::collections::BTreeSet;

use crate::fact::{Access, OpKind, Operand, Role as ArgRole, Text};
use crate::lexicon::{Meaning, Subject};
use crate::program::Node;
use crate::system::check::{Capture, Captures, Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::{Role, View};
use crate::value::follow::Seen;
use crate::value::lookups::{How, Lookup};
use crate::value::touches::Touch;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind};

pub const CHECK: Check = Check { rule: "missing-stored-key", find };

/// Values on the way to what is written.
const DEPTH: usize = 10;

/// Fewer keys may be a part of what is stored.
const KEYS: usize = 2;

/// One sighting for each key that is read and not stored.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let mut found = Vec::new();
    for (reading, dataset) in grounds.touched() {
        let plain = reading.access == Access::Read && reading.subject == Subject::Data && reading.way.is_empty();
        let name = system.node(dataset).name;
        let open = system.is(dataset, "pattern") || view.program.keeps(&name);
        if !plain || open || reading.guessed || grounds.role(reading.call.file) == Role::Test {
            continue;
        }
        let Some((writing, stored)) = only_writer(grounds, dataset) else { continue };
        for load in loads(view, reading) {
            let lookups = view.tracer().follow(load, &[]);
            for (path, ways) in &lookups.read {
                let [key] = path.as_slice() else { continue };
                let sure = |of: &&Lookup| of.how == How::Index && !of.default;
                let asked = ways.iter().any(|of| of.how != How::Index);
                let Some(lookup) = ways.iter().find(sure).filter(|_| !asked) else { continue };
                if stored.contains(key) || lookups.set.contains_key(path) || is_made(key) {
                    continue;
                }
                let more: Vec<Captures> = vec![vec![("written", Capture::Place(view.program.place(writing)))]];
                found.push(Sighting {
                    at: view.program.place(lookup.node),
                    identity: vec![name, *key],
                    certainty: Certainty::Inferred,
                    captures: vec![("data", Capture::Node(dataset)), ("key", Capture::Text(*key))],
                    more,
                });
            }
        }
    }
    found
}

/// Names that readers make themselves.
fn is_made(key: &str) -> bool {
    key.starts_with("Unnamed") || key.bytes().all(|b| b.is_ascii_digit())
}

/// The only call that writes a dataset, and the keys that it stores, if all of them are known.
fn only_writer(grounds: &Grounds<'_>, dataset: NodeId) -> Option<(Node, BTreeSet<Text>)> {
    let (view, system) = (grounds.view, grounds.system);
    let writes = |touch: &Touch<'_>| matches!(touch.access, Access::Write | Access::Append);
    let mut writers = grounds.touched().filter(|(touch, of)| *of == dataset && writes(touch)).map(|(touch, _)| touch);
    let only = writers.next().filter(|_| writers.next().is_none())?;
    // Commands and statements may write it as well.
    let elsewhere = system.reaching(dataset, EdgeKind::Writes).any(|by| system.node(by).at.file != only.call.file);
    if elsewhere || only.access == Access::Append || !only.way.is_empty() || grounds.role(only.call.file) == Role::Test
    {
        return None;
    }
    let stored = stored(view, only)?;
    (stored.len() >= KEYS).then_some((only.call, stored))
}

/// The calls that give what is read as a map or a table.
fn loads(view: &View<'_>, reading: &Touch<'_>) -> Vec<Node> {
    let columns = |node: Node| {
        view.types.instances(node).any(|of| view.lexicon.of_type(of, &|t| t.columns.then_some(())).is_some())
    };
    if columns(reading.call) {
        let named = |name: &str| matches!(name, "names" | "header" | "columns" | "usecols");
        let shaped = matches!(view.program.op(reading.call).kind, OpKind::Call(_, operands)
            if view.program.operands(reading.call.file, operands).iter().any(|o| matches!(o.role, ArgRole::Named(n) if named(&n))));
        return if shaped || in_place(view, reading.call) { Vec::new() } else { vec![reading.call] };
    }
    let parses = |call: &Node| handled(view, *call, reading, &|meaning| meaning.parses_settings);
    calls_beside(view, reading).filter(parses).collect()
}

/// Does the file change tables in place?
fn in_place(view: &View<'_>, node: Node) -> bool {
    let facts = view.program.file(node.file);
    facts.ops.iter().any(|op| match op.kind {
        OpKind::Call(_, operands) => {
            facts.operands(operands).iter().any(|o| matches!(o.role, ArgRole::Named(name) if name == "inplace"))
        }
        _ => false,
    })
}

fn calls_beside<'v>(view: &'v View<'_>, touch: &Touch<'_>) -> impl Iterator<Item = Node> + 'v {
    let within = touch.within;
    view.program.definition(within).body.clone().map(move |value| Node { file: within.file, value })
}

/// Does a call work on the handle that a touch opens, or on the text that it reads?
fn handled(view: &View<'_>, call: Node, touch: &Touch<'_>, wanted: &dyn Fn(&Meaning) -> bool) -> bool {
    let slot = view.types.callees(call).iter().find_map(|callee| match callee {
        Callee::Meaning(meaning) if wanted(meaning) => meaning.place.as_ref(),
        _ => None,
    });
    let Some(handle) = slot.and_then(|slot| view.types.slot(call, slot)) else { return false };
    Some(view.evaluator.opened(Seen::anywhere(handle)).node) == touch.place
}

/// The keys or columns that a call writes.
fn stored(view: &View<'_>, writing: &Touch<'_>) -> Option<BTreeSet<Text>> {
    if let Some(value) = writing.value {
        return keys(view, &Seen::anywhere(value), 0);
    }
    let names = |meaning: &Meaning| meaning.columns.is_some();
    let holds = |meaning: &Meaning| {
        let touches = meaning.opens || meaning.reads.is_some() || meaning.writes.is_some();
        !touches && !meaning.parses_settings && meaning.value.is_some()
    };
    let only = |wanted: &dyn Fn(&Meaning) -> bool| {
        let mut over = calls_beside(view, writing).filter(|call| handled(view, *call, writing, wanted));
        over.next().filter(|_| over.next().is_none())
    };
    let call = only(&names).or_else(|| only(&holds))?;
    view.types.callees(call).iter().find_map(|callee| {
        let Callee::Meaning(meaning) = callee else { return None };
        if let Some(names) = meaning.columns.as_ref().and_then(|slot| view.types.slot(call, slot)) {
            let names = view.evaluator.follow.sequence(&Seen::anywhere(names))?;
            return names.iter().map(|name| view.program.literal(name.node)).collect();
        }
        let value = view.types.slot(call, meaning.value.as_ref()?)?;
        keys(view, &Seen::anywhere(value), 0)
    })
}

/// The keys of a map or table, if all of them are written out.
fn keys(view: &View<'_>, seen: &Seen, depth: usize) -> Option<BTreeSet<Text>> {
    if depth > DEPTH {
        return None;
    }
    let program = view.program;
    let inner = |value: u32| keys(view, &seen.beside(value), depth + 1);
    match program.op(seen.node).kind {
        OpKind::Dict(operands) => {
            let operands = program.operands(seen.node.file, operands);
            if operands.iter().any(|o| o.role == ArgRole::Spread) {
                return None;
            }
            let named = operands.iter().filter(|o| o.role == ArgRole::Key);
            named.map(|o| program.literal(seen.beside(o.value).node)).collect()
        }
        OpKind::SetIndex(object, key, _) => {
            let mut known = inner(object)?;
            known.insert(program.literal(seen.beside(key).node)?);
            Some(known)
        }
        OpKind::Either(operands) => {
            let all: Option<Vec<_>> =
                program.operands(seen.node.file, operands).iter().map(|o| inner(o.value)).collect();
            Some(all?.into_iter().flatten().collect())
        }
        OpKind::List(operands) => {
            let all: Option<Vec<_>> =
                program.operands(seen.node.file, operands).iter().map(|o| inner(o.value)).collect();
            Some(all?.into_iter().flatten().collect())
        }
        OpKind::Call(_, operands) => {
            let makes = |callee: &Callee<'_>| match callee {
                Callee::Meaning(meaning) => meaning.converts.is_some() || meaning.value.is_some(),
                Callee::Function(..) => false,
            };
            let callees = view.types.callees(seen.node);
            let columns = view
                .types
                .instances(seen.node)
                .any(|of| view.lexicon.of_type(of, &|t| t.columns.then_some(())).is_some());
            let made = view.types.called_name(seen.node).is_some_and(|name| name.ends_with(".DataFrame"));
            let operands = program.operands(seen.node.file, operands);
            // `dict(a=1, b=2)`
            if view.types.called_name(seen.node).is_some_and(|name| name == "builtins.dict") {
                let name = |o: &Operand| if let ArgRole::Named(name) = o.role { Some(name) } else { None };
                return operands.iter().map(name).collect();
            }
            let first = operands.first().filter(|o| o.role == ArgRole::Plain)?;
            let wraps = if columns { made } else { callees.iter().any(makes) };
            if wraps {
                return inner(first.value);
            }
            back(view, seen, depth)
        }
        _ => back(view, seen, depth),
    }
}

fn back(view: &View<'_>, seen: &Seen, depth: usize) -> Option<BTreeSet<Text>> {
    let values = view.evaluator.follow.back(seen).values;
    if values.is_empty() {
        return None;
    }
    let all: Option<Vec<_>> = values.iter().map(|value| keys(view, value, depth + 1)).collect();
    Some(all?.into_iter().flatten().collect())
}
