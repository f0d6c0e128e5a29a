//! Findings held against the ledger: which are known, which have grown or fallen due, which debts are paid.

use rustc_hash::{FxHashMap, FxHashSet};

use super::book::{Entry, Ledger};
use super::date::Date;
use super::{Paid, Unread};
use crate::catalog::Catalog;
use crate::fact::Text;
use crate::finding::{Finding, Status};
use crate::source::Source;

/// What was looked at, and with which rules: what was not cannot be paid.
pub struct Seen<'a> {
    /// The files.
    pub sources: &'a [Source],
    /// Those that were not read whole.
    pub unread: &'a [Unread],
    /// The rules.
    pub catalog: &'a Catalog,
}

/// Marks the findings that the ledger knows; says which of its debts are gone.
pub fn against(findings: &mut [Finding], ledger: &Ledger, seen: &Seen<'_>) -> Vec<Paid> {
    let mut open: FxHashMap<&str, &Entry> = ledger.entries.iter().map(|e| (e.fingerprint.as_str(), e)).collect();
    let mut strange = Vec::new();
    for finding in findings.iter_mut() {
        match open.remove(finding.fingerprint.as_str()) {
            Some(entry) => mark(finding, entry, ledger.today),
            None => strange.push(finding),
        }
    }
    let paths: FxHashSet<&str> = seen.sources.iter().map(|s| s.path.as_str()).collect();
    // A debt whose file is gone and that stands elsewhere word for word has moved.
    let mut moved: FxHashMap<(Text, &str), Vec<&Entry>> = FxHashMap::default();
    for entry in ledger.entries.iter().filter(|e| open.contains_key(e.fingerprint.as_str())) {
        if !entry.path.is_empty() && !paths.contains(entry.path.as_str()) {
            moved.entry((Text::from(rule_name(entry)), &entry.message)).or_default().push(entry);
        }
    }
    for finding in strange {
        let same = moved.iter_mut().find(|((rule, message), _)| *rule == finding.rule && *message == finding.message);
        if let Some(entry) = same.and_then(|(_, entries)| entries.pop()) {
            open.remove(entry.fingerprint.as_str());
            mark(finding, entry, ledger.today);
        }
    }
    let unread: FxHashSet<&str> = seen.unread.iter().map(|unread| unread.path.as_str()).collect();
    let gone = |entry: &&Entry| {
        let asked = seen.catalog.find(rule_name(entry)).is_some();
        asked && open.contains_key(entry.fingerprint.as_str()) && !unread.contains(entry.path.as_str())
    };
    ledger.entries.iter().filter(gone).map(paid).collect()
}

/// The rule's name, whether or not its family stands before it.
pub fn rule_name(entry: &Entry) -> &str {
    entry.rule.rsplit('/').next().unwrap_or_default()
}

fn mark(finding: &mut Finding, entry: &Entry, today: Option<Date>) {
    if finding.status == Status::Allowed {
        return;
    }
    if finding.owner.is_none() && !entry.owner.trim().is_empty() {
        finding.owner = Some(Text::from(&entry.owner));
    }
    let places = finding.places();
    let taken = format!("{}, {}: {}", entry.owner, entry.term(), entry.reason);
    let overdue = entry.due.zip(today).filter(|(due, today)| due < today);
    let (status, note) = match (entry.lacks(), overdue, entry.places) {
        (Some(lacks), ..) => (Status::Unserviced, format!("its entry in the ledger has no {lacks}")),
        (None, Some(_), _) => (Status::Overdue, taken),
        (None, None, Some(before)) if before < places => {
            (Status::Grown, format!("{before} places spoke for it when it was accepted, now {places} do ({taken})"))
        }
        _ => (Status::Known, taken),
    };
    finding.status = status;
    finding.note = Some(note);
}

fn paid(entry: &Entry) -> Paid {
    Paid {
        fingerprint: entry.fingerprint.clone(),
        rule: Text::from(rule_name(entry)),
        path: entry.path.clone(),
        message: entry.message.clone(),
    }
}
