//! Places for the model that a fit, or what is fitted, was told of: callbacks and settings that keep it on the way.

use rustc_hash::FxHashMap;

use super::super::{Known, View};
use super::Acts;
use crate::fact::{Access, OpKind};
use crate::lexicon::Learns;
use crate::program::Node;
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::vocabulary::{Certainty, EdgeKind};

/// Values looked at for one training.
const LOOKED_AT: usize = 200;

/// Joins each training to the places at which what it was given keeps models.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>) {
    let mut keepers: FxHashMap<Node, Vec<NodeId>> = FxHashMap::default();
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        if let Some(dataset) = dataset
            && touch.meaning.holds_models
            && touch.access == Access::Write
        {
            keepers.entry(touch.call).or_default().push(*dataset);
        }
    }
    if keepers.is_empty() {
        return;
    }
    for act in acts.all.iter().filter(|act| act.meaning.trains == Some(Learns::Model)) {
        let OpKind::Call(_, operands) = view.program.op(act.call).kind else { continue };
        let given = view.program.operands(act.call.file, operands).iter().map(|o| Node { value: o.value, ..act.call });
        for start in act.subjects(view).into_iter().chain(given) {
            let mut looked = 0;
            walk(view.evaluator.follow, Seen::anywhere(start), &mut |seen| {
                looked += 1;
                if let Some(places) = keepers.get(&seen.node) {
                    for place in places {
                        let at = view.program.place(seen.node);
                        system.join(EdgeKind::Trains, act.node, *place, at, Certainty::Inferred);
                    }
                    return Go::Stop;
                }
                if looked > LOOKED_AT { Go::Done } else { Go::On }
            });
        }
    }
}
