//! Which files are sources, and of which kind.

mod ignored;
mod missing;
mod skipped;

use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

use globset::GlobSet;
use ignore::{DirEntry, WalkBuilder};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::config::{Config, LEDGER};
use crate::fact::{Problem, ProblemKind};
use crate::mistake::Mistake;
use crate::open;
use crate::read::{cron, foreign, just};
use crate::source::{Content, Kind, Source, Span, spelled};
use ignored::Ignored;
use skipped::is_skipped;

pub use missing::Missing;

/// JSON larger than this is data, not settings.
const JSON_LIMIT: u64 = 256 * 1024;
/// A larger text does not list names.
const NAMES_LIMIT: u64 = 64 * 1024;

/// What is larger was made by a tool.
const FOREIGN_LIMIT: u64 = 256 * 1024;

/// More names than this that links give the files of a repository are those of a maze.
const NAMES: usize = 200_000;

/// The files found.
#[derive(Debug, Default)]
pub struct Discovered {
    /// Sources, sorted by path.
    pub sources: Vec<Source>,
    /// The metadata of each, where the disk tells enough of it.
    pub stamps: Vec<Option<Stamp>>,
    /// Sources that are listed but not to be read, by their number.
    pub refused: Vec<(usize, Problem)>,
    /// The paths of all other files: data and the like, which is known to lie in the repository.
    pub kept: Vec<String>,
    /// What should have been looked at and could not be, or was left out although somebody named it.
    pub missing: Vec<Missing>,
}

impl Discovered {
    /// Why a source is not to be read.
    pub fn refusal(&self, number: usize) -> Option<&Problem> {
        let at = self.refused.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        self.refused.get(at).map(|(_, problem)| problem)
    }
}

/// A file's metadata: a file in which all of it is the same holds the same, unless it was written twice in one tick of
/// the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    size: u64,
    inode: u64,
    /// When its content was changed, in nanoseconds since 1970; this may be set back ...
    modified: i128,
    /// ... but then it is its metadata that were changed, and nobody sets that time back.
    changed: i128,
}

impl Stamp {
    #[cfg(unix)]
    fn of(meta: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let time = |seconds: i64, nanoseconds: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
        let (modified, changed) = (time(meta.mtime(), meta.mtime_nsec()), time(meta.ctime(), meta.ctime_nsec()));
        Some(Self { size: meta.len(), inode: meta.ino(), modified, changed })
    }

    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Option<Self> {
        None
    }

    /// The later of its times, in nanoseconds since 1970.
    pub fn latest(self) -> i128 {
        self.modified.max(self.changed)
    }
}

/// What the walk meets.
#[derive(Default)]
struct Found {
    sources: Vec<(Source, Option<Stamp>, Option<Problem>)>,
    /// Symbolic links and what they name, both relative to the root.
    links: Vec<(String, String)>,
    /// Files that are no sources.
    kept: Vec<String>,
}

/// Walks the root.
///
/// # Errors
/// If a glob of the configuration is none.
pub fn discover(config: &Config) -> Result<Discovered, Mistake> {
    let exclude = config.globs(&config.file.exclude)?;
    let include = config.globs(&config.file.include)?;
    let found: Mutex<Found> = Mutex::default();
    let mut missing = Vec::new();
    let mut entries: Vec<DirEntry> = Vec::new();
    for entry in walker(&config.root, &exclude).build() {
        match entry {
            Ok(entry) => entries.push(entry),
            Err(error) => missing.push(missing::unlisted(&config.root, &error)),
        }
    }
    if !config.file.include.is_empty() {
        let wanted = |entry: &DirEntry| include.is_match(relative(&config.root, entry.path()));
        entries.extend(walker_unfiltered(&config.root).build().flatten().filter(wanted));
    }
    for path in &config.wanted {
        entries.extend(walker_unfiltered(&config.root.join(path)).max_depth(Some(0)).build().flatten());
    }
    // Listing folders is quick, and quicker without threads where there are few; asking for each file's metadata is not.
    entries.into_par_iter().for_each(|entry| visit(config, &exclude, entry, &found));
    let Found { sources: mut all, links, mut kept } =
        found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    all.sort_by(|a, b| a.0.path.as_bytes().cmp(b.0.path.as_bytes()));
    all.dedup_by(|a, b| a.0.path == b.0.path);
    kept.sort_unstable();
    kept.dedup();
    let mut discovered = Discovered { kept, missing, ..Discovered::default() };
    for (source, stamp, problem) in all {
        if let Some(problem) = problem {
            discovered.refused.push((discovered.sources.len(), problem));
        }
        discovered.sources.push(source);
        discovered.stamps.push(stamp);
    }
    name_links(&mut discovered.sources, links);
    let named = missing::named(config, &discovered);
    discovered.missing.extend(named);
    Ok(discovered)
}

/// Tells the sources by which links they are named as well; no link is read, so nothing is read twice.
fn name_links(sources: &mut [Source], mut links: Vec<(String, String)>) {
    links.sort();
    let first = links.clone();
    let mut names = 0;
    for (link, mut target) in links {
        // A link to a link; a circle of them leads nowhere.
        for _ in 0..8 {
            match first.binary_search_by(|(l, _)| l.as_str().cmp(&target)) {
                Ok(next) => target.clone_from(&first[next].1),
                Err(_) => break,
            }
        }
        let folder = format!("{target}/");
        let first = sources.partition_point(|s| s.path.as_bytes() < target.as_bytes());
        for source in &mut sources[first..] {
            if !source.path.starts_with(&target) {
                break;
            }
            if names >= NAMES {
                return;
            }
            names += 1;
            if source.path == target {
                source.links.push(link.clone());
            } else if let Some(below) = source.path.strip_prefix(&folder) {
                source.links.push(format!("{link}/{below}"));
            }
        }
    }
}

fn walker(root: &Path, exclude: &GlobSet) -> WalkBuilder {
    let mut builder = walker_unfiltered(root);
    let (root, exclude, ignored) = (root.to_path_buf(), exclude.clone(), Ignored::below(root));
    builder.filter_entry(move |entry| {
        let folder = entry.file_type().is_some_and(|t| t.is_dir());
        if entry.depth() == 0 {
            return true;
        }
        let path = relative(&root, entry.path());
        !(exclude.is_match(&path) || ignored.leaves_out(entry.path(), folder) || (folder && is_skipped(entry.path())))
    });
    builder
}

fn walker_unfiltered(root: &Path) -> WalkBuilder {
    let mut builder = WalkBuilder::new(root);
    builder.standard_filters(false).follow_links(false);
    builder
}

fn visit(config: &Config, exclude: &GlobSet, entry: DirEntry, found: &Mutex<Found>) {
    if entry.path_is_symlink() {
        if let Some(target) = inside(&config.root, entry.path())
            && let Ok(mut found) = found.lock()
        {
            found.links.push((relative(&config.root, entry.path()), target));
        }
        return;
    }
    if !entry.file_type().is_some_and(|t| t.is_file()) {
        return;
    }
    let path = relative(&config.root, entry.path());
    // The ledger speaks of the repository and is no part of it.
    let ledger = config.file.ledger.as_deref().and_then(Path::file_name).unwrap_or(OsStr::new(LEDGER));
    if exclude.is_match(&path) || entry.file_name() == ledger {
        return;
    }
    let meta = entry.metadata().ok();
    let size = meta.as_ref().map_or(0, Metadata::len);
    let Some(kind) = kind(&path, Some(entry.path()), size) else {
        if let Ok(mut found) = found.lock() {
            found.kept.push(path);
        }
        return;
    };
    let problem = refuse(&path, kind, size, config.file.size_limit);
    let content = if problem.is_some() { Content::Withheld } else { Content::Disk(entry.into_path()) };
    let source = Source { path, kind, content, size, links: Vec::new() };
    if let Ok(mut found) = found.lock() {
        found.sources.push((source, meta.as_ref().and_then(Stamp::of), problem));
    }
}

/// Where a link leads, if that lies below the root; told by the texts of link and target alone.
fn inside(root: &Path, link: &Path) -> Option<String> {
    let target = std::fs::read_link(link).ok()?;
    let mut path = Vec::new();
    let folder = link.strip_prefix(root).ok()?.parent()?;
    for part in folder.components().chain(target.components()) {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir => drop(path.pop()?),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    let path: PathBuf = path.iter().collect();
    Some(relative(Path::new(""), &path)).filter(|t| !t.is_empty())
}

fn refuse(path: &str, kind: Kind, size: u64, limit: u64) -> Option<Problem> {
    let trouble = |kind, reason: String| Some(Problem { kind, reason, span: Span::default() });
    if path.contains("{{") || path.contains("{%") {
        return trouble(ProblemKind::Template, "a template of a path".to_owned());
    }
    let limit = if kind == Kind::Notebook { limit.saturating_mul(32) } else { limit };
    (size > limit).then(|| trouble(ProblemKind::TooLarge, format!("{size} bytes are over the limit of {limit}")))?
}

/// A path relative to the root, as it is spelled.
fn relative(root: &Path, path: &Path) -> String {
    spelled(path.strip_prefix(root).unwrap_or(path))
}

/// What a file is, by its name; by its first line where the name says nothing.
pub fn kind(path: &str, file: Option<&Path>, size: u64) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let ending = lower.rsplit_once('.').map_or("", |(_, e)| e);
    let generated = lower.ends_with(".min.json")
        || (lower.contains("package-lock") && matches!(ending, "json" | "yaml" | "yml"))
        || lower == "composer.lock"
        || lower.ends_with(".lock.yml")
        || lower == "pnpm-lock.yaml"
        || lower == "conda-lock.yml";
    if generated {
        return None;
    }
    let kind = match (lower.as_str(), ending) {
        ("dvc.yaml" | "dvc.lock", _) | (_, "dvc") => Kind::Dvc,
        (n, "txt") if n.starts_with("requirements") || n.ends_with("requirements.txt") => Kind::Requirements,
        (_, "dockerignore") => return None,
        (n, _) if n == "dockerfile" || n.starts_with("dockerfile.") || ending == "dockerfile" => Kind::Dockerfile,
        ("codeowners", _) => Kind::Owners,
        _ if cron::is_table(path) => Kind::Cron,
        ("makefile" | "gnumakefile", _) | (_, "mk") => Kind::Makefile,
        (n, _) if just::is_recipes(n) => Kind::Makefile,
        (n, _) if n == ".env" || n.starts_with(".env.") || ending == "env" => Kind::Env,
        (_, "gin") => Kind::Gin,
        (n, "txt" | "lst" | "list") if size <= NAMES_LIMIT && lists_names(n) => Kind::Names,
        (_, "service" | "timer") => Kind::Unit,
        (_, "yaml" | "yml") | ("mlproject", _) => Kind::Yaml,
        ("snakefile", _) | (_, "smk" | "snakefile") => Kind::Snakemake,
        (_, "py") => Kind::Python,
        (_, "ipynb") => Kind::Notebook,
        (_, "rs") => Kind::Rust,
        (_, "sql") => Kind::Sql,
        (_, "toml") => Kind::Toml,
        (_, "json" | "jsonc") if size <= JSON_LIMIT => Kind::Json,
        (_, "ini" | "cfg") => Kind::Ini,
        (_, "sh" | "bash" | "sbatch" | "slurm" | "pbs") => Kind::Shell,
        (_, "scala" | "java") if size <= FOREIGN_LIMIT => Kind::Jvm,
        (_, "r" | "rmd" | "qmd") if size <= FOREIGN_LIMIT => Kind::R,
        (_, ending) if size <= FOREIGN_LIMIT && foreign::ENDINGS.contains(&ending) && !lower.contains(".min.") => {
            Kind::Foreign
        }
        (n, "") if !n.starts_with('.') => first_line(file?)?,
        _ => return None,
    };
    Some(kind)
}

/// Does a text list columns, by what it is called?
fn lists_names(name: &str) -> bool {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| {
        matches!(
            word,
            "features"
                | "feature"
                | "columns"
                | "column"
                | "cols"
                | "fields"
                | "variables"
                | "vars"
                | "predictors"
                | "covariates"
        )
    })
}

fn first_line(file: &Path) -> Option<Kind> {
    use std::io::Read;
    let mut start = [0_u8; 64];
    let read = open::found(file).ok()?.read(&mut start).ok()?;
    let line = std::str::from_utf8(start.get(..read)?).ok()?.lines().next()?;
    let shebang = line.strip_prefix("#!")?;
    if shebang.contains("python") { Some(Kind::Python) } else { shebang.contains("sh").then_some(Kind::Shell) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Config) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let config = Config::plain(folder.path());
        (folder, config)
    }

    fn paths(config: &Config) -> Vec<String> {
        discover(config).unwrap().sources.into_iter().map(|s| s.path).collect()
    }

    #[test]
    fn generated_ignored_and_foreign_files_are_left_out() {
        let (_folder, config) = tree(&[
            ("a.py", ""),
            ("tool", "#!/usr/bin/env python3\n"),
            ("notes", "text"),
            ("venv/lib/x.py", ""),
            ("out/gen.py", ""),
            (".gitignore", "out/\n"),
            (".env", "A=1"),
            ("big.json", &"1".repeat(300_000)),
        ]);
        assert_eq!(paths(&config), [".env", "a.py", "tool"]);
    }

    #[test]
    fn the_team_includes_and_excludes() {
        let (_folder, mut config) =
            tree(&[("a.py", ""), ("out/gen.py", ""), (".gitignore", "out/\n"), ("old/b.py", "")]);
        config.file.exclude = vec!["old".to_owned()];
        config.file.include = vec!["out/*.py".to_owned()];
        assert_eq!(paths(&config), ["a.py", "out/gen.py"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_never_followed() {
        let (folder, config) = tree(&[("a.py", "")]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("x.py")).unwrap();
        std::os::unix::fs::symlink("a.py", folder.path().join("b.py")).unwrap();
        let sources = discover(&config).unwrap().sources;
        assert_eq!(
            sources.iter().map(|s| (s.path.as_str(), s.links.as_slice())).collect::<Vec<_>>(),
            [("a.py", &["b.py".to_owned()][..])]
        );
    }

    #[test]
    fn large_files_and_templates_are_listed_but_not_read() {
        let (_folder, config) = tree(&[("big.py", &"#".repeat(3_000_000)), ("{{ name }}/a.py", "")]);
        let found = discover(&config).unwrap();
        let kinds: Vec<ProblemKind> = found.refused.iter().map(|(_, p)| p.kind).collect();
        assert_eq!(kinds, [ProblemKind::TooLarge, ProblemKind::Template]);
    }
}
