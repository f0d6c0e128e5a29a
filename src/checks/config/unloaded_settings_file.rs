//! Settings files that no code loads, beside ones that it does: whoever edits them changes nothing.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{Scalar, Setting, Text};
use crate::source::{At, FileId, Kind};
use crate::system::View;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::keys::loads::{is_settings, loads, written};
use crate::system::keys::words::Words;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "unloaded-settings-file", find };

/// Keys that a file has in common with those that are loaded, at least, if it is one of their kind.
const COMMON: usize = 3;

/// Shorter names say nothing.
const SHORT: usize = 3;

/// One sighting for each such file.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, known) = (grounds.view, grounds.known);
    let loaded = loads(view, known);
    if loaded.is_empty() {
        return Vec::new();
    }
    let made = written(view);
    // What stands in JSON is as often a result, or a description of one.
    let by_hand = |file: FileId| view.program.sources[file.index()].kind != Kind::Json;
    let settles = |file: &FileId| {
        !loaded.contains_key(file) && !made.contains(file) && by_hand(*file) && is_settings(view, known, *file)
    };
    let mut candidates: Vec<FileId> = view.program.files().filter(settles).collect();
    candidates.retain(|file| leaves(view, *file).count() >= COMMON);
    let wanted: FxHashSet<Text> = candidates.iter().flat_map(|file| names(view, *file)).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let (except, silent) = (FxHashSet::default(), FxHashSet::default());
    let words = [Words::new(view.program, &wanted, &except, &silent), Words::elsewhere(view.program, &wanted)];
    let said = |name: Text| words.iter().any(|words| words.say(&name));
    candidates.retain(|file| {
        let names = names(view, *file);
        !names.is_empty() && !names.into_iter().any(said)
    });
    let known: FxHashMap<Text, (FileId, &Setting)> = loaded
        .keys()
        .flat_map(|file| leaves(view, *file).filter_map(|setting| Some((*setting.keys.last()?, (*file, setting)))))
        .collect();
    candidates.into_iter().filter_map(|file| of_file(view, file, &known)).collect()
}

/// The sighting of one, if it has enough in common with what is loaded.
fn of_file(view: &View<'_>, file: FileId, known: &FxHashMap<Text, (FileId, &Setting)>) -> Option<Sighting> {
    let mut common: BTreeMap<&str, bool> = BTreeMap::new();
    let mut first: Option<At> = None;
    for setting in leaves(view, file) {
        let Some((key, (other, theirs))) = setting.keys.last().and_then(|key| Some((key, known.get(key)?))) else {
            continue;
        };
        let differs = setting.value != theirs.value;
        *common.entry(key.as_str()).or_default() |= differs;
        if differs && first.is_none() {
            first = Some(At { file: *other, span: theirs.span });
        }
    }
    let other: Vec<Text> = common.iter().filter(|(_, differs)| **differs).map(|(key, _)| Text::from(key)).collect();
    let all = common.keys().map(|key| Text::from(key)).collect();
    let at = first.or_else(|| {
        let (file, setting) = common.keys().find_map(|key| known.get(&Text::from(key)))?;
        Some(At { file: *file, span: setting.span })
    })?;
    (common.len() >= COMMON).then(|| {
        let place = At { file, span: view.program.file(file).settings.first().map(|s| s.span).unwrap_or_default() };
        let path = Text::from(view.program.path(file));
        let captures = vec![
            ("file", path.into()),
            ("other", Text::from(view.program.path(at.file)).into()),
            ("keys", Capture::Texts(if other.is_empty() { all } else { other })),
            ("loaded", at.into()),
        ];
        Sighting::new(place, vec![path], Certainty::Inferred, captures)
    })
}

/// The settings of a file that hold a value, under keys that say something.
fn leaves<'v>(view: &View<'v>, file: FileId) -> impl Iterator<Item = &'v Setting> {
    let single = |setting: &&Setting| !matches!(setting.value, Scalar::List(_) | Scalar::Map(_) | Scalar::Nothing);
    let told = |setting: &&Setting| setting.keys.last().is_some_and(|key| key.len() >= SHORT);
    view.program.file(file).settings.iter().filter(single).filter(told)
}

/// The names by which somebody may ask for a file: its own without an ending.
fn names(view: &View<'_>, file: FileId) -> Vec<Text> {
    let path = view.program.path(file);
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    let plain = stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain && stem.len() >= SHORT { vec![Text::from(stem)] } else { Vec::new() }
}
