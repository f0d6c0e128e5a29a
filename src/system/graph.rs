//! The system as a graph: nodes with attributes, edges with the evidence and certainty of each.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::check::Sighting;
use crate::fact::Text;
use crate::source::At;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A node's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// An edge's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EdgeId(pub u32);

/// The value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(Text),
}

/// A thing of the system.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its name: a place, a column, a key path, a qualified name.
    pub name: Text,
    /// Where it is written, or first met.
    pub at: At,
    /// The dotted path of the code around it (module and function), for fingerprints.
    pub symbol: Text,
    /// Does its name list or count others? These come and go, so across edits it is known by its symbol alone.
    pub is_list: bool,
    /// How sure it is.
    pub certainty: Certainty,
    attributes: SmallVec<[(&'static str, Value); 4]>,
}

/// A relation between two things.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// What it says.
    pub kind: EdgeKind,
    /// From.
    pub from: NodeId,
    /// To.
    pub to: NodeId,
    /// Where it is seen.
    pub at: At,
    /// How sure it is.
    pub certainty: Certainty,
}

/// Counts that the report shows, so that silence is not mistaken for cleanliness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Calls that read or write data.
    pub places: usize,
    /// Those whose place is known at least as a pattern with a literal part.
    pub resolved: usize,
    /// Columns that code takes from tables by name.
    pub columns: usize,
    /// Those whose table is followed to the data it comes from.
    pub traced: usize,
    /// Calls that look like learning or asking, by their names alone.
    pub learning: usize,
    /// Those that were understood.
    pub understood: usize,
    /// The most frequent of those that were not.
    pub unlearnt: [Option<Unlearnt>; 4],
    /// How much of the code is what.
    pub gauges: Gauges,
}

/// Calls of one name that look like learning and were not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unlearnt {
    /// What is called, as far as it is known: `foo.Bar.fit`, `.fit`.
    pub name: Text,
    /// How many calls.
    pub calls: u32,
}

impl Coverage {
    /// The calls that look like learning and were not understood, in words; empty if there are none.
    pub fn not_understood(&self) -> String {
        let listed = self.unlearnt.iter().flatten();
        let listed: Vec<String> = listed.clone().map(|of| format!("{} `{}`", of.calls, of.name)).collect();
        let shown: usize = self.unlearnt.iter().flatten().map(|of| of.calls as usize).sum();
        let rest = (self.learning - self.understood).saturating_sub(shown);
        let more = if rest > 0 { format!(", {rest} others") } else { String::new() };
        if listed.is_empty() { String::new() } else { format!("; not: {}{more}", listed.join(", ")) }
    }
}

/// How much of the code is learning, and how much is glue (Sculley et al. 2015, section 5.1: "a mature system might end
/// up being at most 5 % machine learning code and at least 95 % glue code").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gauges {
    /// Statements of code that is no test.
    pub statements: usize,
    /// Those that fit, predict, split or measure.
    pub learning: usize,
    /// Those that change nothing but a representation.
    pub converting: usize,
    /// Calls of packages that do the learning.
    pub boxed: usize,
    /// Those that stand in the one module that calls its package most.
    pub adapted: usize,
}

/// What the repository is.
#[derive(Clone, Debug, Default)]
pub struct System {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    out: Vec<SmallVec<[EdgeId; 2]>>,
    into: Vec<SmallVec<[EdgeId; 2]>>,
    by_name: FxHashMap<(NodeKind, Text), NodeId>,
    /// How much of the data's places could be followed.
    pub coverage: Coverage,
    /// What each check has seen.
    pub sightings: Vec<(&'static str, Vec<Sighting>)>,
    /// What of mldebt itself failed, each in one line.
    pub failures: Vec<String>,
}

impl System {
    /// Adds a node, even if one of that kind and name is there already.
    pub fn add(&mut self, kind: NodeKind, name: Text, at: At, symbol: Text) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let (certainty, attributes) = (Certainty::Seen, SmallVec::new());
        self.nodes.push(Node { kind, name, at, symbol, is_list: false, certainty, attributes });
        self.out.push(SmallVec::new());
        self.into.push(SmallVec::new());
        self.by_name.entry((kind, name)).or_insert(id);
        id
    }

    /// Adds a group whose name lists or counts its members; `symbol` is that of one that is there as long as the group.
    pub fn add_list(&mut self, name: Text, at: At, symbol: Text) -> NodeId {
        let id = self.add(NodeKind::Group, name, at, symbol);
        self.nodes[id.0 as usize].is_list = true;
        id
    }

    /// The first node of that kind and name, added if there is none.
    pub fn named(&mut self, kind: NodeKind, name: Text, at: At, symbol: Text) -> NodeId {
        match self.find(kind, name) {
            Some(id) => id,
            None => self.add(kind, name, at, symbol),
        }
    }

    /// The first node of that kind and name.
    pub fn find(&self, kind: NodeKind, name: Text) -> Option<NodeId> {
        self.by_name.get(&(kind, name)).copied()
    }

    /// Adds an edge, unless the same two nodes are joined that way already (the surer of both stays).
    pub fn join(&mut self, kind: EdgeKind, from: NodeId, to: NodeId, at: At, certainty: Certainty) {
        // Of the two, one may be joined to everything: a file that holds all, a table that all take.
        let (out, into) = (&self.out[from.0 as usize], &self.into[to.0 as usize]);
        let fewer = if out.len() < into.len() { out } else { into };
        let is_same = |edge: &Edge| (edge.kind, edge.from, edge.to) == (kind, from, to);
        if let Some(known) = fewer.iter().copied().find(|e| is_same(self.edge(*e))) {
            let edge = &mut self.edges[known.0 as usize];
            if certainty < edge.certainty {
                (edge.certainty, edge.at) = (certainty, at);
            }
            return;
        }
        self.join_again(kind, from, to, at, certainty);
    }

    /// Adds an edge, even if the same two nodes are joined that way at another place.
    pub fn join_again(&mut self, kind: EdgeKind, from: NodeId, to: NodeId, at: At, certainty: Certainty) {
        let id = EdgeId(u32::try_from(self.edges.len()).unwrap_or(u32::MAX));
        self.edges.push(Edge { kind, from, to, at, certainty });
        self.out[from.0 as usize].push(id);
        self.into[to.0 as usize].push(id);
    }

    /// Sets an attribute, which the vocabulary must know.
    pub fn set(&mut self, id: NodeId, name: &'static str, value: Value) {
        let node = &mut self.nodes[id.0 as usize];
        debug_assert!(
            crate::vocabulary::attribute(node.kind, name).is_some(),
            "{name} is no attribute of a {}",
            node.kind.word()
        );
        match node.attributes.iter_mut().find(|(n, _)| *n == name) {
            Some(slot) => slot.1 = value,
            None => node.attributes.push((name, value)),
        }
    }

    /// Sets a flag to true.
    pub fn mark(&mut self, id: NodeId, name: &'static str) {
        self.set(id, name, Value::Flag(true));
    }

    /// Sets a text.
    pub fn say(&mut self, id: NodeId, name: &'static str, text: &str) {
        debug_assert!(
            crate::vocabulary::attribute(self.node(id).kind, name)
                .is_none_or(|a| a.values.is_empty() || a.values.contains(&text)),
            "`{text}` is no value of `{name}`"
        );
        self.set(id, name, Value::Text(Text::from(text)));
    }

    /// Sets a number.
    pub fn count(&mut self, id: NodeId, name: &'static str, number: usize) {
        self.set(id, name, Value::Number(i64::try_from(number).unwrap_or(i64::MAX)));
    }

    /// Makes a node less sure.
    pub fn doubt(&mut self, id: NodeId, certainty: Certainty) {
        let node = &mut self.nodes[id.0 as usize];
        node.certainty = node.certainty.max(certainty);
    }

    /// An attribute's value, if it is set.
    pub fn get(&self, id: NodeId, name: &str) -> Option<Value> {
        self.node(id).attributes.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
    }

    /// Is that flag set and true?
    pub fn is(&self, id: NodeId, name: &str) -> bool {
        self.get(id, name) == Some(Value::Flag(true))
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// An edge.
    pub fn edge(&self, id: EdgeId) -> &Edge {
        &self.edges[id.0 as usize]
    }

    /// All nodes, in the order in which they were added.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(i, n)| (NodeId(u32::try_from(i).unwrap_or(u32::MAX)), n))
    }

    /// All edges.
    pub fn edges(&self) -> impl Iterator<Item = &Edge> {
        self.edges.iter()
    }

    /// The edges that leave a node.
    pub fn out(&self, id: NodeId) -> &[EdgeId] {
        &self.out[id.0 as usize]
    }

    /// The edges that reach a node.
    pub fn into(&self, id: NodeId) -> &[EdgeId] {
        &self.into[id.0 as usize]
    }

    /// The nodes at the other end of a node's edges of one kind.
    pub fn reached(&self, id: NodeId, kind: EdgeKind) -> impl Iterator<Item = NodeId> {
        self.out(id).iter().map(|e| self.edge(*e)).filter(move |e| e.kind == kind).map(|e| e.to)
    }

    /// The nodes whose edges of one kind reach a node.
    pub fn reaching(&self, id: NodeId, kind: EdgeKind) -> impl Iterator<Item = NodeId> {
        self.into(id).iter().map(|e| self.edge(*e)).filter(move |e| e.kind == kind).map(|e| e.from)
    }

    /// What a node is known by across edits. Data, models and columns are what they are called: which code meets them
    /// first is chance. All else stands in the code that it stands in, and what lists others where its first member does.
    pub fn identity(&self, id: NodeId) -> [Text; 2] {
        let node = self.node(id);
        let shared = matches!(node.kind, NodeKind::Dataset | NodeKind::Model | NodeKind::Feature);
        let symbol = if shared { Text::default() } else { node.symbol };
        [symbol, if node.is_list { Text::default() } else { node.name }]
    }

    /// A node's attributes.
    pub fn attributes(&self, id: NodeId) -> &[(&'static str, Value)] {
        &self.node(id).attributes
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
        }
    }
}
