//! The README says what is true: its screen of output, its examples, its table of rules, its numbers.
//!
//! `UPDATE=1 cargo test --test readme` writes the screen, the table and the numbers anew.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use assert_cmd::Command;
use mldebt::catalog::Catalog;
use mldebt::rule::{Profile, Stance};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

fn run(folder: &Path, arguments: &str) -> (i32, String) {
    let mut command = Command::cargo_bin("mldebt").unwrap();
    let output = command.current_dir(folder).args(arguments.split(' ')).output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap(), text)
}

/// The fenced blocks of one language.
fn blocks<'r>(readme: &'r str, language: &str) -> Vec<&'r str> {
    readme.split(&format!("```{language}\n")).skip(1).filter_map(|rest| Some(rest.split_once("```\n")?.0)).collect()
}

/// Holds what the README says against what is so, or writes it anew.
fn says(old: &str, new: &str) {
    if old != new && std::env::var_os("UPDATE").is_some_and(|v| v == "1") {
        // Tests run side by side, and each has its own part.
        static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _guard = ONE_AT_A_TIME.lock().unwrap();
        std::fs::write(root().join("README.md"), readme().replacen(old, new, 1)).unwrap();
        return;
    }
    assert_eq!(old, new);
}

#[test]
fn its_screen_is_what_the_program_prints() {
    let readme = readme();
    let screen = blocks(&readme, "text")[0];
    let (command, shown) = screen.split_once('\n').unwrap();
    let arguments = command.strip_prefix("$ mldebt ").unwrap();
    let (_, printed) = run(&root().join("testdata/credit-dvc"), &format!("{arguments} --isolated"));
    says(shown, &printed.replace("\n\n\n", "\n\n"));
}

#[test]
fn its_numbers_are_true() {
    let readme = readme();
    let rules = Catalog::load(&[], &toml::Table::new()).unwrap().rules().len();
    let is_system = |entry: &std::fs::DirEntry| entry.path().join("expected.txt").is_file();
    let systems =
        std::fs::read_dir(root().join("testdata")).unwrap().filter(|e| is_system(e.as_ref().unwrap())).count();
    let line = readme.lines().find(|line| line.contains("whole systems")).unwrap();
    let number =
        |text: &str| text.split(|c: char| !c.is_ascii_digit()).find(|word| !word.is_empty()).unwrap().to_owned();
    says(line, &line.replace(&number(line), &systems.to_string()));
    let line = readme.lines().find(|line| line.starts_with("There are ") && line.contains(" rules")).unwrap();
    says(line, &line.replace(&number(line), &rules.to_string()));
}

#[test]
fn its_examples_work() {
    let readme = readme();
    let folder = tempfile::tempdir().unwrap();
    for block in blocks(&readme, "toml") {
        let path = folder.path().join(block.lines().next().unwrap().strip_prefix("# ").unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, block).unwrap();
    }
    assert_eq!(run(folder.path(), "rules check team"), (0, "1 rule holds.\n".to_owned()));
    let code =
        "import acme.lake\n\nsales = acme.lake.fetch(\"old/sales\")\nacme.lake.store(sales, table=\"copy/sales\")\n";
    std::fs::write(folder.path().join("copy.py"), code).unwrap();
    let (code, text) = run(folder.path(), "check --output-format concise");
    assert!(text.starts_with("copy.py:3:9: old-warehouse [high] `old/sales` lies in the old warehouse\n"), "{text}");
    assert_eq!(code, 1);
    let (_, text) = run(folder.path(), "trace copy/sales");
    assert!(text.contains("written by module copy.py"), "{text}");
}

#[test]
fn its_table_lists_every_rule() {
    let readme = readme();
    let catalog = Catalog::load(&[], &toml::Table::new()).unwrap();
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `") && line.contains("/")).collect();
    let expected = |rule: &mldebt::rule::Rule| {
        let mark = match (&rule.optional, rule.profiles.get(&Profile::Team)) {
            (Some(_), _) => " (only if selected by name)",
            (None, Some(Stance::Off)) => " (only in the profile `production`)",
            (None, _) => "",
        };
        format!("| `{}/{}` | {} | {}{mark} |", rule.family, rule.name, rule.severity.word(), rule.title)
    };
    let expected: Vec<String> = catalog.rules().iter().map(expected).collect();
    says(&rows.join("\n"), &expected.join("\n"));
}

/// What it shows of YAML, and the files that others read of this repository, held against what their readers publish.
#[test]
#[ignore = "needs the schemas of forges and pre-commit: .ci/validators"]
fn its_jobs_and_hooks_are_valid() {
    let readme = readme();
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks(&readme, "yaml");
    let shown = |number: usize| {
        let path = folder.path().join(format!("{number}.yaml"));
        std::fs::write(&path, blocks[number]).unwrap();
        path
    };
    let schema = |name: &'static str| vec!["check-jsonschema", "--builtin-schema", name];
    let files = [
        (schema("vendor.github-workflows"), shown(0)),
        (schema("vendor.gitlab-ci"), shown(1)),
        (vec!["pre-commit", "validate-config"], shown(2)),
        (vec!["pre-commit", "validate-manifest"], root().join(".pre-commit-hooks.yaml")),
        (schema("vendor.github-actions"), root().join("action.yml")),
    ];
    let validate = |command: &[&str], file: &Path| {
        let mut validator = std::process::Command::new(root().join("target/validators/bin").join(command[0]));
        let output = validator.args(&command[1..]).arg(file).output();
        let output = output.unwrap_or_else(|e| panic!("{}: {e}; `.ci/validators` installs it", command[0]));
        (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    for (command, file) in &files {
        let (is_valid, said) = validate(command, file);
        assert!(is_valid, "{}: {said}", file.display());
        // What is valid of another kind is not of this one.
        let other = if *file == files[3].1 { &files[4].1 } else { &files[3].1 };
        assert!(!validate(command, other).0, "{command:?}");
    }
    assert_eq!(blocks.len(), 3);
}

#[test]
fn its_test_command_is_that_of_ci() {
    let command = "cargo test --locked";
    let ci = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(readme().contains(&format!("    {command}\n")) && ci.lines().any(|line| line == command));
}
