//! INI, cfg and env files: lines of `key = value`, under section headers or not.

use rustc_hash::FxHashMap;

use super::{Entry, Tree, Value, flatten, plain};
use crate::fact::{Facts, Scalar, Text};
use crate::read::comments::{line_comments, notes};
use crate::source::Span;

/// Reads an INI file. The `ini` crate tells whether it is one; keys are taken from the lines, which have places.
pub fn ini(text: &str) -> Facts {
    let mut facts = Facts::default();
    if let Err(error) = ini::Ini::load_from_str_noescape(text) {
        let at = Span::new(0, 0);
        facts.trouble(crate::fact::ProblemKind::Syntax, error.to_string(), at);
    }
    let mut sections: Vec<Entry> = Vec::new();
    let mut loose: Vec<Entry> = Vec::new();
    for (start, line) in lines(text) {
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix('[').and_then(|l| l.split(']').next()) {
            let from = start + line.find('[').unwrap_or(0) + 1;
            let value = Tree { value: Value::Map(Vec::new()), span: Span::new(start, start + line.len()) };
            sections.push(Entry {
                key: Text::from(name),
                key_span: Span::new(from, from + name.len()),
                merge: false,
                value,
            });
        } else if !trimmed.starts_with(['#', ';'])
            && !line.starts_with([' ', '\t'])
            && let Some(entry) = entry(start, line, &['=', ':'])
        {
            match sections.last_mut().map(|s| &mut s.value.value) {
                Some(Value::Map(entries)) => entries.push(entry),
                _ => loose.push(entry),
            }
        }
    }
    loose.extend(together(sections));
    flatten(&Tree { value: Value::Map(loose), span: Span::new(0, text.len()) }, &mut facts);
    facts.notes = notes(text, line_comments(text, &["#", ";"]).into_iter());
    facts
}

/// Sections of one name are a list, as the layers of a network are; nothing of them is lost.
fn together(sections: Vec<Entry>) -> Vec<Entry> {
    let mut named: Vec<Entry> = Vec::new();
    let mut at: FxHashMap<Text, usize> = FxHashMap::default();
    for section in sections {
        match at.get(&section.key).and_then(|i| named.get_mut(*i)) {
            None => {
                at.insert(section.key, named.len());
                named.push(section);
            }
            Some(first) => {
                let span = first.value.span;
                match &mut first.value.value {
                    Value::List(all) => all.push(section.value),
                    one => {
                        let map = std::mem::replace(one, Value::List(Vec::new()));
                        *one = Value::List(vec![Tree { value: map, span }, section.value]);
                    }
                }
            }
        }
    }
    named
}

/// Reads a file of environment variables.
pub fn env(text: &str) -> Facts {
    let mut facts = Facts::default();
    let entries = lines(text).filter_map(|(start, line)| {
        let bare = line.trim_start();
        let bare = bare.strip_prefix("export ").unwrap_or(bare);
        if bare.starts_with('#') {
            return None;
        }
        entry(start + (line.len() - bare.len()), bare, &['='])
    });
    flatten(&Tree { value: Value::Map(entries.collect()), span: Span::new(0, text.len()) }, &mut facts);
    facts.notes = notes(text, line_comments(text, &["#"]).into_iter());
    facts
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let here = start;
        start += line.len();
        (here, line.trim_end_matches(['\n', '\r']))
    })
}

fn entry(start: usize, line: &str, separators: &[char]) -> Option<Entry> {
    let at = line.find(separators)?;
    let key = line.get(..at)?.trim();
    if key.is_empty() {
        return None;
    }
    let from = start + line.find(key)?;
    let rest = line.get(at + 1..)?;
    let value = rest.trim();
    let value_from = start + at + 1 + (rest.len() - rest.trim_start().len());
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (text, scalar) = match quote.and_then(|q| value.get(1..)?.find(q).and_then(|end| value.get(1..=end))) {
        Some(inner) => (inner, Scalar::Text(Text::from(inner))),
        None => {
            let bare = value.split(" #").next().unwrap_or(value).trim_end();
            (bare, plain(bare))
        }
    };
    let value = Tree { value: Value::Scalar(scalar), span: Span::new(value_from, value_from + text.len()) };
    Some(Entry { key: Text::from(key), key_span: Span::new(from, from + key.len()), merge: false, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_of_one_name_are_a_list() {
        let facts = ini("[net]\nlr=1\n[conv]\nsize=3\n[conv]\nsize=1\nsize=2\n[conv]\nsize=5\n");
        let keys: Vec<String> =
            facts.settings.iter().map(|s| s.keys.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(".")).collect();
        assert_eq!(
            keys,
            [
                "net",
                "net.lr",
                "conv",
                "conv.0",
                "conv.0.size",
                "conv.1",
                "conv.1.size",
                "conv.1.size",
                "conv.2",
                "conv.2.size"
            ]
        );
        let repeated: Vec<Scalar> = facts.settings.iter().filter(|s| s.repeats.is_some()).map(|s| s.value).collect();
        assert_eq!(repeated, [Scalar::Int(2)]);
    }
}
