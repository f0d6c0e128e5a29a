//! Programs that are started and left running, though others read what they write.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::steps::inside;
use super::super::{Invocation, Known, View, is_value_used};
use super::{HandOver, Unit, tie};
use crate::fact::{Access, OpKind, Text};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::touches::Touch;
use crate::value::types::{Callee, Type};
use crate::vocabulary::{Certainty, EdgeKind};

/// Adds a group for each script that starts such programs.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, overs: &[HandOver]) {
    let mut handed: FxHashMap<FileId, &HandOver> = FxHashMap::default();
    for over in overs {
        if let Unit::Program(producer) = over.producer {
            handed.entry(producer).or_insert(over);
        }
    }
    let mut scripts: BTreeMap<FileId, Vec<(&Invocation, &HandOver)>> = BTreeMap::new();
    for start in known.invocations.iter().filter(|start| start.background) {
        if let Some(over) = handed.get(&start.program) {
            scripts.entry(start.at.file).or_default().push((start, over));
        }
        // A script of its own is run later; who reads what it makes must be started beside it.
        let inside: Vec<FileId> = inside(known, start.program).into_iter().map(|(program, _)| program).collect();
        if let Some(over) = inside.iter().find_map(|program| handed.get(program))
            && let Unit::Program(consumer) = over.consumer
            && !inside.contains(&consumer)
            && is_started_beside(known, start, consumer)
        {
            scripts.entry(start.at.file).or_default().push((start, over));
        }
    }
    by_starter(view, system, known);
    functions(view, system, known);
    for (script, mut starts) in scripts {
        starts.sort_by_key(|(start, _)| start.at);
        let Some((first, over)) = starts.first() else { continue };
        let mut programs: Vec<FileId> = starts.iter().map(|(start, _)| start.program).collect();
        programs.sort_unstable();
        programs.dedup();
        let name = format!("`{}`", view.program.path(first.program));
        let name = match programs.len() {
            1 => format!("{name} is"),
            n => format!("{name} and {} more are", n - 1),
        };
        let group = system.add_list(Text::from(&name), first.at, Text::from(view.program.path(script)));
        system.say(group, "what", "unawaited");
        system.count(group, "size", programs.len());
        tie(system, group, over);
    }
}

/// A place that is written by what is left running, and read further down by who left it.
struct Read {
    started: At,
    dataset: NodeId,
    written: At,
    read: At,
}

/// Adds a group for each program that code leaves running though it reads what that writes.
fn by_starter(view: &View<'_>, system: &mut System, known: &Known) {
    let mut found: Vec<(String, Read)> = Vec::new();
    let mut told: FxHashSet<(FileId, FileId, NodeId)> = FxHashSet::default();
    for start in known.invocations.iter().filter(|start| start.background && view.is_code(start.at.file)) {
        let leaving = leaving(view, start.at.file);
        let touched = || view.touches.all.iter().zip(&known.datasets).filter_map(|(t, d)| Some((t, (*d)?)));
        for (write, dataset) in touched().filter(|(t, _)| t.access == Access::Write && t.root.file == start.program) {
            let later = |read: &Touch<'_>| {
                let top = read.top(view.program);
                leaving.iter().find(|(def, call)| view.program.owner(top) == *def && top.value > call.value)
            };
            let mut reads = touched().filter(|(t, of)| *of == dataset && t.access == Access::Read);
            let Some((read, call)) = reads.find_map(|(read, _)| Some((read, later(read)?.1))) else { continue };
            if !told.insert((start.at.file, start.program, dataset)) {
                continue;
            }
            let name = format!("`{}` is", view.program.path(start.program));
            let [written, read] = [write, read].map(|touch| view.program.place(touch.top(view.program)));
            found.push((name, Read { started: view.program.place(call), dataset, written, read }));
        }
    }
    found.into_iter().for_each(|(name, read)| add(view, system, &name, &read));
}

/// The calls of a file that start a program and keep nothing by which it could be waited for.
fn leaving(view: &View<'_>, file: FileId) -> Vec<(Def, Node)> {
    let leaves = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(m) if m.leaves && m.runs.is_some());
    let calls = view.calls().filter(|(def, call)| {
        def.file == file && view.types.callees(*call).iter().any(leaves) && !is_value_used(view, call.file, call.value)
    });
    calls.collect()
}

/// Adds a group for each function that is started in a process or thread of its own which nobody waits for, though the
/// body that starts it reads what it writes.
fn functions(view: &View<'_>, system: &mut System, known: &Known) {
    let mut found: Vec<(String, Read)> = Vec::new();
    for (def, call) in view.calls() {
        let starts = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(m) if m.leaves && m.hands.is_some());
        if !view.types.callees(call).iter().any(starts) {
            continue;
        }
        let Some(started) = started(view, def, call) else { continue };
        let at = view.program.place(started);
        for run in view.types.handed(call).into_iter().flat_map(|(function, _)| view.types.of(function).to_vec()) {
            let Type::Function(function) = run else { continue };
            let reached = view.reach.from_function(function, &|_| false);
            let touched = || view.touches.all.iter().zip(&known.datasets).filter_map(|(t, d)| Some((t, (*d)?)));
            let writes = touched().filter(|(t, _)| t.access == Access::Write && reached.contains(&t.within));
            for (write, dataset) in writes {
                let later = |(read, of): &(&Touch<'_>, NodeId)| {
                    let top = read.top(view.program);
                    *of == dataset
                        && read.access == Access::Read
                        && view.program.owner(top) == def
                        && top.value > started.value
                };
                if let Some((read, _)) = touched().find(later) {
                    let name = format!("`{}` is", view.program.definition(function).name);
                    let [written, read] = [write, read].map(|touch| view.program.place(touch.call));
                    found.push((name, Read { started: at, dataset, written, read }));
                }
            }
        }
    }
    found.into_iter().for_each(|(name, read)| add(view, system, &name, &read));
}

/// Where what a call makes is started, if the body then never asks it anything.
fn started(view: &View<'_>, def: Def, call: Node) -> Option<Node> {
    let mut start = None;
    for value in view.program.definition(def).body.clone() {
        let node = Node { value, ..call };
        let OpKind::Attr(object, name) = view.program.op(node).kind else { continue };
        let mut of = Seen::anywhere(Node { value: object, ..call });
        for _ in 0..4 {
            of = match view.program.op(of.node).kind {
                OpKind::After(before, _) => of.beside(before),
                _ if of.node == call => break,
                _ => match view.evaluator.follow.back(&of).values.pop() {
                    Some(value) => value,
                    None => break,
                },
            };
        }
        if of.node != call {
            continue;
        }
        match name.as_str() {
            "start" => start = Some(node),
            _ => return None,
        }
    }
    start
}

fn add(view: &View<'_>, system: &mut System, name: &str, read: &Read) {
    let symbol = Text::from(view.program.path(read.started.file));
    let group = system.add_list(Text::from(name), read.started, symbol);
    system.say(group, "what", "unawaited");
    system.count(group, "size", 1);
    system.join_again(EdgeKind::Writes, group, read.dataset, read.written, Certainty::Inferred);
    system.join_again(EdgeKind::Reads, group, read.dataset, read.read, Certainty::Inferred);
}

/// Starts the same file later another script in which a program runs, and lets that wait for nothing either?
fn is_started_beside(known: &Known, start: &Invocation, program: FileId) -> bool {
    let later = known.invocations.iter().filter(|other| other.at.file == start.at.file && other.at > start.at);
    let mut queued = later.filter(|other| other.background);
    queued.any(|other| other.program == program || inside(known, other.program).iter().any(|(of, _)| *of == program))
}
