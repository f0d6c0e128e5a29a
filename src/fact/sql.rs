//! What statements of SQL say: tables, columns, conditions, models.

use serde::{Deserialize, Serialize};

use super::{Access, Text};
use crate::source::Span;

/// A table that a SQL statement reads or writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableUse {
    /// The table, lower case, unquoted, as qualified as written.
    pub table: Text,
    /// Columns named, empty if unknown; `*` for all.
    pub columns: Vec<Text>,
    /// Read, or written.
    pub access: Access,
    /// The number of the statement in its file.
    pub statement: u32,
    /// It is the path of a file that the engine reads like a table.
    pub file: bool,
    /// Its name is made by the tool that runs the statement, which so knows of it: dbt's `ref` and `source`.
    pub declared: bool,
    /// Its name with what fills it by name in braces, `{schema}.orders`; empty if nothing does.
    pub asked: Text,
    /// Where.
    pub span: Span,
}

/// A comparison of a column with a number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// The column, without its table.
    pub column: Text,
    /// The number.
    pub number: f64,
    /// Where.
    pub span: Span,
}

/// A model that a statement of SQL fits or asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelUse {
    /// The model, lower case, unquoted, as qualified as written.
    pub model: Text,
    /// It is fitted; else it is asked.
    pub fitted: bool,
    /// The tables that the statement reads.
    pub reads: Vec<Text>,
    /// The tables that it writes.
    pub writes: Vec<Text>,
    /// It adds to what lies there.
    pub adds: bool,
    /// The columns that it names of the tables that it reads, those that choose rows among them.
    pub names: Vec<Text>,
    /// What its queries give to the model or to the tables.
    pub gives: Vec<Projection>,
    /// Where.
    pub span: Span,
}

/// The columns that a query makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// The table that it makes, empty if the statement does not say.
    pub table: Text,
    /// The columns by name.
    pub columns: Vec<ProjectedColumn>,
    /// The tables of which it takes all columns.
    pub all_of: Vec<Text>,
}

/// A column that a query makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectedColumn {
    /// Its name.
    pub name: Text,
    /// The columns of tables that it is made of.
    pub from: Vec<(Text, Text)>,
    /// It is one of them in another unit: times a number, plus a number.
    pub scaled: bool,
    /// Where it is named.
    pub span: Span,
}
