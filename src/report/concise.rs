//! One line a finding.

use std::fmt::Write;

use super::Texts;
use super::escape::clean;
use super::summary::summary;
use crate::ledger::Statement;

pub fn render(statement: &Statement, texts: &Texts<'_>) -> String {
    let mut out = String::new();
    for finding in &statement.findings {
        let place = texts.place(finding.at);
        let _ = writeln!(
            out,
            "{place}: {} [{}] {}",
            finding.rule,
            finding.severity.word(),
            clean(&super::lines::sentence(finding))
        );
    }
    out + &summary(statement)
}

pub fn grouped(statement: &Statement, texts: &Texts<'_>) -> String {
    let mut out = String::new();
    let mut current = None;
    for finding in &statement.findings {
        if current != Some(finding.at.file) {
            let gap = if current.is_some() { "\n" } else { "" };
            let _ = writeln!(out, "{gap}{}:", clean(texts.path(finding.at.file)));
            current = Some(finding.at.file);
        }
        let (start, _) = texts.positions(finding.at);
        let cell = start.cell.map_or_else(String::new, |c| format!("cell {c}:"));
        let _ = writeln!(
            out,
            "  {cell}{}:{} {} [{}] {}",
            start.line,
            start.column,
            finding.rule,
            finding.severity.word(),
            clean(&super::lines::sentence(finding))
        );
    }
    if current.is_some() {
        out.push('\n');
    }
    out + &summary(statement)
}
