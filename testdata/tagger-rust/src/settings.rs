//! The settings file.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct Settings {
    pub training: Training,
    pub labels: Labels,
}

#[derive(Debug, Deserialize)]
pub struct Training {
    pub epochs: usize,
    pub rate: f64,
    pub hidden: i64,
    /// Nobody shuffles any more.
    #[serde(default)]
    pub shuffle: bool,
}

#[derive(Debug, Deserialize)]
pub struct Labels {
    pub count: i64,
}

pub fn load() -> anyhow::Result<Settings> {
    let text = std::fs::read_to_string("tagger.toml")?;
    Ok(toml::from_str(&text)?)
}
