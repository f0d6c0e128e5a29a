//! Models whose loading may fail without anybody looking: the program goes on with the weights that it had.

use rustc_hash::FxHashSet;

use super::swallowed::silent_handler;
use super::{Known, Role, View};
use crate::fact::{Access, Text};
use crate::system::graph::System;
use crate::system::lexicon::Subject;
use crate::system::program::Node;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds a group for each loading of a model whose error ends in silence.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let mut told: FxHashSet<Node> = FxHashSet::default();
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let role = known.roles[touch.call.file.index()];
        if touch.access != Access::Read || touch.subject != Subject::Model || role == Role::Test {
            continue;
        }
        let Some(end) = silent_handler(view, touch.call) else { continue };
        if !told.insert(end) {
            continue;
        }
        let name = dataset.map_or_else(|| Text::from("a model"), |dataset| system.node(dataset).name);
        let at = view.program.place(end);
        let group = system.add(NodeKind::Group, name, at, view.symbol(touch.within));
        system.say(group, "what", "unheeded");
        system.say(group, "role", role.word());
        if let Some(dataset) = *dataset {
            system.join(EdgeKind::Reads, group, dataset, view.program.place(touch.call), Certainty::Seen);
        }
    }
}
