//! The course of what was owed, through the real program on small histories.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// One finding of `pipeline/in-place-input-overwrite`.
const IN_PLACE: &str = "import pandas as pd\n\nframe = pd.read_csv(\"raw.csv\").dropna()\nframe.to_csv(\"raw.csv\")\n";
/// One finding of `config/unused-option`.
const UNUSED: &str = "import argparse\n\nparser = argparse.ArgumentParser()\nparser.add_argument(\"--patience\", type=int)\nparser.add_argument(\"--rounds\", type=int)\nprint(parser.parse_args().rounds)\n";
/// The same, paid.
const USED: &str = "import argparse\n\nparser = argparse.ArgumentParser()\nparser.add_argument(\"--rounds\", type=int)\nprint(parser.parse_args().rounds)\n";

fn write(folder: &Path, path: &str, text: &str) {
    std::fs::write(folder.join(path), text).unwrap();
}

/// Standard output of git, run on a day.
fn git(folder: &Path, day: &str, arguments: &[&str]) -> String {
    let mut command = std::process::Command::new("git");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GIT_")) {
        command.env_remove(name);
    }
    let time = format!("{day}T12:00:00+0000");
    command.env("GIT_AUTHOR_DATE", &time).env("GIT_COMMITTER_DATE", &time);
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"];
    let output = command.current_dir(folder).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(folder: &Path, day: &str) -> String {
    git(folder, day, &["add", "--all"]);
    git(folder, day, &["commit", "--quiet", "--allow-empty", "--message", "x"]);
    git(folder, day, &["rev-parse", "HEAD"])
}

/// A debt is there from the start and its file is moved; a second one comes with a merge and is paid.
fn history() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_path_buf();
    git(&path, "2025-01-01", &["init", "--quiet", "--object-format=sha1"]);
    write(&path, "clean.py", IN_PLACE);
    commit(&path, "2025-01-01");
    git(&path, "2025-01-01", &["switch", "--quiet", "--create", "side"]);
    write(&path, "look.py", "print(1)\n");
    commit(&path, "2025-02-01");
    write(&path, "train.py", UNUSED);
    commit(&path, "2025-02-02");
    git(&path, "2025-03-01", &["switch", "--quiet", "main"]);
    git(&path, "2025-03-01", &["merge", "--quiet", "--no-ff", "--message", "x", "side"]);
    git(&path, "2025-05-01", &["mv", "clean.py", "tidy.py"]);
    commit(&path, "2025-05-01");
    write(&path, "train.py", USED);
    commit(&path, "2025-07-01");
    (folder, path)
}

/// Exit code, standard output, standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("mldebt").unwrap();
    let output = command.current_dir(folder).arg("trend").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(folder: &Path, more: &[&str]) -> Value {
    let (code, text, error) = run(folder, &[&["--format", "json"], more].concat());
    assert_eq!(code, 0, "{error}");
    serde_json::from_str(&text).unwrap()
}

fn dates(trend: &Value) -> Vec<&str> {
    trend["samples"].as_array().unwrap().iter().map(|sample| sample["date"].as_str().unwrap()).collect()
}

fn rules(debts: &Value) -> Vec<&str> {
    debts.as_array().unwrap().iter().map(|debt| debt["rule"].as_str().unwrap()).collect()
}

#[test]
fn debts_are_opened_kept_and_paid_along_first_parents() {
    let (_folder, path) = history();
    let trend = json(&path, &[]);
    assert_eq!((&trend["version"], &trend["of"]), (&1.into(), &4.into()));
    assert_eq!(dates(&trend), ["2025-01-01", "2025-03-01", "2025-05-01", "2025-07-01"]);
    let samples = &trend["samples"];
    let totals: Vec<u64> = (0..4).map(|number| samples[number]["total"].as_u64().unwrap()).collect();
    assert_eq!(totals, [1, 2, 2, 1]);
    assert!(samples[0]["opened"].is_null() && samples[0]["paid"].is_null());
    assert_eq!((rules(&samples[1]["opened"]), rules(&samples[1]["paid"])), (vec!["unused-option"], vec![]));
    // A file that is moved keeps its debt.
    assert_eq!((rules(&samples[2]["opened"]), rules(&samples[2]["paid"])), (vec![], vec![]));
    assert_eq!((rules(&samples[3]["opened"]), rules(&samples[3]["paid"])), (vec![], vec!["unused-option"]));
    assert_eq!(samples[1]["families"], serde_json::json!({"config": 1, "pipeline": 1}));
    assert_eq!(samples[1]["severities"], serde_json::json!({"high": 0, "low": 0, "medium": 2}));
    let owed = &trend["owed"][0];
    assert_eq!((&owed["path"], &owed["days"], &owed["or_longer"]), (&"tidy.py".into(), &181.into(), &true.into()));
    assert_eq!(owed["since"]["date"], "2025-01-01");
}

#[test]
fn what_the_readme_shows_is_so() {
    let (_folder, path) = history();
    let (code, text, error) = run(&path, &[]);
    assert_eq!(code, 0, "{error}");
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let shown = readme.split_once("$ mldebt trend\n").unwrap().1.split_once("```").unwrap().0;
    assert_eq!(shown, text);
    let (_, page, _) = run(&path, &["--format", "markdown"]);
    assert!(page.starts_with("# ") && page.contains("| 2025-03-01 |") && page.contains("`tidy.py`"), "{page}");
}

#[test]
fn commits_are_few_and_since_a_day_and_the_present_one_is_among_them() {
    let (_folder, path) = history();
    assert_eq!(dates(&json(&path, &["--commits", "1"])), ["2025-07-01"]);
    assert_eq!(dates(&json(&path, &["--commits", "3"])), ["2025-01-01", "2025-03-01", "2025-07-01"]);
    let since = json(&path, &["--since", "2025-05-01"]);
    assert_eq!((dates(&since), &since["of"]), (vec!["2025-05-01", "2025-07-01"], &2.into()));
    assert_eq!(dates(&json(&path, &["--since", "2030-01-01"])), ["2025-07-01"]);
    let (code, _, error) = run(&path, &["--since", "yesterday"]);
    assert!(code == 2 && error.contains("write it like 2026-09-01"), "{error}");
    assert_eq!(run(&path, &["--commits", "0"]).0, 2);
}

#[test]
fn the_working_tree_and_the_index_stay_as_they_are() {
    let (_folder, path) = history();
    write(&path, "more.py", UNUSED);
    write(&path, "tidy.py", "print(1)\n");
    git(&path, "2025-08-01", &["add", "more.py"]);
    let state =
        || (git(&path, "2025-08-01", &["status", "--porcelain"]), std::fs::read(path.join(".git/index")).unwrap());
    let before = state();
    let index = std::fs::metadata(path.join(".git/index")).unwrap().modified().unwrap();
    let trend = json(&path, &[]);
    assert_eq!(std::fs::metadata(path.join(".git/index")).unwrap().modified().unwrap(), index);
    // What is not committed is not looked at.
    assert_eq!(rules(&trend["owed"]), ["in-place-input-overwrite"]);
    assert_eq!(state(), before);
}

#[test]
fn a_cache_changes_nothing_and_is_apart_from_that_of_check() {
    let (folder, path) = history();
    let cache = tempfile::tempdir_in(folder.path().parent().unwrap()).unwrap();
    let cache = cache.path().to_str().unwrap();
    let plain = run(&path, &["--no-cache"]);
    for _ in 0..2 {
        assert_eq!(run(&path, &["--cache-dir", cache]), plain);
        let mut check = Command::cargo_bin("mldebt").unwrap();
        let output = check.current_dir(&path).args(["check", "--cache-dir", cache, "--statistics"]).output().unwrap();
        assert!(String::from_utf8(output.stdout).unwrap().contains("1  pipeline/in-place-input-overwrite"));
    }
}

#[test]
fn a_commit_that_cannot_be_looked_at_is_passed_over() {
    let (_folder, path) = history();
    let blob = git(&path, "2025-08-01", &["rev-parse", "HEAD~1:train.py"]);
    std::fs::remove_file(path.join(".git/objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    let trend = json(&path, &[]);
    assert_eq!(dates(&trend), ["2025-01-01", "2025-07-01"]);
    assert_eq!(trend["skipped"].as_array().unwrap().len(), 2);
    assert!(trend["skipped"][0]["reason"].as_str().unwrap().contains("train.py was not brought here"), "{trend}");
    let (_, text, _) = run(&path, &[]);
    assert!(text.contains(" of 2025-03-01: train.py was not brought here"), "{text}");
}

#[test]
fn a_file_that_cannot_be_read_for_a_while_pays_nothing() {
    let (_folder, path) = history();
    write(&path, "tidy.py", "\0\0\0");
    commit(&path, "2025-08-01");
    write(&path, "tidy.py", IN_PLACE);
    commit(&path, "2025-09-01");
    let trend = json(&path, &[]);
    let samples = &trend["samples"];
    assert_eq!((rules(&samples[4]["paid"]), &samples[4]["unread"]), (vec![], &1.into()));
    assert_eq!(rules(&samples[5]["opened"]), [""; 0]);
    assert_eq!(trend["owed"][0]["since"]["date"], "2025-01-01");
}

#[test]
fn history_that_is_not_there_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "clean.py", IN_PLACE);
    let (code, _, error) = run(folder.path(), &[]);
    assert!(code == 2 && error.contains("this is no git repository"), "{error}");
    git(folder.path(), "2025-01-01", &["init", "--quiet"]);
    let (code, _, error) = run(folder.path(), &[]);
    assert!(code == 2 && error.contains("nothing is committed yet"), "{error}");
    let (_folder, path) = history();
    let mut command = Command::cargo_bin("mldebt").unwrap();
    let output = command.current_dir(&path).env("PATH", "").arg("trend").output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && error.contains("there is no git on the PATH"), "{error}");
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", path.display());
    git(clone.path(), "2025-01-01", &["clone", "--quiet", "--depth", "2", &url, "shallow"]);
    let (code, text, _) = run(&clone.path().join("shallow"), &[]);
    assert!(code == 0 && text.contains("goes back to 2025-05-01") && text.contains("fetch-depth: 0"), "{text}");
}
