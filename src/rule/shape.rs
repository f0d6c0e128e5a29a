//! The shapes of what rule files and configurations say in more than one way, for their JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use crate::finding::Severity;

/// A condition on an attribute: the value itself, or comparisons that must all hold.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum Asked {
    /// The same value.
    Value(Value),
    /// Comparisons.
    Compared(Comparisons),
}

/// The value of an attribute.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum Value {
    /// A flag; an absent one is false.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

/// Comparisons with an attribute.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Comparisons {
    /// One of these.
    pub r#in: Option<Vec<Value>>,
    /// Not this value, or not what the one comparison says; true if absent.
    pub not: Option<Box<Asked>>,
    /// A number that is not smaller.
    pub at_least: Option<i64>,
    /// A number that is not greater.
    pub at_most: Option<i64>,
    /// A text in which the pattern is found.
    pub matches: Option<String>,
}

/// What a team lays over a rule.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Laid {
    /// Another severity.
    pub severity: Option<Severity>,
    /// The rule is not asked, for this reason.
    pub off: Option<String>,
    /// Another line.
    pub message: Option<String>,
    /// Other conditions on the node that the rule is about.
    pub r#where: Option<BTreeMap<String, Asked>>,
}
