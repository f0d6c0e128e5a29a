//! The formats in which calls write and read data, and what they may say of a table that is kept as text.

use serde::Deserialize;

use super::{Names, Slot, fits_name};
use crate::fact::Text;

/// Calls of one format.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FormatForm {
    /// Qualified names.
    name: Option<Names>,
    /// Or the last names of methods and functions, of whatever library.
    last: Option<Names>,
    /// The format, as people call it.
    pub format: Text,
    /// What stands between two columns, where it may be said.
    pub separator: Option<Slot>,
    /// Whether the first line names the columns.
    pub header: Option<Slot>,
    /// Names for columns that the file has none for.
    pub names: Option<Slot>,
    /// What a call is given by name is kept under that name.
    #[serde(default)]
    pub keeps_names: bool,
}

impl FormatForm {
    /// Is a call of that qualified name, or of that last name, one of this format?
    pub fn is(&self, name: Option<&str>, last: &str) -> bool {
        let listed =
            |names: &Option<Names>, of: &str| names.as_ref().is_some_and(|n| n.iter().any(|p| fits_name(p, of)));
        name.is_some_and(|name| listed(&self.name, name)) || listed(&self.last, last)
    }
}
