//! What of a system others can see: data and models at places that they may reach, and what lies on the way between.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Facts, Thing, Tie, VERSION};
use crate::report::Texts;
use crate::system::graph::{NodeId, System, Value};
use crate::vocabulary::{EdgeKind, NodeKind};

/// The part of a system that others can see.
pub fn shown(system: &System, texts: &Texts<'_>, repository: &str) -> Facts {
    let shared: FxHashSet<NodeId> = system.nodes().map(|(id, _)| id).filter(|id| is_shared(system, *id)).collect();
    let below = closure(&shared, &|id| flows(system, id));
    let above = closure(&shared, &|id| flowed(system, id));
    let mut kept: Vec<NodeId> = below.intersection(&above).copied().collect();
    kept.extend(shared.iter().flat_map(|id| beside(system, *id)));
    kept.sort_unstable();
    kept.dedup();
    let number: FxHashMap<NodeId, u32> = kept.iter().copied().zip(0..).collect();
    let thing = |id: &NodeId| {
        let node = system.node(*id);
        let owner = match system.get(*id, "owner") {
            Some(Value::Text(owner)) => owner.to_string(),
            _ => String::new(),
        };
        Thing {
            kind: node.kind,
            name: node.name.to_string(),
            shared: shared.contains(id),
            place: texts.place(node.at),
            owner,
        }
    };
    let ties = system.edges().filter_map(|edge| {
        let (from, to) = (*number.get(&edge.from)?, *number.get(&edge.to)?);
        Some(Tie { kind: edge.kind, from, to, place: texts.place(edge.at), certainty: edge.certainty })
    });
    Facts {
        version: VERSION,
        repository: repository.to_owned(),
        nodes: kept.iter().map(thing).collect(),
        edges: ties.collect(),
    }
}

/// Data and models that others know by the same name: on another machine, in a database by a qualified name, in a
/// registry. What only its last part tells from anything else is nobody's in particular.
fn is_shared(system: &System, id: NodeId) -> bool {
    let node = system.node(id);
    let named = || match node.name.split_once("://") {
        Some((_, path)) => path.split('/').filter(|part| !part.is_empty() && !part.contains("{}")).count() >= 2,
        None => match node.name.strip_prefix("table:") {
            Some(table) => table.contains(['.', '/']) && !table.contains("{}"),
            None => !node.name.contains("{}"),
        },
    };
    match node.kind {
        NodeKind::Dataset => {
            (system.is(id, "remote") || node.name.starts_with("table:")) && !system.is(id, "temporary") && named()
        }
        NodeKind::Model => system.is(id, "remote") && named(),
        _ => false,
    }
}

/// Where values go from a thing.
fn flows(system: &System, id: NodeId) -> Vec<NodeId> {
    let on = |kind| system.reached(id, kind);
    let learnt = on(EdgeKind::Feeds).chain(on(EdgeKind::Trains)).chain(on(EdgeKind::Predicts));
    learnt.chain(system.reaching(id, EdgeKind::Derives)).collect()
}

/// Where values of a thing come from.
fn flowed(system: &System, id: NodeId) -> Vec<NodeId> {
    let from = |kind| system.reaching(id, kind);
    let learnt = from(EdgeKind::Feeds).chain(from(EdgeKind::Trains)).chain(from(EdgeKind::Predicts));
    learnt.chain(system.reached(id, EdgeKind::Derives)).collect()
}

/// Who touches or declares a thing, and what is learnt from it and predicted into it.
fn beside(system: &System, id: NodeId) -> Vec<NodeId> {
    let mut all = flows(system, id);
    all.extend(flowed(system, id));
    for kind in [EdgeKind::Reads, EdgeKind::Writes, EdgeKind::Declares] {
        all.extend(system.reaching(id, kind).filter(|by| {
            matches!(system.node(*by).kind, NodeKind::Module | NodeKind::Function | NodeKind::Step | NodeKind::Consumer)
        }));
    }
    all.push(id);
    all
}

fn closure(from: &FxHashSet<NodeId>, next: &dyn Fn(NodeId) -> Vec<NodeId>) -> FxHashSet<NodeId> {
    let mut found = FxHashSet::default();
    let mut waiting: Vec<NodeId> = from.iter().copied().collect();
    while let Some(id) = waiting.pop() {
        if found.insert(id) {
            waiting.extend(next(id));
        }
    }
    found
}
