//! Steps that return when their input cannot be read, so that what they wrote the last time is used as if it were new.

use rustc_hash::FxHashSet;

use crate::fact::{Access, OpKind, Text, Val};
use crate::program::branches::Arm;
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::silence::reading;
use crate::value::touches::Touch;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

pub const CHECK: Check = Check { rule: "stale-output-on-error", find };

/// One sighting for each handler after which a step leaves its output as it is.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    let mut told: FxHashSet<Def> = FxHashSet::default();
    for file in view.program.files().filter(|file| view.is_code(*file) && grounds.is_product(*file)) {
        for attempt in view.evaluator.branches.of(file).iter().filter(|arm| arm.first) {
            let Some((step, end, left)) = leaves(view, file, attempt) else { continue };
            let Some(read) = reading(view, file, attempt).filter(|_| is_trusted(grounds, step)) else { continue };
            let Some((write, output)) = written_after(grounds, step, end) else { continue };
            if !told.insert(step) {
                continue;
            }
            found.push(Sighting::new(
                view.program.place(left),
                vec![view.symbol(step), Text::from("output left as it was")],
                grounds.certainty(Certainty::Inferred, &[output]),
                vec![
                    ("step", view.program.definition(step).name.into()),
                    ("output", output.into()),
                    ("read", view.program.place(read).into()),
                    ("write", view.program.place(write).into()),
                    ("role", grounds.role(file).into()),
                ],
            ));
        }
    }
    found
}

/// The function of a `try` whose handler says what went wrong and returns nothing, where the handler ends, and where it
/// returns.
fn leaves(view: &View<'_>, file: FileId, attempt: &Arm) -> Option<(Def, Val, Node)> {
    let at = |value: Val| Node { file, value };
    let op = |value: Val| view.program.op(at(value)).kind;
    if !matches!(op(attempt.start), OpKind::Try) {
        return None;
    }
    let step = view.program.owner(at(attempt.start));
    let handlers = view.evaluator.branches.of(file).iter().filter(|arm| arm.start == attempt.start && !arm.first);
    handlers.into_iter().find_map(|arm| {
        let operations = arm.operations();
        let raises = operations.clone().any(|value| matches!(op(value), OpKind::Raise) || ends(view, at(value)));
        let nothing = |of: Val| matches!(op(of), OpKind::Nothing | OpKind::Bool(false));
        let left = operations.clone().find(|value| matches!(op(*value), OpKind::Return(of) if nothing(of)))?;
        (!raises && step.id != 0).then(|| (step, operations.end, at(left)))
    })
}

/// Does a call end the program?
fn ends(view: &View<'_>, call: Node) -> bool {
    let ends = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(m) if m.ends);
    matches!(view.program.op(call).kind, OpKind::Call(..)) && view.types.callees(call).iter().any(ends)
}

/// Is a function called, and what it gives back never looked at?
fn is_trusted(grounds: &Grounds<'_>, step: Def) -> bool {
    let view = grounds.view;
    let sites = view.types.callers.get(&step).map_or(&[][..], Vec::as_slice);
    let unseen = |call: Node| view.users.of(call).is_empty();
    sites.iter().any(|site| grounds.is_product(site.within.file) && unseen(site.call))
        && sites.iter().all(|site| unseen(site.call))
}

/// What the function writes further down, if somebody else reads it.
fn written_after(grounds: &Grounds<'_>, step: Def, end: Val) -> Option<(Node, NodeId)> {
    let (view, system) = (grounds.view, grounds.system);
    let here = |touch: &Touch<'_>| {
        let calls = touch.way.iter().map(|site| site.call).chain([touch.call]);
        calls.into_iter().find(|call| view.program.owner(*call) == step && call.value >= end)
    };
    let read_by_others = |data: NodeId| {
        let readers = system
            .reaching(data, EdgeKind::Reads)
            .filter(|reader| matches!(system.node(*reader).kind, NodeKind::Function | NodeKind::Module));
        readers.map(|reader| system.node(reader).symbol).any(|symbol| symbol != view.symbol(step))
    };
    grounds
        .touched()
        .filter(|(touch, data)| touch.access == Access::Write && read_by_others(*data))
        .find_map(|(touch, data)| here(touch).map(|call| (call, data)))
}
