//! Steps whose program writes what they declare to take, and not to make.

use crate::fact::{Declaration, Step, Text};
use crate::program::parent;
use crate::source::{At, FileId};
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::value::spelling::{covers, segments};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

pub const CHECK: Check = Check { rule: "step-rewrites-dependency", find };

/// One sighting for each declared input that its step writes.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let steps = || system.nodes().filter(|(_, node)| node.kind == NodeKind::Step);
    let mut found = Vec::new();
    for file in view.program.files() {
        for declaration in &view.program.file(file).declarations {
            let Declaration::Step(step) = declaration else { continue };
            let at = At { file, span: step.span };
            // Instances of a template share their place, and with it their declarations.
            let mut same = steps().filter(|(_, node)| node.at == at).map(|(id, _)| id);
            let (Some(id), None) = (same.next(), same.next()) else { continue };
            if !step.frozen && !step.inputs.is_empty() {
                found.extend(rewritten(grounds, file, step, id));
            }
        }
    }
    found
}

fn rewritten(grounds: &Grounds<'_>, file: FileId, step: &Step, id: NodeId) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let folder = segments(parent(view.program.path(file)), &step.folder);
    let place = |text: &str| view.placer.path(text, file, Some(&folder)).name;
    let made: Vec<String> = step.outputs.iter().map(|word| place(&word.text)).collect();
    let mut found = Vec::new();
    for input in &step.inputs {
        let name = place(&input.text);
        let Some(data) = system.find(NodeKind::Dataset, Text::from(&name)) else { continue };
        let writes = system.out(id).iter().map(|edge| system.edge(*edge));
        let write = writes.filter(|e| e.kind == EdgeKind::Writes && e.to == data).map(|edge| edge.at).min();
        let outside = ["temporary", "pattern"].iter().any(|flag| system.is(data, flag));
        let Some(write) = write.filter(|_| !outside && !made.iter().any(|out| covers(out, &name))) else { continue };
        found.push(Sighting::new(
            At { file, span: step.span },
            vec![step.name, Text::from(&name)],
            grounds.certainty(Certainty::Inferred, &[data]),
            vec![("step", id.into()), ("data", data.into()), ("write", write.into())],
        ));
    }
    found
}
