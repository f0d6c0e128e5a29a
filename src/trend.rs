//! What a repository owed at some commits of its history: opened and paid between them, and how long what is owed has stood.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::finding::{Finding, Severity, Status};
use crate::history::{Commit, Samples};
use crate::ledger::Statement;
use crate::ledger::compare::{Mark, pairs};
use crate::mistake::Mistake;

/// How much of the history is asked.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// So many commits at most.
    pub commits: usize,
    /// Made since then, in seconds since 1970.
    pub since: Option<i64>,
}

/// A debt, wherever in the history it is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debt {
    /// Its fingerprint.
    pub fingerprint: String,
    /// The rule's name.
    pub rule: String,
    /// The rule's family.
    pub family: String,
    /// How much it costs.
    pub severity: Severity,
    /// Where it stands.
    pub path: String,
    /// What is owed, in one line.
    pub message: String,
}

/// What was owed at a commit.
#[derive(Clone, Debug)]
pub struct Point {
    /// The commit.
    pub commit: Commit,
    /// Debts of high, medium and low severity.
    pub counts: [usize; 3],
    /// Debts by family.
    pub families: BTreeMap<String, usize>,
    /// What was not owed at the commit before.
    pub opened: Vec<Debt>,
    /// What was owed at the commit before and is no more.
    pub paid: Vec<Debt>,
    /// Files that could not be read, or not whole.
    pub unread: usize,
    /// What of mldebt itself failed, so that more may have been owed.
    pub failures: Vec<String>,
}

impl Point {
    /// All debts.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }
}

/// A commit that could not be looked at.
#[derive(Clone, Debug)]
pub struct Skipped {
    /// The commit.
    pub commit: Commit,
    /// Why.
    pub reason: String,
}

/// A debt of now.
#[derive(Clone, Debug)]
pub struct Owed {
    /// The debt.
    pub debt: Debt,
    /// The number of the first point at which it stood.
    pub since: usize,
}

/// The course of what was owed.
#[derive(Clone, Debug, Default)]
pub struct Trend {
    /// The commits that were looked at, the oldest first.
    pub points: Vec<Point>,
    /// Those that could not be.
    pub skipped: Vec<Skipped>,
    /// What is owed at the last point: what has stood longest first, and of that the most severe.
    pub owed: Vec<Owed>,
    /// Of so many commits these are samples.
    pub of: usize,
    /// Where only the last commits were brought here: the oldest that was.
    pub cut: Option<Commit>,
}

/// What stood at the point before.
#[derive(Default)]
struct Before {
    debts: Vec<Debt>,
    paths: FxHashSet<String>,
}

impl Trend {
    /// Looks at one commit after the other; one that cannot be looked at is passed over.
    ///
    /// # Errors
    /// If none of them can be.
    pub fn over(
        samples: Samples,
        mut look: impl FnMut(&Commit) -> Result<Statement, Mistake>,
    ) -> Result<Self, Mistake> {
        let mut trend = Self { of: samples.of, cut: samples.cut, ..Self::default() };
        let (mut before, mut firsts): (Before, FxHashMap<String, usize>) = Default::default();
        let mut last = None;
        for commit in samples.commits {
            match look(&commit) {
                Ok(statement) => trend.add(commit, &statement, &mut before, &mut firsts),
                Err(mistake) => {
                    trend.skipped.push(Skipped { commit, reason: mistake.message.clone() });
                    last = Some(mistake);
                }
            }
        }
        match last {
            Some(mistake) if trend.points.is_empty() => Err(mistake),
            _ => Ok(trend),
        }
    }

    fn add(
        &mut self,
        commit: Commit,
        statement: &Statement,
        before: &mut Before,
        firsts: &mut FxHashMap<String, usize>,
    ) {
        let number = self.points.len();
        let all = statement.findings.iter().chain(&statement.settled).filter(|f| f.status != Status::Allowed);
        let mut debts: Vec<Debt> = all.map(|finding| debt(finding, statement)).collect();
        let here: FxHashSet<&str> = statement.sources.iter().map(|source| source.path.as_str()).collect();
        let there: FxHashSet<&str> = before.paths.iter().map(String::as_str).collect();
        let [now, then] = [&debts, &before.debts].map(|debts| debts.iter().map(mark).collect::<Vec<_>>());
        let pairs = pairs(&now, &here, &then, &there);
        let mut point = Point {
            commit,
            counts: [0; 3],
            families: BTreeMap::new(),
            opened: Vec::new(),
            paid: Vec::new(),
            unread: statement.unread.len(),
            failures: statement.failures.clone(),
        };
        self.owed.clear();
        for (at, debt) in debts.iter().enumerate() {
            let was = pairs.get(&at).and_then(|at| firsts.get(&before.debts[*at].fingerprint)).copied();
            let since = *firsts.entry(debt.fingerprint.clone()).or_insert(was.unwrap_or(number));
            point.counts[rank(debt.severity)] += 1;
            *point.families.entry(debt.family.clone()).or_default() += 1;
            if number > 0 && !pairs.contains_key(&at) {
                point.opened.push(debt.clone());
            }
            self.owed.push(Owed { debt: debt.clone(), since });
        }
        self.owed.sort_by_key(|owed| (owed.since, rank(owed.debt.severity)));
        let paired: FxHashSet<usize> = pairs.into_values().collect();
        let unread: FxHashSet<&str> = statement.unread.iter().map(|unread| unread.path.as_str()).collect();
        let gone = std::mem::take(&mut before.debts).into_iter().enumerate().filter(|(at, _)| !paired.contains(at));
        // What stands in a file that cannot be read now is neither owed nor paid: it waits for when it can be.
        let (waiting, paid): (Vec<Debt>, Vec<Debt>) =
            gone.map(|(_, debt)| debt).partition(|debt| unread.contains(debt.path.as_str()));
        point.paid = paid;
        debts.extend(waiting);
        let paths = here.into_iter().map(str::to_owned).collect();
        *before = Before { debts, paths };
        self.points.push(point);
    }
}

/// The place of a severity among the counts.
fn rank(severity: Severity) -> usize {
    match severity {
        Severity::High => 0,
        Severity::Medium => 1,
        Severity::Low => 2,
    }
}

fn debt(finding: &Finding, statement: &Statement) -> Debt {
    Debt {
        fingerprint: finding.fingerprint.clone(),
        rule: finding.rule.to_string(),
        family: finding.family.to_string(),
        severity: finding.severity,
        path: statement.sources[finding.at.file.index()].path.clone(),
        message: finding.message.clone(),
    }
}

fn mark(debt: &Debt) -> Mark<'_> {
    Mark { fingerprint: &debt.fingerprint, rule: &debt.rule, message: &debt.message, path: &debt.path }
}
