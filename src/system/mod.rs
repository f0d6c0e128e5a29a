//! Facts of all files in, one graph out.
pub mod follow;
pub mod graph;
pub mod lexicon;
pub mod place;
pub mod program;
pub mod settings;
pub mod text;
pub mod touches;
pub mod types;
