//! What a team tells of its system that no file of it shows.

use globset::GlobSet;

use crate::vocabulary::Role;

/// What a team tells of its system, in its configuration.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// What the code below certain paths is for; the last that fits holds.
    pub roles: Vec<(GlobSet, Role)>,
}

impl Told {
    /// What the code in a file is for, if the team says so.
    pub fn role(&self, path: &str) -> Option<Role> {
        self.roles.iter().rev().find(|(glob, _)| glob.is_match(path)).map(|(_, role)| *role)
    }
}
