//! Nothing that lies where a policy file is expected makes a run wait, or takes its memory.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// More than any of these runs needs.
const PATIENCE: Duration = Duration::from_secs(60);

const POLICIES: [&str; 9] = [
    ".gitignore",
    ".git/info/exclude",
    "pyproject.toml",
    "mldebt.toml",
    ".mldebt.toml",
    "mldebt-ledger.toml",
    "requirements.txt",
    "CODEOWNERS",
    "src/other.py",
];

/// A project with one debt.
fn project(folder: &Path) {
    std::fs::create_dir_all(folder.join("src")).unwrap();
    std::fs::create_dir_all(folder.join(".git/info")).unwrap();
    let program = "import pandas as pd\nframe = pd.read_csv(\"a.csv\").dropna()\nframe.to_csv(\"a.csv\")\n";
    std::fs::write(folder.join("src/clean.py"), program).unwrap();
}

/// The exit code of a run, and what it says.
fn run(folder: &Path) -> (Option<i32>, String) {
    let out = tempfile::NamedTempFile::new().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mldebt"))
        .args(["check", "--no-cache", "--output-format", "concise"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(out.reopen().unwrap())
        .stderr(out.reopen().unwrap())
        .spawn()
        .unwrap();
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), std::fs::read_to_string(out.path()).unwrap());
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            return (None, "hangs".to_owned());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A name, and how to lay that at a place.
type Trap = (&'static str, fn(&Path));

const TRAPS: [Trap; 3] = [
    ("pipe", |place| assert!(Command::new("mkfifo").arg(place).status().unwrap().success())),
    ("device", |place| symlink("/dev/zero", place).unwrap()),
    ("sparse", |place| File::create(place).unwrap().set_len(8 << 30).unwrap()),
];

#[test]
fn what_is_no_plain_file_of_a_sensible_size_is_not_waited_for() {
    for policy in POLICIES {
        for (trap, lay) in TRAPS {
            let folder = tempfile::tempdir().unwrap();
            project(folder.path());
            lay(&folder.path().join(policy));
            let (code, said) = run(folder.path());
            // A configuration or ledger that is none stops the run and is named; all else leaves the debt where it was.
            let stops = policy.contains("mldebt");
            // A source that is too large is said not to be read.
            let is_unread = trap == "sparse" && !policy.starts_with(".git");
            assert_eq!(code, Some(if stops || is_unread { 2 } else { 1 }), "{trap} as {policy}: {said}");
            assert!(said.contains(if stops { policy } else { "src/clean.py" }), "{trap} as {policy}: {said}");
        }
    }
}

#[test]
fn a_link_to_a_secret_is_no_configuration() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    std::fs::write(folder.path().join("secret"), "password hunter2\n").unwrap();
    symlink("secret", folder.path().join("mldebt.toml")).unwrap();
    let (code, said) = run(folder.path());
    assert_eq!(code, Some(2));
    assert!(said.contains("mldebt.toml") && !said.contains("hunter2"), "{said}");
}

#[test]
fn what_git_leaves_out_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    project(root);
    let program = std::fs::read_to_string(root.join("src/clean.py")).unwrap();
    for (file, text) in [
        ("out/a.py", program.as_str()),
        ("deep/kept/b.py", &program),
        ("deep/kept/c.py", &program),
        ("excluded.py", &program),
        (".gitignore", "\u{feff}out/\n*.py\n!src/*.py\n"),
        ("deep/.gitignore", "!b.py\n"),
        (".git/info/exclude", "excluded.py\n"),
        ("inner/.git/HEAD", ""),
        ("inner/d.py", &program),
    ] {
        std::fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
        // Each speaks of data of its own: equal lines would be shown as one.
        std::fs::write(root.join(file), text.replace("a.csv", &file.replace(['/', '.'], "_"))).unwrap();
    }
    let (_, said) = run(root);
    for (file, is_seen) in [
        ("src/clean.py", true),
        ("deep/kept/b.py", true),
        ("inner/d.py", true),
        ("out/a.py", false),
        ("deep/kept/c.py", false),
        ("excluded.py", false),
    ] {
        assert_eq!(said.contains(file), is_seen, "{file}: {said}");
    }
}

#[test]
fn a_maze_of_links_stays_small() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    for name in ["many", "links"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    for number in 0..1500 {
        std::fs::write(folder.path().join(format!("many/m{number}.py")), "x = 1\n").unwrap();
        symlink("../many", folder.path().join(format!("links/l{number}"))).unwrap();
    }
    let (code, said) = run(folder.path());
    assert_eq!(code, Some(1), "{said}");
}
