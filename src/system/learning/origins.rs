//! What a value is made from: the data that was read, the calls that learnt, predicted or split.

use super::super::View;
use super::Acts;
use super::held::held;
use super::picked::picked;
use crate::fact::{Comparison, OpKind};
use crate::program::Node;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk_with};
use crate::value::types::Callee;

/// What a value was found to be made from.
#[derive(Default)]
pub struct Origins {
    /// Calls that read data, and the way in.
    pub reads: Vec<Seen>,
    /// Calls that predict.
    pub predictions: Vec<Node>,
    /// Calls that learn.
    pub trainings: Vec<Node>,
    /// Calls that split.
    pub splits: Vec<Node>,
    /// Calls that make rows from the rows around them.
    pub lags: Vec<Node>,
}

/// Walks back from a value to what it is made from.
pub fn origins(view: &View<'_>, start: Seen, acts: &Acts<'_>) -> Origins {
    let mut found = Origins::default();
    let more = |seen: &Seen, push: &mut dyn FnMut(Seen)| {
        held(view, seen, push);
        picked(view, seen, push);
        decided(view, seen, push);
    };
    walk_with(view.evaluator.follow, start, &more, &mut |seen| {
        let node = seen.node;
        if acts.read_at.contains_key(&node) {
            found.reads.push(seen.clone());
            return Go::Stop;
        }
        if let OpKind::Call(..) = view.program.op(node).kind {
            if let Some(act) = acts.meaning(node) {
                if act.splits {
                    found.splits.push(node);
                }
                if act.trains.is_some() {
                    found.trainings.push(node);
                }
                if act.predicts {
                    found.predictions.push(node);
                    return Go::Stop;
                }
            }
            for callee in view.types.callees(node) {
                let Callee::Meaning(meaning) = callee else { continue };
                if meaning.looks_back {
                    found.lags.push(node);
                }
            }
        }
        Go::On
    });
    found
}

/// What is made of a value by a bound: `score > 0.5` says something of the score.
fn decided(view: &View<'_>, seen: &Seen, push: &mut dyn FnMut(Seen)) {
    if let OpKind::Compare(
        Comparison::Less | Comparison::Greater | Comparison::AtMost | Comparison::AtLeast,
        left,
        right,
    ) = view.program.op(seen.node).kind
    {
        push(seen.beside(left));
        push(seen.beside(right));
    }
}
