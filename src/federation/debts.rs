//! Joins what repositories show at the places they share, and finds what none of them can see alone.

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::{Facts, Thing};
use crate::value::spelling::covers;
use crate::vocabulary::{EdgeKind, NodeKind};

/// A thing and the repository it stands in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Crossing {
    /// The repository.
    pub repository: String,
    /// Where in it.
    pub place: String,
    /// What is done or what stands there.
    pub what: String,
}

/// What crosses the borders of repositories and that nobody declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Debt {
    /// Models of several repositories are, all in all, trained on what they predict themselves.
    FeedbackLoop,
    /// A model learns from what another repository's model predicts.
    CorrectionCascade,
    /// A repository reads what another's model predicts without being among its declared consumers.
    UndeclaredConsumer,
}

/// What many repositories are together.
#[derive(Debug, Default, Serialize)]
pub struct Joined {
    /// How many repositories.
    pub repositories: usize,
    /// Places that more than one of them touches, with who does.
    pub shared: Vec<(String, Vec<Crossing>)>,
    /// The debts, each with the places that show it, along the way the values go.
    pub debts: Vec<(Debt, String, Vec<Crossing>)>,
}

/// A thing of the joined graph: the same data in several repositories is one.
struct Node<'f> {
    thing: &'f Thing,
    /// The repositories in which it stands, by their number.
    repositories: Vec<usize>,
}

/// Where values flow, and where that is seen.
struct Flow<'f> {
    repository: usize,
    place: &'f str,
}

struct Union<'f> {
    facts: &'f [Facts],
    graph: DiGraph<Node<'f>, Flow<'f>>,
    /// Who reads, writes and declares shared things: the thing, the tie's kind, the repository, who, where.
    touches: Vec<(NodeIndex, EdgeKind, usize, &'f Thing, &'f str)>,
}

/// Joins repositories at the places they share.
pub fn join(facts: &[Facts]) -> Joined {
    let union = Union::new(facts);
    let mut joined = Joined { repositories: facts.len(), shared: union.shared(), debts: Vec::new() };
    let looping = union.loops(&mut joined.debts);
    union.cascades(&looping, &mut joined.debts);
    union.consumers(&mut joined.debts);
    joined.debts.sort();
    joined.debts.dedup();
    joined
}

impl<'f> Union<'f> {
    fn new(facts: &'f [Facts]) -> Self {
        let names = Names::new(facts);
        let mut union = Self { facts, graph: DiGraph::new(), touches: Vec::new() };
        let mut shared: FxHashMap<(NodeKind, &str), NodeIndex> = FxHashMap::default();
        for (repository, of) in facts.iter().enumerate() {
            let mut own: Vec<NodeIndex> = Vec::with_capacity(of.nodes.len());
            for thing in &of.nodes {
                let name = names.canonical(thing);
                let known = shared.get(&(thing.kind, name)).copied().filter(|_| thing.shared);
                let index = known.unwrap_or_else(|| union.graph.add_node(Node { thing, repositories: Vec::new() }));
                if thing.shared {
                    shared.insert((thing.kind, name), index);
                }
                let node = &mut union.graph[index];
                if node.repositories.last() != Some(&repository) {
                    node.repositories.push(repository);
                }
                own.push(index);
            }
            let at = |number: u32| own.get(number as usize).copied();
            for tie in &of.edges {
                let (Some(from), Some(to)) = (at(tie.from), at(tie.to)) else { continue };
                let flow = Flow { repository, place: &tie.place };
                match tie.kind {
                    EdgeKind::Feeds | EdgeKind::Trains | EdgeKind::Predicts => {
                        union.graph.add_edge(from, to, flow);
                    }
                    EdgeKind::Derives => {
                        union.graph.add_edge(to, from, flow);
                    }
                    EdgeKind::Reads | EdgeKind::Writes | EdgeKind::Declares => {
                        let Some(who) = of.nodes.get(tie.from as usize) else { continue };
                        union.touches.push((to, tie.kind, repository, who, &tie.place));
                    }
                    _ => {}
                }
            }
        }
        union
    }

    fn name(&self, repository: usize) -> &'f str {
        &self.facts[repository].repository
    }

    fn crossing(&self, repository: usize, place: &str, what: &str, thing: &Thing) -> Crossing {
        let what = format!("{what} {} {}", thing.kind.word(), thing.name);
        Crossing { repository: self.name(repository).to_owned(), place: place.to_owned(), what: what.trim().to_owned() }
    }

    /// Places that more than one repository touches.
    fn shared(&self) -> Vec<(String, Vec<Crossing>)> {
        let mut found: FxHashMap<NodeIndex, Vec<Crossing>> = FxHashMap::default();
        for (index, kind, repository, who, place) in &self.touches {
            if self.graph[*index].repositories.len() > 1 {
                found.entry(*index).or_default().push(self.crossing(*repository, place, kind.word(), who));
            }
        }
        let named = |(index, mut by): (NodeIndex, Vec<Crossing>)| {
            by.sort();
            by.dedup();
            (self.graph[index].thing.name.clone(), by)
        };
        let mut shared: Vec<_> = found.into_iter().map(named).collect();
        shared.sort();
        shared
    }

    /// Strongly connected parts in which models of more than one repository learn; gives the trainings in them.
    fn loops(&self, debts: &mut Vec<(Debt, String, Vec<Crossing>)>) -> FxHashSet<NodeIndex> {
        let mut looping = FxHashSet::default();
        for part in tarjan_scc(&self.graph) {
            if part.len() < 2 || !part.iter().any(|n| self.is(*n, NodeKind::Training)) {
                continue;
            }
            let inside: FxHashSet<NodeIndex> = part.iter().copied().collect();
            let edges = part.iter().flat_map(|n| self.graph.edges(*n));
            let edges: Vec<_> = edges.filter(|e| inside.contains(&e.target())).collect();
            let repositories: FxHashSet<usize> = edges.iter().map(|e| e.weight().repository).collect();
            if repositories.len() < 2 {
                continue;
            }
            let mut trainings: Vec<NodeIndex> = part.into_iter().filter(|n| self.is(*n, NodeKind::Training)).collect();
            trainings.sort_unstable();
            looping.extend(trainings.iter().copied());
            let mut way: Vec<Crossing> = edges
                .iter()
                .map(|e| {
                    let to = self.graph[e.target()].thing;
                    self.crossing(e.weight().repository, e.weight().place, "reaches", to)
                })
                .collect();
            way.sort();
            way.dedup();
            let names: Vec<&str> = trainings.iter().map(|n| self.graph[*n].thing.name.as_str()).collect();
            let message = format!("what {} predict comes back to them as training data", names.join(" and "));
            debts.push((Debt::FeedbackLoop, message, way));
        }
        looping
    }

    /// Trainings that another repository's predictions reach, but for those in loops.
    fn cascades(&self, looping: &FxHashSet<NodeIndex>, debts: &mut Vec<(Debt, String, Vec<Crossing>)>) {
        for prediction in self.of_kind(NodeKind::Prediction) {
            for (repository, place, at) in self.reached(prediction) {
                let training = self.graph[at].thing;
                if training.kind != NodeKind::Training || looping.contains(&at) {
                    continue;
                }
                let own = self.graph[prediction].repositories[0];
                if repository == own {
                    continue;
                }
                let from = self.graph[prediction].thing;
                let message = format!(
                    "{} in {} learns from what {} in {} predicts",
                    training.name,
                    self.name(repository),
                    from.name,
                    self.name(own)
                );
                let way = vec![
                    self.crossing(own, &from.place, "predicts:", from),
                    self.crossing(repository, place, "learns:", training),
                ];
                debts.push((Debt::CorrectionCascade, message, way));
            }
        }
    }

    /// Readers of another repository's predictions that are not among its declared consumers.
    fn consumers(&self, debts: &mut Vec<(Debt, String, Vec<Crossing>)>) {
        let mut predicted: FxHashMap<NodeIndex, FxHashSet<usize>> = FxHashMap::default();
        for prediction in self.of_kind(NodeKind::Prediction) {
            let own = self.graph[prediction].repositories[0];
            for (_, _, at) in self.reached(prediction) {
                if self.is(at, NodeKind::Dataset) {
                    predicted.entry(at).or_default().insert(own);
                }
            }
        }
        let declared: FxHashSet<(NodeIndex, &str)> = self
            .touches
            .iter()
            .filter(|(_, kind, _, who, _)| *kind == EdgeKind::Declares && who.kind == NodeKind::Consumer)
            .flat_map(|(at, _, _, who, _)| [(*at, who.name.as_str()), (*at, who.owner.as_str())])
            .collect();
        for (at, kind, repository, who, place) in &self.touches {
            let Some(makers) = predicted.get(at) else { continue };
            let reader = self.name(*repository);
            let owner = who.owner.as_str();
            let is_declared =
                declared.contains(&(*at, reader)) || (!owner.is_empty() && declared.contains(&(*at, owner)));
            if *kind != EdgeKind::Reads || makers.contains(repository) || is_declared {
                continue;
            }
            let data = &self.graph[*at].thing.name;
            for maker in makers {
                let message = format!("{reader} reads `{data}`, which a model of {} makes", self.name(*maker));
                let way = vec![self.crossing(*repository, place, "reads:", who)];
                debts.push((Debt::UndeclaredConsumer, message, way));
            }
        }
    }

    /// What a prediction's values reach before another model learns or predicts: in which repository, where, and what.
    fn reached(&self, prediction: NodeIndex) -> Vec<(usize, &'f str, NodeIndex)> {
        let mut found = Vec::new();
        let mut seen = FxHashSet::from_iter([prediction]);
        let mut waiting = vec![prediction];
        while let Some(at) = waiting.pop() {
            for edge in self.graph.edges(at) {
                let to = edge.target();
                found.push((edge.weight().repository, edge.weight().place, to));
                if self.is(to, NodeKind::Dataset) && seen.insert(to) {
                    waiting.push(to);
                }
            }
        }
        found
    }

    fn of_kind(&self, kind: NodeKind) -> impl Iterator<Item = NodeIndex> + '_ {
        self.graph.node_indices().filter(move |n| self.is(*n, kind))
    }

    fn is(&self, node: NodeIndex, kind: NodeKind) -> bool {
        self.graph[node].thing.kind == kind
    }
}

/// Under which name the repositories meet: a place with parts that change goes by the first such that covers it.
struct Names<'f> {
    by_name: FxHashMap<&'f str, &'f str>,
}

impl<'f> Names<'f> {
    fn new(facts: &'f [Facts]) -> Self {
        let shared = facts.iter().flat_map(|of| &of.nodes).filter(|t| t.shared && t.kind == NodeKind::Dataset);
        let mut by_authority: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for thing in shared {
            by_authority.entry(authority(&thing.name)).or_default().push(&thing.name);
        }
        let mut by_name = FxHashMap::default();
        for mut names in by_authority.into_values() {
            names.sort_unstable();
            names.dedup();
            let patterns: Vec<&str> = names.iter().copied().filter(|name| name.contains("{}")).collect();
            for name in names {
                let covering = patterns.iter().find(|pattern| covers(pattern, name) || covers(name, pattern));
                by_name.insert(name, covering.copied().unwrap_or(name));
            }
        }
        Self { by_name }
    }

    fn canonical(&self, thing: &'f Thing) -> &'f str {
        self.by_name.get(thing.name.as_str()).copied().unwrap_or(&thing.name)
    }
}

/// `s3://bucket` of `s3://bucket/a/b`.
fn authority(name: &str) -> &str {
    match name.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.split('/').next().unwrap_or_default();
            name.get(..scheme.len() + 3 + host.len()).unwrap_or(name)
        }
        None => "",
    }
}
