//! Tables that are written out in code and asked by the value of a setting.

use crate::fact::{OpKind, Role, Text};
use crate::program::Node;
use crate::system::View;
use crate::value::follow::Seen;
use crate::value::types::Held;

/// Names behind which the table stands.
const STEPS: usize = 4;

/// The keys of a table, if all are written out and none is added later.
pub(super) fn keys(view: &View<'_>, table: Node) -> Option<Vec<Text>> {
    let mut seen = Seen::anywhere(table);
    for _ in 0..STEPS {
        let node = seen.node;
        if let OpKind::Dict(entries) = view.program.op(node).kind {
            let operands = view.program.operands(node.file, entries);
            let plain = !operands.iter().any(|o| o.role == Role::Spread) && !is_filled(view, node);
            let keys = operands.iter().filter(|o| plain && o.role == Role::Key);
            let keys: Option<Vec<Text>> = keys.map(|o| view.program.literal(Node { value: o.value, ..node })).collect();
            return keys.filter(|keys| !keys.is_empty());
        }
        let mut back = view.evaluator.follow.back(&seen).values;
        seen = if back.len() == 1 { back.pop()? } else { return None };
    }
    None
}

/// Is anything put into a table after it is made?
fn is_filled(view: &View<'_>, dict: Node) -> bool {
    let owner = view.program.definition(view.program.owner(dict));
    let names = owner.bindings.iter().filter(|(_, value)| *value == dict.value);
    let filled = &view.types.filled;
    let touched = view.users.of(dict).iter().any(|user| {
        matches!(view.program.op(Node { value: *user, ..dict }).kind, OpKind::SetIndex(..) | OpKind::After(..))
    });
    touched
        || filled.contains_key(&Held::Made(dict))
        || names.into_iter().any(|(name, _)| filled.contains_key(&Held::Name(dict.file, *name)))
}
