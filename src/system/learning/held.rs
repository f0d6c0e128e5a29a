//! What objects hold that hand out rows: a dataset's fields, what its methods give for an index.

use super::super::View;
use crate::fact::OpKind;
use crate::program::Def;
use crate::value::follow::Seen;
use crate::value::types::{Callee, Type};

/// Values of a field or method that are looked at.
const WIDTH: usize = 12;

/// Of a call that makes an object of a class of the repository which hands out rows, what that object holds.
pub fn held(view: &View<'_>, seen: &Seen, push: &mut dyn FnMut(Seen)) {
    let OpKind::Call(function, _) = view.program.op(seen.node).kind else { return };
    for ty in view.types.of(seen.beside(function).node) {
        let Type::Class(class) = ty else { continue };
        let mut given = false;
        for method in view.lexicon.protocols.holds() {
            let Some(def) = view.types.method_of(*class, &method) else { continue };
            given = true;
            view.types.returned(def).take(WIDTH).map(Seen::anywhere).for_each(&mut *push);
        }
        if given {
            kept(view, seen, *class, push);
        }
    }
}

/// What the constructor puts into fields, as this call gives it.
fn kept(view: &View<'_>, seen: &Seen, class: Def, push: &mut dyn FnMut(Seen)) {
    let init = view.types.callees(seen.node).iter().find_map(|callee| match callee {
        Callee::Function(def, true) => Some(*def),
        _ => None,
    });
    let Some(init) = init.or_else(|| view.types.method_of(class, "__init__")) else { return };
    let stack = view.evaluator.follow.enter(seen, true);
    for value in view.program.definition(init).body.clone() {
        let node = crate::program::Node { file: init.file, value };
        if let OpKind::SetAttr(_, _, value) = view.program.op(node).kind {
            push(Seen { node: crate::program::Node { value, ..node }, stack: stack.clone() });
        }
    }
}
