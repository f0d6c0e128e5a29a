//! The network.

use tch::nn::{self, Module};
use tch::Tensor;

/// The old tagger looked at the neighbours as well; the service is too slow with it.
const USE_CONTEXT: bool = false;

#[derive(Debug)]
pub struct Tagger {
    embedding: nn::Embedding,
    output: nn::Linear,
}

impl Tagger {
    pub fn new(root: &nn::Path, words: i64, hidden: i64, labels: i64) -> Self {
        Self {
            embedding: nn::embedding(root / "embedding", words, hidden, Default::default()),
            output: nn::linear(root / "output", hidden, labels, Default::default()),
        }
    }

    pub fn forward(&self, words: &Tensor) -> Tensor {
        let mut hidden = self.embedding.forward(words);
        if USE_CONTEXT {
            let left = hidden.roll([1], [0]);
            let right = hidden.roll([-1], [0]);
            hidden = hidden + left + right;
        }
        self.output.forward(&hidden.relu())
    }
}
