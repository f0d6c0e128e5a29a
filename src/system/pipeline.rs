//! Hand-overs: programs that pass files or tables to each other, declared by a pipeline or not.

mod turns;
mod unawaited;

use petgraph::unionfind::UnionFind;
use rustc_hash::{FxHashMap, FxHashSet};

use super::orchestration::data::doers;
use super::{Known, Role, View};
use crate::fact::{Access, Text};
use crate::program::Def;
use crate::source::{At, FileId};
use crate::system::graph::{NodeId, System, Value};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};
use turns::Turns;

/// What runs by itself and hands data on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Unit {
    /// A program.
    Program(FileId),
    /// The function of a step.
    Step(NodeId),
}

/// A file or table that one unit writes and another reads.
struct HandOver {
    producer: Unit,
    consumer: Unit,
    dataset: NodeId,
    written: At,
    read: At,
}

/// Adds a group for each undeclared pair of producer and consumer, or one for the jungle that they are.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let overs = hand_overs(view, system, known);
    unawaited::derive(view, system, known, &overs);
    // What only starts programs is no pipeline.
    let stepped = |unit: Unit| steps_of(system, known, unit).iter().any(|step| !system.is(*step, "loose"));
    // A team that has a pipeline in one place of its project is expected to use it in the others.
    let steps = system.nodes().filter(|(id, node)| node.kind == NodeKind::Step && !system.is(*id, "loose"));
    let homes: FxHashSet<&str> = steps.map(|(_, node)| view.placer.home(node.at.file)).collect();
    let at_home = |unit: Unit| match unit {
        Unit::Program(file) => homes.contains(view.placer.home(file)),
        Unit::Step(_) => true,
    };
    let near = |over: &HandOver| {
        let ends = [over.producer, over.consumer];
        known.orchestrated || ends.into_iter().any(stepped) || ends.into_iter().all(at_home)
    };
    let (near, far): (Vec<HandOver>, Vec<HandOver>) = overs.into_iter().partition(near);
    jungles(view, system, far);
    pairs(view, system, near);
}

/// Does a dataset hold what is handed on: something that lies still, and is no model?
pub fn is_handed(system: &System, dataset: NodeId) -> bool {
    let outside = system.is(dataset, "temporary") || system.is(dataset, "pattern");
    !outside && system.get(dataset, "content") != Some(Value::Text(Text::from("model")))
}

/// The steps that run a unit.
fn steps_of(system: &System, known: &Known, unit: Unit) -> Vec<NodeId> {
    match unit {
        Unit::Step(step) => vec![step],
        Unit::Program(file) => {
            let callers = system.reaching(known.modules[file.index()], EdgeKind::Calls);
            callers.filter(|n| system.node(*n).kind == NodeKind::Step).collect()
        }
    }
}

/// Is it told elsewhere that the one runs after the other, or do both run in one go?
fn is_settled(system: &System, known: &Known, turns: &Turns, producer: Unit, consumer: Unit) -> bool {
    let starts = |program: FileId, step: NodeId| {
        let functions = known.step_functions.get(&step).into_iter().flatten();
        known.reached.get(&program).is_some_and(|defs| functions.into_iter().any(|def| defs.contains(def)))
    };
    match (producer, consumer) {
        (Unit::Program(program), Unit::Step(step)) | (Unit::Step(step), Unit::Program(program))
            if starts(program, step) =>
        {
            return true;
        }
        (Unit::Program(earlier), Unit::Program(later)) if turns.are_in_order(earlier, later) => return true,
        _ => {}
    }
    let (earlier, later) = (steps_of(system, known, producer), steps_of(system, known, consumer));
    // What a step does not declare where it should is an undeclared dependency, told there.
    let told = |step: &NodeId| system.is(*step, "declares-inputs");
    // Where only the clock stands between them, that is told of the clock.
    let timed =
        |steps: &[NodeId]| !steps.is_empty() && steps.iter().all(|step| system.get(*step, "schedule").is_some());
    !earlier.is_empty()
        && (later.iter().any(|step| told(step) || follows(system, *step, &earlier))
            || (timed(&earlier) && timed(&later)))
}

/// Does a pipeline in code run a unit?
fn is_in_code(system: &System, known: &Known, unit: Unit) -> bool {
    let steps = steps_of(system, known, unit);
    !steps.is_empty() && !steps.iter().any(|step| system.is(*step, "declares-code"))
}

/// Does a step run after one of the others, or is it one of them?
fn follows(system: &System, step: NodeId, earlier: &[NodeId]) -> bool {
    let mut seen: FxHashSet<NodeId> = FxHashSet::default();
    let mut waiting = vec![step];
    while let Some(step) = waiting.pop() {
        if earlier.contains(&step) {
            return true;
        }
        if seen.insert(step) {
            waiting.extend(system.reached(step, EdgeKind::Follows));
        }
    }
    false
}

fn hand_overs(view: &View<'_>, system: &System, known: &Known) -> Vec<HandOver> {
    let conductors = conductors(known);
    let (writers, readers) = ends(view, system, known, &conductors);
    let turns = Turns::new(known);
    let makers: FxHashSet<Unit> = writers.values().flatten().map(|(unit, ..)| *unit).collect();
    let mut overs = Vec::new();
    let mut datasets: Vec<NodeId> = writers.keys().copied().collect();
    datasets.sort_unstable();
    for dataset in datasets {
        // What a step says it makes, or a tool keeps, is declared; what steps of a file only say they take must come from somewhere.
        let declarers: Vec<NodeId> = system.reaching(dataset, EdgeKind::Declares).collect();
        let made = system.reached(dataset, EdgeKind::Follows).next().is_some();
        let taken = |step: &NodeId| {
            system.get(*step, "tool") == Some(Value::Text(Text::from("dvc")))
                && !system.reached(*step, EdgeKind::Writes).any(|written| written == dataset)
        };
        if made || !declarers.iter().all(taken) || (declarers.is_empty() && system.is(dataset, "declared")) {
            continue;
        }
        let Some(readers) = readers.get(&dataset) else { continue };
        let own: FxHashSet<Unit> = writers[&dataset].iter().map(|(unit, ..)| *unit).collect();
        for (consumer, read, reader) in readers {
            // A unit that makes the file itself does not depend on another's.
            if own.contains(consumer)
                || own.iter().any(|producer| is_settled(system, known, &turns, *producer, *consumer))
                || is_conducted(&conductors, &writers[&dataset], (*consumer, *reader))
            {
                continue;
            }
            let Some((producer, written, _)) = writers[&dataset].first() else { continue };
            // What a pipeline in code has made, anybody may look at; who makes something of it belongs to it.
            let looks = |file: FileId| known.roles[file.index()] != Role::Train && !makers.contains(consumer);
            if matches!(*consumer, Unit::Program(file) if looks(file)) && is_in_code(system, known, *producer) {
                continue;
            }
            overs.push(HandOver { producer: *producer, consumer: *consumer, dataset, written: *written, read: *read });
        }
    }
    overs.sort_by_key(|o| (o.producer, o.consumer, o.dataset, o.read));
    overs
}

/// The programs that run a definition.
type Conductors = FxHashMap<Def, Vec<FileId>>;

fn conductors(known: &Known) -> Conductors {
    let mut found = Conductors::default();
    for program in &known.programs {
        for def in known.reached.get(program).into_iter().flatten() {
            found.entry(*def).or_default().push(*program);
        }
    }
    found
}

/// Does a third program run the code of both in one go, as one that imports the others and calls them does?
fn is_conducted(conductors: &Conductors, writers: &[End], (consumer, reader): (Unit, Option<Def>)) -> bool {
    let (Unit::Program(consumer), Some(reader)) = (consumer, reader.filter(|def| def.id != 0)) else { return false };
    let of = |def: &Def| conductors.get(def).map_or(&[][..], Vec::as_slice);
    let both = |producer: FileId, writer: &Def| {
        of(writer).iter().any(|one| *one != producer && *one != consumer && of(&reader).contains(one))
    };
    writers.iter().any(|(unit, _, writer)| match (unit, writer.filter(|def| def.id != 0)) {
        (Unit::Program(producer), Some(writer)) => both(*producer, &writer),
        _ => false,
    })
}

/// What touches a dataset, where, and the definition that does.
type End = (Unit, At, Option<Def>);

type Ends = FxHashMap<NodeId, Vec<End>>;

/// Who writes and who reads what is handed on.
fn ends(view: &View<'_>, system: &System, known: &Known, programs_of: &Conductors) -> (Ends, Ends) {
    let mut writers = Ends::default();
    let mut readers = Ends::default();
    let touches = view
        .touches
        .all
        .iter()
        .zip(&known.datasets)
        .filter_map(|(t, d)| Some((t.access, t.root, doers(known, t), t.top(view.program), (*d)?)));
    let queries = known.queries.iter().map(|q| {
        let steps = known.doers.get(&q.within).cloned().unwrap_or_default();
        (q.access, q.within, steps, q.call, q.dataset)
    });
    for queried in known.queried.iter().filter(|q| is_handed(system, q.dataset) && !system.is(q.dataset, "remote")) {
        let ends = match queried.access {
            Access::Read => &mut readers,
            Access::Write | Access::Append => &mut writers,
            Access::Delete => continue,
        };
        ends.entry(queried.dataset).or_default().push((Unit::Step(queried.step), queried.at, None));
    }
    for (access, root, steps, top, dataset) in touches.chain(queries) {
        // A file that is checked in is handed over by version control.
        if !is_handed(system, dataset) || system.is(dataset, "remote") || view.program.keeps(&system.node(dataset).name)
        {
            continue;
        }
        let at = view.program.place(top);
        let role = |file: FileId| known.roles[file.index()];
        let own = known.programs.contains(&root.file).then_some(root.file);
        let units: Vec<Unit> = if steps.is_empty() {
            let programs = match own {
                Some(own) => vec![own],
                None => programs_of.get(&root).cloned().unwrap_or_default(),
            };
            let programs = programs.into_iter().filter(|p| !matches!(role(*p), Role::Test | Role::Prototype));
            programs.map(Unit::Program).collect()
        } else if matches!(role(root.file), Role::Test | Role::Prototype) {
            Vec::new()
        } else {
            steps.iter().map(|step| Unit::Step(*step)).collect()
        };
        for unit in units {
            match access {
                Access::Write => writers.entry(dataset).or_default().push((unit, at, Some(root))),
                Access::Read => readers.entry(dataset).or_default().push((unit, at, Some(root))),
                // Rows that are added are handed over too, where they lie in a table.
                Access::Append if system.get(dataset, "scheme") == Some(Value::Text(Text::from("table"))) => {
                    writers.entry(dataset).or_default().push((unit, at, Some(root)));
                }
                Access::Append | Access::Delete => {}
            }
        }
    }
    (writers, readers)
}

fn pairs(view: &View<'_>, system: &mut System, overs: Vec<HandOver>) {
    let mut groups: FxHashMap<(Unit, Unit), NodeId> = FxHashMap::default();
    for over in overs {
        let group = *groups.entry((over.producer, over.consumer)).or_insert_with(|| {
            let name = format!("{} -> {}", shown(view, system, over.producer), shown(view, system, over.consumer));
            let group = system.add(NodeKind::Group, Text::from(&name), over.read, Text::from(&name));
            system.say(group, "what", "hand-over");
            group
        });
        tie(system, group, &over);
        let size = system.reached(group, EdgeKind::Reads).count();
        system.count(group, "size", size);
    }
}

/// A unit as a reader knows it: a path, with the step's name behind.
fn shown(view: &View<'_>, system: &System, unit: Unit) -> String {
    match unit {
        Unit::Program(file) => view.program.path(file).to_owned(),
        Unit::Step(step) => {
            let node = system.node(step);
            format!("{}:{}", view.program.path(node.at.file), node.name)
        }
    }
}

fn tie(system: &mut System, group: NodeId, over: &HandOver) {
    system.join_again(EdgeKind::Writes, group, over.dataset, over.written, Certainty::Inferred);
    system.join_again(EdgeKind::Reads, group, over.dataset, over.read, Certainty::Inferred);
}

fn jungles(view: &View<'_>, system: &mut System, overs: Vec<HandOver>) {
    let mut together = UnionFind::<usize>::new(view.program.sources.len());
    // Steps are in pairs: here are programs.
    let index = |unit: Unit| match unit {
        Unit::Program(file) => file.index(),
        Unit::Step(_) => 0,
    };
    for over in &overs {
        together.union(index(over.producer), index(over.consumer));
    }
    let mut members: FxHashMap<usize, Vec<&HandOver>> = FxHashMap::default();
    for over in &overs {
        members.entry(together.find(index(over.producer))).or_default().push(over);
    }
    let mut jungles: Vec<_> = members.into_values().collect();
    jungles.sort_by_key(|m| m.first().map(|o| o.read));
    for members in jungles {
        let programs: FxHashSet<Unit> = members.iter().flat_map(|o| [o.producer, o.consumer]).collect();
        let datasets: FxHashSet<NodeId> = members.iter().map(|o| o.dataset).collect();
        let Some(first) = members.first().filter(|_| programs.len() >= 3 && datasets.len() >= 2) else { continue };
        let tables = datasets.iter().filter(|d| system.node(**d).name.starts_with("table:")).count();
        let what = match tables {
            0 => "files",
            n if n == datasets.len() => "tables",
            _ => "files and tables",
        };
        let name = format!("{} programs hand {} {what} to each other", programs.len(), datasets.len());
        let mut paths: Vec<String> = programs.iter().map(|p| shown(view, system, *p)).collect();
        paths.sort_unstable();
        let group =
            system.add_list(Text::from(&name), first.read, Text::from(paths.first().map_or("", String::as_str)));
        system.say(group, "what", "jungle");
        system.count(group, "size", programs.len());
        for over in members {
            tie(system, group, over);
        }
    }
}
