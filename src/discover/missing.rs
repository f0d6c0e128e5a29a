//! What should have been looked at and could not be, or was left out although somebody named it.

use std::path::{Path, PathBuf};

use super::{Discovered, kind};
use crate::config::Config;
use crate::fact::{Problem, ProblemKind};
use crate::source::{Span, spelled};

/// Something that was not looked at.
#[derive(Clone, Debug)]
pub struct Missing {
    /// Its path.
    pub path: String,
    /// Why.
    pub problem: Problem,
    /// Somebody has to answer for it.
    pub is_open: bool,
}

impl Missing {
    /// Something that was not looked at for a reason.
    pub fn new(path: &str, kind: ProblemKind, reason: &str, is_open: bool) -> Self {
        let problem = Problem { kind, reason: reason.to_owned(), span: Span::default() };
        Self { path: path.to_owned(), problem, is_open }
    }
}

/// A folder of which the walk says that it could not be listed.
pub(super) fn unlisted(root: &Path, error: &ignore::Error) -> Missing {
    let (path, reason) = parts(error);
    let path = path.map_or_else(String::new, |path| relative(root, &path));
    let path = if path.is_empty() { "." } else { &path };
    Missing::new(path, ProblemKind::Unreadable, &reason, true)
}

fn parts(error: &ignore::Error) -> (Option<PathBuf>, String) {
    match error {
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => parts(err),
        ignore::Error::WithPath { path, err } => (Some(path.clone()), parts(err).1),
        ignore::Error::Io(error) => (None, error.to_string()),
        other => (None, other.to_string()),
    }
}

fn relative(root: &Path, path: &Path) -> String {
    spelled(path.strip_prefix(root).unwrap_or(path))
}

/// What somebody named and nothing was found for; and a root in which there is nothing at all.
pub(super) fn named(config: &Config, found: &Discovered) -> Vec<Missing> {
    let is_found = |only: &String| {
        let below = format!("{only}/");
        found
            .sources
            .iter()
            .any(|source| source.path == *only || source.path.starts_with(&below) || source.links.contains(only))
    };
    let excluded = config.globs(&config.file.exclude).unwrap_or_default();
    let mut missing = Vec::new();
    for only in config.only.iter().filter(|only| !is_found(only)) {
        let (reason, is_open) = match only {
            only if excluded.is_match(only) => ("the configuration excludes it", false),
            only if config.root.join(only).is_dir() => ("nothing in it is looked at", true),
            only if kind(only, None, 0).is_none() => ("no source of a kind that is read", false),
            _ => ("it is left out", true),
        };
        missing.push(Missing::new(only, ProblemKind::PassedOver, reason, is_open));
    }
    if config.only.is_empty() && found.sources.is_empty() && found.missing.is_empty() && config.copy_of.is_none() {
        let reason = if is_bare(&config.root) {
            "a bare repository, which has no files to look at: clone it, or name a working tree"
        } else {
            "it holds no source files"
        };
        missing.push(Missing::new(".", ProblemKind::PassedOver, reason, true));
    }
    missing
}

/// Is a folder the repository of git itself, with no working tree around it?
fn is_bare(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}
