//! Which way a body takes at a point: the arm of a branch, the return that is reached.

use super::{Bound, Sampler, Value};
use crate::fact::{OpKind, Operands, Val};
use crate::program::{Def, Node, Program};

/// An arm of a branch.
#[derive(Clone, Copy, Debug)]
struct Arm {
    start: Val,
    end: Val,
    condition: Val,
    holds: bool,
}

/// The arms of a body.
#[derive(Clone, Debug, Default)]
pub struct Arms(Vec<Arm>);

impl Arms {
    fn around(&self, value: Val) -> impl Iterator<Item = Arm> + '_ {
        self.0.iter().copied().filter(move |arm| arm.start < value && value < arm.end)
    }
}

impl Sampler<'_, '_> {
    fn arms(&mut self, def: Def) -> &Arms {
        let program = self.follow.program;
        self.arms.entry(def).or_insert_with(|| {
            let mut found = Vec::new();
            let mut open: Vec<(Val, Val, Val, bool)> = Vec::new();
            for value in program.definition(def).body.clone() {
                match program.op(Node { file: def.file, value }).kind {
                    OpKind::If(condition, _) => open.push((value, value, condition, true)),
                    OpKind::Else(of, _) => {
                        if let Some((first, start, condition, holds)) = open.iter_mut().rev().find(|o| o.0 == of) {
                            found.push(Arm { start: *start, end: value, condition: *condition, holds: *holds });
                            (*start, *holds) = (value, false);
                            let _ = first;
                        }
                    }
                    OpKind::End(of) => {
                        if let Some(place) = open.iter().rposition(|o| o.0 == of) {
                            let (_, start, condition, holds) = open.remove(place);
                            found.push(Arm { start, end: value, condition, holds });
                        }
                    }
                    _ => {}
                }
            }
            Arms(found)
        })
    }

    /// Is an operation reached at the point? Branches around `outside` as well are not asked.
    pub(super) fn holds(&mut self, node: Node, outside: Option<Val>, bound: &Bound, depth: usize) -> Option<bool> {
        let def = self.follow.program.owner(node);
        let arms: Vec<Arm> = self.arms(def).around(node.value).collect();
        let mut known = Some(true);
        for arm in arms {
            if outside.is_some_and(|value| arm.start < value && value < arm.end) {
                continue;
            }
            let condition = self.value(Node { value: arm.condition, ..node }, bound, depth);
            match self.truth(&condition) {
                Some(truth) if truth != arm.holds => return Some(false),
                Some(_) => {}
                None => known = None,
            }
        }
        known
    }

    /// The value of several that is there at the point.
    pub(super) fn either(&mut self, node: Node, operands: Operands, bound: &Bound, depth: usize) -> Value {
        let program = self.follow.program;
        let values: Vec<Val> = program.operands(node.file, operands).iter().map(|o| o.value).collect();
        let at = |value: Val| Node { value, ..node };
        if let [first, second] = values.as_slice()
            && let Some(condition) = chooses(program, node, *first, *second)
        {
            let condition = self.value(at(condition), bound, depth);
            return match self.truth(&condition) {
                Some(truth) => self.value(at(if truth { *first } else { *second }), bound, depth),
                None => self.alike(&[at(*first), at(*second)], bound, depth),
            };
        }
        let def = program.owner(node);
        let guarded = values.iter().any(|value| {
            let arms = self.arms(def);
            arms.around(*value).any(|arm| !(arm.start < node.value && node.value < arm.end))
        });
        if guarded {
            let mut all = values.clone();
            all.sort_unstable();
            for value in all.iter().rev() {
                match self.holds(at(*value), Some(node.value), bound, depth) {
                    Some(true) => return self.value(at(*value), bound, depth),
                    Some(false) => {}
                    None => return Value::Unknown,
                }
            }
            return Value::Unknown;
        }
        // `one or two`
        if values.last().is_some_and(|last| last + 1 == node.value) {
            for value in &values {
                let value = self.value(at(*value), bound, depth);
                match self.truth(&value) {
                    Some(true) => return value,
                    Some(false) => {}
                    None => return Value::Unknown,
                }
            }
            return Value::Number(0.0);
        }
        Value::Unknown
    }

    /// What all of several values are, if they are one number.
    fn alike(&mut self, nodes: &[Node], bound: &Bound, depth: usize) -> Value {
        let mut known: Option<f64> = None;
        for node in nodes {
            let value = self.value(*node, bound, depth);
            let Some(number) = self.number(&value) else { return Value::Unknown };
            if known.is_some_and(|known| (known - number).abs() > 1e-9) {
                return Value::Unknown;
            }
            known = Some(number);
        }
        known.map_or(Value::Unknown, Value::Number)
    }

    /// What a function returns at the point.
    pub(super) fn returned(&mut self, def: Def, bound: &Bound, depth: usize) -> Value {
        let program = self.follow.program;
        for value in program.definition(def).body.clone() {
            let node = Node { file: def.file, value };
            let OpKind::Return(returned) = program.op(node).kind else { continue };
            match self.holds(node, None, bound, depth) {
                Some(true) => return self.value(Node { value: returned, ..node }, bound, depth),
                Some(false) => {}
                None => return Value::Unknown,
            }
        }
        Value::Unknown
    }
}

/// The condition that chooses between two values: that of the branch which ends just before.
pub(super) fn chooses(program: &Program<'_>, node: Node, first: Val, second: Val) -> Option<Val> {
    let mut value = node.value.checked_sub(1)?;
    let kind = |value: Val| program.op(Node { value, ..node }).kind;
    while matches!(kind(value), OpKind::Either(_)) {
        value = value.checked_sub(1)?;
    }
    let OpKind::End(start) = kind(value) else { return None };
    let OpKind::If(condition, statements) = kind(start) else { return None };
    let within = |of: Val| start < of && of < value;
    // The arm of a branch inside is not this one's whole.
    let inner = |of: Val| {
        (start + 1..of).any(|v| matches!(kind(v), OpKind::If(..)))
            && (of..value).any(|v| matches!(kind(v), OpKind::End(s) if s > start && s < of))
    };
    let whole = |of: Val| within(of) && !inner(of);
    (statements == 0 && value + 1 == node.value || whole(first) || whole(second)).then_some(condition)
}
