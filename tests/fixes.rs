//! `check --fix` through the real program: what it edits, what it leaves alone, and that it does neither more nor less.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use assert_cmd::Command;
use mldebt::catalog::Catalog;
use serde_json::Value;
use tempfile::TempDir;

/// A program that reads `lr` of `config.yaml` and nothing else.
const READS_LR: &str = "import yaml\n\nwith open(\"config.yaml\") as file:\n    config = yaml.safe_load(file)\nprint(config[\"train\"][\"lr\"])\n";
/// An option that nobody reads.
const UNUSED: &str = "import argparse\n\nparser = argparse.ArgumentParser()\nparser.add_argument(\"--patience\", type=int)\nparser.add_argument(\"--rounds\", type=int)\nprint(parser.parse_args().rounds)\n";

fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

struct Answer {
    code: i32,
    out: String,
    err: String,
}

fn check(folder: &Path, arguments: &[&str]) -> Answer {
    let mut command = Command::cargo_bin("mldebt").unwrap();
    command.env_remove("MLDEBT_OUTPUT_FORMAT").current_dir(folder);
    let output = command.args(["check", "--isolated", "--no-cache"]).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Answer { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn findings(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let answer = check(folder, &[&["--output-format", "json"], arguments].concat());
    serde_json::from_str::<Value>(&answer.out).unwrap()["findings"].as_array().unwrap().clone()
}

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap()
}

/// All files, in order.
fn all(folder: &Path) -> BTreeMap<String, String> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|e| e.file_type().is_file());
    entries.map(|e| (e.path().display().to_string(), std::fs::read_to_string(e.path()).unwrap_or_default())).collect()
}

/// What becomes of a settings file of which `train.lr` alone is read.
fn mended(path: &str, text: &str) -> String {
    let program = READS_LR.replace("config.yaml", path);
    let program = match path.rsplit('.').next() {
        Some("json") => program.replace("yaml.safe_load", "json.load").replace("import yaml", "import json"),
        Some("toml") => program.replace("yaml.safe_load", "toml.load").replace("import yaml", "import toml"),
        _ => program,
    };
    let folder = repository(&[(path, text), ("train.py", &program)]);
    let arguments = ["--select", "unused-config-key", "--fix", "--unsafe-fixes"];
    assert_eq!(check(folder.path(), &arguments).code, 0, "{path}: {text}");
    let once = read(folder.path(), path);
    check(folder.path(), &arguments);
    assert_eq!(read(folder.path(), path), once, "a second run changes nothing");
    once
}

#[test]
fn a_key_goes_and_all_around_it_stays() {
    let cases = [
        (
            "config.yaml",
            "# top\ntrain:\n  lr: 0.1 # rate\n  warmup: 3\n\n# end\n",
            "# top\ntrain:\n  lr: 0.1 # rate\n\n# end\n",
        ),
        (
            "config.yaml",
            "train:\n  warmup:\n    steps: 3\n    # slow\n    kind: |\n      a\n      # b\n  lr: 1\n",
            "train:\n  lr: 1\n",
        ),
        ("config.yaml", "train: {lr: 0.1, warmup: 3}\n", "train: {lr: 0.1}\n"),
        ("config.yaml", "train: {warmup: [1, 2], lr: 0.1}\n", "train: {lr: 0.1}\n"),
        ("config.yaml", "train:\n  lr: 0.1\n  steps:\n  - 1\n  - 2\n", "train:\n  lr: 0.1\n"),
        ("config.yaml", "train:\r\n  lr: 0.1\r\n  warmup: 3\r\n", "train:\r\n  lr: 0.1\r\n"),
        ("config.yaml", "\u{feff}train:\n  warmup: 3\n  lr: 0.1\n", "\u{feff}train:\n  lr: 0.1\n"),
        (
            "config.json",
            "{\n  \"train\": {\n    \"lr\": 0.1,\n    \"warmup\": 3\n  }\n}\n",
            "{\n  \"train\": {\n    \"lr\": 0.1\n  }\n}\n",
        ),
        ("config.json", "{\"train\": {\"warmup\": {\"a\": 1}, \"lr\": 0.1}}", "{\"train\": {\"lr\": 0.1}}"),
        ("config.toml", "[train]\nlr = 0.1 # rate\nwarmup = [\n  1,\n  2,\n]\n", "[train]\nlr = 0.1 # rate\n"),
        ("config.toml", "train = { warmup = 3, lr = 0.1 }\n", "train = { lr = 0.1 }\n"),
    ];
    for (path, before, after) in cases {
        assert_eq!(mended(path, before), after, "{path}: {before}");
    }
}

#[test]
fn a_safe_edit_that_loses_a_comment_is_unsafe() {
    let text = "train:\n  lr: 0.1\n  warmup: 3 # as in the paper\n";
    let folder = repository(&[("config.yaml", text), ("train.py", READS_LR)]);
    let answer = check(folder.path(), &["--select", "unused-config-key", "--fix"]);
    assert_eq!((answer.code, read(folder.path(), "config.yaml").as_str()), (1, text));
    assert!(answer.out.contains("--unsafe-fixes mends 1 more"), "{}", answer.out);
}

#[test]
fn a_dry_run_prints_a_diff_and_changes_nothing() {
    let folder = repository(&[("config.yaml", "train:\n  lr: 0.1\n  warmup: 3\n"), ("train.py", READS_LR)]);
    let before = all(folder.path());
    let answer = check(folder.path(), &["--select", "unused-config-key", "--diff-fix"]);
    let diff = "--- a/config.yaml\n+++ b/config.yaml\n@@ -1,3 +1,2 @@\n train:\n   lr: 0.1\n-  warmup: 3\n";
    assert_eq!((answer.code, answer.out.as_str()), (1, diff));
    assert_eq!(answer.err, "Would fix 1 debt in 1 file: 1 unused-config-key.\n");
    assert_eq!(all(folder.path()), before);
    check(folder.path(), &["--select", "unused-config-key", "--fix"]);
    let answer = check(folder.path(), &["--select", "unused-config-key", "--diff-fix"]);
    assert_eq!((answer.code, answer.out.as_str()), (0, ""));
}

#[test]
fn an_option_that_is_passed_stays() {
    let passes = [
        ("run.sh", "python train.py --rounds 3 --patience 2\n"),
        ("Makefile", "train:\n\tpython train.py --patience=2\n"),
        ("job.py", "import subprocess\nsubprocess.run([\"python\", \"train.py\", \"--patience\", \"2\"])\n"),
        ("job.py", "import os\nos.system(\"python train.py --patience 2\")\n"),
    ];
    let arguments = ["--select", "unused-option", "--fix", "--unsafe-fixes"];
    for passing in passes {
        let folder = repository(&[("train.py", UNUSED), passing]);
        let answer = check(folder.path(), &arguments);
        assert_eq!(read(folder.path(), "train.py"), UNUSED, "{passing:?}");
        assert!(answer.out.contains(&format!("`{}` passes `--patience`", passing.0)), "{}", answer.out);
    }
    let folder = repository(&[("train.py", UNUSED), ("run.sh", "python train.py --rounds 3 --patience-free\n")]);
    assert_eq!(check(folder.path(), &arguments).code, 0);
    assert!(!read(folder.path(), "train.py").contains("patience"));
}

#[test]
fn what_lies_elsewhere_is_not_written() {
    let files = [("config.yaml", "train:\n  lr: 0.1\n  warmup: 3\n"), ("train.py", READS_LR)];
    let folder = repository(&files);
    let answer = check(folder.path(), &["train.py", "config.yaml", "--select", "unused-config-key", "--fix"]);
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    let folder = repository(&files);
    check(folder.path(), &["train.py", "--select", "unused-config-key", "--fix"]);
    assert_eq!(read(folder.path(), "config.yaml"), files[0].1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let folder = repository(&files);
        let path = folder.path().join("config.yaml");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
        let answer = check(folder.path(), &["--select", "unused-config-key", "--fix"]);
        assert!(answer.out.contains("Not written: config.yaml: it may not be written."), "{}", answer.out);
        assert_eq!((answer.code, read(folder.path(), "config.yaml").as_str()), (1, files[0].1));
    }
}

#[test]
fn a_rule_of_snakemake_gets_its_input() {
    let snakefile = "rule train:\n    input:\n        \"train.csv\"\n    output:\n        \"model.pkl\"\n    shell:\n        \"python train.py\"\n";
    let program = "import joblib\nimport pandas as pd\nfrom sklearn.linear_model import Lasso\n\nframe = pd.read_csv(\"train.csv\").merge(pd.read_csv(\"rates.csv\"))\njoblib.dump(Lasso().fit(frame[[\"a\"]], frame[\"b\"]), \"model.pkl\")\n";
    let folder = repository(&[("Snakefile", snakefile), ("train.py", program)]);
    let answer = check(folder.path(), &["--select", "undeclared-data-dependency", "--fix"]);
    assert_eq!(answer.code, 0, "{}", answer.out);
    assert!(read(folder.path(), "Snakefile").contains("        \"train.csv\",\n        \"rates.csv\"\n"));
}

#[test]
fn json_and_sarif_carry_the_edits() {
    let folder = repository(&[("config.yaml", "train:\n  lr: 0.1\n  warmup: 3\n"), ("train.py", READS_LR)]);
    let found = findings(folder.path(), &["--select", "unused-config-key"]);
    assert_eq!(found[0]["fix"]["title"], "delete the key");
    let edit = &found[0]["fix"]["edits"][0];
    assert_eq!((edit["line"].as_u64(), edit["end_line"].as_u64(), edit["text"].as_str()), (Some(3), Some(4), Some("")));
    let sarif = check(folder.path(), &["--select", "unused-config-key", "--output-format", "sarif"]).out;
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let change = &sarif["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "config.yaml");
    assert_eq!(change["replacements"][0]["deletedRegion"]["startLine"], 3);
    let answer = check(folder.path(), &["--select", "unused-config-key", "--output-format", "json", "--fix"]);
    assert!(serde_json::from_str::<Value>(&answer.out).is_ok());
    assert!(answer.err.starts_with("Fixed 1 debt in 1 file"));
}

/// Every example of a rule that knows a fix is mended, or refused in words; no other finding comes of it, and a second run
/// changes nothing.
#[test]
fn the_examples_of_rules_are_mended() {
    let catalog = Catalog::load(&[], &toml::Table::new()).unwrap();
    let mut mended: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in catalog.rules().iter().filter(|rule| rule.fix.is_some()) {
        for example in rule.examples.iter().filter(|e| e.debt.keys().all(|path| !path.ends_with(".ipynb"))) {
            let files: Vec<(&str, &str)> = example.debt.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
            let folder = repository(&files);
            let arguments = ["--min-confidence", "guessed", "--extend-select", &rule.name];
            let before = findings(folder.path(), &arguments);
            let answer = check(folder.path(), &[&arguments[..], &["--fix", "--unsafe-fixes"]].concat());
            let once = all(folder.path());
            check(folder.path(), &[&arguments[..], &["--fix", "--unsafe-fixes"]].concat());
            assert_eq!(all(folder.path()), once, "{}: {}", rule.name, example.name);
            let after = findings(folder.path(), &arguments);
            let count = |all: &[Value]| all.iter().filter(|f| f["rule"] == rule.name.as_str()).count();
            *mended.entry(&rule.name).or_default() += count(&before).saturating_sub(count(&after));
            let is_said = answer.out.contains("not fixed: ") || answer.out.contains("Fixed ");
            assert!(is_said, "{}: {}: {}", rule.name, example.name, answer.out);
            assert!(after.len() <= before.len(), "{}: {}: {after:?}", rule.name, example.name);
        }
    }
    let unmended: Vec<_> = mended.iter().filter(|(_, n)| **n == 0).collect();
    assert!(unmended.is_empty(), "{unmended:?}");
}
