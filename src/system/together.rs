//! Debts of one kind that are told of together: the first stands for all.

use super::Known;
use crate::system::graph::{NodeId, System};
use crate::vocabulary::{Certainty, EdgeKind};

/// So many of one kind are told together.
pub const MANY: usize = 4;

/// Lets the first stand for all, if they are many; `kind` says what they have in common: `of this file`.
pub fn tell(system: &mut System, known: &Known, debts: &[NodeId], kind: &str) {
    if debts.len() < MANY {
        debts.iter().for_each(|debt| stand(system, known, &[*debt]));
        return;
    }
    let Some((first, others)) = debts.split_first() else { return };
    system.say(*first, "others", &format!(" and {} others {kind}", others.len()));
    others.iter().for_each(|other| system.mark(*other, "told"));
    stand(system, known, debts);
}

/// The places of all are evidence for the first.
fn stand(system: &mut System, known: &Known, debts: &[NodeId]) {
    let Some(first) = debts.first() else { return };
    for debt in debts {
        let at = system.node(*debt).at;
        system.join_again(EdgeKind::Follows, *first, known.modules[at.file.index()], at, Certainty::Seen);
    }
}
