//! mldebt reads a machine-learning repository and says what it owes.
pub mod fact;
pub mod finding;
pub mod mistake;
pub mod read;
pub mod source;
pub mod system;
pub mod vocabulary;
