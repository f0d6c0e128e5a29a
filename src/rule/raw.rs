//! Rule files as they are written, before anything in them is checked.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::remedy::Remedy;
use super::shape::Asked;
use super::{Cause, Count, Example, Profile, Stance};
use crate::finding::Severity;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A rule file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Rule")]
pub struct RawRule {
    /// What it finds, in a few words.
    pub(super) title: String,
    /// How much the debt costs.
    pub(super) severity: Severity,
    /// The paper, section or practice it comes from.
    pub(super) source: String,
    /// Why it is a debt.
    pub(super) why: String,
    /// What to do about it.
    pub(super) remedy: String,
    /// The finding's line, with `{name}` and `{name.attribute}` placeholders.
    #[schemars(with = "String")]
    pub(super) message: Spanned<String>,
    /// The label at the primary place.
    #[schemars(with = "Option<String>")]
    pub(super) label: Option<Spanned<String>>,
    /// It can never be surer than this.
    pub(super) confidence: Option<Certainty>,
    /// It asks nothing of the system: the ledger settles it.
    #[serde(default)]
    pub(super) settled: bool,
    /// A check of the program finds it.
    #[serde(default)]
    pub(super) check: bool,
    /// What the check captures: the kind of a node, `place`, `text`, `texts`, `role` or `number`; or words, each with what is said for it.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, RawCapture>")]
    pub(super) captures: BTreeMap<String, Spanned<RawCapture>>,
    /// What must hold of texts, roles, words and numbers that the check captures.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Asked>")]
    pub(super) r#where: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    /// What of all it finds has one cause, and is shown as one.
    pub(super) cause: Option<Cause>,
    /// How its findings can be mended by an edit.
    pub(super) fix: Option<Remedy>,
    /// Why it is asked only if it is selected by its own name.
    pub(super) optional: Option<String>,
    /// How it stands in profiles other than as it is written.
    #[serde(default)]
    pub(super) profile: BTreeMap<Profile, Stance>,
    /// What it asks of the system.
    pub(super) r#match: Option<RawPattern>,
    /// Labels of further bound nodes and edges.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) also: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Its examples: they are its tests.
    #[serde(default)]
    pub(super) example: Vec<Example>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Capture")]
pub(super) enum RawCapture {
    /// The kind of a node, `place`, `text`, `texts`, `role` or `number`.
    Kind(String),
    /// Words, each with what is said for it; that may name numbers, texts and nodes.
    Words(BTreeMap<String, String>),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Match")]
pub(super) struct RawPattern {
    /// The kind of node it is about.
    #[schemars(with = "NodeKind")]
    pub(super) select: Spanned<String>,
    /// What that node is called in the rule.
    pub(super) r#as: Option<String>,
    /// Conditions on it.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Asked>")]
    pub(super) r#where: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    /// Edges it must have.
    #[serde(default)]
    pub(super) has: Vec<RawLink>,
    /// Edges it must not have.
    #[serde(default)]
    pub(super) lacks: Vec<RawLink>,
    /// Bound nodes that must all be different.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) differ: Vec<Spanned<String>>,
    /// One finding for each binding of these; else one for each selected node.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) each: Vec<Spanned<String>>,
    /// Bound nodes of which one finding names all there are; which ones does not make it another finding.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) list: Vec<Spanned<String>>,
    /// All that one file owes is one finding.
    #[serde(default)]
    pub(super) once_per_file: bool,
    /// The bound node or edge whose place is the primary one.
    #[schemars(with = "Option<String>")]
    pub(super) at: Option<Spanned<String>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Link")]
pub(super) struct RawLink {
    /// One step over an edge of this kind.
    #[schemars(with = "Option<EdgeKind>")]
    pub(super) edge: Option<Spanned<String>>,
    /// Any number of steps, from one, over edges of these kinds.
    #[serde(default)]
    #[schemars(with = "Vec<EdgeKind>")]
    pub(super) through: Vec<Spanned<String>>,
    /// Against the edges' direction.
    #[serde(default)]
    pub(super) reverse: bool,
    /// What the other node is called.
    #[schemars(with = "Option<String>")]
    pub(super) r#as: Option<Spanned<String>>,
    /// What the edge is called.
    #[schemars(with = "Option<String>")]
    pub(super) via: Option<Spanned<String>>,
    /// The other node is this bound one.
    #[schemars(with = "Option<String>")]
    pub(super) to: Option<Spanned<String>>,
    /// Conditions on the other node.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Asked>")]
    pub(super) r#where: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    /// Edges the other node must have.
    #[serde(default)]
    pub(super) has: Vec<RawLink>,
    /// Edges the other node must not have.
    #[serde(default)]
    pub(super) lacks: Vec<RawLink>,
    /// How many different nodes must be at the other end.
    #[schemars(with = "Option<Count>")]
    pub(super) count: Option<Spanned<Count>>,
}
