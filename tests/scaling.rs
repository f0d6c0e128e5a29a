//! What grows in a repository makes the run longer in step with it, and not with its square.
#![allow(clippy::unwrap_used)]

use std::process::Command;
use std::time::{Duration, Instant};

/// How much longer four times as much may take: 4 to the power of 1.3, and what a busy machine adds.
const RATIO: f64 = 9.0;

/// The time of the quickest of three runs over some files.
fn time(files: &[(&str, String)]) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let once = || {
        let start = Instant::now();
        let status = Command::new(env!("CARGO_BIN_EXE_mldebt"))
            .args(["check", "--no-cache", "--exit-zero", "--output-format", "json", "--threads", "1"])
            .arg(folder.path())
            .output()
            .unwrap()
            .status;
        assert!(status.success());
        start.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap()
}

fn grows_in_step(name: &'static str, first: usize, text: impl Fn(usize) -> String) {
    grow_in_step(first, |n| vec![(name, text(n))]);
}

fn grow_in_step(first: usize, files: impl Fn(usize) -> Vec<(&'static str, String)>) {
    let [one, four] = [first, 4 * first].map(|n| time(&files(n)).as_secs_f64());
    assert!(four < one * RATIO, "{one:.2} s, and {four:.2} s for four times as much");
}

#[test]
fn requirements() {
    grows_in_step("requirements.txt", 5000, |n| (0..n).map(|i| format!("package-{i}==1.{i}\n")).collect());
}

#[test]
fn views() {
    let view = |i: usize| format!("CREATE VIEW v{} AS SELECT a, b FROM v{i};\n", i + 1);
    grows_in_step("views.sql", 1000, |n| {
        "CREATE TABLE v0 (a int, b int);\n".to_owned() + &(0..n).map(view).collect::<String>()
    });
}

#[test]
fn reads_and_writes_of_one_function() {
    let pair = |i: usize| format!("    f{i} = pd.read_csv(\"in_{i}.csv\")\n    f{i}.to_csv(\"out_{i}.csv\")\n");
    let text =
        |n: usize| "import pandas as pd\ndef run():\n".to_owned() + &(0..n).map(pair).collect::<String>() + "run()\n";
    grows_in_step("main.py", 100, text);
}

#[test]
fn misspelt_keys() {
    let files = |n: usize| {
        let keys: String = (0..n).map(|i| format!("learning_rate_{i}: {i}\n")).collect();
        let reads: String = (0..n).map(|i| format!("print(settings[\"lerning_rate_{i}\"])\n")).collect();
        let code = format!("import yaml\n\nsettings = yaml.safe_load(open(\"settings.yaml\"))\n{reads}");
        vec![("settings.yaml", keys), ("main.py", code)]
    };
    grow_in_step(250, files);
}

#[test]
fn a_comment_that_names_many_rules() {
    let names = |n: usize| (0..n).map(|i| format!("rule-{i}")).collect::<Vec<_>>().join(", ");
    grows_in_step("main.py", 20_000, |n| format!("print(1)  # mldebt: ignore[{}] all of them\n", names(n)));
}
