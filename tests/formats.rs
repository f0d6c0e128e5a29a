//! The formats for programs, held against what their readers publish: validators, schemas and documented fields.
//!
//! What needs a validator is ignored unless it is asked for. `.ci/validators` installs all of them, and
//! `cargo test -- --ignored` asks; a validator that is missing then is a failure.
#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod hostile;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// What is reported on: a whole system; a repository whose names are hostile, one of them no text at all; nothing.
fn subjects() -> [(PathBuf, Option<TempDir>); 3] {
    let hostile = tempfile::tempdir().unwrap();
    hostile::fill(hostile.path());
    std::fs::write(hostile.path().join(OsStr::from_bytes(b"no\xfftext.py")), hostile::program(99)).unwrap();
    std::fs::write(hostile.path().join("broken<b>\u{1b}.py"), "def f(:\n").unwrap();
    let nothing = tempfile::tempdir().unwrap();
    [
        (Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/credit-dvc"), None),
        (hostile.path().to_path_buf(), Some(hostile)),
        (nothing.path().to_path_buf(), Some(nothing)),
    ]
}

fn report(folder: &Path, format: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mldebt"));
    let output = command.args(["check", "--isolated", "--output-format", format]).arg(folder).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn findings(folder: &Path) -> Vec<Value> {
    let all: Value = serde_json::from_str(&report(folder, "json")).unwrap();
    all["findings"].as_array().unwrap().clone()
}

/// Where `.ci/validators` puts what it installs.
fn validators() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/validators")
}

/// What a validator says to a report; its other arguments stand before the file.
fn validate(program: &str, arguments: &[&OsStr], report: &str, extension: &str) -> (bool, String) {
    let file = tempfile::Builder::new().suffix(extension).tempfile().unwrap();
    std::fs::write(file.path(), report).unwrap();
    let mut command = Command::new(validators().join(program));
    let output = command.args(arguments).arg(file.path()).output();
    let Output { status, stdout, stderr } =
        output.unwrap_or_else(|e| panic!("{program}: {e}; `.ci/validators` installs it"));
    (status.success(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

#[test]
#[ignore = "needs the schema and the validator of SARIF: .ci/validators"]
fn sarif_is_valid() {
    let schema = validators().join("node_modules/@microsoft/sarif-multitool-linux/sarif-2.1.0.json");
    let schema = std::fs::read_to_string(&schema).unwrap_or_else(|e| panic!("{}: {e}", schema.display()));
    // It starts with a mark of byte order.
    let schema =
        jsonschema::validator_for(&serde_json::from_str(schema.trim_start_matches('\u{feff}')).unwrap()).unwrap();
    // The schema sees the shape of each object, the multitool what holds between them.
    let validate = |text: &str| {
        let shape: Vec<String> =
            schema.iter_errors(&serde_json::from_str(text).unwrap()).map(|e| e.to_string()).collect();
        let (_, said) = validate("node_modules/.bin/sarif-multitool", &[OsStr::new("validate")], text, ".sarif");
        assert!(said.contains("Analysis completed successfully."), "{said}");
        let errors = said.lines().filter(|line| line.contains(": error ")).map(str::to_owned);
        shape.into_iter().chain(errors).collect::<Vec<String>>()
    };
    for (folder, _guard) in subjects() {
        let text = report(&folder, "sarif");
        assert_eq!(validate(&text), [""; 0], "{}", folder.display());
        for (right, wrong) in [("\"startLine\": ", "\"startLine\": -"), ("\"ruleIndex\": ", "\"ruleIndex\": 9")] {
            assert_eq!(text.contains(right), !validate(&text.replace(right, wrong)).is_empty(), "{wrong}");
        }
    }
}

#[test]
#[ignore = "needs a reader of SARIF: .ci/validators"]
fn sarif_is_read_by_others_as_it_was_meant() {
    for (folder, _guard) in subjects() {
        let (is_read, said) = validate("bin/sarif", &[OsStr::new("summary")], &report(&folder, "sarif"), ".sarif");
        assert!(is_read, "{said}");
        for (severity, level) in [("high", "error"), ("medium", "warning"), ("low", "note")] {
            let n = findings(&folder).iter().filter(|finding| finding["severity"] == severity).count();
            assert!(said.lines().any(|line| line == format!("{level}: {n}")), "{level}: {n}: {said}");
        }
    }
}

#[test]
#[ignore = "needs the validator of reviewdog's format: .ci/validators"]
fn rdjson_is_valid() {
    let arguments = ["--strict", "--no-extra-fields", "--silent"].map(OsStr::new);
    let validate = |text: &str| validate("node_modules/.bin/rdformat-validator", &arguments, text, ".json");
    for (folder, _guard) in subjects() {
        let text = report(&folder, "rdjson");
        let (is_valid, said) = validate(&text);
        assert!(is_valid, "{}: {said}", folder.display());
        let wrong = text.replace("\"line\": ", "\"line\": -");
        assert!(wrong == text || !validate(&wrong).0);
    }
}

#[test]
#[ignore = "needs a validator of XML and the schema of Jenkins: .ci/validators"]
fn junit_is_valid() {
    let schema = validators().join("junit-10.xsd");
    assert!(schema.is_file(), "{} is missing", schema.display());
    let arguments = [OsStr::new("--schema"), schema.as_os_str()];
    let validate = |text: &str| validate("bin/xmlschema-validate", &arguments, text, ".xml");
    for (folder, _guard) in subjects() {
        let text = report(&folder, "junit");
        let (is_valid, said) = validate(&text);
        assert!(is_valid, "{}: {said}", folder.display());
        assert!(!validate(&text.replace(" tests=", " test=")).0);
    }
}

/// GitLab publishes no schema, but says which fields it reads, and that a path must not begin with `./`.
#[test]
fn gitlab_gets_the_fields_that_it_documents() {
    for (folder, _guard) in subjects() {
        let issues: Vec<Value> = serde_json::from_str(&report(&folder, "gitlab")).unwrap();
        // What was not read is said beside the findings.
        let (unread, issues): (Vec<_>, Vec<_>) =
            issues.into_iter().partition(|issue| issue["check_name"] == "not-read");
        assert_eq!(issues.len(), findings(&folder).len());
        assert!(unread.iter().all(|issue| issue["severity"] == "blocker"), "{unread:?}");
        let text = |of: &Value| of.as_str().filter(|text| !text.is_empty()).unwrap().to_owned();
        let prints: BTreeSet<String> = issues.iter().map(|issue| text(&issue["fingerprint"])).collect();
        assert_eq!(prints.len(), issues.len(), "GitLab shows one of those with equal fingerprints");
        for issue in &issues {
            assert!(text(&issue["description"]).len() > 20 && text(&issue["check_name"]).contains('/'), "{issue}");
            let severities = ["info", "minor", "major", "critical", "blocker"];
            assert!(severities.contains(&text(&issue["severity"]).as_str()), "{issue}");
            assert!(!text(&issue["location"]["path"]).starts_with(['.', '/']), "{issue}");
            assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0), "{issue}");
        }
    }
}
