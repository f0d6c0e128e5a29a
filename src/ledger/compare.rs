//! Two statements of one repository side by side: what a change introduces and what it pays.

use rustc_hash::{FxHashMap, FxHashSet};

use super::book::{Entry, Ledger};
use super::{Change, Paid, Statement};
use crate::config::{Config, Policy};
use crate::fact::ProblemKind;
use crate::finding::{Finding, Status};
use crate::open;
use crate::program::parent;
use crate::source::Kind;

/// Turns the statement of now into that of what changed since `before`.
///
/// What stood there before is not held against it, unless the team took it on and lets it slip: a debt of the ledger that is
/// overdue, or that nobody looks after, fails every run until it is serviced. Under the policy of the base, a comment that
/// comes with the change allows nothing that it introduces.
pub fn compare(now: &mut Statement, before: &Statement, since: &str, policy: Policy) {
    let mut notes = Vec::new();
    let mut all = std::mem::take(&mut now.findings);
    all.append(&mut now.settled);
    let old: Vec<&Finding> = before.findings.iter().chain(&before.settled).collect();
    let pairs = pairs_of(&all, now, &old, before);
    let paired: FxHashSet<usize> = pairs.values().copied().collect();
    for (number, finding) in all.iter_mut().enumerate() {
        let was = pairs.get(&number).map(|old_number| old[*old_number]);
        if finding.status == Status::Allowed && was.is_none_or(|was| was.status != Status::Allowed) {
            let place = &now.sources[finding.at.file.index()].path;
            notes.push(format!(
                "a comment now allows {}/{} in {place}: {}",
                finding.family, finding.rule, finding.message
            ));
        }
        judge(finding, was, since, policy);
    }
    excuse(now, before);
    let unread: FxHashSet<&str> = now.unread.iter().map(|unread| unread.path.as_str()).collect();
    let path = |finding: &Finding| before.sources[finding.at.file.index()].path.clone();
    let gone =
        old.iter().enumerate().filter(|(number, f)| !paired.contains(number) && !unread.contains(path(f).as_str()));
    now.paid = gone.map(|(_, f)| paid(f, path(f))).collect();
    all.sort_by(|a, b| (a.at, a.rule, &a.message).cmp(&(b.at, b.rule, &b.message)));
    (now.findings, now.settled) = all.into_iter().partition(|f| f.status.is_owed());
    now.summary.allowed = now.settled_as(Status::Allowed);
    now.change = Some(Change { since: since.to_owned(), notes });
}

/// What was not read before in the same way is no matter of the change; what is not, and was read or not there, is. A
/// template is one where others lie beside it, and not where the change makes it look like one.
fn excuse(now: &mut Statement, before: &Statement) {
    let was: FxHashSet<(&str, ProblemKind)> = before.unread.iter().map(|u| (u.path.as_str(), u.kind)).collect();
    let templates = before.unread.iter().filter(|unread| unread.kind == ProblemKind::Template);
    let templates: FxHashSet<&str> = templates.map(|unread| parent(&unread.path)).collect();
    let notebooks = before.sources.iter().filter(|source| source.kind == Kind::Notebook);
    let notebooks: FxHashSet<&str> = notebooks.map(|source| source.path.as_str()).collect();
    for unread in &mut now.unread {
        unread.is_open |= match unread.kind {
            ProblemKind::Template => !templates.contains(parent(&unread.path)),
            ProblemKind::Partial => notebooks.contains(unread.path.as_str()),
            _ => false,
        };
        unread.is_open &= !was.contains(&(unread.path.as_str(), unread.kind));
    }
    now.failures.extend(before.failures.iter().cloned());
    now.failures.dedup();
}

fn judge(finding: &mut Finding, was: Option<&Finding>, since: &str, policy: Policy) {
    match was {
        Some(_) if !matches!(finding.status, Status::New | Status::Grown) => {}
        Some(was) if finding.places() > was.places() => {
            finding.status = Status::Grown;
            finding.note =
                Some(format!("{} places spoke for it at {since}, now {} do", was.places(), finding.places()));
        }
        Some(_) => {
            finding.status = Status::Old;
            finding.note = Some(format!("it stood there at {since}"));
        }
        None if finding.status == Status::Allowed && policy == Policy::Base => {
            finding.status = Status::New;
            finding.note = Some("the comment that would allow it comes with the same change".to_owned());
        }
        None => {}
    }
}

fn paid(finding: &Finding, path: String) -> Paid {
    Paid { fingerprint: finding.fingerprint.clone(), rule: finding.rule, path, message: finding.message.clone() }
}

/// What a debt is known by, whenever it is met.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// Its fingerprint.
    pub fingerprint: &'a str,
    /// The rule's name.
    pub rule: &'a str,
    /// What is owed, in one line.
    pub message: &'a str,
    /// Where it stands.
    pub path: &'a str,
}

fn pairs_of(all: &[Finding], now: &Statement, old: &[&Finding], before: &Statement) -> FxHashMap<usize, usize> {
    let marks: Vec<Mark<'_>> = all.iter().map(|finding| mark(finding, now)).collect();
    let old: Vec<Mark<'_>> = old.iter().map(|finding| mark(finding, before)).collect();
    pairs(&marks, &paths(now), &old, &paths(before))
}

fn mark<'a>(finding: &'a Finding, statement: &'a Statement) -> Mark<'a> {
    let path = statement.sources[finding.at.file.index()].path.as_str();
    Mark { fingerprint: &finding.fingerprint, rule: finding.rule.as_str(), message: &finding.message, path }
}

fn paths(statement: &Statement) -> FxHashSet<&str> {
    statement.sources.iter().map(|source| source.path.as_str()).collect()
}

/// Which debt of now is which of before: by fingerprint, or else, where a file was moved, word for word. `here` and `there`
/// are the paths of now and of before.
pub fn pairs(
    all: &[Mark<'_>],
    here: &FxHashSet<&str>,
    old: &[Mark<'_>],
    there: &FxHashSet<&str>,
) -> FxHashMap<usize, usize> {
    let by_print: FxHashMap<&str, usize> = old.iter().enumerate().map(|(n, mark)| (mark.fingerprint, n)).collect();
    let mut pairs: FxHashMap<usize, usize> = FxHashMap::default();
    for (number, mark) in all.iter().enumerate() {
        if let Some(old_number) = by_print.get(mark.fingerprint) {
            pairs.insert(number, *old_number);
        }
    }
    let taken: FxHashSet<usize> = pairs.values().copied().collect();
    let mut moved: FxHashMap<(&str, &str), Vec<usize>> = FxHashMap::default();
    for (number, mark) in old.iter().enumerate().filter(|(number, _)| !taken.contains(number)) {
        if !here.contains(mark.path) {
            moved.entry((mark.rule, mark.message)).or_default().push(number);
        }
    }
    for (number, mark) in all.iter().enumerate() {
        if !pairs.contains_key(&number) && !there.contains(mark.path) {
            let same = moved.get_mut(&(mark.rule, mark.message)).and_then(Vec::pop);
            pairs.extend(same.map(|old_number| (number, old_number)));
        }
    }
    pairs
}

/// What a change says to mldebt itself: a line for an altered configuration and for each debt that the ledger takes on or
/// services.
pub fn policy(now: &Config, old: &Config, now_ledger: &Ledger, old_ledger: &Ledger, policy: Policy) -> Vec<String> {
    let counts = match policy {
        Policy::Base => "that of before counts",
        Policy::Head => "that of now counts",
    };
    let mut notes = Vec::new();
    if now.searched && said(now) != said(old) {
        notes.push(format!("the configuration is another one: {counts}"));
    }
    let old: FxHashMap<&str, &Entry> = old_ledger.entries.iter().map(|e| (e.fingerprint.as_str(), e)).collect();
    for entry in &now_ledger.entries {
        let debt = format!("{} in {}: {}", entry.rule, entry.path, entry.message);
        match old.get(entry.fingerprint.as_str()) {
            None => notes.push(format!("the ledger takes on {debt} ({counts})")),
            Some(was) if !was.is_serviced_as(entry) => {
                let terms = |entry: &Entry| format!("{}, {}", entry.owner, entry.term());
                let (before, after) = (terms(was), terms(entry));
                notes.push(format!("the ledger services {debt}: from ({before}) to ({after}: {})", entry.reason));
            }
            Some(_) => {}
        }
    }
    notes
}

/// What a configuration file says, whatever its layout.
fn said(config: &Config) -> String {
    let text = config.path.as_ref().and_then(|path| Some((path, open::named_policy(path).ok()?)));
    let read = text.map(|(path, text)| crate::config::read(&path.to_string_lossy(), &text));
    format!("{:?}", read.and_then(Result::ok).unwrap_or_default())
}
