//! What reaches written data: predictions, models, other data.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::super::{Known, View};
use super::identity::{Models, roots};
use super::models::trained;
use super::origins::{Origins, origins};
use super::tuned::Tuned;
use super::{Acts, datasets};
use crate::fact::{Access, OpKind, Text};
use crate::program::{Def, Node};
use crate::system::graph::{NodeId, System, Value};
use crate::value::follow::{Seen, Stack};
use crate::value::types::{Callee, Site};
use crate::vocabulary::{Certainty, EdgeKind};

/// Values looked at for where a handle comes from.
const HANDLES: usize = 40;

/// Adds what written data is made from.
pub fn outputs(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>, models: &Models) {
    answered(view, system, known, acts);
    let writes = writes(view, known);
    let tuned = Tuned::new(view, acts);
    let found: Vec<Origins> = writes.par_iter().map(|(_, value, _)| origins(view, value.clone(), acts)).collect();
    for ((dataset, value, call), origins) in writes.iter().zip(found) {
        let at = view.program.place(*call);
        let mut trained = trained(view, value, acts);
        if trained.is_empty() && system.get(*dataset, "content") == Some(Value::Text(Text::from("model"))) {
            trained = tuned.of(view, value);
        }
        let model = system.get(*dataset, "content") == Some(Value::Text(Text::from("model")));
        if trained.is_empty() && (model || origins.predictions.is_empty()) {
            trained = models.trainings(&roots(view, value.clone(), acts).roots);
            // What is kept is the model itself, whatever the name of its file.
            if !trained.is_empty() && system.get(*dataset, "content") == Some(Value::Text(Text::from("data"))) {
                system.say(*dataset, "content", "model");
            }
        }
        // What a model answered while it was fitted is not kept with it.
        let answers = if model && !trained.is_empty() { &[][..] } else { &origins.predictions[..] };
        for prediction in answers {
            system.join(EdgeKind::Feeds, acts.by_call[prediction], *dataset, at, Certainty::Inferred);
        }
        for read in &origins.reads {
            for from in datasets(read, acts) {
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

/// What a call that asks a model writes itself are its answers.
fn answered(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>) {
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let Some(dataset) = *dataset else { continue };
        if matches!(touch.access, Access::Write | Access::Append)
            && touch.meaning.predicts
            && let Some(prediction) = acts.by_call.get(&touch.call)
        {
            system.join(EdgeKind::Feeds, *prediction, dataset, view.program.place(touch.call), Certainty::Inferred);
        }
    }
}

/// A dataset that a call opens, and the calls on the way in through which it is that one.
type Opened<'w> = Vec<(NodeId, &'w [Site])>;

/// Values that are written, by the call itself or through a handle that it opened.
pub fn writes(view: &View<'_>, known: &Known) -> Vec<(NodeId, Seen, Node)> {
    let mut writes = Vec::new();
    writes.extend(known.kept.iter().map(|(value, dataset)| (*dataset, Seen::anywhere(*value), *value)));
    let mut opened: FxHashMap<Node, Opened<'_>> = FxHashMap::default();
    let mut moved: FxHashMap<Def, Opened<'_>> = FxHashMap::default();
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
                if touch.meaning.copies {
                    moved.entry(touch.within).or_default().push((dataset, &touch.way));
                }
            }
            // `savez(path, a=rows)`: whatever else it is given is written.
            None if touch.meaning.holds_models => {}
            None if !touch.meaning.opens && touch.meaning.writes.is_some() => {
                let stack: Stack = touch.way.iter().copied().collect();
                let OpKind::Call(_, operands) = view.program.op(touch.call).kind else { continue };
                for operand in view.program.operands(touch.call.file, operands).iter().take(HANDLES) {
                    let node = Node { value: operand.value, ..touch.call };
                    if Some(node) != touch.place {
                        writes.push((dataset, Seen { node, stack: stack.clone() }, touch.call));
                    }
                }
                opened.entry(touch.call).or_default().push((dataset, &touch.way));
            }
            None => opened.entry(touch.call).or_default().push((dataset, &touch.way)),
        }
    }
    for (within, call) in view.calls() {
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            let (Some(place), Some(value)) = (&meaning.place, &meaning.value) else { continue };
            if meaning.writes.is_some() {
                continue;
            }
            let (Some(handle), Some(value)) = (view.types.slot(call, place), view.types.slot(call, value)) else {
                continue;
            };
            for (dataset, way) in opened_as(view, handle, within, &opened, &moved) {
                writes.push((dataset, Seen { node: value, stack: way.iter().copied().collect() }, call));
            }
        }
    }
    writes
}

/// The datasets behind a handle: what the call that opened it opens, followed through names, calls and returns; each
/// with the calls through which the body that holds the handle was entered, where they are known.
fn opened_as<'w>(
    view: &View<'_>,
    handle: Node,
    within: Def,
    opened: &FxHashMap<Node, Opened<'w>>,
    moved: &FxHashMap<Def, Opened<'w>>,
) -> Opened<'w> {
    let mut waiting = vec![Seen::anywhere(handle)];
    let mut maker = None;
    for _ in 0..HANDLES {
        let Some(seen) = waiting.pop() else { break };
        if let Some(datasets) = opened.get(&seen.node) {
            let here = view.program.owner(seen.node) == within;
            let way = |way: &'w [Site]| if here { way } else { &[] };
            return datasets.iter().map(|(dataset, calls)| (*dataset, way(calls))).collect();
        }
        // What a `with` binds may be what the function in it yields.
        let call = match view.program.op(seen.node).kind {
            OpKind::With(value) => Node { value, ..seen.node },
            _ => seen.node,
        };
        for callee in view.types.callees(call) {
            if let Callee::Function(def, _) = callee
                && view.program.owner(call) == within
            {
                maker = maker.or(moved.get(def).map(|datasets| (call, datasets)));
            }
        }
        waiting.extend(view.evaluator.follow.back(&seen).values);
        // `csv.writer(handle)` writes to the handle.
        if let OpKind::Call(_, operands) = view.program.op(seen.node).kind
            && let Some(first) = view.program.operands(seen.node.file, operands).first()
        {
            waiting.push(seen.beside(first.value));
        }
    }
    // What is written elsewhere first and then moved into place by the function that gave the handle.
    let Some((call, datasets)) = maker else { return Vec::new() };
    let through = |(dataset, way): &(NodeId, &'w [Site])| {
        let (last, outer) = way.split_last()?;
        (last.call == call).then_some((*dataset, outer))
    };
    datasets.iter().filter_map(through).collect()
}
