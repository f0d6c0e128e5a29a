//! What was looked at and what was not: silence is never mistaken for cleanliness.

use std::fmt::Write;

use super::terminal::clean;
use crate::finding::Severity;
use crate::ledger::Statement;

/// Unread files that are named; the others are counted.
const NAMED: usize = 5;

/// The closing lines of every text format.
pub fn summary(statement: &Statement) -> String {
    let mut out = String::new();
    let summary = &statement.summary;
    let counts: Vec<String> = [Severity::High, Severity::Medium, Severity::Low]
        .into_iter()
        .filter_map(|s| Some(statement.count(s)).filter(|n| *n > 0).map(|n| format!("{n} {}", s.word())))
        .collect();
    if statement.findings.is_empty() {
        let _ = writeln!(out, "No debt found by {} rules.", summary.rules);
    } else {
        let _ = writeln!(
            out,
            "Found {} {}: {}.",
            statement.findings.len(),
            plural(statement.findings.len(), "debt"),
            counts.join(", ")
        );
    }
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
    if !statement.unread.is_empty() {
        let n = statement.unread.len();
        let _ = writeln!(out, "{n} {} not read, or not whole:", plural(n, "file"));
        for unread in statement.unread.iter().take(NAMED) {
            let path = statement.sources.get(unread.file.index()).map_or("", |s| s.path.as_str());
            let _ = writeln!(out, "  {}: {}: {}", clean(path), unread.kind.word(), clean(&unread.reason));
        }
        if n > NAMED {
            let _ = writeln!(out, "  and {} more", n - NAMED);
        }
    }
    if summary.allowed > 0 {
        let _ = writeln!(out, "{} allowed by ignore comments.", summary.allowed);
    }
    if summary.hidden > 0 {
        let _ = writeln!(
            out,
            "{} hidden below the least severity or confidence (--min-severity, --min-confidence).",
            summary.hidden
        );
    }
    out
}

fn plural(n: usize, word: &str) -> String {
    if n == 1 { word.to_owned() } else { format!("{word}s") }
}
