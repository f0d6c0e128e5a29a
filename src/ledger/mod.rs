//! What becomes of findings: owed, known to the ledger, allowed by a comment, or hidden below the team's thresholds.

pub mod book;
pub mod compare;
pub mod date;
pub mod edit;
mod ignores;
mod settle;
mod unread;

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::config::Config;
use crate::discover::Missing;
use crate::fact::{Facts, Remarks, Text};
use crate::finding::{Finding, Severity, Status};
use crate::judge::Verdict;
use crate::source::{At, Kind, Source};
use crate::system::graph::Coverage;

use book::Ledger;
use unread::Looked;

pub use unread::Unread;

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

/// A debt that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// The fingerprint it had.
    pub fingerprint: String,
    /// The rule's name.
    pub rule: Text,
    /// Where it stood.
    pub path: String,
    /// What was owed, in one line.
    pub message: String,
}

/// What a change does, in diff mode.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// What the repository is compared with.
    pub since: String,
    /// What the change adds to hide debts, and what it alters in mldebt's own files: each in one line.
    pub notes: Vec<String>,
}

/// The statement: what the repository owes, and what was looked at to say so.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    /// The findings that somebody must act on, by place.
    pub findings: Vec<Finding>,
    /// The findings that are known or allowed, by place.
    pub settled: Vec<Finding>,
    /// Debts of the ledger (in diff mode: of the revision that is compared with) that are gone.
    pub paid: Vec<Paid>,
    /// In diff mode: the change.
    pub change: Option<Change>,
    /// Was there a ledger?
    pub ledger: bool,
    /// What was not looked at, or not whole.
    pub unread: Vec<Unread>,
    /// What of mldebt itself failed, each in one line.
    pub failures: Vec<String>,
    /// What was looked at.
    pub summary: Summary,
    /// The sources, for showing places.
    pub sources: Vec<Source>,
    /// The root's path below the repository's own root: empty or ending in `/`.
    pub prefix: String,
    /// The rules, for advice.
    pub catalog: Catalog,
}

impl Statement {
    /// How many findings of a severity are shown.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|f| f.severity == severity).count()
    }

    /// What was not looked at, or not whole, and nobody has answered for.
    pub fn open(&self) -> impl Iterator<Item = &Unread> {
        self.unread.iter().filter(|unread| unread.is_open)
    }

    /// Of those, what no finding that is shown speaks of.
    pub fn unnamed(&self) -> impl Iterator<Item = &Unread> {
        let is_named = |unread: &&Unread| {
            unread.at.is_some_and(|at| self.findings.iter().any(|f| *f.rule == *unread::RULE && f.at.file == at.file))
        };
        self.open().filter(move |unread| !is_named(unread))
    }

    /// How many settled findings have a status.
    pub fn settled_as(&self, status: Status) -> usize {
        self.settled.iter().filter(|f| f.status == status).count()
    }
}

/// Marks the findings that ignore comments allow and drops them; adds those about comments that allow none.
pub fn allow(findings: &mut Vec<Finding>, sources: &[Source], facts: &[Facts], catalog: &Catalog) {
    let remarks: Vec<Remarks> = facts.iter().map(Facts::remarks).collect();
    ignores::apply(findings, sources, &remarks, catalog);
    findings.retain(|f| f.status != Status::Allowed);
}

/// What the rules found, and what they found it in.
pub struct Judged {
    /// The findings.
    pub verdict: Verdict,
    /// The files.
    pub sources: Vec<Source>,
    /// What each file says to the ledger and the summary.
    pub remarks: Vec<Remarks>,
    /// What could not be looked at.
    pub missing: Vec<Missing>,
    /// The rules that were asked.
    pub catalog: Catalog,
}

/// Settles findings against ignore comments, the ledger and the team's thresholds.
pub fn settle(judged: Judged, config: &Config, ledger: &Ledger) -> Statement {
    let Judged { verdict, sources, remarks, missing, catalog } = judged;
    let Verdict { mut findings, owners, coverage, tests, failures } = verdict;
    ignores::apply(&mut findings, &sources, &remarks, &catalog);
    let unread = unread::all(Looked { sources: &sources, remarks: &remarks, tests: &tests, missing }, config, ledger);
    findings.iter_mut().for_each(|finding| finding.owner = owners.get(&finding.at.file).copied());
    let paid =
        settle::against(&mut findings, ledger, &settle::Seen { sources: &sources, unread: &unread, catalog: &catalog });
    let mut summary = Summary { rules: catalog.rules().len(), coverage, ..Summary::default() };
    for (source, remarks) in sources.iter().zip(&remarks) {
        *summary.kinds.entry(source.kind).or_default() += 1;
        summary.lines += remarks.lines as usize;
    }
    let shown = |at: At| config.shows(&sources[at.file.index()].path);
    findings.retain(|f| shown(f.at) || f.evidence.iter().any(|e| shown(e.at)));
    let loud = |f: &Finding| f.severity >= config.file.min_severity && f.confidence <= config.file.min_confidence;
    let all = findings.len();
    findings.retain(|f| f.status == Status::Allowed || loud(f));
    summary.hidden = all - findings.len();
    findings.sort_by(|a, b| (a.at, a.rule, &a.message).cmp(&(b.at, b.rule, &b.message)));
    let (findings, settled): (Vec<Finding>, Vec<Finding>) = findings.into_iter().partition(|f| f.status.is_owed());
    summary.allowed = settled.iter().filter(|f| f.status == Status::Allowed).count();
    let (prefix, ledger) = (config.prefix.clone(), ledger.path.is_some());
    Statement { findings, settled, paid, change: None, ledger, unread, failures, summary, sources, prefix, catalog }
}
