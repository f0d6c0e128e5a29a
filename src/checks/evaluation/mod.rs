//! The checks of the family `evaluation`.

pub mod refitted_preprocessor;
pub mod split_by_split_statistics;
