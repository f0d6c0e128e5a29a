//! Models that commands fit and ask.

use super::registry;
use crate::system::graph::{NodeId, System};
use crate::system::{Known, Role};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds the trainings and predictions of commands, fits first: what is asked may be written further up.
pub fn derive(system: &mut System, known: &Known) {
    for command in known.learners.iter().filter(|command| !command.asks) {
        let node = system.add(NodeKind::Training, command.program, command.at, command.symbol);
        system.say(node, "role", Role::Train.word());
        system.say(node, "library", &command.program);
        system.say(node, "learns", "model");
        system.say(node, "selection", "unknown");
        feed(system, &command.data, node);
        for kept in &command.models {
            system.join(EdgeKind::Trains, node, *kept, command.at, Certainty::Inferred);
        }
    }
    for command in known.learners.iter().filter(|command| command.asks) {
        let node = system.add(NodeKind::Prediction, command.program, command.at, command.symbol);
        let role = known.roles.get(command.at.file.index()).map_or(Role::Plain, |role| *role);
        system.say(node, "role", role.word());
        system.say(node, "library", &command.program);
        feed(system, &command.data, node);
        for model in &command.models {
            system.join(EdgeKind::Predicts, *model, node, command.at, Certainty::Inferred);
            let behind = registry::behind(system, *model);
            let trainings: Vec<NodeId> = behind
                .into_iter()
                .flat_map(|kept| system.reaching(kept, EdgeKind::Trains).collect::<Vec<_>>())
                .collect();
            feed(system, &trainings, node);
        }
        for answers in &command.answers {
            system.join(EdgeKind::Feeds, node, *answers, command.at, Certainty::Inferred);
        }
    }
}

fn feed(system: &mut System, from: &[NodeId], node: NodeId) {
    let at = system.node(node).at;
    for source in from {
        system.join(EdgeKind::Feeds, *source, node, at, Certainty::Inferred);
    }
}
