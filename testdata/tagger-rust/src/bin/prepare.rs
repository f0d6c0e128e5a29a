//! Brings the corpus and numbers its words: cargo run --bin prepare

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;

use clap::Parser;
use tagger::features::{Lexicon, Row};
use tagger::paths::{CORPUS, LEXICON};

#[derive(Parser)]
struct Options {
    /// Words that are rarer than this get no number.
    #[arg(long, default_value_t = 2)]
    least: usize,
    /// Kept since the days of the second corpus.
    #[arg(long)]
    language: Option<String>,
}

const SOURCE: &str = "https://raw.githubusercontent.com/jobs/corpus/main/words.csv";

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let text = reqwest::blocking::get(SOURCE)?.text()?;
    File::create(CORPUS)?.write_all(text.as_bytes())?;

    let mut counts: HashMap<String, usize> = HashMap::new();
    for row in csv::Reader::from_path(CORPUS)?.deserialize() {
        let row: Row = row?;
        *counts.entry(row.word).or_default() += 1;
    }
    let mut words: Vec<String> = counts.into_iter().filter(|(_, n)| *n >= options.least).map(|(word, _)| word).collect();
    words.sort();
    let numbers = words.into_iter().zip(1..).collect();
    serde_json::to_writer(File::create(LEXICON)?, &Lexicon { numbers })?;
    Ok(())
}
