//! Loops: a model's predictions that come back as what it learns from, straight through data or through the people
//! whom a service shows them.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{Known, Role, View};
use super::cascades;
use super::outputs::writes as stored;
use super::records::Tables;
use super::wide::{Bearing, Reading, Source, bearing};
use super::{Act, Acts, starts};
use crate::fact::{Access, Text};
use crate::source::FileId;
use crate::system::follow::{Seen, Stack};
use crate::system::graph::{NodeId, System};
use crate::system::lexicon::Learns;
use crate::system::program::{Def, Node};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// The predictions that lie in a column of a source.
pub type Landed = FxHashMap<(Source, Text), Vec<Node>>;

/// A training, where its model is asked, and what it learns from.
struct Learner<'a> {
    act: &'a Act<'a>,
    within: Def,
    predictions: Vec<NodeId>,
    /// With whether it is an input, else it is a label.
    readings: Vec<(bool, Reading)>,
    choices: Vec<Text>,
}

/// Something that is written.
struct Landing {
    source: Source,
    column: Option<Text>,
    value: Seen,
    /// Where a reader of the code should look.
    at: Node,
}

/// Adds what closes loops.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>) {
    let tables = Tables::new(view);
    let learners = learners(view, system, known, acts, &tables);
    let learnt: FxHashSet<Source> = learners.iter().flat_map(|l| l.readings.iter().map(|(_, r)| r.source)).collect();
    let served = served(view, known);
    let wanted =
        |source: &Source| learnt.contains(source) || matches!(source, Source::Data(d) if served.contains_key(d));
    let mut landings = landings(view, known, &tables);
    landings.retain(|landing| wanted(&landing.source));
    let borne: Vec<Bearing> =
        landings.par_iter().map(|landing| bearing(view, &tables, acts, landing.value.clone())).collect();
    let mut landed = Landed::default();
    for (landing, bearing) in landings.iter().zip(&borne) {
        for (call, put) in &bearing.predictions {
            if let Some(column) = landing.column.or(*put) {
                landed.entry((landing.source, column)).or_default().push(*call);
            }
        }
    }
    cascades::derive(view, system, known, acts, &tables, &landed);
    let mut closed: FxHashMap<(Def, Source), NodeId> = FxHashMap::default();
    for learner in &learners {
        close(view, system, acts, &tables, learner, &landings, &borne, &mut closed);
    }
    for learner in &learners {
        shown(view, system, acts, &tables, known, learner, &landings, &borne, &served, &closed);
    }
}

fn learners<'a>(
    view: &View<'_>,
    system: &System,
    known: &Known,
    acts: &'a Acts<'a>,
    tables: &Tables<'_>,
) -> Vec<Learner<'a>> {
    let fits = |act: &&Act<'_>| {
        act.meaning.trains == Some(Learns::Model) && known.roles[act.call.file.index()] != Role::Prototype
    };
    let learner = |act: &'a Act<'a>| {
        let asked = system.reached(act.node, EdgeKind::Feeds);
        let predictions: Vec<NodeId> = asked.filter(|n| system.node(*n).kind == NodeKind::Prediction).collect();
        let mut learner = Learner {
            act,
            within: view.program.owner(act.call),
            predictions,
            readings: Vec::new(),
            choices: Vec::new(),
        };
        for (is_x, value) in starts(view, act) {
            let borne = bearing(view, tables, acts, Seen::anywhere(value));
            learner.readings.extend(borne.readings.into_iter().map(|reading| (is_x, reading)));
            learner.choices.extend(borne.choices);
        }
        learner
    };
    acts.all.par_iter().filter(fits).map(learner).collect()
}

/// The data that services read, and which of them do.
fn served(view: &View<'_>, known: &Known) -> FxHashMap<NodeId, Vec<FileId>> {
    let mut served: FxHashMap<NodeId, Vec<FileId>> = FxHashMap::default();
    let serves = |file: FileId| known.roles[file.index()] == Role::Serve;
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        if let Some(dataset) = dataset
            && touch.access == Access::Read
            && serves(touch.root.file)
        {
            served.entry(*dataset).or_default().push(touch.root.file);
        }
    }
    for query in known.queries.iter().filter(|q| q.access == Access::Read && serves(q.within.file)) {
        served.entry(query.dataset).or_default().push(query.within.file);
    }
    served
}

/// Everything that is written outside of tests.
fn landings(view: &View<'_>, known: &Known, tables: &Tables<'_>) -> Vec<Landing> {
    let tested = |file: FileId| known.roles[file.index()] == Role::Test;
    let mut landings: Vec<Landing> = stored(view, known)
        .into_iter()
        .map(|(dataset, value, call)| {
            let at = value.stack.first().map_or(call, |site| site.call);
            Landing { source: Source::Data(dataset), column: None, value, at }
        })
        .collect();
    for query in known.queries.iter().filter(|q| matches!(q.access, Access::Write | Access::Append)) {
        let at = query.way.first().map_or(query.call, |site| site.call);
        let stack: Stack = query.way.iter().copied().collect();
        for value in super::super::operands_of(view, query.call).into_iter().skip(2) {
            let value = Seen { node: Node { value, ..query.call }, stack: stack.clone() };
            landings.push(Landing { source: Source::Data(query.dataset), column: None, value, at });
        }
    }
    if !tables.is_empty() {
        for file in view.program.files().filter(|file| view.is_code(*file) && !tested(*file)) {
            for (value, _) in (0..).zip(&view.program.file(file).ops) {
                landings.extend(rows(view, tables, Node { file, value }));
            }
        }
    }
    landings.retain(|landing| !tested(landing.at.file));
    landings
}

/// What an operation writes into the columns of tables: once for each caller of a method that does so with what it
/// is given.
fn rows(view: &View<'_>, tables: &Tables<'_>, node: Node) -> Vec<Landing> {
    let mut landings = Vec::new();
    for write in tables.writes(node) {
        let landing = |value: Seen, at: Node| Landing {
            source: Source::Table(write.class),
            column: Some(write.column),
            value,
            at,
        };
        let within = view.program.owner(node);
        let own = view.program.class_of(within) == Some(write.class);
        let callers = if own { tables.callers(within, write.class) } else { Vec::new() };
        if !callers.is_empty() {
            let each = callers
                .iter()
                .map(|site| landing(Seen { node: write.value, stack: std::iter::once(*site).collect() }, site.call));
            landings.extend(each);
        } else {
            landings.push(landing(Seen::anywhere(write.value), node));
        }
    }
    landings
}

/// Joins a training to its own predictions where they lie in what it learns from.
#[allow(clippy::too_many_arguments, reason = "one step of `derive`")]
fn close(
    view: &View<'_>,
    system: &mut System,
    acts: &Acts<'_>,
    tables: &Tables<'_>,
    learner: &Learner<'_>,
    landings: &[Landing],
    borne: &[Bearing],
    closed: &mut FxHashMap<(Def, Source), NodeId>,
) {
    for (landing, bearing) in landings.iter().zip(borne) {
        // Within one run of one file that is no loop; a table outlives the run.
        let apart = match landing.source {
            Source::Table(_) => view.program.owner(landing.at) != learner.within,
            Source::Data(_) => landing.at.file != learner.within.file,
        };
        if !apart {
            continue;
        }
        let own = bearing.predictions.iter().find(|(call, _)| learner.predictions.contains(&acts.by_call[call]));
        let Some((prediction, put)) = own else { continue };
        let column = landing.column.or(*put);
        let table = matches!(landing.source, Source::Table(_));
        let fits = |read: Option<Text>| read == column || (!table && (read.is_none() || column.is_none()));
        let back = |r: &&(bool, Reading)| r.1.source == landing.source && fits(r.1.column);
        let found = learner.readings.iter().filter(back).min_by_key(|(is_x, reading)| (reading.chooses, *is_x));
        let Some((is_x, reading)) = found else { continue };
        let key = (learner.within, landing.source);
        let training = *closed.entry(key).or_insert(learner.act.node);
        if training != learner.act.node {
            continue;
        }
        let at = view.program.place(landing.at);
        let data = dataset(system, tables, landing.source, view, reading.at);
        system.join(EdgeKind::Feeds, acts.by_call[prediction], data, at, Certainty::Inferred);
        system.join(EdgeKind::Feeds, data, training, view.program.place(reading.at), Certainty::Inferred);
        let part = match (reading.chooses, *is_x) {
            (true, _) => "rows",
            (false, true) => "inputs",
            (false, false) => "labels",
        };
        tell(view, system, learner, training, part, column);
    }
}

/// Says how a loop is closed, and what keeps some of it open.
fn tell(
    view: &View<'_>,
    system: &mut System,
    learner: &Learner<'_>,
    training: NodeId,
    part: &str,
    column: Option<Text>,
) {
    if let Some(guard) = learner.choices.iter().find(|name| view.lexicon.words.keeps_apart(name)) {
        system.say(training, "guard", guard);
        return;
    }
    system.mark(training, "loops");
    system.say(training, "loop-part", part);
    let asks_column =
        |name: &&Text| column.is_some_and(|c| name.strip_prefix(c.as_str()).is_some_and(|rest| rest.starts_with('_')));
    let out = learner.choices.iter().find(asks_column);
    let out = out.map(|name| format!(", but for rows that `{name}` leaves out")).unwrap_or_default();
    system.say(training, "loop", &format!(" among its {part}{out}"));
}

/// The node of a source; a class's table gets one when it is first spoken of.
fn dataset(system: &mut System, tables: &Tables<'_>, source: Source, view: &View<'_>, at: Node) -> NodeId {
    match source {
        Source::Data(id) => id,
        Source::Table(class) => {
            let name = Text::from(&format!("table:{}", tables.name(class)));
            let id = system.named(NodeKind::Dataset, name, view.program.place(at), view.symbol(class));
            system.say(id, "scheme", "table");
            system.say(id, "content", "data");
            id
        }
    }
}

/// Adds a group where a service shows a model's predictions and writes what people then do into what it learns from.
#[allow(clippy::too_many_arguments, reason = "one step of `derive`")]
fn shown(
    view: &View<'_>,
    system: &mut System,
    acts: &Acts<'_>,
    tables: &Tables<'_>,
    known: &Known,
    learner: &Learner<'_>,
    landings: &[Landing],
    borne: &[Bearing],
    served: &FxHashMap<NodeId, Vec<FileId>>,
    closed: &FxHashMap<(Def, Source), NodeId>,
) {
    let own = |call: &Node| learner.predictions.contains(&acts.by_call[call]);
    let mut shows: Vec<(FileId, Node, Option<NodeId>)> = Vec::new();
    for (landing, bearing) in landings.iter().zip(borne) {
        let Source::Data(data) = landing.source else { continue };
        if bearing.predictions.iter().any(|(call, _)| own(call)) {
            let services = served.get(&data).into_iter().flatten();
            shows.extend(services.map(|file| (*file, landing.at, Some(data))));
        }
    }
    let asked = acts.all.iter().filter(|a| learner.predictions.contains(&a.node));
    let asked = asked.filter(|a| known.roles[a.call.file.index()] == Role::Serve);
    shows.extend(asked.map(|a| (a.call.file, a.call, None)));
    for (service, at, data) in shows {
        let back = landings.iter().find_map(|landing| {
            let fits = |r: &&(bool, Reading)| {
                r.1.source == landing.source && (landing.column.is_none() || r.1.column == landing.column)
            };
            let reading = learner.readings.iter().find(fits)?;
            let there = landing.at.file == service && Some(landing.source) != data.map(Source::Data);
            (there && service != learner.act.call.file).then_some((landing, &reading.1))
        });
        let Some((landing, reading)) = back else { continue };
        if closed.contains_key(&(learner.within, landing.source)) {
            continue;
        }
        let events = dataset(system, tables, landing.source, view, reading.at);
        let group = system.add(
            NodeKind::Group,
            system.node(events).name,
            view.program.place(learner.act.call),
            view.symbol(learner.within),
        );
        system.say(group, "what", "hidden-loop");
        system.join(EdgeKind::Follows, group, learner.act.node, view.program.place(at), Certainty::Inferred);
        system.join(EdgeKind::Reads, group, events, view.program.place(reading.at), Certainty::Inferred);
        let writes = view.program.place(landing.at);
        system.join(EdgeKind::Writes, group, known.modules[service.index()], writes, Certainty::Inferred);
        return;
    }
}
