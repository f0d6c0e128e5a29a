//! Where everything lies.

use std::path::{Path, PathBuf};

pub const CORPUS: &str = "data/corpus.csv";
pub const LEXICON: &str = "data/lexicon.json";
pub const MODELS: &str = "models";

/// The weights of a tagger.
pub fn weights(name: &str) -> PathBuf {
    Path::new(MODELS).join(format!("{name}.ot"))
}
