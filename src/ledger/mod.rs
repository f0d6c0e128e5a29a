//! What becomes of findings: shown, hidden below the team's thresholds, or allowed by a comment with a reason.

mod ignores;

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::config::ConfigFile;
use crate::fact::{Facts, ProblemKind};
use crate::finding::{Finding, Severity, Status};
use crate::source::{Kind, Source, Span};
use crate::system::graph::{Coverage, System};

/// A file that was not read, or not whole.
#[derive(Clone, Debug)]
pub struct Unread {
    /// The file's number.
    pub file: crate::source::FileId,
    /// What kind of trouble.
    pub kind: ProblemKind,
    /// In words.
    pub reason: String,
    /// Where, as far as known.
    pub span: Span,
}

/// What was looked at.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Files that were read, by kind.
    pub kinds: BTreeMap<Kind, usize>,
    /// Their lines.
    pub lines: usize,
    /// Rules that were asked.
    pub rules: usize,
    /// How much of the data's places could be followed.
    pub coverage: Coverage,
    /// Findings that a comment allows.
    pub allowed: usize,
    /// Findings below the least severity or confidence.
    pub hidden: usize,
}

/// The statement: what the repository owes, and what was looked at to say so.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    /// The findings that are shown, by place.
    pub findings: Vec<Finding>,
    /// Files that were not read, or not whole.
    pub unread: Vec<Unread>,
    /// What was looked at.
    pub summary: Summary,
    /// The sources, for showing places.
    pub sources: Vec<Source>,
    /// The rules, for advice.
    pub catalog: Catalog,
}

impl Statement {
    /// How many findings of a severity are shown.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|f| f.severity == severity).count()
    }
}

/// Marks the findings that ignore comments allow and drops them; adds those about comments that allow none.
pub fn allow(findings: &mut Vec<Finding>, sources: &[Source], facts: &[Facts], catalog: &Catalog) {
    ignores::apply(findings, sources, facts, catalog);
    findings.retain(|f| f.status != Status::Allowed);
}

/// Settles findings against ignore comments and the team's thresholds.
pub fn settle(
    findings: Vec<Finding>,
    system: &System,
    sources: Vec<Source>,
    facts: &[Facts],
    catalog: Catalog,
    config: &ConfigFile,
    only: Option<&str>,
) -> Statement {
    let mut findings = findings;
    ignores::apply(&mut findings, &sources, facts, &catalog);
    let mut summary = Summary { rules: catalog.rules().len(), coverage: system.coverage, ..Summary::default() };
    for (source, facts) in sources.iter().zip(facts) {
        *summary.kinds.entry(source.kind).or_default() += 1;
        summary.lines += facts.lines as usize;
    }
    let elsewhere = |f: &Finding| only.is_some_and(|only| sources[f.at.file.index()].path != only);
    findings.retain(|f| !elsewhere(f));
    summary.allowed = findings.iter().filter(|f| f.status == Status::Allowed).count();
    findings.retain(|f| f.status != Status::Allowed);
    let all = findings.len();
    findings.retain(|f| f.severity >= config.min_severity && f.confidence <= config.min_confidence);
    summary.hidden = all - findings.len();
    findings.sort_by(|a, b| (a.at, a.rule, &a.message).cmp(&(b.at, b.rule, &b.message)));
    let mut unread = Vec::new();
    for (number, facts) in facts.iter().enumerate() {
        // One line a file: the gravest trouble, which is not a slip of syntax.
        if let Some(problem) = facts.problems.iter().min_by_key(|p| p.kind == ProblemKind::Syntax) {
            let file = crate::source::FileId(u32::try_from(number).unwrap_or(u32::MAX));
            unread.push(Unread { file, kind: problem.kind, reason: problem.reason.clone(), span: problem.span });
        }
    }
    Statement { findings, unread, summary, sources, catalog }
}
