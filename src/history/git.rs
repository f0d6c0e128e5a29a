//! Objects of a git repository, read in a way in which nothing that the repository configures is run.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// A repository that takes longer than this to answer is not read.
const PATIENCE: Duration = Duration::from_secs(120);

/// The longest list of files that is heard.
const LIST: u64 = 512 * 1024 * 1024;

/// What is said where git is missing.
const NO_GIT: &str = "there is no git on the PATH";

/// Settings laid over whatever the repository says: those that would run a program, or reach for the network.
const SAFE: [&str; 4] =
    ["core.fsmonitor=false", "core.hooksPath=/dev/null", "protocol.allow=never", "safe.bareRepository=explicit"];

/// A running `git cat-file`, which reads objects and neither index nor working tree: no filter, hook, textconv, pager,
/// file system monitor or signature check has anything to do there. Lazy fetching, which would, is switched off.
pub struct Objects {
    child: Arc<Mutex<Child>>,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
    _watch: mpsc::Sender<()>,
}

/// What an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Its name.
    pub id: String,
    /// `commit`, `tree`, `blob` or `tag`.
    pub kind: String,
    /// Its size in bytes.
    pub size: u64,
}

impl Objects {
    /// Opens the repository that lies in a folder.
    ///
    /// # Errors
    /// If there is no git, or it does not start.
    pub fn open(repository: &Path) -> Result<Self, String> {
        let mut child = command(repository)?
            .args(["cat-file", "--batch-command"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("git does not start: {e}"))?;
        let (Some(ask), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("git does not listen".to_owned());
        };
        let child = Arc::new(Mutex::new(child));
        let watch = watch(Arc::clone(&child));
        Ok(Self { child, ask, answers: BufReader::new(answers), _watch: watch })
    }

    /// What an object is; none if it is not there.
    ///
    /// # Errors
    /// If git has stopped.
    pub fn info(&mut self, name: &str) -> Result<Option<Info>, String> {
        self.request("info", name)
    }

    /// What an object holds; none if it is not there.
    ///
    /// # Errors
    /// If git has stopped.
    pub fn contents(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let Some(info) = self.request("contents", name)? else { return Ok(None) };
        body(&mut self.answers, &info).map(Some)
    }

    /// What many objects are, asked for at once.
    ///
    /// # Errors
    /// If git has stopped.
    pub fn infos(&mut self, names: &[&str]) -> Result<Vec<Option<Info>>, String> {
        let mut infos = Vec::with_capacity(names.len());
        self.at_once("info", names, |answers| {
            for _ in names {
                infos.push(head(answers)?);
            }
            Ok(())
        })?;
        Ok(infos)
    }

    /// What many objects hold, asked for at once: `take` hears one after the other, by calling for the next.
    ///
    /// # Errors
    /// If git has stopped, or as `take` says.
    pub fn all_contents(
        &mut self,
        names: &[&str],
        take: impl FnOnce(&mut dyn FnMut() -> Result<Option<Vec<u8>>, String>) -> Result<(), String>,
    ) -> Result<(), String> {
        self.at_once("contents", names, |answers| {
            take(&mut || head(answers)?.map(|info| body(answers, &info)).transpose())
        })
    }

    /// Asks for many objects without waiting for each answer.
    fn at_once(
        &mut self,
        verb: &str,
        names: &[&str],
        hear: impl FnOnce(&mut BufReader<ChildStdout>) -> Result<(), String>,
    ) -> Result<(), String> {
        let (ask, answers) = (&mut self.ask, &mut self.answers);
        std::thread::scope(|scope| {
            // Who asks and does not listen would wait for who answers and is not heard.
            let asking = scope.spawn(move || {
                let mut ask = BufWriter::new(ask);
                names.iter().try_for_each(|name| writeln!(ask, "{verb} {name}")).and_then(|()| ask.flush())
            });
            let heard = hear(answers);
            if heard.is_err() {
                // Nobody listens any more: git must not wait for that.
                let _ = self.child.lock().unwrap_or_else(PoisonError::into_inner).kill();
            }
            let asked = asking.join().unwrap_or(Ok(()));
            heard.and_then(|()| asked.map_err(stopped))
        })
    }

    fn request(&mut self, verb: &str, name: &str) -> Result<Option<Info>, String> {
        writeln!(self.ask, "{verb} {name}").and_then(|()| self.ask.flush()).map_err(stopped)?;
        head(&mut self.answers)
    }
}

/// The first line of an answer: what the object is.
fn head(answers: &mut BufReader<ChildStdout>) -> Result<Option<Info>, String> {
    let mut line = String::new();
    answers.read_line(&mut line).map_err(stopped)?;
    if line.is_empty() {
        return Err("git stopped; it must be 2.36 or later, and trust the repository (safe.directory)".to_owned());
    }
    let mut words = line.split_whitespace();
    let (id, kind, size) = (words.next(), words.next(), words.next().and_then(|size| size.parse().ok()));
    Ok(id.zip(kind).zip(size).map(|((id, kind), size)| Info { id: id.to_owned(), kind: kind.to_owned(), size }))
}

/// The rest of an answer: what the object holds.
fn body(answers: &mut BufReader<ChildStdout>, info: &Info) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = answers.take(info.size.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|e| format!("git stopped: {e}"))?;
    // The line break behind it.
    bytes.pop();
    if bytes.len() as u64 == info.size { Ok(bytes) } else { Err("git stopped".to_owned()) }
}

fn stopped(error: std::io::Error) -> String {
    format!("git stopped (it must be 2.36 or later, and trust the repository): {error}")
}

impl Drop for Objects {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // It ends by itself when nobody asks any more; whoever does not is ended.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Ends the child if nobody is done with it in time.
fn watch(child: Arc<Mutex<Child>>) -> mpsc::Sender<()> {
    let (done, waits) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        if waits.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = child.lock().unwrap_or_else(PoisonError::into_inner).kill();
        }
    });
    done
}

/// The commit at which two parted.
pub fn merge_base(repository: &Path, one: &str, other: &str) -> Option<String> {
    ask(repository, &["merge-base", one, other])
}

/// Was only the last part of the history brought here?
pub fn is_shallow(repository: &Path) -> bool {
    ask(repository, &["rev-parse", "--is-shallow-repository"]).as_deref() == Some("true")
}

/// The commits from the present one back along first parents, the newest first: when each was made, in seconds since 1970,
/// and its name.
///
/// # Errors
/// If there is no git, or it does not answer.
pub fn line(repository: &Path) -> Result<Vec<(i64, String)>, String> {
    let silent = "git does not list the history; it must be 2.36 or later, and trust the repository (safe.directory)";
    program().ok_or(NO_GIT)?;
    let bytes = hear(repository, &["rev-list", "--first-parent", "--timestamp", "HEAD", "--"], LIST).ok_or(silent)?;
    let entry = |line: &str| {
        let (time, id) = line.split_once(' ')?;
        Some((time.parse().ok()?, id.to_owned()))
    };
    Ok(String::from_utf8_lossy(&bytes).lines().filter_map(entry).collect())
}

/// What git keeps of the working tree: for each path its mode, as the index has them.
///
/// # Errors
/// If git does not answer.
pub fn index(repository: &Path) -> Result<Vec<(String, Vec<u8>)>, String> {
    let bytes = hear(repository, &["ls-files", "-z", "--stage"], LIST).ok_or("git does not list the files it keeps")?;
    let entry = |entry: &[u8]| {
        let tab = memchr::memchr(b'\t', entry)?;
        let mode = String::from_utf8_lossy(entry.get(..6)?).into_owned();
        Some((mode, entry.get(tab + 1..)?.to_vec()))
    };
    Ok(bytes.split(|byte| *byte == 0).filter_map(entry).collect())
}

/// The one line that a command answers.
fn ask(repository: &Path, arguments: &[&str]) -> Option<String> {
    let answer = String::from_utf8(hear(repository, arguments, 64 * 1024)?).ok()?;
    Some(answer.lines().next()?.trim().to_owned()).filter(|line| !line.is_empty())
}

/// What a command answers, if it does in time and no more than that.
fn hear(repository: &Path, arguments: &[&str], limit: u64) -> Option<Vec<u8>> {
    let mut command = command(repository).ok()?;
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let answers = child.stdout.take()?;
    let child = Arc::new(Mutex::new(child));
    let _watch = watch(Arc::clone(&child));
    let mut bytes = Vec::new();
    let read = answers.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    let is_whole = read.is_ok() && bytes.len() as u64 <= limit;
    if !is_whole {
        let _ = child.kill();
    }
    let status = child.wait().ok()?;
    (is_whole && status.success()).then_some(bytes)
}

fn command(repository: &Path) -> Result<Command, String> {
    let mut command = Command::new(program().ok_or(NO_GIT)?);
    // The surroundings may name another repository, or programs to run.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "none").env("GIT_TERMINAL_PROMPT", "0");
    command.env("GIT_NO_REPLACE_OBJECTS", "1").env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    command.arg("-C").arg(repository).args(["--no-pager", "--literal-pathspecs"]);
    for setting in SAFE {
        command.args(["-c", setting]);
    }
    Ok(command)
}

/// The git of the machine: a relative part of the PATH would be one of the folder that is looked at.
fn program() -> Option<PathBuf> {
    let name = format!("git{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&name))
        .find(|p| p.is_file())
}
