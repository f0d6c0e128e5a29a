//! Words in the names that people give to columns, functions and parameters, and what they say.

use rustc_hash::FxHashSet;
use serde::Deserialize;

/// What words say, wherever in a name they stand.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Words {
    /// Of a column: rows chosen by it are such that no prediction made: a person looked at them, or chance chose them.
    apart: FxHashSet<String>,
    /// Of a column: it tells which model or run made a row.
    model: FxHashSet<String>,
    /// Of a column: it tells by which policy something was chosen, or how likely that was.
    policy: FxHashSet<String>,
    /// Of a parameter: it says how much rows count.
    weighs: FxHashSet<String>,
    /// Of a function: it judges a model.
    judges: FxHashSet<String>,
    /// Of a parameter, field or call in any language: what it is given names data.
    holds: FxHashSet<String>,
    /// Of a path: what ends so is data or a model.
    endings: FxHashSet<String>,
}

impl Words {
    /// Adds what another file says.
    pub(super) fn add(&mut self, other: Self) {
        self.apart.extend(other.apart);
        self.model.extend(other.model);
        self.policy.extend(other.policy);
        self.weighs.extend(other.weighs);
        self.judges.extend(other.judges);
        self.holds.extend(other.holds);
        self.endings.extend(other.endings);
    }

    /// Does a column of that name keep apart what no prediction made?
    pub fn keeps_apart(&self, column: &str) -> bool {
        any(column, &self.apart)
    }

    /// Does a column of that name tell which model made its row?
    pub fn tells_model(&self, column: &str) -> bool {
        any(column, &self.model)
    }

    /// Does a column of that name tell why something was chosen?
    pub fn tells_policy(&self, column: &str) -> bool {
        any(column, &self.policy)
    }

    /// Does a parameter of that name say how much rows count?
    pub fn weighs(&self, parameter: &str) -> bool {
        any(parameter, &self.weighs)
    }

    /// Does a function of that name judge a model?
    pub fn judges(&self, function: &str) -> bool {
        any(function, &self.judges)
    }

    /// Does the ending of a path say that data lies there?
    pub fn ends_as_data(&self, path: &str) -> bool {
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').is_some_and(|(_, ending)| self.endings.contains(&ending.to_ascii_lowercase()))
    }

    /// Does what a parameter of that name is given name data?
    pub fn holds_data(&self, parameter: &str) -> bool {
        any(parameter, &self.holds)
    }
}

/// Is one of the words that a name is made of among these?
fn any(name: &str, words: &FxHashSet<String>) -> bool {
    let mut word = String::new();
    let mut before = false;
    for c in name.chars().chain(['_']) {
        let begins = c.is_uppercase() && before;
        if !c.is_alphanumeric() || begins {
            if words.contains(&word) {
                return true;
            }
            word.clear();
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c.is_lowercase();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_words_in_any_style() {
        let words = FxHashSet::from_iter(["table".to_owned()]);
        assert!(any("table_name", &words) && any("fromTable", &words) && any("TableName", &words));
        assert!(!any("tables", &words) && !any("stable", &words));
    }
}
