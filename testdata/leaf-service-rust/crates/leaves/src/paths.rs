//! Where everything lies.

pub const WEIGHTS: &str = "models/leaf.safetensors";
pub const SHARDS: [&str; 2] = ["data/leaves-a.csv", "data/leaves-b.csv"];
/// Nobody draws it any more.
pub const CONFUSION: &str = "out/confusion.csv";
