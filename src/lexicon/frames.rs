//! What calls do to the columns of tables.

use serde::Deserialize;

/// What a call does to the columns of a table; which ones stands in its slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Columns {
    /// It keeps them all.
    Keep,
    /// It sets the column `named` to `value`.
    Define,
    /// It sets the columns that its keywords, its maps and the names of its expressions say, and keeps the others.
    Assign,
    /// It sets these and keeps none but the keys of a grouping.
    Project,
    /// It runs a text of `name = expression`, or of an expression with a name.
    Evaluate,
    /// It sets what the texts that it is given say, and keeps no others.
    Express,
    /// It adds what a function makes of each row, a map or the row itself.
    Extend,
    /// It calls columns anew: by the map `renames`, or `named` as `value` says.
    Rename,
    /// It puts its receiver and its arguments side by side.
    Join,
    /// It puts the rows of its arguments one below the other, or side by side.
    Stack,
    /// It groups rows by the columns that it is given.
    Group,
    /// It is the column of the name that it is given.
    Column,
    /// It gives the expression it is called on a name.
    Alias,
    /// It replaces the columns it is given by one for each of their values.
    Encode,
    /// It makes a table of a map, of rows or of another table.
    Make,
    /// It gives the table that a function makes of it.
    Pipe,
    /// It gives what a function makes of each value or row.
    Each,
    /// It keeps inputs `x` and labels `y` apart.
    Pair,
    /// It picks columns out of the table that it is later applied to.
    Pick,
    /// The same, where the names stand first in each of its parts.
    PickFirst,
    /// It gives the one column that it is called on a name.
    Name,
    /// It applies a function to the table that it is later applied to.
    Run,
    /// It hands the table through the parts that it is given, one after another.
    Chain,
    /// It hands the table to each of its parts, and puts side by side what they make of it.
    Beside,
    /// It adds to a list.
    Grow,
    /// It takes from a list what it is given.
    Shrink,
    /// It is what the object it is called on holds, by name.
    Fields,
}
