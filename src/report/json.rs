//! For programs: one object a finding; version 1 of this shape stays as it is.

use serde::Serialize;

use super::Texts;
use crate::finding::Status;
use crate::ledger::Statement;
use crate::source::At;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    findings: Vec<Row<'a>>,
    unread: Vec<Unread<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Row<'a> {
    rule: &'a str,
    family: &'a str,
    severity: &'a str,
    confidence: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    fingerprint: &'a str,
    status: Status,
    evidence: Vec<Evidence<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<u32>,
}

#[derive(Serialize)]
struct Evidence<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct Unread<'a> {
    path: &'a str,
    line: u32,
    kind: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    kinds: std::collections::BTreeMap<String, usize>,
    lines: usize,
    rules: usize,
    places: usize,
    places_resolved: usize,
    columns: usize,
    columns_traced: usize,
    allowed: usize,
    hidden: usize,
}

pub fn render(statement: &Statement, texts: &Texts<'_>) -> String {
    let findings = statement.findings.iter().map(|f| Row {
        rule: &f.rule,
        family: &f.family,
        severity: f.severity.word(),
        confidence: f.confidence.word(),
        message: &f.message,
        place: place(texts, f.at),
        fingerprint: &f.fingerprint,
        status: f.status,
        evidence: f.evidence.iter().map(|e| Evidence { place: place(texts, e.at), message: &e.message }).collect(),
    });
    let unread = statement.unread.iter().map(|u| Unread {
        path: texts.path(u.file),
        line: texts.lines(u.file).position(u.span.start).line,
        kind: u.kind.word(),
        reason: &u.reason,
    });
    let summary = &statement.summary;
    let kinds = summary.kinds.iter().map(|(kind, n)| {
        (serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default(), *n)
    });
    let report = Report {
        version: 1,
        findings: findings.collect(),
        unread: unread.collect(),
        summary: Summary {
            files: summary.kinds.values().sum(),
            kinds: kinds.collect(),
            lines: summary.lines,
            rules: summary.rules,
            places: summary.coverage.places,
            places_resolved: summary.coverage.resolved,
            columns: summary.coverage.columns,
            columns_traced: summary.coverage.traced,
            allowed: summary.allowed,
            hidden: summary.hidden,
        },
    };
    serde_json::to_string_pretty(&report).map(|text| text + "\n").unwrap_or_default()
}

fn place<'a>(texts: &Texts<'a>, at: At) -> Place<'a> {
    let (start, end) = texts.positions(at);
    Place {
        path: texts.path(at.file),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        cell: start.cell,
    }
}
