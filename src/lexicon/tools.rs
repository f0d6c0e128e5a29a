//! Commands that read data or run programs.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Learner, Names, Subject, matches_segment};

/// What a program of the command line does.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tool {
    /// The program and, where one has several, its subcommand: `wget`, `aws s3 cp`.
    pub(super) name: Option<Names>,
    /// It reads this from the addresses among its arguments, or from the place that its first argument names.
    pub reads: Option<Subject>,
    /// Only its first argument is read; the next one is where that is copied to.
    #[serde(default)]
    pub copies: bool,
    /// It puts the folder that its first argument names into the one that its last argument names; a folder written
    /// with a slash at its end is emptied into it.
    #[serde(default)]
    pub carries: bool,
    /// The place is a hub name or the like, and no address.
    pub scheme: Option<String>,
    /// Options that name the place.
    #[serde(default)]
    pub place: Vec<String>,
    /// Options whose value names where to, or anything else that is no place.
    #[serde(default)]
    pub target: Vec<String>,
    /// Options that fix the content.
    #[serde(default)]
    pub pinned_by: Vec<String>,
    /// Options and the values with which it reads data, whatever it reads else.
    #[serde(default)]
    pub data_with: BTreeMap<String, String>,
    /// Patterns (`*` for any characters) of the lower-case addresses that count.
    #[serde(default)]
    places: Vec<String>,
    /// Of those among them that do not.
    #[serde(default)]
    not_places: Vec<String>,
    /// Of those that hold a model.
    #[serde(default)]
    models: Vec<String>,
    /// Which of its plain arguments it reads.
    pub takes: Option<Plain>,
    /// Which of its plain arguments it writes.
    pub gives: Option<Plain>,
    /// Options whose value is a file that it reads.
    #[serde(default)]
    pub takes_with: Vec<String>,
    /// Options whose value is a file that it writes.
    #[serde(default)]
    pub gives_with: Vec<String>,
    /// Options whose value is the folder into which it puts what it reads.
    #[serde(default)]
    pub gives_in: Vec<String>,
    /// Options with a value that is no place.
    #[serde(default)]
    pub valued: Vec<String>,
    /// What it reads goes to its output.
    #[serde(default)]
    pub filters: bool,
    /// What it reads is taken apart: the folder, and no file of it, is written.
    #[serde(default)]
    pub unpacks: bool,
    /// Its arguments or the values of these options are statements of SQL.
    #[serde(default)]
    pub states: Vec<String>,
    /// Options whose value is a line of commands that it runs.
    #[serde(default)]
    pub says: Vec<String>,
    /// It runs the program that its arguments name.
    #[serde(default)]
    pub runs: bool,
    /// It hands the program to somebody who runs it later, and waits for nothing unless one of these options says so.
    #[serde(default)]
    pub queues_unless: Vec<String>,
    /// It serves an object of a module: `package.module:app`.
    #[serde(default)]
    pub serves: bool,
    /// Its arguments are a command that it runs.
    #[serde(default)]
    pub wraps: bool,
    /// It runs flows or steps of an orchestrator, by their names.
    pub names: Option<CommandNames>,
    /// It fits a model, or asks one.
    pub learner: Option<Learner>,
}

/// Where a command names flows and steps.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CommandNames {
    /// Whose.
    pub of: crate::fact::Text,
    /// Options whose values are flows.
    #[serde(default)]
    pub flows: Vec<String>,
    /// Options whose values are steps.
    #[serde(default)]
    pub steps: Vec<String>,
    /// Its first plain argument is a flow.
    #[serde(default)]
    pub first_flow: bool,
    /// Its plain arguments are steps.
    #[serde(default)]
    pub plain_steps: bool,
}

/// Some of the arguments of a command that are neither options nor their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plain {
    /// The first.
    First,
    /// All but the last.
    Leading,
    /// The last, if it is not the only one.
    Last,
    /// All but the first.
    Trailing,
    /// Each.
    All,
}

impl Plain {
    /// Those among all.
    pub fn of<'w>(self, words: &[&'w str]) -> Vec<&'w str> {
        let last = words.len().saturating_sub(1);
        let part = match self {
            Self::First => words.get(..1),
            Self::Leading => words.get(..last),
            Self::Trailing => words.get(1..),
            Self::Last => words.get(last.max(1)..),
            Self::All => Some(words),
        };
        part.unwrap_or_default().to_vec()
    }
}

impl Tool {
    /// What it reads from an address; `target` is the name under which that is kept.
    pub fn subject(&self, address: &str, target: Option<&str>) -> Option<Subject> {
        let reads = self.reads?;
        if self.scheme.is_some() {
            return Some(reads);
        }
        let bare = |text: &str| text.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let names: Vec<String> = std::iter::once(address).chain(target).map(bare).collect();
        let fits = |patterns: &[String]| names.iter().any(|n| patterns.iter().any(|p| matches_segment(p, n)));
        match () {
            () if !fits(&self.places) || fits(&self.not_places) => None,
            () if fits(&self.models) => Some(Subject::Model),
            () => Some(reads),
        }
    }
}
