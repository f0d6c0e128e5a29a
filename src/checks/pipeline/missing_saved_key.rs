//! Keys that are looked up in what was loaded, and under which nothing was saved.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use crate::fact::{OpKind, Operands, Role as ArgRole, Text};
use crate::program::Node;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::data::is_gated;
use crate::system::graph::NodeId;
use crate::system::handles::reads;
use crate::system::learning::outputs::writes;
use crate::system::{Role, View};
use crate::value::follow::Seen;
use crate::value::lookups::How;
use crate::vocabulary::{Certainty, EdgeKind};

pub const CHECK: Check = Check { rule: "missing-saved-key", find };

/// Values on the way from what is written to the map that it is.
const STEPS: usize = 24;

/// One sighting for each key and dataset.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let saved = saved(grounds);
    if saved.is_empty() {
        return Vec::new();
    }
    let tracer = view.tracer();
    let mut told: FxHashSet<(NodeId, Text)> = FxHashSet::default();
    let mut found = Vec::new();
    for (dataset, call) in reads(view, grounds.known) {
        let Some((keys, written)) = saved.get(&dataset) else { continue };
        if grounds.role(call.file) == Role::Test {
            continue;
        }
        let lookups = tracer.follow(call, &[]);
        // Who asks which keys there are reckons with several.
        let asking: FxHashSet<_> = lookups
            .read
            .iter()
            .filter(|(path, _)| path.len() == 1)
            .flat_map(|(_, uses)| {
                uses.iter()
                    .filter(|l| l.how == How::Name && matches!(view.program.op(l.node).kind, OpKind::Compare(..)))
            })
            .map(|l| view.program.owner(l.node))
            .collect();
        for (path, uses) in &lookups.read {
            let [key] = path.as_slice() else { continue };
            let sure = uses.iter().all(|l| {
                l.how == How::Index
                    && !l.default
                    && !is_gated(view, l.node)
                    && !asking.contains(&view.program.owner(l.node))
            });
            let Some(first) = uses.first().filter(|_| sure) else { continue };
            if keys.contains(key) || lookups.set.contains_key(path) || !told.insert((dataset, *key)) {
                continue;
            }
            let name = system.node(dataset).name;
            let listed = keys.iter().map(|key| Text::from(&format!("`{key}`"))).collect();
            found.push(Sighting::new(
                view.program.place(first.node),
                vec![view.symbol(view.program.owner(first.node)), name, *key],
                grounds.certainty(Certainty::Inferred, &[dataset]),
                vec![
                    ("key", (*key).into()),
                    ("data", dataset.into()),
                    ("keys", crate::system::check::Capture::Texts(listed)),
                    ("written", view.program.place(*written).into()),
                    ("role", grounds.role(first.node.file).into()),
                ],
            ));
        }
    }
    found
}

/// The keys under which all is saved that lies at a place, where everybody who writes it is seen, and where that is.
fn saved(grounds: &Grounds<'_>) -> BTreeMap<NodeId, (BTreeSet<Text>, Node)> {
    let (view, system) = (grounds.view, grounds.system);
    let mut found: BTreeMap<NodeId, (BTreeSet<Text>, Node)> = BTreeMap::new();
    let mut unknown: FxHashSet<NodeId> = FxHashSet::default();
    let mut calls: BTreeMap<NodeId, FxHashSet<crate::source::FileId>> = BTreeMap::new();
    for (dataset, value, call) in writes(view, grounds.known) {
        let keys = named(view, call).or_else(|| keys(view, &value, STEPS));
        match keys {
            Some(keys) if !keys.is_empty() => {
                calls.entry(dataset).or_default().insert(call.file);
                found.entry(dataset).or_insert_with(|| (BTreeSet::new(), call)).0.extend(keys);
            }
            _ => {
                unknown.insert(dataset);
            }
        }
    }
    found.retain(|dataset, _| {
        let name = system.node(*dataset).name;
        let writers = system.reaching(*dataset, EdgeKind::Writes).count();
        let last = name.rsplit('/').next().unwrap_or_default();
        !unknown.contains(dataset)
            && writers <= calls.get(dataset).map_or(0, FxHashSet::len).max(1)
            && !view.program.keeps(&name)
            && !last.contains("{}")
            && !system.is(*dataset, "remote")
            && !system.is(*dataset, "copied")
    });
    found
}

/// The names under which a call keeps what it is given by name: `savez(path, x=rows)`.
fn named(view: &View<'_>, call: Node) -> Option<BTreeSet<Text>> {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return None };
    let name = view.types.called_name(call)?;
    if !view.lexicon.formats.iter().any(|form| form.keeps_names && form.is(Some(&name), "")) {
        return None;
    }
    let operands = view.program.operands(call.file, operands);
    let mut plain = 0;
    let mut keys = BTreeSet::new();
    for operand in operands.iter().skip(1) {
        match operand.role {
            ArgRole::Named(name) => drop(keys.insert(name)),
            ArgRole::Plain => {
                keys.insert(Text::from(&format!("arr_{plain}")));
                plain += 1;
            }
            _ => return None,
        }
    }
    Some(keys)
}

/// The keys of a map that is written out, with those that are set on it afterwards.
fn keys(view: &View<'_>, seen: &Seen, steps: usize) -> Option<BTreeSet<Text>> {
    let steps = steps.checked_sub(1)?;
    let at = |value: u32| seen.beside(value);
    match view.program.op(seen.node).kind {
        OpKind::Dict(operands) => of_dict(view, seen, operands, steps),
        OpKind::SetIndex(object, key, _) => {
            let mut found = keys(view, &at(object), steps)?;
            found.insert(view.program.literal(at(key).node)?);
            Some(found)
        }
        OpKind::Call(function, operands) => {
            let is_dict = view.types.called_name(seen.node).is_some_and(|name| name == "builtins.dict");
            if is_dict {
                let mut found = BTreeSet::new();
                for operand in view.program.operands(seen.node.file, operands) {
                    match operand.role {
                        ArgRole::Named(name) => drop(found.insert(name)),
                        ArgRole::Plain | ArgRole::Spread => found.extend(keys(view, &at(operand.value), steps)?),
                        _ => return None,
                    }
                }
                return Some(found);
            }
            let _ = function;
            passed_on(view, seen, steps)
        }
        OpKind::After(object, call) => {
            let mut found = keys(view, &at(object), steps)?;
            found.extend(laid_over(view, &at(call), steps)?);
            Some(found)
        }
        _ => passed_on(view, seen, steps),
    }
}

fn of_dict(view: &View<'_>, seen: &Seen, operands: Operands, steps: usize) -> Option<BTreeSet<Text>> {
    let mut found = BTreeSet::new();
    let mut operands = view.program.operands(seen.node.file, operands).iter();
    while let Some(operand) = operands.next() {
        match operand.role {
            ArgRole::Key => {
                found.insert(view.program.literal(seen.beside(operand.value).node)?);
                operands.next();
            }
            ArgRole::Spread => found.extend(keys(view, &seen.beside(operand.value), steps)?),
            _ => return None,
        }
    }
    Some(found)
}

/// The keys of all values that this one may be.
fn passed_on(view: &View<'_>, seen: &Seen, steps: usize) -> Option<BTreeSet<Text>> {
    let back = view.evaluator.follow.back(seen);
    if back.values.is_empty() || back.parameter.is_some() && back.values.len() > 1 {
        return None;
    }
    let mut found = BTreeSet::new();
    for value in &back.values {
        found.extend(keys(view, value, steps)?);
    }
    Some(found)
}

/// What `map.update(..)` lays over a map.
fn laid_over(view: &View<'_>, call: &Seen, steps: usize) -> Option<BTreeSet<Text>> {
    let OpKind::Call(function, operands) = view.program.op(call.node).kind else { return None };
    let OpKind::Attr(_, name) = view.program.op(call.beside(function).node).kind else { return None };
    if !view.lexicon.keys.is_merging(name) {
        return None;
    }
    let mut found = BTreeSet::new();
    for operand in view.program.operands(call.node.file, operands) {
        match operand.role {
            ArgRole::Named(name) => drop(found.insert(name)),
            ArgRole::Plain | ArgRole::Spread => found.extend(keys(view, &call.beside(operand.value), steps)?),
            _ => return None,
        }
    }
    Some(found)
}
