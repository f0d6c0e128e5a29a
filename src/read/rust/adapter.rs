//! Iterators and options: what their adapters hand to functions, and what comes out of them.

use smallvec::smallvec;
use syn::ExprMethodCall;

use super::expression::{Gathered, SAME};
use super::{Lowering, Made, plain};
use crate::fact::{OpKind, Val};
use crate::read::scope::Reach;
use crate::source::Span;

/// Adapters that give on what they get, or a part of it; types of the repository may have such methods of their own.
const VIEWS: [&str; 32] = [
    "iter",
    "iter_mut",
    "into_iter",
    "par_iter",
    "into_par_iter",
    "by_ref",
    "lock",
    "read",
    "collect",
    "collect_vec",
    "get_mut",
    "to_vec",
    "as_mut_slice",
    "into_boxed_slice",
    "filter",
    "skip",
    "take",
    "step_by",
    "rev",
    "cycle",
    "fuse",
    "inspect",
    "peekable",
    "skip_while",
    "take_while",
    "drain",
    "sorted",
    "unique",
    "dedup",
    "chain",
    "or_default",
    "try_collect",
];

/// Methods that give one of the elements.
const ELEMENTS: [&str; 8] = ["next", "nth", "first", "last", "pop", "find", "min", "max"];

/// What becomes of what a function makes of each element, or of what an option holds.
#[derive(Clone, Copy)]
enum Outcome {
    /// It is an element of the result, or the result itself.
    Element,
    /// It is a part of the result, or the result itself.
    Whole,
    /// It is looked at and left.
    Nothing,
}

fn outcome(name: &str) -> Option<Outcome> {
    Some(match name {
        "map" | "filter_map" | "map_while" => Outcome::Element,
        "flat_map" | "and_then" | "map_or" | "map_or_else" => Outcome::Whole,
        "for_each" | "try_for_each" | "filter" | "inspect" | "any" | "all" | "find" | "position" | "take_while"
        | "skip_while" | "retain" => Outcome::Nothing,
        _ => return None,
    })
}

impl Lowering {
    /// The value of a method call that was made, where the method is an adapter.
    pub(super) fn adapted(
        &mut self,
        of: &ExprMethodCall,
        object: Val,
        call: Val,
        given: &Gathered,
        span: Span,
    ) -> Made {
        let name = of.method.to_string();
        let mut values: Reach = smallvec![call];
        if let (Some(outcome), Some(function)) = (outcome(&name), given.last()) {
            let result = self.handed(object, function.value, span);
            match outcome {
                Outcome::Element => {
                    let operands = self.operands(&[plain(result)]);
                    values.extend([result, self.emit(OpKind::List(operands), span)]);
                }
                Outcome::Whole => values.extend(given.iter().rev().skip(1).map(|o| o.value).chain([result])),
                Outcome::Nothing => {}
            }
        }
        if VIEWS.contains(&name.as_str()) {
            values.push(object);
            values.extend(given.iter().filter(|_| name == "chain").map(|o| o.value));
        }
        if ELEMENTS.contains(&name.as_str()) {
            values.push(self.element(object, span));
        }
        (self.either(&values, span), span)
    }

    /// `enumerate` and `zip` make pairs.
    pub(super) fn paired(&mut self, name: &str, object: Val, given: &Gathered, span: Span) -> Option<Val> {
        let (first, second) = match (name, given.as_slice()) {
            ("enumerate", []) => (self.emit(OpKind::Unknown, span), self.element(object, span)),
            ("zip", [other]) => (self.element(object, span), self.element(other.value, span)),
            _ => return None,
        };
        let pair = self.operands(&[plain(first), plain(second)]);
        let pair = self.emit(OpKind::Tuple(pair), span);
        let operands = self.operands(&[plain(pair)]);
        Some(self.emit(OpKind::List(operands), span))
    }

    /// An element of a sequence; the only one of a list is that very value.
    pub(super) fn element(&mut self, sequence: Val, span: Span) -> Val {
        if let OpKind::List(operands) = self.facts.op(sequence).kind
            && let [only] = self.facts.operands(operands)
        {
            return only.value;
        }
        self.emit(OpKind::Element(sequence), span)
    }

    /// What a function makes of an element, or of what an option holds.
    fn handed(&mut self, object: Val, function: Val, span: Span) -> Val {
        let element = self.element(object, span);
        let either = self.either(&[object, element], span);
        // `map(String::as_str)`
        if matches!(self.facts.op(function).kind, OpKind::Attr(_, name) if SAME.contains(&name.as_str())) {
            return either;
        }
        let operands = self.operands(&[plain(either)]);
        self.emit(OpKind::Call(function, operands), span)
    }
}
