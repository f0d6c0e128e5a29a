//! A statement in, text out: the only place with lines and columns.

mod concise;
mod full;
mod json;
mod summary;
mod terminal;

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::ledger::Statement;
use crate::source::{At, FileId, Lines, Position, Source};

pub use summary::summary;
pub use terminal::{clean, draw_mistake};

/// The formats of `check`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Findings with their trail of evidence.
    #[default]
    Full,
    /// One line a finding.
    Concise,
    /// One line a finding, under its file.
    Grouped,
    /// For programs.
    Json,
}

/// The statement as text; `color` for terminals.
pub fn render(statement: &Statement, format: Format, color: bool) -> String {
    let texts = Texts::new(&statement.sources);
    match format {
        Format::Full => full::render(statement, &texts, color),
        Format::Concise => concise::render(statement, &texts),
        Format::Grouped => concise::grouped(statement, &texts),
        Format::Json => json::render(statement, &texts),
    }
}

/// The texts of sources, loaded when a place in them is to be shown.
pub struct Texts<'a> {
    sources: &'a [Source],
    loaded: RefCell<FxHashMap<FileId, Rc<Lines>>>,
}

impl<'a> Texts<'a> {
    /// Nothing is loaded yet.
    pub fn new(sources: &'a [Source]) -> Self {
        Self { sources, loaded: RefCell::default() }
    }

    /// A file's lines; none if it cannot be read (any more).
    pub fn lines(&self, file: FileId) -> Rc<Lines> {
        let mut loaded = self.loaded.borrow_mut();
        let lines = loaded.entry(file).or_insert_with(|| {
            let source = self.sources.get(file.index());
            Rc::new(source.and_then(crate::read::lines).unwrap_or_else(|| Lines::new("".into(), Vec::new())))
        });
        Rc::clone(lines)
    }

    /// A file's path.
    pub fn path(&self, file: FileId) -> &'a str {
        self.sources.get(file.index()).map_or("", |s| s.path.as_str())
    }

    /// Where a place begins and ends.
    pub fn positions(&self, at: At) -> (Position, Position) {
        let lines = self.lines(at.file);
        (lines.position(at.span.start), lines.position(at.span.end.max(at.span.start)))
    }

    /// `path:line:column`, `path:cell N:line:column`.
    pub fn place(&self, at: At) -> String {
        let (start, _) = self.positions(at);
        let cell = start.cell.map_or_else(String::new, |c| format!("cell {c}:"));
        format!("{}:{cell}{}:{}", terminal::clean(self.path(at.file)), start.line, start.column)
    }
}
