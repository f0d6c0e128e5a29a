//! The program as its users meet it: commands, options, formats, exit codes, and input that would rather not be read.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A program that overwrites its own input: one finding of `pipeline/in-place-input-overwrite`, on line 4.
const IN_PLACE: &str = "import pandas as pd\n\nframe = pd.read_csv(\"raw.csv\").dropna()\nframe.to_csv(\"raw.csv\")\n";
/// An option that nobody reads, on line 4: one finding of `config/unused-option`.
const UNUSED: &str = "import argparse\n\nparser = argparse.ArgumentParser()\nparser.add_argument(\"--patience\", type=int)\nparser.add_argument(\"--rounds\", type=int)\nprint(parser.parse_args().rounds)\n";

/// A repository in a folder of its own.
fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(folder.path(), path, text.as_bytes());
    }
    folder
}

fn write(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// What the program answered.
struct Answer {
    code: i32,
    out: String,
    err: String,
}

impl Answer {
    fn new(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("mldebt").unwrap();
    for variable in ["MLDEBT_OUTPUT_FORMAT", "MLDEBT_OUTPUT_FILE", "NO_COLOR"] {
        command.env_remove(variable);
    }
    command.current_dir(folder).args(arguments);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Answer {
    Answer::new(command(folder, arguments).output().unwrap())
}

/// `check --output-format concise` and more.
fn concise(folder: &Path, more: &[&str]) -> Answer {
    run(folder, &[&["check", "--output-format", "concise"], more].concat())
}

/// The names of the rules whose findings are shown, in order.
fn rules_found(folder: &Path, more: &[&str]) -> Vec<String> {
    let answer = run(folder, &[&["check", "--output-format", "json"], more].concat());
    let json = answer.json();
    json["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap().to_owned()).collect()
}

/// What is said of each file that was not read whole: its path and the kind of trouble.
fn unread(answer: &Answer) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let json = answer.json();
    json["unread"].as_array().unwrap().iter().map(|u| (text(&u["path"]), text(&u["kind"]))).collect()
}

/// `parts` stand in `text` in this order.
#[track_caller]
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part);
        assert!(at.is_some(), "`{part}` is missing or out of order in:\n{text}");
        rest = &rest[at.unwrap_or(0) + part.len()..];
    }
}

// --- exit codes and the choice of rules ---

#[test]
fn the_exit_code_says_clean_debt_or_wrong_input() {
    let clean = repository(&[("a.py", "print(1)\n")]);
    let debt = repository(&[("a.py", IN_PLACE)]);
    assert_eq!(run(clean.path(), &["check"]).code, 0);
    assert_eq!(run(debt.path(), &["check"]).code, 1);
    assert_eq!(run(debt.path(), &["check", "--exit-zero"]).code, 0);
    for wrong in [&["check", "nowhere"][..], &["check", "--select", "zzz"], &["check", "--no-such"], &["nonsense"], &[]]
    {
        let answer = run(debt.path(), wrong);
        assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{wrong:?}");
        assert!(!answer.err.is_empty(), "{wrong:?}");
    }
    assert_eq!(run(debt.path(), &["--help"]).code, 0);
    assert_eq!(run(debt.path(), &["--version"]).code, 0);
}

#[test]
fn an_empty_folder_is_said_to_hold_nothing() {
    let folder = repository(&[]);
    let answer = run(folder.path(), &["check"]);
    assert_eq!(answer.code, 2, "where nothing is nothing is clean");
    assert!(answer.out.contains("no source files"), "{}", answer.out);
}

#[test]
fn rules_are_chosen_by_name_and_by_family() {
    let folder = repository(&[("clean.py", IN_PLACE), ("train.py", UNUSED)]);
    let found = |more: &[&str]| rules_found(folder.path(), more);
    let (in_place, unused) = ("in-place-input-overwrite", "unused-option");
    assert_eq!(found(&[]), [in_place, unused]);
    assert_eq!(found(&["--select", "config"]), [unused]);
    assert_eq!(found(&["--select", "in-place-input-overwrite"]), [in_place]);
    assert_eq!(found(&["--select", "glue", "--extend-select", "config,pipeline"]), [in_place, unused]);
    assert_eq!(found(&["--ignore", "pipeline"]), [unused]);
    // The more exact word wins.
    assert_eq!(found(&["--select", "unused-option", "--ignore", "config"]), [unused]);
    assert_eq!(found(&["--exclude", "train.py"]), [in_place]);
    assert_eq!(found(&["--min-severity", "high"]), [""; 0]);
}

#[test]
fn a_file_alone_is_judged_within_its_folder() {
    let folder = repository(&[("clean.py", IN_PLACE), ("train.py", UNUSED)]);
    assert_eq!(rules_found(folder.path(), &["train.py"]), ["unused-option"]);
}

#[test]
fn a_wrong_name_gets_advice() {
    let folder = repository(&[]);
    for arguments in [
        &["check", "--select", "unused-optoin"][..],
        &["check", "--ignore", "unused-optoin"],
        &["explain", "unused-optoin"],
    ] {
        let answer = run(folder.path(), arguments);
        assert_eq!(answer.code, 2);
        in_order(&answer.err, &["unused-optoin", "did you mean `unused-option`?"]);
    }
}

// --- the configuration ---

#[test]
fn a_wrong_key_is_shown_at_its_place() {
    let folder = repository(&[("mldebt.toml", "exclude = []\nselekt = []\n")]);
    let answer = run(folder.path(), &["check"]);
    assert_eq!(answer.code, 2);
    in_order(
        &answer.err,
        &["unknown field `selekt`", "mldebt.toml:2:1", "selekt = []", "^^^^^^", "did you mean `select`?"],
    );
    // Without the file there is nothing wrong.
    assert_eq!(run(folder.path(), &["check", "--isolated"]).code, 0);
}

#[test]
fn the_configuration_is_found_above_and_in_pyproject() {
    let folder =
        repository(&[("src/clean.py", IN_PLACE), ("pyproject.toml", "[tool.mldebt]\nignore = [\"pipeline\"]\n")]);
    assert_eq!(rules_found(folder.path(), &["src"]), [""; 0]);
    write(folder.path(), "other.toml", b"select = [\"pipeline\"]\n");
    assert_eq!(rules_found(folder.path(), &["src", "--config", "other.toml"]), ["in-place-input-overwrite"]);
}

#[test]
fn a_team_says_which_settings_do_not_go_together() {
    let settings = "device: cpu\nprecision: bf16\n";
    let never = "[[constraint]]\nnever = { device = \"cpu\", precision = [\"16\", \"bf16\"] }\n";
    let folder = repository(&[
        ("conf/train.yaml", settings),
        ("elsewhere/own.toml", &format!("{never}because = \"our CPU build knows no half precision\"\n")),
        ("elsewhere/none.toml", ""),
    ]);
    let cache = tempfile::tempdir().unwrap();
    let told = |config: &str| {
        let cache = cache.path().to_str().unwrap();
        concise(folder.path(), &["--config", config, "--cache-dir", cache, "--exclude", "elsewhere"]).out
    };
    assert!(!told("elsewhere/none.toml").contains("incompatible"));
    // What was found out under other words of the team is no answer to these.
    let with = told("elsewhere/own.toml");
    assert!(with.contains("incompatible-config-pair") && with.contains("knows no half precision"), "{with}");
    assert!(!told("elsewhere/none.toml").contains("incompatible"));
}

#[test]
fn an_optional_rule_is_asked_only_by_its_name() {
    let read = "import yaml\n\nprint(yaml.safe_load(open('z.yaml'))['rate'])\n";
    let twice = "rate: 0.1\nrate: 0.2\n";
    let files = [("clean.py", IN_PLACE), ("sub/train.py", UNUSED), ("read.py", read), ("z.yaml", twice)];
    let folder = repository(&files);
    let answer = run(folder.path(), &["check", "--limit", "1"]);
    in_order(
        &answer.out,
        &["error[", "z.yaml", "... and 2 more (`--limit 0` shows all)", "Found 3 debts", "Next: `mldebt explain"],
    );
    assert!(!run(folder.path(), &["check", "--limit", "0"]).out.contains("more (`--limit"));
}

/// A notebook with a text cell before its code.
fn notebook(code: &str) -> String {
    let cells = serde_json::json!([
        {"cell_type": "markdown", "metadata": {}, "source": "# Title"},
        {"cell_type": "code", "metadata": {}, "execution_count": 1, "outputs": [], "source": code},
    ]);
    serde_json::json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).to_string()
}

#[test]
fn json_has_the_documented_shape() {
    let code = "import pandas as pd\nfrom sklearn.linear_model import Ridge\nfrom sklearn.model_selection import train_test_split\nfrom sklearn.preprocessing import StandardScaler\n\nrows = pd.read_csv('rows.csv')\nX = StandardScaler().fit_transform(rows[['age']])\na, b, c, d = train_test_split(X, rows['y'])\nRidge().fit(a, c)\n";
    let folder = repository(&[("sub/clean.py", IN_PLACE), ("look.ipynb", &notebook(code)), ("broken.py", "def f(:\n")]);
    let answer = run(folder.path(), &["check", "--output-format", "json"]);
    assert_eq!(answer.code, 2);
    let json = answer.json();
    assert_eq!(json["version"], 1);
    let findings = json["findings"].as_array().unwrap();
    let rules: Vec<&str> = findings.iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["unread-source", "preprocess-before-split", "in-place-input-overwrite"]);
    for finding in findings {
        for key in ["rule", "family", "severity", "confidence", "message", "path", "fingerprint", "status"] {
            assert!(finding[key].as_str().is_some_and(|t| !t.is_empty()), "{key}: {finding}");
        }
        for key in ["line", "column", "end_line", "end_column"] {
            assert!(finding[key].as_u64().is_some_and(|n| n >= 1), "{key}: {finding}");
        }
        let path = finding["path"].as_str().unwrap();
        assert!(!path.starts_with(['/', '.']) && !path.contains('\\'), "{path}");
        assert_eq!(finding["status"], "new");
        for evidence in finding["evidence"].as_array().unwrap() {
            assert!(evidence["path"].is_string() && evidence["message"].is_string() && evidence["line"].is_u64());
        }
    }
    let (split, in_place) = (&findings[1], &findings[2]);
    assert_eq!((&split["path"], &split["cell"], &split["line"]), (&"look.ipynb".into(), &2.into(), &8.into()));
    assert_eq!((&split["evidence"][0]["cell"], &split["evidence"][0]["line"]), (&2.into(), &7.into()));
    assert_eq!(in_place["path"], "sub/clean.py");
    assert_eq!((&in_place["line"], &in_place["column"], &in_place.get("cell")), (&4.into(), &1.into(), &None));
    assert_eq!(json["unread"][0]["path"], "broken.py");
    assert_eq!(json["unread"][0]["kind"], "syntax");
    assert!(json["unread"][0]["reason"].is_string());
    let summary = &json["summary"];
    assert_eq!(summary["files"], 3);
    assert_eq!(summary["kinds"], serde_json::json!({"notebook": 1, "python": 2}));
    assert_eq!((&summary["places"], &summary["places_resolved"]), (&3.into(), &3.into()));
    for key in ["lines", "rules", "allowed", "hidden"] {
        assert!(summary[key].is_u64(), "{key}");
    }
}

#[test]
fn a_fingerprint_does_not_rest_on_line_numbers() {
    let folder = repository(&[("clean.py", IN_PLACE)]);
    let fingerprint =
        || run(folder.path(), &["check", "--output-format", "json"]).json()["findings"][0]["fingerprint"].clone();
    let before = fingerprint();
    write(folder.path(), "clean.py", format!("# a\n# b\n{IN_PLACE}").as_bytes());
    assert_eq!(fingerprint(), before);
}

#[test]
fn output_goes_where_it_is_sent() {
    let folder = repository(&[("clean.py", IN_PLACE)]);
    let answer = run(folder.path(), &["check", "--output-format", "json", "--output-file", "debt.json"]);
    assert_eq!((answer.code, answer.out.as_str(), answer.err.as_str()), (1, "", ""));
    let written: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("debt.json")).unwrap()).unwrap();
    assert_eq!(written["findings"].as_array().unwrap().len(), 1);
    // Nothing else was written.
    let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["clean.py", "debt.json"]);
    assert_eq!(run(folder.path(), &["check", "--output-file", "no/such/folder"]).code, 2);
    let by_variable = command(folder.path(), &["check"]).env("MLDEBT_OUTPUT_FORMAT", "concise").output().unwrap();
    assert!(Answer::new(by_variable).out.starts_with("clean.py:4:1: "));
}

#[test]
fn statistics_count_and_timings_stand_apart() {
    let folder = repository(&[("a.py", IN_PLACE), ("sub/b.py", &IN_PLACE.replace("raw", "sub")), ("train.py", UNUSED)]);
    let answer = run(folder.path(), &["check", "--statistics", "--timings"]);
    assert_eq!(answer.code, 1);
    in_order(&answer.out, &["2  pipeline/in-place-input-overwrite", "1  config/unused-option", "Found 3 debts"]);
    in_order(&answer.err, &["discover", "read", "link", "judge", "settle", "report"]);
    assert!(!answer.out.contains(" ms "));
}

#[test]
fn statistics_say_how_much_is_learning_and_how_much_is_glue() {
    let learner = "import pandas as pd\nfrom sklearn.linear_model import Ridge\n\nframe = pd.read_csv(\"a.csv\")\nrows = frame.to_numpy()\nprint(rows.shape)\nRidge().fit(rows[:, 1:], rows[:, 0])\n";
    let folder = repository(&[("train.py", learner), ("tests/test_train.py", learner)]);
    let answer = run(folder.path(), &["check", "--statistics", "--exit-zero"]);
    in_order(&answer.out, &["16.6 % of the statements fit", "(1 of 6)", "16.6 % of the statements change", "(1 of 6)"]);
    in_order(&answer.out, &["100.0 % of the calls of packages that do the learning", "(2 of 2)"]);
    // They are no findings, and nobody sees them who did not ask.
    assert!(!run(folder.path(), &["check"]).out.contains("% of the statements"));
}

#[test]
fn colour_is_used_only_where_it_is_wanted() {
    let folder = repository(&[("clean.py", IN_PLACE)]);
    let colored = |arguments: &[&str], variable: &str| {
        let output = command(folder.path(), arguments).env("NO_COLOR", variable).output().unwrap();
        Answer::new(output).out.contains('\u{1b}')
    };
    // Standard output is no terminal here.
    assert!(!colored(&["check"], ""));
    assert!(colored(&["check", "--color", "always"], ""));
    // Who asks for colour gets it; NO_COLOR is about what happens by itself.
    assert!(colored(&["check", "--color", "always"], "1"));
    assert!(!colored(&["check", "--color", "never"], ""));
    run(folder.path(), &["check", "--color", "always", "--output-file", "out.txt"]);
    assert!(!std::fs::read_to_string(folder.path().join("out.txt")).unwrap().contains('\u{1b}'));
}

// --- ignore comments ---

#[test]
fn comments_allow_findings_in_every_language() {
    let in_place = IN_PLACE.replace(
        "frame.to_csv(\"raw.csv\")\n",
        "frame.to_csv(\"raw.csv\")  # mldebt: ignore[in-place-input-overwrite] the export is kept elsewhere\n",
    );
    let folder = repository(&[
        ("clean.py", &in_place),
        (
            "train.py",
            &UNUSED.replace(
                "parser.add_argument(\"--p",
                "# mldebt: ignore[config] old scripts pass it\nparser.add_argument(\"--p",
            ),
        ),
        ("conf.yaml", "lr: 0.1\nlr: 0.2  # mldebt: ignore[duplicate-config-key] the second one wins on purpose\n"),
        (
            "src/lib.rs",
            "const OLD: bool = false;\npub fn run(x: &mut Vec<i32>) {\n    // mldebt: ignore[constant-flag-branch] goes with the next release\n    if OLD {\n        x.push(1);\n        x.push(2);\n        x.push(3);\n    }\n}\n",
        ),
    ]);
    let answer = concise(folder.path(), &[]);
    assert_eq!(answer.code, 0, "{}", answer.out);
    assert!(answer.out.contains("4 allowed by ignore comments."), "{}", answer.out);
}

#[test]
fn a_comment_that_allows_nothing_is_itself_found() {
    let folder = repository(&[
        ("a.py", "x = 1  # mldebt: ignore[unused-option] gone\n"),
        ("b.yaml", "x: 1  # mldebt: ignore[duplicate-config-key] gone\n"),
        ("c.sql", "SELECT 1; -- mldebt: ignore[multiple-writers] gone\n"),
        ("d.rs", "fn f() {} // mldebt: ignore[constant-flag-branch] gone\n"),
        ("e.toml", "x = 1 # mldebt: ignore[unused-optoin] misspelt\n"),
        // Words in a text are no comment.
        ("f.py", "x = 'mldebt: ignore[unused-option] said'\n"),
    ]);
    let answer = concise(folder.path(), &[]);
    assert_eq!(answer.code, 1);
    let files: Vec<&str> =
        answer.out.lines().filter_map(|l| l.split_once(": unused-ignore")?.0.split(':').next()).collect();
    assert_eq!(files, ["a.py", "b.yaml", "c.sql", "d.rs", "e.toml"], "{}", answer.out);
    assert!(answer.out.contains("did you mean `unused-option`?"), "{}", answer.out);
    // A rule that is not asked may well have found something.
    assert_eq!(rules_found(folder.path(), &["--ignore", "process"]), [""; 0]);
}

// --- what would rather not be read ---

#[test]
fn what_cannot_be_read_is_said_and_ends_nothing() {
    let folder = repository(&[
        ("clean.py", IN_PLACE),
        ("broken.ipynb", "{\"cells\": ["),
        ("broken.yaml", "a: [1\n"),
        ("huge.py", &"#".repeat(70_000)),
        ("mldebt.toml", "size-limit = 60000\n"),
        ("deep.py", &format!("x = {}1{}\n", "(".repeat(20_000), ")".repeat(20_000))),
        ("deep.json", &"[".repeat(50_000)),
        ("syntax.py", "def f(:\n    pass\n"),
    ]);
    write(folder.path(), "binary.py", b"\x7fELF\x02\x01\x01\x00\xff\xfe\x80\x81");
    write(folder.path(), "latin.py", b"name = '\xe9t\xe9'\n");
    let answer = run(folder.path(), &["check", "--output-format", "json"]);
    assert_eq!((answer.code, answer.err.as_str()), (2, ""));
    let said = unread(&answer);
    let kind_of = |path: &str| said.iter().find(|(p, _)| p == path).map(|(_, kind)| kind.as_str());
    assert_eq!(kind_of("binary.py"), Some("encoding"));
    assert_eq!(kind_of("latin.py"), Some("encoding"));
    assert_eq!(kind_of("broken.ipynb"), Some("syntax"));
    assert_eq!(kind_of("broken.yaml"), Some("syntax"));
    assert_eq!(kind_of("syntax.py"), Some("syntax"));
    assert_eq!(kind_of("huge.py"), Some("too-large"));
    assert!(kind_of("deep.py").is_some() && kind_of("deep.json").is_some(), "{said:?}");
    assert_eq!(kind_of("clean.py"), None);
    // The others are judged all the same.
    assert!(answer.json()["findings"].as_array().unwrap().iter().any(|f| f["rule"] == "in-place-input-overwrite"));
    let text = concise(folder.path(), &[]).out;
    in_order(&text, &["files not read, or not whole:", "more"]);
}

#[cfg(unix)]
#[test]
fn pipes_are_not_opened_and_links_not_followed() {
    use std::os::unix::fs::symlink;
    let folder = repository(&[("clean.py", IN_PLACE)]);
    let pipe = folder.path().join("pipe.py");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink(".", folder.path().join("loop")).unwrap();
    symlink("itself", folder.path().join("itself")).unwrap();
    symlink("/", folder.path().join("everything")).unwrap();
    let output = command(folder.path(), &["check", "--output-format", "json"])
        .timeout(std::time::Duration::from_secs(60))
        .output()
        .unwrap();
    let answer = Answer::new(output);
    assert_eq!(answer.code, 1);
    assert_eq!(answer.json()["summary"]["files"], 1);
}

#[cfg(unix)]
#[test]
fn names_cannot_speak_to_the_terminal() {
    let folder = repository(&[("ev\nil\u{1b}[31m\u{202e}.py", IN_PLACE)]);
    for format in ["full", "concise", "grouped"] {
        let answer = run(folder.path(), &["check", "--output-format", format]);
        assert_eq!(answer.code, 1);
        assert!(!answer.out.contains(['\u{1b}', '\u{202e}']), "{format}: {}", answer.out);
        assert!(answer.out.contains("ev il\\u{1b}[31m\\u{202e}.py"), "{format}: {}", answer.out);
    }
    for arguments in
        [&["graph"][..], &["graph", "--format", "dot"], &["graph", "--format", "mermaid"], &["trace", "raw.csv"]]
    {
        assert!(!run(folder.path(), arguments).out.contains('\u{1b}'), "{arguments:?}");
    }
    // For programs the name is the true one, escaped as JSON is.
    let json = run(folder.path(), &["check", "--output-format", "json"]).json();
    assert_eq!(json["findings"][0]["path"], "ev\nil\u{1b}[31m\u{202e}.py");
}

#[test]
fn a_reader_that_goes_away_is_no_trouble() {
    let mut files: Vec<(String, String)> = Vec::new();
    for number in 0..400 {
        files.push((format!("job{number}/clean.py"), IN_PLACE.replace("raw", &format!("raw{number}"))));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let folder = repository(&files);
    let program = assert_cmd::cargo::cargo_bin!("mldebt");
    let mut child = std::process::Command::new(program)
        .arg("check")
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(1));
}

// --- the other commands ---

/// Data, a training and a model that is asked.
const TRAIN: &str = "import joblib\nimport pandas as pd\nfrom sklearn.linear_model import Ridge\n\nrows = pd.read_csv(\"data/rows.csv\")\nmodel = Ridge().fit(rows[[\"age\"]], rows[\"y\"])\njoblib.dump(model, \"model.joblib\")\n";
const SCORE: &str = "import joblib\nimport pandas as pd\n\nmodel = joblib.load(\"model.joblib\")\nnew = pd.read_csv(\"data/new.csv\")\npd.DataFrame({\"y\": model.predict(new[[\"age\"]])}).to_csv(\"data/scores.csv\")\n";

#[test]
fn trace_says_who_reads_and_writes() {
    let folder = repository(&[("train.py", TRAIN), ("score.py", SCORE)]);
    let answer = run(folder.path(), &["trace", "model.joblib"]);
    assert_eq!(answer.code, 0);
    in_order(&answer.out, &["dataset model.joblib"]);
    assert!(answer.out.contains("written by module train.py  (train.py:7:1"), "{}", answer.out);
    assert!(answer.out.contains("read by module score.py  (score.py:4:9"), "{}", answer.out);
    let json = run(folder.path(), &["trace", "rows.csv", "--output-format", "json"]).json();
    assert_eq!((&json[0]["kind"], &json[0]["name"]), (&"dataset".into(), &"data/rows.csv".into()));
    assert!(json[0]["edges"].as_array().unwrap().iter().any(|e| e["edge"] == "read by" && e["certainty"] == "seen"));
    let nothing = run(folder.path(), &["trace", "nonsense"]);
    assert_eq!(nothing.code, 1);
    assert!(nothing.out.contains("mldebt graph"));
    let slip = run(folder.path(), &["trace", "rosw.csv"]);
    assert_eq!((slip.code, slip.out.contains("Did you mean `rows.csv`?")), (1, true));
}

#[test]
fn trace_answers_the_questions_of_a_team() {
    let folder = repository(&[("train.py", TRAIN), ("score.py", SCORE)]);
    let text = run(folder.path(), &["trace", "rows.csv"]).out;
    in_order(
        &text,
        &[
            "written by: nobody",
            "read by: module train.py",
            "learnt from by: training Ridge.fit",
            "declared by: nobody",
            "checked by: nobody",
        ],
    );
    let json = run(folder.path(), &["trace", "model.joblib", "--output-format", "json"]).json();
    let names = |question: &str| {
        let all = json[0]["answers"][question].as_array().unwrap().iter();
        all.map(|node| node["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("written_by"), ["train.py", "Ridge.fit"]);
    assert_eq!(names("read_by"), ["score.py"]);
    assert!(names("declared_by").is_empty() && names("checked_by").is_empty());
}

#[test]
fn a_closure_lists_and_counts_what_a_model_is_made_from() {
    let owners = "* @team\n/data/ @data\n";
    let folder = repository(&[("train.py", TRAIN), ("score.py", SCORE), ("CODEOWNERS", owners)]);
    let text = run(folder.path(), &["closure", "model.joblib"]);
    assert_eq!(text.code, 0);
    in_order(
        &text.out,
        &["dataset model.joblib", "data/rows.csv: resolved", "owned by @data", "1 dependencies, 1 deep"],
    );
    let json = run(folder.path(), &["closure", "model.joblib", "--output-format", "json"]).json();
    assert_eq!(
        (&json[0]["count"], &json[0]["counts"]["owned"], &json[0]["counts"]["pinned"]),
        (&1.into(), &1.into(), &0.into())
    );
    assert_eq!(json[0]["dependencies"][0]["owners"][0], "@data");
    // The scores come from the model, and so from its data as well.
    let scores = run(folder.path(), &["closure", "scores.csv", "--output-format", "json"]).json();
    let names: Vec<&str> =
        scores[0]["dependencies"].as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap()).collect();
    for name in ["data/new.csv", "model.joblib", "data/rows.csv"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert_eq!(run(folder.path(), &["closure", "modle.joblib"]).code, 1);
}

/// What the OpenLineage 2-0-2 schema asks of a JobEvent, its datasets and its facets.
fn assert_job_event(event: &Value) {
    let is_uri =
        |value: &Value| value.as_str().is_some_and(|text| text.split_once(':').is_some_and(|(s, _)| !s.is_empty()));
    assert!(event.get("run").is_none(), "a job event has no run");
    let time = event["eventTime"].as_str().unwrap();
    assert!(time.len() == 20 && time.as_bytes()[10] == b'T' && time.ends_with('Z'), "{time}");
    assert!(is_uri(&event["producer"]));
    assert_eq!(event["schemaURL"], "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent");
    let is_named =
        |thing: &Value| ["namespace", "name"].iter().all(|key| thing[*key].as_str().is_some_and(|t| !t.is_empty()));
    assert!(is_named(&event["job"]));
    for side in ["inputs", "outputs"] {
        assert!(event[side].as_array().unwrap().iter().all(is_named), "{event}");
    }
    for facet in event["job"]["facets"].as_object().unwrap().values() {
        assert!(is_uri(&facet["_producer"]) && is_uri(&facet["_schemaURL"]));
    }
    let location = &event["job"]["facets"]["sourceCodeLocation"];
    assert!(location["type"].is_string() && is_uri(&location["url"]));
}

#[test]
fn openlineage_events_follow_the_schema() {
    let git = "[remote \"origin\"]\n\turl = git@example.org:team/flats.git\n";
    let folder = repository(&[("train.py", TRAIN), ("score.py", SCORE), (".git/config", git)]);
    let graph = |more: &[&str]| {
        run(
            folder.path(),
            &[&["graph", "--format", "openlineage", "--time", "0", "--namespace", "flats"], more].concat(),
        )
        .out
    };
    let events: Vec<Value> = graph(&[]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    events.iter().for_each(assert_job_event);
    let jobs: Vec<&str> = events.iter().map(|e| e["job"]["name"].as_str().unwrap()).collect();
    assert_eq!(jobs, ["score.py", "train.py"]);
    assert_eq!(events[1]["inputs"], serde_json::json!([{"namespace": "file", "name": "data/rows.csv"}]));
    assert_eq!(events[1]["outputs"], serde_json::json!([{"namespace": "file", "name": "model.joblib"}]));
    let location = &events[1]["job"]["facets"]["sourceCodeLocation"];
    assert_eq!(location["url"], "https://example.org/team/flats/blob/HEAD/train.py");
    assert_eq!(graph(&["--focus", "rows.csv", "--depth", "0"]).lines().count(), 1);
}

#[test]
fn a_graph_can_be_cut_to_what_stands_around_a_thing() {
    let folder = repository(&[("train.py", TRAIN), ("score.py", SCORE)]);
    let around = |depth: &str| run(folder.path(), &["graph", "--focus", "rows.csv", "--depth", depth]).out;
    let near = around("1");
    assert!(near.contains("module train.py") && !near.contains("module score.py"), "{near}");
    assert!(around("3").contains("module score.py"));
    assert_eq!(run(folder.path(), &["graph", "--focus", "nonsense"]).code, 1);
    assert_eq!(run(folder.path(), &["graph", "--depth", "1"]).code, 2);
}

#[test]
fn graph_draws_the_system_in_four_ways() {
    let folder = repository(&[("train.py", TRAIN), ("score.py", SCORE)]);
    let graph = |format: &str| run(folder.path(), &["graph", "--format", format]).out;
    in_order(&graph("text"), &["module score.py", "  reads dataset data/new.csv", "training Ridge.fit"]);
    let dot = graph("dot");
    in_order(&dot, &["digraph system {", "dataset data/rows.csv", " -> ", "}\n"]);
    let mermaid = graph("mermaid");
    in_order(&mermaid, &["flowchart LR", "dataset data/rows.csv", "-->|"]);
    let json: Value = serde_json::from_str(&graph("json")).unwrap();
    assert_eq!(json["version"], 1);
    let ids: Vec<&Value> = json["nodes"].as_array().unwrap().iter().map(|n| &n["id"]).collect();
    let edges = json["edges"].as_array().unwrap();
    assert!(!edges.is_empty() && edges.iter().all(|e| ids.contains(&&e["from"]) && ids.contains(&&e["to"])));
    let only = run(folder.path(), &["graph", "--kind", "dataset"]).out;
    assert!(only.lines().filter(|l| !l.starts_with(' ')).all(|l| l.starts_with("dataset ")), "{only}");
    assert_eq!(run(folder.path(), &["graph", "--kind", "dataste"]).code, 2);
}

#[test]
fn explain_and_rules_say_what_the_rules_are() {
    let folder = repository(&[]);
    let answer = run(folder.path(), &["explain", "in-place-input-overwrite"]);
    assert_eq!(answer.code, 0);
    in_order(
        &answer.out,
        &[
            "pipeline/in-place-input-overwrite",
            "Severity: medium",
            "Why it is a debt",
            "What to do",
            "Example:",
            "debt: clean.py",
            "clean: clean.py",
            "# mldebt: ignore[in-place-input-overwrite]",
        ],
    );
    assert_eq!(run(folder.path(), &["explain", "pipeline/in-place-input-overwrite"]).out, answer.out);

    let text = run(folder.path(), &["rules"]).out;
    let json = run(folder.path(), &["rules", "--output-format", "json"]).json();
    for rule in json.as_array().unwrap() {
        let name = rule["rule"].as_str().unwrap();
        assert!(text.contains(name), "{name}");
        assert_eq!(run(folder.path(), &["explain", name]).code, 0, "{name}");
    }
}

#[test]
fn init_writes_a_configuration_once() {
    let folder = repository(&[("clean.py", IN_PLACE)]);
    assert_eq!(run(folder.path(), &["init"]).code, 0);
    assert_eq!(rules_found(folder.path(), &[]), ["in-place-input-overwrite"]);
    write(folder.path(), "mldebt.toml", b"ignore = [\"pipeline\"]\n");
    let again = run(folder.path(), &["init"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("it is left as it is"), "{}", again.err);
    assert_eq!(std::fs::read_to_string(folder.path().join("mldebt.toml")).unwrap(), "ignore = [\"pipeline\"]\n");
}

/// Values made from themselves over and over, functions that all call each other, fields fed by fields: the ways
/// through them are more than can be walked, the values are not.
#[test]
fn what_feeds_on_itself_ends() {
    let mut values = String::from(
        "import argparse\nimport os\nimport numpy as np\nimport pandas as pd\n\np = argparse.ArgumentParser()\n\
         args = p.parse_args()\nx = vars(args)\ny = [1]\nt = \"a\"\nd = pd.read_csv(\"a.csv\")\n",
    );
    for _ in 0..60 {
        values += "x = dict(x, **x)\ny = list(zip(y, y, y))\nt = os.path.join(t, t)\nt = t + t\n\
                   d = pd.concat([d, d, d.merge(d)])\nn = np.array(d.values.tolist() if t else y)\n";
    }
    values += "f(**x)\nopen(t).read()\nd.to_csv(t)\n";
    let mut functions = String::from("import argparse\n\n");
    for i in 0..40 {
        let (one, other) = ((i + 1) % 40, (i + 7) % 40);
        functions +=
            &format!("def f{i}(a, b=None, **kw):\n    return f{one}(a, a, **kw) if b else f{other}(b, a, **kw)\n\n");
    }
    functions +=
        "args = argparse.ArgumentParser().parse_args()\nprint(f0(args, **vars(args)))\nopen(f0(\"x.csv\")).read()\n";
    let mut fields = String::from("class A:\n    def __init__(self):\n");
    for i in 0..30 {
        fields += &format!("        self.x{i} = self.x{} + self.x{}\n", (i + 1) % 30, (i + 2) % 30);
    }
    fields += "\n    def go(self):\n        open(self.x0).read()\n        g(**self.x1)\n";
    // Settings that name the file which they are read from.
    let settings = "import os\nimport yaml\n\nclass Settings:\n    def __init__(self, path):\n        \
                    with open(path) as file:\n            self.values = yaml.safe_load(file)\n\n    \
                    def next(self):\n        \
                    return Settings(os.path.join(self.values[\"folder\"], self.values[\"next\"]))\n\n\
                    print(Settings(\"base.yaml\").next().values[\"words\"])\n";
    let folder = repository(&[
        ("values.py", &values),
        ("functions.py", &functions),
        ("fields.py", &fields),
        ("settings.py", settings),
        ("base.yaml", "next: base.yaml\nwords: words.txt\n"),
    ]);
    let mut check = command(folder.path(), &["check", "."]);
    let output = check.timeout(std::time::Duration::from_secs(60)).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code <= 1), "{output:?}");
}

#[test]
fn profiles_set_how_much_is_asked() {
    let folder = repository(&[("train.py", UNUSED), ("copy.py", IN_PLACE)]);
    let severities = |arguments: &[&str]| {
        let answer = run(folder.path(), &[&["check", "--output-format", "json"], arguments].concat()).json();
        let findings = answer["findings"].as_array().unwrap().clone();
        let word = |f: &Value| format!("{} {}", f["rule"].as_str().unwrap(), f["severity"].as_str().unwrap());
        findings.iter().map(word).collect::<Vec<_>>()
    };
    assert_eq!(severities(&[]), ["in-place-input-overwrite medium", "unused-option medium"]);
    let prototype = severities(&["--profile", "prototype"]);
    assert_eq!(prototype, ["in-place-input-overwrite low", "unused-option low"]);
    // What the team sets for a rule holds in every profile.
    write(folder.path(), "mldebt.toml", b"profile = \"prototype\"\n[rule.unused-option]\nseverity = \"high\"\n");
    assert_eq!(severities(&[]), ["in-place-input-overwrite low", "unused-option high"]);
    let listed = run(folder.path(), &["rules"]).out;
    let line = listed.lines().find(|line| line.contains("unused-option")).unwrap();
    assert!(line.contains("(prototype: low)"), "{line}");
    let wrong = run(folder.path(), &["check", "--profile", "hobby"]);
    assert_eq!(wrong.code, 2);
}

#[test]
fn the_team_says_what_its_code_is_for() {
    let folder = repository(&[("examples/fit.py", IN_PLACE), ("examples/deep/other.py", IN_PLACE)]);
    let roles = |path: &str| {
        let graph = run(folder.path(), &["graph", "--format", "json"]).json();
        let nodes = graph["nodes"].as_array().unwrap().clone();
        let module = nodes.iter().find(|n| n["kind"] == "module" && n["name"] == path).unwrap();
        module["attributes"]["role"].as_str().unwrap().to_owned()
    };
    assert_eq!(roles("examples/fit.py"), "prototype");
    let told = b"[roles]\n\"examples\" = \"train\"\n\"examples/deep\" = \"plain\"\n";
    write(folder.path(), "mldebt.toml", told);
    assert_eq!((roles("examples/fit.py"), roles("examples/deep/other.py")), ("train".into(), "plain".into()));
    write(folder.path(), "mldebt.toml", b"[roles]\n\"examples\" = \"training\"\n");
    let wrong = run(folder.path(), &["check"]);
    assert!(wrong.code == 2 && wrong.err.contains("training"), "{}", wrong.err);
}

#[test]
fn a_rule_says_what_it_lacks() {
    let text = IN_PLACE.replace("raw.csv", "https://example.org/raw.csv");
    let folder = repository(&[("copy.py", IN_PLACE), ("fetch.py", &text)]);
    let near = run(folder.path(), &["why-not", "https://example.org/raw.csv", "--rule", "unpinned-external-data"]);
    assert_eq!(near.code, 0, "{}", near.err);
    assert!(near.out.contains("unpinned-external-data: not found: `mutable`"), "{}", near.out);
    let found = run(folder.path(), &["why-not", "raw.csv"]);
    assert!(found.out.contains("multiple-writers: not found: `writers`"), "{}", found.out);
    assert_eq!(run(folder.path(), &["why-not", "nothing.csv"]).code, 1);
    assert_eq!(run(folder.path(), &["why-not", "raw.csv", "--rule", "no-such-rule"]).code, 2);
}

#[test]
fn a_finding_is_explained_step_by_step() {
    let folder = repository(&[("copy.py", IN_PLACE)]);
    let found = run(folder.path(), &["check", "--output-format", "json"]).json();
    let fingerprint = found["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    let told = run(folder.path(), &["explain", &fingerprint]);
    assert_eq!(told.code, 0, "{}", told.err);
    for part in ["pipeline/in-place-input-overwrite", "  1. ", "dataset raw.csv", "copy.py:", "What would clear it"] {
        assert!(told.out.contains(part), "`{part}` is missing in:\n{}", told.out);
    }
    assert_eq!(run(folder.path(), &["explain", "0123456789abcdef"]).code, 1);
}

#[test]
fn the_graph_of_models_marks_loops() {
    let system = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/ranking-service");
    let graph = run(&system, &["graph", "--models", "--isolated", "--format", "json"]).json();
    let kinds: Vec<&str> = graph["nodes"].as_array().unwrap().iter().map(|n| n["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"training") && !kinds.contains(&"module") && !kinds.contains(&"setting"), "{kinds:?}");
    let edges = graph["edges"].as_array().unwrap();
    let (inside, outside): (Vec<_>, Vec<_>) = edges.iter().partition(|e| e["loop"] == true);
    assert!(!inside.is_empty() && !outside.is_empty());
    let dot = run(&system, &["graph", "--models", "--isolated", "--format", "dot"]).out;
    assert_eq!(dot.matches("color=red").count(), inside.len(), "{dot}");
    assert_eq!(run(&system, &["graph", "--models", "--kind", "model"]).code, 2);
}

#[test]
fn the_vocabulary_is_listed_in_words_and_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let text = run(folder.path(), &["vocabulary"]).out;
    assert!(text.contains("  training: A call that fits something to data."), "{text}");
    assert!(text.contains("    learns (text) what the call makes"), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&run(folder.path(), &["vocabulary", "--format", "json"]).out).unwrap();
    let training = json["nodes"].as_array().unwrap().iter().find(|n| n["name"] == "training").unwrap();
    let learns = training["attributes"].as_array().unwrap().iter().find(|a| a["name"] == "learns").unwrap();
    assert_eq!(learns["values"], serde_json::json!(["model", "statistics", "categories", "rows"]));
    assert!(json["edges"].as_array().unwrap().len() <= 16);
}

#[test]
fn a_call_is_explained_by_what_the_lexicon_says_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let known = run(folder.path(), &["explain", "pandas.read_csv", "--isolated"]);
    assert!(
        known.code == 0 && known.out.contains("# rules/lexicon/pandas.toml") && known.out.contains("reads = \"data\""),
        "{}",
        known.out
    );
    let unknown = run(folder.path(), &["explain", "acme.lake.fetch", "--isolated"]);
    assert!(unknown.code == 1 && unknown.out.contains("knows nothing of `acme.lake.fetch`"), "{}", unknown.out);
}
