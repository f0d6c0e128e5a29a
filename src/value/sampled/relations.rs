//! How values relate at a point: comparisons, and the entries of maps that they find.

use super::{Bound, Sampler, Value};
use crate::fact::{Comparison, OpKind};
use crate::program::Node;

impl Sampler<'_, '_> {
    /// The entry of a map.
    pub(super) fn looked_up(&mut self, entries: &[(Value, Value)], by: &Value) -> Option<Value> {
        let mut found = None;
        for (key, value) in entries {
            let equal = match (key, by) {
                (Value::Text(key), Value::Text(by)) => key == by,
                (Value::Text(key), Value::Input(name)) => {
                    self.met.texts.push((*name, *key));
                    self.point.texts.get(name) == Some(key)
                }
                (Value::Number(key), by) => {
                    self.met.marks.push(*key);
                    self.number(by).is_some_and(|by| (by - key).abs() < 1e-9)
                }
                _ => return None,
            };
            if equal {
                found = Some(value.clone());
            }
        }
        found
    }

    pub(super) fn compared(
        &mut self,
        node: Node,
        how: Comparison,
        left: Node,
        right: Node,
        bound: &Bound,
        depth: usize,
    ) -> Value {
        let one = self.value(left, bound, depth);
        let two = self.value(right, bound, depth);
        let Some(mut holds) = self.relates(how, &one, &two) else { return Value::Unknown };
        // `low <= value <= high`
        if let Some(first) = self.chained(node, left) {
            match self.value(first, bound, depth) {
                Value::Number(number) => holds &= number != 0.0,
                _ => return Value::Unknown,
            }
        }
        Value::Number(f64::from(u8::from(holds)))
    }

    /// The comparison whose right side is the left one of the next in a chain.
    fn chained(&self, node: Node, left: Node) -> Option<Node> {
        let program = self.follow.program;
        let span = program.op(node).span;
        let before = (node.value.saturating_sub(12)..node.value).rev().map(|value| Node { value, ..node });
        before.into_iter().find(|of| {
            let op = program.op(*of);
            op.span == span && matches!(op.kind, OpKind::Compare(_, _, right) if right == left.value)
        })
    }

    pub(super) fn relates(&mut self, how: Comparison, one: &Value, two: &Value) -> Option<bool> {
        if let Comparison::In | Comparison::NotIn = how {
            let values: Vec<Value> = match two {
                Value::List(values) => values.clone(),
                Value::Map(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
                _ => return None,
            };
            let mut any = false;
            for value in &values {
                any |= self.relates(Comparison::Equal, one, value)?;
            }
            return Some(any == (how == Comparison::In));
        }
        let equality = match (one, two) {
            (Value::Text(one), Value::Text(two)) => Some(one == two),
            (Value::Input(name), Value::Text(text)) | (Value::Text(text), Value::Input(name)) => {
                self.met.texts.push((*name, *text));
                Some(self.point.texts.get(name) == Some(text))
            }
            _ => None,
        };
        if let Some(equal) = equality {
            return match how {
                Comparison::Equal => Some(equal),
                Comparison::Unequal => Some(!equal),
                _ => None,
            };
        }
        let (first, second) = (self.number(one)?, self.number(two)?);
        let equal = (first - second).abs() < 1e-9;
        if let Comparison::Equal | Comparison::Unequal = how {
            for value in [one, two] {
                if let Value::Number(mark) = value {
                    self.met.marks.push(*mark);
                }
            }
        } else {
            self.met.edge |= equal;
        }
        Some(match how {
            Comparison::Equal => equal,
            Comparison::Unequal => !equal,
            Comparison::Less | Comparison::AtMost => first < second,
            _ => first > second,
        })
    }
}
