//! A statement in, text out: the only place with lines and columns.

pub mod causes;
mod concise;
mod escape;
mod full;
mod gitlab;
mod json;
mod junit;
mod lines;
mod markdown;
mod rdjson;
mod sarif;
mod spot;
mod summary;
pub mod team;
mod terminal;
pub mod trend;

use std::cell::RefCell;
use std::cmp::Reverse;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::ledger::Statement;
use crate::source::{At, FileId, Lines, Position, Source};

pub use escape::{clean, harmless};
pub use summary::summary;
pub use terminal::draw_mistake;

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
    /// For programs, one finding a line.
    JsonLines,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's Code Quality report.
    Gitlab,
    /// JUnit XML.
    Junit,
    /// The diagnostic format of reviewdog.
    Rdjson,
    /// One line a finding, as pylint writes it.
    Pylint,
    /// Issues of Azure Pipelines.
    Azure,
    /// A summary for a comment or a page.
    Markdown,
}

impl Format {
    /// Is it one document, of which two are no document?
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Json | Self::Sarif | Self::Gitlab | Self::Junit | Self::Rdjson)
    }

    /// Is it meant for the eyes of people, who act on causes, and not for a program that follows each finding?
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Full | Self::Concise | Self::Grouped | Self::Github | Self::Azure | Self::Markdown)
    }
}

/// How a statement is written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Which format.
    pub format: Format,
    /// With the colours of terminals.
    pub color: bool,
    /// Of findings that are drawn with their trail, so many are shown; all if it is 0.
    pub limit: usize,
}

/// The statement as text.
pub fn render(statement: &Statement, Style { format, color, limit }: Style) -> String {
    let texts = Texts::new(&statement.sources);
    let causes;
    let statement = if format.is_for_people() {
        let mut counted = causes::by_cause(statement, &texts);
        if format != Format::Grouped {
            counted.findings.sort_by_key(|finding| Reverse(finding.severity));
        }
        causes = counted;
        &causes
    } else {
        statement
    };
    let text = match format {
        Format::Full => escape::log(&full::render(statement, &texts, color, limit)),
        Format::Concise => escape::log(&concise::render(statement, &texts)),
        Format::Grouped => escape::log(&concise::grouped(statement, &texts)),
        Format::Json => json::render(statement, &texts),
        Format::JsonLines => json::lines(statement, &texts),
        Format::Sarif => sarif::render(statement, &texts),
        Format::Github => lines::github(statement, &texts),
        Format::Gitlab => gitlab::render(statement, &texts),
        Format::Junit => junit::render(statement, &texts),
        Format::Rdjson => rdjson::render(statement, &texts),
        Format::Pylint => escape::log(&lines::pylint(statement, &texts)),
        Format::Azure => lines::azure_pipelines(statement, &texts),
        Format::Markdown => escape::log(&markdown::render(statement, &texts)),
    };
    harmless(&text)
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
        format!("{}:{cell}{}:{}", clean(self.path(at.file)), start.line, start.column)
    }
}
