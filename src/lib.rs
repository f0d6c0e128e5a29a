//! mldebt reads a machine-learning repository and says what it owes.
pub mod catalog;
pub mod fact;
pub mod finding;
pub mod judge;
pub mod mistake;
pub mod read;
pub mod rule;
pub mod source;
pub mod system;
pub mod vocabulary;
