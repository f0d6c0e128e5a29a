//! Fits the network: cargo run --release -p trainer

mod settings;

use candle_core::{Device, Tensor};
use candle_nn::{loss, AdamW, Optimizer, VarBuilder, VarMap};
use clap::Parser;
use leaves::net::Net;
use leaves::paths::{SHARDS, WEIGHTS};
use leaves::rows::{kind, Row, Shards};

#[derive(Debug, Parser)]
struct Cli {
    /// The settings file.
    #[arg(long, default_value = "trainer.toml")]
    settings: String,
    /// How many leaves at once; kept since the first trainer.
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// Handed over by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    println!("{cli:?}");
    let settings = settings::load(&cli.settings)?;
    let rows = Shards::new(&SHARDS).rows()?;
    let (leaves, species) = tensors(&rows)?;

    let weights = VarMap::new();
    let net = Net::new(settings.training.species, VarBuilder::from_varmap(&weights, kind(), &Device::Cpu))?;
    let mut optimizer = AdamW::new_lr(weights.all_vars(), settings.training.rate)?;
    for epoch in 0..settings.training.epochs {
        let loss = loss::cross_entropy(&net.forward(&leaves)?, &species)?;
        optimizer.backward_step(&loss)?;
        println!("epoch {epoch}");
    }
    weights.save(WEIGHTS)?;
    // The folder may be there already.
    let _ = std::fs::create_dir_all("out");
    std::fs::write("out/run.log", serde_json::to_string(&settings.report)?)?;
    Ok(())
}

fn tensors(rows: &[Row]) -> candle_core::Result<(Tensor, Tensor)> {
    let leaves: Vec<f32> = rows.iter().flat_map(|row| [row.length, row.width]).collect();
    let species: Vec<u32> = rows.iter().map(|row| row.species).collect();
    let count = rows.len();
    Ok((Tensor::from_vec(leaves, (count, 2), &Device::Cpu)?, Tensor::from_vec(species, count, &Device::Cpu)?))
}
