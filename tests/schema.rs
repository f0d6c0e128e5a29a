//! The schemas of mldebt's own files: every file that the project has is valid, and a wrong one is not.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use walkdir::WalkDir;

fn schema(of: &str) -> jsonschema::Validator {
    let output = Command::cargo_bin("mldebt").unwrap().args(["schema", of]).output().unwrap();
    assert!(output.status.success());
    jsonschema::validator_for(&serde_json::from_slice(&output.stdout).unwrap()).unwrap()
}

fn read(path: &Path) -> Value {
    let table: toml::Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    serde_json::to_value(table).unwrap()
}

/// The files below a folder whose paths end so.
fn all(folder: &str, fits: &dyn Fn(&Path) -> bool) -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = WalkDir::new(root).into_iter().map(Result::unwrap).filter(|f| f.file_type().is_file());
    files.filter(|f| fits(f.path())).map(|f| read(f.path())).collect()
}

fn assert_valid(schema: &jsonschema::Validator, files: &[Value], least: usize) {
    assert!(files.len() >= least, "only {} files", files.len());
    for file in files {
        let wrong: Vec<String> = schema.iter_errors(file).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(wrong.is_empty(), "{wrong:?} in {file}");
    }
}

#[test]
fn every_rule_is_valid() {
    let is_rule = |path: &Path| {
        path.extension().is_some_and(|e| e == "toml") && !path.components().any(|part| part.as_os_str() == "lexicon")
    };
    assert_valid(&schema("rule"), &all("rules", &is_rule), 80);
}

#[test]
fn every_configuration_is_valid() {
    let is_configuration = |path: &Path| path.file_name().is_some_and(|name| name == "mldebt.toml");
    assert_valid(&schema("config"), &all("testdata", &is_configuration), 1);
}

#[test]
fn what_mldebt_refuses_is_not_valid() {
    let rule = |text: &str| serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap();
    let head = "title='t'\nseverity='low'\nsource='s'\nwhy='w'\nremedy='r'\nmessage='m'\n";
    let schema_of_rules = schema("rule");
    assert!(
        schema_of_rules
            .is_valid(&rule(&format!("{head}[match]\nselect='dataset'\nwhere={{ writers = {{ at-least = 2 }} }}")))
    );
    for wrong in [
        head.replace("low", "grave"),
        head.replace("why='w'", ""),
        format!("{head}[match]\nselect='datset'"),
        format!("{head}[match]\nselect='dataset'\nhas=[{{ edge = 'wriets' }}]"),
        format!("{head}[match]\nselect='dataset'\nwhere={{ writers = {{ least = 2 }} }}"),
    ] {
        assert!(!schema_of_rules.is_valid(&rule(&wrong)), "{wrong}");
    }
    let configuration = schema("config");
    assert!(
        configuration
            .is_valid(&rule("profile='team'\n[roles]\n'jobs/**'='train'\n[rule.unused-option]\noff='because'"))
    );
    for wrong in ["profil='team'", "profile='teem'", "[roles]\n'jobs/**'='trains'", "[rule.unused-option]\nof='x'"] {
        assert!(!configuration.is_valid(&rule(wrong)), "{wrong}");
    }
}
