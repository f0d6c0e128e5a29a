//! Ignore comments: which findings they allow, and which of them allow none.

use rustc_hash::FxHashMap;

use crate::catalog::Catalog;
use crate::fact::{Note, Remarks, Text};
use crate::finding::{Finding, Status};
use crate::judge::fingerprint;
use crate::mistake::nearest;
use crate::rule::Rule;
use crate::source::{At, FileId, Lines, Source};
use crate::vocabulary::Certainty;

/// The rule that speaks of ignore comments that match nothing.
const UNUSED: &str = "unused-ignore";

/// Marks the findings that comments allow, and adds one for each comment that allows none.
pub fn apply(findings: &mut Vec<Finding>, sources: &[Source], remarks: &[Remarks], catalog: &Catalog) {
    let mut more = Vec::new();
    let known = Known { own: catalog.find(UNUSED), names: catalog.names() };
    for (number, remarks) in remarks.iter().enumerate() {
        if remarks.notes.is_empty() {
            continue;
        }
        let file = FileId(u32::try_from(number).unwrap_or(u32::MAX));
        let Some(lines) = crate::read::lines(&sources[number]) else { continue };
        let mut here: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        for (index, finding) in findings.iter().enumerate() {
            let places = std::iter::once(finding.at).chain(finding.evidence.iter().map(|e| e.at));
            for at in places.filter(|at| at.file == file) {
                here.entry(lines.line_index(at.span.start)).or_default().push(index);
            }
        }
        for note in &remarks.notes {
            let line = line_of(note, &lines);
            let mut used: Vec<Text> = Vec::new();
            for index in here.get(&line).into_iter().flatten() {
                let finding = &mut findings[*index];
                if let Some(named) = note.rules.iter().find(|r| **r == finding.rule || **r == finding.family) {
                    finding.status = Status::Allowed;
                    finding.note = Some(note.reason.to_string()).filter(|reason| !reason.is_empty());
                    used.push(*named);
                }
            }
            for rule in note.rules.iter().filter(|r| !used.contains(r)) {
                more.extend(unused(*rule, At { file, span: note.span }, &sources[number].path, &known));
            }
        }
    }
    findings.extend(more);
}

/// The line a comment speaks of: its own, or, if it stands alone, the next that holds anything but a comment.
fn line_of(note: &Note, lines: &Lines) -> usize {
    let own = lines.line_index(note.span.start);
    if !note.alone {
        return own;
    }
    let is_code = |line: &usize| {
        let span = lines.line_span(*line);
        let text = lines.text().get(span.start as usize..span.end as usize).unwrap_or_default().trim();
        !text.is_empty() && !["#", "//", "--", ";"].iter().any(|m| text.starts_with(m))
    };
    (own + 1..lines.count()).find(is_code).unwrap_or(own)
}

/// What is known of rules.
struct Known<'a> {
    /// The rule that speaks of comments.
    own: Option<&'a Rule>,
    /// The names of all rules and families that are asked, sorted.
    names: Vec<&'a str>,
}

fn unused(rule: Text, at: At, path: &str, known: &Known<'_>) -> Option<Finding> {
    let (own, names) = (known.own?, &known.names);
    let message = if names.binary_search(&rule.as_str()).is_ok() {
        format!("this comment ignores `{rule}`, which finds nothing here")
    } else {
        // A rule that was not asked may well have found something.
        match nearest(&rule, names.iter().copied()) {
            Some(near) => format!("this comment ignores `{rule}`, which is no rule; did you mean `{near}`?"),
            None => return None,
        }
    };
    Some(Finding {
        rule: Text::from(UNUSED),
        family: Text::from(&own.family),
        severity: own.severity,
        confidence: Certainty::Seen,
        message,
        at,
        label: None,
        evidence: Vec::new(),
        trail: Vec::new(),
        parts: vec![(Text::from("rule"), rule)],
        fingerprint: fingerprint([UNUSED, path, rule.as_str()].into_iter()),
        status: Status::New,
        note: None,
        owner: None,
    })
}
