//! Arithmetic on numbers, and computations in plain words on them.

use crate::fact::Operator;

/// Parts in parts.
const DEPTH: usize = 8;

/// Two numbers joined by an operator.
pub fn joined(operator: Operator, one: f64, two: f64) -> Option<f64> {
    let truth = |holds: bool| f64::from(u8::from(holds));
    let result = match operator {
        Operator::Add => one + two,
        Operator::Sub => one - two,
        Operator::Mul => one * two,
        Operator::Div => one / two,
        Operator::FloorDiv => (one / two).floor(),
        Operator::Mod => one - two * (one / two).floor(),
        Operator::Pow => one.powf(two),
        Operator::Bit => truth(one != 0.0 && two != 0.0),
        Operator::Or => truth(one != 0.0 || two != 0.0),
        _ => return None,
    };
    Some(result)
}

/// A computation in plain words, as `log(add({0}, 1))` says, of these numbers.
pub fn computed(template: &str, parts: &[f64]) -> Option<f64> {
    let mut rest = template;
    let value = read(&mut rest, parts, 0)?;
    rest.trim().is_empty().then_some(value)
}

fn read(rest: &mut &str, parts: &[f64], depth: usize) -> Option<f64> {
    *rest = rest.trim_start();
    if depth > DEPTH {
        return None;
    }
    if let Some(after) = rest.strip_prefix('{') {
        let (number, after) = after.split_once('}')?;
        *rest = after;
        return parts.get(number.parse::<usize>().ok()?).copied();
    }
    let end = rest.find(['(', ',', ')']).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    *rest = after;
    let Some(after) = rest.strip_prefix('(') else { return word.trim().parse().ok() };
    *rest = after;
    let mut inner = Vec::new();
    loop {
        inner.push(read(rest, parts, depth + 1)?);
        *rest = rest.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => *rest = after,
            None => break,
        }
    }
    *rest = rest.strip_prefix(')')?;
    plain(word, &inner)
}

fn plain(word: &str, of: &[f64]) -> Option<f64> {
    let value = match (word, of) {
        ("add", [one, two]) => one + two,
        ("sub", [one, two]) => one - two,
        ("mul", [one, two]) => one * two,
        ("div", [one, two]) => one / two,
        ("pow", [one, two]) => one.powf(*two),
        ("log", [one]) => one.ln(),
        ("log2", [one]) => one.log2(),
        ("log10", [one]) => one.log10(),
        ("exp", [one]) => one.exp(),
        ("abs", [one]) => one.abs(),
        ("floor", [one]) => one.floor(),
        ("ceil", [one]) => one.ceil(),
        ("sin", [one]) => one.sin(),
        ("cos", [one]) => one.cos(),
        ("tan", [one]) => one.tan(),
        ("arcsin", [one]) => one.asin(),
        ("arctan2", [one, two]) => one.atan2(*two),
        ("radians", [one]) => one.to_radians(),
        ("isna", [_]) => 0.0,
        ("notna", [_]) => 1.0,
        _ => return None,
    };
    Some(value)
}
