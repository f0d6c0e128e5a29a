//! One reader a language or format: text in, facts out; reading never fails.

pub mod command;
pub mod comments;
pub mod dvc;
pub mod notebook;
pub mod python;
pub mod requirements;
pub mod settings;
pub mod sql;
