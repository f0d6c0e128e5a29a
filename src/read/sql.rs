//! SQL.
use crate::fact::TableUse;
/// Stand-in.
pub fn statement(_text: &str) -> Vec<TableUse> { Vec::new() }
