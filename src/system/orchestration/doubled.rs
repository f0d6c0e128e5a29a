//! Programs that two pipelines put in order, each by itself.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::fact::Text;
use crate::system::graph::{NodeId, System, Value};
use crate::system::{Known, Role, View};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// So many programs that both run are no chance.
const SHARED: usize = 2;

/// A pipeline: its tool and the file or folder that declares it.
type Pipeline = (Text, Text);

/// Adds a group for each pair of pipelines that run the same programs, and of which neither starts the other.
pub(super) fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let mut pipelines: BTreeMap<(String, String), (Pipeline, BTreeMap<NodeId, NodeId>)> = BTreeMap::new();
    let steps: Vec<NodeId> = system.nodes().filter(|(_, node)| node.kind == NodeKind::Step).map(|(id, _)| id).collect();
    for step in steps {
        let (file, Some(Value::Text(tool))) = (system.node(step).at.file, system.get(step, "tool")) else { continue };
        let tried = matches!(known.roles[file.index()], Role::Test | Role::Prototype);
        let starts = system.reached(step, EdgeKind::Calls).any(|to| system.node(to).kind == NodeKind::Step);
        if tried || starts || system.is(step, "loose") && tool != "make" {
            continue;
        }
        let path = Text::from(view.program.path(file));
        let programs: Vec<NodeId> =
            system.reached(step, EdgeKind::Calls).filter(|to| system.is(*to, "entry")).collect();
        let (_, runs) =
            pipelines.entry((tool.to_string(), path.to_string())).or_insert_with(|| ((tool, path), BTreeMap::new()));
        for program in programs {
            runs.entry(program).or_insert(step);
        }
    }
    let pipelines: Vec<(Pipeline, BTreeMap<NodeId, NodeId>)> = pipelines.into_values().collect();
    let mut told: FxHashSet<usize> = FxHashSet::default();
    for (number, ((tool, path), runs)) in pipelines.iter().enumerate() {
        let others = pipelines.iter().enumerate().skip(number + 1).filter(|(_, ((other, _), _))| other != tool);
        for (second, ((other, of), also)) in others {
            let shared: Vec<NodeId> = runs.keys().filter(|program| also.contains_key(*program)).copied().collect();
            let Some(last) = shared.last().filter(|_| shared.len() >= SHARED && !told.contains(&second)) else {
                continue;
            };
            told.insert(second);
            let (here, there) = (system.node(runs[last]).at, system.node(also[last]).at);
            let name = Text::from(&format!("{tool} ({path}) and {other} ({of})"));
            let group = system.add(NodeKind::Group, name, here, name);
            system.say(group, "what", "two-orders");
            system.count(group, "size", shared.len());
            system.join(EdgeKind::Follows, group, runs[last], here, Certainty::Seen);
            system.join(EdgeKind::Follows, group, also[last], there, Certainty::Seen);
        }
    }
}
