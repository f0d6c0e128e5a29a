//! The whole systems below `testdata/`: all rules at once, through the program itself.
//!
//! `UPDATE=1 cargo test --test systems` writes each `expected.txt` anew; read the difference before you keep it.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use similar::TextDiff;

/// What `mldebt check --output-format concise` says of a system, seen from the system's own folder.
fn said(system: &Path, threads: usize) -> String {
    let mut command = Command::cargo_bin("mldebt").unwrap();
    command.current_dir(system).env_remove("MLDEBT_OUTPUT_FORMAT").env_remove("MLDEBT_OUTPUT_FILE");
    command.args(["check", "--output-format", "concise", "--threads", &threads.to_string()]);
    // A system may tell something of itself; what the folders above it say is no matter.
    match system.join("mldebt.toml").is_file() {
        true => command.args(["--config", "mldebt.toml"]),
        false => command.arg("--isolated"),
    };
    let output = command.output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(i32::from(!text.starts_with("No debt found"))), "{text}");
    text
}

fn systems() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let entries = std::fs::read_dir(folder).unwrap();
    let system = |path: &PathBuf| path.is_dir() && !path.ends_with("forms");
    let mut systems: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).filter(system).collect();
    systems.sort();
    systems
}

#[test]
fn every_system_owes_what_is_expected() {
    let update = std::env::var_os("UPDATE").is_some_and(|v| v == "1");
    let systems = systems();
    assert!(systems.len() >= 5, "{systems:?}");
    let mut differences = String::new();
    for system in systems {
        let file = system.join("expected.txt");
        let said = said(&system, 2);
        if update {
            std::fs::write(&file, said).unwrap();
            continue;
        }
        let expected = std::fs::read_to_string(&file).unwrap();
        if said != expected {
            let name = system.file_name().unwrap().to_string_lossy().into_owned();
            let diff = TextDiff::from_lines(&expected, &said);
            differences.push_str(&diff.unified_diff().header(&format!("{name}/expected.txt"), "now").to_string());
        }
    }
    assert!(differences.is_empty(), "\n{differences}\nUPDATE=1 writes the files anew.");
}

#[test]
fn the_tidy_system_owes_nothing() {
    let tidy = systems().into_iter().find(|s| s.ends_with("tidy")).unwrap();
    let said = said(&tidy, 1);
    assert!(said.starts_with("No debt found"), "{said}");
    assert!(!said.contains("not read"), "{said}");
}

#[test]
fn threads_and_repetition_change_nothing() {
    for system in systems() {
        let first = said(&system, 1);
        for _ in 0..3 {
            assert_eq!(said(&system, 4), first);
        }
        assert_eq!(said(&system, 1), first);
    }
}
