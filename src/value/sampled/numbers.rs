//! Arithmetic on numbers, and computations in plain words on them.

use crate::fact::Operator;
use crate::value::computation::told;

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
    let part = |number: usize| parts.get(number).copied();
    told(template, &part, &|number| number, &|word, of| plain(word, &of))
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
