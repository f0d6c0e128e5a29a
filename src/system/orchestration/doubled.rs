//! Programs that two pipelines put in order, each by itself.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::fact::Text;
use crate::source::FileId;
use crate::system::graph::{NodeId, System, Value};
use crate::system::{Invocation, Known, Role, View};
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
        let forge = tool == "github";
        let tried = !forge && matches!(known.roles[file.index()], Role::Test | Role::Prototype);
        let starts = system.reached(step, EdgeKind::Calls).any(|to| system.node(to).kind == NodeKind::Step);
        if tried || starts || system.is(step, "loose") && tool != "make" && !forge {
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
    let here = |runs: &BTreeMap<NodeId, NodeId>| runs.values().next().map(|step| system.node(*step).at.file);
    // Is the program told the same from that file as from all others?
    let same = |program: NodeId, file: Option<FileId>| {
        let starts = known.invocations.iter().filter(|start| known.modules[start.program.index()] == program);
        let (own, others): (Vec<&Invocation>, Vec<&Invocation>) = starts.partition(|start| Some(start.at.file) == file);
        own.iter().all(|start| {
            start.arguments.is_empty() && others.is_empty()
                || others.iter().any(|other| other.arguments == start.arguments)
        })
    };
    let mut pairs = Vec::new();
    let mut told: FxHashSet<usize> = FxHashSet::default();
    for (number, ((tool, path), runs)) in pipelines.iter().enumerate() {
        let others = pipelines.iter().enumerate().skip(number + 1).filter(|(_, ((other, _), _))| other != tool);
        for (second, ((other, of), also)) in others {
            let shared: Vec<NodeId> = runs.keys().filter(|program| also.contains_key(*program)).copied().collect();
            let Some(last) = shared.last().filter(|_| shared.len() >= SHARED && !told.contains(&second)) else {
                continue;
            };
            // A forge tries programs out; what it runs just as the other pipeline does, and all of it, it runs in its place.
            let forge = if tool == "github" {
                Some((here(runs), also))
            } else {
                (other == "github").then(|| (here(also), runs))
            };
            if let Some((file, pipeline)) = forge
                && !(pipeline.len() == shared.len() && shared.iter().all(|program| same(*program, file)))
            {
                continue;
            }
            told.insert(second);
            let name = Text::from(&format!("{tool} ({path}) and {other} ({of})"));
            pairs.push((name, shared.len(), runs[last], also[last]));
        }
    }
    for (name, size, first, second) in pairs {
        let (here, there) = (system.node(first).at, system.node(second).at);
        let group = system.add(NodeKind::Group, name, here, name);
        system.say(group, "what", "two-orders");
        system.count(group, "size", size);
        system.join(EdgeKind::Follows, group, first, here, Certainty::Seen);
        system.join(EdgeKind::Follows, group, second, there, Certainty::Seen);
    }
}
