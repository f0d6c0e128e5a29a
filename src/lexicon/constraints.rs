//! Settings that do not go together.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Names, fits_name, matches_segment};

/// Values of settings of one map that exclude each other, or a setting that does nothing without another.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// By key, or by path below the same map, the values that must not meet; `*` stands for any text.
    #[serde(default)]
    never: BTreeMap<String, Names>,
    /// Keys of which each does nothing, ...
    idle: Option<Names>,
    /// ... with another value than these, which ask for nothing, ...
    #[serde(default)]
    plain: Vec<String>,
    /// ... unless one of these keys stands beside it, with another value than those listed for it.
    #[serde(default)]
    without: BTreeMap<String, Vec<String>>,
    /// The calls of which this is asked: where none are named, any map may be meant.
    of: Option<Names>,
    /// With more arguments by their place than so many nobody knows which one is which.
    #[serde(default)]
    pub placed: usize,
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

    /// The keys of which each does nothing alone.
    pub fn idle(&self) -> impl Iterator<Item = &str> {
        self.idle.iter().flat_map(Names::iter)
    }

    /// Does that value ask for anything? Nobody knows of one that is not written out.
    pub fn asks(&self, value: Option<&str>) -> bool {
        value.is_none_or(|value| !self.plain.iter().any(|plain| plain.eq_ignore_ascii_case(value)))
    }

    /// The keys one of which gives it a meaning.
    pub fn helpers(&self) -> impl Iterator<Item = &str> {
        self.without.keys().map(String::as_str)
    }

    /// Does that key with that value give it a meaning?
    pub fn helps(&self, key: &str, value: Option<&str>) -> bool {
        let useless =
            |value: &str| self.without.get(key).is_some_and(|all| all.iter().any(|v| v.eq_ignore_ascii_case(value)));
        self.without.contains_key(key) && !value.is_some_and(useless)
    }

    /// Is it asked of this call? Of a map that is no call, only if no calls are named.
    pub fn is_of(&self, call: Option<&str>) -> bool {
        self.of.as_ref().is_none_or(|names| call.is_some_and(|call| names.iter().any(|name| fits_name(name, call))))
    }
}
