//! Lines, indentation and comments of a text that is edited.

use std::ops::Range;

/// The byte order mark, which is no part of a text.
pub const MARK: char = '\u{feff}';

/// Where the line of an offset begins.
pub fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1)
}

/// Where the line of an offset ends, its line break included.
pub fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|after| after.find('\n')).map_or(text.len(), |end| at + end + 1)
}

/// Where the line of an offset ends, before its line break.
pub fn line_stop(text: &str, at: usize) -> usize {
    let end = line_end(text, at);
    let line = text.get(at..end).unwrap_or_default();
    at + line.trim_end_matches(['\n', '\r']).len()
}

/// A part of a text.
pub fn part(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

/// Stands nothing but blanks there?
pub fn is_blank(text: &str, range: Range<usize>) -> bool {
    text.get(range).is_some_and(|part| part.trim().is_empty())
}

/// Holds a part of a text a comment that one of these markers begins?
pub fn has_comment(text: &str, range: Range<usize>, markers: &[&str]) -> bool {
    part(text, range).lines().any(|line| {
        markers.iter().any(|marker| {
            let mut from = 0;
            std::iter::from_fn(|| {
                let at = from + line.get(from..)?.find(marker)?;
                from = at + marker.len();
                Some(at)
            })
            .any(|at| line[..at].is_empty() || line[..at].ends_with(char::is_whitespace))
        })
    })
}

/// The lines from one offset to another, with the blank lines below if there are as many above: what stood apart by
/// them is gone.
pub fn whole_lines(text: &str, from: usize, to: usize) -> Range<usize> {
    let (start, end) = (line_start(text, from), line_end(text, to));
    let above = part(text, 0..start).lines().rev().take_while(|line| line.trim().is_empty()).count();
    let mut below = end;
    let mut count = 0;
    while below < text.len() && is_blank(text, below..line_end(text, below)) {
        below = line_end(text, below);
        count += 1;
    }
    if count > 0 && (above >= count || start == 0) { start..below } else { start..end }
}
