//! Steps that judge what another step puts into use, where that one does not wait for them.

use rustc_hash::FxHashSet;

use crate::fact::Text;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::{NodeId, System};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

pub const CHECK: Check = Check { rule: "gate-beside-the-way", find };

/// One sighting for each step that is put into use beside its check.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let system = grounds.system;
    let words = &grounds.view.lexicon.words;
    let steps = || system.nodes().filter(|(_, node)| node.kind == NodeKind::Step);
    let deploys: Vec<(NodeId, Text)> = steps()
        .filter(|(id, node)| words.deploys(&node.name) && !system.is(*id, "frozen"))
        .map(|(id, node)| (id, node.name))
        .collect();
    let mut found = Vec::new();
    for (gate, node) in steps().filter(|(_, node)| words.judges(&node.name) || words.verifies(&node.name)) {
        let taken = taken(system, gate);
        // Who comes after a check in any way has it heard.
        let heard = steps().any(|(other, _)| other != gate && waits_for(system, other, gate));
        if heard || taken.is_empty() || words.deploys(&node.name) {
            continue;
        }
        let beside = deploys.iter().find_map(|(step, name)| {
            let same_file = system.node(*step).at.file == node.at.file;
            let both = taken_of(system, *step).into_iter().find(|data| taken.contains(data));
            both.filter(|_| same_file && *step != gate && !waits_for(system, gate, *step))
                .map(|data| (*step, *name, data))
        });
        let Some((step, name, data)) = beside else { continue };
        found.push(Sighting::new(
            system.node(step).at,
            vec![name, node.name],
            grounds.certainty(Certainty::Inferred, &[data]),
            vec![("step", step.into()), ("gate", gate.into()), ("data", data.into()), ("check", node.at.into())],
        ));
    }
    found
}

/// The models that a step takes, or, where it takes none, its data.
fn taken(system: &System, step: NodeId) -> FxHashSet<NodeId> {
    taken_of(system, step).into_iter().collect()
}

fn taken_of(system: &System, step: NodeId) -> Vec<NodeId> {
    let made = |data: &NodeId| system.reached(*data, EdgeKind::Follows).any(|maker| maker == step);
    let of = |kind: EdgeKind| system.reached(step, kind).filter(|id| system.node(*id).kind == NodeKind::Dataset);
    let mut found: Vec<NodeId> = of(EdgeKind::Reads).chain(of(EdgeKind::Declares)).filter(|data| !made(data)).collect();
    // What no step makes was there before, and is judged by nobody.
    let is_made = |data: &NodeId| {
        let by = |kind: EdgeKind| system.reaching(*data, kind).any(|id| system.node(id).kind == NodeKind::Step);
        by(EdgeKind::Writes) || system.reached(*data, EdgeKind::Follows).next().is_some()
    };
    found.retain(is_made);
    found.sort_unstable();
    found.dedup();
    found
}

/// Does a step run after another, as any of what is declared says?
fn waits_for(system: &System, step: NodeId, earlier: NodeId) -> bool {
    let mut seen: FxHashSet<NodeId> = FxHashSet::default();
    let mut waiting: Vec<NodeId> = ahead(system, step);
    while let Some(id) = waiting.pop() {
        if id == earlier {
            return true;
        }
        if seen.insert(id) {
            waiting.extend(ahead(system, id));
        }
    }
    false
}

/// What comes right before a step: steps that it follows, and the makers of what it takes.
fn ahead(system: &System, step: NodeId) -> Vec<NodeId> {
    let is_step = |id: &NodeId| system.node(*id).kind == NodeKind::Step;
    let mut found: Vec<NodeId> = system.reached(step, EdgeKind::Follows).filter(is_step).collect();
    let taken = system.reached(step, EdgeKind::Declares).chain(system.reached(step, EdgeKind::Reads));
    for data in taken.filter(|id| system.node(*id).kind == NodeKind::Dataset) {
        found.extend(system.reached(data, EdgeKind::Follows).filter(|maker| is_step(maker) && *maker != step));
    }
    found
}
