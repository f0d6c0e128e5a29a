//! Many repositories as one: what each shows of itself to others, and the debts that cross their borders.

mod debts;
mod shown;

pub use debts::{Crossing, Debt, Joined, join};
pub use shown::shown;

use serde::{Deserialize, Serialize};

use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// The version of the format; others are refused.
pub const VERSION: u32 = 1;

/// What a repository shows: what it shares with others, and how values flow between that.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// [`VERSION`].
    pub version: u32,
    /// The repository's name.
    pub repository: String,
    /// Its things.
    pub nodes: Vec<Thing>,
    /// What joins them.
    pub edges: Vec<Tie>,
}

/// A thing of a repository.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Thing {
    /// What it is.
    pub kind: NodeKind,
    /// Its name; of data, its place.
    pub name: String,
    /// Other repositories call it by the same name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// Where it is written or first met: `path:line:column`.
    pub place: String,
    /// Who answers for it, as far as the repository says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
}

/// A relation between two things of a repository, by their positions in its list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tie {
    /// What it says.
    pub kind: EdgeKind,
    /// From.
    pub from: u32,
    /// To.
    pub to: u32,
    /// Where it is seen.
    pub place: String,
    /// How sure it is.
    pub certainty: Certainty,
}
