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
    /// Of rows: they are one of the parts into which rows are parted for training and test.
    parts: FxHashSet<String>,
    /// Of a column or variable: it holds what a model said of a row.
    scores: FxHashSet<String>,
    /// Of a parameter: a fit stops when what it watches gets no better.
    stops: FxHashSet<String>,
    /// Methods that set a model back to where it began.
    back: FxHashSet<String>,
    /// Methods by which what is remembered is forgotten.
    forget: FxHashSet<String>,
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
        self.parts.extend(other.parts);
        self.scores.extend(other.scores);
        self.stops.extend(other.stops);
        self.back.extend(other.back);
        self.forget.extend(other.forget);
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

    /// Does what a parameter of that name is given name data?
    pub fn holds_data(&self, parameter: &str) -> bool {
        any(parameter, &self.holds)
    }

    /// Is that the name of a part of rows that are parted for training and test?
    pub fn names_part(&self, name: &str) -> bool {
        any(name, &self.parts)
    }

    /// Does a parameter of that name let a fit stop by what it watches?
    pub fn stops(&self, parameter: &str) -> bool {
        any(parameter, &self.stops)
    }

    /// Does a method of that name set a model back?
    pub fn sets_back(&self, method: &str) -> bool {
        self.back.contains(method)
    }

    /// Is what a function remembers forgotten by a method of that name?
    pub fn lets_forget(&self, method: &str) -> bool {
        self.forget.contains(method)
    }

    /// Does a column of that name hold what a model said?
    pub fn names_score(&self, column: &str) -> bool {
        any(column, &self.scores)
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
