//! The one number that a value is by somebody's hand: written there, as a constant, as a default, in a map, or in the settings.

use crate::fact::{OpKind, Operand, Scalar};
use crate::program::Node;
use crate::source::At;
use crate::system::View;
use crate::value::follow::Seen;

/// Names behind which a map of numbers stands.
const HOPS: usize = 6;

/// A number that is written by hand.
pub(super) struct Number {
    pub value: f64,
    pub at: At,
    pub fractional: bool,
}

/// The one number that a value is, whatever calls: written there, as a constant, as a default, or in the settings.
pub(super) fn number(view: &View<'_>, node: Node) -> Option<Number> {
    let mut waiting = vec![Seen::anywhere(node)];
    let mut found: Option<Number> = None;
    for _ in 0..16 {
        let Some(seen) = waiting.pop() else { return found };
        let value = match view.program.op(seen.node).kind {
            OpKind::Float(bits) => Some((f64::from_bits(bits), true)),
            #[allow(clippy::cast_precision_loss, reason = "nobody writes a threshold that long")]
            OpKind::Int(int) => Some((int as f64, false)),
            _ => None,
        };
        if let Some((value, fractional)) = value {
            if found.as_ref().is_some_and(|known| known.value.to_bits() != value.to_bits()) {
                return None;
            }
            found = Some(Number { value, at: view.program.place(seen.node), fractional });
            continue;
        }
        let back = view.evaluator.follow.back(&seen);
        if back.values.is_empty() {
            let alone = found.is_none() && waiting.is_empty();
            return if alone { set(view, &seen).or_else(|| looked_up(view, &seen)) } else { None };
        }
        waiting.extend(back.values);
    }
    None
}

/// The first number of a map in which each key has its own: `CUTS[label]`.
fn looked_up(view: &View<'_>, seen: &Seen) -> Option<Number> {
    let OpKind::Index(map, _) = view.program.op(seen.node).kind else { return None };
    let mut seen = seen.beside(map);
    for _ in 0..HOPS {
        if let OpKind::Dict(operands) = view.program.op(seen.node).kind {
            let of = |o: &Operand| match view.program.op(seen.beside(o.value).node).kind {
                OpKind::Float(bits) => Some((f64::from_bits(bits), seen.beside(o.value).node)),
                _ => None,
            };
            let all: Option<Vec<_>> = view.program.operands(seen.node.file, operands).iter().map(of).collect();
            let (value, node) = *all?.first()?;
            return Some(Number { value, at: view.program.place(node), fractional: true });
        }
        let back = view.evaluator.follow.back(&seen).values;
        let [only] = back.as_slice() else { return None };
        seen = only.clone();
    }
    None
}

/// A number of a settings file.
fn set(view: &View<'_>, seen: &Seen) -> Option<Number> {
    let reads_key = matches!(view.program.op(seen.node).kind, OpKind::Index(..) | OpKind::Attr(..) | OpKind::Call(..));
    if !reads_key {
        return None;
    }
    let texts = view.evaluator.texts(seen);
    let setting = texts.settings.as_ref().and_then(|node| view.evaluator.settings.get(view.program, node))?;
    match setting.value {
        Scalar::Float(value) => Some(Number { value, at: view.program.place(seen.node), fractional: true }),
        _ => None,
    }
}
