//! The settings file.

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub struct Settings {
    pub training: Training,
    pub report: Report,
}

#[derive(Deserialize)]
pub struct Training {
    pub epochs: usize,
    pub rate: f64,
    pub species: usize,
    /// Nobody waits any more.
    pub patience: usize,
}

/// Written into the log as it is.
#[derive(Deserialize, Serialize)]
pub struct Report {
    pub title: String,
    pub contact: String,
}

pub fn load(path: &str) -> anyhow::Result<Settings> {
    Ok(toml::from_str(&std::fs::read_to_string(path)?)?)
}
