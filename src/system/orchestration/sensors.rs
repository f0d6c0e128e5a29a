//! Sensors that wait for a run of another flow, and which of them wait for one that there never is.

use super::find::slot_text;
use super::{Made, Steps, Task};
use crate::fact::{OpKind, Role, Text};
use crate::program::Node;
use crate::system::View;
use crate::system::graph::{System, Value};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// A time of the clock in minutes after midnight, and whether that is every day's.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Daily {
    minute: i64,
    every: bool,
}

/// Adds a group for every such sensor.
pub(super) fn derive(view: &View<'_>, system: &mut System, steps: &Steps<'_>) {
    for (index, task) in steps.tasks.iter().enumerate().filter(|(_, task)| task.form.waits) {
        let Made::Call(call) = task.made else { continue };
        let Some(name) = slot_text(view, call, task.form.starts.as_ref()) else { continue };
        let own = steps.flows.iter().find(|flow| flow.tasks.contains(&index));
        let other = steps.flows.iter().find(|flow| flow.name == name);
        let (Some(own), Some(other)) = (own, other) else { continue };
        let schedule = |id| match system.get(id, "schedule") {
            Some(Value::Text(text)) => daily(&text),
            _ => None,
        };
        let (Some(here), Some(there)) = (schedule(own.id), schedule(other.id)) else { continue };
        let Some(delta) = delta(view, call, task) else { continue };
        let wanted = (here.minute - delta).rem_euclid(DAY);
        if wanted == there.minute || !there.every {
            continue;
        }
        let group =
            system.add(NodeKind::Group, Text::from(&task.name), task.at, Text::from(view.program.path(task.at.file)));
        system.say(group, "what", "sensor");
        system.say(group, "because", &format!("`{name}` at {}", clock(wanted)));
        system.say(group, "hour", &clock(there.minute));
        system.join(EdgeKind::Follows, group, task.id, task.at, Certainty::Seen);
    }
}

fn clock(minute: i64) -> String {
    format!("{}:{:02}", minute / 60, minute % 60)
}

/// The time of a schedule that names one hour and one minute.
fn daily(schedule: &str) -> Option<Daily> {
    let schedule = match schedule {
        "@daily" | "@midnight" => "0 0 * * *",
        other => other,
    };
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    let [minute, hour, rest @ ..] = fields.as_slice() else { return None };
    let minute: i64 = minute.parse().ok()?;
    let hour: i64 = hour.parse().ok()?;
    (rest.len() == 3).then(|| Daily { minute: hour * 60 + minute, every: rest.iter().all(|field| *field == "*") })
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

/// `timedelta(hours=2, minutes=30)` in minutes.
fn minutes(view: &View<'_>, node: Node) -> Option<i64> {
    let OpKind::Call(_, operands) = view.program.op(node).kind else { return None };
    let mut total = 0;
    for operand in view.program.operands(node.file, operands) {
        let OpKind::Int(number) = view.program.op(Node { value: operand.value, ..node }).kind else { return None };
        let unit = match operand.role {
            Role::Named(name) => match name.as_str() {
                "weeks" => 7 * DAY,
                "days" => DAY,
                "hours" => 60,
                "minutes" => 1,
                "seconds" if number % 60 == 0 => {
                    total += number / 60;
                    continue;
                }
                _ => return None,
            },
            Role::Plain => DAY,
            _ => return None,
        };
        total += number * unit;
    }
    Some(total)
}
