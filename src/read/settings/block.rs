//! Lines of a block of text that look like keys: its indentation may have swallowed them.

use crate::fact::{Literal, Scalar, Setting, Text};
use crate::source::Span;

/// The name before such a line's text.
pub const SWALLOWED: &str = "swallowed";

/// Longer blocks are texts of their own.
const LINES: usize = 60;

/// The lines of all blocks of a YAML text that read like `key: value`.
pub fn swallowed(text: &str, settings: &[Setting]) -> Vec<Literal> {
    let mut found = Vec::new();
    for setting in settings {
        let Scalar::Text(value) = setting.value else { continue };
        let lines = value.lines().count();
        if !(2..=LINES).contains(&lines) {
            continue;
        }
        let Span { start, end } = setting.value_span;
        let (from, end) = (start as usize, end as usize);
        let mut at = from;
        for line in text.get(from..end).unwrap_or_default().split_inclusive('\n') {
            let offset = at + line.len() - line.trim_start().len();
            at += line.len();
            let bare = line.trim();
            let Some((key, _)) = bare.split_once(": ").filter(|(_, rest)| !rest.trim().is_empty()) else { continue };
            let plain = key.starts_with(|c: char| c.is_ascii_lowercase())
                && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if plain && offset > from {
                let span = Span::new(offset, offset + key.len());
                found.push(Literal { text: Text::from(key), key: Text::from(SWALLOWED), span });
            }
        }
    }
    found
}
