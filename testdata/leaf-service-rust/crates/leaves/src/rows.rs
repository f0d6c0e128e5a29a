//! Measured leaves.

use std::fs::File;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct Row {
    pub length: f32,
    pub width: f32,
    pub species: u32,
}

/// Reads the shards one after the other.
pub struct Shards {
    paths: Vec<String>,
}

impl Shards {
    pub fn new(paths: &[&str]) -> Self {
        Self { paths: paths.iter().map(|path| path.to_string()).collect() }
    }

    pub fn rows(&self) -> anyhow::Result<Vec<Row>> {
        let mut rows = Vec::new();
        for path in self.paths.iter().map(String::as_str) {
            let mut reader = csv::Reader::from_reader(File::open(path)?);
            for row in reader.deserialize() {
                rows.push(row?);
            }
        }
        Ok(rows)
    }
}

/// The number type of the network.
pub fn kind() -> candle_core::DType {
    if cfg!(feature = "half") {
        candle_core::DType::F16
    } else {
        candle_core::DType::F32
    }
}
