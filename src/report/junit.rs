//! JUnit XML: a suite for each file, a failed case for each finding; one case that passes where there is none.

use std::fmt::Write;

use super::Texts;
use super::escape::markup;
use super::spot::{Spot, Spots};
use crate::finding::Finding;
use crate::ledger::Statement;

pub fn render(statement: &Statement, texts: &Texts<'_>) -> String {
    let spots = Spots::new(statement, texts);
    let found: Vec<(Spot, &Finding)> = statement.findings.iter().map(|f| (spots.of(f.at), f)).collect();
    let failures = found.len();
    let silent: Vec<(String, String)> = statement
        .unnamed()
        .map(|unread| (spots.path(&unread.path), super::lines::silence(unread)))
        .chain(statement.failures.iter().map(|said| ("mldebt".to_owned(), format!("internal error: {said}"))))
        .collect();
    let errors = silent.len();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"mldebt\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\">",
        (failures + errors).max(1)
    );
    for suite in found.chunk_by(|a, b| a.0.path == b.0.path) {
        let path = suite.first().map(|(spot, _)| markup(&spot.path)).unwrap_or_default();
        let n = suite.len();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{path}\" tests=\"{n}\" failures=\"{n}\" errors=\"0\" skipped=\"0\" package=\"mldebt\">"
        );
        for (spot, finding) in suite {
            case(&path, spot, finding, &mut out);
        }
        out.push_str("  </testsuite>\n");
    }
    for (path, said) in &silent {
        let (path, said) = (markup(path), markup(said));
        let _ = writeln!(
            out,
            "  <testsuite name=\"{path}\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" package=\"mldebt\">\n    \
             <testcase name=\"not read\" classname=\"{path}\"><error message=\"{said}\">{path}: {said}</error></testcase>\n  \
             </testsuite>"
        );
    }
    if found.is_empty() && silent.is_empty() {
        out.push_str(
            "  <testsuite name=\"mldebt\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\" package=\"mldebt\">\n",
        );
        out.push_str("    <testcase name=\"no debt\" classname=\"mldebt\"/>\n  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(path: &str, spot: &Spot, finding: &Finding, out: &mut String) {
    let (line, column, message) = (spot.line, spot.column, markup(&super::lines::sentence(finding)));
    let (rule, severity) = (markup(&format!("{}/{}", finding.family, finding.rule)), finding.severity.word());
    let _ = writeln!(
        out,
        "    <testcase name=\"{rule} {line}:{column}\" classname=\"{path}\">\n      \
         <failure type=\"{severity}\" message=\"{message}\">{path}:{line}:{column}: {message}</failure>\n    </testcase>"
    );
}
