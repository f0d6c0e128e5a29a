//! Settings that do not go together.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Names, matches_segment};

/// Values of settings of one map that exclude each other.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// By key, or by path below the same map, the values that must not meet; `*` stands for any text.
    never: BTreeMap<String, Names>,
    /// Why.
    pub because: String,
}

impl Constraint {
    /// The paths of the keys.
    pub fn paths(&self) -> impl Iterator<Item = Vec<&str>> {
        self.never.keys().map(|path| path.split('.').collect())
    }

    /// Is that value of the key with that number one of those that must not meet the others?
    pub fn holds(&self, number: usize, value: &str) -> bool {
        let value = value.to_ascii_lowercase();
        self.never.values().nth(number).is_some_and(|values| values.iter().any(|v| matches_segment(v, &value)))
    }
}
