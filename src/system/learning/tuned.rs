//! Models that are trained through an optimiser: what holds the variables, and which training changes them.

use rustc_hash::FxHashMap;

use super::super::View;
use super::models::receiver;
use super::{Act, Acts};
use crate::fact::OpKind;
use crate::lexicon::Learns;
use crate::program::Node;
use crate::system::graph::NodeId;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::{Callee, Type};

/// Values looked at for one answer.
const LOOKED_AT: usize = 200;

/// The trainings that change the variables which a constructing call holds.
pub struct Tuned(FxHashMap<Node, Vec<NodeId>>);

impl Tuned {
    /// Follows every training to its optimiser, and that to what it was made of.
    pub fn new(view: &View<'_>, acts: &Acts<'_>) -> Self {
        let mut tuned = Self(FxHashMap::default());
        for act in acts.all.iter().filter(|act| act.meaning.trains == Some(Learns::Model)) {
            for made in optimised(view, act).into_iter().flat_map(|holder| makers(view, holder)) {
                let trainings = tuned.0.entry(made).or_default();
                if !trainings.contains(&act.node) {
                    trainings.push(act.node);
                }
            }
        }
        tuned
    }

    /// The trainings that change what a value holds.
    pub fn of(&self, view: &View<'_>, value: &Seen) -> Vec<NodeId> {
        if self.0.is_empty() {
            return Vec::new();
        }
        makers(view, value.clone()).iter().filter_map(|made| self.0.get(made)).flatten().copied().collect()
    }
}

/// What the optimiser of a training was told to change.
fn optimised(view: &View<'_>, act: &Act<'_>) -> Vec<Seen> {
    let mut found = Vec::new();
    let Some(optimiser) = receiver(view, act.call) else { return found };
    let mut looked = 0;
    walk(view.evaluator.follow, Seen::anywhere(optimiser), &mut |seen| {
        looked += 1;
        let slot = view.types.callees(seen.node).iter().find_map(|callee| match callee {
            Callee::Meaning(meaning) => meaning.tunes.as_ref(),
            Callee::Function(..) => None,
        });
        match slot.and_then(|slot| view.types.slot(seen.node, slot)) {
            Some(holder) => {
                found.push(seen.beside(holder.value));
                Go::Stop
            }
            None if looked > LOOKED_AT => Go::Done,
            None => Go::On,
        }
    });
    found
}

/// The calls of a library's own constructors that made a value.
fn makers(view: &View<'_>, value: Seen) -> Vec<Node> {
    let mut found = Vec::new();
    let mut looked = 0;
    walk(view.evaluator.follow, value, &mut |seen| {
        looked += 1;
        let OpKind::Call(function, _) = view.program.op(seen.node).kind else {
            return if looked > LOOKED_AT { Go::Done } else { Go::On };
        };
        let constructs = view.types.of(seen.beside(function).node).iter().any(|ty| matches!(ty, Type::Library(_)));
        if constructs {
            found.push(seen.node);
            return Go::Stop;
        }
        Go::On
    });
    found
}
