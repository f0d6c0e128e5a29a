//! Models that learn what another model gets wrong.

use super::super::{Known, Role, View};
use super::loops::Landed;
use super::records::Tables;
use super::wide::bearing;
use super::{Act, Acts, starts};
use crate::fact::{OpKind, Operator};
use crate::lexicon::Learns;
use crate::program::Node;
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Values looked at behind labels.
const WIDTH: usize = 40;

/// Adds a group for each training whose labels are the difference between what was seen and what another model said.
pub fn derive(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    acts: &Acts<'_>,
    tables: &Tables<'_>,
    landed: &Landed,
) {
    for act in &acts.all {
        let role = known.roles[act.call.file.index()];
        if act.meaning.trains != Some(Learns::Model) || role == Role::Prototype {
            continue;
        }
        let Some((_, labels)) = starts(view, act).into_iter().find(|(is_x, _)| !is_x) else { continue };
        let Some((node, first)) = correction(view, system, acts, tables, landed, act, labels) else { continue };
        let at = view.program.place(act.call);
        let name = system.node(act.node).name;
        let group = system.add(NodeKind::Group, name, at, view.symbol(view.program.owner(act.call)));
        system.say(group, "what", "cascade");
        system.join(EdgeKind::Follows, group, act.node, view.program.place(node), Certainty::Inferred);
        system.join(EdgeKind::Feeds, first, group, at, Certainty::Inferred);
    }
}

/// The difference that labels are, and the prediction of another model in it.
fn correction(
    view: &View<'_>,
    system: &System,
    acts: &Acts<'_>,
    tables: &Tables<'_>,
    landed: &Landed,
    act: &Act<'_>,
    labels: Node,
) -> Option<(Node, NodeId)> {
    let mut waiting = vec![Seen::anywhere(labels)];
    for _ in 0..WIDTH {
        let seen = waiting.pop()?;
        if let OpKind::Binary(Operator::Sub | Operator::Div, left, right) = view.program.op(seen.node).kind {
            let of = |value: u32| said(view, acts, tables, landed, seen.beside(value));
            let first = match (of(left).first().copied(), of(right).first().copied()) {
                (None, Some(call)) | (Some(call), None) => Some(acts.by_call[&call]),
                _ => None,
            };
            let own = |id: &NodeId| system.reaching(*id, EdgeKind::Feeds).any(|training| training == act.node);
            if let Some(first) = first.filter(|id| !own(id)) {
                return Some((seen.node, first));
            }
        }
        let back = view.evaluator.follow.back(&seen).values;
        if back.is_empty() {
            waiting.extend(super::cuts::form_of(view, &seen));
        }
        waiting.extend(back);
        // `frame["left"] = frame["sold"] - expected; fit(x, frame["left"])`
        if let OpKind::Index(object, index) = view.program.op(seen.node).kind
            && let OpKind::SetIndex(_, column, value) = view.program.op(seen.beside(object).node).kind
            && view.program.literal(seen.beside(index).node).is_some()
            && view.program.literal(seen.beside(index).node) == view.program.literal(seen.beside(column).node)
        {
            waiting.push(seen.beside(value));
        }
    }
    None
}

/// The predictions that a value is, or that lie in the column that it is.
fn said(view: &View<'_>, acts: &Acts<'_>, tables: &Tables<'_>, landed: &Landed, value: Seen) -> Vec<Node> {
    let borne = bearing(view, tables, acts, value);
    let mut found: Vec<Node> = borne.predictions.iter().map(|(call, _)| *call).collect();
    for reading in borne.readings.iter().filter(|reading| !reading.chooses) {
        let column = reading.column.and_then(|column| landed.get(&(reading.source, column)));
        found.extend(column.into_iter().flatten());
    }
    found
}
