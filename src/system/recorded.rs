//! What is only written down or shown: a value that a log, a tracker or a message gets and nothing else.

use super::View;
use crate::fact::{OpKind, Text};
use crate::program::Node;
use crate::value::mentions::Mention;
use crate::value::types::Callee;

/// Steps from a value to what writes it down.
const STEPS: usize = 6;

/// Do all who take a value only write down or show what stands in it?
pub fn is_recorded(view: &View<'_>, node: Node) -> bool {
    within(view, node, 0)
}

fn within(view: &View<'_>, node: Node, depth: usize) -> bool {
    let users = view.users.of(node);
    let only = |user: &u32| {
        let user = Node { value: *user, ..node };
        match view.program.op(user).kind {
            OpKind::Call(function, _) if function != node.value => {
                records(view, user) || sorts(view, user) && within(view, user, depth + 1)
            }
            OpKind::Attr(_, name) if view.lexicon.keys.is_walking(name) => within(view, user, depth + 1),
            OpKind::Call(..) | OpKind::Format(_) | OpKind::Element(_) | OpKind::Part(..) | OpKind::Binary(..) => {
                within(view, user, depth + 1)
            }
            OpKind::Test(_) => true,
            _ => false,
        }
    };
    depth < STEPS && !users.is_empty() && users.iter().all(only)
}

/// Does a mention of a setting only put its value into a message? What names a run is for nothing else.
pub fn is_only_told(view: &View<'_>, name: Text, mention: &Mention) -> bool {
    let Some(node) = mention.value.map(|value| Node { file: mention.file, value }) else { return false };
    let at = |value: &u32| Node { value: *value, ..node };
    let told = |user: &u32| match view.program.op(at(user)).kind {
        OpKind::Call(_, operands) => {
            // The message itself comes first, and is written out.
            let first = view.program.operands(node.file, operands).first();
            let message = first.is_some_and(|o| matches!(view.program.op(at(&o.value)).kind, OpKind::Str(_)));
            message && records(view, at(user))
        }
        OpKind::Format(_) => {
            let takers = view.users.of(at(user));
            !takers.is_empty() && takers.iter().all(|taker| records(view, at(taker)))
        }
        _ => false,
    };
    let users = view.users.of(node);
    let speaks = name.split('_').any(|word| view.lexicon.keys.is_remark(Text::from(word)));
    !speaks && !users.is_empty() && users.iter().all(told)
}

/// Does a call only put what it gets into an order?
fn sorts(view: &View<'_>, call: Node) -> bool {
    view.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(m) if m.orders || m.gathers))
}

/// Does a call only write down or show its arguments?
pub fn records(view: &View<'_>, call: Node) -> bool {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return false };
    let keys = &view.lexicon.keys;
    if view.types.callees(call).iter().any(|c| matches!(c, Callee::Function(..))) {
        return false;
    }
    let full = view.types.called_name(call);
    let last = match (full, view.program.op(Node { value: function, ..call }).kind) {
        (Some(name), _) => Some(Text::from(name.rsplit('.').next().unwrap_or(&name))),
        (None, OpKind::Attr(_, name) | OpKind::Global(name)) => Some(name),
        _ => None,
    };
    full.is_some_and(|name| keys.is_recorder(name)) || last.is_some_and(|word| keys.is_recording(word))
}
