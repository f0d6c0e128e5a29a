//! Steps that compute something and drop it: it is looked at, and neither written, given back nor handed on.

use rustc_hash::FxHashSet;

use crate::fact::{Access, OpKind, Role as ArgRole, Text, Val};
use crate::program::{Def, Node};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::shown::shown_only;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, NodeKind};

pub const CHECK: Check = Check { rule: "lost-step-result", find };

/// One sighting for each call of a step's function whose result is dropped.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let touching: FxHashSet<Def> = view
        .touches
        .all
        .iter()
        .filter(|touch| touch.access != Access::Read)
        .map(|touch| view.program.owner(touch.call))
        .chain(grounds.known.queries.iter().map(|query| view.program.owner(query.call)))
        .collect();
    let mut steps: Vec<(Text, Def)> = Vec::new();
    for (step, functions) in &grounds.known.step_functions {
        steps.extend(functions.iter().map(|function| (system.node(*step).name, *function)));
    }
    steps.sort_unstable_by_key(|(_, function)| *function);
    steps.dedup_by_key(|(_, function)| *function);
    let mut found = Vec::new();
    for (step, function) in steps.into_iter().filter(|(_, function)| grounds.is_product(function.file)) {
        for value in view.program.definition(function).body.clone() {
            let call = Node { file: function.file, value };
            let Some(made_by) = computes(grounds, call, &touching) else { continue };
            if shown_only(view, call) != Some(true) || is_learning(grounds, call) {
                continue;
            }
            let name = view.program.definition(made_by).name;
            found.push(Sighting::new(
                view.program.place(call),
                vec![view.symbol(function), name],
                Certainty::Inferred,
                vec![
                    ("step", step.into()),
                    ("function", name.into()),
                    ("made", view.program.def_place(made_by).into()),
                    ("role", grounds.role(function.file).into()),
                ],
            ));
        }
    }
    found
}

/// Does a call fit a model or ask one?
fn is_learning(grounds: &Grounds<'_>, call: Node) -> bool {
    let mut acts = grounds.learning.acts.all.iter().filter(|act| act.call == call);
    acts.any(|act| grounds.system.node(act.node).kind != NodeKind::Check)
}

/// The function of the repository that a call asks, if it makes something of what it is given and does nothing else.
fn computes(grounds: &Grounds<'_>, call: Node, touching: &FxHashSet<Def>) -> Option<Def> {
    let view = grounds.view;
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return None };
    let [Callee::Function(def, _)] = view.types.callees(call) else { return None };
    let definition = view.program.definition(*def);
    let operands = view.program.operands(call.file, operands);
    let given = operands.iter().filter(|o| o.role != ArgRole::Spread);
    // What is looked at again afterwards may have been changed by the call.
    let is_spent = |value: Val| {
        let users = view.users.of(Node { value, ..call });
        users.iter().all(|user| *user <= call.value)
    };
    let given: Vec<Val> = given.map(|o| o.value).collect();
    if given.is_empty()
        || !given.iter().all(|value| is_spent(*value))
        || view.lexicon.words.verifies(&definition.name)
        || definition.params.is_empty()
    {
        return None;
    }
    let makes = view.types.returned(*def).next().is_some()
        && view.types.returned(*def).all(|node| {
            !matches!(
                view.program.op(node).kind,
                OpKind::Nothing | OpKind::Bool(_) | OpKind::Int(_) | OpKind::Str(_) | OpKind::Compare(..)
            )
        });
    if !makes {
        return None;
    }
    // What is only loaded to be counted is no work that is lost.
    if view.touches.all.iter().any(|touch| touch.access == Access::Read && touch.within == *def) {
        return None;
    }
    let reach = view.reach.from_function(*def, &|_| false);
    let quiet = reach.iter().all(|def| {
        !touching.contains(def)
            && view.program.definition(*def).body.clone().all(|value| is_quiet(view, Node { file: def.file, value }))
    });
    quiet.then_some(*def)
}

/// Does an operation change nothing outside of the function?
fn is_quiet(view: &View<'_>, node: Node) -> bool {
    match view.program.op(node).kind {
        OpKind::SetAttr(..) | OpKind::Delete(_) => false,
        OpKind::Call(..) => {
            let callees = view.types.callees(node);
            let acts = |callee: &Callee<'_>| match callee {
                Callee::Meaning(m) => {
                    m.writes.is_some() || m.promotes.is_some() || m.sql.is_some() || m.pushes.is_some()
                }
                Callee::Function(..) => false,
            };
            !callees.iter().any(acts)
                && (!callees.is_empty()
                    || view.types.method_name(node).is_none_or(|name| !view.lexicon.words.has_effect(&name)))
        }
        _ => true,
    }
}
