//! A debt that a rule holds against the system, with its evidence.

use serde::{Deserialize, Serialize};

use crate::fact::Text;
use crate::source::At;
use crate::vocabulary::Certainty;

/// How much a debt costs while it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Where.
    pub at: At,
    /// What is seen there.
    pub message: String,
}

/// What the ledger says of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Not seen before.
    New,
    /// Ignored by a comment with a reason.
    Allowed,
}

/// A debt.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Stands for the debt across edits: rests on rule, symbol paths and names of bound nodes, never on lines. 16 hex digits.
    pub fingerprint: String,
    /// New, or allowed.
    pub status: Status,
}
