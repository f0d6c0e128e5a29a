//! Programs that start another program of the repository and pick its printed words apart.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::program::Node;
use crate::source::{At, Kind};
use crate::system::View;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

pub const CHECK: Check = Check { rule: "shared-output-scraped", find };

/// Values looked at behind one text.
const WIDTH: usize = 60;

/// Callers of a function that starts a program, looked at.
const CALLERS: usize = 12;

/// One sighting for each program that is started for the text that it prints.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let started = started(grounds);
    let files: FxHashSet<_> = started.keys().map(|at| at.file).collect();
    let mut found: Vec<Sighting> = Vec::new();
    for (_, call) in view.calls().filter(|(def, _)| files.contains(&def.file)) {
        let Some((run, program)) = scraped(view, call, &started) else { continue };
        let at = view.program.place(run);
        let picked = ("picked", Capture::Place(view.program.place(call)));
        if let Some(known) = found.iter_mut().find(|sighting| sighting.at == at) {
            known.more.push(vec![picked]);
            continue;
        }
        let own = [view.symbol(view.program.owner(run)), system.node(program).name];
        found.push(Sighting {
            at,
            identity: own.into_iter().chain(system.identity(program)).collect(),
            certainty: Certainty::Inferred,
            captures: vec![("program", Capture::Node(program)), picked],
            more: Vec::new(),
        });
    }
    found
}

/// The calls in the team's code that start a program of the repository.
fn started(grounds: &Grounds<'_>) -> FxHashMap<At, NodeId> {
    let sources = grounds.view.program.sources;
    let code = |at: At| matches!(sources[at.file.index()].kind, Kind::Python | Kind::Notebook);
    let program = |id: NodeId| grounds.system.node(id).kind == NodeKind::Module;
    let starts = grounds.system.edges().filter(|e| e.kind == EdgeKind::Calls && program(e.to) && code(e.at));
    starts.filter(|e| grounds.is_product(e.at.file)).map(|e| (e.at, e.to)).collect()
}

/// The start whose printed text a call picks apart.
fn scraped(view: &View<'_>, call: Node, started: &FxHashMap<At, NodeId>) -> Option<(Node, NodeId)> {
    let slot = view.types.callees(call).iter().find_map(|c| match c {
        Callee::Meaning(meaning) => meaning.scrapes.as_ref(),
        Callee::Function(..) => None,
    })?;
    let text = view.types.slot(call, slot)?;
    let mut found = None;
    let mut looked = 0;
    walk(view.evaluator.follow, Seen::anywhere(text), &mut |seen| {
        looked += 1;
        if looked > WIDTH {
            return Go::Done;
        }
        let runs = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.runs.is_some());
        let is_run = view.types.callees(seen.node).iter().any(runs);
        if is_run && let Some(program) = program(view, seen.node, started) {
            found = Some((seen.node, program));
            return Go::Done;
        }
        if is_run { Go::Stop } else { Go::On }
    });
    found
}

/// The program that a call starts: by itself, or with what is handed to its function.
fn program(view: &View<'_>, run: Node, started: &FxHashMap<At, NodeId>) -> Option<NodeId> {
    let callers = view.types.callers.get(&view.program.owner(run)).map_or(&[][..], Vec::as_slice);
    let calls = std::iter::once(run).chain(callers.iter().take(CALLERS).map(|site| site.call));
    calls.into_iter().find_map(|call| started.get(&view.program.place(call)).copied())
}
