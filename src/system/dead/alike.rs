//! Choices that choose nothing: both arms do the same, whatever the condition says.

use super::{Dead, View};
use crate::fact::{Facts, OpKind, Operand, Role, Val};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::vocabulary::Certainty;

/// Arms of fewer operations say nothing worth telling.
const LEAST: u32 = 2;

/// Arms of more are not compared.
const MOST: u32 = 4_000;

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Dead> {
    let facts = view.program.file(file);
    let arms = view.evaluator.branches.of(file);
    let mut found = Vec::new();
    for arm in arms.iter().filter(|arm| arm.first) {
        let OpKind::If(..) = facts.op(arm.start).kind else { continue };
        let Some(other) = arms.iter().find(|other| other.start == arm.start && !other.first) else { continue };
        let (one, two) = (arm.operations(), other.operations());
        let (one, two) = (trimmed(facts, one), trimmed(facts, two));
        let works = one.clone().any(|value| matches!(facts.op(value).kind, OpKind::Call(..)));
        if !works || one.end - one.start < LEAST || one.end - one.start > MOST || !alike(facts, &one, &two) {
            continue;
        }
        let within = view.program.owner(Node { file, value: arm.start });
        let name = view.program.definition(within).name;
        found.push(Dead {
            what: "futile",
            reason: "both arms of this choice do the same, whatever is chosen".to_owned(),
            name,
            at: At { file, span: facts.op(arm.start).span },
            within: Def { file, id: within.id },
            statements: 1,
            certainty: Certainty::Seen,
        });
    }
    found
}

/// The operations of an arm without the mark that begins it.
fn trimmed(facts: &Facts, arm: std::ops::Range<Val>) -> std::ops::Range<Val> {
    match facts.op(arm.start).kind {
        OpKind::If(..) | OpKind::Else(..) if arm.start < arm.end => arm.start + 1..arm.end,
        _ => arm,
    }
}

/// Are two runs of operations the same, values of their own counted from where they begin?
fn alike(facts: &Facts, one: &std::ops::Range<Val>, two: &std::ops::Range<Val>) -> bool {
    one.end - one.start == two.end - two.start
        && one.clone().zip(two.clone()).all(|(a, b)| same(facts, one, two, facts.op(a).kind, facts.op(b).kind))
}

fn same(facts: &Facts, one: &std::ops::Range<Val>, two: &std::ops::Range<Val>, a: OpKind, b: OpKind) -> bool {
    let value =
        |x: Val, y: Val| if one.contains(&x) { two.contains(&y) && x - one.start == y - two.start } else { x == y };
    let run = |x: &[Operand], y: &[Operand]| {
        x.len() == y.len()
            && x.iter().zip(y).all(|(x, y)| {
                let role = match (x.role, y.role) {
                    (Role::Named(x), Role::Named(y)) => x == y,
                    (x, y) => x == y,
                };
                role && value(x.value, y.value)
            })
    };
    match (a, b) {
        (OpKind::Str(x), OpKind::Str(y))
        | (OpKind::Global(x), OpKind::Global(y))
        | (OpKind::Path(x), OpKind::Path(y)) => x == y,
        (OpKind::Int(x), OpKind::Int(y)) => x == y,
        (OpKind::Float(x), OpKind::Float(y)) => x == y,
        (OpKind::Bool(x), OpKind::Bool(y)) => x == y,
        (OpKind::Nothing, OpKind::Nothing) | (OpKind::Leave, OpKind::Leave) => true,
        (OpKind::Attr(x, n), OpKind::Attr(y, m)) | (OpKind::Bind(n, x), OpKind::Bind(m, y)) => n == m && value(x, y),
        (OpKind::Index(x, i), OpKind::Index(y, j))
        | (OpKind::Slice(x, i), OpKind::Slice(y, j))
        | (OpKind::After(x, i), OpKind::After(y, j)) => value(x, y) && value(i, j),
        (OpKind::Call(x, i), OpKind::Call(y, j)) => value(x, y) && run(facts.operands(i), facts.operands(j)),
        (OpKind::List(i), OpKind::List(j))
        | (OpKind::Tuple(i), OpKind::Tuple(j))
        | (OpKind::Dict(i), OpKind::Dict(j))
        | (OpKind::Format(i), OpKind::Format(j)) => run(facts.operands(i), facts.operands(j)),
        (OpKind::Binary(o, x, i), OpKind::Binary(p, y, j)) => {
            o == p && o != crate::fact::Operator::Other && value(x, y) && value(i, j)
        }
        (OpKind::SetAttr(x, n, i), OpKind::SetAttr(y, m, j)) => n == m && value(x, y) && value(i, j),
        (OpKind::SetIndex(x, i, u), OpKind::SetIndex(y, j, v)) => value(x, y) && value(i, j) && value(u, v),
        (OpKind::Return(x), OpKind::Return(y)) => value(x, y),
        _ => false,
    }
}
