//! Notebooks for trying things out that a pipeline runs by the clock.

use super::{Made, Steps};
use crate::fact::Text;
use crate::source::Kind;
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
            let tried = |file: &crate::source::FileId| {
                view.program.sources[file.index()].kind == Kind::Notebook
                    && known.roles[file.index()] == Role::Prototype
                    && view.program.file(*file).injected.is_empty()
                    && view.program.file(*file).parameters.is_empty()
                    && system.reached(task.id, EdgeKind::Calls).any(|to| to == known.modules[file.index()])
            };
            let Some(notebook) = view.program.files().find(tried) else { continue };
            let name = Text::from(view.program.path(notebook));
            let group = system.add(NodeKind::Group, name, task.at, Text::from(view.program.path(task.at.file)));
            system.say(group, "what", "notebook-run");
            system.join(EdgeKind::Follows, group, task.id, task.at, Certainty::Seen);
        }
    }
}
