//! Notebooks for trying things out that a pipeline runs by the clock.

use super::{Made, Steps};
use crate::fact::Text;
use crate::source::Kind;
use crate::source::{At, FileId};
use crate::system::graph::NodeId;
use crate::system::graph::System;
use crate::system::{Known, Role, View};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds a group for each step of a scheduled flow that runs a notebook which takes no parameters: it was never made to be run by others.
pub(super) fn derive(view: &View<'_>, system: &mut System, known: &Known, steps: &Steps<'_>) {
    for flow in steps.flows.iter().filter(|flow| flow.scheduled) {
        for task in flow.tasks.iter().map(|index| &steps.tasks[*index]) {
            // Who gives it parameters runs it as a program.
            let given = |call| task.form.tells.as_ref().is_some_and(|slot| view.types.slot(call, slot).is_some());
            if matches!(task.made, Made::Call(call) if given(call)) {
                continue;
            }
            tell(view, system, known, task.id, task.at);
        }
    }
}

/// The same for steps that files declare and the clock starts.
pub(super) fn timed(view: &View<'_>, system: &mut System, known: &Known) {
    let steps =
        system.nodes().filter(|(id, node)| node.kind == NodeKind::Step && system.get(*id, "schedule").is_some());
    let steps: Vec<(NodeId, At)> = steps.map(|(id, node)| (id, node.at)).collect();
    for (step, at) in steps {
        let starts = |start: &&crate::system::Invocation| {
            start.at.file == at.file
                && system.reached(step, EdgeKind::Calls).any(|to| to == known.modules[start.program.index()])
        };
        // The line that runs it says more than the head of the job.
        let notebook =
            |start: &&crate::system::Invocation| view.program.sources[start.program.index()].kind == Kind::Notebook;
        let line = known.invocations.iter().filter(notebook).find(starts).map_or(at, |start| start.at);
        tell(view, system, known, step, line);
    }
}

fn tell(view: &View<'_>, system: &mut System, known: &Known, step: NodeId, at: At) {
    let tried = |file: &FileId| {
        view.program.sources[file.index()].kind == Kind::Notebook
            && known.roles[file.index()] == Role::Prototype
            && view.program.file(*file).injected.is_empty()
            && view.program.file(*file).parameters.is_empty()
            && system.reached(step, EdgeKind::Calls).any(|to| to == known.modules[file.index()])
    };
    let Some(notebook) = view.program.files().find(tried) else { return };
    let name = Text::from(view.program.path(notebook));
    let group = system.add(NodeKind::Group, name, at, Text::from(view.program.path(at.file)));
    system.say(group, "what", "notebook-run");
    system.join(EdgeKind::Follows, group, step, at, Certainty::Seen);
}
