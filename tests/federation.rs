//! Many repositories as one: through the program itself, and two hundred of them at once.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::Instant;

use assert_cmd::Command;
use mldebt::federation::{self, Debt, Facts};
use mldebt::report::Texts;
use mldebt::source::{Content, Kind, Source};
use mldebt::system::told::Told;
use mldebt::{catalog, read, system};
use serde_json::Value;

/// A program that learns from one place, and writes what its model predicts of another to a third.
fn program(learns: &str, asks: &str, writes: &str) -> String {
    format!(
        r#"import pandas as pd
from sklearn.linear_model import LogisticRegression

seen = pd.read_parquet("{learns}")
model = LogisticRegression().fit(seen[["age", "price"]], seen["bought"])
new = pd.read_parquet("{asks}")
new["bought"] = model.predict(new[["age", "price"]])
new.to_parquet("{writes}")
"#
    )
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::cargo_bin("mldebt").unwrap().current_dir(folder).args(arguments).output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr),
    )
}

/// Writes the facts of repositories, each of one program, and links them.
fn linked(repositories: &[(&str, String)], arguments: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (name, text) in repositories {
        let root = folder.path().join(name);
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join("main.py"), text).unwrap();
        let file = format!("{name}.json");
        let (code, said) = run(folder.path(), &["facts", name, "--out", &file]);
        assert_eq!(code, 0, "{said}");
        files.push(file);
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    run(folder.path(), &[&["link"], files.as_slice(), arguments].concat())
}

#[test]
fn loops_and_cascades_cross_repositories() {
    let repositories = [
        (
            "scoring",
            program("s3://lake/clicks/day.parquet", "s3://lake/items/all.parquet", "s3://lake/scores/day.parquet"),
        ),
        (
            "ranking",
            program("s3://lake/scores/day.parquet", "s3://lake/users/all.parquet", "s3://lake/clicks/day.parquet"),
        ),
        ("pricing", program("s3://lake/scores/day.parquet", "s3://lake/items/all.parquet", "out/prices.parquet")),
    ];
    let (code, said) = linked(&repositories, &["--output-format", "json"]);
    assert_eq!(code, 1, "{said}");
    let found: Value = serde_json::from_str(&said).unwrap();
    let told = |debt: &str| {
        let of = found["debts"].as_array().unwrap().iter().filter(|d| d["debt"] == debt);
        of.map(|d| d["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told("feedback-loop").len(), 1, "{said}");
    assert_eq!(
        told("correction-cascade"),
        ["LogisticRegression.fit in pricing learns from what LogisticRegression.predict in scoring predicts"]
    );
    let consumers = told("undeclared-consumer");
    assert_eq!(consumers.len(), 3, "{consumers:?}");
    assert!(consumers[0].starts_with("pricing reads `s3://lake/scores/day.parquet`"), "{consumers:?}");
}

#[test]
fn repositories_that_share_no_predictions_owe_each_other_nothing() {
    let repositories = [
        (
            "scoring",
            program("s3://lake/clicks/day.parquet", "s3://lake/items/all.parquet", "s3://lake/scores/day.parquet"),
        ),
        (
            "pricing",
            program("s3://lake/clicks/day.parquet", "s3://lake/items/all.parquet", "s3://lake/prices/day.parquet"),
        ),
        // The same local name is another file in every repository.
        ("testing", program("data/clicks.parquet", "data/items.parquet", "data/clicks.parquet")),
    ];
    let (code, said) = linked(&repositories, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("shared: s3://lake/clicks/day.parquet"), "{said}");
    assert!(said.ends_with("Linked 3 repositories: 2 shared places, 0 debts between them.\n"), "{said}");
}

#[test]
fn facts_that_cannot_be_linked_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("old.json", r#"{"version": 0, "repository": "a", "nodes": [], "edges": []}"#);
    write("a.json", r#"{"version": 1, "repository": "a", "nodes": [], "edges": []}"#);
    write("b.json", r#"{"version": 1, "repository": "a", "nodes": [], "edges": []}"#);
    write("wrong.json", r#"{"version": 1"#);
    // Edges to things that are not there lead nowhere.
    let edge = r#"{"kind": "feeds", "from": 7, "to": 9, "place": "x", "certainty": "seen"}"#;
    write("lost.json", &format!(r#"{{"version": 1, "repository": "l", "nodes": [], "edges": [{edge}]}}"#));
    for (files, code, part) in [
        (&["old.json"][..], 2, "version 0"),
        (&["a.json", "b.json"], 2, "--repository"),
        (&["wrong.json"], 2, "wrong.json"),
        (&["gone.json"], 2, "gone.json"),
        (&["a.json", "lost.json"], 0, "Linked 2 repositories"),
    ] {
        let (got, said) = run(folder.path(), &[&["link"], files].concat());
        assert!(got == code && said.contains(part), "{files:?}: {got} {said}");
    }
}

/// The facts of a repository of one program.
fn facts(number: usize, text: &str) -> Facts {
    let content = Content::Memory(text.into());
    let source = Source { path: "main.py".into(), kind: Kind::Python, content, size: 0, links: Vec::new() };
    let sources = vec![source];
    let read = read::all(&sources, &|| ());
    let lexicon = catalog::lexicon(&[]).unwrap();
    let system = system::link(&sources, &[], &read, &lexicon, &Told::default(), mldebt::checks::ALL);
    federation::shown(&system, &Texts::new(&sources), &format!("team-{number:03}"))
}

#[test]
fn two_hundred_repositories_link_in_one_run() {
    let place = |name: &str, number: usize| format!("s3://lake/{name}/{number:03}.parquet");
    let mut all = Vec::new();
    for number in 0..200 {
        // Every tenth closes a loop with the one before it; the others keep to themselves.
        let text = match number % 10 {
            0 => program(&place("events", number), &place("items", number), &place("scores", number)),
            1 => program(&place("scores", number - 1), &place("items", number), &place("events", number - 1)),
            _ => program(&place("events", number), &place("items", number), &place("scores", number)),
        };
        all.push(facts(number, &text));
    }
    let start = Instant::now();
    let joined = federation::join(&all);
    let whole = start.elapsed();
    let loops = joined.debts.iter().filter(|(debt, ..)| *debt == Debt::FeedbackLoop).count();
    assert_eq!((joined.repositories, loops), (200, 20));
    assert!(joined.debts.iter().all(|(debt, ..)| *debt != Debt::CorrectionCascade));
    let start = Instant::now();
    federation::join(&all[..50]);
    let quarter = start.elapsed();
    // Near-linear: a square would take sixteen times as long.
    assert!(whole < quarter * 12 + std::time::Duration::from_millis(50), "{whole:?} for 200, {quarter:?} for 50");
}
