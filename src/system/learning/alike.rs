//! Expressions that are written alike, wherever they stand in a body: `len(train)` here is `len(train)` there.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::super::View;
use crate::fact::{Comparison, OpKind, Operator};
use crate::program::Node;

/// Expressions in expressions that are told apart.
const DEPTH: usize = 7;

/// A number that is the same for expressions that are written alike and take the same values.
pub fn form(view: &View<'_>, node: Node) -> u64 {
    let mut hasher = FxHasher::default();
    add(view, node, DEPTH, &mut hasher);
    hasher.finish()
}

/// What a negation negates: `not x`, `~x`, `numpy.logical_not(x)`.
pub fn negated(view: &View<'_>, node: Node) -> Option<Node> {
    let beside = |value: u32| Node { value, ..node };
    match view.program.op(node).kind {
        OpKind::Not(of) => Some(beside(of)),
        // An inversion reads its operand twice.
        OpKind::Binary(Operator::Other, left, right) if left == right => Some(beside(left)),
        OpKind::Call(_, operands) => {
            let name = view.types.called_name(node)?;
            let inverts = name.ends_with(".logical_not") || name.ends_with(".invert");
            view.program.operands(node.file, operands).first().filter(|_| inverts).map(|o| beside(o.value))
        }
        _ => None,
    }
}

fn add(view: &View<'_>, node: Node, depth: usize, hasher: &mut FxHasher) {
    let kind = view.program.op(node).kind;
    std::mem::discriminant(&kind).hash(hasher);
    if depth == 0 {
        node.hash(hasher);
        return;
    }
    let mut inner = |value: u32| match value {
        // A slice's open end.
        u32::MAX => value.hash(hasher),
        _ => add(view, Node { value, ..node }, depth - 1, hasher),
    };
    match kind {
        OpKind::Not(a) | OpKind::Element(a) | OpKind::With(a) => inner(a),
        OpKind::Index(a, b) | OpKind::Slice(a, b) => [a, b].into_iter().for_each(inner),
        OpKind::Binary(_, a, b) => {
            [a, b].into_iter().for_each(inner);
            operator(kind).hash(hasher);
        }
        OpKind::Compare(how, a, b) => {
            [a, b].into_iter().for_each(inner);
            let how = how.loosely();
            (how == Comparison::Less, how == Comparison::Greater, how == Comparison::In).hash(hasher);
            (how == Comparison::Equal).hash(hasher);
        }
        OpKind::Attr(a, name) => {
            inner(a);
            name.hash(hasher);
        }
        OpKind::Part(a, place) => {
            inner(a);
            place.hash(hasher);
        }
        OpKind::Call(function, operands) => {
            inner(function);
            view.program.operands(node.file, operands).iter().for_each(|o| inner(o.value));
        }
        OpKind::Str(text) | OpKind::Global(text) | OpKind::Path(text) => text.hash(hasher),
        OpKind::Int(int) => int.hash(hasher),
        OpKind::Float(bits) => bits.hash(hasher),
        OpKind::Bool(is) => is.hash(hasher),
        OpKind::Nothing => {}
        OpKind::Param(place) => (place, view.program.owner(node)).hash(hasher),
        OpKind::Import(number) => number.hash(hasher),
        _ => node.hash(hasher),
    }
}

fn operator(kind: OpKind) -> Option<std::mem::Discriminant<Operator>> {
    if let OpKind::Binary(operator, ..) = kind { Some(std::mem::discriminant(&operator)) } else { None }
}
