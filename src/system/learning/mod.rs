//! Trainings, predictions and splits: which data reaches a fit, what its predictions become, what was learnt before a split.

mod alike;
mod arrivals;
mod cascades;
mod chain;
mod chains;
mod checks;
mod chosen;
mod circles;
mod columns;
mod columns_cut;
mod commanded;
mod coverage;
mod cuts;
mod definitions;
mod features;
mod gradients;
mod held;
mod identity;
mod judged;
mod keepers;
mod leakage;
mod leaks;
mod logged;
mod loops;
pub mod made_columns;
pub mod models;
mod networks;
mod numbers;
pub mod origins;
pub mod outputs;
pub mod parts;
mod picked;
pub mod picks;
mod positional;
mod protocol;
pub mod records;
mod ranked;
mod statistics;
mod registry;
mod retyped;
mod served;
pub mod skews;
mod statements;
mod swapped;
mod targets;
mod tuned;
pub mod promoted;
mod unjudged;
pub mod wide;
pub mod worth;

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Known, Role, View};
use crate::fact::{Access, OpKind, Role as ArgRole, Text};
use crate::lexicon::{Learns, Meaning, Slot, Subject};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::touches::Way;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};
use identity::Models;
use origins::{Origins, origins};
use records::Tables;
use skews::Skew;
use statistics::Effects;

/// Does what `from` makes reach `to`?
pub fn flows(view: &View<'_>, from: Node, to: Node, way: &Way) -> bool {
    let start = Seen { node: to, stack: way.iter().copied().collect() };
    walk(view.evaluator.follow, start, &mut |seen| if seen.node == from { Go::Done } else { Go::On })
}

/// A call that learns, predicts or splits.
pub struct Act<'a> {
    /// The call.
    pub call: Node,
    /// What it means.
    pub meaning: &'a Meaning,
    /// Its node.
    pub node: NodeId,
    /// The values that are its model, where the meaning does not say so.
    models: Vec<Node>,
    /// The values that go in, where the meaning does not say so.
    inputs: Option<Vec<Node>>,
    /// The loss that it minimises, if it is written out.
    loss: Option<Node>,
}

/// The datasets of reading calls, each with the call on the way in through which it is that one.
pub type ReadAt = FxHashMap<Node, Vec<(NodeId, Option<Node>)>>;

/// What goes into a call, each with whether it is an input (else it is a label).
type Found = Vec<(bool, Origins)>;

/// All of these calls, and the calls that read data.
pub struct Acts<'a> {
    /// All of them.
    pub all: Vec<Act<'a>>,
    /// Their nodes.
    pub by_call: FxHashMap<Node, NodeId>,
    meanings: FxHashMap<Node, &'a Meaning>,
    /// The calls that read data.
    pub read_at: ReadAt,
}

impl<'a> Acts<'a> {
    fn new(all: Vec<Act<'a>>, read_at: ReadAt) -> Self {
        let mut acts = Self { all: Vec::new(), by_call: FxHashMap::default(), meanings: FxHashMap::default(), read_at };
        acts.extend(all);
        acts
    }

    fn extend(&mut self, more: Vec<Act<'a>>) {
        for act in more {
            self.by_call.insert(act.call, act.node);
            self.meanings.insert(act.call, act.meaning);
            self.all.push(act);
        }
    }

    /// What a call that learns, predicts or splits means.
    pub fn meaning(&self, call: Node) -> Option<&'a Meaning> {
        self.meanings.get(&call).copied()
    }
}

/// Where models are fitted and data is checked: each node with the definition in whose body it stands.
pub struct Sites {
    /// Fits of models.
    pub trainings: Vec<(NodeId, Def)>,
    /// Checks of data.
    pub checks: Vec<(NodeId, Def)>,
}

/// What is known of learning.
pub struct Learning<'a> {
    /// Where models are fitted and data is checked.
    pub sites: Sites,
    /// The calls that learn, predict or split.
    pub acts: Acts<'a>,
    /// The classes that are tables.
    pub tables: Tables<'a>,
    /// Columns that are made in two ways, once somebody asks.
    pub skews: OnceLock<Vec<Skew>>,
}

/// Adds trainings, predictions, splits and the flows between them and data.
pub fn derive<'a>(view: &'a View<'a>, system: &mut System, known: &Known) -> Learning<'a> {
    let acts = acts(view, system, known);
    let models = identity::Models::new(view, &acts);
    inputs(view, system, &acts, &models);
    outputs::outputs(view, system, known, &acts, &models);
    registry::derive(view, system, known, &acts, &models);
    let parts = leakage::Parts::new(view, known, &acts);
    let (stored, effects) = (leakage::stored(view, known), Effects::new(view));
    leakage::derive(view, system, known, &acts, &parts, (&stored, &effects));
    keepers::derive(view, system, known, &acts);
    commanded::derive(system, known);
    models::same_model(view, system, &acts, &models);
    models::same_field(view, system, &acts);
    chains::derive(view, system, &acts);
    statements::derive(view, system, known);
    worth::derive(view, system, known, &acts, &parts, (&stored, &effects));
    let tables = Tables::new(view);
    let arrivals = loops::derive(view, system, known, &acts, &tables);
    unjudged::derive(view, system, known, &acts);
    promoted::derive(view, system, known, &acts);
    judged::derive(view, system, known, &acts);
    models::pretrained(view, system, known);
    let frames = chosen::frames(view, system, known, &acts);
    let chosen = chosen::chosen(view, &frames, &acts);
    features::derive(view, system, known, &acts, &frames, &chosen);
    columns::derive(view, system, &chosen);
    definitions::derive(view, system, &acts, &frames, &chosen);
    targets::derive(view, system, &frames, &chosen);
    swapped::derive(view, system, &frames, &chosen);
    retyped::derive(view, system, known, &chosen);
    positional::derive(view, system, &acts, &chosen);
    leaks::picked(view, system, known, &acts);
    cuts::derive(view, system, known, &acts, &columns_cut::Scored::new(&arrivals));
    coverage::derive(view, system, known, &acts);
    let runs = |act: &&Act<'_>| {
        let declared = protocol::last_name(view, act.call).is_some_and(|name| view.lexicon.protocols.declares(name));
        act.meaning.trains == Some(Learns::Model) && !(act.loss.is_some() && declared)
    };
    let fits = acts.all.iter().filter(runs);
    let trainings = fits.map(|act| (act.node, view.program.owner(act.call))).collect();
    let sites = Sites { trainings, checks: checks::checks(view, system, known, &acts) };
    Learning { sites, acts, tables, skews: OnceLock::new() }
}

/// Which datasets the reading calls touch.
pub fn read_at(view: &View<'_>, known: &Known) -> ReadAt {
    let mut map = ReadAt::default();
    for query in known.queries.iter().filter(|q| q.access == Access::Read) {
        map.entry(query.call).or_default().push((query.dataset, query.way.last().map(|site| site.call)));
    }
    for (parameter, dataset) in &known.filled {
        map.entry(*parameter).or_default().push((*dataset, None));
    }
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        if let Some(dataset) = dataset
            && touch.access == Access::Read
        {
            map.entry(touch.call).or_default().push((*dataset, touch.way.last().map(|site| site.call)));
        }
    }
    map
}

/// All calls that learn, predict or split: those whose meaning is known, then those that their surroundings tell.
fn acts<'a>(view: &View<'a>, system: &mut System, known: &Known) -> Acts<'a> {
    let mut acts = Acts::new(all(view, system, known), read_at(view, known));
    let by_hand = gradients::gradients(view, known);
    add(view, system, known, &mut acts, by_hand);
    let handed = protocol::handed(view, known);
    add(view, system, known, &mut acts, handed);
    let own = protocol::own(view, known, &acts.all);
    add(view, system, known, &mut acts, own);
    let models = identity::Models::new(view, &acts);
    let asked = networks::calls(view, system, known, &acts, &models);
    add(view, system, known, &mut acts, asked);
    for (call, answers) in served::calls(view, known, &acts) {
        let at = view.program.place(call.call);
        let call = vec![call];
        add(view, system, known, &mut acts, call);
        let Some(node) = acts.all.last().map(|act| act.node) else { continue };
        for answer in answers {
            system.join(EdgeKind::Feeds, answer, node, at, Certainty::Inferred);
        }
    }
    acts
}

/// Adds calls that are told by their surroundings, unless their meaning is known already.
fn add<'a>(view: &View<'a>, system: &mut System, known: &Known, acts: &mut Acts<'a>, extras: Vec<protocol::Extra<'a>>) {
    for extra in extras {
        if acts.by_call.contains_key(&extra.call) {
            continue;
        }
        let node = add_node(view, system, known, (extra.def, extra.call), extra.meaning);
        system.doubt(node, extra.certainty);
        let (call, meaning, loss) = (extra.call, extra.meaning, extra.loss);
        let act = Act { call, meaning, node, models: extra.models, inputs: Some(extra.inputs), loss };
        acts.extend(vec![act]);
    }
}

/// Adds the node of a call that learns, predicts or splits.
fn add_node(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    (def, call): (Def, Node),
    meaning: &Meaning,
) -> NodeId {
    let name = view.types.called_name(call).unwrap_or_else(|| method(view, call));
    let library = name.split('.').next().unwrap_or_default();
    let shown = shown(&name);
    let at = view.program.place(call);
    let kind = match meaning {
        m if m.splits => NodeKind::Check,
        m if m.trains.is_some() => NodeKind::Training,
        _ => NodeKind::Prediction,
    };
    let node = system.add(kind, Text::from(&shown), at, view.symbol(def));
    system.say(node, "role", known.roles[def.file.index()].word());
    match kind {
        NodeKind::Check => system.say(node, "what", "split"),
        _ => system.say(node, "library", library),
    }
    if let Some(learns) = meaning.trains {
        system.say(node, "learns", learns.word());
    }
    node
}

fn all<'a>(view: &View<'a>, system: &mut System, known: &Known) -> Vec<Act<'a>> {
    let mut acts = Vec::new();
    let set_up = set_up(view);
    for (def, call) in view.calls() {
        if known.roles[def.file.index()] == Role::Test {
            continue;
        }
        let meanings: Vec<&'a Meaning> = view
            .types
            .callees(call)
            .iter()
            .filter_map(|c| if let Callee::Meaning(m) = c { Some(*m) } else { None })
            .collect();
        let Some(meaning) = meanings.into_iter().find(|m| m.trains.is_some() || m.predicts || m.splits) else {
            continue;
        };
        // A constructor trains if it is given what to learn from.
        let made = meaning.model.as_ref().is_some_and(|model| model.result) && meaning.trains.is_some();
        if made && meaning.x.as_ref().is_some_and(|x| view.types.slot(call, x).is_none()) {
            continue;
        }
        if meaning.repeats_unless.as_deref().is_some_and(|keyword| denies(view, call, keyword)) {
            continue;
        }
        let node = add_node(view, system, known, (def, call), meaning);
        if let Some(certainty) = view.types.shaped(call) {
            system.doubt(node, certainty);
        }
        let inputs = match meaning.works_on {
            Some(name) => Some(set_up.get(&(call.file, name)).cloned().unwrap_or_default()),
            None => all_operands(view, call, meaning),
        };
        acts.push(Act { call, meaning, node, models: Vec::new(), inputs, loss: None });
    }
    acts
}

/// Is a keyword of a call false?
fn denies(view: &View<'_>, call: Node, keyword: &str) -> bool {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return false };
    view.program.operands(call.file, operands).iter().any(|operand| {
        let said = view.program.op(Node { value: operand.value, ..call }).kind;
        matches!(operand.role, ArgRole::Named(name) if name == keyword) && matches!(said, OpKind::Bool(false))
    })
}

/// What the calls of each file leave in a library for later ones, by the name under which these find it.
fn set_up(view: &View<'_>) -> FxHashMap<(FileId, Text), Vec<Node>> {
    let mut found: FxHashMap<(FileId, Text), Vec<Node>> = FxHashMap::default();
    for (def, call) in view.calls() {
        for callee in view.types.callees(call) {
            if let Callee::Meaning(meaning) = callee
                && let (Some(name), Some(slot)) = (meaning.sets_up, &meaning.x)
            {
                found.entry((def.file, name)).or_default().extend(view.types.slot(call, slot));
            }
        }
    }
    found
}

/// Of a call whose meaning does not say what goes in, all that does.
fn all_operands(view: &View<'_>, call: Node, meaning: &Meaning) -> Option<Vec<Node>> {
    let given = |slot: &Option<Slot>| slot.as_ref().is_some_and(|slot| view.types.slot(call, slot).is_some());
    let shaped = view.types.shaped(call).is_some();
    let named = meaning.x.is_some() || meaning.y.is_some();
    if meaning.splits || given(&meaning.x) || given(&meaning.y) || named && !shaped {
        return None;
    }
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return None };
    let operands = view.program.operands(call.file, operands).iter().map(|o| Node { value: o.value, ..call });
    // What is not given to the fit was given to the constructor.
    let object = models::receiver(view, call).filter(|_| meaning.trains.is_some() && meaning.model.is_none());
    Some(operands.chain(object).collect())
}

/// The name of a method that is called on something of which nothing is known.
fn method(view: &View<'_>, call: Node) -> Text {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return Text::default() };
    match view.program.op(Node { value: function, ..call }).kind {
        OpKind::Attr(_, name) => name,
        _ => Text::from("fit"),
    }
}

/// `sklearn.preprocessing.StandardScaler.fit` as `StandardScaler.fit`.
fn shown(name: &str) -> String {
    let parts: Vec<&str> = name.rsplit('.').take(2).collect();
    match parts.as_slice() {
        [last, class] if class.starts_with(char::is_uppercase) => format!("{class}.{last}"),
        [last, ..] => (*last).to_owned(),
        [] => name.to_owned(),
    }
}

/// What reaches trainings, predictions and splits.
fn inputs(view: &View<'_>, system: &mut System, acts: &Acts<'_>, models: &Models) {
    let of = |act: &Act<'_>| {
        let starts = starts(view, act).into_iter();
        starts.map(|(is_x, node)| (is_x, origins(view, Seen::anywhere(node), acts))).collect()
    };
    let all: Vec<Found> = acts.all.par_iter().map(of).collect();
    for (act, found) in acts.all.iter().zip(&all) {
        let at = view.program.place(act.call);
        leaks::derive(view, system, act, found, acts);
        // Weights to begin with are no data.
        let begins = if act.inputs.is_some() { models.begins(view, act, acts) } else { Vec::new() };
        // A function that reads the file itself and learns from it, or answers about it.
        if act.meaning.trains.is_some() && act.meaning.reads.is_some()
            || act.meaning.predicts && act.meaning.reads == Some(Subject::Data)
        {
            for dataset in datasets(&Seen::anywhere(act.call), acts) {
                system.join(EdgeKind::Feeds, dataset, act.node, at, Certainty::Inferred);
            }
        }
        for (_, origins) in found {
            for read in origins.reads.iter().filter(|read| !begins.contains(&read.node)) {
                for dataset in datasets(read, acts) {
                    system.join(EdgeKind::Feeds, dataset, act.node, at, Certainty::Inferred);
                }
            }
            for prediction in &origins.predictions {
                system.join(EdgeKind::Feeds, acts.by_call[prediction], act.node, at, Certainty::Inferred);
            }
            for split in &origins.splits {
                system.join(EdgeKind::Feeds, acts.by_call[split], act.node, at, Certainty::Inferred);
            }
        }
    }
}

/// The values that go in; whether each is an input (else it is a label).
pub fn starts(view: &View<'_>, act: &Act<'_>) -> Vec<(bool, Node)> {
    if act.meaning.splits {
        let OpKind::Call(_, operands) = view.program.op(act.call).kind else { return Vec::new() };
        let operands = view.program.operands(act.call.file, operands).iter().filter(|o| o.role == ArgRole::Plain);
        return operands.map(|o| (true, Node { value: o.value, ..act.call })).collect();
    }
    if let Some(made) = made_with(view, act) {
        return made;
    }
    if let Some(inputs) = &act.inputs {
        return inputs.iter().map(|input| (true, *input)).collect();
    }
    let slots = [(true, &act.meaning.x), (false, &act.meaning.y)];
    slots.into_iter().filter_map(|(x, slot)| Some((x, view.types.slot(act.call, slot.as_ref()?)?))).collect()
}

/// What the model of a fit was given to learn from when it was made: `OLS(y, x).fit()`.
fn made_with(view: &View<'_>, act: &Act<'_>) -> Option<Vec<(bool, Node)>> {
    if act.meaning.trains.is_none() || !act.meaning.x.as_ref().is_some_and(|slot| slot.receiver) {
        return None;
    }
    let object = models::receiver(view, act.call)?;
    let back = view.evaluator.follow.back(&Seen::anywhere(object)).values;
    let makers = std::iter::once(object).chain(back.into_iter().map(|seen| seen.node));
    makers.filter(|node| matches!(view.program.op(*node).kind, OpKind::Call(..))).find_map(|maker| {
        let meaning = parts::meant(view, maker, |m| m.trains.is_none() && (m.x.is_some() || m.y.is_some()))?;
        let slots = [(true, &meaning.x), (false, &meaning.y)];
        let given = slots.into_iter().filter_map(|(x, slot)| Some((x, view.types.slot(maker, slot.as_ref()?)?)));
        Some(given.collect::<Vec<_>>()).filter(|given| !given.is_empty())
    })
}

/// The datasets of a reading call, seen through a way in where that tells them apart.
fn datasets(read: &Seen, acts: &Acts<'_>) -> Vec<NodeId> {
    let all = acts.read_at.get(&read.node).map_or(&[][..], Vec::as_slice);
    let entered = read.stack.last().map(|s| s.call);
    let fits = |way: &Option<Node>| way.is_none() || entered.is_none() || *way == entered;
    let fitting: Vec<NodeId> = all.iter().filter(|(_, way)| fits(way)).map(|(dataset, _)| *dataset).collect();
    if fitting.is_empty() { all.iter().map(|(d, _)| *d).collect() } else { fitting }
}
