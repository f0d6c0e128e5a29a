//! What was not looked at, or not whole: a status of the run, whatever rules are asked and however severe they are.

use rustc_hash::FxHashSet;

use super::book::{Entry, Ledger};
use super::settle::rule_name;
use crate::config::Config;
use crate::discover::Missing;
use crate::fact::{Problem, ProblemKind, Remarks};
use crate::source::{At, FileId, Kind, Source};

/// The rule whose findings the ledger takes on for files that are not read.
pub const RULE: &str = "unread-source";

/// A file that was not read, or not whole, or a folder that was not looked into.
#[derive(Clone, Debug)]
pub struct Unread {
    /// Its path.
    pub path: String,
    /// What kind of trouble.
    pub kind: ProblemKind,
    /// In words.
    pub reason: String,
    /// Where, as far as known.
    pub at: Option<At>,
    /// Nobody has answered for it: the run cannot say what is owed.
    pub is_open: bool,
}

/// The run's files, and what is known of them.
pub struct Looked<'a> {
    /// The files.
    pub sources: &'a [Source],
    /// What each says to the ledger and the summary.
    pub remarks: &'a [Remarks],
    /// Those that belong to tests.
    pub tests: &'a FxHashSet<FileId>,
    /// What could not be looked at.
    pub missing: Vec<Missing>,
}

/// What was not looked at, each with its gravest trouble, which is not a slip of syntax.
pub fn all(looked: Looked<'_>, config: &Config, ledger: &Ledger) -> Vec<Unread> {
    let Looked { sources, remarks, tests, missing } = looked;
    let answered = |entry: &&Entry| {
        let overdue = entry.due.zip(ledger.today).is_some_and(|(due, today)| due < today);
        rule_name(entry) == RULE && entry.lacks().is_none() && !overdue
    };
    let answered: FxHashSet<&str> = ledger.entries.iter().filter(answered).map(|entry| entry.path.as_str()).collect();
    let is_open = |path: &str| config.shows(path) && !answered.contains(path);
    let mut unread: Vec<Unread> = Vec::new();
    for (number, (source, remarks)) in sources.iter().zip(remarks).enumerate() {
        let Some(problem) = gravest(&remarks.problems) else { continue };
        let file = FileId(u32::try_from(number).unwrap_or(u32::MAX));
        unread.push(Unread {
            path: source.path.clone(),
            kind: problem.kind,
            reason: problem.reason.clone(),
            at: Some(At { file, span: problem.span }),
            is_open: counts(problem.kind, source.kind, tests.contains(&file)) && is_open(&source.path),
        });
    }
    unread.extend(missing.into_iter().map(|Missing { path, problem, is_open: counts }| {
        let is_open = counts && (path == "." || is_open(&path));
        Unread { kind: problem.kind, reason: problem.reason, at: None, is_open, path }
    }));
    unread
}

fn gravest(problems: &[Problem]) -> Option<&Problem> {
    problems.iter().min_by_key(|problem| matches!(problem.kind, ProblemKind::Partial | ProblemKind::Syntax))
}

/// Does somebody have to answer for such trouble?
fn counts(kind: ProblemKind, of: Kind, is_test: bool) -> bool {
    match kind {
        // Read as far as it is understood, or a source only when it is filled in.
        ProblemKind::Partial | ProblemKind::Template => false,
        // Of a database's way of saying it not all is known; and some tests hold on purpose what is wrong.
        ProblemKind::Syntax => of != Kind::Sql && !is_test,
        _ => true,
    }
}
