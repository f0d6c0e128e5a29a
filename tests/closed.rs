//! The gate fails closed: no change hides a debt from it, and what is not looked at is never taken for clean.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// One finding of `pipeline/in-place-input-overwrite`.
const DEBT: &str = "import pandas as pd\n\nframe = pd.read_csv(\"raw.csv\").dropna()\nframe.to_csv(\"raw.csv\")\n";
const CLEAN: &str = "import pandas as pd\n\nprint(pd.read_csv(\"rows.csv\", dtype=str))\n";

fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(path, text)| write(folder.path(), path, text));
    folder
}

fn git(root: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GIT_")) {
        command.env_remove(name);
    }
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"];
    let output = command.current_dir(root).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn commit(root: &Path) {
    if !root.join(".git").exists() {
        git(root, &["init", "--quiet"]);
    }
    git(root, &["add", "--all", "--force"]);
    git(root, &["commit", "--quiet", "--allow-empty", "--message", "x"]);
}

/// Exit code, and all that is said.
fn run(root: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_mldebt"))
        .current_dir(root)
        .args(arguments)
        .args(["--no-cache"])
        .env("SOURCE_DATE_EPOCH", "1767225600")
        .env_remove("GITHUB_STEP_SUMMARY")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&text).into_owned())
}

fn check(root: &Path, more: &[&str]) -> (i32, String) {
    run(root, &[&["check", "--output-format", "concise"], more].concat())
}

fn json(root: &Path, more: &[&str]) -> Value {
    serde_json::from_str(&run(root, &[&["check", "--output-format", "json"], more].concat()).1).unwrap()
}

// --- a change that hides a debt ---

/// What a change does, how, and the file that is named.
type Attack = (&'static str, fn(&Path), &'static str);

const ATTACKS: [Attack; 27] = [
    ("ignores it at the root", |root| both(root, ".gitignore", "bad.py\n", "bad.py"), "bad.py"),
    ("ignores its folder", |root| both(root, ".gitignore", "new/\n", "new/bad.py"), "new/bad.py"),
    ("ignores it beside it", |root| both(root, "src/.gitignore", "*\n", "src/bad.py"), "src/bad.py"),
    ("hides it by another's ignore file", |root| both(root, ".ignore", "bad.py\n", "bad.py"), "bad.py"),
    ("makes an environment of its folder", |root| both(root, "src/pyvenv.cfg", "", "src/bad.py"), "src/bad.py"),
    ("makes a cache of its folder", |root| both(root, "target/CACHEDIR.TAG", "", "target/bad.py"), "target/bad.py"),
    ("makes a build of its folder", |root| both(root, "setup.py", "print(1)\n", "build/bad.py"), "build/bad.py"),
    ("makes a distribution of it", |root| both(root, "package.json", "{}\n", "dist/bad.py"), "dist/bad.py"),
    ("names its folder for eggs", |root| write(root, "job.egg-info/bad.py", DEBT), "job.egg-info/bad.py"),
    ("names its folder for an editor", |root| write(root, ".vscode/bad.py", DEBT), ".vscode/bad.py"),
    ("names its folder for a cache", |root| write(root, ".cache/bad.py", DEBT), ".cache/bad.py"),
    ("names its folder for others' code", |root| write(root, "vendor/bad.py", DEBT), "vendor/bad.py"),
    ("adds to others' code", |root| write(root, "third_party/bad.py", DEBT), "third_party/bad.py"),
    ("alters others' code", |root| write(root, "third_party/old.py", DEBT), "third_party/old.py"),
    ("alters what was ignored", |root| write(root, "out/gen.py", DEBT), "out/gen.py"),
    ("names it as a template", |root| write(root, "{{x}}/bad.py", DEBT), "{{x}}/bad.py"),
    ("names it as a lock", |root| write(root, "package-lock.py", DEBT), "package-lock.py"),
    ("breaks it", |root| write(root, "bad.py", format!("{DEBT}def f(:\n")), "bad.py"),
    ("makes a template of what breaks it", |root| write(root, "bad.py", format!("{DEBT}x = {{{{ (\n")), "bad.py"),
    ("writes it in another encoding", |root| write(root, "bad.py", utf16(DEBT)), "bad.py"),
    ("puts a byte in it that is none", |root| write(root, "bad.py", [DEBT.as_bytes(), b"# \xff\n"].concat()), "bad.py"),
    ("makes it too large", |root| write(root, "bad.py", DEBT.to_owned() + &"#\n".repeat(2 << 20)), "bad.py"),
    ("nests it too deeply", |root| write(root, "bad.py", format!("{DEBT}x = {}\n", deep())), "bad.py"),
    ("makes a link of a source", |root| relink(root, "src/clean.py", "../data.txt"), "src/clean.py"),
    ("lays a link out of the root", |root| relink(root, "bad.py", "/etc/passwd"), "bad.py"),
    ("makes a folder of another repository", |root| write(root, "sub/bad.py", DEBT), "sub/bad.py"),
    ("allows it by a comment", |root| write(root, "bad.py", allowed()), "bad.py"),
];

fn both(root: &Path, file: &str, text: &str, bad: &str) {
    write(root, file, text);
    write(root, bad, DEBT);
}

fn relink(root: &Path, path: &str, target: &str) {
    std::fs::remove_file(root.join(path)).ok();
    symlink(target, root.join(path)).unwrap();
}

fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

fn deep() -> String {
    format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000))
}

fn allowed() -> String {
    DEBT.replace("dropna()\n", "dropna()  # mldebt: ignore[pipeline] so be it\n")
}

#[test]
fn no_change_hides_a_debt() {
    for (says, attack, file) in ATTACKS {
        let folder = folder(&[
            ("src/clean.py", CLEAN),
            ("data.txt", DEBT),
            ("third_party/old.py", CLEAN),
            (".gitignore", "out/\n"),
            ("out/gen.py", CLEAN),
        ]);
        let root = folder.path();
        commit(root);
        // Another repository lies in it.
        git(root, &["init", "--quiet", "sub"]);
        git(&root.join("sub"), &["commit", "--quiet", "--allow-empty", "--message", "x"]);
        commit(root);
        assert_eq!(check(root, &["--diff", "HEAD"]).0, 0, "{says}");
        if file.starts_with("sub/") {
            std::fs::remove_dir_all(root.join("sub")).unwrap();
            git(root, &["rm", "--quiet", "--cached", "sub"]);
        }
        attack(root);
        commit(root);
        let (code, said) = check(root, &["--diff", "HEAD~1"]);
        assert!(code == 1 || code == 2, "a change that {says} passes with {code}: {said}");
        assert!(said.contains(file), "a change that {says}: {said}");
    }
}

#[test]
fn what_was_passed_over_before_and_is_as_it_was_stays_so() {
    let folder = folder(&[("a.py", CLEAN), ("vendor/old.py", DEBT), ("out/gen.py", DEBT), (".gitignore", "out/\n")]);
    let root = folder.path();
    commit(root);
    write(root, "b.py", CLEAN);
    // What git does not keep is not looked at where it is ignored.
    write(root, "late/bad.py", DEBT);
    write(root, ".gitignore", "out/\nlate/\n");
    let (code, said) = check(root, &["--diff", "HEAD"]);
    assert!(code == 0 && !said.contains("vendor") && !said.contains("late"), "{said}");
}

// --- what is not looked at ---

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

#[test]
fn an_unread_file_is_a_status_of_the_run() {
    let folder = folder(&[("a.py", "print(1)\n"), ("broken.py", "def f(:\n")]);
    let root = folder.path();
    for format in FORMATS {
        for rules in [
            &[][..],
            &["--select", "glue"],
            &["--ignore", "process"],
            &["--min-severity", "high"],
            &["--fail-on", "high"],
        ] {
            let (code, said) = run(root, &[&["check", "--output-format", format], rules].concat());
            assert!(code == 2 && said.contains("broken.py"), "{format} {rules:?}: {code}, {said}");
        }
    }
    assert_eq!(check(root, &["--exit-zero"]).0, 0);
    // Whoever takes it on answers for it; one file says nothing of another.
    let (_, said) = run(root, &["ledger", "init", "--owner", "@data"]);
    assert!(said.contains("1 debt"), "{said}");
    assert_eq!(check(root, &[]).0, 0);
    write(root, "second.py", "def g(:\n");
    let (code, said) = check(root, &["--select", "glue"]);
    assert!(code == 2 && said.contains("second.py: syntax"), "{said}");
}

#[test]
fn many_unread_files_are_each_taken_on() {
    let folder = folder(&["a.py", "b.py", "c.py", "d.py", "e.py"].map(|path| (path, "raise X, \"x\"\n")));
    let root = folder.path();
    run(root, &["ledger", "init", "--owner", "@data"]);
    assert_eq!(check(root, &[]).0, 0);
    write(root, "f.py", "raise X, \"x\"\n");
    assert_eq!(check(root, &[]).0, 2);
}

#[test]
fn a_change_answers_for_what_it_makes_unreadable() {
    let folder = folder(&[("a.py", CLEAN), ("old.py", "raise X, \"x\"\n"), ("query.sql", "SELECT a FROM t;\n")]);
    let root = folder.path();
    commit(root);
    write(root, "b.py", CLEAN);
    assert_eq!(check(root, &["--diff", "HEAD"]).0, 0);
    write(root, "query.sql", [b"SELECT a FROM t WHERE b = '".as_slice(), b"\xff';\n"].concat());
    let (code, said) = check(root, &["--diff", "HEAD", "--select", "glue"]);
    assert!(code == 2 && said.contains("query.sql: encoding"), "{said}");
}

#[test]
fn what_is_named_is_looked_at_or_said_not_to_be() {
    let folder = folder(&[
        ("a.py", CLEAN),
        (".gitignore", "out/\n"),
        ("out/bad.py", DEBT),
        ("vendor/bad.py", DEBT),
        ("old/bad.py", DEBT),
        ("notes.txt", "x"),
        ("mldebt.toml", "exclude = [\"old\"]\n"),
    ]);
    let root = folder.path();
    git(root, &["init", "--quiet"]);
    assert_eq!(check(root, &[]).0, 0);
    for path in ["out/bad.py", "vendor/bad.py"] {
        let (code, said) = check(root, &[path]);
        assert!(code == 1 && said.contains(&format!("{path}:")), "{said}");
    }
    for (path, says) in [("old/bad.py", "the configuration excludes it"), ("notes.txt", "no source of a kind")] {
        let (code, said) = check(root, &[path]);
        assert!(code == 0 && said.contains(says), "{said}");
    }
    for path in ["/dev/null", "pipe"] {
        if path == "pipe" {
            assert!(Command::new("mkfifo").arg(root.join(path)).status().unwrap().success());
        }
        let (code, said) = check(root, &[path]);
        assert!(code == 2 && said.contains("neither a regular file nor a folder"), "{said}");
    }
}

#[test]
fn where_nothing_is_nothing_is_called_clean() {
    let folder = folder(&[]);
    let root = folder.path();
    let (code, said) = check(root, &[]);
    assert!(code == 2 && said.contains("it holds no source files"), "{said}");
    git(root, &["init", "--quiet", "--bare", "bare.git"]);
    let (code, said) = check(&root.join("bare.git"), &[]);
    assert!(code == 2 && said.contains("a bare repository"), "{said}");
}

#[test]
fn a_path_that_is_too_long_is_said() {
    let folder = folder(&[("a.py", CLEAN)]);
    let name = "d".repeat(200);
    let script = format!("for i in $(seq 25); do mkdir {name} && cd {name} || exit 1; done; echo 'x = 1' > bad.py");
    let status = Command::new("bash").args(["-c", &script]).current_dir(folder.path()).status().unwrap();
    assert!(status.success());
    let (code, said) = check(folder.path(), &[]);
    assert!(code == 2 && said.contains("unreadable"), "{said}");
    let status = Command::new("rm").arg("-rf").arg(folder.path().join(&name)).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_folder_that_cannot_be_listed_is_said() {
    let folder = folder(&[("a.py", CLEAN), ("closed/bad.py", DEBT)]);
    let closed = folder.path().join("closed");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    // Whoever may list everything is told nothing.
    if std::fs::read_dir(&closed).is_err() {
        let (code, said) = check(folder.path(), &[]);
        assert!(code == 2 && said.contains("closed: unreadable"), "{said}");
    }
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn two_paths_stay_two() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder(&[("src\\a.py", "x = 1\n"), ("src/a.py", "x = 1\n"), ("b%FF.py", "x = 1\n")]);
    std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"b\xff.py")), "x = 1\n").unwrap();
    assert_eq!(json(folder.path(), &[])["summary"]["files"], 4);
}

// --- what is told and written ---

#[test]
fn policy_is_confined_to_the_repository() {
    let outside = folder(&[("secrets/token.toml", "token = 'hunter2'\n")]);
    let secrets = outside.path().join("secrets");
    let folder = folder(&[("a.py", DEBT)]);
    let root = folder.path();
    git(root, &["init", "--quiet"]);
    symlink(&secrets, root.join("linked")).unwrap();
    for text in [
        format!("rules = ['{}']\n", secrets.display()),
        "rules = ['linked']\n".to_owned(),
        "rules = ['../x']\n".to_owned(),
    ] {
        write(root, "mldebt.toml", &text);
        let (code, said) = check(root, &[]);
        assert!(code == 2 && said.contains("outside of the repository") && !said.contains("hunter2"), "{text}: {said}");
    }
    write(root, "mldebt.toml", "ledger = 'linked/ledger.toml'\n");
    let (code, said) = run(root, &["ledger", "init", "--owner", "me"]);
    assert!(code == 2 && said.contains("outside of the repository"), "{said}");
    assert_eq!(std::fs::read_dir(&secrets).unwrap().count(), 1);
    write(root, "team/rules/readme.txt", "");
    write(root, "jobs/mldebt.toml", "rules = ['../team/rules']\n");
    write(root, "jobs/a.py", DEBT);
    assert_eq!(check(&root.join("jobs"), &[]).0, 1);
}

fn fingerprints(root: &Path) -> Vec<String> {
    let found = json(root, &[]);
    let all = found["findings"].as_array().unwrap().iter();
    all.map(|finding| finding["fingerprint"].as_str().unwrap().to_owned()).collect()
}

fn debts(count: usize) -> TempDir {
    let folder = folder(&[]);
    for number in 0..count {
        write(folder.path(), &format!("d{number}.py"), DEBT.replace("raw", &format!("raw{number}")));
    }
    folder
}

fn accept(root: &Path, print: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mldebt"));
    command.current_dir(root).args([
        "ledger",
        "accept",
        print,
        "--owner",
        "me",
        "--reason",
        "later",
        "--due",
        "2099-01-01",
    ]);
    command.args(["--no-cache", "--threads", "1"]).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn all_that_accept_at_once_are_heard() {
    let folder = debts(6);
    let root = folder.path();
    let prints = fingerprints(root);
    assert_eq!(prints.len(), 6);
    for _ in 0..3 {
        let all: Vec<_> = prints.iter().map(|print| accept(root, print).spawn().unwrap()).collect();
        assert!(all.into_iter().all(|mut one| one.wait().unwrap().success()));
        let ledger = std::fs::read_to_string(root.join("mldebt-ledger.toml")).unwrap();
        assert_eq!(ledger.matches("[[debt]]").count(), 6, "{ledger}");
        std::fs::remove_file(root.join("mldebt-ledger.toml")).unwrap();
    }
}

#[test]
fn nothing_is_left_of_who_is_killed() {
    let folder = debts(1);
    let root = folder.path();
    let print = fingerprints(root).remove(0);
    let cache = tempfile::tempdir().unwrap();
    let mut written = 0;
    for round in 0..40 {
        let mut child = accept(root, &print);
        let mut child = child.env("MLDEBT_CACHE_DIR", cache.path().join("cache")).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(round * 8));
        child.kill().ok();
        child.wait().unwrap();
        if let Ok(ledger) = std::fs::read_to_string(root.join("mldebt-ledger.toml")) {
            assert!(ledger.ends_with("due = 2099-01-01\n"), "half of it is there: {ledger}");
            written += 1;
        }
        let names = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name());
        let strays: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with('.')).collect();
        assert!(strays.is_empty(), "{strays:?}");
        if round % 3 == 0 {
            std::fs::remove_file(root.join("mldebt-ledger.toml")).ok();
        }
    }
    assert!(written < 40);
}

#[test]
fn a_killed_run_leaves_its_revision_to_the_next() {
    let temp = tempfile::tempdir().unwrap();
    let folder = debts(30);
    let root = folder.path();
    commit(root);
    let revisions = || std::fs::read_dir(temp.path()).unwrap().count();
    let diff = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mldebt"));
        command.current_dir(root).args(["check", "--diff", "HEAD", "--no-cache"]).env("TMPDIR", temp.path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut killed = diff().spawn().unwrap();
    let start = std::time::Instant::now();
    while revisions() == 0 && start.elapsed().as_secs() < 30 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    std::thread::sleep(std::time::Duration::from_millis(20));
    killed.kill().ok();
    killed.wait().unwrap();
    assert_eq!(diff().status().unwrap().code(), Some(0));
    assert_eq!(revisions(), 0);
}

#[test]
fn no_output_speaks_to_terminal_or_runner() {
    let evil = "d\u{1b}]0;x\u{7}\u{9b}31m\u{202e}##[error]x";
    let text = format!(
        "import pandas as pd\nimport argparse\n\nparser = argparse.ArgumentParser()\nparser.add_argument(\"--{evil}\")\n\
         frame = pd.read_csv(\"{evil}.csv\").dropna()\nframe.to_csv(\"{evil}.csv\")\n"
    );
    let folder = folder(&[("a.py", &text), (&format!("{}.py", evil.replace('/', "")), DEBT)]);
    let root = folder.path();
    run(root, &["ledger", "init", "--owner", evil]);
    let mut commands: Vec<Vec<&str>> = FORMATS.iter().map(|format| vec!["check", "--output-format", format]).collect();
    for format in ["text", "dot", "mermaid", "json"] {
        commands.push(vec!["graph", "--format", format]);
    }
    for format in ["text", "json"] {
        commands.push(vec!["ledger", "list", "--output-format", format]);
        commands.push(vec!["trace", ".csv", "--output-format", format]);
    }
    for command in ["report", "facts", "features", "closure"] {
        commands.push(vec![command]);
    }
    commands.push(vec!["report", "--format", "html"]);
    commands.push(vec!["why-not", ".csv"]);
    commands.push(vec!["check", "--select", evil]);
    commands.push(vec!["trace", evil]);
    commands.push(vec!["explain", evil]);
    let harmless = |command: &[&str]| {
        let (_, said) = run(root, command);
        let bad =
            said.chars().find(|c| matches!(c, '\u{1b}' | '\u{7}' | '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}'));
        assert!(bad.is_none(), "{command:?} writes {bad:?}: {said}");
        assert!(!said.contains("##["), "{command:?}: {said}");
        assert!(!said.lines().any(|line| line.trim_start().starts_with("::error::")), "{command:?}: {said}");
    };
    commands.iter().for_each(|command| harmless(command));
    for config in [
        "selekt = 1 # \u{1b}[31m\u{9b}\u{202e} ##[error]\n",
        "x = '''\n::error::y\n'''\nselekt = 1\n",
        "select = [\"\u{1b}\u{9b}##[x]\"]\n",
    ] {
        write(root, "mldebt.toml", config);
        harmless(&["check"]);
    }
}
