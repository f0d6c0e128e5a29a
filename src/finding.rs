//! A debt that a rule holds against the system, with its evidence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::Text;
use crate::source::At;
use crate::vocabulary::Certainty;

/// How much a debt costs while it stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Slows the team, or lets results drift.
    Medium,
    /// Makes results wrong, or will.
    High,
}

impl Severity {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A place that speaks for a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where.
    pub at: At,
    /// What is seen there.
    pub message: String,
}

/// How a finding stands with the team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nobody has taken it on.
    New,
    /// In the ledger, but more places speak for it than when it was accepted.
    Grown,
    /// In the ledger, and past the day it was due.
    Overdue,
    /// In the ledger, but without an owner, a reason, or a day or event at which it is looked at again.
    Unserviced,
    /// In the ledger and looked after.
    Known,
    /// In diff mode: it stood there before the change.
    Old,
    /// Ignored by a comment with a reason.
    Allowed,
}

impl Status {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Grown => "grown",
            Self::Overdue => "overdue",
            Self::Unserviced => "unserviced",
            Self::Known => "known",
            Self::Old => "old",
            Self::Allowed => "allowed",
        }
    }

    /// Must somebody act now?
    pub fn is_owed(self) -> bool {
        !matches!(self, Self::Known | Self::Old | Self::Allowed)
    }
}

/// One step of the way on which a finding was reached: an edge of the system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// What the edge, or the chain of edges, leads from.
    pub from: String,
    /// What it says: `reads`, `feeds`.
    pub says: String,
    /// What it leads to.
    pub to: String,
    /// Where it is seen.
    pub at: At,
    /// How sure it is.
    pub certainty: Certainty,
}

/// A debt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's name.
    pub rule: Text,
    /// The rule's family.
    pub family: Text,
    /// How much it costs.
    pub severity: Severity,
    /// The weakest certainty it rests on.
    pub confidence: Certainty,
    /// What is owed, in one line.
    pub message: String,
    /// The primary place.
    pub at: At,
    /// The label at the primary place, if the rule gives one.
    pub label: Option<String>,
    /// The trail, in the order of the rule's bindings.
    pub evidence: Vec<Evidence>,
    /// The edges of the system that it rests on, in the order in which the rule asks for them.
    pub trail: Vec<Hop>,
    /// What it is about, by the names of its rule; of rules alone whose findings can be fixed.
    pub parts: Vec<(Text, Text)>,
    /// Stands for the debt across edits: rests on rule, symbol paths and names of bound nodes, never on lines. 16 hex digits.
    pub fingerprint: String,
    /// How it stands with the team.
    pub status: Status,
    /// What the ledger, or the comment that allows it, says of it.
    pub note: Option<String>,
    /// Who owns the file of the primary place, as CODEOWNERS says.
    pub owner: Option<Text>,
}

impl Finding {
    /// What the rule calls so.
    pub fn parts<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.parts.iter().filter(move |(own, _)| *own == name).map(|(_, part)| part.as_str())
    }

    /// What it is about: what its message names first, as code.
    pub fn subject(&self) -> Option<&str> {
        self.message.split('`').nth(1)
    }

    /// How many places speak for it, the primary one among them.
    pub fn places(&self) -> usize {
        1 + self.evidence.iter().filter(|e| e.at != self.at).count()
    }
}

/// Of those that owe the same, so many are named besides the first.
pub const NAMED: usize = 4;

/// A message about the first of `names`, which says that the others owe the same; it names them if it names the first.
pub fn likewise(message: &str, names: &[&str]) -> String {
    let Some((first, rest)) = names.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return message.to_owned();
    };
    let others: Vec<&str> = rest.iter().copied().filter(|name| name != first).collect();
    let shown = others[..others.len().min(NAMED)].join("`, `");
    match others.len() {
        0 => format!("{message}, and {} more like it here", rest.len()),
        _ if !message.contains(&format!("`{first}`")) => format!("{message}, and {} more like it here", rest.len()),
        count if count <= NAMED => format!("{message}; likewise `{shown}`"),
        count => format!("{message}; likewise `{shown}` and {} more", count - NAMED),
    }
}
