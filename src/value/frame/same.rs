//! Computations that go by several names: `np.log1p(x)` is `np.log(x + 1)`, `a.div(b)` is `a / b`.

use super::formula::Formula;
use super::{Frames, Seen};
use crate::fact::{OpKind, Operator};
use crate::value::computation::told;

impl Frames<'_> {
    /// A computation that goes by several names.
    pub(super) fn in_plain_words(&self, function: Seen, of: Option<&Formula>, parts: &[Formula]) -> Option<Formula> {
        let name = match (of, self.program().op(function.node).kind) {
            (Some(_), OpKind::Attr(_, name)) => format!(".{name}"),
            _ => self.follow().types.library_name(function.node)?.to_string(),
        };
        let template = self.lexicon.computation(&name)?;
        let parts: Vec<Formula> = of.into_iter().chain(parts).cloned().collect();
        rendered(template, &parts)
    }
}

/// A computation in plain words, as `log(add({0}, 1))` says, of these parts; none if there are others than it says.
pub(super) fn rendered(template: &str, parts: &[Formula]) -> Option<Formula> {
    let named = (0..parts.len() + 1).take_while(|number| template.contains(&format!("{{{number}}}"))).count();
    if named != parts.len() {
        return None;
    }
    let part = |number: usize| parts.get(number).cloned();
    told(template, &part, &|number| Formula::leaf(number.to_string()), &worded)
}

/// A word over formulas: an operator, or what is called by that name.
fn worded(word: &str, inner: Vec<Formula>) -> Option<Formula> {
    let operator = match word {
        "add" => Operator::Add,
        "sub" => Operator::Sub,
        "mul" => Operator::Mul,
        "div" => Operator::Div,
        "pow" => Operator::Pow,
        _ => {
            let texts: Vec<&str> = inner.iter().map(|part| part.text.as_str()).collect();
            return Some(Formula::of(format!("{word}({})", texts.join(", ")), inner));
        }
    };
    let [left, right] = <[Formula; 2]>::try_from(inner).ok()?;
    Some(binary(operator, left, right))
}

/// Two formulas joined by an operator: numbers are worked out, and what may stand in any order stands in one.
pub(super) fn binary(operator: Operator, left: Formula, right: Formula) -> Formula {
    let number = |text: &str| text.parse::<f64>().ok();
    if let (Some(one), Some(two)) = (number(&left.text), number(&right.text))
        && let Some(result) = worked_out(operator, one, two)
    {
        return Formula::leaf(result.to_string());
    }
    // `a / 1000 / 60` is `a / 60000`.
    if operator == Operator::Div
        && let Some(two) = number(&right.text)
        && let Some((inner, one)) = left.text.strip_prefix("(Div ").and_then(|t| t.strip_suffix(')')?.rsplit_once(' '))
        && let Some(one) = number(one)
    {
        return Formula::of(format!("(Div {inner} {})", one * two), [left]);
    }
    let (mut one, mut two) = (left.text.as_str(), right.text.as_str());
    if matches!(operator, Operator::Add | Operator::Mul) && two < one && !one.starts_with('"') {
        std::mem::swap(&mut one, &mut two);
    }
    Formula::of(format!("({operator:?} {one} {two})"), [left.clone(), right])
}

fn worked_out(operator: Operator, one: f64, two: f64) -> Option<f64> {
    let result = match operator {
        Operator::Add => one + two,
        Operator::Sub => one - two,
        Operator::Mul => one * two,
        Operator::Div => one / two,
        _ => return None,
    };
    result.is_finite().then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_computation_are_one() {
        let column = |name: &str| Formula::leaf(format!("[{name}]"));
        let text = |template: &str, parts: &[Formula]| rendered(template, parts).map(|f| f.text);
        assert_eq!(text("log(add({0}, 1))", &[column("a")]).as_deref(), Some("log((Add 1 [a]))"));
        assert_eq!(text("div({0}, {1})", &[column("a"), column("b")]).as_deref(), Some("(Div [a] [b])"));
        assert_eq!(text("div({0}, {1})", &[column("a")]), None);
        let div = |left, right: f64| binary(Operator::Div, left, Formula::leaf(right.to_string()));
        assert_eq!(div(div(column("a"), 1000.0), 60.0).text, "(Div [a] 60000)");
    }
}
