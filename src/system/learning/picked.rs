//! What is looked up under a number that was told before: `labels[int(scores.argmax())]`.

use super::super::View;
use crate::fact::OpKind;
use crate::value::follow::Seen;
use crate::value::types::Callee;

/// Of a value that is looked up in a list, the number that says which one it is, if a call tells that number.
pub fn picked(view: &View<'_>, seen: &Seen, push: &mut dyn FnMut(Seen)) {
    let OpKind::Index(_, key) = view.program.op(seen.node).kind else { return };
    let key = seen.beside(key);
    let mut named = view.evaluator.follow.back(&key).values;
    named.push(key);
    for number in named {
        let tells = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(m) if m.tells_number);
        if matches!(view.program.op(number.node).kind, OpKind::Call(..))
            && view.types.callees(number.node).iter().any(tells)
        {
            push(number);
        }
    }
}
