//! Days that code writes out, and the texts that are made of them.

use smallvec::{SmallVec, smallvec};

use super::pattern::{Part, Pattern, Patterns, literal};
use super::{Evaluator, Work};
use crate::value::follow::Seen;

impl Evaluator<'_> {
    /// `date(2024, 5, 1)` as ISO writes it.
    pub(super) fn day(&self, arguments: &[Seen], depth: usize, out: &mut Work) -> Patterns {
        let mut numbers = Vec::new();
        for argument in arguments.iter().take(3) {
            let texts = self.text(argument, depth + 1, out);
            let number = match texts.first().map(|p| p.as_slice()) {
                Some([Part::Text(text)]) if texts.len() == 1 => text.parse::<u32>().ok(),
                _ => None,
            };
            let Some(number) = number else { return smallvec![smallvec![Part::Hole]] };
            numbers.push(number);
        }
        let [year, month, day] = numbers.as_slice() else { return smallvec![smallvec![Part::Hole]] };
        smallvec![literal(&format!("{year:04}-{month:02}-{day:02}"))]
    }
}

/// Days in that form of `strftime`; what is no day that is written out is unknown.
pub(super) fn formatted(patterns: Patterns, form: &str) -> Patterns {
    let change = |pattern: Pattern| {
        let text = match pattern.as_slice() {
            [Part::Text(day)] => in_form(day, form),
            _ => None,
        };
        text.map_or_else(|| frame(form), |text| literal(&text))
    };
    if patterns.is_empty() { SmallVec::from_iter([frame(form)]) } else { patterns.into_iter().map(change).collect() }
}

/// What of a form does not depend on the day.
fn frame(form: &str) -> Pattern {
    let mut pattern = Pattern::new();
    let mut chars = form.chars();
    while let Some(c) = chars.next() {
        if c == '%' {
            chars.next();
            if pattern.last() != Some(&Part::Hole) {
                pattern.push(Part::Hole);
            }
        } else {
            super::pattern::push(&mut pattern, c.encode_utf8(&mut [0; 4]));
        }
    }
    pattern
}

fn in_form(day: &str, form: &str) -> Option<String> {
    let day = day.get(..10).filter(|_| day.is_char_boundary(10))?;
    let mut parts = day.split('-');
    let (year, month, date) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 || ![year, month, date].iter().all(|p| p.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let mut text = String::new();
    let mut chars = form.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        match chars.next()? {
            'Y' => text.push_str(year),
            'y' => text.push_str(year.get(2..)?),
            'm' => text.push_str(month),
            'd' => text.push_str(date),
            'F' => text.push_str(day),
            'H' | 'M' | 'S' => text.push_str("00"),
            '%' => text.push('%'),
            _ => return None,
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_takes_the_form_that_is_asked_for() {
        assert_eq!(in_form("2024-05-01", "%Y%m%d").as_deref(), Some("20240501"));
        assert_eq!(in_form("2024-05-01", "%Y-%m").as_deref(), Some("2024-05"));
        assert_eq!(in_form("today", "%Y"), None);
        assert_eq!(frame("a_%Y%m.csv").as_slice(), [Part::Text("a_".into()), Part::Hole, Part::Text(".csv".into())]);
    }
}
