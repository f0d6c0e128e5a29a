//! The words that a key or name may be, where it is made of literals alone.

use smallvec::SmallVec;

use super::follow::{Follow, Limits, Seen};
use super::types::Callee;
use crate::fact::{OpKind, Operator};
use crate::lexicon::TextRule;

/// More words than this are no key.
const WIDTH: usize = 12;

const DEPTH: usize = 10;

type Words = SmallVec<[String; 4]>;

/// The words that a value may be; none if a part of it is not known.
pub(super) fn words(follow: Follow<'_>, seen: &Seen, depth: usize, limits: &mut Limits) -> Words {
    let mut found = Words::new();
    if depth > DEPTH || limits.budget == 0 {
        return found;
    }
    limits.budget -= 1;
    let program = follow.program;
    let mut joined = |parts: &mut dyn Iterator<Item = u32>| {
        let mut whole: Words = SmallVec::from_iter([String::new()]);
        for part in parts {
            let pieces = words(follow, &seen.beside(part), depth + 1, limits);
            whole = whole.iter().flat_map(|first| pieces.iter().map(move |p| format!("{first}{p}"))).collect();
            whole.truncate(WIDTH);
        }
        whole
    };
    match program.op(seen.node).kind {
        OpKind::Str(text) => found.push(text.as_str().to_owned()),
        OpKind::Int(number) => found.push(number.to_string()),
        OpKind::Format(operands) => {
            found = joined(&mut program.operands(seen.node.file, operands).iter().map(|o| o.value));
        }
        OpKind::Binary(Operator::Add, left, right) => found = joined(&mut [left, right].into_iter()),
        OpKind::Call(function, operands) => {
            let rule = follow.types.callees(seen.node).iter().find_map(|c| match c {
                Callee::Meaning(meaning) => meaning.text,
                Callee::Function(..) => None,
            });
            let receiver = match program.op(seen.beside(function).node).kind {
                OpKind::Attr(object, _) => Some(object),
                _ => None,
            };
            let first = program.operands(seen.node.file, operands).first().map(|o| o.value);
            let change: fn(&str) -> String = match rule {
                Some(TextRule::Upper) => |text| text.to_uppercase(),
                Some(TextRule::Lower) => |text| text.to_lowercase(),
                Some(TextRule::Strip) => |text| text.trim().to_owned(),
                Some(TextRule::Same) => |text| text.to_owned(),
                _ => return followed(follow, seen, depth, limits),
            };
            let subject = if rule == Some(TextRule::Same) { first.or(receiver) } else { receiver };
            if let Some(subject) = subject {
                let of = words(follow, &seen.beside(subject), depth + 1, limits);
                found.extend(of.iter().map(|text| change(text)));
            }
        }
        _ => found = followed(follow, seen, depth, limits),
    }
    found
}

fn followed(follow: Follow<'_>, seen: &Seen, depth: usize, limits: &mut Limits) -> Words {
    let mut found = Words::new();
    let steps = follow.back_within(seen, limits);
    limits.parameter = steps.parameter.or(limits.parameter);
    for value in &steps.values {
        let of = words(follow, value, depth + 1, limits);
        // What is not known may be any key.
        if of.is_empty() || found.len() > WIDTH {
            return Words::new();
        }
        for word in of {
            if !found.contains(&word) {
                found.push(word);
            }
        }
    }
    found
}
