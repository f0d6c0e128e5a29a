//! Handlers that take every error and tell nobody.

use super::View;
use crate::fact::{OpKind, Operand, Role as ArgRole, Val};
use crate::program::Node;
use crate::program::branches::Arm;
use crate::source::FileId;
use crate::value::touches::Touch;
use crate::value::types::Callee;

/// What an empty table may be told of its form.
const EMPTY_WITH: [&str; 4] = ["columns", "index", "schema", "dtype"];

/// Names that a handle may go by before something is read from it.
const HANDLES: usize = 4;

/// The operations of a handler, the handler itself first.
pub fn operations(view: &View<'_>, handler: Node) -> std::ops::Range<u32> {
    let arms = view.evaluator.branches.of(handler.file);
    arms.iter().find(|arm| arm.operations().start == handler.value).map_or(0..0, Arm::operations)
}

/// The handler of the innermost `try` around a touch, or around a call on the way to it, if it takes every error and
/// tells nobody.
pub fn silently(view: &View<'_>, touch: &Touch<'_>) -> Option<Node> {
    let calls = touch.way.iter().map(|site| site.call).rev();
    let mut around = std::iter::once(touch.call).chain(calls).chain(uses(view, touch));
    around.find_map(|call| silent_handler(view, call))
}

/// The calls beside a touch that are given what it opens.
pub fn uses(view: &View<'_>, touch: &Touch<'_>) -> Vec<Node> {
    if !touch.meaning.opens {
        return Vec::new();
    }
    let opened = |value: u32| {
        let mut value = Node { value, ..touch.call };
        for _ in 0..HANDLES {
            value = match view.program.op(value).kind {
                _ if value == touch.call => return true,
                OpKind::With(of) | OpKind::Bind(_, of) => Node { value: of, ..value },
                _ => return false,
            };
        }
        false
    };
    let body = view.program.definition(touch.within).body.clone().skip_while(|value| *value <= touch.call.value);
    let given = body.map(|value| Node { value, ..touch.call }).filter(|node| {
        let OpKind::Call(_, operands) = view.program.op(*node).kind else { return false };
        view.program.operands(node.file, operands).iter().any(|o| opened(o.value))
    });
    given.collect()
}

/// The handler of the innermost `try` around a call, if it takes every error and tells nobody.
fn silent_handler(view: &View<'_>, call: Node) -> Option<Node> {
    let op = |value: u32| view.program.op(Node { value, ..call }).kind;
    if let Some(with) = suppressed(view, call) {
        return Some(with);
    }
    let attempt = view.evaluator.branches.around(call).find(|arm| arm.first && matches!(op(arm.start), OpKind::Try))?;
    let arms = view.evaluator.branches.of(call.file);
    let handlers: Vec<&Arm> = arms.iter().filter(|arm| arm.start == attempt.start && !arm.first).collect();
    let [only] = handlers.as_slice() else { return None };
    let operations = only.operations();
    // The arm begins with the handler itself; the type that it takes comes first.
    let mut body = operations.start + 1..operations.end;
    if let OpKind::Global(name) = op(body.start) {
        if !matches!(name.as_str(), "Exception" | "BaseException") {
            return None;
        }
        body.start += 1;
    }
    let told = |value: u32| {
        // `except Exception as error`: who speaks of the error does not keep silent.
        matches!(op(body.start), OpKind::Unknown) && speaks_of(view, Node { value: body.start, ..call }, value)
    };
    let silent = body.clone().all(|value| match op(value) {
        OpKind::Raise | OpKind::Test(_) => false,
        // An answer to a question: can it be read?
        OpKind::Return(answer) => !matches!(op(answer), OpKind::Bool(_)) && !told(value),
        _ if told(value) => false,
        OpKind::Call(..) => makes_nothing(view, Node { value, ..call }),
        _ => true,
    });
    silent.then_some(Node { value: operations.start, ..call })
}

/// `with suppress(Exception):` around a call.
fn suppressed(view: &View<'_>, call: Node) -> Option<Node> {
    let body = view.program.definition(view.program.owner(call)).body.clone();
    let mut open: Vec<u32> = Vec::new();
    for value in body.take_while(|value| *value < call.value) {
        match view.program.op(Node { value, ..call }).kind {
            OpKind::With(of) if suppresses_all(view, Node { value: of, ..call }) => open.push(value),
            OpKind::End(start) => open.retain(|with| *with != start),
            _ => {}
        }
    }
    open.pop().map(|value| Node { value, ..call })
}

fn suppresses_all(view: &View<'_>, call: Node) -> bool {
    let suppresses = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.suppresses);
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return false };
    let all = |value: u32| match view.program.op(Node { value, ..call }).kind {
        OpKind::Global(name) => matches!(name.as_str(), "Exception" | "BaseException"),
        _ => false,
    };
    view.types.callees(call).iter().any(suppresses)
        && view.program.operands(call.file, operands).iter().any(|o| all(o.value))
}

/// Is the error an operand of an operation?
fn speaks_of(view: &View<'_>, error: Node, value: u32) -> bool {
    match view.program.op(Node { value, ..error }).kind {
        OpKind::Format(operands) | OpKind::Call(_, operands) | OpKind::Tuple(operands) | OpKind::Dict(operands) => {
            view.program.operands(error.file, operands).iter().any(|o| o.value == error.value)
        }
        OpKind::Return(returned) => returned == error.value,
        _ => false,
    }
}

/// `pd.DataFrame()`, `dict()`: an empty thing in place of the data.
pub fn makes_nothing(view: &View<'_>, call: Node) -> bool {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return false };
    let makes = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.converts.is_some());
    let named =
        view.types.called_name(call).is_some_and(|name| matches!(name.as_str(), "builtins.dict" | "builtins.list"));
    // The names of its columns are no rows.
    let header = |o: &Operand| matches!(o.role, ArgRole::Named(name) if EMPTY_WITH.contains(&name.as_str()));
    let empty = view.program.operands(call.file, operands).iter().all(header);
    empty && (named || view.types.callees(call).iter().any(makes))
}

/// Does a handler take whatever is raised?
pub fn takes_all(view: &View<'_>, handler: Node) -> bool {
    let op = |value: Val| view.program.op(Node { value, ..handler }).kind;
    let broad = |value: Val| matches!(op(value), OpKind::Global(name) if matches!(name.as_str(), "Exception" | "BaseException"));
    let first = handler.value + 1;
    match op(first) {
        OpKind::Global(_) => {
            let tuple = (first..first + 4).find_map(|value| match op(value) {
                OpKind::Tuple(operands) => Some(view.program.operands(handler.file, operands)),
                _ => None,
            });
            broad(first) || tuple.is_some_and(|all| all.iter().any(|o| broad(o.value)))
        }
        OpKind::Import(_) | OpKind::Attr(..) => false,
        _ => true,
    }
}

/// A call below a `try` that brings data.
pub fn reading(view: &View<'_>, file: FileId, attempt: &Arm) -> Option<Node> {
    let brings = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(m) if m.reads.is_some() || m.sql.is_some());
    attempt.operations().map(|value| Node { file, value }).find(|node| view.types.callees(*node).iter().any(brings))
}
