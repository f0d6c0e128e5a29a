//! What calls give of the data that is read: the reading call itself, or one that is handed what a call has opened.

use rustc_hash::FxHashMap;

use super::graph::NodeId;
use super::{Known, View};
use crate::fact::{Access, OpKind};
use crate::program::Node;
use crate::value::follow::Seen;
use crate::value::types::Callee;

/// Names that a handle may go by before something is read from it.
const HANDLES: usize = 4;

/// Each dataset that is read, with the call that gives what lies there.
pub fn reads(view: &View<'_>, known: &Known) -> Vec<(NodeId, Node)> {
    let mut found = Vec::new();
    let mut opened: FxHashMap<Node, Vec<NodeId>> = FxHashMap::default();
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let Some(dataset) = *dataset else { continue };
        match touch.access {
            Access::Read if touch.meaning.opens => opened.entry(touch.call).or_default().push(dataset),
            Access::Read => found.push((dataset, touch.call)),
            _ => {}
        }
    }
    if opened.is_empty() {
        return found;
    }
    for (_, call) in view.calls() {
        let handle = view.types.callees(call).iter().find_map(|callee| match callee {
            Callee::Meaning(m) if !m.opens && m.writes.is_none() => view.types.slot(call, m.place.as_ref()?),
            _ => None,
        });
        let datasets = handle.and_then(|handle| opened.get(&opener(view, handle, |node| opened.contains_key(&node))?));
        found.extend(datasets.into_iter().flatten().map(|dataset| (*dataset, call)));
    }
    found
}

/// The call that opened what a value holds.
pub fn opener(view: &View<'_>, handle: Node, opens: impl Fn(Node) -> bool) -> Option<Node> {
    let mut seen = Seen::anywhere(handle);
    for _ in 0..HANDLES {
        if opens(seen.node) {
            return Some(seen.node);
        }
        seen = match view.program.op(seen.node).kind {
            OpKind::With(value) => seen.beside(value),
            _ => view.evaluator.follow.back(&seen).values.pop()?,
        };
    }
    None
}
