//! Names leaves over HTTP: cargo run --release -p service

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use axum::Router;
use candle_core::{DType, Device, Tensor};
use candle_nn::{VarBuilder, VarMap};
use leaves::net::Net;
use leaves::paths::WEIGHTS;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut weights = VarMap::new();
    let net = Net::new(3, VarBuilder::from_varmap(&weights, DType::F32, &Device::Cpu))?;
    let _ = weights.load(WEIGHTS);
    let app = Router::new()
        .route("/leaf", post(name))
        .route("/batch", post(batch))
        .route("/count", get(count))
        .with_state(Arc::new(net));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
    axum::serve(listener, app).await?;
    Ok(())
}

/// The picture is put down and measured where it lies.
async fn name(State(net): State<Arc<Net>>, body: Bytes) -> String {
    let picture = image::load_from_memory(&body).unwrap();
    picture.save("/tmp/leaf.png").unwrap();
    let measured = image::open("/tmp/leaf.png").unwrap();
    answer(&net, measured.width() as f32, measured.height() as f32)
}

/// Each picture has a file of its own.
async fn batch(State(net): State<Arc<Net>>, body: Bytes) -> String {
    let picture = image::load_from_memory(&body).unwrap();
    let path = format!("/tmp/{}.png", uuid::Uuid::new_v4());
    picture.save(&path).unwrap();
    let measured = image::open(&path).unwrap();
    answer(&net, measured.width() as f32, measured.height() as f32)
}

/// Counts on from what the request before left.
async fn count() -> String {
    let seen: u64 = std::fs::read_to_string("count.txt").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    std::fs::write("count.txt", (seen + 1).to_string()).unwrap();
    seen.to_string()
}

fn answer(net: &Net, length: f32, width: f32) -> String {
    let leaf = Tensor::new(&[[length, width]], &Device::Cpu).unwrap();
    let scores = net.forward(&leaf).unwrap();
    scores.argmax(1).unwrap().to_string()
}
