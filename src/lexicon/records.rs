//! Which classes of a repository are tables, and how their rows are read and written.

use serde::Deserialize;

use super::Names;
use crate::fact::Text;

/// How a library maps classes to tables.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecordForm {
    /// A class that extends one of these is a table; its attributes are the columns.
    base: Names,
    /// Attributes of the class that stand for its rows.
    #[serde(default)]
    rows: Vec<Text>,
    /// Functions and methods that ask for the rows of the class they are given.
    #[serde(default)]
    asks: Vec<Text>,
    /// Methods of the rows that write the columns named by their keywords.
    #[serde(default)]
    writes: Vec<Text>,
    /// Methods of a column of a row that add to it.
    #[serde(default)]
    adds: Vec<Text>,
    /// The attribute of the class that names the table.
    pub name: Option<Text>,
}

/// What all libraries say of it.
#[derive(Debug, Default)]
pub struct Records {
    pub(super) forms: Vec<RecordForm>,
}

impl RecordForm {
    /// Does it name that attribute of a class for its rows?
    pub fn gives_rows(&self, attribute: Text) -> bool {
        self.rows.contains(&attribute)
    }

    /// Does that function or method ask for rows?
    pub fn asks(&self, name: Text) -> bool {
        self.asks.contains(&name)
    }

    /// Does that method of rows write?
    pub fn writes(&self, method: Text) -> bool {
        self.writes.contains(&method)
    }

    /// Does that method of a column add to it?
    pub fn adds(&self, method: Text) -> bool {
        self.adds.contains(&method)
    }
}

impl Records {
    /// How a class that extends a library's class is a table.
    pub fn form(&self, base: Text) -> Option<&RecordForm> {
        self.forms.iter().find(|form| form.base.iter().any(|name| base == name))
    }

    /// Is any library's class known to make tables?
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }
}
