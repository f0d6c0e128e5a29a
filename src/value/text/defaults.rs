//! Texts of which nothing is left to tell: with what options hold if nobody sets them.

use super::pattern::{Part, Pattern};
use super::{Evaluator, Work};
use crate::value::follow::Seen;
use crate::value::options::{CliOption, Takes};

impl Evaluator<'_> {
    /// A pattern as one text, with the defaults of its options; none if a part is unknown.
    pub fn plain(&self, pattern: &Pattern) -> Option<String> {
        self.plain_within(pattern, 0, &mut Work::default())
    }

    pub(super) fn plain_within(&self, pattern: &Pattern, depth: usize, out: &mut Work) -> Option<String> {
        let mut text = String::new();
        for part in pattern {
            match part {
                Part::Key(_, value) => text.push_str(value),
                Part::Text(piece) => text.push_str(piece),
                Part::Option(number) => text.push_str(&self.default_within(*number, depth, out)?),
                Part::Each(number, at) => text.push_str(&self.default_at(*number, *at)?),
                Part::Hole | Part::Root(_) | Part::Argument(_) | Part::Temporary => return None,
            }
        }
        Some(text)
    }

    /// The text that an option holds if nobody sets it.
    pub fn default_text(&self, number: u32) -> Option<String> {
        self.default_within(number, 0, &mut Work::default())
    }

    /// Of several values that an option holds if nobody sets it, the one at that place.
    pub fn default_at(&self, number: u32, at: u32) -> Option<String> {
        let option = self.options.get(number)?;
        if let Some(Part::Text(text)) = self.default_parts(option, at).as_ref().and_then(|pattern| pattern.first()) {
            return Some(text.clone());
        }
        if option.takes != Takes::Commas {
            return None;
        }
        let whole = self.default_text(number)?;
        whole.split(',').nth(at as usize).map(|part| part.trim().to_owned())
    }

    /// The element of a default that is a list.
    fn default_parts(&self, option: &CliOption, at: u32) -> Option<Pattern> {
        let default = option.default.filter(|_| option.param.is_none())?;
        let elements = self.follow.sequence(&Seen::anywhere(default))?;
        let element = elements.get(at as usize)?;
        let texts = self.text(element, 1, &mut Work::default());
        texts.into_iter().next().filter(|pattern| pattern.len() == 1)
    }

    fn default_within(&self, number: u32, depth: usize, out: &mut Work) -> Option<String> {
        let option = self.options.get(number)?;
        let Some(default) = option.default else { return option.said.map(|said| said.to_string()) };
        let default = Seen::anywhere(default);
        let texts =
            if option.cell { self.evaluated(&default, depth + 1, out) } else { self.text(&default, depth + 1, out) };
        let [Part::Text(text)] = texts.first()?.as_slice() else { return None };
        Some(text.clone())
    }
}
