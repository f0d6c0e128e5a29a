//! What differs between two copies, in words.

use super::super::View;
use super::align::Region;
use super::tokens::{Token, Tokens};
use crate::fact::{Facts, OpKind, Role, Val};
use crate::source::{At, FileId};

/// More differences than this are counted, not named.
const NAMED: usize = 3;

/// A literal that has another value in the copy.
struct Difference {
    name: Option<String>,
    values: (String, String),
}

/// What differs between the copies of some runs: literals by name and value.
pub fn literals(view: &View<'_>, sides: (FileId, FileId), tokens: (&Tokens, &Tokens), regions: &[&Region]) -> String {
    let facts = (view.program.file(sides.0), view.program.file(sides.1));
    let mut found: Vec<Difference> = Vec::new();
    for (a, b) in regions.iter().flat_map(|region| &region.literal) {
        for difference in between(facts, &tokens.0.all[*a], &tokens.1.all[*b]) {
            let known = |d: &Difference| d.name == difference.name && d.values == difference.values;
            if !found.iter().any(known) {
                found.push(difference);
            }
        }
    }
    let named = found.iter().take(NAMED).map(|d| {
        let values = format!("`{}` -> `{}`", d.values.0, d.values.1);
        d.name.as_ref().map_or_else(|| values.clone(), |name| format!("{name} ({values})"))
    });
    let named: Vec<String> = named.collect();
    match found.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more literals", named.join(", ")),
    }
}

/// Where the first literal stands that differs.
pub fn first(
    view: &View<'_>,
    sides: (FileId, FileId),
    tokens: (&Tokens, &Tokens),
    regions: &[&Region],
) -> Option<(At, At)> {
    let facts = (view.program.file(sides.0), view.program.file(sides.1));
    let pairs = regions.iter().flat_map(|region| &region.literal);
    pairs.into_iter().find_map(|(a, b)| {
        let (left, right) = (&tokens.0.all[*a], &tokens.1.all[*b]);
        let ((left, _), (right, _)) = literals_of(facts.0, left)
            .into_iter()
            .zip(literals_of(facts.1, right))
            .find(|((_, left), (_, right))| left != right)?;
        let at = |file, facts: &Facts, value| At { file, span: facts.op(value).span };
        Some((at(sides.0, facts.0, left), at(sides.1, facts.1, right)))
    })
}

/// The literals of a statement.
fn literals_of(facts: &Facts, token: &Token) -> Vec<(Val, String)> {
    (token.start..token.end).filter_map(|value| Some((value, text(facts.op(value).kind)?))).collect()
}

/// The literals of two statements of one shape that differ.
fn between(facts: (&Facts, &Facts), left: &Token, right: &Token) -> Vec<Difference> {
    let pairs = literals_of(facts.0, left).into_iter().zip(literals_of(facts.1, right));
    let differ = pairs.filter(|((_, a), (_, b))| a != b);
    differ.map(|((value, a), (_, b))| Difference { name: name(facts.0, left, value), values: (a, b) }).collect()
}

/// What a literal is called: the name it is bound to, the keyword it is passed as.
fn name(facts: &Facts, token: &Token, literal: Val) -> Option<String> {
    (token.start..token.end).find_map(|value| match facts.op(value).kind {
        OpKind::Bind(name, of) if of == literal => Some(name.to_string()),
        OpKind::SetAttr(_, name, of) if of == literal => Some(name.to_string()),
        OpKind::Call(_, operands) => facts.operands(operands).iter().find_map(|operand| match operand.role {
            Role::Named(name) if operand.value == literal => Some(name.to_string()),
            _ => None,
        }),
        _ => None,
    })
}

/// A literal as text, cut where it is long.
fn text(kind: OpKind) -> Option<String> {
    let long = match kind {
        OpKind::Str(text) => text.as_str().to_owned(),
        OpKind::Int(number) => number.to_string(),
        OpKind::Float(bits) => f64::from_bits(bits).to_string(),
        OpKind::Bool(value) => value.to_string(),
        _ => return None,
    };
    let short: String = long.chars().take(40).map(|c| if c.is_control() || c == '`' { ' ' } else { c }).collect();
    Some(if short.len() < long.len() { format!("{short}...") } else { short })
}
