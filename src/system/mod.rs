//! Facts of all files in, one graph out.
pub mod graph;
pub mod lexicon;
