//! Loops: a model's predictions that come back as what it learns from, straight through data or through the people
//! whom a service shows them.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{Known, Role, View};
use super::arrivals::{Arrival, Arrivals, Hands, queried};
use super::models::receiver;
use super::outputs::writes as stored;
use super::records::Tables;
use super::wide::{Bearing, Reading, Source, bearing};
use super::worth::makers;
use super::{Act, Acts, starts};
use super::{cascades, circles, logged};
use crate::fact::{Access, Text};
use crate::lexicon::Learns;
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::graph::{NodeId, System};
use crate::system::told::names;
use crate::value::follow::{Seen, Stack};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Programs in a row that hand data on are looked at.
const ROUNDS: usize = 4;

/// The predictions that lie in a column of a source.
pub type Landed = FxHashMap<(Source, Text), Vec<Node>>;

/// The training that was first found to learn from its own predictions at a source, by where it is fitted.
type Closed = FxHashMap<(Def, Source), NodeId>;

/// A training, where its model is asked, and what it learns from.
pub struct Learner<'a> {
    /// The training.
    pub act: &'a Act<'a>,
    /// Where it stands.
    pub within: Def,
    /// Where its model is asked.
    pub predictions: Vec<NodeId>,
    /// With whether it is an input, else it is a label.
    pub readings: Vec<(bool, Reading)>,
    /// Names by which its rows are chosen.
    pub choices: Vec<Text>,
    /// Predictions by which its rows are chosen.
    pub chosen_by: Vec<Node>,
}

impl Learner<'_> {
    /// What it takes of a column of a source; labels first.
    pub fn takes(&self, source: Source, column: Option<Text>) -> Option<&(bool, Reading)> {
        let table = matches!(source, Source::Table(_));
        let fits = |read: Option<Text>| read == column || (!table && (read.is_none() || column.is_none()));
        let back = |r: &&(bool, Reading)| r.1.source == source && fits(r.1.column);
        self.readings.iter().filter(back).min_by_key(|(is_x, reading)| (reading.chooses, *is_x))
    }

    /// Within one run of one file what comes back is no loop; what is added to data outlives the run.
    pub fn is_apart(&self, view: &View<'_>, source: Source, arrival: &Arrival) -> bool {
        match source {
            Source::Table(_) => view.program.owner(arrival.first) != self.within,
            Source::Data(_) => arrival.first.file != self.within.file || arrival.adds,
        }
    }
}

/// Something that is written.
pub struct Landing {
    /// Where.
    pub source: Source,
    /// Into which column, if that is said.
    pub column: Option<Text>,
    /// What.
    pub value: Seen,
    /// Where a reader of the code should look.
    pub at: Node,
    /// It is added to what lies there.
    pub adds: bool,
}

/// Adds what closes loops; gives where predictions lie.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>, tables: &Tables<'_>) -> Arrivals {
    let learners = learners(view, system, known, acts, tables);
    let served = served(view, known);
    let (landings, borne) = borne(view, system, known, acts, tables, &learners, &served);
    let hands = Hands::new(view, system, known, &landings, &borne);
    let arrivals = hands.arrivals(view);
    let mut landed = Landed::default();
    for (source, arrival) in arrivals.iter().flat_map(|(source, all)| all.iter().map(move |arrival| (source, arrival)))
    {
        if let Some(column) = arrival.column {
            landed.entry((*source, column)).or_default().push(arrival.call);
        }
    }
    hold(view, system, acts, &arrivals);
    cascades::derive(view, system, known, acts, tables, &landed);
    let mut closed = Closed::default();
    for learner in &learners {
        close(view, system, acts, tables, learner, &arrivals, &mut closed);
        refit(view, system, acts, learner);
    }
    for learner in &learners {
        shown(view, system, acts, tables, known, learner, &landings, &borne, &served, &closed);
    }
    let stage = circles::Stage { view, known, acts, tables, hands: &hands, arrivals: &arrivals };
    circles::derive(&stage, system, &learners);
    logged::derive(&stage, system, &learners);
    arrivals
}

/// Joins predictions to the data that they are written to, by statements of SQL as well.
fn hold(view: &View<'_>, system: &mut System, acts: &Acts<'_>, arrivals: &Arrivals) {
    for (source, arrival) in arrivals.iter().flat_map(|(source, all)| all.iter().map(move |arrival| (source, arrival)))
    {
        if let Source::Data(data) = source
            && arrival.at == view.program.place(arrival.first)
        {
            system.join(EdgeKind::Feeds, acts.by_call[&arrival.call], *data, arrival.at, Certainty::Inferred);
        }
    }
}

/// What is written to what is learnt from or served, or to what that is made of; and what bears on each.
fn borne(
    view: &View<'_>,
    system: &System,
    known: &Known,
    acts: &Acts<'_>,
    tables: &Tables<'_>,
    learners: &[Learner<'_>],
    served: &FxHashMap<NodeId, Vec<FileId>>,
) -> (Vec<Landing>, Vec<Bearing>) {
    let mut waiting = landings(view, known, tables);
    let mut wanted: FxHashSet<Source> =
        learners.iter().flat_map(|learner| learner.readings.iter().map(|(_, reading)| reading.source)).collect();
    wanted.extend(served.keys().map(|data| Source::Data(*data)));
    let stated = known.queries.iter().filter(|q| matches!(q.access, Access::Write | Access::Append));
    wanted.extend(stated.map(|query| Source::Data(query.dataset)));
    wanted.extend(waiting.iter().map(|landing| landing.source).filter(|source| matches!(source, Source::Table(_))));
    if acts.all.iter().any(|act| act.meaning.predicts) {
        wanted.extend(asked(view, system, known));
    }
    let surface = |name: &str| view.told.worlds.iter().any(|world| names(&world.surface, name));
    let shown = waiting.iter().map(|landing| landing.source);
    wanted.extend(
        shown.filter(|s| matches!(s, Source::Data(data) if surface(&system.node(*data).name))).collect::<Vec<_>>(),
    );
    let queried = queried(view, system, known);
    let mut found: Vec<(Landing, Bearing)> = Vec::new();
    for _ in 0..ROUNDS {
        for (made, of) in &queried {
            if wanted.contains(made) {
                wanted.insert(*of);
            }
        }
        let (now, later): (Vec<Landing>, Vec<Landing>) =
            waiting.into_iter().partition(|landing| wanted.contains(&landing.source));
        waiting = later;
        if now.is_empty() {
            break;
        }
        let borne: Vec<Bearing> =
            now.par_iter().map(|landing| bearing(view, tables, acts, landing.value.clone())).collect();
        wanted.extend(borne.iter().flat_map(|b| b.readings.iter().filter(|r| !r.chooses).map(|r| r.source)));
        found.extend(now.into_iter().zip(borne));
    }
    found.sort_by_key(|(landing, _)| landing.at);
    found.into_iter().unzip()
}

/// The data that somebody reads, by statements of SQL as well: whose columns may be cut.
fn asked(view: &View<'_>, system: &System, known: &Known) -> Vec<Source> {
    let touches = view.touches.all.iter().zip(&known.datasets).filter(|(touch, _)| touch.access == Access::Read);
    let files = view.program.files().filter(|file| !view.program.file(*file).conditions.is_empty());
    let tables = files.flat_map(|file| &view.program.file(file).tables).filter(|t| t.access == Access::Read);
    let table = |name: &Text| system.find(NodeKind::Dataset, Text::from(&format!("table:{name}")));
    let read = touches.filter_map(|(_, dataset)| *dataset);
    let queried = known.queries.iter().filter(|q| q.access == Access::Read).map(|q| q.dataset);
    read.chain(queried).chain(tables.filter_map(|t| table(&t.table))).map(Source::Data).collect()
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
            chosen_by: Vec::new(),
        };
        for (is_x, value) in starts(view, act) {
            let borne = bearing(view, tables, acts, Seen::anywhere(value));
            learner.readings.extend(borne.readings.into_iter().map(|reading| (is_x, reading)));
            learner.choices.extend(borne.choices);
            learner.chosen_by.extend(borne.choosing);
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
    let touches = view.touches.all.iter().zip(&known.datasets).filter(|(touch, _)| touch.access == Access::Append);
    let appended: FxHashSet<(NodeId, FileId)> =
        touches.filter_map(|(touch, dataset)| Some(((*dataset)?, touch.call.file))).collect();
    let mut landings: Vec<Landing> = stored(view, known)
        .into_iter()
        .map(|(dataset, value, call)| {
            let at = value.stack.first().map_or(call, |site| site.call);
            let adds = appended.contains(&(dataset, call.file));
            Landing { source: Source::Data(dataset), column: None, value, at, adds }
        })
        .collect();
    for query in known.queries.iter().filter(|q| matches!(q.access, Access::Write | Access::Append)) {
        let at = query.way.first().map_or(query.call, |site| site.call);
        let stack: Stack = query.way.iter().copied().collect();
        for value in super::super::operands_of(view, query.call).into_iter().skip(2) {
            let value = Seen { node: Node { value, ..query.call }, stack: stack.clone() };
            let adds = query.access == Access::Append;
            landings.push(Landing { source: Source::Data(query.dataset), column: None, value, at, adds });
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
            adds: true,
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
fn close(
    view: &View<'_>,
    system: &mut System,
    acts: &Acts<'_>,
    tables: &Tables<'_>,
    learner: &Learner<'_>,
    arrivals: &Arrivals,
    closed: &mut Closed,
) {
    let sources: BTreeSet<Source> = learner.readings.iter().map(|(_, reading)| reading.source).collect();
    for source in sources {
        for arrival in arrivals.get(&source).into_iter().flatten() {
            if !learner.predictions.contains(&acts.by_call[&arrival.call]) || !learner.is_apart(view, source, arrival) {
                continue;
            }
            let Some((is_x, reading)) = learner.takes(source, arrival.column) else { continue };
            let training = *closed.entry((learner.within, source)).or_insert(learner.act.node);
            if training != learner.act.node {
                continue;
            }
            let data = dataset(system, tables, source, view, reading.at);
            system.join(EdgeKind::Feeds, acts.by_call[&arrival.call], data, arrival.at, Certainty::Inferred);
            system.join(EdgeKind::Feeds, data, training, view.program.place(reading.at), Certainty::Inferred);
            let part = match (reading.chooses, *is_x) {
                (true, _) => "rows",
                (false, true) => "inputs",
                (false, false) => "labels",
            };
            tell(view, system, learner, training, part, arrival.column);
            if part == "rows" && system.is(training, "loops") {
                let how = format!("its own score in `{}`", system.node(data).name);
                sifted(view, system, learner, training, &how, (acts.by_call[&arrival.call], arrival.at));
            }
        }
    }
}

/// Joins a training to its own predictions where these choose its rows before anything is stored.
fn refit(view: &View<'_>, system: &mut System, acts: &Acts<'_>, learner: &Learner<'_>) {
    if learner.choices.iter().any(|name| view.lexicon.words.keeps_apart(name)) {
        return;
    }
    let made = |call: Node| receiver(view, call).map(|model| makers(view, model)).unwrap_or_default();
    let own = made(learner.act.call);
    let is_own = |call: &Node| made(*call).iter().any(|maker| own.contains(maker));
    if let Some(score) = learner.chosen_by.iter().find(|call| is_own(call)) {
        let at = view.program.place(*score);
        sifted(view, system, learner, learner.act.node, "what it scored before", (acts.by_call[score], at));
    }
}

/// Adds a group for a training whose rows its own score chooses.
fn sifted(
    view: &View<'_>,
    system: &mut System,
    learner: &Learner<'_>,
    training: NodeId,
    how: &str,
    (score, stored): (NodeId, At),
) {
    let node = system.node(training);
    let (name, at) = (node.name, node.at);
    let group = system.add(NodeKind::Group, name, at, view.symbol(learner.within));
    system.say(group, "what", "own-rows");
    system.say(group, "because", how);
    system.join(EdgeKind::Feeds, score, group, stored, Certainty::Inferred);
    system.join(EdgeKind::Follows, group, training, at, Certainty::Inferred);
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
pub fn dataset(system: &mut System, tables: &Tables<'_>, source: Source, view: &View<'_>, at: Node) -> NodeId {
    match source {
        Source::Data(id) => id,
        Source::Table(class) => {
            let name = Text::from(&format!("table:{}", tables.name(class)));
            let id = system.named(NodeKind::Dataset, name, view.program.place(at), view.symbol(class));
            system.say(id, "scheme", "table");
            system.say(id, "content", "data");
            // The class says which columns it has and of which types.
            system.mark(id, "declared");
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
    closed: &Closed,
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
        if closed.contains_key(&(learner.within, landing.source))
            || left_to_chance(view, known, learner, landing.source)
        {
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
        let path = view.program.path(service);
        system.say(group, "because", &format!("which the service that shows its predictions (`{path}`) writes"));
        system.join(EdgeKind::Follows, group, learner.act.node, view.program.place(at), Certainty::Inferred);
        system.join(EdgeKind::Reads, group, events, view.program.place(reading.at), Certainty::Inferred);
        let writes = view.program.place(landing.at);
        system.join(EdgeKind::Writes, group, known.modules[service.index()], writes, Certainty::Inferred);
        return;
    }
}

/// Does the statement by which a training reads a source name a column that says which rows no prediction chose?
fn left_to_chance(view: &View<'_>, known: &Known, learner: &Learner<'_>, source: Source) -> bool {
    let reads = known.queries.iter().filter(|q| q.access == Access::Read && Source::Data(q.dataset) == source);
    let mut columns = reads.filter(|q| q.within.file == learner.within.file).flat_map(|q| &q.columns);
    columns.any(|column| view.lexicon.words.keeps_apart(column))
}
