//! The hooks of `.pre-commit-hooks.yaml`, as pre-commit plays them in a repository that names them.
#![allow(clippy::unwrap_used)]
#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output};

/// A finding of `pipeline/in-place-input-overwrite`.
const DEBT: &str = "import pandas as pd\n\nframe = pd.read_csv(\"raw.csv\").dropna()\nframe.to_csv(\"raw.csv\")\n";

/// A folder for two repositories: mldebt, which has the hooks, and a project that names them.
struct Bench {
    folder: tempfile::TempDir,
    pre_commit: std::path::PathBuf,
}

impl Bench {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let bench =
            Self { folder: tempfile::tempdir().unwrap(), pre_commit: root.join("target/validators/bin/pre-commit") };
        assert!(bench.pre_commit.is_file(), "`.ci/validators` installs pre-commit");
        bench.write(
            "mldebt/.pre-commit-hooks.yaml",
            &std::fs::read_to_string(root.join(".pre-commit-hooks.yaml")).unwrap(),
        );
        bench.write("project/train.py", "print(1)\n");
        for repository in ["mldebt", "project"] {
            bench.git(repository, &["init", "--quiet"]);
            assert!(bench.commit(repository).status.success());
        }
        bench
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn command(&self, repository: &str, program: &str) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GIT_") || name.starts_with("PRE_COMMIT"))
        {
            command.env_remove(name);
        }
        // The program under test stands first on the path.
        let own = Path::new(env!("CARGO_BIN_EXE_mldebt")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap();
        let path = std::env::join_paths(std::iter::once(own.into()).chain(std::env::split_paths(&path))).unwrap();
        command.current_dir(self.folder.path().join(repository));
        command.env("PATH", path).env("PRE_COMMIT_HOME", self.folder.path().join("kept"));
        command
    }

    fn git(&self, repository: &str, arguments: &[&str]) -> Output {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        self.command(repository, "git").args(identity).args(arguments).output().unwrap()
    }

    fn commit(&self, repository: &str) -> Output {
        self.git(repository, &["add", "--all"]);
        self.git(repository, &["commit", "--quiet", "--message", "x"])
    }

    /// Names a hook in the project, and has it run at each commit.
    fn install(&self, hook: &str, arguments: &str) {
        let revision = String::from_utf8(self.git("mldebt", &["rev-parse", "HEAD"]).stdout).unwrap();
        let config = format!(
            "repos:\n  - repo: {}\n    rev: {}\n    hooks: [{{ id: {hook}, args: [{arguments}] }}]\n",
            self.folder.path().join("mldebt").display(),
            revision.trim()
        );
        self.write("project/.pre-commit-config.yaml", &config);
        let output = self.command("project", self.pre_commit.to_str().unwrap()).arg("install").output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

#[test]
#[ignore = "needs pre-commit: .ci/validators"]
fn a_commit_with_a_debt_is_refused_and_a_clean_one_passes() {
    let bench = Bench::new();
    bench.install("mldebt-installed", "");
    let output = bench.commit("project");
    assert!(output.status.success(), "{}", said(&output));
    bench.write("project/clean.py", DEBT);
    let output = bench.commit("project");
    assert!(!output.status.success() && said(&output).contains("in-place-input-overwrite"), "{}", said(&output));
    bench.write("project/clean.py", &DEBT.replace("to_csv(\"raw.csv\")", "to_csv(\"clean.csv\")"));
    bench.write("project/use.py", "import pandas as pd\n\nprint(pd.read_csv(\"clean.csv\"))\n");
    let output = bench.commit("project");
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
#[ignore = "needs pre-commit: .ci/validators"]
fn a_file_with_old_debts_may_be_touched_where_only_the_commit_is_judged() {
    let bench = Bench::new();
    bench.write("project/clean.py", DEBT);
    assert!(bench.commit("project").status.success());
    bench.install("mldebt-installed", "--diff=HEAD");
    bench.write("project/clean.py", &DEBT.replace("dropna", "drop_duplicates"));
    let output = bench.commit("project");
    assert!(output.status.success(), "{}", said(&output));
    // What is not part of the commit is not looked at.
    bench.write("project/other.py", &DEBT.replace("raw", "new"));
    bench.git("project", &["add", "other.py"]);
    bench.write("project/other.py", "print(2)\n");
    let output = bench.git("project", &["commit", "--quiet", "--message", "x"]);
    assert!(
        !output.status.success() && said(&output).contains("`new.csv` is read and then overwritten"),
        "{}",
        said(&output)
    );
}

/// The other hooks build the program, which takes minutes; that they build what is called the same is seen from here.
#[test]
fn every_hook_runs_the_program() {
    let hooks = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml")).unwrap();
    let of =
        |key: &str| hooks.lines().filter_map(|line| line.trim_start_matches("- ").trim().strip_prefix(key)).count();
    assert_eq!((of("id: "), of("entry: mldebt check"), of("language: ")), (3, 3, 3), "{hooks}");
}
