//! Which debts to pay first, and why: what weighs most in one place, together with what its trail crosses.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Block, tame};
use crate::finding::{Finding, Severity, Status};
use crate::ledger::Statement;
use crate::source::FileId;

/// A team does not pay more at a time.
const MOST: usize = 5;

/// Debts of one rule in one file, which are paid together.
struct Payment<'a> {
    debts: Vec<&'a Finding>,
    files: FxHashSet<FileId>,
}

impl Payment<'_> {
    /// The heaviest counts whole, the others for a third, as who pays one is there for the others. Files that the trail
    /// crosses make it heavier: each may be changed by somebody who does not know.
    fn weight(&self) -> usize {
        let weights = self.debts.iter().map(|f| weight(f));
        let (most, sum) = (weights.clone().max().unwrap_or(0), weights.sum::<usize>());
        most + (sum - most) / 3 + 10 * (self.files.len() - 1).min(5)
    }

    fn count(&self, fits: impl Fn(&Finding) -> bool) -> usize {
        self.debts.iter().filter(|f| fits(f)).count()
    }
}

fn weight(finding: &Finding) -> usize {
    let severity = match finding.severity {
        Severity::High => 90,
        Severity::Medium => 30,
        Severity::Low => 10,
    };
    if matches!(finding.status, Status::Overdue | Status::Grown) { severity * 2 } else { severity }
}

/// The first payments, each with its reasons and the first step.
pub fn block(statement: &Statement, all: &[&Finding]) -> Block {
    let mut by_place: FxHashMap<_, Payment<'_>> = FxHashMap::default();
    for finding in all {
        let empty = || Payment { debts: Vec::new(), files: FxHashSet::default() };
        let payment = by_place.entry((finding.rule, finding.at.file)).or_insert_with(empty);
        payment.debts.push(finding);
        payment.files.extend(finding.evidence.iter().map(|e| e.at.file).chain([finding.at.file]));
    }
    let mut payments: Vec<Payment<'_>> = by_place.into_values().collect();
    payments.sort_by_key(|p| (std::cmp::Reverse(p.weight()), p.debts.first().map(|f| (f.at, f.rule))));
    let rows = payments.iter().take(MOST).filter_map(|payment| row(statement, payment)).collect();
    Block::Table { head: vec!["Pay", "Because", "First step", "Owner"], rows }
}

fn row(statement: &Statement, payment: &Payment<'_>) -> Option<Vec<String>> {
    let first = payment.debts.first()?;
    let path = statement.sources.get(first.at.file.index()).map_or("", |s| s.path.as_str());
    let what = match payment.debts.len() {
        1 => first.message.clone(),
        n => format!("{n} times `{}`, among them: {}", first.rule, first.message),
    };
    let remedy =
        statement.catalog.find(&first.rule).map(|rule| rule.remedy.split_whitespace().collect::<Vec<_>>().join(" "));
    let owner = first.owner.map_or_else(|| "nobody named".to_owned(), |owner| owner.to_string());
    Some(vec![format!("`{}`: {what}", tame(path)), reasons(payment).join("; "), remedy.unwrap_or_default(), owner])
}

fn reasons(payment: &Payment<'_>) -> Vec<String> {
    let mut reasons = Vec::new();
    for (status, word) in [(Status::Overdue, "overdue"), (Status::Grown, "grown since it was accepted")] {
        match payment.count(|f| f.status == status) {
            0 => {}
            n => reasons.push(format!("{n} {word}")),
        }
    }
    for severity in [Severity::High, Severity::Medium, Severity::Low] {
        match payment.count(|f| f.severity == severity) {
            0 => {}
            n => reasons.push(format!("{n} of {} severity", severity.word())),
        }
    }
    if payment.files.len() > 1 {
        reasons.push(format!("its trail crosses {} files", payment.files.len()));
    }
    reasons
}
