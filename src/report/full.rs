//! Findings drawn with their trail of evidence across files.

use std::fmt::Write;

use codespan_reporting::diagnostic::{Diagnostic, Label, Severity as Level};
use codespan_reporting::files::{Error, Files};

use super::Texts;
use super::escape::clean;
use super::summary::summary;
use super::terminal::draw;
use crate::finding::{Finding, Severity};
use crate::ledger::Statement;
use crate::source::{At, FileId};

/// Labels of one finding; what is more is counted.
const LABELS: usize = 10;

/// Of the findings, the first `limit` are drawn; all if it is 0.
pub fn render(statement: &Statement, texts: &Texts<'_>, color: bool, limit: usize) -> String {
    let mut out = String::new();
    let all = statement.findings.len();
    let shown = if limit == 0 { all } else { limit.min(all) };
    for finding in &statement.findings[..shown] {
        out.push_str(&one(statement, finding, texts, color));
        out.push('\n');
    }
    if shown < all {
        let _ = writeln!(out, "... and {} more (`--limit 0` shows all)\n", all - shown);
    }
    out.push_str(&summary(statement));
    next(statement, &mut out);
    out
}

/// What to do with what was found.
fn next(statement: &Statement, out: &mut String) {
    if let Some(first) = statement.findings.first() {
        let _ = write!(out, "Next: `mldebt explain {}` says why it is a debt", first.rule);
        let begin = if statement.ledger || statement.change.is_some() {
            ""
        } else {
            "; `mldebt ledger init` lets only new debts fail"
        };
        let _ = writeln!(out, "{begin}.");
    }
}

fn one(statement: &Statement, finding: &Finding, texts: &Texts<'_>, color: bool) -> String {
    let level = match finding.severity {
        Severity::High => Level::Error,
        Severity::Medium => Level::Warning,
        Severity::Low => Level::Note,
    };
    let mut files = Shown { texts, pieces: Vec::new() };
    let mut labels = vec![files.label(finding.at, finding.label.as_deref().unwrap_or(""), true)];
    let further = finding.evidence.iter().filter(|e| e.at != finding.at);
    labels.extend(further.clone().take(LABELS).map(|e| files.label(e.at, &e.message, false)));
    let mut notes = Vec::new();
    let more = further.count().saturating_sub(LABELS);
    if more > 0 {
        notes.push(format!("and {more} more places"));
    }
    if let Some(rule) = statement.catalog.find(&finding.rule) {
        let remedy: Vec<&str> = rule.remedy.split_whitespace().collect();
        notes.push(format!("help: {}", remedy.join(" ")));
    }
    if let Some(note) = &finding.note {
        notes.push(format!("{}: {}", finding.status.word(), clean(note)));
    }
    notes.push(format!(
        "{} severity, {}: mldebt explain {}; fingerprint {}",
        finding.severity.word(),
        finding.confidence.word(),
        finding.rule,
        finding.fingerprint
    ));
    let diagnostic = Diagnostic::new(level)
        .with_code(format!("{}/{}", finding.family, finding.rule))
        .with_message(clean(&finding.message))
        .with_labels(labels)
        .with_notes(notes);
    let mut drawn = draw(&files, &diagnostic, color);
    if drawn.is_empty() {
        let _ = writeln!(drawn, "{}: {}", texts.place(finding.at), clean(&finding.message));
    }
    drawn
}

/// The files of one finding, each piece of a notebook's cell as a file of its own so that lines count within it.
struct Shown<'t, 's> {
    texts: &'t Texts<'s>,
    pieces: Vec<Piece>,
}

struct Piece {
    name: String,
    file: FileId,
    start: u32,
    text: String,
    starts: Vec<usize>,
}

impl Shown<'_, '_> {
    fn label(&mut self, at: At, message: &str, primary: bool) -> Label<usize> {
        let piece = self.piece(at);
        let base = self.pieces[piece].start as usize;
        let length = self.pieces[piece].text.len();
        let start = (at.span.start as usize).saturating_sub(base).min(length);
        // One line is enough to know a place by.
        let text = &self.pieces[piece].text;
        let line_end = text.get(start..).and_then(|t| t.find('\n')).map_or(length, |i| start + i);
        let end = (at.span.end as usize).saturating_sub(base).clamp(start, line_end);
        let label = if primary { Label::primary(piece, start..end) } else { Label::secondary(piece, start..end) };
        label.with_message(clean(message))
    }

    fn piece(&mut self, at: At) -> usize {
        let lines = self.texts.lines(at.file);
        let cell = lines.cell(at.span.start);
        let start = cell.map_or(0, |c| c.start);
        if let Some(known) = self.pieces.iter().position(|p| p.file == at.file && p.start == start) {
            return known;
        }
        let path = clean(self.texts.path(at.file));
        let (name, text) = match cell {
            Some(cell) => {
                let rest = lines.text().get(start as usize..).unwrap_or_default();
                (format!("{path}:cell {}", cell.number), rest)
            }
            None => (path, lines.text()),
        };
        // A control character would move the cursor; a byte for a byte keeps the places right.
        let text: String = text
            .chars()
            .map(|c| if c.is_control() && c != '\n' && c != '\t' && c.is_ascii() { '?' } else { c })
            .collect();
        let starts = codespan_reporting::files::line_starts(&text).collect();
        self.pieces.push(Piece { name, file: at.file, start, text, starts });
        self.pieces.len() - 1
    }
}

impl<'f> Files<'f> for Shown<'_, '_> {
    type FileId = usize;
    type Name = &'f str;
    type Source = &'f str;

    fn name(&'f self, id: usize) -> Result<&'f str, Error> {
        self.pieces.get(id).map(|p| p.name.as_str()).ok_or(Error::FileMissing)
    }

    fn source(&'f self, id: usize) -> Result<&'f str, Error> {
        self.pieces.get(id).map(|p| p.text.as_str()).ok_or(Error::FileMissing)
    }

    fn line_index(&'f self, id: usize, byte: usize) -> Result<usize, Error> {
        let piece = self.pieces.get(id).ok_or(Error::FileMissing)?;
        Ok(piece.starts.partition_point(|s| *s <= byte).saturating_sub(1))
    }

    fn line_range(&'f self, id: usize, line: usize) -> Result<std::ops::Range<usize>, Error> {
        let piece = self.pieces.get(id).ok_or(Error::FileMissing)?;
        let start =
            piece.starts.get(line).copied().ok_or(Error::LineTooLarge { given: line, max: piece.starts.len() })?;
        Ok(start..piece.starts.get(line + 1).copied().unwrap_or(piece.text.len()))
    }
}
