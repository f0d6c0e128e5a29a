//! Ignore comments, `mldebt: ignore[rule] reason`, in any comment syntax.

use crate::fact::{Note, Text};
use crate::source::Span;

/// The ignore comments among a file's comments.
pub fn notes(text: &str, comments: impl Iterator<Item = Span>) -> Vec<Note> {
    comments.filter_map(|span| note(text, span)).collect()
}

fn note(text: &str, span: Span) -> Option<Note> {
    let comment = text.get(span.start as usize..span.end as usize)?;
    let after = comment.split_once("mldebt:")?.1.trim_start();
    let after = after.strip_prefix("ignore")?.trim_start().strip_prefix('[')?;
    let (names, reason) = after.split_once(']')?;
    let rules: Vec<Text> = names
        .split(',')
        .map(|n| n.trim().to_ascii_lowercase().replace('_', "-"))
        .filter(|n| !n.is_empty())
        .map(|n| Text::from(&n))
        .collect();
    let reason = reason.trim().trim_end_matches("*/").trim_end_matches("-->").trim();
    let line_start = text.get(..span.start as usize)?.rfind('\n').map_or(0, |i| i + 1);
    let alone = text.get(line_start..span.start as usize)?.trim().is_empty();
    (!rules.is_empty()).then(|| Note { rules, reason: Text::from(reason), span, alone })
}

/// Comments that begin with one of these markers outside of quotes and end with the line.
pub fn line_comments(text: &str, markers: &[&str]) -> Vec<Span> {
    let mut found = Vec::new();
    if !text.contains("mldebt:") {
        return found;
    }
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let mut quote = None;
        for (at, c) in line.char_indices() {
            match (quote, c) {
                (Some(q), _) if c == q => quote = None,
                (None, '"' | '\'') => quote = Some(c),
                (None, _) if markers.iter().any(|m| line.get(at..).is_some_and(|rest| rest.starts_with(m))) => {
                    found.push(Span::new(start + at, start + line.trim_end().len()));
                    break;
                }
                _ => {}
            }
        }
        start += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_name_rules_and_give_reasons() {
        let text =
            "a = 1 # mldebt: ignore[unused_option, data] kept for v1\n  # mldebt: ignore[x] y\n# mldebt: ignore[]\n";
        let notes = notes(text, line_comments(text, &["#"]).into_iter());
        assert_eq!(notes.len(), 2);
        assert_eq!(notes[0].rules, [Text::from("unused-option"), Text::from("data")]);
        assert_eq!((notes[0].reason.as_str(), notes[0].alone, notes[1].alone), ("kept for v1", false, true));
    }

    #[test]
    fn a_marker_in_quotes_is_no_comment() {
        let text = "a: 'x # mldebt: ignore[b] c' # d\n";
        assert!(notes(text, line_comments(text, &["#"]).into_iter()).is_empty());
    }
}
