//! Which conditions an operation stands under.

use super::{Node, Program};
use crate::fact::{Facts, OpKind, Val};
use crate::source::FileId;

/// An arm of an `if`, or of a `try`, around some operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arm {
    /// The operation that begins the `if` or `try`.
    pub start: Val,
    /// It runs if the condition holds; else if it does not (or, of a `try`, if something was raised).
    pub first: bool,
    from: Val,
    to: Val,
    outer: Option<u32>,
}

/// The arms of every file.
pub struct Branches {
    files: Vec<Vec<Arm>>,
}

impl Branches {
    /// Finds all arms.
    pub fn new(program: &Program<'_>) -> Self {
        Self { files: program.facts.iter().map(arms).collect() }
    }

    /// The arms around an operation, the innermost first.
    pub fn around(&self, node: Node) -> impl Iterator<Item = Arm> {
        let arms = &self.files[node.file.index()];
        // Arms are sorted by where they begin, and nest: the innermost is the last that has begun and not ended.
        let mut next =
            arms.partition_point(|a| a.from <= node.value).checked_sub(1).and_then(|i| u32::try_from(i).ok());
        std::iter::from_fn(move || {
            loop {
                let arm = *arms.get(next? as usize)?;
                next = arm.outer;
                if arm.to > node.value {
                    return Some(arm);
                }
            }
        })
    }

    /// Arms of a file, in the order in which they begin.
    pub fn of(&self, file: FileId) -> &[Arm] {
        &self.files[file.index()]
    }
}

impl Arm {
    /// The operations in it.
    pub fn operations(&self) -> std::ops::Range<Val> {
        self.from..self.to
    }
}

fn arms(facts: &Facts) -> Vec<Arm> {
    let mut arms: Vec<Arm> = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    for (value, op) in (0..).zip(&facts.ops) {
        match op.kind {
            OpKind::If(..) | OpKind::Try => begin(&mut arms, &mut open, value, true, value),
            OpKind::Else(start, _) | OpKind::Handler(start) => {
                end(&mut arms, &mut open, start, value);
                begin(&mut arms, &mut open, start, false, value);
            }
            OpKind::End(start) => end(&mut arms, &mut open, start, value),
            _ => {}
        }
    }
    arms
}

fn begin(arms: &mut Vec<Arm>, open: &mut Vec<u32>, start: Val, first: bool, from: Val) {
    let outer = open.last().copied();
    open.push(u32::try_from(arms.len()).unwrap_or(u32::MAX));
    arms.push(Arm { start, first, from, to: Val::MAX, outer });
}

/// Ends the open arm of that start, and any that a syntax error left open inside it.
fn end(arms: &mut [Arm], open: &mut Vec<u32>, start: Val, to: Val) {
    let Some(depth) = open.iter().rposition(|i| arms[*i as usize].start == start) else { return };
    for index in open.drain(depth..) {
        arms[index as usize].to = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arms_nest_and_end() {
        let facts = crate::read::python::read("if a:\n    x = 1\n    if b:\n        y = 2\nelse:\n    z = 3\nw = 4\n");
        let arms = arms(&facts);
        let int =
            |n: i64| (0..).zip(&facts.ops).find(|(_, o)| matches!(o.kind, OpKind::Int(i) if i == n)).map(|(v, _)| v);
        let around = |n: i64| {
            let branches = Branches { files: vec![arms.clone()] };
            let value = int(n).unwrap_or(0);
            branches.around(Node { file: FileId(0), value }).map(|a| a.first).collect::<Vec<_>>()
        };
        assert_eq!([around(1), around(2), around(3), around(4)], [vec![true], vec![true, true], vec![false], vec![]]);
    }
}
