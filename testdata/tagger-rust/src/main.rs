//! Tags a file of words: tagger words.csv tags.csv

use std::fs::File;
use std::path::PathBuf;

use clap::Parser;
use serde::Serialize;
use tagger::features::{Lexicon, Row};
use tagger::model::Tagger;
use tagger::paths::{weights, LEXICON};
use tch::{nn, Device};

#[derive(Parser)]
struct Options {
    /// One word a line.
    words: PathBuf,
    /// Where the tags go.
    tags: PathBuf,
    #[arg(long, default_value = "tagger")]
    name: String,
}

#[derive(Serialize)]
struct Tagged<'a> {
    word: &'a str,
    label: i64,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let settings = tagger::settings::load()?;
    let lexicon: Lexicon = serde_json::from_reader(File::open(LEXICON)?)?;
    let rows: Vec<Row> = csv::Reader::from_path(&options.words)?.deserialize().collect::<Result<_, _>>()?;
    let words: Vec<String> = rows.into_iter().map(|row| row.word).collect();

    let mut store = nn::VarStore::new(Device::Cpu);
    let model = Tagger::new(&store.root(), lexicon.numbers.len() as i64 + 1, settings.training.hidden, settings.labels.count);
    store.load(weights(&options.name))?;
    let best = model.forward(&lexicon.tensor(&words)).argmax(-1, false);

    let mut writer = csv::Writer::from_path(&options.tags)?;
    for (at, word) in words.iter().enumerate() {
        writer.serialize(Tagged { word, label: best.int64_value(&[at as i64]) })?;
    }
    writer.flush()?;
    Ok(())
}
