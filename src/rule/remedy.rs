//! How a rule's findings can be mended by an edit, as its TOML says.

use schemars::JsonSchema;
use serde::Deserialize;

/// What mends a finding.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Remedy {
    /// How the edit is made.
    pub edit: Way,
    /// What it does, in a few words that begin like a command: `delete the key`.
    pub title: String,
    /// What may go wrong although the finding is right: it is made only where edits that are unsafe are asked for.
    pub risk: Option<String>,
}

/// How an edit is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The entry of a settings file at the primary place is deleted.
    DeleteKey,
    /// The entry that is silently replaced by the one at the primary place is deleted.
    DeleteEarlierKey,
    /// The option of a command line is deleted where it is defined.
    DeleteOption,
    /// The field is deleted from its class.
    DeleteField,
    /// The constant is deleted, with those that the evidence names.
    DeleteConstant,
    /// The ignore comment, or the rule in it that finds nothing, is deleted.
    DeleteComment,
    /// What the step reads is added to its inputs.
    DeclareInput,
    /// What the step writes is added to its outputs.
    DeclareOutput,
    /// What the step looks up is added to its parameters.
    DeclareParameter,
    /// The input that is declared in vain is taken out of the step's declaration.
    DeleteInput,
    /// The listing that the evidence names is sorted.
    SortListing,
    /// The random calls that the evidence names are given a seed.
    SeedCalls,
}
