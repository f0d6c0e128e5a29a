//! Fits the tagger: cargo run --release --bin train

use std::fs::File;

use clap::Parser;
use tagger::features::{Lexicon, Row};
use tagger::model::Tagger;
use tagger::paths::{weights, CORPUS, LEXICON};
use tch::nn::{self, OptimizerConfig};
use tch::{Device, Kind, Tensor};

#[derive(Parser)]
struct Options {
    /// What the weights are called.
    #[arg(long, default_value = "tagger")]
    name: String,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let settings = tagger::settings::load()?;
    let lexicon: Lexicon = serde_json::from_reader(File::open(LEXICON)?)?;
    let rows: Vec<Row> = csv::Reader::from_path(CORPUS)?.deserialize().collect::<Result<_, _>>()?;
    let labels: Vec<i64> = rows.iter().map(|row| row.label).collect();
    let words: Vec<String> = rows.into_iter().map(|row| row.word).collect();

    let store = nn::VarStore::new(Device::cuda_if_available());
    let model = Tagger::new(&store.root(), lexicon.numbers.len() as i64 + 1, settings.training.hidden, settings.labels.count);
    let mut optimizer = nn::Adam::default().build(&store, settings.training.rate)?;
    let (inputs, targets) = (lexicon.tensor(&words), Tensor::from_slice(&labels));
    for epoch in 0..settings.training.epochs {
        let loss = model.forward(&inputs).cross_entropy_for_logits(&targets);
        optimizer.backward_step(&loss);
        println!("epoch {epoch}: {:.4}", loss.to_kind(Kind::Float).double_value(&[]));
    }
    store.save(weights(&options.name))?;
    Ok(())
}
