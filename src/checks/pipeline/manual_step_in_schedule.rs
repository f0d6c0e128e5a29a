//! Scheduled steps that read what only a notebook, or a script that nothing starts, writes.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::Access;
use crate::source::{At, FileId};
use crate::system::Role;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::data::is_gated;
use crate::system::graph::NodeId;
use crate::value::spelling::covers;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

pub const CHECK: Check = Check { rule: "manual-step-in-schedule", find };

/// One sighting for each dataset that scheduled steps read and that only a person makes.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let started = started(grounds);
    let mut readers: FxHashMap<NodeId, (NodeId, At)> = FxHashMap::default();
    for (step, node) in system.nodes().filter(|(_, node)| node.kind == NodeKind::Step) {
        if !is_scheduled(grounds, step) {
            continue;
        }
        for edge in system.out(step).iter().map(|edge| system.edge(*edge)).filter(|e| e.kind == EdgeKind::Reads) {
            let first = readers.entry(edge.to).or_insert((step, edge.at));
            if node.at < system.node(first.0).at {
                *first = (step, edge.at);
            }
        }
    }
    // What is read only if it is there, and what tests write, says nothing.
    let mut gated: FxHashSet<NodeId> = FxHashSet::default();
    let mut writers: FxHashMap<NodeId, FxHashMap<FileId, At>> = FxHashMap::default();
    for (touch, dataset) in grounds.touched() {
        let at = view.program.place(touch.top(view.program));
        match touch.access {
            Access::Read if is_gated(view, touch.call) => drop(gated.insert(dataset)),
            Access::Write | Access::Append if grounds.role(touch.root.file) != Role::Test => {
                writers.entry(dataset).or_default().entry(touch.root.file).or_insert(at);
            }
            _ => {}
        }
    }
    for query in grounds.known.queries.iter().filter(|query| query.access != Access::Read) {
        let at = view.program.place(query.call);
        writers.entry(query.dataset).or_default().entry(query.call.file).or_insert(at);
    }
    let mut read: Vec<(NodeId, (NodeId, At))> = readers.into_iter().collect();
    read.sort_unstable_by_key(|(_, (_, at))| *at);
    let mut found = Vec::new();
    for (dataset, (step, at)) in read {
        let name = system.node(dataset).name;
        let outside = ["pattern", "temporary", "declared", "copied"];
        let kept = view.program.keeps(&name) || view.program.keeps_folder(&name);
        let Some(by) = writers.get(&dataset) else { continue };
        let made = system.reaching(dataset, EdgeKind::Writes).any(|of| system.node(of).kind == NodeKind::Step);
        let other = writers.keys().any(|other| {
            *other != dataset && (covers(&system.node(*other).name, &name) || covers(&name, &system.node(*other).name))
        });
        if outside.iter().any(|flag| system.is(dataset, flag))
            || kept
            || made
            || other
            || gated.contains(&dataset)
            || by.keys().any(|file| started.contains(file))
        {
            continue;
        }
        let Some((file, write)) = by.iter().min_by_key(|(file, _)| **file) else { continue };
        let how = if grounds.role(*file) == Role::Prototype { "notebook" } else { "script" };
        found.push(Sighting::new(
            at,
            vec![system.node(step).name, name],
            grounds.certainty(Certainty::Inferred, &[dataset]),
            vec![
                ("step", step.into()),
                ("data", dataset.into()),
                ("writer", crate::fact::Text::from(view.program.path(*file)).into()),
                ("how", crate::fact::Text::from(how).into()),
                ("write", (*write).into()),
            ],
        ));
    }
    found
}

/// Does the clock start a step, or the flow that it belongs to?
fn is_scheduled(grounds: &Grounds<'_>, step: NodeId) -> bool {
    let system = grounds.system;
    let timed = |id: NodeId| system.get(id, "schedule").is_some();
    timed(step)
        || system.reached(step, EdgeKind::Follows).any(|of| system.node(of).kind == NodeKind::Group && timed(of))
}

/// The files that anything else than a person starts: steps, commands, other programs, and what those import.
fn started(grounds: &Grounds<'_>) -> FxHashSet<FileId> {
    let (view, system, known) = (grounds.view, grounds.system, grounds.known);
    let mut found: FxHashSet<FileId> = known.invocations.iter().map(|start| start.program).collect();
    for file in view.program.files() {
        let module = known.modules[file.index()];
        let called = system.reaching(module, EdgeKind::Calls).any(|of| system.node(of).kind == NodeKind::Step);
        if called || view.reach.is_imported(file) || known.handlers.iter().any(|def| def.file == file) {
            found.insert(file);
        }
    }
    // Where steps are made, their functions are started as well.
    found.extend(known.step_functions.values().flatten().map(|def| def.file));
    found
}
