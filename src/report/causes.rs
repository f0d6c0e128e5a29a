//! Debts of one cause are shown as one: the members of a file, one name in many files, a line that was copied.

use rustc_hash::FxHashMap;

use super::Texts;
use crate::catalog::Catalog;
use crate::finding::{Evidence, Finding, likewise};
use crate::ledger::Statement;
use crate::program::parent;
use crate::rule::Cause;
use crate::source::At;

/// The statement in which what somebody must act on is counted by its causes.
pub fn by_cause(statement: &Statement, texts: &Texts<'_>) -> Statement {
    let mut shown = statement.clone();
    shown.findings =
        causes(&statement.findings, &statement.catalog, texts).into_iter().map(|cause| cause.shown).collect();
    shown
}

/// Findings that are shown as one.
pub struct Shown {
    /// The first, which speaks for all of them.
    pub shown: Finding,
    /// The numbers of all, the first's first.
    pub numbers: Vec<usize>,
}

/// What is shown of some findings.
pub fn causes(findings: &[Finding], catalog: &Catalog, texts: &Texts<'_>) -> Vec<Shown> {
    let cause = |finding: &Finding| catalog.find(&finding.rule).and_then(|rule| rule.cause);
    let key = |finding: &Finding| match cause(finding)? {
        Cause::File => Some(texts.path(finding.at.file).to_owned()),
        Cause::Folder => Some(parent(texts.path(finding.at.file)).to_owned()),
        Cause::Name => finding.subject().map(str::to_owned),
    };
    let groups = bucket(findings, |finding| Some(format!("{}\0{}", standing(finding), key(finding)?)));
    let kin: Vec<Finding> = groups.iter().map(|group| one(&pick(findings, group))).collect();
    let whole = |copies: Vec<usize>| Shown {
        shown: copied(&pick(&kin, &copies)),
        numbers: copies.iter().flat_map(|copy| groups[*copy].iter().copied()).collect(),
    };
    copies(&kin, texts).into_iter().map(whole).collect()
}

fn pick<'f>(findings: &'f [Finding], numbers: &[usize]) -> Vec<&'f Finding> {
    numbers.iter().map(|number| &findings[*number]).collect()
}

/// Findings that say the same of the same line in several files: it was copied.
fn copies(findings: &[Finding], texts: &Texts<'_>) -> Vec<Vec<usize>> {
    let mut said: FxHashMap<(&str, &str), usize> = FxHashMap::default();
    for finding in findings {
        *said.entry((&finding.rule, &finding.message)).or_default() += 1;
    }
    bucket(findings, |finding| {
        let again = said.get(&(finding.rule.as_str(), finding.message.as_str())).is_some_and(|times| *times > 1);
        let line = if again { line(finding.at, texts) } else { None };
        Some(format!("{}\0{}\0{}", standing(finding), finding.message, line?))
    })
}

/// The first of some copies, which counts the others.
fn copied(findings: &[&Finding]) -> Finding {
    let mut all = findings[0].clone();
    for other in &findings[1..] {
        add(&mut all, other.at, "the same line");
        other.evidence.iter().for_each(|e| add(&mut all, e.at, &e.message));
    }
    match findings.len() - 1 {
        0 => {}
        1 => all.message.push_str(" (the same line stands in one more place)"),
        n => all.message.push_str(&format!(" (the same line stands in {n} more places)")),
    }
    all
}

/// Puts findings with the same key together, in their order; one without a key stays alone.
fn bucket(findings: &[Finding], key: impl Fn(&Finding) -> Option<String>) -> Vec<Vec<usize>> {
    let mut known: FxHashMap<String, usize> = FxHashMap::default();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (number, finding) in findings.iter().enumerate() {
        match key(finding) {
            Some(key) if known.contains_key(&key) => groups[known[&key]].push(number),
            Some(key) => {
                known.insert(key, groups.len());
                groups.push(vec![number]);
            }
            None => groups.push(vec![number]),
        }
    }
    groups
}

/// What all that is shown as one has in common: rule, severity, and how it stands with whom.
fn standing(finding: &Finding) -> String {
    let (owner, note) = (finding.owner.map_or("", |owner| owner.as_str()), finding.note.as_deref().unwrap_or(""));
    [&finding.rule, finding.severity.word(), finding.status.word(), owner, note].join("\0")
}

/// The text of the line on which a place begins.
fn line(at: At, texts: &Texts<'_>) -> Option<String> {
    let lines = texts.lines(at.file);
    let span = lines.line_span(lines.line_index(at.span.start));
    let text = lines.text().get(span.start as usize..span.end as usize)?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The first of some findings, which speaks for all of them.
fn one(findings: &[&Finding]) -> Finding {
    let mut all = findings[0].clone();
    for other in &findings[1..] {
        add(&mut all, other.at, &other.message);
        other.evidence.iter().for_each(|e| add(&mut all, e.at, &e.message));
    }
    let names: Vec<&str> = findings.iter().map(|finding| finding.subject().unwrap_or_default()).collect();
    all.message = likewise(&all.message, &names);
    all
}

fn add(finding: &mut Finding, at: At, message: &str) {
    if at != finding.at && !finding.evidence.iter().any(|e| e.at == at) {
        finding.evidence.push(Evidence { at, message: message.to_owned() });
    }
}
