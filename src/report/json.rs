//! For programs: one object a finding; version 1 of this shape stays as it is.

use serde::Serialize;

use super::Texts;
use super::causes::causes;
use crate::finding::{Finding, Status};
use crate::fix::{self, Fix};
use crate::ledger::Statement;
use crate::source::At;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    findings: Vec<Row<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    settled: Vec<Row<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paid: Vec<Paid<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<Change<'a>>,
    unread: Vec<Unread<'a>>,
    /// What of mldebt itself failed.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    failures: &'a [String],
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
    /// The fingerprint of the finding that stands for it where people read.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown_with: Option<&'a str>,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    evidence: Vec<Evidence<'a>>,
    /// What `--fix` would do.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Mended<'a>>,
}

#[derive(Serialize)]
struct Mended<'a> {
    title: String,
    /// Why it is done only with `--unsafe-fixes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    risk: Option<String>,
    edits: Vec<Replaced<'a>>,
}

/// What stands at a place, and what is to stand there.
#[derive(Serialize)]
struct Replaced<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    text: String,
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
struct Paid<'a> {
    rule: &'a str,
    path: &'a str,
    message: &'a str,
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct Change<'a> {
    since: &'a str,
    notes: &'a [String],
}

#[derive(Serialize)]
struct Unread<'a> {
    path: &'a str,
    line: u32,
    kind: &'a str,
    reason: &'a str,
    /// Nobody has answered for it, so that the run ends with 2.
    open: bool,
}

/// What stands in the place of a finding where nothing can be said, in the form of one finding a line.
#[derive(Serialize)]
struct Silence<'a> {
    unread: &'a str,
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
    learning: usize,
    learning_understood: usize,
    learning_missed: std::collections::BTreeMap<String, u32>,
    allowed: usize,
    hidden: usize,
}

/// The rows of what somebody must act on; what stands for others where people read is named by them.
fn owed<'a>(statement: &'a Statement, texts: &Texts<'a>) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = statement.findings.iter().map(|finding| row(finding, texts)).collect();
    let desk = fix::Texts::new(&statement.sources);
    for (row, finding) in rows.iter_mut().zip(&statement.findings) {
        row.fix = fix::propose(finding, &statement.catalog, &desk).and_then(Result::ok).map(|fix| mended(fix, texts));
    }
    for shown in causes(&statement.findings, &statement.catalog, texts) {
        let lead = shown.numbers[0];
        for number in &shown.numbers[1..] {
            rows[*number].shown_with = Some(&statement.findings[lead].fingerprint);
        }
    }
    rows
}

fn row<'a>(finding: &'a Finding, texts: &Texts<'a>) -> Row<'a> {
    let evidence = finding.evidence.iter().map(|e| Evidence { place: place(texts, e.at), message: &e.message });
    Row {
        rule: &finding.rule,
        family: &finding.family,
        severity: finding.severity.word(),
        confidence: finding.confidence.word(),
        message: &finding.message,
        place: place(texts, finding.at),
        fingerprint: &finding.fingerprint,
        shown_with: None,
        status: finding.status,
        note: finding.note.as_deref(),
        owner: finding.owner.as_ref().map(|owner| owner.as_str()),
        evidence: evidence.collect(),
        fix: None,
    }
}

fn mended<'a>(fix: Fix, texts: &Texts<'a>) -> Mended<'a> {
    let edits = fix
        .edits
        .into_iter()
        .map(|edit| Replaced { place: place(texts, At { file: edit.file, span: edit.span }), text: edit.text });
    Mended { title: fix.title, risk: fix.risk, edits: edits.collect() }
}

/// One finding a line.
pub fn lines(statement: &Statement, texts: &Texts<'_>) -> String {
    let line = |row: &Row<'_>| serde_json::to_string(row).map(|text| text + "\n").unwrap_or_default();
    let found: String = owed(statement, texts).iter().map(line).collect();
    let silence = |said: Silence<'_>| serde_json::to_string(&said).map(|text| text + "\n").unwrap_or_default();
    let unread = statement.unnamed().map(|u| Silence { unread: &u.path, kind: u.kind.word(), reason: &u.reason });
    let failed = statement.failures.iter().map(|said| Silence { unread: "", kind: "internal", reason: said });
    found + &unread.chain(failed).map(silence).collect::<String>()
}

pub fn render(statement: &Statement, texts: &Texts<'_>) -> String {
    let paid = statement.paid.iter().map(|paid| Paid {
        rule: &paid.rule,
        path: &paid.path,
        message: &paid.message,
        fingerprint: &paid.fingerprint,
    });
    let unread = statement.unread.iter().map(|u| Unread {
        path: &u.path,
        line: u.at.map_or(1, |at| texts.lines(at.file).position(at.span.start).line),
        kind: u.kind.word(),
        reason: &u.reason,
        open: u.is_open,
    });
    let summary = &statement.summary;
    let kinds = summary.kinds.iter().map(|(kind, n)| {
        (serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default(), *n)
    });
    let report = Report {
        version: 1,
        findings: owed(statement, texts),
        settled: statement.settled.iter().map(|f| row(f, texts)).collect(),
        paid: paid.collect(),
        change: statement.change.as_ref().map(|change| Change { since: &change.since, notes: &change.notes }),
        unread: unread.collect(),
        failures: &statement.failures,
        summary: Summary {
            files: summary.kinds.values().sum(),
            kinds: kinds.collect(),
            lines: summary.lines,
            rules: summary.rules,
            places: summary.coverage.places,
            places_resolved: summary.coverage.resolved,
            columns: summary.coverage.columns,
            columns_traced: summary.coverage.traced,
            learning: summary.coverage.learning,
            learning_understood: summary.coverage.understood,
            learning_missed: summary
                .coverage
                .unlearnt
                .iter()
                .flatten()
                .map(|of| (of.name.to_string(), of.calls))
                .collect(),
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
