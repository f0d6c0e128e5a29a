//! Models that are put into use in the run that fitted them, whatever they are worth: no condition stands before it.

use rustc_hash::FxHashSet;

use super::super::{Known, Role, View};
use super::parts::meant;
use super::unjudged::run_of;
use super::{Act, Acts};
use crate::fact::OpKind;
use crate::lexicon::Learns;
use crate::program::{Def, Node};
use crate::system::graph::System;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Callers of callers that may ask the condition.
pub const CALLERS: usize = 3;
/// Values looked at behind a condition.
const STEPS: usize = 60;

/// Adds a group for each fit whose model is put into use without a condition.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>) {
    let fits: Vec<&Act<'_>> = acts.all.iter().filter(|act| act.meaning.trains == Some(Learns::Model)).collect();
    let mut told: FxHashSet<Def> = FxHashSet::default();
    for (within, call) in view.calls() {
        let role = known.roles[within.file.index()];
        if matches!(role, Role::Test | Role::Prototype) || !promotes(view, call) || told.contains(&within) {
            continue;
        }
        if is_gated(view, call, CALLERS) {
            continue;
        }
        let run = run_of(view, known, within);
        // The nearest fit: of this body, of this file, of the run.
        let near = |act: &&&Act<'_>| {
            let owner = view.program.owner(act.call);
            (owner != within, owner.file != within.file, act.call)
        };
        let mine = fits.iter().filter(|act| run.contains(&view.program.owner(act.call)));
        let Some(act) = mine.min_by_key(near) else { continue };
        told.insert(within);
        let place = view.program.place(act.call);
        let group = system.add(NodeKind::Group, system.node(act.node).name, place, view.symbol(within));
        system.say(group, "what", "promoted");
        system.join(EdgeKind::Follows, group, act.node, view.program.place(call), Certainty::Inferred);
    }
}

/// Does a call put a model into use?
pub fn promotes(view: &View<'_>, call: Node) -> bool {
    let Some(slot) = meant(view, call, |m| m.promotes.is_some()).and_then(|m| m.promotes.as_ref()) else {
        return false;
    };
    let Some(stage) = view.types.slot(call, slot) else { return false };
    let said = matches!(view.program.op(stage).kind, OpKind::Bool(true));
    said || view.program.literal(stage).is_some_and(|stage| view.lexicon.words.serves(&stage))
}

/// Does something decide whether a call is reached: a condition around it or before it, here or where this is called?
pub fn is_gated(view: &View<'_>, call: Node, depth: usize) -> bool {
    let is_if = |node: Node| matches!(view.program.op(node).kind, OpKind::If(..));
    let around = view.evaluator.branches.around(call).map(|arm| Node { value: arm.start, ..call });
    if around.into_iter().any(|start| is_if(start) && !view.reach.is_guarded(Node { value: start.value + 1, ..start }))
    {
        return true;
    }
    let within = view.program.owner(call);
    let before = view.program.definition(within).body.start..call.value;
    if before.map(|value| Node { value, ..call }).any(|node| stops(view, node)) {
        return true;
    }
    let callers = view.types.callers.get(&within).map_or(&[][..], Vec::as_slice);
    depth > 0 && !callers.is_empty() && callers.iter().all(|site| is_gated(view, site.call, depth - 1))
}

/// May the run end here if the model is not good enough?
fn stops(view: &View<'_>, node: Node) -> bool {
    // What is raised again is no judgement.
    let handles = |node: Node| {
        let mut arms = view.evaluator.branches.around(node).filter(|arm| !arm.first);
        arms.any(|arm| matches!(view.program.op(Node { value: arm.start, ..node }).kind, OpKind::Try))
    };
    let ends = |node: Node| matches!(view.program.op(node).kind, OpKind::Raise | OpKind::Assert(_)) && !handles(node);
    match view.program.op(node).kind {
        OpKind::Raise | OpKind::Leave => !handles(node),
        OpKind::Assert(condition) => asks(view, Node { value: condition, ..node }),
        OpKind::Call(..) => view.types.callees(node).iter().any(|callee| match callee {
            Callee::Function(def, _) => {
                let body = view.program.definition(*def).body.clone();
                let mut nodes = body.map(|value| Node { file: def.file, value });
                nodes.clone().any(ends) && nodes.any(|node| meant(view, node, |m| m.measures).is_some())
            }
            Callee::Meaning(_) => false,
        }),
        _ => false,
    }
}

/// Does a condition ask more than what form the data has?
fn asks(view: &View<'_>, condition: Node) -> bool {
    let mut looked = 0;
    let plain = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(m) if m.forgets && !m.measures);
    walk(view.evaluator.follow, Seen::anywhere(condition), &mut |seen| {
        looked += 1;
        match view.program.op(seen.node).kind {
            _ if looked > STEPS => Go::Done,
            // `X.shape == (rows, 3)`
            OpKind::Attr(_, name) if view.lexicon.words.forms(&name) => Go::Stop,
            OpKind::Call(..) if view.types.callees(seen.node).iter().any(plain) => Go::Stop,
            OpKind::Call(..) => Go::Done,
            _ => Go::On,
        }
    })
}
