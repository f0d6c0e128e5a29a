//! Readings that happen only if the data is there, and are passed over in silence if it is not.

use crate::fact::OpKind;
use crate::program::Node;
use crate::program::branches::Arm;
use crate::source::FileId;
use crate::value::follow::Seen;
use crate::value::place::{NoBindings, Where};
use crate::value::slice::{Go, walk};
use crate::value::touches::Touch;
use crate::value::types::Callee;

use super::View;

/// The condition that asks whether this very place is there before it is read, on the way to it, or where it was
/// chosen; none if its absence stops the program.
pub fn gate(view: &View<'_>, touch: &Touch<'_>, program: FileId, folder: Option<&str>, place: &str) -> Option<Node> {
    let asked = |condition: Node| {
        let start = Seen { node: condition, stack: touch.way.iter().copied().collect() };
        let asks = |seen: &Seen| asks_for(view, seen, program, folder, place);
        walk(view.evaluator.follow, start, &mut |seen| if asks(seen) { Go::Done } else { Go::On })
    };
    let calls = touch.way.iter().map(|site| site.call).chain([touch.call]);
    if let Some(condition) =
        calls.into_iter().find_map(|call| around(view, call, &asked).or_else(|| before(view, call, &asked)))
    {
        return Some(condition);
    }
    let mut found = None;
    let start = Seen { node: touch.place?, stack: touch.way.iter().copied().collect() };
    walk(view.evaluator.follow, start, &mut |seen| {
        found = around(view, seen.node, &asked);
        if found.is_some() { Go::Done } else { Go::On }
    });
    found
}

/// `if it is there: read it`.
fn around(view: &View<'_>, node: Node, asked: &dyn Fn(Node) -> bool) -> Option<Node> {
    view.evaluator.branches.around(node).filter(|arm| arm.first).find_map(|arm| {
        let condition = condition(view, node, arm)?;
        let after = arm.operations().end..view.program.definition(view.program.owner(node)).body.end;
        (asked(condition) && !raises(view, node, after)).then_some(condition)
    })
}

/// `if it is not there: return`, and after that the reading.
fn before(view: &View<'_>, node: Node, asked: &dyn Fn(Node) -> bool) -> Option<Node> {
    let body = view.program.definition(view.program.owner(node)).body.clone();
    let arms = view.evaluator.branches.of(node.file);
    let from = arms.partition_point(|arm| arm.start < body.start);
    let to = arms.partition_point(|arm| arm.start < node.value);
    let leaving = |arm: &&Arm| {
        let ops = arm.operations();
        let last = ops.end.checked_sub(1).map(|value| view.program.op(Node { value, ..node }).kind);
        arm.first && ops.end <= node.value && matches!(last, Some(OpKind::Leave)) && !raises(view, node, ops)
    };
    arms.get(from..to)?.iter().filter(leaving).find_map(|arm| {
        let condition = condition(view, node, *arm)?;
        let OpKind::Not(there) = view.program.op(condition).kind else { return None };
        asked(Node { value: there, ..node }).then_some(condition)
    })
}

fn condition(view: &View<'_>, node: Node, arm: Arm) -> Option<Node> {
    match view.program.op(Node { value: arm.start, ..node }).kind {
        OpKind::If(condition, _) => Some(Node { value: condition, ..node }),
        _ => None,
    }
}

fn raises(view: &View<'_>, node: Node, mut operations: std::ops::Range<u32>) -> bool {
    operations.any(|value| matches!(view.program.op(Node { value, ..node }).kind, OpKind::Raise))
}

/// Is it a call that asks whether something is at that place?
fn asks_for(view: &View<'_>, seen: &Seen, program: FileId, folder: Option<&str>, place: &str) -> bool {
    let OpKind::Call(function, operands) = view.program.op(seen.node).kind else { return false };
    let asks = view.types.callees(seen.node).iter().any(|c| matches!(c, Callee::Meaning(m) if m.exists));
    if !asks {
        return false;
    }
    let argument = view.program.operands(seen.node.file, operands).first().map(|o| seen.beside(o.value));
    let receiver = || match view.program.op(seen.beside(function).node).kind {
        OpKind::Attr(object, _) => Some(seen.beside(object)),
        _ => None,
    };
    let Some(asked) = argument.or_else(receiver) else { return false };
    view.evaluator.texts(&asked).patterns.iter().any(|pattern| {
        let at = Where { pattern, scheme: None, environment: false };
        view.placer.place(view.evaluator, at, program, folder, &NoBindings).name == place
    })
}
