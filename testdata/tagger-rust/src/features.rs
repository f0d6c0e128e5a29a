//! Words as numbers.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tch::Tensor;

#[derive(Debug, Serialize, Deserialize)]
pub struct Row {
    pub word: String,
    pub label: i64,
}

/// The number of each word; 0 is for words that are not in the lexicon.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Lexicon {
    pub numbers: HashMap<String, i64>,
}

impl Lexicon {
    pub fn number(&self, word: &str) -> i64 {
        self.numbers.get(word).copied().unwrap_or(0)
    }

    pub fn tensor(&self, words: &[String]) -> Tensor {
        let numbers: Vec<i64> = words.iter().map(|word| self.number(word)).collect();
        Tensor::from_slice(&numbers)
    }
}
