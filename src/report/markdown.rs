//! A summary for people on a page of their forge: a comment, or the summary of a CI job.

use std::fmt::Write;

use super::Texts;
use super::escape::{code, markdown};
use super::spot::Spots;
use super::summary::{found, standing};
use crate::ledger::{Paid, Statement};

/// Forges cut pages that are longer than about this.
const LIMIT: usize = 60_000;
/// What is paid or noted is named up to here.
const NAMED: usize = 20;

pub fn render(statement: &Statement, texts: &Texts<'_>) -> String {
    let spots = Spots::new(statement, texts);
    let mut out = format!("### {}\n\n", markdown(&found(statement)));
    if !statement.findings.is_empty() {
        out.push_str("| Severity | Place | Debt | Rule | Standing |\n|---|---|---|---|---|\n");
    }
    for (number, finding) in statement.findings.iter().enumerate() {
        let spot = spots.of(finding.at);
        let place = code(&format!("{}:{}", spot.path, spot.line));
        let standing = match &finding.note {
            Some(note) => format!("{}: {}", finding.status.word(), markdown(note)),
            None => finding.status.word().to_owned(),
        };
        let row = format!(
            "| {} | {place} | {} | {} | {standing} |\n",
            finding.severity.word(),
            markdown(&finding.message),
            code(&format!("{}/{}", finding.family, finding.rule)),
        );
        if out.len() + row.len() > LIMIT {
            let _ = writeln!(out, "\nand {} more.", statement.findings.len() - number);
            break;
        }
        out.push_str(&row);
    }
    let unread =
        statement.unnamed().map(|u| format!("{}: {}", code(&spots.path(&u.path)), markdown(&super::lines::silence(u))));
    let silent: Vec<String> =
        unread.chain(statement.failures.iter().map(|said| markdown(&format!("internal error: {said}")))).collect();
    if !silent.is_empty() {
        out.push_str("\n**What cannot be said**\n\n");
        list(silent.into_iter(), &mut out);
    }
    paid(&statement.paid, statement, &mut out);
    if let Some(change) = statement.change.as_ref().filter(|change| !change.notes.is_empty()) {
        out.push_str("\n**What the change says to mldebt**\n\n");
        list(change.notes.iter().map(|note| markdown(note)), &mut out);
    }
    let _ = writeln!(out, "\n{}", markdown(&standing(statement).join(" ")));
    out
}

fn paid(paid: &[Paid], statement: &Statement, out: &mut String) {
    if !paid.is_empty() {
        let strike = if statement.change.is_none() { " (strike them with `mldebt ledger pay`)" } else { "" };
        let _ = writeln!(out, "\n**Paid{strike}**\n");
        let one = |paid: &Paid| format!("{} {}: {}", code(&paid.rule), code(&paid.path), markdown(&paid.message));
        list(paid.iter().map(one), out);
    }
}

fn list(lines: impl ExactSizeIterator<Item = String>, out: &mut String) {
    let more = lines.len().saturating_sub(NAMED);
    for line in lines.take(NAMED) {
        let _ = writeln!(out, "- {line}");
    }
    if more > 0 {
        let _ = writeln!(out, "- and {more} more");
    }
}
