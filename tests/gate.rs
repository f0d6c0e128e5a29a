//! The gate: every format through the real program, hostile names, the ledger, and what a change introduces.
#![allow(clippy::unwrap_used)]

#[cfg(unix)]
mod hostile;

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// One finding of `pipeline/in-place-input-overwrite`, on line 4.
const IN_PLACE: &str = "import pandas as pd\n\nframe = pd.read_csv(\"raw.csv\").dropna()\nframe.to_csv(\"raw.csv\")\n";
/// One finding of `config/unused-option`, on line 4.
const UNUSED: &str = "import argparse\n\nparser = argparse.ArgumentParser()\nparser.add_argument(\"--patience\", type=int)\nparser.add_argument(\"--rounds\", type=int)\nprint(parser.parse_args().rounds)\n";
/// The formats in which a name is written out.
const FORMATS: [&str; 13] = [
    "full",
    "concise",
    "grouped",
    "json",
    "json-lines",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "rdjson",
    "pylint",
    "azure",
    "markdown",
];
/// A day on which all tests are made: 2026-01-01.
const TODAY: &str = "1767225600";

fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(path, text)| write(folder.path(), path, text));
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap()
}

/// Exit code, standard output, standard error.
fn run_at(day: &str, folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("mldebt").unwrap();
    for variable in ["MLDEBT_OUTPUT_FORMAT", "MLDEBT_OUTPUT_FILE", "GITHUB_STEP_SUMMARY"] {
        command.env_remove(variable);
    }
    let output = command.env("SOURCE_DATE_EPOCH", day).current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    run_at(TODAY, folder, arguments)
}

fn format(folder: &Path, format: &str) -> String {
    run(folder, &["check", "--output-format", format]).1
}

fn json(folder: &Path, more: &[&str]) -> Value {
    serde_json::from_str(&run(folder, &[&["check", "--output-format", "json"], more].concat()).1).unwrap()
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = std::process::Command::new("git");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GIT_")) {
        command.env_remove(name);
    }
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"];
    let output = command.current_dir(folder).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn commit(folder: &Path) {
    if !folder.join(".git").exists() {
        git(folder, &["init", "--quiet"]);
    }
    git(folder, &["add", "--all", "--force"]);
    git(folder, &["commit", "--quiet", "--message", "x"]);
}

fn rules(findings: &Value) -> Vec<&str> {
    findings.as_array().map(|list| list.iter().map(|f| f["rule"].as_str().unwrap()).collect()).unwrap_or_default()
}

// --- formats ---

/// Two findings, the first of them in a notebook: `X = ` stands on line 9 of the file and on line 2 of the cell.
fn notebook() -> String {
    let source = [
        "rows = pd.read_csv('é.csv')\\n",
        "X = StandardScaler().fit_transform(rows[[\\\"age\\\"]])\\n",
        "a, b, c, d = train_test_split(X, rows['y'])\\n",
        "Ridge().fit(a, c)",
    ];
    let imports = "import pandas as pd\\nfrom sklearn.linear_model import Ridge\\nfrom sklearn.model_selection import \
                   train_test_split\\nfrom sklearn.preprocessing import StandardScaler";
    format!(
        "{{\n \"cells\": [\n  {{\"cell_type\": \"markdown\", \"metadata\": {{}}, \"source\": []}},\n  {{\"cell_type\": \"code\", \
         \"metadata\": {{}}, \"outputs\": [], \"source\": \"{imports}\"}},\n  {{\"cell_type\": \"code\", \"metadata\": {{}}, \
         \"outputs\": [],\n   \"source\": [\n    \"{}\"\n   ]\n  }}\n ],\n \"metadata\": {{}}, \"nbformat\": 4, \
         \"nbformat_minor\": 5\n}}\n",
        source.join("\",\n    \"")
    )
}

#[test]
fn a_notebook_is_named_by_the_lines_of_its_file() {
    let folder = repository(&[("look.ipynb", &notebook())]);
    let lines: Vec<String> = notebook().lines().map(str::to_owned).collect();
    let line = 1 + lines.iter().position(|line| line.contains("train_test_split(X")).unwrap();
    let column = 1 + lines[line - 1].find("train_test_split").unwrap();
    let github = format(folder.path(), "github");
    assert!(github.contains(&format!("file=look.ipynb,line={line},col={column},")), "{github}");
    let sarif: Value = serde_json::from_str(&format(folder.path(), "sarif")).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], &region["startColumn"]), (&line.into(), &column.into()));
    // What stands behind escaped quotes ends where it ends in the file.
    let fitted = &result["codeFlows"][0]["threadFlows"][0]["locations"][0]["location"]["physicalLocation"]["region"];
    let text = &lines[fitted["startLine"].as_u64().unwrap() as usize - 1];
    let [start, end] = ["startColumn", "endColumn"].map(|key| fitted[key].as_u64().unwrap() as usize - 1);
    assert_eq!(&text[start..end], "StandardScaler().fit_transform(rows[[\\\"age\\\"]])");
    // In the formats for people, lines count within the cell.
    assert!(format(folder.path(), "concise").starts_with("look.ipynb:cell 3:3:14: preprocess-before-split"));
}

#[test]
fn sarif_is_what_code_scanning_takes() {
    let folder = repository(&[("sub/clean.py", IN_PLACE), ("broken.py", "def f(:\n"), ("sub/x y.py", UNUSED)]);
    commit(folder.path());
    let (code, text, _) = run(&folder.path().join("sub"), &["check", "--output-format", "sarif"]);
    assert_eq!(code, 1, "what cannot be read lies elsewhere");
    let sarif: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    assert_eq!((&run["columnKind"], &run["automationDetails"]["id"]), (&"unicodeCodePoints".into(), &"mldebt/".into()));
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            let text = rule[text]["text"].as_str().unwrap();
            assert!(!text.is_empty());
        }
        assert!(rule["shortDescription"]["text"].as_str().unwrap().chars().count() <= 1024);
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 20);
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result.get("baselineState").is_none() && result.get("suppressions").is_none());
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].as_str().is_some_and(|hash| hash.len() > 16));
    }
    // Places count from the repository's root, are addresses, and keep to one line.
    let place = |result: &Value| result["locations"][0]["physicalLocation"].clone();
    assert_eq!(place(&results[0])["artifactLocation"]["uri"], "sub/clean.py");
    assert_eq!(place(&results[1])["artifactLocation"]["uri"], "sub/x%20y.py");
    let region = &place(&results[0])["region"];
    assert_eq!((&region["startLine"], &region["endLine"]), (&4.into(), &4.into()));
    let steps = results[0]["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0]["location"]["message"]["text"], "read here");
    let whole: Value = serde_json::from_str(&format(folder.path(), "sarif")).unwrap();
    let notes = &whole["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notes[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "broken.py");
}

#[test]
fn the_other_formats_have_their_documented_shapes() {
    let long = IN_PLACE.replace("frame.to_csv(\"raw.csv\")", "_ = \"é\"; frame.to_csv(\n    \"raw.csv\")");
    let folder = repository(&[("clean.py", &long), ("train.py", UNUSED)]);
    let github = format(folder.path(), "github");
    assert!(github.starts_with("::warning title=mldebt (pipeline/in-place-input-overwrite),file=clean.py,line=4,col=10,endLine=4,endColumn=23::`raw.csv` is read"), "{github}");
    assert_eq!(github.lines().count(), 2);

    let gitlab: Value = serde_json::from_str(&format(folder.path(), "gitlab")).unwrap();
    assert_eq!(gitlab[1]["location"], serde_json::json!({"path": "train.py", "lines": {"begin": 4}}));
    assert_eq!((&gitlab[1]["severity"], &gitlab[1]["check_name"]), (&"major".into(), &"config/unused-option".into()));

    let rdjson: Value = serde_json::from_str(&format(folder.path(), "rdjson")).unwrap();
    let first = &rdjson["diagnostics"][0];
    // Its columns are bytes: the `é` before the call is two of them.
    assert_eq!(first["location"]["range"]["start"], serde_json::json!({"line": 4, "column": 11}));
    assert_eq!((&first["severity"], &first["code"]["value"]), (&"WARNING".into(), &"in-place-input-overwrite".into()));
    assert_eq!(first["related_locations"][0]["location"]["path"], "clean.py");

    let junit = format(folder.path(), "junit");
    assert!(junit.contains("<testsuites name=\"mldebt\" tests=\"2\" failures=\"2\" errors=\"0\">"), "{junit}");
    assert!(junit.contains("<testsuite name=\"train.py\" tests=\"1\" failures=\"1\""), "{junit}");
    let lines = format(folder.path(), "json-lines");
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((rows.len(), &rows[1]["path"]), (2, &"train.py".into()));
    assert!(
        format(folder.path(), "pylint")
            .contains("train.py:4: [unused-option] command-line option `--patience` is parsed but never read\n")
    );
    assert!(format(folder.path(), "azure").contains(
        "##vso[task.logissue type=warning;sourcepath=train.py;linenumber=4;columnnumber=1;code=unused-option;]command-line option"
    ));
    let markdown = format(folder.path(), "markdown");
    assert!(
        markdown.contains(
            "| medium | `train.py:4` | command-line option `--patience` is parsed but never read | `config/unused-option` | new |\n"
        )
    );
}

#[test]
fn where_nothing_is_owed_every_format_says_so_in_its_way() {
    let folder = repository(&[("a.py", "print(1)\n")]);
    for (name, says) in [("gitlab", "[]\n"), ("github", ""), ("json-lines", ""), ("pylint", ""), ("azure", "")] {
        assert_eq!(format(folder.path(), name), says, "{name}");
    }
    assert!(format(folder.path(), "junit").contains("tests=\"1\" failures=\"0\""));
    assert!(format(folder.path(), "markdown").contains("No debt found"));
    let sarif: Value = serde_json::from_str(&format(folder.path(), "sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]));
}

#[cfg(unix)]
#[test]
fn no_name_gets_out_of_its_place() {
    let folder = repository(&[]);
    hostile::fill(folder.path());
    for name in FORMATS {
        let (code, text, _) = run(folder.path(), &["check", "--output-format", name]);
        assert_eq!(code, 1, "{name}");
        let is_json = matches!(name, "json" | "json-lines" | "sarif" | "gitlab" | "rdjson");
        if is_json {
            // JSON escapes control characters itself; what it holds is the true name.
            assert!(!text.contains(['\u{1b}', '\u{7}']), "{name}");
            for document in if name == "json-lines" { text.lines().collect() } else { vec![text.as_str()] } {
                serde_json::from_str::<Value>(document).unwrap();
            }
            continue;
        }
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{200b}', '\u{2028}']), "{name}: {text}");
        let own = |line: &&str| match name {
            "github" => line.starts_with("::warning title=mldebt (pipeline/in-place-input-overwrite),file="),
            "azure" => line.starts_with("##vso[task.logissue type=warning;sourcepath="),
            _ => true,
        };
        assert!(text.lines().all(|line| own(&line)), "{name}: {text}");
        let command =
            |line: &str| line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[");
        match name {
            "github" | "azure" => assert_eq!(text.lines().count(), hostile::NAMES.len(), "{name}: {text}"),
            "junit" => assert!(!text.contains("<script>") && !text.contains("<b>"), "{name}: {text}"),
            _ => assert!(!text.lines().any(command), "{name}: {text}"),
        }
        if name == "markdown" {
            // A tag between backticks is text; the names in messages stand between none.
            assert!(!text.contains("<b>") && text.contains("| `<script>alert(1)"), "{text}");
        }
        if name == "azure" {
            assert!(text.lines().all(|line| line.matches("##vso[task.logissue").count() == 1), "{text}");
        }
        if name == "github" {
            // The name is one property, whatever it holds.
            assert!(text.contains("file=a%2Cb%3Ac;d]e%250A%25.py,line=4,"), "{text}");
        }
    }
}

#[test]
fn reports_go_to_files_beside_the_terminal() {
    let folder = repository(&[("clean.py", IN_PLACE)]);
    let (code, text, _) = run(
        folder.path(),
        &[
            "check",
            "--output-format",
            "concise",
            "--also",
            "sarif=a.sarif",
            "--also",
            "junit=b.xml",
            "--fail-on",
            "high",
        ],
    );
    assert_eq!(code, 0, "what is found is of medium severity");
    assert!(text.starts_with("clean.py:4:1: "));
    assert!(read(folder.path(), "a.sarif").contains("\"2.1.0\"") && read(folder.path(), "b.xml").starts_with("<?xml"));
    assert_eq!(run(folder.path(), &["check", "--fail-on", "medium"]).0, 1);
    let (code, _, error) = run(folder.path(), &["check", "--also", "sarf=x"]);
    assert_eq!(code, 2, "{error}");
    // One document speaks of one project.
    std::fs::create_dir_all(folder.path().join("other")).unwrap();
    let (code, _, error) = run(folder.path(), &["check", ".", "other", "--output-format", "sarif"]);
    assert_eq!(code, 2);
    assert!(error.contains("speaks of one project"), "{error}");
}

#[test]
fn the_summary_of_a_job_is_added_to() {
    let folder = repository(&[("clean.py", IN_PLACE)]);
    let mut command = Command::cargo_bin("mldebt").unwrap();
    write(folder.path(), "summary.md", "before\n");
    command.env("GITHUB_STEP_SUMMARY", folder.path().join("summary.md")).current_dir(folder.path());
    command.args(["check", "--output-format", "github"]).output().unwrap();
    let text = read(folder.path(), "summary.md");
    assert!(text.starts_with("before\n### Found 1 debt") && text.contains("`clean.py:4`"), "{text}");
}

// --- the ledger ---

#[test]
fn a_ledger_lets_known_debts_stand_and_new_ones_fail() {
    let folder = repository(&[("clean.py", IN_PLACE), ("CODEOWNERS", "clean.py @data\n")]);
    let folder = folder.path();
    let (code, text, _) = run(folder, &["ledger", "init"]);
    assert_eq!((code, text.as_str()), (0, "Wrote mldebt-ledger.toml with 1 debt, due 2026-06-30. Next: commit it\n"));
    assert_eq!(run(folder, &["ledger", "init"]).0, 2, "it is there already");
    let ledger = read(folder, "mldebt-ledger.toml");
    assert!(ledger.contains("owner = \"@data\"\n") && ledger.contains("due = 2026-06-30\n"), "{ledger}");
    let (code, text, _) = run(folder, &["check"]);
    assert_eq!(code, 0);
    assert!(text.starts_with("No debt found") && text.contains("1 known to the ledger."), "{text}");

    write(folder, "train.py", UNUSED);
    let found = json(folder, &[]);
    assert_eq!(
        (rules(&found["findings"]), rules(&found["settled"])),
        (vec!["unused-option"], vec!["in-place-input-overwrite"])
    );
    assert_eq!(run(folder, &["check"]).0, 1);
    let fingerprint = found["findings"][0]["fingerprint"].as_str().unwrap();
    // Nobody owns it, so somebody must be named; and it must be said until when.
    let accept = ["ledger", "accept", &fingerprint[..8], "--reason", "a release"];
    assert_eq!(run(folder, &accept).0, 2);
    let due = [&accept[..], &["--due", "2026-02-01"]].concat();
    let (code, _, error) = run(folder, &due);
    assert!(code == 2 && error.contains("--owner"), "{error}");
    assert_eq!(run(folder, &[&due[..], &["--owner", "kim"]].concat()).0, 0);
    assert_eq!(run(folder, &["check"]).0, 0);

    // It falls due.
    let later = "1772323200"; // 2026-03-01
    let (code, text, _) = run_at(later, folder, &["check", "--output-format", "concise"]);
    assert_eq!(code, 1);
    assert!(
        text.contains(
            "command-line option `--patience` is parsed but never read [overdue: kim, due 2026-02-01: a release]"
        ),
        "{text}"
    );
    let (code, text, _) = run_at(later, folder, &["ledger", "due"]);
    assert_eq!(code, 1);
    assert!(text.starts_with("overdue by 28 days: train.py: config/unused-option"), "{text}");
    let (code, text, _) = run(folder, &["ledger", "due"]);
    assert!(code == 0 && text.starts_with("Nothing of 2 debts is due"), "{text}");

    // It is paid.
    let (code, _, error) = run(folder, &["ledger", "pay", &fingerprint[..8]]);
    assert!(code == 2 && error.contains("still stands"), "{error}");
    write(folder, "train.py", "print(1)\n");
    let (code, text, _) = run(folder, &["check"]);
    assert!(
        code == 0
            && text.contains("Paid 1 debt (`mldebt ledger pay` strikes what is paid):\n  train.py: unused-option"),
        "{text}"
    );
    let (_, text, _) = run(folder, &["ledger", "list"]);
    assert!(text.contains("paid: train.py") && text.contains("known: clean.py"), "{text}");
    assert!(run(folder, &["ledger", "pay"]).1.ends_with("Struck 1 debt, 1 left.\n"));
    assert_eq!(read(folder, "mldebt-ledger.toml"), ledger, "what people wrote stays as it was");
}

#[test]
fn what_nobody_looks_after_fails_and_what_grew_says_so() {
    let folder = repository(&[("clean.py", IN_PLACE)]);
    let folder = folder.path();
    run(folder, &["ledger", "init", "--owner", "@data"]);
    let ledger = read(folder, "mldebt-ledger.toml");
    for (right, wrong, says) in [
        ("owner = \"@data\"\n", "", "its entry in the ledger has no owner"),
        ("due = 2026-06-30\n", "", "has no due date or trigger"),
        ("places = 2\n", "places = 1\n", "1 places spoke for it when it was accepted, now 2 do"),
    ] {
        write(folder, "mldebt-ledger.toml", &ledger.replace(right, wrong));
        let (code, text, _) = run(folder, &["check"]);
        assert!(code == 1 && text.contains(says), "{text}");
    }
    write(folder, "mldebt-ledger.toml", &ledger.replace("due = 2026-06-30\n", "trigger = \"the next model\"\n"));
    assert_eq!(run(folder, &["check"]).0, 0);
    write(folder, "mldebt-ledger.toml", &ledger.replace("owner", "ownr"));
    let (code, _, error) = run(folder, &["check"]);
    assert!(
        code == 2 && error.contains("mldebt-ledger.toml:12:1") && error.contains("did you mean `owner`?"),
        "{error}"
    );
    // What was not looked at is not paid: a rule that is not asked, a file that cannot be read.
    write(folder, "mldebt-ledger.toml", &ledger);
    assert_eq!(json(folder, &["--select", "config"]).get("paid"), None);
    std::fs::write(folder.join("clean.py"), b"import pandas \xff").unwrap();
    assert_eq!(json(folder, &[]).get("paid"), None);
    // A file that is moved takes its debts along.
    std::fs::remove_file(folder.join("clean.py")).unwrap();
    write(folder, "jobs/clean.py", IN_PLACE);
    assert_eq!(run(folder, &["check"]).0, 0);
}

/// A program that others are copies of.
fn training(label: &str) -> String {
    format!(
        "import json\nimport pandas as pd\nfrom sklearn.ensemble import RandomForestClassifier\n\
         from sklearn.metrics import roc_auc_score\nfrom sklearn.model_selection import train_test_split\n\n\
         SEED = 1\ntable = pd.read_csv(\"data/visits.csv\")\nx = table[[\"age\", \"visits\", \"price\"]]\n\
         y = table[\"{label}\"]\nx_train, x_test, y_train, y_test = train_test_split(x, y, random_state=SEED)\n\
         model = RandomForestClassifier(n_estimators=200, max_depth=6)\nmodel.fit(x_train, y_train)\n\
         scores = model.predict_proba(x_test)[:, 1]\nauc = roc_auc_score(y_test, scores)\nprint(\"auc\", auc)\n\
         report = {{\"auc\": auc, \"rows\": len(table)}}\nwith open(\"report-{label}.json\", \"w\") as file:\n    \
         json.dump(report, file)\nimportance = pd.Series(model.feature_importances_, index=x.columns)\n\
         print(importance.sort_values().tail(10))\n"
    )
}

#[test]
fn copies_that_come_and_go_are_one_debt() {
    const GLUE: [&str; 2] = ["--select", "glue"];
    const CHANGE: [&str; 4] = ["--select", "glue", "--diff", "HEAD"];
    let files: Vec<(String, String)> =
        ["a", "b", "c", "d"].iter().map(|label| (format!("train_{label}.py"), training(label))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let folder = repository(&files[..3]);
    let folder = folder.path();
    run(folder, &["ledger", "init", "--owner", "@data"]);
    commit(folder);
    assert!(read(folder, "mldebt-ledger.toml").contains("glue/cloned-training-code"));
    let found = |more: &[&str]| {
        let found = json(folder, more);
        let list = found["findings"].as_array().unwrap().iter();
        list.map(|f| format!("{} {}", f["status"].as_str().unwrap(), f["rule"].as_str().unwrap())).collect::<Vec<_>>()
    };
    std::fs::remove_file(folder.join("train_b.py")).unwrap();
    assert_eq!((found(&GLUE), found(&CHANGE)), (Vec::new(), Vec::new()));
    write(folder, files[1].0, files[1].1);
    write(folder, files[3].0, files[3].1);
    let grown = vec!["grown cloned-training-code".to_owned()];
    assert_eq!((found(&GLUE), found(&CHANGE)), (grown.clone(), grown));
}

#[test]
fn a_part_of_a_project_is_held_against_the_ledger_of_the_whole() {
    let folder = repository(&[("jobs/clean.py", IN_PLACE), ("jobs/other/train.py", UNUSED)]);
    let folder = folder.path();
    run(folder, &["ledger", "init", "--owner", "@data"]);
    write(folder, "jobs/late.py", &IN_PLACE.replace("raw", "late"));
    for arguments in [&["check", "jobs"][..], &["check", "jobs/late.py", "jobs/clean.py"]] {
        let found = json(folder, &arguments[1..]);
        assert_eq!(found["findings"][0]["path"], "jobs/late.py", "{arguments:?}");
        assert_eq!(rules(&found["findings"]).len(), 1);
        assert!(found.get("paid").is_none());
    }
    assert_eq!(json(folder, &["jobs/other"])["findings"], serde_json::json!([]));
}

// --- diff mode ---

#[test]
fn a_change_is_judged_by_what_it_introduces() {
    let folder = repository(&[("clean.py", IN_PLACE), ("b.py", &IN_PLACE.replace("raw", "b"))]);
    let folder = folder.path();
    commit(folder);
    assert_eq!(run(folder, &["check", "--diff", "HEAD"]).0, 0);
    // The debt stands between files: the change is in another file than the finding.
    write(folder, "dvc.yaml", "stages:\n  train:\n    cmd: python train.py\n    deps: [train.py, tables.py]\n");
    write(
        folder,
        "train.py",
        "from tables import load\nfrom sklearn.linear_model import Ridge\n\nrows = load()\nRidge().fit(rows[[\"age\"]], rows[\"y\"])\n",
    );
    write(folder, "tables.py", "import pandas as pd\n\ndef load():\n    return None\n");
    commit(folder);
    write(
        folder,
        "tables.py",
        "import pandas as pd\n\ndef load():\n    return pd.read_csv(\"data/rows.csv\", dtype=float)\n",
    );
    std::fs::remove_file(folder.join("b.py")).unwrap();
    // What only moved is not new.
    write(folder, "jobs/clean.py", &format!("# moved\n{IN_PLACE}"));
    std::fs::remove_file(folder.join("clean.py")).unwrap();
    let found = json(folder, &["--diff", "HEAD"]);
    assert_eq!(rules(&found["findings"]), ["undeclared-data-dependency"], "{found}");
    assert_eq!(
        (&found["settled"][0]["status"], &found["settled"][0]["path"]),
        (&"old".into(), &"jobs/clean.py".into())
    );
    assert_eq!(found["paid"][0]["path"], "b.py");
    let (code, text, _) = run(folder, &["check", "--diff", "HEAD"]);
    assert_eq!(code, 1);
    assert!(text.contains("Found 1 new debt since HEAD: 1 medium.\nPaid 1 debt:\n  b.py: in-place"), "{text}");
    let sarif: Value =
        serde_json::from_str(&run(folder, &["check", "--diff", "HEAD", "--output-format", "sarif"]).1).unwrap();
    let states: Vec<&str> =
        sarif["runs"][0]["results"].as_array().unwrap().iter().map(|r| r["baselineState"].as_str().unwrap()).collect();
    assert_eq!(states, ["new", "unchanged", "absent"]);
    // The working tree is as it was, and the commit at which a branch left is found.
    assert!(!folder.join("b.py").exists());
    git(folder, &["checkout", "--quiet", "-b", "side"]);
    commit(folder);
    assert_eq!(rules(&json(folder, &["--diff", "main..."])["findings"]), ["undeclared-data-dependency"]);
    assert_eq!(rules(&json(folder, &["--diff", "HEAD"])["findings"]), [""; 0]);
}

#[test]
fn a_change_does_not_pass_over_debts_that_are_let_slip() {
    let folder = repository(&[("clean.py", IN_PLACE)]);
    let folder = folder.path();
    run(folder, &["ledger", "init", "--owner", "@data"]);
    commit(folder);
    write(folder, "train.py", "print(1)\n");
    let check = ["check", "--diff", "HEAD", "--output-format", "concise"];
    assert_eq!(run(folder, &check).0, 0);
    let later = "1785542400"; // 2026-08-01
    let (code, text, _) = run_at(later, folder, &check);
    assert!(code == 1 && text.contains("[overdue: @data, due 2026-06-30"), "{text}");
    assert!(text.contains("Found 1 debt: 1 medium, 1 overdue.") && !text.contains("new debt"), "{text}");
    // One that the change introduces is named beside it.
    write(folder, "train.py", UNUSED);
    let found: Value =
        serde_json::from_str(&run_at(later, folder, &["check", "--diff", "HEAD", "--output-format", "json"]).1)
            .unwrap();
    let states: Vec<&str> =
        found["findings"].as_array().unwrap().iter().map(|f| f["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["overdue", "new"]);
    // Nor over one that nobody looks after.
    let ledger = read(folder, "mldebt-ledger.toml");
    write(folder, "mldebt-ledger.toml", &ledger.replace("owner = \"@data\"\n", ""));
    write(folder, "train.py", "print(1)\n");
    commit(folder);
    let (code, text, _) = run(folder, &check);
    assert!(code == 1 && text.contains("its entry in the ledger has no owner"), "{text}");
    // The change itself may service it.
    write(folder, "mldebt-ledger.toml", &ledger);
    let (code, text, _) = run(folder, &check);
    assert!(code == 0 && text.contains("the ledger services pipeline/in-place-input-overwrite in clean.py"), "{text}");
}

#[test]
fn a_change_services_what_is_due_and_excuses_nothing_else() {
    let folder = repository(&[("clean.py", IN_PLACE)]);
    let folder = folder.path();
    run(folder, &["ledger", "init", "--owner", "@data"]);
    commit(folder);
    let later = "1785542400"; // 2026-08-01
    let check = ["check", "--diff", "HEAD", "--output-format", "concise"];
    assert_eq!(run_at(later, folder, &check).0, 1);
    let ledger = read(folder, "mldebt-ledger.toml").replace("due = 2026-06-30", "due = 2026-09-30");
    write(folder, "mldebt-ledger.toml", &ledger);
    let (code, text, _) = run_at(later, folder, &check);
    assert!(code == 0, "{text}");
    assert!(text.contains("from (@data, due 2026-06-30) to (@data, due 2026-09-30: "), "{text}");
    // A day that has passed services nothing, nor does an entry that says less.
    write(folder, "mldebt-ledger.toml", &ledger.replace("2026-09-30", "2026-07-30"));
    assert_eq!(run_at(later, folder, &check).0, 1);
    write(folder, "mldebt-ledger.toml", &ledger.replace("owner = \"@data\"\n", ""));
    assert_eq!(run_at(later, folder, &check).0, 1);
    // What is new is not serviced by the side, and what the change strikes stands.
    write(folder, "mldebt-ledger.toml", &ledger);
    write(folder, "train.py", UNUSED);
    let (code, text, _) = run_at(later, folder, &check);
    assert!(code == 1 && text.contains("Found 1 new debt since HEAD: 1 medium."), "{text}");
    std::fs::remove_file(folder.join("train.py")).unwrap();
    std::fs::remove_file(folder.join("mldebt-ledger.toml")).unwrap();
    assert_eq!(run_at(later, folder, &check).0, 1);
}

#[test]
fn a_change_cannot_excuse_itself() {
    let folder = repository(&[("clean.py", "print(1)\n"), ("mldebt.toml", "exclude = [\"old\"]\n")]);
    let folder = folder.path();
    commit(folder);
    write(folder, "mldebt.toml", "ignore = [\"config\"]\n");
    write(folder, "train.py", UNUSED);
    let ignored =
        IN_PLACE.replace("frame.to_csv(\"raw.csv\")", "frame.to_csv(\"raw.csv\")  # mldebt: ignore[pipeline] so be it");
    write(folder, "clean.py", &ignored);
    let found = json(folder, &["--diff", "HEAD"]);
    assert_eq!(rules(&found["findings"]), ["in-place-input-overwrite", "unused-option"]);
    let notes = found["change"]["notes"].to_string();
    assert!(
        notes.contains("the configuration is another one") && notes.contains("a comment now allows pipeline/"),
        "{notes}"
    );
    let found = json(folder, &["--diff", "HEAD", "--policy", "head"]);
    assert_eq!(rules(&found["findings"]), [""; 0]);
    assert!(found["change"]["notes"].to_string().contains("a comment now allows"));
    // Nor can its ledger.
    write(folder, "mldebt.toml", "exclude = [\"old\"]\n");
    run(folder, &["ledger", "init", "--owner", "me"]);
    let found = json(folder, &["--diff", "HEAD"]);
    assert_eq!(rules(&found["findings"]).len(), 2);
    assert!(found["change"]["notes"].to_string().contains("the ledger takes on config/unused-option in train.py"));
    assert_eq!(rules(&json(folder, &["--diff", "HEAD", "--policy", "head"])["findings"]), [""; 0]);
    // Nor can a mistake in the old configuration hide where it is.
    git(folder, &["stash", "--quiet", "--include-untracked"]);
    write(folder, "mldebt.toml", "selekt = []\n");
    commit(folder);
    write(folder, "mldebt.toml", "");
    let (code, _, error) = run(folder, &["check", "--diff", "HEAD"]);
    assert!(code == 2 && error.contains("HEAD:mldebt.toml:1:1"), "{error}");
}

#[test]
fn history_that_is_not_there_is_said_so() {
    let folder = repository(&[("clean.py", IN_PLACE)]);
    let path = folder.path();
    let (code, _, error) = run(path, &["check", "--diff", "HEAD"]);
    assert!(code == 2 && error.contains("this is no git repository"), "{error}");
    commit(path);
    write(path, "b.py", "print(1)\n");
    commit(path);
    for revision in ["nowhere", "-x", "a b", "--help..."] {
        let (code, _, error) = run(path, &["check", &format!("--diff={revision}")]);
        assert!(code == 2 && error.contains("revision") | error.contains("no commit"), "{revision}: {error}");
    }
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", path.display());
    git(clone.path(), &["clone", "--quiet", "--depth", "1", &url, "shallow"]);
    let (code, _, error) = run(&clone.path().join("shallow"), &["check", "--diff", "HEAD~1"]);
    assert!(code == 2 && error.contains("fetch-depth: 0"), "{error}");
}

/// Whatever a repository's own configuration names to be run, a revision is read without running it.
#[cfg(unix)]
#[test]
fn reading_a_revision_runs_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let folder = repository(&[
        ("clean.py", IN_PLACE),
        (".gitattributes", "* diff=x filter=x\n"),
        (".gitignore", "out/\n"),
        ("out/gen.py", IN_PLACE),
    ]);
    let folder = folder.path();
    std::os::unix::fs::symlink("clean.py", folder.join("link.py")).unwrap();
    commit(folder);
    let spy = folder.join(".git/spy");
    std::fs::write(&spy, format!("#!/bin/sh\ntouch '{}'\n", folder.join(".git/ran").display())).unwrap();
    std::fs::set_permissions(&spy, std::fs::Permissions::from_mode(0o755)).unwrap();
    let spy = spy.to_str().unwrap();
    let hooks = folder.join(".git/hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    std::fs::copy(spy, hooks.join("post-checkout")).unwrap();
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "diff.external",
        "diff.x.textconv",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "gpg.program",
        "core.editor",
        "credential.helper",
        "pager.cat-file",
        "alias.cat-file",
    ] {
        git(folder, &["config", key, spy]);
    }
    for (key, value) in [
        ("log.showSignature", "true"),
        ("remote.origin.url", "ssh://x/y"),
        ("remote.origin.promisor", "true"),
        ("extensions.partialClone", "origin"),
    ] {
        git(folder, &["config", key, value]);
    }
    std::fs::remove_file(folder.join(".git/ran")).ok();
    write(folder, "clean.py", "print(1)\n");
    let found = json(folder, &["--diff", "HEAD"]);
    assert_eq!(found["paid"].as_array().map(Vec::len), Some(1), "what is ignored is in neither: {found}");
    // An object that is not here is not fetched.
    assert_eq!(run(folder, &["check", "--diff", "0123456789012345678901234567890123456789"]).0, 2);
    assert!(!folder.join(".git/ran").exists());
}

#[test]
fn the_team_gets_a_report_that_runs_nothing() {
    let name = "<img src=x onerror=alert(1)>`.py";
    let folder = repository(&[("clean.py", IN_PLACE), (name, UNUSED), ("CODEOWNERS", "clean.py @data\n")]);
    let folder = folder.path();
    run(folder, &["ledger", "init", "--owner", "kim", "--due", "2026-01-20"]);
    let later = "1770000000"; // 2026-02-02
    let (code, text, _) = run_at(later, folder, &["report"]);
    assert_eq!(code, 0);
    for part in [
        "As of 2026-02-02, 2 debts",
        "## Five payments to make first",
        "1 overdue; 1 of medium severity",
        "overdue by 13 days",
        "| @data | 0 | 1 | 0 |",
        "| kim | 0 | 1 | 0 |",
    ] {
        let part = part.replace('@', "@<!-- -->");
        assert!(text.contains(&part), "{part}: {text}");
    }
    // A name between backticks is text.
    assert!(!text.replace("`<img", "").contains("<img"), "{text}");
    run_at(later, folder, &["report", "--format", "html", "--output-file", "debt.html"]);
    let html = read(folder, "debt.html");
    assert!(
        html.contains("default-src 'none'; style-src 'sha256-") && !html.contains("<img") && !html.contains("<script")
    );
    assert!(html.contains("overdue by 13 days") && html.contains("<svg") && !html.contains("style="));
}

#[test]
fn shells_and_man_are_told_the_commands() {
    let folder = repository(&[]);
    assert!(run(folder.path(), &["completions", "bash"]).1.contains("ledger"));
    assert!(run(folder.path(), &["man"]).1.contains(".TH mldebt 1"));
}
