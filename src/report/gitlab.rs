//! GitLab's Code Quality report: what is known is listed too, as GitLab itself compares with the target branch.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Texts;
use super::spot::Spots;
use crate::finding::{Severity, Status};
use crate::judge::fingerprint;
use crate::ledger::Statement;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

pub fn render(statement: &Statement, texts: &Texts<'_>) -> String {
    let spots = Spots::new(statement, texts);
    // GitLab drops all but one of those with equal fingerprints.
    let mut times: BTreeMap<&str, u32> = BTreeMap::new();
    let mut issues = Vec::new();
    let settled = statement.settled.iter().filter(|f| f.status != Status::Allowed);
    for finding in statement.findings.iter().chain(settled) {
        let spot = spots.of(finding.at);
        let time = times.entry(&finding.fingerprint).or_default();
        let print = match *time {
            0 => finding.fingerprint.clone(),
            n => fingerprint([finding.fingerprint.as_str(), &n.to_string()].into_iter()),
        };
        *time += 1;
        issues.push(Issue {
            description: super::lines::sentence(finding),
            check_name: format!("{}/{}", finding.family, finding.rule),
            fingerprint: print,
            severity: match finding.severity {
                Severity::High => "critical",
                Severity::Medium => "major",
                Severity::Low => "minor",
            },
            location: Location { path: spot.path, lines: Lines { begin: spot.line } },
        });
    }
    let mut silent = |path: String, name: &str, description: String| {
        issues.push(Issue {
            fingerprint: fingerprint([name, &path, &description].into_iter()),
            description,
            check_name: name.to_owned(),
            severity: "blocker",
            location: Location { path, lines: Lines { begin: 1 } },
        });
    };
    for unread in statement.unnamed() {
        silent(spots.path(&unread.path), "not-read", super::lines::silence(unread));
    }
    for failure in &statement.failures {
        silent(".".to_owned(), "internal-error", failure.clone());
    }
    serde_json::to_string_pretty(&issues).map(|text| text + "\n").unwrap_or_default()
}
