//! Sensors that wait for a run of another flow, and which of them wait for one that there never is.

use super::find::slot_text;
use super::times::{Times, minutes};
use super::{Made, Steps, Task};
use crate::fact::Text;
use crate::program::Node;
use crate::system::View;
use crate::system::graph::System;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds a group for every such sensor.
pub(super) fn derive(view: &View<'_>, system: &mut System, steps: &Steps<'_>) {
    for (index, task) in steps.tasks.iter().enumerate().filter(|(_, task)| task.form.waits) {
        let Made::Call(call) = task.made else { continue };
        let Some(name) = slot_text(view, call, task.form.starts.as_ref()) else { continue };
        let own = steps.flows.iter().find(|flow| flow.tasks.contains(&index));
        let other = steps.flows.iter().find(|flow| flow.name == name);
        let (Some(own), Some(other)) = (own, other) else { continue };
        let (Some(here), Some(there)) = (Times::of(view, system, own), Times::of(view, system, other)) else {
            continue;
        };
        let Some(delta) = delta(view, call, task) else { continue };
        let Some(missed) = here.missed(delta, &there) else { continue };
        let group =
            system.add(NodeKind::Group, Text::from(&task.name), task.at, Text::from(view.program.path(task.at.file)));
        system.say(group, "what", "sensor");
        system.say(group, "because", &format!("`{name}` {}", missed.shown(&here)));
        system.say(group, "hour", &there.shown());
        system.join(EdgeKind::Follows, group, task.id, task.at, Certainty::Seen);
    }
}

/// The minutes by which a sensor looks back; none if that is not known.
fn delta(view: &View<'_>, call: Node, task: &Task<'_>) -> Option<i64> {
    if task.form.told.iter().any(|slot| view.types.slot(call, slot).is_some()) {
        return None;
    }
    let Some(value) = task.form.delta.as_ref().and_then(|slot| view.types.slot(call, slot)) else { return Some(0) };
    let mut found = None;
    walk(view.evaluator.follow, Seen::anywhere(value), &mut |seen| {
        found = found.take().or_else(|| minutes(view, seen.node));
        if found.is_some() { Go::Done } else { Go::On }
    });
    found
}
