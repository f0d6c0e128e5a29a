//! What a team tells of its system that no file of it shows.

use globset::GlobSet;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::lexicon::Constraint;
use crate::vocabulary::Role;

/// What a team tells of its system, in its configuration.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// What the code below certain paths is for; the last that fits holds.
    pub roles: Vec<(GlobSet, Role)>,
    /// What goes on outside of the code.
    pub worlds: Vec<World>,
    /// Who uses which data.
    pub consumers: Vec<Consumer>,
    /// Values of settings that must not meet.
    pub constraints: Vec<Constraint>,
}

/// People see what models say at one place, and what they then do lands at another.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct World {
    /// The data, or the path of the program, at which they see it.
    pub surface: String,
    /// The data that records what they do.
    pub events: String,
}

/// Somebody who uses data and is known to.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// The data: the end of its name.
    pub data: String,
    /// Who: a repository's name, or a glob of paths.
    pub by: String,
    /// The same as a matcher of paths.
    pub paths: GlobSet,
    /// Who answers for it.
    pub owner: String,
}

impl Consumer {
    /// Does it use the data of that name?
    pub fn uses(&self, name: &str) -> bool {
        names(&self.data, name)
    }
}

/// Is that how a team would call the data of that name?
pub fn names(said: &str, name: &str) -> bool {
    name == said || name.split_once(':').is_some_and(|(_, rest)| rest == said)
}

impl Told {
    /// What the code in a file is for, if the team says so.
    pub fn role(&self, path: &str) -> Option<Role> {
        self.roles.iter().rev().find(|(glob, _)| glob.is_match(path)).map(|(_, role)| *role)
    }

    /// Is the code at a path declared to use the data of that name?
    pub fn consumes(&self, data: &str, path: &str) -> bool {
        self.consumers.iter().any(|consumer| consumer.uses(data) && consumer.paths.is_match(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn teams_name_tables_with_or_without_their_scheme() {
        assert!(names("risk.scores", "table:risk.scores") && names("table:risk.scores", "table:risk.scores"));
        assert!(names("out/scores.csv", "out/scores.csv") && !names("scores.csv", "out/scores.csv"));
    }
}
