//! Functions that, whatever goes wrong while they read data, give back an empty one, which their callers take for data.

use std::ops::Range;

use rustc_hash::FxHashSet;

use crate::fact::{Access, Comparison, OpKind, Operand, Text, Val};
use crate::program::branches::Arm;
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::silence::{makes_nothing, reading, silently, takes_all};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "empty-on-error", find };

/// What is asked of a value by whoever wants to know whether there is anything in it.
const ASKED: [&str; 4] = ["empty", "shape", "size", "columns"];

/// One sighting for each such function that a caller trusts.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    // One that keeps silent besides is told of as that.
    let reads = view.touches.all.iter().filter(|touch| touch.access == Access::Read);
    let silent: FxHashSet<Node> = reads.filter_map(|touch| silently(view, touch)).collect();
    let mut found = Vec::new();
    for file in view.program.files().filter(|file| view.is_code(*file) && grounds.is_product(*file)) {
        for attempt in view.evaluator.branches.of(file).iter().filter(|arm| arm.first) {
            let Some((reader, handler, empty)) = gives_nothing(view, file, attempt) else { continue };
            let Some(read) = reading(view, file, attempt).filter(|_| !silent.contains(&handler)) else { continue };
            let Some(trusting) = trusted(grounds, reader) else { continue };
            found.push(Sighting::new(
                view.program.place(empty),
                vec![view.symbol(reader), Text::from("empty on error")],
                Certainty::Inferred,
                vec![
                    ("reader", view.program.definition(reader).name.into()),
                    ("user", called(view, trusting).into()),
                    ("read", view.program.place(read).into()),
                    ("use", view.program.place(trusting).into()),
                    ("role", grounds.role(file).into()),
                ],
            ));
        }
    }
    found
}

/// The name of the function in which a call stands, or of its file.
fn called(view: &View<'_>, call: Node) -> Text {
    match view.program.owner(call) {
        Def { id: 0, .. } => Text::from(view.program.path(call.file)),
        within => view.program.definition(within).name,
    }
}

/// The function of a `try` that gives back something empty whatever was raised, the handler, and where it does.
fn gives_nothing(view: &View<'_>, file: FileId, attempt: &Arm) -> Option<(Def, Node, Node)> {
    let at = |value: Val| Node { file, value };
    let op = |value: Val| view.program.op(at(value)).kind;
    if !matches!(op(attempt.start), OpKind::Try) {
        return None;
    }
    let within = view.program.owner(at(attempt.start));
    let own = |operations: Range<Val>| -> Option<Val> {
        let gives = |value: &Val| matches!(op(*value), OpKind::Return(given) if is_empty(view, at(given)));
        operations.clone().find(gives).or_else(|| {
            let leaves = |value: Val| matches!(op(value), OpKind::Return(_) | OpKind::Leave);
            let goes_on = !operations.clone().any(leaves);
            later(view, within, attempt).filter(|_| goes_on).map(|_| operations.start)
        })
    };
    let handlers = view.evaluator.branches.of(file).iter().filter(|arm| arm.start == attempt.start && !arm.first);
    let (handler, empty) = handlers.into_iter().find_map(|arm| {
        let operations = arm.operations();
        let raises = operations.clone().any(|value| matches!(op(value), OpKind::Raise | OpKind::Test(_)));
        let broad = takes_all(view, at(operations.start)) && !raises;
        let empty = own(operations.clone()).filter(|_| broad)?;
        Some((at(operations.start), at(empty)))
    })?;
    // It gives something else when all goes well.
    let full = within.id != 0 && view.types.returned(within).any(|node| !is_empty(view, node));
    full.then_some((within, handler, empty))
}

/// `rows = []` before the `try`, and `return rows` behind it: what is given back is empty unless the `try` filled it.
fn later(view: &View<'_>, within: Def, attempt: &Arm) -> Option<Node> {
    let inside = attempt.operations();
    view.types.returned(within).find(|node| {
        let OpKind::Either(operands) = view.program.op(*node).kind else { return false };
        let all = view.program.operands(node.file, operands);
        let empty = |o: &Operand| o.value < attempt.start && is_empty(view, Node { value: o.value, ..*node });
        all.iter().any(empty) && all.iter().any(|o| inside.contains(&o.value))
    })
}

/// `[]`, `{}`, `None`, `pd.DataFrame()`.
fn is_empty(view: &View<'_>, node: Node) -> bool {
    match view.program.op(node).kind {
        OpKind::List(operands) | OpKind::Dict(operands) | OpKind::Tuple(operands) => {
            let all: &[Operand] = view.program.operands(node.file, operands);
            let none = |o: &Operand| matches!(view.program.op(Node { value: o.value, ..node }).kind, OpKind::Nothing);
            all.iter().all(none)
        }
        OpKind::Call(..) => makes_nothing(view, node),
        _ => false,
    }
}

/// A call of the function by code that learns or feeds a model, and that uses what it gets without a look at it.
fn trusted(grounds: &Grounds<'_>, reader: Def) -> Option<Node> {
    let view = grounds.view;
    let sites = view.types.callers.get(&reader).map_or(&[][..], Vec::as_slice);
    let sites = sites.iter().filter(|site| grounds.is_product(site.within.file) && site.within != reader);
    let used = sites.filter(|site| view.relevance.is_within(view, site.within)).map(|site| site.call);
    used.into_iter().find(|call| {
        let users = view.users.of(*call);
        !users.is_empty() && !users.iter().any(|user| looks(view, *call, *user))
    })
}

/// Does an operation ask whether there is anything in a value?
fn looks(view: &View<'_>, value: Node, user: Val) -> bool {
    let user = Node { value: user, ..value };
    match view.program.op(user).kind {
        OpKind::If(..)
        | OpKind::Test(_)
        | OpKind::Not(_)
        | OpKind::Assert(_)
        | OpKind::Either(_)
        | OpKind::Return(_) => true,
        OpKind::Compare(how, ..) => matches!(how, Comparison::Equal | Comparison::Unequal),
        OpKind::Attr(_, name) => ASKED.contains(&name.as_str()),
        OpKind::Call(..) => view.types.called_name(user).is_some_and(|name| {
            matches!(name.as_str(), "builtins.len" | "builtins.bool" | "builtins.any" | "builtins.isinstance")
        }),
        _ => false,
    }
}
