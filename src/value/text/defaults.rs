//! Texts of which nothing is left to tell: with what options hold if nobody sets them.

use super::pattern::{Part, Pattern};
use super::{Evaluator, Work};
use crate::value::follow::Seen;

impl Evaluator<'_> {
    /// A pattern as one text, with the defaults of its options; none if a part is unknown.
    pub fn plain(&self, pattern: &Pattern) -> Option<String> {
        self.plain_within(pattern, 0, &mut Work::default())
    }

    pub(super) fn plain_within(&self, pattern: &Pattern, depth: usize, out: &mut Work) -> Option<String> {
        let mut text = String::new();
        for part in pattern {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Option(number) => text.push_str(&self.default_within(*number, depth, out)?),
                Part::Hole | Part::Root(_) | Part::Argument(_) | Part::Temporary => return None,
            }
        }
        Some(text)
    }

    /// The text that an option holds if nobody sets it.
    pub fn default_text(&self, number: u32) -> Option<String> {
        self.default_within(number, 0, &mut Work::default())
    }

    fn default_within(&self, number: u32, depth: usize, out: &mut Work) -> Option<String> {
        let option = self.options.get(number)?;
        let default = Seen::anywhere(option.default?);
        let texts =
            if option.cell { self.evaluated(&default, depth + 1, out) } else { self.text(&default, depth + 1, out) };
        let [Part::Text(text)] = texts.first()?.as_slice() else { return None };
        Some(text.clone())
    }
}
