//! What is looked at where a change is judged: what git keeps, less what was passed over before and is as it was.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use crate::config::Config;
use crate::discover::{self, Discovered, Missing, kind};
use crate::fact::ProblemKind;
use crate::history::{Form, Kept};
use crate::mistake::Mistake;
use crate::open;
use crate::source::{Source, spelled};

/// Sets for both sides of a change what is looked at besides what is found, and what is not; says what of that is the
/// change's own doing, a line for each file.
///
/// Neither a folder's name nor an ignore file of the change hides what git keeps: only what lay there before, untouched,
/// stays passed over.
///
/// # Errors
/// If a glob of the configuration is none.
pub fn set(now: &mut Config, old: &mut Config, kept: &[Kept]) -> Result<Vec<String>, Mistake> {
    let prefix = now.prefix.clone();
    let below = |kept: &Kept| kept.below(&prefix);
    let submodules = kept.iter().filter(|kept| kept.form == Form::Submodule).filter_map(below);
    let submodules: Vec<String> = submodules.map(|path| globset::escape(&spelled(&path))).collect();
    for one in [&mut *now, &mut *old] {
        one.file.exclude.extend(submodules.iter().cloned());
    }
    let excluded = now.globs(&now.file.exclude)?;
    let found = paths(&discover::discover(now)?);
    let is_source = |path: &Path| may_be_source(path, &now.root);
    let missed = kept.iter().filter(|kept| kept.form == Form::File).filter_map(below);
    let missed = missed.filter(|path| !found.contains(&spelled(path)) && !excluded.is_match(spelled(path)));
    let missed: Vec<PathBuf> = missed.filter(|path| now.root.join(path).exists() && is_source(path)).collect();
    let mut notes = Vec::new();
    if missed.is_empty() {
        return Ok(notes);
    }
    let was = paths(&discover::discover(old)?);
    for path in missed {
        let shown = spelled(&path);
        let was_seen = was.contains(&shown);
        if !was_seen && is_same(&now.root.join(&path), &old.root.join(&path)) {
            continue;
        }
        notes
            .push(format!("{shown} would be passed over, but git keeps it and the change touches it: it is looked at"));
        if !was_seen {
            old.wanted.push(path.clone());
        }
        now.wanted.push(path);
    }
    Ok(notes)
}

/// What was looked at before, is still there, and is not looked at any more; and links that the change lays where a source
/// is expected, which lead to none.
///
/// # Errors
/// If a glob of the configuration is none.
pub fn lost(
    now: &Config,
    old: &Config,
    before: &[Source],
    after: &[Source],
    kept: &[Kept],
) -> Result<Vec<Missing>, Mistake> {
    let sources: FxHashSet<&str> = after.iter().map(|source| source.path.as_str()).collect();
    let links: FxHashSet<&str> = after.iter().flat_map(|source| source.links.iter().map(String::as_str)).collect();
    let is_known = |path: &str| sources.contains(path) || links.contains(path);
    let excluded = now.globs(&now.file.exclude)?;
    let mut lost = Vec::new();
    for path in before.iter().map(|source| source.path.as_str()).filter(|path| !is_known(path)) {
        if now.root.join(path).symlink_metadata().is_ok() && !excluded.is_match(path) {
            lost.push(Missing::new(path, ProblemKind::PassedOver, "it was looked at before and is not any more", true));
        }
    }
    for path in kept.iter().filter(|kept| kept.form == Form::Link).filter_map(|kept| kept.below(&now.prefix)) {
        let shown = spelled(&path);
        let [is, was] = [now, old].map(|config| std::fs::read_link(config.root.join(&path)).ok());
        let is_new = is.is_some() && is != was && lost.iter().all(|missing: &Missing| missing.path != shown);
        if is_new && kind(&shown, None, 0).is_some() && !is_known(&shown) && !excluded.is_match(&shown) {
            lost.push(Missing::new(&shown, ProblemKind::PassedOver, "a link that leads to no source here", true));
        }
    }
    Ok(lost)
}

fn paths(found: &Discovered) -> FxHashSet<String> {
    found.sources.iter().map(|source| source.path.clone()).chain(found.kept.iter().cloned()).collect()
}

fn may_be_source(path: &Path, root: &Path) -> bool {
    let size = std::fs::symlink_metadata(root.join(path)).map_or(0, |meta| meta.len());
    kind(&spelled(path), Some(&root.join(path)), size).is_some()
}

/// Do two files hold the same?
fn is_same(one: &Path, other: &Path) -> bool {
    let bytes = |path: &Path| open::found(path).and_then(|file| open::bytes(file, open::POLICY)).ok();
    let sizes = [one, other].map(|path| std::fs::symlink_metadata(path).map(|meta| meta.len()).ok());
    sizes[0].is_some() && sizes[0] == sizes[1] && bytes(one).is_some_and(|text| Some(text) == bytes(other))
}
