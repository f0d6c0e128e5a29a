//! Lines of a block of text that look like keys: its indentation may have swallowed them.

use crate::fact::{Literal, Scalar, Setting, Text};
use crate::source::Span;

/// The name before such a line's text.
pub const SWALLOWED: &str = "swallowed";

/// The same for a line that begins what others of its kind hold as a key at this very place.
pub const TAKEN_IN: &str = "taken in";

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
        // A text that is written to a file may be such a file.
        let written = value.contains("<<");
        let mut at = from;
        for line in text.get(from..end).unwrap_or_default().split_inclusive('\n') {
            let offset = at + line.len() - line.trim_start().len();
            at += line.len();
            let bare = line.trim();
            if let Some(key) = bare.split(" #").next().and_then(|bare| bare.trim_end().strip_suffix(':'))
                && offset > from
                && !written
                && is_beside(settings, &setting.keys, key)
            {
                let span = Span::new(offset, offset + key.len());
                found.push(Literal { text: Text::from(key), key: Text::from(TAKEN_IN), span });
                continue;
            }
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

/// Do other maps of the same list or map hold a key of that name, beside one of the name under which the block stands?
fn is_beside(settings: &[Setting], keys: &[Text], key: &str) -> bool {
    let [outer @ .., own, block] = keys else { return false };
    let other = |setting: &&Setting| {
        matches!(setting.keys.as_slice(), [above @ .., of, last]
            if above == outer && of != own && last.as_str() == key)
    };
    let beside = |found: &Setting| {
        let [above @ .., of, _] = found.keys.as_slice() else { return false };
        settings
            .iter()
            .any(|s| matches!(s.keys.as_slice(), [a @ .., o, last] if a == above && o == of && last == block))
    };
    !outer.is_empty() && !has(settings, outer, *own, key) && settings.iter().filter(other).any(beside)
}

/// Holds a map that key itself?
fn has(settings: &[Setting], outer: &[Text], own: Text, key: &str) -> bool {
    let same =
        |keys: &[Text]| matches!(keys, [above @ .., of, last] if above == outer && *of == own && last.as_str() == key);
    settings.iter().any(|setting| same(&setting.keys))
}

#[cfg(test)]
mod tests {
    use super::super::yaml;
    use super::*;

    #[test]
    fn a_block_takes_in_what_its_siblings_hold_as_keys() {
        let text = "stages:\n  a:\n    cmd: >-\n      python a.py\n      deps:\n        - a.py\n  b:\n    cmd: >-\n      python b.py\n    deps:\n      - b.py\n";
        let found: Vec<Text> = swallowed(text, &yaml(text).settings).iter().map(|literal| literal.text).collect();
        assert_eq!(found, [Text::from("deps")]);
        let whole = text.replace("      deps:\n        - a", "    deps:\n      - a");
        assert!(swallowed(&whole, &yaml(&whole).settings).is_empty());
    }
}
