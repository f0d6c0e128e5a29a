//! Models that are the best of several by rows that are called the test's, where no other rows have the last word.

use super::super::View;
use super::Acts;
use super::leaks::{behind_scores, loop_around};
use super::models::{receiver, trained};
use super::starts;
use crate::fact::{OpKind, Text};
use crate::lexicon::Learns;
use crate::program::{Def, Node};
use crate::system::graph::NodeId;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;

/// Values looked at for the name of some rows.
const NAMES: usize = 60;
/// Columns set on one table that are looked behind for its name.
const SET: usize = 40;

/// What some rows are called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Those that are kept for the end.
    Last,
    /// Those of the training.
    Fitted,
    /// Others, of validation.
    Other,
}

/// The rows by which the model that is stored was picked, and the training of that model.
pub fn by_test_rows(view: &View<'_>, store: Node, value: Node, acts: &Acts<'_>) -> Option<(NodeId, Node)> {
    let def = view.program.owner(store);
    let fitted = trained(view, &Seen::anywhere(value), acts);
    let inside = |around: &std::ops::Range<u32>| {
        acts.all.iter().find(|act| {
            let own = act.meaning.trains == Some(Learns::Model) && act.call.file == store.file;
            own && around.contains(&act.call.value) && (fitted.contains(&act.node) || around.contains(&store.value))
        })
    };
    let conditions = view.program.definition(def).body.clone().filter_map(|at| {
        match view.program.op(Node { value: at, ..store }).kind {
            OpKind::If(condition, _) => Some((Node { value: at, ..store }, Node { value: condition, ..store })),
            _ => None,
        }
    });
    for (at, condition) in conditions {
        let Some(around) = loop_around(view, at) else { continue };
        let Some(act) = inside(&around) else { continue };
        let judged = judged(view, condition, acts).into_iter().filter(|rows| rows.file == store.file);
        let Some(rows) = judged.into_iter().find(|rows| part(view, *rows) == Some(Part::Last)) else { continue };
        return (!others(view, def, &around, acts)).then_some((act.node, rows));
    }
    None
}

/// The rows on which the scores stand that a condition compares.
fn judged(view: &View<'_>, condition: Node, acts: &Acts<'_>) -> Vec<Node> {
    let OpKind::Compare(..) = view.program.op(condition).kind else { return Vec::new() };
    let mut found = Vec::new();
    behind_scores(view, condition, &mut |node| {
        let rows = rows_of(view, node, acts);
        found.extend(rows);
        rows.is_some()
    });
    found
}

/// The rows that a call asks a model about, or measures it on.
fn rows_of(view: &View<'_>, call: Node, acts: &Acts<'_>) -> Option<Node> {
    let OpKind::Call(function, operands) = view.program.op(call).kind else { return None };
    if acts.meaning(call).is_some_and(|m| m.predicts) {
        let act = acts.all.iter().find(|act| act.call == call)?;
        return starts(view, act).into_iter().find(|(is_x, _)| *is_x).map(|(_, rows)| rows);
    }
    let measures = view.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(m) if m.measures));
    let library = view.types.library_name(Node { value: function, ..call }).is_some();
    receiver(view, call).filter(|_| measures && !library)?;
    let first = view.program.operands(call.file, operands).first()?;
    Some(Node { value: first.value, ..call })
}

/// Are there rows outside of a loop, neither of the training nor kept for the end, on which a model is judged?
fn others(view: &View<'_>, def: Def, around: &std::ops::Range<u32>, acts: &Acts<'_>) -> bool {
    let outside =
        view.calls().filter(|(of, call)| of.file == def.file && !(*of == def && around.contains(&call.value)));
    let mut rows = outside.filter_map(|(_, call)| rows_of(view, call, acts));
    rows.any(|rows| part(view, rows) == Some(Part::Other))
}

/// What some rows are called: by the name that is nearest.
pub fn part(view: &View<'_>, rows: Node) -> Option<Part> {
    let words = &view.lexicon.words;
    let mut found = None;
    let mut looked = 0;
    walk(view.evaluator.follow, Seen::anywhere(rows), &mut |seen| {
        looked += 1;
        for name in names(view, seen.node) {
            if words.names_last(&name) {
                found = Some(Part::Last);
                return Go::Done;
            }
            if words.names_part(&name) {
                found = Some(if words.names_fitted(&name) { Part::Fitted } else { Part::Other });
                return Go::Done;
            }
        }
        let splits = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.splits);
        match view.types.callees(seen.node).iter().any(splits) {
            true => Go::Stop,
            false if looked > NAMES => Go::Done,
            false => Go::On,
        }
    });
    found
}

/// The names by which a value goes where it stands.
pub(super) fn names(view: &View<'_>, node: Node) -> Vec<Text> {
    let owner = view.program.owner(node);
    let is = |value: u32| leads_to(view, Node { value, ..node }, node.value);
    let bound = view.program.definition(owner).bindings.iter().filter(|(_, value)| is(*value));
    let mut found: Vec<Text> = bound.map(|(name, _)| *name).collect();
    match view.program.op(node).kind {
        OpKind::Global(name) | OpKind::Attr(_, name) => found.push(name),
        OpKind::Param(index) => {
            found.extend(view.program.definition(owner).params.get(index as usize).map(|p| p.name));
        }
        OpKind::Index(_, key) => found.extend(view.program.literal(Node { value: key, ..node })),
        _ => {}
    }
    found
}

/// Is what a name holds in the end that value, with columns set and effects made since?
fn leads_to(view: &View<'_>, bound: Node, value: u32) -> bool {
    let mut waiting = vec![bound.value];
    for _ in 0..SET {
        let Some(next) = waiting.pop() else { break };
        if next == value {
            return true;
        }
        match view.program.op(Node { value: next, ..bound }).kind {
            OpKind::Bind(_, of) | OpKind::SetIndex(of, ..) | OpKind::After(of, _) if of < next => waiting.push(of),
            OpKind::Either(operands) => {
                let operands = view.program.operands(bound.file, operands).iter().map(|o| o.value);
                waiting.extend(operands.filter(|of| *of < next));
            }
            _ => {}
        }
    }
    false
}
