//! What git leaves out: the ignore files of a repository, opened as all policy files are.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustc_hash::FxHashMap;

use crate::open;

/// What people write into ignore files is smaller than this.
const LIMIT: u64 = 1024 * 1024;

/// The ignore files from a folder up to the root, those of folders without any being those of the folder above.
struct Rules {
    /// What the folder's own file says.
    own: Gitignore,
    /// What the repository that begins here leaves out besides.
    exclude: Gitignore,
    /// What is said above, unless a repository begins here.
    above: Option<Arc<Self>>,
}

/// The ignore files of a tree, each read when the walk comes to its folder.
pub(super) struct Ignored {
    root: PathBuf,
    known: Mutex<FxHashMap<PathBuf, Option<Arc<Rules>>>>,
}

impl Ignored {
    /// Of the tree below a root; nothing above it counts.
    pub(super) fn below(root: &Path) -> Self {
        Self { root: root.to_path_buf(), known: Mutex::default() }
    }

    /// Is a file or folder left out? Asked for what lies above it before.
    pub(super) fn leaves_out(&self, path: &Path, is_folder: bool) -> bool {
        let mut rules = path.parent().and_then(|folder| self.rules(folder));
        let mut excluded = false;
        let mut is_decided = false;
        while let Some(of) = rules {
            match of.own.matched(path, is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
            let exclude = of.exclude.matched(path, is_folder);
            if !is_decided && !exclude.is_none() {
                (is_decided, excluded) = (true, exclude.is_ignore());
            }
            rules = of.above.clone();
        }
        excluded
    }

    fn rules(&self, folder: &Path) -> Option<Arc<Rules>> {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(folder) {
            return known.clone();
        }
        let above = if folder == self.root { None } else { folder.parent().and_then(|above| self.rules(above)) };
        let rules = read(folder, above);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_path_buf(), rules.clone());
        rules
    }
}

/// The rules in a folder, below those above it.
fn read(folder: &Path, above: Option<Arc<Rules>>) -> Option<Arc<Rules>> {
    let own = rules_of(folder, &folder.join(".gitignore"));
    let git = folder.join(".git");
    if !git.exists() {
        return if own.is_empty() { above } else { Some(Arc::new(Rules { own, exclude: Gitignore::empty(), above })) };
    }
    let exclude = common(&git).map_or_else(Gitignore::empty, |git| rules_of(folder, &git.join("info/exclude")));
    Some(Arc::new(Rules { own, exclude, above: None }))
}

/// What an ignore file says; what is no plain file of a sensible size says nothing, so that nothing hides behind it.
fn rules_of(folder: &Path, file: &Path) -> Gitignore {
    let Some(text) = text(file) else { return Gitignore::empty() };
    let mut builder = GitignoreBuilder::new(folder);
    for line in text.trim_start_matches('\u{feff}').lines() {
        // A line that is no pattern leaves nothing out.
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// The folder that all working trees of a repository share.
fn common(git: &Path) -> Option<PathBuf> {
    if git.is_dir() {
        return Some(git.to_path_buf());
    }
    let told = text(git)?;
    let own = git.parent()?.join(told.lines().next()?.strip_prefix("gitdir: ")?);
    Some(own.join(text(&own.join("commondir"))?.lines().next()?))
}

fn text(file: &Path) -> Option<String> {
    let bytes = open::found(file).and_then(|file| open::bytes(file, LIMIT)).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
