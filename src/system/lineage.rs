//! Walks over the finished system: what stands around a thing, what lies behind it, what it leads to.

use std::collections::VecDeque;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::graph::{Edge, NodeId, System};
use crate::mistake::nearest;
use crate::vocabulary::{EdgeKind, NodeKind};

/// What people ask for by name.
fn is_named(kind: NodeKind) -> bool {
    !matches!(kind, NodeKind::Branch | NodeKind::Function | NodeKind::Group)
}

/// Nodes of that name; else those whose name ends with it; else those that hold it.
pub fn find(system: &System, name: &str) -> Vec<NodeId> {
    let by = |fits: &dyn Fn(&str) -> bool| -> Vec<NodeId> {
        system.nodes().filter(|(_, n)| is_named(n.kind) && fits(&n.name)).map(|(id, _)| id).collect()
    };
    let table = format!("table:{name}");
    let exact = by(&|n| n == name || n == table);
    if !exact.is_empty() || name.is_empty() {
        return exact;
    }
    let ending = by(&|n| n.ends_with(name));
    if ending.is_empty() { by(&|n| n.contains(name)) } else { ending }
}

/// The name that is spelled most like one that nothing has: whole, or its last part.
pub fn meant<'s>(system: &'s System, name: &str) -> Option<&'s str> {
    let names = || system.nodes().filter(|(_, n)| is_named(n.kind)).map(|(_, n)| n.name.as_str());
    let last = |name: &'s str| name.rsplit(['/', ':']).next().unwrap_or(name);
    nearest(name, names()).or_else(|| nearest(name, names().map(last)))
}

/// The nodes within so many edges of some, whatever their direction.
pub fn around(system: &System, from: &[NodeId], depth: usize) -> FxHashSet<NodeId> {
    let mut seen: FxHashSet<NodeId> = from.iter().copied().collect();
    let mut edge = from.to_vec();
    for _ in 0..depth {
        let mut next = Vec::new();
        for id in edge {
            let out = system.out(id).iter().map(|e| system.edge(*e).to);
            let into = system.into(id).iter().map(|e| system.edge(*e).from);
            next.extend(out.chain(into).filter(|other| seen.insert(*other)));
        }
        edge = next;
    }
    seen
}

/// What data, models and trainings a thing is made from, with how many steps lie between; the thing itself first.
pub fn behind(system: &System, from: NodeId) -> Vec<(NodeId, usize)> {
    walk(from, &|id| sources(system, id))
}

/// What data, models and predictions are made from a thing.
pub fn ahead(system: &System, from: NodeId) -> Vec<(NodeId, usize)> {
    walk(from, &|id| {
        let fed = system.reached(id, EdgeKind::Feeds).chain(system.reached(id, EdgeKind::Trains));
        fed.chain(system.reached(id, EdgeKind::Predicts)).chain(system.reaching(id, EdgeKind::Derives)).collect()
    })
}

fn walk(from: NodeId, next: &dyn Fn(NodeId) -> Vec<NodeId>) -> Vec<(NodeId, usize)> {
    let mut found: FxHashMap<NodeId, usize> = FxHashMap::default();
    let mut order = Vec::new();
    let mut waiting = VecDeque::from([(from, 0)]);
    while let Some((id, depth)) = waiting.pop_front() {
        if found.contains_key(&id) {
            continue;
        }
        found.insert(id, depth);
        order.push((id, depth));
        waiting.extend(next(id).into_iter().map(|id| (id, depth + 1)));
    }
    order
}

/// What a thing is made from: what its values came from, what its model learnt from, what the step that makes it reads.
fn sources(system: &System, id: NodeId) -> Vec<NodeId> {
    let made = system.reached(id, EdgeKind::Derives).chain(system.reaching(id, EdgeKind::Feeds));
    let mut sources: Vec<NodeId> =
        made.chain(system.reaching(id, EdgeKind::Trains)).chain(system.reaching(id, EdgeKind::Predicts)).collect();
    let is_step = |node: &NodeId| system.node(*node).kind == NodeKind::Step;
    for step in system.reaching(id, EdgeKind::Writes).filter(is_step) {
        sources.extend(inputs(system, step));
    }
    sources
}

/// The data that a step or program reads, or declares as its input.
pub fn inputs(system: &System, code: NodeId) -> Vec<NodeId> {
    let own = outputs(system, code);
    let declared = system.reached(code, EdgeKind::Declares);
    let all = system.reached(code, EdgeKind::Reads).chain(declared).filter(|id| is_data(system, *id));
    unique(all.filter(|id| !own.contains(id)))
}

/// The data that a step or program writes, or declares as its output.
pub fn outputs(system: &System, code: NodeId) -> Vec<NodeId> {
    let all = system.reached(code, EdgeKind::Writes).chain(system.reaching(code, EdgeKind::Follows));
    unique(all.filter(|id| is_data(system, *id)))
}

fn unique(all: impl Iterator<Item = NodeId>) -> Vec<NodeId> {
    let mut seen = FxHashSet::default();
    all.filter(|id| seen.insert(*id)).collect()
}

/// Does a step run the program?
pub fn has_step(system: &System, program: NodeId) -> bool {
    system.reaching(program, EdgeKind::Calls).any(|by| system.node(by).kind == NodeKind::Step)
}

/// Is the node data, or a model, at a place?
pub fn is_data(system: &System, id: NodeId) -> bool {
    matches!(system.node(id).kind, NodeKind::Dataset | NodeKind::Model)
}

/// Models, what they learn from, and where their predictions go.
pub fn models(system: &System) -> FxHashSet<NodeId> {
    let is = |id: NodeId, kinds: &[NodeKind]| kinds.contains(&system.node(id).kind);
    let core = [NodeKind::Training, NodeKind::Prediction, NodeKind::Model];
    let mut found: FxHashSet<NodeId> = system.nodes().map(|(id, _)| id).filter(|id| is(*id, &core)).collect();
    let ends = system.edges().filter(|e| found.contains(&e.from) || found.contains(&e.to));
    let near: Vec<NodeId> = ends.flat_map(|e| [e.from, e.to]).filter(|id| is(*id, &[NodeKind::Dataset])).collect();
    found.extend(near);
    found
}

/// The circles in which values flow through a training.
#[derive(Debug, Default)]
pub struct Loops {
    /// In which circle a node lies.
    part: FxHashMap<NodeId, usize>,
}

impl Loops {
    /// Lies an edge in a circle?
    pub fn hold(&self, edge: &Edge) -> bool {
        carries(edge.kind) && self.part.get(&edge.from).is_some_and(|part| self.part.get(&edge.to) == Some(part))
    }
}

/// Do values go along, or against, an edge of that kind?
fn carries(kind: EdgeKind) -> bool {
    matches!(kind, EdgeKind::Feeds | EdgeKind::Trains | EdgeKind::Predicts | EdgeKind::Derives)
}

/// Finds all circles.
pub fn loops(system: &System) -> Loops {
    let mut graph: DiGraphMap<NodeId, (), FxBuildHasher> = DiGraphMap::default();
    for edge in system.edges().filter(|e| carries(e.kind)) {
        let (from, to) = if edge.kind == EdgeKind::Derives { (edge.to, edge.from) } else { (edge.from, edge.to) };
        graph.add_edge(from, to, ());
    }
    let mut loops = Loops::default();
    for (number, part) in tarjan_scc(&graph).into_iter().enumerate() {
        if part.len() > 1 && part.iter().any(|id| system.node(*id).kind == NodeKind::Training) {
            loops.part.extend(part.into_iter().map(|id| (id, number)));
        }
    }
    loops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Text;
    use crate::source::At;
    use crate::vocabulary::Certainty;

    /// A step makes a table of raw data; a training learns a model from it; both know each other in a circle.
    fn system() -> (System, Vec<NodeId>) {
        let mut system = System::default();
        let node =
            |system: &mut System, kind, name: &str| system.add(kind, Text::from(name), At::default(), name.into());
        let raw = node(&mut system, NodeKind::Dataset, "data/raw.csv");
        let table = node(&mut system, NodeKind::Dataset, "data/table.csv");
        let step = node(&mut system, NodeKind::Step, "prepare");
        let training = node(&mut system, NodeKind::Training, "Ridge.fit");
        let model = node(&mut system, NodeKind::Dataset, "model.bin");
        for (kind, from, to) in [
            (EdgeKind::Declares, step, raw),
            (EdgeKind::Declares, step, table),
            (EdgeKind::Follows, table, step),
            (EdgeKind::Writes, step, table),
            (EdgeKind::Feeds, table, training),
            (EdgeKind::Trains, training, model),
            (EdgeKind::Derives, raw, model),
        ] {
            system.join(kind, from, to, At::default(), Certainty::Seen);
        }
        (system, vec![raw, table, step, training, model])
    }

    #[test]
    fn what_lies_behind_a_model_is_found_once_even_in_a_circle() {
        let (system, ids) = system();
        let behind: Vec<NodeId> = behind(&system, ids[4]).into_iter().map(|(id, _)| id).collect();
        assert_eq!(behind, [ids[4], ids[3], ids[1], ids[0]]);
        assert_eq!((inputs(&system, ids[2]), outputs(&system, ids[2])), (vec![ids[0]], vec![ids[1]]));
        assert_eq!(ahead(&system, ids[1]).len(), 4);
    }

    #[test]
    fn names_are_found_whole_by_their_end_or_nearly() {
        let (system, ids) = system();
        assert_eq!(find(&system, "table.csv"), [ids[1]]);
        assert_eq!((find(&system, "tabel.csv"), meant(&system, "tabel.csv")), (Vec::new(), Some("table.csv")));
        assert_eq!(around(&system, &[ids[3]], 1).len(), 3);
    }
}
