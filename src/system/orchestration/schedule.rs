//! Flows that the clock starts: those of orchestrators and of workflow files, and which of them hand data to each other
//! with nothing but the clock between them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Steps, find};
use crate::fact::{Access, OpKind, Setting, Text};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::graph::{NodeId, System, Value};
use crate::system::pipeline::is_handed;
use crate::system::{Known, Role, View, commands};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A flow with its times, and what it touches.
struct Timed {
    id: NodeId,
    at: At,
    name: String,
    written: FxHashMap<NodeId, At>,
    read: FxHashMap<NodeId, At>,
    /// It runs on machines of its own: only what lies elsewhere is shared with others.
    alone: bool,
    /// It hands what it wrote to everybody, by adding it to the repository.
    pushes: bool,
    /// The clock starts it.
    scheduled: bool,
    /// It waits for what others make, or is started when they are done.
    waits: bool,
    /// The names of the flows that it starts or waits for.
    tied: Vec<String>,
}

/// Adds a group for each pair of flows that only the clock keeps in order.
pub(super) fn derive(view: &View<'_>, system: &mut System, known: &Known, steps: &Steps<'_>) {
    let mut flows: Vec<Timed> = (0..steps.flows.len()).map(|index| of_code(view, system, steps, index)).collect();
    flows.extend(workflows(view, system, known));
    flows.extend(timed(view, system));
    flows.iter().filter(|flow| flow.scheduled && !flow.waits).for_each(|flow| unaged(view, system, flow));
    let mut producers: FxHashMap<NodeId, Vec<usize>> = FxHashMap::default();
    for (index, flow) in flows.iter().enumerate().filter(|(_, flow)| flow.scheduled) {
        for dataset in flow.written.keys() {
            producers.entry(*dataset).or_default().push(index);
        }
    }
    for consumer in flows.iter().filter(|flow| flow.scheduled && !flow.waits) {
        let mut shared: FxHashMap<usize, Vec<NodeId>> = FxHashMap::default();
        for dataset in consumer.read.keys().filter(|dataset| !consumer.written.contains_key(*dataset)) {
            for producer in producers.get(dataset).into_iter().flatten() {
                if is_shared(view, system, &flows[*producer], consumer, *dataset) {
                    shared.entry(*producer).or_default().push(*dataset);
                }
            }
        }
        let mut shared: Vec<(usize, Vec<NodeId>)> = shared.into_iter().collect();
        shared.sort_unstable();
        for (producer, datasets) in shared {
            pair(system, &flows[producer], consumer, datasets);
        }
    }
}

/// Adds a group for each dataset from elsewhere that a flow reads whenever its hour comes, however old it is.
fn unaged(view: &View<'_>, system: &mut System, flow: &Timed) {
    let mut read: Vec<(NodeId, At)> = flow.read.iter().map(|(data, at)| (*data, *at)).collect();
    read.sort_unstable();
    for (data, at) in read {
        let table = system.get(data, "scheme") == Some(Value::Text(Text::from("table")));
        let foreign = (table || system.is(data, "remote")) && system.reaching(data, EdgeKind::Writes).next().is_none();
        if foreign && !system.is(data, "pinned") && !tells_time(view, at.file) {
            let group = system.add(NodeKind::Group, system.node(data).name, at, Text::from(&flow.name));
            system.say(group, "what", "unaged");
            system.say(group, "because", &flow.name);
            system.join(EdgeKind::Follows, group, flow.id, flow.at, Certainty::Seen);
            system.join(EdgeKind::Reads, group, data, at, Certainty::Inferred);
        }
    }
}

/// Asks anything in a file for the time?
fn tells_time(view: &View<'_>, file: FileId) -> bool {
    let tells = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.tells_time);
    (0..).zip(&view.program.file(file).ops).any(|(value, op)| {
        matches!(op.kind, OpKind::Call(..)) && view.types.callees(Node { file, value }).iter().any(tells)
    })
}

/// Does the one flow hand a dataset to the other with nothing but the clock between them?
fn is_shared(view: &View<'_>, system: &System, producer: &Timed, consumer: &Timed, dataset: NodeId) -> bool {
    let tied = producer.tied.contains(&consumer.name) || consumer.tied.contains(&producer.name);
    let elsewhere =
        system.is(dataset, "remote") || system.get(dataset, "scheme") == Some(Value::Text(Text::from("table")));
    !tied
        && is_handed(system, dataset)
        && (producer.pushes || !view.program.keeps(&system.node(dataset).name))
        && (elsewhere || producer.pushes || !(producer.alone || consumer.alone))
}

fn pair(system: &mut System, producer: &Timed, consumer: &Timed, mut datasets: Vec<NodeId>) {
    datasets.sort_unstable();
    let name = Text::from(&format!("{} -> {}", producer.name, consumer.name));
    let group = system.add(NodeKind::Group, name, consumer.at, name);
    system.say(group, "what", "clock");
    system.count(group, "size", datasets.len());
    for flow in [producer, consumer] {
        system.join(EdgeKind::Follows, group, flow.id, flow.at, Certainty::Seen);
    }
    for dataset in datasets {
        system.join(EdgeKind::Writes, group, dataset, producer.written[&dataset], Certainty::Inferred);
        system.join(EdgeKind::Reads, group, dataset, consumer.read[&dataset], Certainty::Inferred);
    }
}

/// A flow of an orchestrator.
fn of_code(view: &View<'_>, system: &System, steps: &Steps<'_>, index: usize) -> Timed {
    let flow = &steps.flows[index];
    let mut timed = Timed {
        id: flow.id,
        at: flow.at,
        name: flow.name.clone(),
        written: FxHashMap::default(),
        read: FxHashMap::default(),
        alone: false,
        pushes: false,
        scheduled: flow.scheduled,
        waits: false,
        tied: Vec::new(),
    };
    for task in flow.tasks.iter().map(|task| &steps.tasks[*task]) {
        timed.waits |= task.form.waits;
        if let super::Made::Call(call) = task.made {
            timed.tied.extend(find::slot_text(view, call, task.form.starts.as_ref()));
        }
        for edge in system.out(task.id).iter().map(|edge| system.edge(*edge)) {
            match edge.kind {
                EdgeKind::Reads => drop(timed.read.entry(edge.to).or_insert(edge.at)),
                EdgeKind::Writes => drop(timed.written.entry(edge.to).or_insert(edge.at)),
                _ => {}
            }
        }
    }
    timed
}

/// Steps that the clock starts one by one.
fn timed(view: &View<'_>, system: &mut System) -> Vec<Timed> {
    let steps = system.nodes().filter(|(id, node)| node.kind == NodeKind::Step && system.is(*id, "loose"));
    // The jobs of a forge are timed by their whole file.
    let clocked = |id: &NodeId| {
        system.get(*id, "schedule").is_some() && system.get(*id, "tool") != Some(Value::Text(Text::from("github")))
    };
    let steps: Vec<NodeId> = steps.map(|(id, _)| id).filter(clocked).collect();
    let mut found = Vec::new();
    for step in steps {
        let (at, name) = (system.node(step).at, system.node(step).name);
        let (mut written, mut read) = (FxHashMap::default(), FxHashMap::default());
        for edge in system.out(step).iter().map(|edge| system.edge(*edge)) {
            match edge.kind {
                EdgeKind::Reads => drop(read.entry(edge.to).or_insert(edge.at)),
                EdgeKind::Writes => drop(written.entry(edge.to).or_insert(edge.at)),
                _ => {}
            }
        }
        let id = system.add(NodeKind::Group, name, at, Text::from(view.program.path(at.file)));
        system.say(id, "what", "flow");
        if let Some(Value::Text(schedule)) = system.get(step, "schedule") {
            system.say(id, "schedule", &schedule);
        }
        let (name, tied) = (name.to_string(), Vec::new());
        let (alone, pushes) = (false, false);
        found.push(Timed { id, at, name, written, read, alone, pushes, scheduled: true, waits: false, tied });
    }
    found
}

/// The scheduled workflow files of the repository.
fn workflows(view: &View<'_>, system: &mut System, known: &Known) -> Vec<Timed> {
    let mut found = Vec::new();
    for file in view.program.files().filter(|file| view.program.path(*file).contains(".github/workflows/")) {
        let settings = &view.program.file(file).settings;
        let Some(cron) = settings.iter().find(|setting| is_cron(setting)) else { continue };
        let at = At { file, span: cron.value_span };
        let path = view.program.path(file);
        let named = settings.iter().find(|s| matches!(s.keys.as_slice(), [name] if name == "name"));
        let name = named.and_then(|s| s.value.text()).unwrap_or_else(|| path.to_owned());
        let id = system.add(NodeKind::Group, Text::from(&name), at, Text::from(path));
        system.say(id, "what", "flow");
        if let Some(schedule) = cron.value.text() {
            system.say(id, "schedule", &schedule);
        }
        let waits = settings.iter().any(|s| s.keys.len() > 1 && s.keys[1] == "workflow_run");
        let (written, read) = touched(view, known, file);
        let pushes = pushes(view, file);
        let tied = Vec::new();
        found.push(Timed { id, at, name, written, read, alone: true, pushes, scheduled: true, waits, tied });
    }
    found
}

/// Adds a workflow what its programs wrote to the repository?
fn pushes(view: &View<'_>, file: FileId) -> bool {
    let facts = view.program.file(file);
    let is_push = |words: &[Text]| matches!(words, [git, push, ..] if git == "git" && push == "push");
    let commits = |s: &Setting| {
        s.keys.last().is_some_and(|key| key == "uses") && s.value.text().is_some_and(|text| text.contains("commit"))
    };
    facts.commands.iter().any(|command| is_push(&command.words)) || facts.settings.iter().any(commits)
}

/// `on.schedule.0.cron`
fn is_cron(setting: &Setting) -> bool {
    matches!(setting.keys.as_slice(), [_, schedule, _, cron] if schedule == "schedule" && cron == "cron")
}

/// What the programs that a workflow file runs write and read.
fn touched(view: &View<'_>, known: &Known, file: FileId) -> (FxHashMap<NodeId, At>, FxHashMap<NodeId, At>) {
    let (mut written, mut read) = (FxHashMap::default(), FxHashMap::default());
    let programs = commands::programs(view, file);
    let reached: Vec<FxHashSet<Def>> = programs.into_iter().map(|program| view.reach.from(program)).collect();
    if reached.is_empty() {
        return (written, read);
    }
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let Some(dataset) = dataset.filter(|_| known.roles[touch.root.file.index()] != Role::Test) else { continue };
        if reached.iter().any(|defs| defs.contains(&touch.root)) {
            let at = view.program.place(touch.top(view.program));
            match touch.access {
                Access::Read => drop(read.entry(dataset).or_insert(at)),
                Access::Write | Access::Append => drop(written.entry(dataset).or_insert(at)),
                Access::Delete => {}
            }
        }
    }
    for query in &known.queries {
        if reached.iter().any(|defs| defs.contains(&query.within)) {
            let at = view.program.place(query.call);
            match query.access {
                Access::Read => drop(read.entry(query.dataset).or_insert(at)),
                Access::Write | Access::Append => drop(written.entry(query.dataset).or_insert(at)),
                Access::Delete => {}
            }
        }
    }
    (written, read)
}
