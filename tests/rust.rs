//! Rust files read and linked with the lexicon: what they touch, where.
#![allow(clippy::unwrap_used)]

use mldebt::source::{Content, Kind, Source};
use mldebt::system::graph::System;
use mldebt::system::told::Told;
use mldebt::vocabulary::{EdgeKind, NodeKind};
use mldebt::{catalog, read, system};

fn linked(files: &[(&str, Kind, &str)]) -> System {
    let source = |(path, kind, text): &(&str, Kind, &str)| Source {
        path: (*path).to_owned(),
        kind: *kind,
        content: Content::Memory((*text).into()),
        size: 0,
        links: Vec::new(),
    };
    let sources: Vec<Source> = files.iter().map(source).collect();
    let facts = read::all(&sources, &|| ());
    assert!(facts.iter().all(|f| f.problems.is_empty()));
    system::link(&sources, &[], &facts, &catalog::lexicon(&[]).unwrap(), &Told::default(), mldebt::checks::ALL)
}

fn named(system: &System, kind: NodeKind) -> Vec<String> {
    let nodes = system.nodes().filter(|(_, node)| node.kind == kind);
    let mut names: Vec<String> = nodes.map(|(_, node)| node.name.to_string()).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn rust_places_are_told_through_constants_modules_and_parameters() {
    let system = linked(&[
        ("Cargo.toml", Kind::Toml, "[package]\nname = \"my-tool\"\n"),
        ("src/lib.rs", Kind::Rust, "pub mod paths;"),
        (
            "src/main.rs",
            Kind::Rust,
            r#"use my_tool::paths::{self, DIR};
            use std::path::Path;
            struct Job { out: String }
            impl Job {
                fn run(&self) { std::fs::write(&self.out, "x").unwrap(); }
            }
            fn load(dir: &Path) -> csv::Result<()> { csv::Reader::from_path(dir.join("c.csv"))?; Ok(()) }
            fn main() -> anyhow::Result<()> {
                std::fs::write("out/a.csv", "1")?;
                csv::Reader::from_path(format!("{}/b.csv", DIR))?;
                load(Path::new(paths::DIR))?;
                Job { out: format!("{}/{name}.txt", DIR, name = "d") }.run();
                Ok(())
            }"#,
        ),
        ("src/paths.rs", Kind::Rust, "pub const DIR: &str = \"data\";"),
    ]);
    assert_eq!(named(&system, NodeKind::Dataset), ["data/b.csv", "data/c.csv", "data/d.txt", "out/a.csv"]);
}

#[test]
fn rust_models_are_trained_saved_and_asked() {
    let system = linked(&[(
        "src/main.rs",
        Kind::Rust,
        r#"use polars::prelude::*;
        use tch::{nn, nn::OptimizerConfig};
        fn main() {
            let frame = CsvReadOptions::default().with_has_header(true)
                .try_into_reader_with_file_path(Some("iris.csv".into())).unwrap().finish().unwrap();
            let mut vs = nn::VarStore::new(tch::Device::Cpu);
            let mut opt = nn::Adam::default().build(&vs, 1e-3).unwrap();
            for _ in 0..3 { opt.backward_step(&loss(&frame)); }
            vs.save("model.ot").unwrap();
        }
        fn loss(frame: &DataFrame) -> tch::Tensor { todo!() }"#,
    )]);
    let data = named(&system, NodeKind::Dataset);
    assert!(["iris.csv", "model.ot"].iter().all(|place| data.iter().any(|d| d == place)), "{data:?}");
    let module = system.nodes().find(|(_, node)| node.kind == NodeKind::Module).unwrap().0;
    assert_eq!(system.get(module, "role").map(|r| format!("{r:?}")).unwrap(), "Text(u!(\"train\"))");
}

/// The names of what stands behind the edges of a kind, as `from -> to`.
fn joined(system: &System, kind: EdgeKind) -> Vec<String> {
    let nodes: Vec<_> = system.nodes().map(|(id, node)| (id, node.name)).collect();
    let edges = nodes.iter().flat_map(|(id, name)| {
        let reached = system.reached(*id, kind);
        reached.map(move |to| format!("{name} -> {}", system.node(to).name))
    });
    let mut edges: Vec<String> = edges.collect();
    edges.sort();
    edges.dedup();
    edges
}

#[test]
fn paths_are_followed_through_iterators_fields_and_crates() {
    let system = linked(&[
        ("Cargo.toml", Kind::Toml, "[workspace]\nmembers = [\"crates/*\"]\n"),
        ("crates/loader/Cargo.toml", Kind::Toml, "[package]\nname = \"row-loader\"\n"),
        (
            "crates/loader/src/lib.rs",
            Kind::Rust,
            r#"use std::fs::File;
            pub struct Rows { paths: Vec<String>, seed: u64 }
            impl Rows {
                pub fn new(paths: &[&str]) -> Self {
                    let paths = paths.iter().map(|path| path.to_string()).collect::<Vec<_>>();
                    Self { paths, seed: 7 }
                }
                pub fn one(path: &str) -> Self { Self::new(&[path]) }
            }
            pub trait Read { fn read(&self); }
            impl Read for Rows {
                fn read(&self) {
                    let mut paths = self.paths.clone();
                    paths.rotate_left(1);
                    for (number, path) in paths.iter().map(String::as_str).enumerate() {
                        let mut file = File::open(path).unwrap();
                    }
                }
            }"#,
        ),
        ("crates/app/Cargo.toml", Kind::Toml, "[package]\nname = \"app\"\n"),
        (
            "crates/app/src/main.rs",
            Kind::Rust,
            r#"use row_loader::{Read, Rows};
            const SPLITS: [(&str, &str); 2] = [("train", "data/train.bin"), ("valid", "data/valid.bin")];
            fn main() {
                Rows::new(&["data/games.bin"]).read();
                let more = Some("data/more.bin").map(|path| Rows::one(path));
                more.unwrap().read();
                for (name, path) in SPLITS.iter() {
                    std::fs::copy(path, format!("out/{name}.bin")).unwrap();
                }
            }"#,
        ),
    ]);
    let data = named(&system, NodeKind::Dataset);
    for place in ["data/games.bin", "data/more.bin", "data/train.bin", "data/valid.bin", "out/train.bin"] {
        assert!(data.iter().any(|d| d == place), "{place} is not in {data:?}");
    }
}

#[test]
fn what_an_optimiser_changes_is_what_was_trained() {
    let system = linked(&[(
        "src/main.rs",
        Kind::Rust,
        r#"use candle_core::{DType, Device};
        use candle_nn::{AdamW, Optimizer, VarBuilder, VarMap};
        fn main() -> anyhow::Result<()> {
            let frozen = VarMap::new();
            let weights = VarMap::new();
            let builder = VarBuilder::from_varmap(&weights, DType::F32, &Device::Cpu);
            let mut optimizer = AdamW::new_lr(weights.all_vars(), 0.01)?;
            for _ in 0..3 { optimizer.backward_step(&loss(&builder))?; }
            weights.save("models/tags.safetensors")?;
            frozen.save("models/frozen.safetensors")?;
            Ok(())
        }"#,
    )]);
    assert_eq!(joined(&system, EdgeKind::Trains), ["Optimizer.backward_step -> models/tags.safetensors"]);
}

#[test]
fn a_learner_gives_back_the_model_that_is_kept() {
    let system = linked(&[(
        "src/main.rs",
        Kind::Rust,
        r#"use burn::{prelude::*, train::{Learner, LearnerBuilder, SupervisedTraining}};
        #[derive(Module, Debug)]
        struct Net<B: Backend> { layer: B }
        fn main() {
            let rows = csv::Reader::from_path("rows.csv").unwrap();
            let learner = LearnerBuilder::new("out").num_epochs(3).build(net(), 0.1);
            learner.fit(rows, 1).save_file("old.bin", &recorder());
            let training = SupervisedTraining::new("out", loader(), loader()).num_epochs(3);
            let result = training.launch(Learner::new(net(), 0.1));
            result.model.save_file("new.bin", &recorder());
        }"#,
    )]);
    let expected = ["Learner.fit -> old.bin", "SupervisedTraining.launch -> new.bin"];
    assert_eq!(joined(&system, EdgeKind::Trains), expected);
    assert!(joined(&system, EdgeKind::Feeds).iter().any(|e| e == "rows.csv -> Learner.fit"));
}
