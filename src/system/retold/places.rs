//! Places that one program takes from a settings file, and that another program of the same system writes out.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Retold, is_looked_at};
use crate::fact::{Scalar, Setting, SettingKind, Text};
use crate::program::parent;
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::system::{Known, View};
use crate::value::follow::Seen;
use crate::value::settings::dotted;
use crate::value::text::{Part, ROOT};
use crate::value::touches::Touch;

/// A place that a settings file names.
struct Named<'v> {
    file: FileId,
    setting: &'v Setting,
}

/// Adds a setting for each place that is written out, though another program reads it from the settings.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let looked_at = || view.touches.all.iter().filter(|touch| is_looked_at(known, touch.call.file));
    let named = named(view, known);
    let written: Vec<(&Touch<'_>, Text)> = looked_at()
        .filter_map(|touch| Some((touch, text(touch)?)))
        .filter(|(_, text)| named.contains_key(text))
        .collect();
    if written.is_empty() {
        return;
    }
    let mut taken: FxHashMap<Text, Vec<(FileId, &Named<'_>)>> = FxHashMap::default();
    for touch in looked_at().filter(|touch| touch.followed) {
        let Some((text, place)) = plain(touch).zip(touch.place) else { continue };
        let Some(all) = named.get(&text) else { continue };
        let from = Seen { node: place, stack: touch.way.iter().copied().collect() };
        let Some(of) = view.evaluator.texts(&from).settings else { continue };
        let own = all.iter().filter(|one| one.file == of.file && one.setting.keys == of.keys);
        taken.entry(text).or_default().extend(own.map(|one| (touch.call.file, one)));
    }
    let mut told = FxHashSet::default();
    for (touch, text) in written {
        let Some(origin) = touch.origin else { continue };
        let mut readers = taken.get(&text).into_iter().flatten();
        let neighbour = readers.find(|(reader, one)| {
            *reader != touch.call.file
                && *reader != origin.file
                && is_below(view.program.path(touch.call.file), system_of(view, one.file, *reader))
        });
        let Some((_, one)) = neighbour else { continue };
        // Whoever mends one place of a file sees the others.
        if !told.insert((origin.file, text)) {
            continue;
        }
        let other = At { file: one.file, span: one.setting.span };
        let (name, value) = (dotted(&one.setting.keys), text.as_str().to_owned());
        Retold { form: "retold", name, at: view.program.place(origin), other, value }.add(view, system, known);
    }
}

/// The places that settings files name, by their text.
fn named<'v>(view: &View<'v>, known: &Known) -> FxHashMap<Text, Vec<Named<'v>>> {
    let mut found: FxHashMap<Text, Vec<Named<'v>>> = FxHashMap::default();
    for file in view.program.files().filter(|file| is_looked_at(known, *file)) {
        for setting in view.program.file(file).settings.iter().filter(|s| s.kind == SettingKind::Entry) {
            if let Scalar::Text(text) = setting.value
                && is_specific(&text)
            {
                found.entry(bare(&text)).or_default().push(Named { file, setting });
            }
        }
    }
    found
}

/// The text of a place that is written out where it is touched.
fn text(touch: &Touch<'_>) -> Option<Text> {
    plain(touch).filter(|_| !touch.followed && !touch.environment && !touch.guessed)
}

fn plain(touch: &Touch<'_>) -> Option<Text> {
    match touch.pattern.as_slice() {
        [Part::Text(text)] if is_specific(text) => Some(bare(text)),
        _ => None,
    }
}

fn bare(text: &str) -> Text {
    Text::from(text.strip_prefix(ROOT).unwrap_or(text).trim_start_matches("./"))
}

/// Does a place have a folder, so that two that are called so by chance are few?
fn is_specific(text: &str) -> bool {
    bare(text).trim_matches('/').contains('/')
}

/// The innermost folder that holds a settings file and the program that reads it: the system that both are of.
fn system_of<'v>(view: &View<'v>, settings: FileId, reader: FileId) -> &'v str {
    let path = view.program.path(reader);
    let mut folder = parent(view.program.path(settings));
    while !is_below(path, folder) {
        folder = parent(folder);
    }
    folder
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
