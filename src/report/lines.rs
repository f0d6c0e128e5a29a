//! One line a finding, as CI runners and editors read it: annotations, issues, pylint's form.

use std::fmt::Write;

use super::Texts;
use super::escape::{annotation, annotation_property, azure, azure_property, clean};
use super::spot::Spots;
use crate::finding::{Finding, Severity};
use crate::ledger::{Statement, Unread};

/// Annotations of GitHub Actions.
pub fn github(statement: &Statement, texts: &Texts<'_>) -> String {
    let spots = Spots::new(statement, texts);
    let mut out = String::new();
    for finding in &statement.findings {
        let spot = spots.of(finding.at);
        let level = match finding.severity {
            Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low => "notice",
        };
        let title = annotation_property(&format!("mldebt ({}/{})", finding.family, finding.rule));
        let (file, message) = (annotation_property(&spot.path), annotation(&sentence(finding)));
        let (line, column, end) = (spot.line, spot.column, spot.end_column);
        let _ = writeln!(
            out,
            "::{level} title={title},file={file},line={line},col={column},endLine={line},endColumn={end}::{message}"
        );
    }
    for unread in statement.unnamed() {
        let (file, message) = (annotation_property(&spots.path(&unread.path)), annotation(&silence(unread)));
        let _ = writeln!(out, "::error title=mldebt (not read),file={file}::{message}");
    }
    for failure in &statement.failures {
        let _ = writeln!(out, "::error title=mldebt (internal error)::{}", annotation(failure));
    }
    out
}

/// Issues of Azure Pipelines.
pub fn azure_pipelines(statement: &Statement, texts: &Texts<'_>) -> String {
    let spots = Spots::new(statement, texts);
    let mut out = String::new();
    for finding in &statement.findings {
        let spot = spots.of(finding.at);
        let kind = if finding.severity == Severity::High { "error" } else { "warning" };
        let (file, message) = (azure_property(&spot.path), azure(&sentence(finding)));
        let (line, column, rule) = (spot.line, spot.column, finding.rule);
        let _ = writeln!(
            out,
            "##vso[task.logissue type={kind};sourcepath={file};linenumber={line};columnnumber={column};code={rule};]{message}"
        );
    }
    for unread in statement.unnamed() {
        let (file, message) = (azure_property(&spots.path(&unread.path)), azure(&silence(unread)));
        let _ = writeln!(out, "##vso[task.logissue type=error;sourcepath={file};code=not-read;]{message}");
    }
    for failure in &statement.failures {
        let _ = writeln!(out, "##vso[task.logissue type=error;code=internal-error;]{}", azure(failure));
    }
    out
}

/// The form of pylint: `path:line: [rule] message`.
pub fn pylint(statement: &Statement, texts: &Texts<'_>) -> String {
    let spots = Spots::new(statement, texts);
    let mut out = String::new();
    for finding in &statement.findings {
        let spot = spots.of(finding.at);
        let _ = writeln!(out, "{}:{}: [{}] {}", clean(&spot.path), spot.line, finding.rule, clean(&sentence(finding)));
    }
    for unread in statement.unnamed() {
        let _ = writeln!(out, "{}:1: [not-read] {}", clean(&spots.path(&unread.path)), clean(&silence(unread)));
    }
    for failure in &statement.failures {
        let _ = writeln!(out, "mldebt:1: [internal-error] {}", clean(failure));
    }
    out
}

/// Why nothing is said of what was not looked at.
pub fn silence(unread: &Unread) -> String {
    format!("not read, or not whole: {}: {}", unread.kind.word(), unread.reason)
}

/// The message, with what the ledger says.
pub fn sentence(finding: &Finding) -> String {
    match &finding.note {
        Some(note) => format!("{} [{}: {note}]", finding.message, finding.status.word()),
        None => finding.message.clone(),
    }
}
