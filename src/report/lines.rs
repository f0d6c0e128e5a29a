//! One line a finding, as CI runners and editors read it: annotations, issues, pylint's form.

use std::fmt::Write;

use super::Texts;
use super::escape::{annotation, annotation_property, azure, azure_property, clean};
use super::spot::Spots;
use crate::finding::{Finding, Severity};
use crate::ledger::Statement;

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
    out
}

/// The message, with what the ledger says.
pub fn sentence(finding: &Finding) -> String {
    match &finding.note {
        Some(note) => format!("{} [{}: {note}]", finding.message, finding.status.word()),
        None => finding.message.clone(),
    }
}
