//! Labels that a model made among labels that somebody observed, with nothing that tells them apart.

use crate::fact::{OpKind, Role as ArgRole, Text};
use crate::lexicon::Learns;
use crate::program::Node;
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::learning::records::Tables;
use crate::system::learning::wide::bearing;
use crate::system::learning::{Act, Acts, starts};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// Values looked at behind labels for where they are put together.
const WIDTH: usize = 60;
/// Values looked at behind a part for a mark.
const MARKS: usize = 200;

pub const CHECK: Check = Check { rule: "pseudo-label-without-provenance", find };

/// One sighting for each training whose labels are put together of observed and of predicted ones.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let (acts, tables) = (&grounds.learning.acts, &grounds.learning.tables);
    let mut found = Vec::new();
    for act in acts.all.iter().filter(|act| act.meaning.trains == Some(Learns::Model)) {
        if !grounds.is_product(act.call.file) || weighs(view, act) {
            continue;
        }
        let Some((_, labels)) = starts(view, act).into_iter().find(|(is_x, _)| !is_x) else { continue };
        let Some((joined, prediction)) = mixed(view, acts, tables, labels) else { continue };
        let own = [view.symbol(view.program.owner(act.call)), system.node(act.node).name];
        found.push(Sighting::new(
            view.program.place(act.call),
            own.into_iter().chain(system.identity(prediction)).collect(),
            grounds.certainty(Certainty::Inferred, &[act.node, prediction]),
            vec![("prediction", prediction.into()), ("joined", view.program.place(joined).into())],
        ));
    }
    found
}

/// Says the fit how much each row counts?
fn weighs(view: &View<'_>, act: &Act<'_>) -> bool {
    let OpKind::Call(_, operands) = view.program.op(act.call).kind else { return false };
    let mut named = view.program.operands(act.call.file, operands).iter();
    named.any(|o| matches!(o.role, ArgRole::Named(name) if view.lexicon.words.weighs(&name)))
}

/// Where labels are put together of such that a model made and such that none did, and the prediction.
fn mixed(view: &View<'_>, acts: &Acts<'_>, tables: &Tables<'_>, labels: Node) -> Option<(Node, NodeId)> {
    let mut column: Option<Text> = None;
    let mut found = None;
    let mut looked = 0;
    walk(view.evaluator.follow, Seen::anywhere(labels), &mut |seen| {
        looked += 1;
        if looked > WIDTH {
            return Go::Done;
        }
        if let OpKind::Index(_, name) = view.program.op(seen.node).kind {
            column = column.or(view.program.literal(seen.beside(name).node));
        }
        let joins = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.joins);
        if view.types.callees(seen.node).iter().any(joins) {
            found = of_both(view, acts, tables, seen, column).map(|prediction| (seen.node, prediction));
            return if found.is_some() { Go::Done } else { Go::Stop };
        }
        // What is predicted, or read, is put together nowhere before.
        let ends = acts.by_call.contains_key(&seen.node) || acts.read_at.contains_key(&seen.node);
        if ends { Go::Stop } else { Go::On }
    });
    found
}

/// The prediction in some of the parts that a call puts together, if others hold none and nothing marks either.
fn of_both(view: &View<'_>, acts: &Acts<'_>, tables: &Tables<'_>, join: &Seen, column: Option<Text>) -> Option<NodeId> {
    let parts = parts(view, join);
    let mut said = None;
    let mut observed = false;
    for part in &parts {
        let borne = bearing(view, tables, acts, part.clone());
        let own = borne.predictions.iter().find(|(_, put)| put.is_none() || column.is_none() || *put == column);
        match own {
            Some((call, _)) => said = said.or(Some(acts.by_call[call])),
            None => observed |= borne.readings.iter().any(|reading| !reading.chooses),
        }
    }
    said.filter(|_| observed && !parts.iter().any(|part| is_marked(view, part)))
}

/// What a call puts together: the elements of its list, or its object and its argument.
fn parts(view: &View<'_>, join: &Seen) -> Vec<Seen> {
    let OpKind::Call(function, operands) = view.program.op(join.node).kind else { return Vec::new() };
    let plain = view.program.operands(join.node.file, operands).iter().filter(|o| o.role == ArgRole::Plain);
    let mut parts: Vec<Seen> = plain.map(|o| join.beside(o.value)).collect();
    if let [only] = parts.as_slice() {
        let back = view.evaluator.follow.back(only).values;
        let list = back.first().unwrap_or(only).clone();
        if let OpKind::List(elements) | OpKind::Tuple(elements) = view.program.op(list.node).kind {
            return view.program.operands(list.node.file, elements).iter().map(|o| list.beside(o.value)).collect();
        }
        if let OpKind::Attr(object, _) = view.program.op(join.beside(function).node).kind {
            parts.push(join.beside(object));
        }
    }
    parts
}

/// Is a column of a part set to one value for all its rows?
fn is_marked(view: &View<'_>, part: &Seen) -> bool {
    let constant = |value: u32| {
        let op = view.program.op(part.beside(value).node).kind;
        matches!(op, OpKind::Int(_) | OpKind::Float(_) | OpKind::Str(_) | OpKind::Bool(_))
    };
    let mut looked = 0;
    let mut marked = false;
    walk(view.evaluator.follow, part.clone(), &mut |seen| {
        looked += 1;
        let here = seen.node.file == part.node.file;
        marked |= here && matches!(view.program.op(seen.node).kind, OpKind::SetIndex(_, _, value) if constant(value));
        if let OpKind::Call(_, operands) = view.program.op(seen.node).kind {
            let named = view.program.operands(seen.node.file, operands).iter();
            let assigns = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.assigns);
            let assigns = view.types.callees(seen.node).iter().any(assigns);
            marked |=
                assigns && here && named.clone().any(|o| matches!(o.role, ArgRole::Named(_)) && constant(o.value));
        }
        if marked || looked > MARKS { Go::Done } else { Go::On }
    });
    marked
}
