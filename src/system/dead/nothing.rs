//! Names that get what a method gives back which only changes its object: nothing.

use super::{Dead, View};
use crate::fact::{OpKind, Operand, Role, Text};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::value::follow::Seen;
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// The keyword that makes a table's method change the table itself.
const IN_PLACE: &str = "inplace";

/// Names behind which a list stands.
const STEPS: usize = 4;

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Dead> {
    let facts = view.program.file(file);
    let mut found = Vec::new();
    for (id, definition) in (0..).zip(&facts.definitions) {
        for value in definition.body.clone() {
            let OpKind::Call(_, operands) = facts.op(value).kind else { continue };
            let call = Node { file, value };
            let Some(name) = changing(view, call, facts.operands(operands)) else { continue };
            let used = view.users.of(call).iter().any(|user| takes_apart(view, call, Node { file, value: *user }));
            if !used {
                continue;
            }
            found.push(Dead {
                what: "failing",
                reason: format!(
                    "`{name}` changes its object here and gives nothing back, and the nothing is used below"
                ),
                name,
                at: At { file, span: facts.op(value).span },
                within: Def { file, id },
                statements: 1,
                certainty: Certainty::Inferred,
            });
        }
    }
    found
}

/// The method, or function, that gives nothing back.
fn changing(view: &View<'_>, call: Node, operands: &[Operand]) -> Option<Text> {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return None };
    let name = match view.program.op(Node { value: function, ..call }).kind {
        OpKind::Attr(_, name) | OpKind::Global(name) => name,
        _ => return None,
    };
    let meanings =
        || view.types.callees(call).iter().filter_map(|c| if let Callee::Meaning(m) = c { Some(*m) } else { None });
    let on = |o: &Operand| {
        let said = matches!(o.role, Role::Named(word) if word == IN_PLACE);
        said && matches!(view.program.op(Node { value: o.value, ..call }).kind, OpKind::Bool(true))
    };
    let table = || meanings().any(|m| m.frame.is_some() || m.pure || m.spreads || m.orders || m.takes_rows);
    let nothing = || meanings().any(|m| m.gives_nothing) && is_made_here(view, Node { value: function, ..call });
    let changes = operands.iter().any(on) && table() || nothing();
    changes.then_some(name)
}

/// Is the receiver of a method a list or map for sure, and no table or cursor that is taken for one? A function has none.
fn is_made_here(view: &View<'_>, function: Node) -> bool {
    let OpKind::Attr(object, _) = view.program.op(function).kind else { return true };
    let module = view.types.library_name(function).is_some();
    let mut seen = Seen::anywhere(Node { value: object, ..function });
    for _ in 0..STEPS {
        match view.program.op(seen.node).kind {
            OpKind::List(_) | OpKind::Dict(_) => return true,
            OpKind::Call(..) => {
                let called = view.types.called_name(seen.node);
                return called.is_some_and(|name| {
                    matches!(name.as_str(), "builtins.list" | "builtins.sorted" | "builtins.dict")
                });
            }
            _ => {}
        }
        let mut back = view.evaluator.follow.back(&seen).values;
        match (back.len(), back.pop()) {
            (1, Some(only)) => seen = only,
            _ => return module,
        }
    }
    false
}

/// Does a use of a value fail if there is nothing?
fn takes_apart(view: &View<'_>, value: Node, user: Node) -> bool {
    match view.program.op(user).kind {
        OpKind::Attr(object, _)
        | OpKind::Index(object, _)
        | OpKind::SetIndex(object, ..)
        | OpKind::SetAttr(object, ..)
        | OpKind::Element(object)
        | OpKind::Part(object, _) => object == value.value,
        OpKind::Binary(..) => true,
        _ => false,
    }
}
