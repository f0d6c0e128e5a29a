//! SARIF 2.1.0, as code scanning wants it: stable fingerprints, one-line regions, the trail as a code flow.

use serde_json::{Map, Value, json};

use super::Texts;
use super::escape::uri;
use super::spot::{Spot, Spots};
use crate::finding::{Finding, Severity, Status};
use crate::fix::{self, Fix};
use crate::ledger::{Paid, Statement};
use crate::rule::Rule;
use crate::source::At;
use crate::vocabulary::Certainty;

/// What GitHub takes of one run.
const RESULTS: usize = 25_000;
/// What it takes of one code flow.
const STEPS: usize = 1_000;
/// Characters of a text.
const TEXT: usize = 1_024;
/// Files that are named as not read.
const NOTIFICATIONS: usize = 1_000;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub fn render(statement: &Statement, texts: &Texts<'_>) -> String {
    let spots = Spots::new(statement, texts);
    let mut findings: Vec<&Finding> = statement.findings.iter().chain(&statement.settled).collect();
    let more = findings.len().saturating_sub(RESULTS);
    if more > 0 {
        // What costs most stays; the order of places is kept.
        let mut by_weight: Vec<usize> = (0..findings.len()).collect();
        by_weight.sort_by_key(|n| (!findings[*n].status.is_owed(), std::cmp::Reverse(findings[*n].severity)));
        by_weight.truncate(RESULTS);
        by_weight.sort_unstable();
        findings = by_weight.into_iter().map(|n| findings[n]).collect();
    }
    let rules = statement.catalog.rules();
    let desk = fix::Texts::new(&statement.sources);
    let mut results: Vec<Value> = findings.iter().map(|f| result(statement, &spots, rules, f)).collect();
    for (result, finding) in results.iter_mut().zip(&findings) {
        if let Some(Ok(fix)) = fix::propose(finding, &statement.catalog, &desk) {
            result["fixes"] = json!([mended(&fix, &spots, texts)]);
        }
    }
    let room = RESULTS - results.len();
    results.extend(statement.paid.iter().take(room).map(|paid| absent(&spots, rules, paid)));
    let run = json!({
        "tool": { "driver": {
            "name": "mldebt",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules.iter().map(descriptor).collect::<Vec<_>>(),
        }},
        "automationDetails": { "id": "mldebt/" },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": { "%SRCROOT%": { "description": { "text": "The repository's root." } } },
        "invocations": [{
            "executionSuccessful": statement.open().next().is_none() && statement.failures.is_empty(),
            "toolExecutionNotifications": notifications(statement, &spots, more),
        }],
        "results": results,
    });
    let log = json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] });
    serde_json::to_string_pretty(&log).map(|text| text + "\n").unwrap_or_default()
}

fn descriptor(rule: &Rule) -> Value {
    let (why, remedy) = (one_line(&rule.why), one_line(&rule.remedy));
    json!({
        "id": format!("{}/{}", rule.family, rule.name),
        "name": pascal(&rule.name),
        "shortDescription": { "text": cut(&rule.title) },
        "fullDescription": { "text": cut(&why) },
        "help": {
            "text": format!("{why}\n\n{remedy}\n\nSource: {}", rule.source),
            "markdown": format!("{why}\n\n**What to do.** {remedy}\n\n*Source: {}*", rule.source),
        },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "tags": ["technical-debt", "machine-learning", rule.family],
            "precision": precision(rule.confidence),
            "problem.severity": problem(rule.severity),
        },
    })
}

fn result(statement: &Statement, spots: &Spots<'_>, rules: &[Rule], finding: &Finding) -> Value {
    let message = cut(&finding.message);
    let place = location(&spots.of(finding.at), None);
    let id = format!("{}/{}", finding.family, finding.rule);
    let mut result = json!({
        "ruleId": id,
        "level": level(finding.severity),
        "message": { "text": plain(&message) },
        "locations": [place],
        "partialFingerprints": fingerprints(&finding.fingerprint),
        "properties": { "confidence": finding.confidence.word(), "status": finding.status.word() },
    });
    let Some(object) = result.as_object_mut() else { return result };
    index(object, rules, &finding.rule);
    let trail: Vec<Value> = finding
        .evidence
        .iter()
        .filter(|e| e.at != finding.at)
        .take(STEPS - 1)
        .map(|e| location(&spots.of(e.at), Some(&e.message)))
        .collect();
    if !trail.is_empty() {
        let last = location(&spots.of(finding.at), Some(finding.label.as_deref().unwrap_or(&message)));
        let steps: Vec<Value> = trail.iter().chain([&last]).map(|location| json!({ "location": location })).collect();
        object.insert("relatedLocations".to_owned(), trail.into());
        object.insert("codeFlows".to_owned(), json!([{ "threadFlows": [{ "locations": steps }] }]));
    }
    if let Some(owner) = finding.owner {
        object["properties"]["owner"] = owner.as_str().into();
    }
    if statement.ledger || statement.change.is_some() {
        let state = match finding.status {
            Status::New => "new",
            Status::Grown => "updated",
            _ => "unchanged",
        };
        object.insert("baselineState".to_owned(), state.into());
    }
    object.extend(suppressions(finding).map(|list| ("suppressions".to_owned(), list)));
    result
}

/// What `--fix` would do, a change for each file.
fn mended(fix: &Fix, spots: &Spots<'_>, texts: &Texts<'_>) -> Value {
    let changes = fix.files().into_iter().map(|file| {
        let own = fix.edits.iter().filter(|edit| edit.file == file);
        let replacements = own.map(|edit| {
            let (start, end) = texts.positions(At { file, span: edit.span });
            json!({
                "deletedRegion": {
                    "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column,
                },
                "insertedContent": { "text": edit.text },
            })
        });
        json!({
            "artifactLocation": { "uri": uri(&spots.path(texts.path(file))), "uriBaseId": "%SRCROOT%" },
            "replacements": replacements.collect::<Vec<_>>(),
        })
    });
    let risk = fix.risk.as_ref().map_or_else(String::new, |risk| format!(" (unsafe: {risk})"));
    json!({
        "description": { "text": plain(&cut(&format!("{}{risk}", fix.title))) },
        "artifactChanges": changes.collect::<Vec<_>>(),
    })
}

/// A comment suppresses in the source, the ledger outside of it. What merely stood there before is not suppressed.
fn suppressions(finding: &Finding) -> Option<Value> {
    let kind = match finding.status {
        Status::Allowed => "inSource",
        Status::Known => "external",
        _ => return None,
    };
    let mut suppression = json!({ "kind": kind, "status": "accepted" });
    if let Some(note) = &finding.note {
        suppression["justification"] = cut(note).into();
    }
    Some(json!([suppression]))
}

fn absent(spots: &Spots<'_>, rules: &[Rule], paid: &Paid) -> Value {
    let id = rules.iter().find(|r| r.name == *paid.rule).map(|r| format!("{}/{}", r.family, r.name));
    let message = if paid.message.is_empty() { "paid" } else { &paid.message };
    let mut result = json!({
        "ruleId": id.unwrap_or_else(|| paid.rule.to_string()),
        "message": { "text": plain(&cut(message)) },
        "partialFingerprints": fingerprints(&paid.fingerprint),
        "baselineState": "absent",
    });
    if let Some(object) = result.as_object_mut() {
        index(object, rules, &paid.rule);
        if !paid.path.is_empty() {
            let artifact = json!({ "uri": uri(&spots.path(&paid.path)), "uriBaseId": "%SRCROOT%" });
            object.insert("locations".to_owned(), json!([{ "physicalLocation": { "artifactLocation": artifact } }]));
        }
    }
    result
}

fn index(result: &mut Map<String, Value>, rules: &[Rule], name: &str) {
    if let Some(index) = rules.iter().position(|r| r.name == name) {
        result.insert("ruleIndex".to_owned(), index.into());
    }
}

/// The first is what GitHub tells alerts apart by: resting on names, it stays when lines move.
fn fingerprints(fingerprint: &str) -> Value {
    json!({ "primaryLocationLineHash": format!("{fingerprint}:1"), "mldebt/v1": fingerprint })
}

fn location(spot: &Spot, message: Option<&str>) -> Value {
    let mut location = json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&spot.path), "uriBaseId": "%SRCROOT%" },
        "region": {
            "startLine": spot.line, "startColumn": spot.column, "endLine": spot.line, "endColumn": spot.end_column,
        },
    }});
    if let Some(message) = message.filter(|m| !m.is_empty()) {
        location["message"] = json!({ "text": plain(&cut(message)) });
    }
    location
}

fn notifications(statement: &Statement, spots: &Spots<'_>, more: usize) -> Vec<Value> {
    let unread = statement.unread.iter().take(NOTIFICATIONS).map(|unread| {
        let artifact = json!({ "uri": uri(&spots.path(&unread.path)), "uriBaseId": "%SRCROOT%" });
        json!({
            "level": if unread.is_open { "error" } else { "warning" },
            "message": { "text": cut(&format!("not read, or not whole: {}: {}", unread.kind.word(), unread.reason)) },
            "locations": [{ "physicalLocation": { "artifactLocation": artifact } }],
        })
    });
    let truncated = (more > 0)
        .then(|| json!({ "level": "warning", "message": { "text": format!("{more} further findings are left out") } }));
    let failures = statement.failures.iter();
    let failures = failures
        .map(|said| json!({ "level": "error", "message": { "text": cut(&format!("internal error: {said}")) } }));
    unread.chain(truncated).chain(failures).collect()
}

/// Text of a message; `[text](1)` in it would be a link.
fn plain(text: &str) -> String {
    if !text.contains("](") {
        return text.to_owned();
    }
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

/// `unused-option` as `UnusedOption`.
fn pascal(name: &str) -> String {
    let upper = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    name.split('-').filter(|word| word.is_ascii() && !word.is_empty()).map(upper).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT - 1) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "recommendation",
    }
}

fn precision(confidence: Certainty) -> &'static str {
    match confidence {
        Certainty::Seen => "very-high",
        Certainty::Inferred => "high",
        Certainty::Guessed => "medium",
    }
}
