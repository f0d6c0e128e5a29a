//! The cache: with it and without it the program says the same, whatever was edited and whatever became of the cache.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// A program that overwrites its own input, and an option that nobody reads.
const TRAIN: &str = "\"\"\"Trains.\"\"\"\nimport argparse\nimport pandas as pd\n\nparser = argparse.ArgumentParser()\nparser.add_argument(\"--patience\", type=int)\nframe = pd.read_csv(\"raw.csv\").dropna()\nframe.to_csv(\"raw.csv\")\n";
/// A file is trusted by its metadata when it is older than this.
const TICK: Duration = Duration::from_millis(2_300);

/// A repository and a cache of its own.
struct Bench {
    _folder: TempDir,
    root: PathBuf,
    cache: PathBuf,
}

impl Bench {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (root, cache) = (folder.path().join("repository"), folder.path().join("cache"));
        std::fs::create_dir(&root).unwrap();
        let bench = Self { _folder: folder, root, cache };
        files.iter().for_each(|(path, text)| bench.write(path, text));
        bench
    }

    /// A copy of one of the systems below `testdata/`.
    fn of(system: &Path) -> Self {
        let bench = Self::new(&[]);
        for (path, bytes) in files(system) {
            let to = bench.root.join(path);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, bytes).unwrap();
        }
        bench
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mldebt"));
        for variable in ["MLDEBT_OUTPUT_FORMAT", "MLDEBT_OUTPUT_FILE", "GITHUB_STEP_SUMMARY", "MLDEBT_CACHE_DIR"] {
            command.env_remove(variable);
        }
        command.env("SOURCE_DATE_EPOCH", "1767225600").current_dir(&self.root).args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn cached(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.arg("--cache-dir").arg(&self.cache);
        command
    }

    /// What is said without a cache.
    fn plain(&self, arguments: &[&str]) -> String {
        said(&self.command(&[arguments, &["--no-cache"]].concat()).output().unwrap())
    }

    /// Checks with the cache: the same must be said as without; was the answer known?
    fn check(&self, when: &str) -> bool {
        const CHECK: [&str; 3] = ["check", "--output-format", "json"];
        let output = self.cached(&[&CHECK[..], &["--timings"]].concat()).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), self.plain(&CHECK), "{when}");
        !String::from_utf8(output.stderr).unwrap().contains(" link ")
    }

    /// The cache's own files, without those that say what it is.
    fn kept(&self) -> Vec<PathBuf> {
        let all = files(&self.cache).into_keys().filter(|path| path.components().count() > 1);
        all.map(|path| self.cache.join(path)).collect()
    }
}

fn said(output: &Output) -> String {
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// All files below a folder, each with its content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn systems() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut systems: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    systems.retain(|path| path.is_dir());
    systems.sort();
    systems
}

#[test]
fn every_system_owes_the_same_with_the_cache_and_without() {
    for system in systems() {
        let bench = Bench::of(&system);
        let name = system.display().to_string();
        assert!(!bench.check(&name), "{name}: nothing is known yet");
        assert!(bench.check(&name), "{name}: nothing has changed");
        // Every file gets a comment above its first import or definition, which moves all that follows.
        for (path, bytes) in files(&bench.root) {
            let Ok(text) = String::from_utf8(bytes) else { continue };
            if path.extension().is_some_and(|e| e == "py") {
                let starts = ["\nimport ", "\nfrom ", "\ndef ", "\nclass "];
                let at = starts.iter().filter_map(|start| text.find(start)).min().map_or(0, |at| at + 1);
                std::fs::write(bench.root.join(&path), format!("{}# Well.\n\n{}", &text[..at], &text[at..])).unwrap();
            }
        }
        bench.check(&format!("{name}, with comments"));
        assert!(bench.check(&format!("{name}, with comments, again")));
    }
}

#[test]
fn an_edit_is_seen_and_what_is_none_is_not() {
    let bench = Bench::new(&[("src/train.py", TRAIN), ("src/util.py", "def half(x):\n    return x / 2\n")]);
    assert!(!bench.check("first"));
    bench.write("src/train.py", TRAIN);
    assert!(bench.check("written anew as it was"));
    bench.write("src/train.py", &TRAIN.replace("frame = ", "# Reads.\n\nframe   =   "));
    assert!(bench.check("a comment"));
    assert!(bench.check("a comment, again"));
    bench.write(
        "src/train.py",
        &TRAIN.replace("(\"raw.csv\")\n", "(\"raw.csv\")  # mldebt: ignore[pipeline] so be it\n"),
    );
    assert!(bench.check("an ignore comment"));
    bench.write("src/train.py", &TRAIN.replace("to_csv(\"raw", "to_csv(\"new"));
    assert!(!bench.check("another place"));
    bench.write("src/train.py", TRAIN);
    assert!(bench.check("taken back"));
    bench.write("src/extra.py", &TRAIN.replace("raw", "other"));
    assert!(!bench.check("a new file"));
    std::fs::rename(bench.root.join("src/extra.py"), bench.root.join("src/moved.py")).unwrap();
    assert!(!bench.check("a new name"));
    std::fs::remove_file(bench.root.join("src/moved.py")).unwrap();
    assert!(bench.check("gone again"));
    bench.write("raw.csv", "a,b\n");
    assert!(!bench.check("data of the repository's own"));
    bench.write(".gitignore", "util.py\n");
    assert!(!bench.check("a file that is ignored"));
    bench.write("src/train.py", "def f(:\n");
    assert!(!bench.check("a file that cannot be read whole"));
    assert!(bench.check("a file that cannot be read whole, again"));
}

#[test]
fn settings_rules_and_owners_are_heard() {
    let bench = Bench::new(&[("train.py", TRAIN)]);
    bench.check("first");
    bench.write("mldebt.toml", "ignore = [\"config\"]\nmin-severity = \"high\"\n");
    assert!(!bench.check("a family is ignored"));
    bench.write("mldebt.toml", "ignore = [\"config\"]\n");
    bench.check("other thresholds");
    bench.write("mldebt.toml", "[rule.in-place-input-overwrite]\nseverity = \"low\"\n");
    assert!(!bench.check("a rule is laid over"));
    bench.write("mldebt.toml", "profile = \"production\"\n[roles]\n\"train.py\" = \"test\"\n");
    assert!(!bench.check("roles and a profile"));
    let rule = |message: &str| {
        format!(
            "title = \"t\"\nseverity = \"low\"\nsource = \"s\"\nwhy = \"w\"\nremedy = \"r\"\nmessage = \"{message}\"\n[match]\nselect = \"dataset\"\nas = \"data\"\nwhere = {{ }}\n"
        )
    };
    bench.write("mldebt.toml", "rules = [\"team\"]\n");
    bench.write("team/own/any-data.toml", &rule("`{data}` is data"));
    assert!(!bench.check("a rule of the team's own"));
    bench.write("team/own/any-data.toml", &rule("`{data}` is still data"));
    assert!(!bench.check("which says something else"));
    bench.write("CODEOWNERS", "* @data-team\n");
    assert!(!bench.check("an owner"));
    assert!(bench.check("an owner, again"));
}

#[cfg(unix)]
#[test]
fn a_change_that_hides_is_found() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new(&[("train.py", TRAIN), ("other.py", &TRAIN.replace("raw", "old"))]);
    let file = bench.root.join("train.py");
    std::thread::sleep(TICK);
    bench.check("first");
    assert!(bench.check("trusted"));
    let before = std::fs::metadata(&file).unwrap().modified().unwrap();
    let other = TRAIN.replace("to_csv(\"raw", "to_csv(\"new");
    assert_eq!(other.len(), TRAIN.len());
    bench.write("train.py", &other);
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(before).unwrap();
    assert!(!bench.check("as large and as old as before"));
    let touched = std::fs::File::options().write(true).open(&file).unwrap();
    touched.set_modified(SystemTime::now() + Duration::from_secs(3_600)).unwrap();
    assert!(bench.check("from the future"));
    bench.write("train.py", TRAIN);
    std::thread::sleep(TICK);
    assert!(bench.check("taken back"));
    // Whoever may read everything reads it still: the same must be said in either case.
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).unwrap();
    bench.check("nobody may read it");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(bench.check("all may read it"));
}

#[test]
fn a_damaged_cache_is_none() {
    let bench = Bench::new(&[("train.py", TRAIN), ("other.py", "")]);
    bench.check("first");
    let kept = bench.kept();
    assert_eq!(kept.len(), 3, "{kept:?}");
    let whole: Vec<Vec<u8>> = kept.iter().map(|path| std::fs::read(path).unwrap()).collect();
    for (number, (path, bytes)) in kept.iter().zip(&whole).enumerate() {
        let mut flipped = bytes.clone();
        *flipped.last_mut().unwrap() ^= 1;
        let damaged: [&[u8]; 5] = [b"", b"mldebt", &bytes[..bytes.len() / 2], &flipped, &whole[(number + 1) % 3]];
        for (edit, damage) in damaged.into_iter().enumerate() {
            std::fs::write(path, damage).unwrap();
            bench.check(&format!("{} with {} bytes", path.display(), damage.len()));
            std::fs::write(path, damage).unwrap();
            bench.write("other.py", &format!("x = {number} + {edit}\n"));
            bench.check("and with an edit");
        }
    }
    bench.write("other.py", "");
    bench.check("as it was");
    assert!(bench.check("mended"));
}

#[cfg(unix)]
#[test]
fn a_cache_that_cannot_be_used_is_missed_by_nobody() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new(&[("train.py", TRAIN)]);
    std::fs::write(&bench.cache, "a file").unwrap();
    assert!(!bench.check("a file"));
    assert!(!bench.check("a file, again"));
    std::fs::remove_file(&bench.cache).unwrap();
    bench.check("a folder");
    for path in ["files", "facts", "answers", ""].map(|drawer| bench.cache.join(drawer)) {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o500)).unwrap();
    }
    assert!(bench.check("a folder that is only read"));
    bench.write("train.py", &TRAIN.replace("raw", "new"));
    bench.check("an edit beside a folder that is only read");
    for path in ["", "files", "facts", "answers"].map(|drawer| bench.cache.join(drawer)) {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    bench.check("a folder again");
    std::fs::set_permissions(&bench.cache, std::fs::Permissions::from_mode(0o777)).unwrap();
    assert!(!bench.check("a folder in which all may write"));
}

#[test]
fn many_may_use_it_at_once() {
    let bench = Bench::of(&systems()[0]);
    let expected = bench.plain(&["check"]);
    for _ in 0..3 {
        let run = |threads: usize| bench.cached(&["check", "--threads", &threads.to_string()]).spawn().unwrap();
        let running: Vec<_> = (1..7).map(run).collect();
        for child in running {
            assert_eq!(said(&child.wait_with_output().unwrap()), expected);
        }
    }
    assert_eq!(bench.kept().len(), 3, "{:?}", bench.kept());
}

#[test]
fn nothing_is_written_where_nobody_asked() {
    let large = format!("{TRAIN}# {}\n", "x".repeat(300_000));
    let bench = Bench::new(&[("train.py", TRAIN)]);
    let at_home = |home: &Path| {
        let mut command = bench.command(&["check"]);
        command.env_remove("XDG_CACHE_HOME").env("HOME", home).env_remove("LOCALAPPDATA");
        said(&command.output().unwrap())
    };
    let home = tempfile::tempdir().unwrap();
    let before = files(&bench.root);
    at_home(home.path());
    assert_eq!(files(home.path()), BTreeMap::new(), "what is small is read again");
    bench.cached(&["check"]).output().unwrap();
    assert_eq!(files(&bench.root), before);
    bench.write("train.py", &large);
    let before = files(&bench.root);
    let said = at_home(home.path());
    assert!(!files(home.path()).is_empty());
    assert_eq!(at_home(&bench.root), said);
    assert_eq!(files(&bench.root), before, "not even if that is where the cache would lie");
}

#[test]
fn a_cache_within_the_repository_is_no_part_of_it() {
    let bench = Bench::new(&[("train.py", TRAIN)]);
    let check = || said(&bench.command(&["check", "--cache-dir", ".kept"]).output().unwrap());
    let first = check();
    assert!(bench.root.join(".kept/CACHEDIR.TAG").is_file());
    assert_eq!((check(), check()), (first.clone(), first));
    assert_eq!(files(&bench.root.join(".kept/answers")).len(), 1);
}

#[test]
fn other_commands_hear_the_same() {
    let bench = Bench::of(&systems()[0]);
    let found: serde_json::Value = serde_json::from_str(&bench.plain(&["check", "--output-format", "json"])).unwrap();
    let print = found["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    let commands: [&[&str]; 8] = [
        &["check", "--output-format", "sarif"],
        &["check", "--output-format", "full"],
        &["check", "--min-severity", "high", "--min-confidence", "seen"],
        &["check", "--select", "data"],
        &["report"],
        &["explain", &print],
        &["graph"],
        &["facts", "--repository", "name"],
    ];
    for command in commands {
        let plain = bench.plain(command);
        for _ in 0..2 {
            assert_eq!(said(&bench.cached(command).output().unwrap()), plain, "{command:?}");
        }
    }
}

#[test]
fn a_change_is_judged_alike() {
    let bench = Bench::new(&[("train.py", TRAIN), ("serve.py", &TRAIN.replace("raw", "served"))]);
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(&bench.root).args(["-c", "user.name=x", "-c", "user.email=x@y.z"]).args(arguments);
        assert!(git.stdout(Stdio::null()).status().unwrap().success());
    };
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message", "all"]);
    const DIFF: [&str; 5] = ["check", "--diff", "HEAD", "--output-format", "json"];
    for text in [TRAIN.to_owned(), TRAIN.replace("raw", "new"), format!("{TRAIN}frame.to_csv(\"served.csv\")\n")] {
        bench.write("train.py", &text);
        let plain = bench.plain(&DIFF);
        for _ in 0..3 {
            assert_eq!(said(&bench.cached(&DIFF).output().unwrap()), plain);
        }
        bench.check("the whole, after a change was judged");
    }
    assert_eq!(files(&bench.cache.join("files")).len(), 1, "what copies hold is not kept");
    assert_eq!(files(&bench.cache.join("facts")).len(), 1);
}
