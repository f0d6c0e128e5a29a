//! One reader a language or format: text in, facts out; reading never fails.

pub mod comments;
pub mod dvc;
pub mod python;
pub mod sql;
