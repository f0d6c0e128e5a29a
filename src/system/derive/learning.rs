//! Trainings, predictions and splits: which data reaches a fit, what its predictions become, what was learnt before a split.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Known, Role, View};
use crate::fact::{Access, OpKind, Text};
use crate::source::FileId;
use crate::system::follow::{Seen, Stack};
use crate::system::graph::{NodeId, System};
use crate::system::lexicon::{Learns, Meaning, Selects};
use crate::system::program::{Def, Node};
use crate::system::slice::{Go, walk};
use crate::system::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Does what `from` makes reach `to`?
pub fn flows(view: &View<'_>, from: Node, to: Node, way: &Stack) -> bool {
    let start = Seen { node: to, stack: way.clone() };
    walk(view.evaluator.follow, start, &mut |seen| if seen.node == from { Go::Done } else { Go::On })
}

/// A call that learns, predicts or splits.
struct Act<'a> {
    def: Def,
    call: Node,
    meaning: &'a Meaning,
    node: NodeId,
}

/// What a value was found to be made from.
#[derive(Default)]
struct Sources {
    /// Calls that read data, and the way in.
    reads: Vec<Seen>,
    /// Calls that predict.
    predictions: Vec<Node>,
    /// Calls that learn.
    trainings: Vec<Node>,
    /// Calls that split.
    splits: Vec<Node>,
    /// The first selection of columns on the way.
    selection: Option<Selection>,
    /// Columns that are set on the way.
    columns: Vec<Node>,
}

enum Selection {
    Open(Vec<Text>),
    Closed(Option<Vec<Text>>),
}

/// Adds trainings, predictions, splits and the flows between them and data.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    let acts = acts(view, system, known);
    let by_call: FxHashMap<Node, NodeId> = acts.iter().map(|a| (a.call, a.node)).collect();
    let read_at = read_at(view, known);
    inputs(view, system, known, &acts, &by_call, &read_at);
    outputs(view, system, known, &by_call, &read_at);
    same_model(view, system, known, &acts, &by_call, &read_at);
    pretrained(view, system, known);
}

/// Which datasets the reading calls touch.
fn read_at(view: &View<'_>, known: &Known) -> FxHashMap<Node, Vec<(NodeId, usize)>> {
    let mut map: FxHashMap<Node, Vec<(NodeId, usize)>> = FxHashMap::default();
    for (number, (touch, dataset)) in view.touches.all.iter().zip(&known.datasets).enumerate() {
        if let Some(dataset) = dataset
            && touch.access == Access::Read
        {
            map.entry(touch.call).or_default().push((*dataset, number));
        }
    }
    map
}

fn acts<'a>(view: &View<'a>, system: &mut System, known: &Known) -> Vec<Act<'a>> {
    let mut acts = Vec::new();
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
        let name = view.types.called_name(call).unwrap_or(Text::from("fit"));
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
            system.say(node, "learns", if learns == Learns::Model { "model" } else { "statistics" });
        }
        acts.push(Act { def, call, meaning, node });
    }
    acts
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

fn sources(
    view: &View<'_>,
    start: Seen,
    read_at: &FxHashMap<Node, Vec<(NodeId, usize)>>,
    by_call: &FxHashMap<Node, NodeId>,
) -> Sources {
    let mut found = Sources::default();
    walk(view.evaluator.follow, start, &mut |seen| {
        let node = seen.node;
        if read_at.contains_key(&node) {
            found.reads.push(seen.clone());
            // All the columns of what was read by name are a closed set as well.
            if matches!(found.selection, Some(Selection::Open(_))) && names_columns(view, node) {
                found.selection = Some(Selection::Closed(None));
            }
            return Go::Stop;
        }
        match view.program.op(node).kind {
            OpKind::Call(..) => {
                let acts = by_call.contains_key(&node);
                for callee in view.types.callees(node) {
                    let Callee::Meaning(meaning) = callee else { continue };
                    if acts && meaning.splits {
                        found.splits.push(node);
                    }
                    if acts && meaning.trains.is_some() {
                        found.trainings.push(node);
                    }
                    if acts && meaning.predicts {
                        found.predictions.push(node);
                        return Go::Stop;
                    }
                    if found.selection.is_none() {
                        found.selection = selection(view, seen, meaning);
                    }
                }
            }
            OpKind::Index(object, index)
                if found.selection.is_none() && holds_columns(view, Node { value: object, ..node }) =>
            {
                found.selection = chosen(view, &seen.beside(index));
            }
            OpKind::SetIndex(object, index, _)
                if view.program.literal(Node { value: index, ..node }).is_some()
                    && holds_columns(view, Node { value: object, ..node }) =>
            {
                found.columns.push(node);
            }
            _ => {}
        }
        Go::On
    });
    found
}

/// `pd.read_csv(path, usecols=...)`: the reading itself names the columns.
fn names_columns(view: &View<'_>, call: Node) -> bool {
    let meanings = view.types.callees(call).iter().filter_map(|c| if let Callee::Meaning(m) = c { Some(*m) } else { None });
    meanings.filter_map(|m| m.columns.as_ref()).any(|slot| view.types.slot(call, slot).is_some())
}

fn holds_columns(view: &View<'_>, node: Node) -> bool {
    view.types.instances(node).any(|of| view.lexicon.of_type(of, &|t| t.columns.then_some(())).is_some())
}

/// `df.drop(columns=...)`, `df.select_dtypes()`.
fn selection(view: &View<'_>, seen: &Seen, meaning: &Meaning) -> Option<Selection> {
    let selects = meaning.selects?;
    let columns = meaning.columns.as_ref().and_then(|slot| view.types.slot(seen.node, slot));
    let names = columns.and_then(|node| texts(view, &Seen { node, stack: seen.stack.clone() }));
    match selects {
        Selects::Closed => Some(Selection::Closed(names)),
        Selects::Open if meaning.columns.is_none() => Some(Selection::Open(Vec::new())),
        // `df.drop(rows)` leaves the columns alone: only a columns keyword or `axis=1` leaves columns out.
        Selects::Open if drops_columns(view, seen.node) => Some(Selection::Open(names.unwrap_or_default())),
        Selects::Open => None,
    }
}

fn drops_columns(view: &View<'_>, call: Node) -> bool {
    use crate::fact::Role as ArgRole;
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return false };
    let mut position = 0;
    view.program.operands(call.file, operands).iter().any(|operand| {
        let value = view.program.op(Node { value: operand.value, ..call }).kind;
        let one = matches!(value, OpKind::Int(1)) || matches!(value, OpKind::Str(t) if t == "columns");
        match operand.role {
            ArgRole::Named(name) if name == "columns" => true,
            ArgRole::Named(name) if name == "axis" => one,
            ArgRole::Plain => {
                position += 1;
                position == 2 && one
            }
            _ => false,
        }
    })
}

/// `df[["a", "b"]]`, `df[FEATURES]`: closed; `df["a"]`, `df[mask]`: no selection of inputs.
fn chosen(view: &View<'_>, index: &Seen) -> Option<Selection> {
    if matches!(
        view.program.op(index.node).kind,
        OpKind::Str(_) | OpKind::Compare(..) | OpKind::Slice(..) | OpKind::Not(_)
    ) {
        return None;
    }
    match texts(view, index) {
        Some(names) if !names.is_empty() => Some(Selection::Closed(Some(names))),
        _ => {
            let list = view.types.is_a(index.node, "builtins.list") || view.types.is_a(index.node, "builtins.tuple");
            list.then_some(Selection::Closed(None))
        }
    }
}

/// The texts of a list that is written out somewhere.
fn texts(view: &View<'_>, seen: &Seen) -> Option<Vec<Text>> {
    let mut waiting = vec![seen.clone()];
    let mut names = Vec::new();
    let mut looked = 0;
    while let Some(next) = waiting.pop() {
        looked += 1;
        if looked > 64 {
            return None;
        }
        match view.program.op(next.node).kind {
            OpKind::Str(text) => names.push(text),
            OpKind::List(operands) | OpKind::Tuple(operands) => {
                waiting.extend(view.program.operands(next.node.file, operands).iter().map(|o| next.beside(o.value)));
            }
            OpKind::Binary(crate::fact::Operator::Add, left, right) => {
                waiting.extend([next.beside(left), next.beside(right)])
            }
            _ => {
                let steps = view.evaluator.follow.back(&next);
                if steps.values.is_empty() {
                    return None;
                }
                waiting.extend(steps.values);
            }
        }
    }
    Some(names)
}

/// What reaches trainings, predictions and splits.
fn inputs(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    acts: &[Act<'_>],
    by_call: &FxHashMap<Node, NodeId>,
    read_at: &FxHashMap<Node, Vec<(NodeId, usize)>>,
) {
    let found: Vec<Vec<(bool, Sources)>> = acts
        .par_iter()
        .map(|act| {
            let starts: Vec<(bool, Node)> = if act.meaning.splits {
                let OpKind::Call(_, operands) = view.program.op(act.call).kind else { return Vec::new() };
                let operands = view.program.operands(act.call.file, operands).iter();
                operands
                    .filter(|o| o.role == crate::fact::Role::Plain)
                    .map(|o| (true, Node { value: o.value, ..act.call }))
                    .collect()
            } else {
                let slots = [(true, &act.meaning.x), (false, &act.meaning.y)];
                slots
                    .into_iter()
                    .filter_map(|(x, slot)| Some((x, view.types.slot(act.call, slot.as_ref()?)?)))
                    .collect()
            };
            starts.into_iter().map(|(x, node)| (x, sources(view, Seen::anywhere(node), read_at, by_call))).collect()
        })
        .collect();
    let learnt_late: FxHashMap<Node, bool> = acts
        .iter()
        .zip(&found)
        .filter(|(act, _)| act.meaning.trains == Some(Learns::Statistics))
        .map(|(act, found)| (act.call, found.iter().any(|(_, s)| !s.splits.is_empty())))
        .collect();
    for (act, found) in acts.iter().zip(found) {
        let at = view.program.place(act.call);
        for (is_x, sources) in found {
            for read in &sources.reads {
                for dataset in datasets(view, read, read_at) {
                    system.join(EdgeKind::Feeds, dataset, act.node, at, Certainty::Inferred);
                }
            }
            for prediction in &sources.predictions {
                system.join(EdgeKind::Feeds, by_call[prediction], act.node, at, Certainty::Inferred);
            }
            for split in &sources.splits {
                system.join(EdgeKind::Feeds, by_call[split], act.node, at, Certainty::Inferred);
            }
            if act.meaning.splits {
                for training in &sources.trainings {
                    // Learnt from what an earlier split gave for training: that split keeps its test rows out.
                    if learnt_late.get(training) == Some(&false) {
                        system.join(EdgeKind::Feeds, by_call[training], act.node, at, Certainty::Inferred);
                    }
                }
            }
            if is_x && act.meaning.trains == Some(Learns::Model) {
                select(view, system, known, act, &sources);
            }
        }
    }
}

fn select(view: &View<'_>, system: &mut System, known: &Known, act: &Act<'_>, sources: &Sources) {
    match &sources.selection {
        Some(Selection::Open(except)) => {
            system.say(act.node, "selection", "open");
            let names: Vec<&str> = except.iter().map(|t| t.as_str()).collect();
            system.say(act.node, "except", &names.join(", "));
        }
        Some(Selection::Closed(names)) => {
            system.say(act.node, "selection", "closed");
            if let Some(names) = names {
                features(view, system, known, act, sources, names);
            }
        }
        None => system.say(act.node, "selection", "unknown"),
    }
}

/// Columns that are set on the way to a closed selection.
fn features(view: &View<'_>, system: &mut System, known: &Known, act: &Act<'_>, sources: &Sources, selected: &[Text]) {
    for column in &sources.columns {
        let OpKind::SetIndex(_, index, _) = view.program.op(*column).kind else { continue };
        let index = Node { value: index, ..*column };
        let Some(name) = view.program.literal(index) else { continue };
        let def = view.program.owner(*column);
        let feature = system.named(NodeKind::Feature, name, view.program.place(index), view.symbol(def));
        system.say(feature, "role", known.roles[def.file.index()].word());
        system.mark(feature, "closed");
        if selected.contains(&name) || mentions(view, name) > 1 {
            system.mark(feature, "used");
        }
        system.join(EdgeKind::Derives, feature, act.node, view.program.place(act.call), Certainty::Inferred);
    }
}

/// How often a name stands in code as a text or attribute, or in a settings file.
fn mentions(view: &View<'_>, name: Text) -> usize {
    let mut count = 0;
    for file in view.program.files() {
        let facts = view.program.file(file);
        for op in &facts.ops {
            count += usize::from(match op.kind {
                OpKind::Str(text) => text == name,
                OpKind::Attr(_, attribute) => attribute == name,
                _ => false,
            });
        }
        let named = |s: &crate::fact::Setting| {
            s.keys.last() == Some(&name) || matches!(s.value, crate::fact::Scalar::Text(t) if t == name)
        };
        count += facts.settings.iter().filter(|s| named(s)).count();
        count += facts.tables.iter().filter(|t| t.columns.contains(&name)).count();
    }
    count
}

/// The datasets of a reading call, seen through a way in where that tells them apart.
fn datasets(view: &View<'_>, read: &Seen, read_at: &FxHashMap<Node, Vec<(NodeId, usize)>>) -> Vec<NodeId> {
    let all = read_at.get(&read.node).map_or(&[][..], Vec::as_slice);
    let entered = read.stack.last().map(|s| s.call);
    let fitting: Vec<NodeId> = all
        .iter()
        .filter(|(_, touch)| match (view.touches.all[*touch].way.last(), entered) {
            (Some(site), Some(call)) => site.call == call,
            _ => true,
        })
        .map(|(dataset, _)| *dataset)
        .collect();
    if fitting.is_empty() { all.iter().map(|(d, _)| *d).collect() } else { fitting }
}

/// What reaches written data: predictions, models, other data.
fn outputs(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    by_call: &FxHashMap<Node, NodeId>,
    read_at: &FxHashMap<Node, Vec<(NodeId, usize)>>,
) {
    let writes = writes(view, known);
    let found: Vec<Sources> =
        writes.par_iter().map(|(_, value, _)| sources(view, value.clone(), read_at, by_call)).collect();
    for ((dataset, value, call), sources) in writes.iter().zip(found) {
        let at = view.program.place(*call);
        for prediction in &sources.predictions {
            system.join(EdgeKind::Feeds, by_call[prediction], *dataset, at, Certainty::Inferred);
        }
        for read in &sources.reads {
            for from in datasets(view, read, read_at) {
                if from != *dataset {
                    system.join(EdgeKind::Derives, *dataset, from, at, Certainty::Inferred);
                }
            }
        }
        for training in trained(view, value, by_call) {
            system.join(EdgeKind::Trains, training, *dataset, at, Certainty::Inferred);
        }
    }
}

/// Values that are written, by the call itself or through a handle that it opened.
fn writes(view: &View<'_>, known: &Known) -> Vec<(NodeId, Seen, Node)> {
    let mut writes = Vec::new();
    let mut opened: FxHashMap<Node, Vec<NodeId>> = FxHashMap::default();
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let Some(dataset) = *dataset else { continue };
        if !matches!(touch.access, Access::Write | Access::Append) {
            continue;
        }
        match touch.value {
            Some(value) => {
                // The value is seen through the same calls as the place.
                let stack: Stack = touch.way.iter().copied().collect();
                writes.push((dataset, Seen { node: value, stack }, touch.call));
            }
            None => opened.entry(touch.call).or_default().push(dataset),
        }
    }
    for (_, call) in view.calls() {
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            let (Some(place), Some(value)) = (&meaning.place, &meaning.value) else { continue };
            if meaning.writes.is_some() {
                continue;
            }
            let (Some(handle), Some(value)) = (view.types.slot(call, place), view.types.slot(call, value)) else {
                continue;
            };
            let mut through = Vec::new();
            walk(view.evaluator.follow, Seen::anywhere(handle), &mut |seen| match opened.get(&seen.node) {
                Some(datasets) => {
                    through.extend(datasets.iter().copied());
                    Go::Done
                }
                None => Go::On,
            });
            writes.extend(through.into_iter().map(|dataset| (dataset, Seen::anywhere(value), call)));
        }
    }
    writes
}

/// The trainings whose model a value is.
fn trained(view: &View<'_>, value: &Seen, by_call: &FxHashMap<Node, NodeId>) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut looked = 0;
    walk(view.evaluator.follow, value.clone(), &mut |seen| {
        looked += 1;
        if looked > 200 {
            return Go::Done;
        }
        let node = seen.node;
        match view.program.op(node).kind {
            // `model` after `model.fit(..)` was called on it.
            OpKind::Call(..) => {
                let trains = view
                    .types
                    .callees(node)
                    .iter()
                    .any(|c| matches!(c, Callee::Meaning(m) if m.trains == Some(Learns::Model)));
                if trains && let Some(training) = by_call.get(&node) {
                    found.push(*training);
                    return Go::Stop;
                }
                let known = view.types.callees(node).iter().any(|c| matches!(c, Callee::Meaning(_)));
                if known { Go::Stop } else { Go::On }
            }
            _ => Go::On,
        }
    });
    found
}

/// Joins trainings to the predictions of the same model: the same object, or through the artifact it is kept in.
fn same_model(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    acts: &[Act<'_>],
    by_call: &FxHashMap<Node, NodeId>,
    read_at: &FxHashMap<Node, Vec<(NodeId, usize)>>,
) {
    let _ = known;
    for act in acts.iter().filter(|a| a.meaning.predicts) {
        let model = match &act.meaning.model {
            Some(slot) => view.types.slot(act.call, slot),
            None => receiver(view, act.call),
        };
        let Some(model) = model else { continue };
        let at = view.program.place(act.call);
        for training in trained(view, &Seen::anywhere(model), by_call) {
            system.join(EdgeKind::Feeds, training, act.node, at, Certainty::Inferred);
        }
        let mut artifacts = Vec::new();
        let mut looked = 0;
        walk(view.evaluator.follow, Seen::anywhere(model), &mut |seen| {
            looked += 1;
            if read_at.contains_key(&seen.node) {
                artifacts.extend(datasets(view, seen, read_at));
                return Go::Stop;
            }
            if looked > 400 { Go::Done } else { Go::On }
        });
        for artifact in artifacts {
            let trainings: Vec<NodeId> = system.reaching(artifact, EdgeKind::Trains).collect();
            for training in trainings {
                system.join(EdgeKind::Feeds, training, act.node, at, Certainty::Inferred);
            }
            system.join(EdgeKind::Predicts, artifact, act.node, at, Certainty::Inferred);
        }
    }
    loops(view, system, acts);
}

fn receiver(view: &View<'_>, call: Node) -> Option<Node> {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return None };
    match view.program.op(Node { value: function, ..call }).kind {
        OpKind::Attr(object, _) => Some(Node { value: object, ..call }),
        _ => Some(Node { value: function, ..call }),
    }
}

/// A training whose model's predictions are written where it reads; within one run of one file that is no loop.
fn loops(view: &View<'_>, system: &mut System, acts: &[Act<'_>]) {
    let file_of: FxHashMap<NodeId, FileId> = acts.iter().map(|a| (a.node, a.call.file)).collect();
    for act in acts.iter().filter(|a| a.meaning.trains == Some(Learns::Model)) {
        let own: Vec<NodeId> = system
            .reached(act.node, EdgeKind::Feeds)
            .filter(|n| system.node(*n).kind == NodeKind::Prediction)
            .collect();
        let inputs: Vec<NodeId> =
            system.reaching(act.node, EdgeKind::Feeds).filter(|n| system.node(*n).kind == NodeKind::Dataset).collect();
        let back = own.iter().any(|prediction| {
            let elsewhere = file_of.get(prediction) != Some(&act.call.file);
            elsewhere && system.reached(*prediction, EdgeKind::Feeds).any(|d| inputs.contains(&d))
        });
        if back {
            system.mark(act.node, "loops");
        }
    }
    let _ = view;
}

/// Models that come from a hub.
fn pretrained(view: &View<'_>, system: &mut System, known: &Known) {
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let Some(dataset) = *dataset else { continue };
        if touch.access != Access::Read
            || !system.is(dataset, "remote")
            || system.node(dataset).name.starts_with("http")
        {
            continue;
        }
        if touch.subject != crate::system::lexicon::Subject::Model || known.roles[touch.root.file.index()] == Role::Test
        {
            continue;
        }
        let name = system.node(dataset).name;
        let name = Text::from(name.split_once(':').map_or(name.as_str(), |(_, rest)| rest));
        let at = view.program.place(touch.call);
        let model = system.named(NodeKind::Model, name, at, view.symbol(touch.root));
        system.say(model, "role", known.roles[touch.root.file.index()].word());
        system.mark(model, "remote");
        if system.is(dataset, "pinned") {
            system.mark(model, "pinned");
        }
        system.join(EdgeKind::Reads, view.code(known, touch.root), model, at, Certainty::Seen);
    }
}
