//! Places as other programs want them: a line of a file of the repository, notebooks included.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Texts;
use crate::ledger::Statement;
use crate::read::origin::Origin;
use crate::source::{At, FileId, Kind, Lines, Span};

/// A part of one line; all numbers count from 1, the end stands behind the last character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The path from the repository's root, with `/`.
    pub path: String,
    /// The line of the file.
    pub line: u32,
    /// The first column, in characters.
    pub column: u32,
    /// The column behind the last character.
    pub end_column: u32,
    /// The first column, in bytes.
    pub byte: u32,
    /// The column behind the last byte.
    pub end_byte: u32,
}

/// Finds spots.
pub struct Spots<'a> {
    statement: &'a Statement,
    texts: &'a Texts<'a>,
    notebooks: RefCell<FxHashMap<FileId, Option<Rc<Origin>>>>,
}

impl<'a> Spots<'a> {
    /// Nothing is looked up yet.
    pub fn new(statement: &'a Statement, texts: &'a Texts<'a>) -> Self {
        Self { statement, texts, notebooks: RefCell::default() }
    }

    /// The path from the repository's root.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.statement.prefix)
    }

    /// Where in the repository a place is.
    pub fn of(&self, at: At) -> Spot {
        let path = self.path(self.texts.path(at.file));
        let lines = self.texts.lines(at.file);
        let (start, end) = (at.span.start as usize, one_line(&lines, at.span));
        match self.origin(at.file) {
            None => spot(path, &lines, start, end),
            Some(origin) => {
                let byte = |offset: usize| {
                    let position = lines.position(Span::new(offset, offset).start);
                    origin.byte(position.cell?, position.line, position.column)
                };
                let start = byte(start).unwrap_or(0);
                // A line of code is a line of the file, unless the cell is written as one string.
                spot(path, origin.lines(), start, byte(end).unwrap_or(start).max(start))
            }
        }
    }

    fn origin(&self, file: FileId) -> Option<Rc<Origin>> {
        let source = self.statement.sources.get(file.index()).filter(|s| s.kind == Kind::Notebook)?;
        let mut known = self.notebooks.borrow_mut();
        known.entry(file).or_insert_with(|| crate::read::origin(source).map(Rc::new)).clone()
    }
}

/// The end of a span, or of its first line.
fn one_line(lines: &Lines, span: Span) -> usize {
    let text = lines.text();
    let start = (span.start as usize).min(text.len());
    let line_end = text.get(start..).and_then(|rest| rest.find(['\n', '\r'])).map_or(text.len(), |at| start + at);
    (span.end as usize).clamp(start, line_end)
}

fn spot(path: String, lines: &Lines, start: usize, end: usize) -> Spot {
    let offset = |at: usize| Span::new(at, at).start;
    let (first, last) = (lines.position(offset(start)), lines.position(offset(end)));
    let line_start = lines.line_span(lines.line_index(offset(start))).start as usize;
    let byte = |at: usize| offset(at.saturating_sub(line_start) + 1);
    let last = if last.line == first.line { last } else { first };
    Spot {
        path,
        line: first.line,
        column: first.column,
        end_column: last.column,
        byte: byte(start),
        end_byte: byte(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_ends_with_its_line() {
        let lines = Lines::new("é = f(\n 1)\n".into(), Vec::new());
        let end = one_line(&lines, Span::new(5, 10));
        let spot = spot("a.py".to_owned(), &lines, 5, end);
        assert_eq!((spot.line, spot.column, spot.end_column, spot.byte, spot.end_byte), (1, 5, 7, 6, 8));
    }
}
