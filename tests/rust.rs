//! Rust files read and linked with the lexicon: what they touch, where.
#![allow(clippy::unwrap_used)]

use mldebt::source::{Content, Kind, Source};
use mldebt::system::graph::System;
use mldebt::system::told::Told;
use mldebt::vocabulary::NodeKind;
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
    system::link(&sources, &[], &facts, &catalog::lexicon(&[]).unwrap(), &Told::default())
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
