//! Models that teach each other in a circle, through data or through what the team tells of the world outside.

use std::collections::BTreeMap;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::super::{Known, View};
use super::arrivals::{Arrivals, Hands};
use super::loops::{Learner, dataset};
use super::origins::origins;
use super::records::Tables;
use super::wide::Source;
use super::{Acts, datasets, starts};
use crate::fact::{OpKind, Text};
use crate::program::{Def, Node};
use crate::source::At;
use crate::system::graph::{NodeId, System, Value};
use crate::system::told::{World, names};
use crate::value::follow::Seen;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// What the derivation stands on.
pub struct Stage<'a> {
    /// The program and what is known of it.
    pub view: &'a View<'a>,
    /// Nodes.
    pub known: &'a Known,
    /// Calls that learn and predict.
    pub acts: &'a Acts<'a>,
    /// Classes that are tables.
    pub tables: &'a Tables<'a>,
    /// What is made of what.
    pub hands: &'a Hands<'a>,
    /// Where predictions lie.
    pub arrivals: &'a Arrivals,
}

/// One model's predictions reach another's training.
#[derive(Clone, Copy)]
struct Hop<'a> {
    /// Where they come to lie, or are shown.
    shown: At,
    /// What the other learns from, and where it reads that.
    source: Source,
    read: Node,
    /// What people do lies between.
    world: Option<&'a World>,
}

/// Adds a group for each model that learns from what people do with its predictions as the team tells, and for each
/// circle of several models.
pub fn derive(stage: &Stage<'_>, system: &mut System, learners: &[Learner<'_>]) {
    let hops = hops(stage, system, learners);
    let mut graph: DiGraphMap<usize, (), FxBuildHasher> = DiGraphMap::default();
    for ((from, to), hop) in &hops {
        match hop.world {
            Some(world) if from == to => own(stage, system, &learners[*from], *hop, world),
            _ if learners[*from].within != learners[*to].within => drop(graph.add_edge(*from, *to, ())),
            _ => {}
        }
    }
    let mut circles: Vec<Vec<usize>> = tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1).collect();
    circles.iter_mut().for_each(|circle| circle.sort_unstable());
    circles.sort_unstable();
    for circle in circles {
        mutual(stage, system, learners, &hops, &circle);
    }
    for learner in learners {
        window(stage, system, learner);
    }
}

/// A feature that sums up, over the time before, what people did with the model's own predictions.
fn window(stage: &Stage<'_>, system: &mut System, learner: &Learner<'_>) {
    let loops = system.reaching(learner.act.node, EdgeKind::Follows);
    let hidden = Some(Value::Text(Text::from("hidden-loop")));
    let Some(events) = loops
        .filter(|group| system.get(*group, "what") == hidden)
        .find_map(|group| system.reached(group, EdgeKind::Reads).next())
    else {
        return;
    };
    let inputs = starts(stage.view, learner.act).into_iter().filter(|(is_x, _)| *is_x);
    let lag = inputs.flat_map(|(_, x)| origins(stage.view, Seen::anywhere(x), stage.acts).lags).find(|lag| {
        let behind = origins(stage.view, Seen::anywhere(*lag), stage.acts).reads;
        behind.iter().any(|read| datasets(read, stage.acts).contains(&events))
    });
    let Some(lag) = lag else { return };
    let at = stage.view.program.place(lag);
    let symbol = stage.view.symbol(stage.view.program.owner(lag));
    let group = system.add(NodeKind::Group, system.node(events).name, at, symbol);
    system.say(group, "what", "own-window");
    let fit = stage.view.program.place(learner.act.call);
    system.join(EdgeKind::Follows, group, learner.act.node, fit, Certainty::Inferred);
    system.join(EdgeKind::Reads, group, events, at, Certainty::Inferred);
}

type Hops<'a> = BTreeMap<(usize, usize), Hop<'a>>;

fn hops<'a>(stage: &Stage<'a>, system: &System, learners: &[Learner<'_>]) -> Hops<'a> {
    let mut teachers: FxHashMap<NodeId, Vec<usize>> = FxHashMap::default();
    for (number, learner) in learners.iter().enumerate() {
        learner.predictions.iter().for_each(|asked| teachers.entry(*asked).or_default().push(number));
    }
    let mut hops = Hops::new();
    for (to, learner) in learners.iter().enumerate() {
        if learner.choices.iter().any(|name| stage.view.lexicon.words.keeps_apart(name)) {
            continue;
        }
        if !stage.view.told.worlds.is_empty() {
            let all = learners.iter().enumerate();
            hops.extend(all.filter_map(|(from, other)| Some(((from, to), told(stage, system, other, learner)?))));
        }
        for (from, hop) in taught(stage, learner, &teachers) {
            if from != to {
                hops.entry((from, to)).or_insert(hop);
            }
        }
    }
    hops
}

/// The models whose predictions fill a column that a model learns from.
fn taught<'a>(
    stage: &Stage<'a>,
    learner: &Learner<'_>,
    teachers: &FxHashMap<NodeId, Vec<usize>>,
) -> Vec<(usize, Hop<'a>)> {
    let mut found = Vec::new();
    for (_, reading) in learner.readings.iter().filter(|(_, reading)| reading.column.is_some()) {
        let arrivals = stage.arrivals.get(&reading.source).into_iter().flatten();
        let fitting =
            arrivals.filter(|a| a.column == reading.column && learner.is_apart(stage.view, reading.source, a));
        for arrival in fitting {
            let hop = Hop { shown: arrival.at, source: reading.source, read: reading.at, world: None };
            let from = teachers.get(&stage.acts.by_call[&arrival.call]).into_iter().flatten();
            found.extend(from.map(|from| (*from, hop)));
        }
    }
    found
}

/// One model learns from what people do where the other one's predictions are shown, as the team tells.
fn told<'a>(stage: &Stage<'a>, system: &System, shows: &Learner<'_>, learner: &Learner<'_>) -> Option<Hop<'a>> {
    stage.view.told.worlds.iter().find_map(|world| {
        let shown = shown(stage, system, shows, &world.surface)?;
        let (_, reading) = learner.readings.iter().find(|(_, reading)| {
            stage.hands.behind(reading.source).iter().any(|source| names(&world.events, &name(stage, system, *source)))
        })?;
        Some(Hop { shown, source: reading.source, read: reading.at, world: Some(world) })
    })
}

/// Where a model's predictions come to a surface: to data of that name, or to a program of that path, or the answer to a
/// route of that name, that asks for them.
fn shown(stage: &Stage<'_>, system: &System, learner: &Learner<'_>, surface: &str) -> Option<At> {
    let mine = |call: &Node| learner.predictions.contains(&stage.acts.by_call[call]);
    let lies = stage.arrivals.iter().filter(|(source, _)| names(surface, &name(stage, system, **source)));
    let lies = lies.flat_map(|(_, all)| all).find(|arrival| mine(&arrival.call)).map(|arrival| arrival.at);
    lies.or_else(|| {
        let route = routed(stage, surface);
        let asks = |call: Node| {
            stage.view.program.path(call.file) == surface || route.contains(&stage.view.program.owner(call))
        };
        let asked = stage.acts.all.iter().filter(|act| asks(act.call));
        asked.map(|act| act.call).find(mine).map(|call| stage.view.program.place(call))
    })
}

/// The definitions that run when a route is asked for.
fn routed(stage: &Stage<'_>, route: &str) -> FxHashSet<Def> {
    let program = stage.view.program;
    let named = |def: &Def| {
        program.definition(*def).decorators.iter().any(|decorator| {
            let node = Node { file: def.file, value: *decorator };
            let OpKind::Call(_, operands) = program.op(node).kind else { return false };
            let first = program.operands(node.file, operands).first();
            first.and_then(|o| program.literal(Node { value: o.value, ..node })).is_some_and(|text| text == route)
        })
    };
    let handlers: Vec<Def> = stage.known.handlers.iter().copied().filter(named).collect();
    handlers
        .into_iter()
        .flat_map(|def| stage.view.reach.from_function(def, &|_| false).into_iter().chain([def]))
        .collect()
}

fn name(stage: &Stage<'_>, system: &System, source: Source) -> Text {
    match source {
        Source::Data(id) => system.node(id).name,
        Source::Table(class) => Text::from(&format!("table:{}", stage.tables.name(class))),
    }
}

/// A model that learns from what people do with its own predictions.
fn own(stage: &Stage<'_>, system: &mut System, learner: &Learner<'_>, hop: Hop<'_>, world: &World) {
    let events = dataset(system, stage.tables, hop.source, stage.view, hop.read);
    let known = system.nodes().any(|(id, node)| {
        let same = node.kind == NodeKind::Group && node.at == stage.view.program.place(learner.act.call);
        same && system.reached(id, EdgeKind::Reads).any(|data| data == events)
    });
    if known || system.is(learner.act.node, "loops") {
        return;
    }
    let group = group(stage, system, learner, "hidden-loop", system.node(events).name);
    system.say(
        group,
        "because",
        &format!("which records what people do at `{}`, where its predictions are shown", world.surface),
    );
    let read = stage.view.program.place(hop.read);
    system.join(EdgeKind::Follows, group, learner.act.node, hop.shown, Certainty::Inferred);
    system.join(EdgeKind::Reads, group, events, read, Certainty::Inferred);
    let shows = stage.known.modules[hop.shown.file.index()];
    system.join(EdgeKind::Writes, group, shows, hop.shown, Certainty::Inferred);
}

/// Models that all in all learn from each other.
fn mutual(stage: &Stage<'_>, system: &mut System, learners: &[Learner<'_>], hops: &Hops<'_>, circle: &[usize]) {
    let [first, rest @ ..] = circle else { return };
    let path = |number: &usize| stage.view.program.path(learners[*number].act.call.file).to_owned();
    let mut others: Vec<String> = rest.iter().map(path).collect();
    others.dedup();
    let learner = &learners[*first];
    let group = group(stage, system, learner, "mutual-loop", system.node(learner.act.node).name);
    system.say(group, "because", &others.join(" and "));
    system.count(group, "size", circle.len());
    for number in rest {
        let other = &learners[*number].act;
        system.join(EdgeKind::Follows, group, other.node, stage.view.program.place(other.call), Certainty::Inferred);
    }
    for ((from, to), hop) in hops {
        if circle.contains(from) && circle.contains(to) {
            let data = dataset(system, stage.tables, hop.source, stage.view, hop.read);
            system.join(EdgeKind::Writes, group, data, hop.shown, Certainty::Inferred);
            let read = stage.view.program.place(hop.read);
            system.join(EdgeKind::Reads, group, data, read, Certainty::Inferred);
        }
    }
}

fn group(stage: &Stage<'_>, system: &mut System, learner: &Learner<'_>, what: &str, name: Text) -> NodeId {
    let at = stage.view.program.place(learner.act.call);
    let group = system.add(NodeKind::Group, name, at, stage.view.symbol(learner.within));
    system.say(group, "what", what);
    group
}
