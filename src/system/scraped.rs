//! Programs that start another program of the repository and pick its printed words apart.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, Role, View};
use crate::program::Node;
use crate::source::{At, Kind};
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Values looked at behind one text.
const WIDTH: usize = 60;

/// Adds a group for each program that is started for the text that it prints.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let started = started(view, system, known);
    if started.is_empty() {
        return;
    }
    let files: FxHashSet<_> = started.keys().map(|at| at.file).collect();
    let mut groups: FxHashMap<At, NodeId> = FxHashMap::default();
    for (_, call) in view.calls().filter(|(def, _)| files.contains(&def.file)) {
        let Some(run) = scraped(view, call, &started) else { continue };
        let at = view.program.place(run);
        let program = started[&at];
        let group = *groups.entry(at).or_insert_with(|| {
            let name = system.node(program).name;
            let group = system.add(NodeKind::Group, name, at, view.symbol(view.program.owner(run)));
            system.say(group, "what", "scraped");
            system.say(group, "role", known.roles[at.file.index()].word());
            group
        });
        system.join(EdgeKind::Reads, group, program, view.program.place(call), Certainty::Inferred);
    }
}

/// The calls in code that start a program of the repository.
fn started(view: &View<'_>, system: &System, known: &Known) -> FxHashMap<At, NodeId> {
    let code = |at: At| matches!(view.program.sources[at.file.index()].kind, Kind::Python | Kind::Notebook);
    let program = |id: NodeId| system.node(id).kind == NodeKind::Module;
    let starts = system.edges().filter(|e| e.kind == EdgeKind::Calls && program(e.to) && code(e.at));
    starts.filter(|e| known.roles[e.at.file.index()] != Role::Test).map(|e| (e.at, e.to)).collect()
}

/// The start whose printed text a call picks apart.
fn scraped(view: &View<'_>, call: Node, started: &FxHashMap<At, NodeId>) -> Option<Node> {
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
        if is_run && started.contains_key(&view.program.place(seen.node)) {
            found = Some(seen.node);
            return Go::Done;
        }
        if is_run { Go::Stop } else { Go::On }
    });
    found
}
