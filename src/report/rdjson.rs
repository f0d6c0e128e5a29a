//! The diagnostic format of reviewdog; its columns count bytes.

use serde::Serialize;

use super::Texts;
use super::spot::{Spot, Spots};
use crate::finding::Severity;
use crate::ledger::Statement;

#[derive(Serialize)]
struct Report<'a> {
    source: Source,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

pub fn render(statement: &Statement, texts: &Texts<'_>) -> String {
    let spots = Spots::new(statement, texts);
    let diagnostics = statement.findings.iter().map(|finding| Diagnostic {
        message: super::lines::sentence(finding),
        location: location(spots.of(finding.at)),
        severity: match finding.severity {
            Severity::High => "ERROR",
            Severity::Medium => "WARNING",
            Severity::Low => "INFO",
        },
        code: Code { value: &finding.rule },
        related_locations: finding
            .evidence
            .iter()
            .filter(|e| e.at != finding.at)
            .map(|e| Related { message: &e.message, location: location(spots.of(e.at)) })
            .collect(),
    });
    let at = |path: String| {
        let start = || Position { line: 1, column: 1 };
        Location { path, range: Range { start: start(), end: start() } }
    };
    let silent = |message: String, path: String, value: &'static str| Diagnostic {
        message,
        location: at(path),
        severity: "ERROR",
        code: Code { value },
        related_locations: Vec::new(),
    };
    let unread = statement.unnamed().map(|u| silent(super::lines::silence(u), spots.path(&u.path), "not-read"));
    let failed = statement.failures.iter().map(|said| silent(said.clone(), ".".to_owned(), "internal-error"));
    let diagnostics = diagnostics.chain(unread).chain(failed);
    let report = Report { source: Source { name: "mldebt" }, diagnostics: diagnostics.collect() };
    serde_json::to_string_pretty(&report).map(|text| text + "\n").unwrap_or_default()
}

fn location(spot: Spot) -> Location {
    let position = |column| Position { line: spot.line, column };
    Location { range: Range { start: position(spot.byte), end: position(spot.end_byte) }, path: spot.path }
}
