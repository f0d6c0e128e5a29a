//! What reaches written data: predictions, models, other data.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::super::{Known, View};
use super::models::trained;
use super::origins::{Origins, origins};
use super::tuned::Tuned;
use super::{Acts, datasets, features};
use crate::fact::{Access, OpKind, Text};
use crate::system::follow::Seen;
use crate::system::graph::{NodeId, System, Value};
use crate::system::program::Node;
use crate::system::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind};

/// Values looked at for where a handle comes from.
const HANDLES: usize = 40;

/// Adds what written data is made from.
pub fn outputs(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>) {
    let writes = writes(view, known);
    let tuned = Tuned::new(view, acts);
    let found: Vec<Origins> = writes.par_iter().map(|(_, value, _)| origins(view, value.clone(), acts)).collect();
    for ((dataset, value, call), origins) in writes.iter().zip(found) {
        let at = view.program.place(*call);
        let mut trained = trained(view, value, acts);
        if trained.is_empty() && system.get(*dataset, "content") == Some(Value::Text(Text::from("model"))) {
            trained = tuned.of(view, value);
        }
        // A stored model holds what was learnt from its columns, not the columns.
        if trained.is_empty() {
            features::written(view, system, acts, value);
        }
        for prediction in &origins.predictions {
            system.join(EdgeKind::Feeds, acts.by_call[prediction], *dataset, at, Certainty::Inferred);
        }
        for read in &origins.reads {
            for from in datasets(view, read, acts) {
                if from != *dataset {
                    system.join(EdgeKind::Derives, *dataset, from, at, Certainty::Inferred);
                }
            }
        }
        for training in trained {
            system.join(EdgeKind::Trains, training, *dataset, at, Certainty::Inferred);
        }
    }
}

/// Values that are written, by the call itself or through a handle that it opened.
fn writes(view: &View<'_>, known: &Known) -> Vec<(NodeId, Seen, Node)> {
    let mut writes = Vec::new();
    let mut opened: FxHashMap<Node, Vec<NodeId>> = FxHashMap::default();
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let Some(dataset) = *dataset else { continue };
        if !matches!(touch.access, Access::Write | Access::Append) {
            continue;
        }
        match touch.value {
            Some(value) => {
                // The value is seen through the same calls as the place.
                let stack = touch.way.iter().copied().collect();
                writes.push((dataset, Seen { node: value, stack }, touch.call));
            }
            None => opened.entry(touch.call).or_default().push(dataset),
        }
    }
    for (_, call) in view.calls() {
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            let (Some(place), Some(value)) = (&meaning.place, &meaning.value) else { continue };
            if meaning.writes.is_some() {
                continue;
            }
            let (Some(handle), Some(value)) = (view.types.slot(call, place), view.types.slot(call, value)) else {
                continue;
            };
            let through = opened_as(view, handle, &opened);
            writes.extend(through.into_iter().map(|dataset| (dataset, Seen::anywhere(value), call)));
        }
    }
    writes
}

/// The datasets behind a handle: what the call that opened it opens, followed through names, calls and returns.
fn opened_as(view: &View<'_>, handle: Node, opened: &FxHashMap<Node, Vec<NodeId>>) -> Vec<NodeId> {
    let mut waiting = vec![Seen::anywhere(handle)];
    for _ in 0..HANDLES {
        let Some(seen) = waiting.pop() else { break };
        if let Some(datasets) = opened.get(&seen.node) {
            return datasets.clone();
        }
        waiting.extend(view.evaluator.follow.back(&seen).values);
        // `csv.writer(handle)` writes to the handle.
        if let OpKind::Call(_, operands) = view.program.op(seen.node).kind
            && let Some(first) = view.program.operands(seen.node.file, operands).first()
        {
            waiting.push(seen.beside(first.value));
        }
    }
    Vec::new()
}
