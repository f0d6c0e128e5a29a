//! What was looked at and what was not: silence is never mistaken for cleanliness.

use std::fmt::Write;

use super::escape::clean;
use crate::finding::{Severity, Status};
use crate::ledger::Statement;

/// Unread files, paid debts and the like that are named; the others are counted.
const NAMED: usize = 5;

/// What somebody must act on, counted in one sentence.
pub fn found(statement: &Statement) -> String {
    let n = statement.findings.len();
    let since = statement.change.as_ref().map_or_else(String::new, |change| format!(" since {}", change.since));
    // What is overdue is owed with every change, but is none of its own.
    let own = |status: Status| matches!(status, Status::New | Status::Grown);
    let new = if statement.change.is_some() && statement.findings.iter().all(|f| own(f.status)) { "new " } else { "" };
    if n == 0 && (statement.open().next().is_some() || !statement.failures.is_empty()) {
        return format!(
            "No {new}debt found{since} by {} rules in what could be read, which is not all.",
            statement.summary.rules
        );
    }
    if n == 0 {
        return format!("No {new}debt found{since} by {} rules.", statement.summary.rules);
    }
    let severities = [Severity::High, Severity::Medium, Severity::Low].map(|s| (statement.count(s), s.word()));
    let of = |status: Status| statement.findings.iter().filter(|f| f.status == status).count();
    let states = [Status::Grown, Status::Overdue, Status::Unserviced].map(|status| (of(status), status.word()));
    let counts = severities.into_iter().chain(states).filter(|(n, _)| *n > 0);
    let counts: Vec<String> = counts.map(|(n, word)| format!("{n} {word}")).collect();
    format!("Found {n} {new}{}{}: {}.", plural(n, "debt"), if new.is_empty() { "" } else { &since }, counts.join(", "))
}

/// What stands besides: known, there before, allowed, hidden. A sentence each.
pub fn standing(statement: &Statement) -> Vec<String> {
    let counts = [
        (statement.settled_as(Status::Known), "known to the ledger."),
        (statement.settled_as(Status::Old), "stood there before."),
        (statement.summary.allowed, "allowed by ignore comments."),
        (statement.summary.hidden, "hidden below the least severity or confidence (--min-severity, --min-confidence)."),
    ];
    counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}")).collect()
}

/// The closing lines of every text format.
pub fn summary(statement: &Statement) -> String {
    let mut out = String::new();
    let summary = &statement.summary;
    let _ = writeln!(out, "{}", clean(&found(statement)));
    aside(statement, &mut out);
    let mut kinds: Vec<String> =
        summary.kinds.iter().map(|(kind, n)| format!("{n} {}", format!("{kind:?}").to_lowercase())).collect();
    if kinds.is_empty() {
        kinds.push("no source files".to_owned());
    }
    let files: usize = summary.kinds.values().sum();
    let _ = writeln!(
        out,
        "Looked at {files} {} ({}) with {} {}.",
        plural(files, "file"),
        kinds.join(", "),
        summary.rules,
        plural(summary.rules, "rule")
    );
    let coverage = summary.coverage;
    if let Some(share) = (coverage.resolved * 100).checked_div(coverage.places) {
        let _ = writeln!(
            out,
            "Followed {} of {} data places ({share} %); what the others touch is not known.",
            coverage.resolved, coverage.places
        );
    } else if files > 0 {
        out.push_str("Saw no call that reads or writes data.\n");
    }
    if let Some(share) = (coverage.traced * 100).checked_div(coverage.columns) {
        let _ = writeln!(
            out,
            "Traced {} of {} uses of columns to the data they come from ({share} %).",
            coverage.traced, coverage.columns
        );
    }
    if coverage.learning > 0 {
        let _ = writeln!(
            out,
            "Understood {} of {} calls that look like learning{}.",
            coverage.understood,
            coverage.learning,
            clean(&coverage.not_understood())
        );
    }
    if !statement.unread.is_empty() {
        let n = statement.unread.len();
        let _ = writeln!(out, "{n} {} not read, or not whole:", plural(n, "file"));
        // What nobody has answered for is named before the rest.
        let rest = statement.unread.iter().filter(|unread| !unread.is_open);
        for unread in statement.open().chain(rest).take(NAMED) {
            let _ = writeln!(out, "  {}: {}: {}", clean(&unread.path), unread.kind.word(), clean(&unread.reason));
        }
        more(n, &mut out);
        let n = statement.open().count();
        if n > 0 {
            let are = if n == 1 { "is" } else { "are" };
            let _ = writeln!(out, "{n} of them {are} nobody's decision, so that mldebt exits with 2.");
        }
    }
    for failure in &statement.failures {
        let _ = writeln!(out, "Internal error, please report it: {}", clean(failure));
    }
    for sentence in standing(statement) {
        let _ = writeln!(out, "{sentence}");
    }
    out
}

/// What is paid, and what a change says to mldebt.
fn aside(statement: &Statement, out: &mut String) {
    let (n, named) = (statement.paid.len(), statement.paid.iter().take(NAMED));
    if n > 0 {
        let strike = if statement.change.is_none() { " (`mldebt ledger pay` strikes what is paid)" } else { "" };
        let _ = writeln!(out, "Paid {n} {}{strike}:", plural(n, "debt"));
        for paid in named {
            let _ = writeln!(out, "  {}: {} {}", clean(&paid.path), paid.rule, clean(&paid.message));
        }
        more(n, out);
    }
    let notes = statement.change.as_ref().map_or(&[][..], |change| &change.notes);
    if !notes.is_empty() {
        out.push_str("The change speaks to mldebt itself:\n");
        for note in notes.iter().take(NAMED) {
            let _ = writeln!(out, "  {}", clean(note));
        }
        more(notes.len(), out);
    }
}

fn more(n: usize, out: &mut String) {
    if n > NAMED {
        let _ = writeln!(out, "  and {} more", n - NAMED);
    }
}

fn plural(n: usize, word: &str) -> String {
    if n == 1 { word.to_owned() } else { format!("{word}s") }
}
