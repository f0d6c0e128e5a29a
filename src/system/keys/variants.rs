//! Settings files of which one may be taken for another, and that lack keys which code reads without a default.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::loads::Load;
use crate::fact::{OpKind, Setting, SettingKind, Text};
use crate::program::{Node, parent};
use crate::source::{At, FileId, Span};
use crate::system::graph::System;
use crate::system::settings::{Asked, set_by_code};
use crate::system::{Known, View, data};
use crate::value::follow::Seen;
use crate::value::settings::dotted;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Keys that two files have in common, at least, if one may be taken for the other.
const ALIKE: usize = 8;

/// The same, if one call loads both.
const TOLD: usize = 5;

/// Files of one folder that are compared with each other.
const FAMILY: usize = 40;

/// So many of the keys that a file lacks are named.
const NAMED: usize = 3;

/// A file, and another that has keys which it lacks.
struct Variant<'v> {
    file: FileId,
    model: FileId,
    lacks: Vec<&'v Setting>,
}

/// Adds a setting for every file that lacks keys which code reads from its like.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, loads: &BTreeMap<FileId, Load>) {
    let variants = variants(view, loads);
    if variants.is_empty() {
        return;
    }
    let last = |setting: &&Setting| setting.keys.last().copied();
    let mut wanted: FxHashSet<Text> = variants.iter().flat_map(|v| v.lacks.iter().filter_map(last)).collect();
    for key in set_by_code(view) {
        wanted.remove(&key);
    }
    let reads = reads(view, known, &wanted);
    for Variant { file, model, lacks } in variants {
        let read = |setting: &&Setting| Some((dotted(&setting.keys), *reads.get(&(model, dotted(&setting.keys)))?));
        let lacking: Vec<(Text, Node)> = lacks.iter().filter_map(read).collect();
        let Some((first, _)) = lacking.first() else { continue };
        let at = At { file, span: beside(view, file, model, *first) };
        let setting = system.add(NodeKind::Setting, *first, at, Text::from(view.program.path(file)));
        system.say(setting, "form", "lacking");
        system.say(setting, "role", known.roles[file.index()].word());
        system.say(setting, "lacks", &listed(&lacking));
        system.say(setting, "value", view.program.path(model));
        for (_, node) in lacking.iter().take(NAMED) {
            let module = known.modules[node.file.index()];
            system.join_again(EdgeKind::Follows, setting, module, view.program.place(*node), Certainty::Inferred);
        }
    }
}

fn listed(lacking: &[(Text, Node)]) -> String {
    let named: Vec<String> = lacking.iter().take(NAMED).map(|(key, _)| format!("`{key}`")).collect();
    match lacking.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// The keys of a file that are no elements of lists.
fn keys<'v>(view: &View<'v>, file: FileId) -> impl Iterator<Item = &'v Setting> {
    let listed = |key: &Text| key.starts_with(|c: char| c.is_ascii_digit());
    let settings = view.program.file(file).settings.iter();
    settings.filter(move |s| s.kind == SettingKind::Entry && !s.keys.iter().any(listed))
}

/// The files beside one that code loads by its path, with nearly the same keys but not all of them.
fn variants<'v>(view: &View<'v>, loads: &BTreeMap<FileId, Load>) -> Vec<Variant<'v>> {
    let mut folders: BTreeMap<&str, Vec<FileId>> = BTreeMap::new();
    for file in loads.iter().filter(|(_, load)| load.named && load.root.is_none()).map(|(file, _)| *file) {
        folders.entry(parent(view.program.path(file))).or_default().push(file);
    }
    let mut found = Vec::new();
    for files in folders.values().filter(|files| files.len() > 1 && files.len() <= FAMILY) {
        let own: Vec<FxHashSet<&[Text]>> =
            files.iter().map(|file| keys(view, *file).map(|s| s.keys.as_slice()).collect()).collect();
        for (file, has) in files.iter().zip(&own) {
            for (model, all) in files.iter().zip(&own).filter(|(model, _)| *model != file) {
                let common = has.intersection(all).count();
                let together = has.len() + all.len() - common;
                // Where the same call loads both, one is surely taken for the other.
                let same = |file: &FileId| loads.get(file).map(|load| &load.by).filter(|by| !by.is_empty());
                let least = if same(file).is_some_and(|by| same(model) == Some(by)) { TOLD } else { ALIKE };
                if common < least || common * 4 < together * 3 {
                    continue;
                }
                let lacks: Vec<&Setting> =
                    keys(view, *model).filter(|setting| !has.contains(setting.keys.as_slice())).collect();
                if !lacks.is_empty() {
                    found.push(Variant { file: *file, model: *model, lacks });
                }
            }
        }
    }
    found
}

/// Where code reads those keys without a default, by file and key path.
fn reads(view: &View<'_>, known: &Known, wanted: &FxHashSet<Text>) -> FxHashMap<(FileId, Text), Node> {
    let mut found = FxHashMap::default();
    let mut before = Asked::default();
    for (def, node) in view.operations(known) {
        let key = match view.program.op(node).kind {
            OpKind::Index(_, key) => view.program.literal(Node { value: key, ..node }),
            OpKind::Attr(_, key) => Some(key),
            _ => None,
        };
        if !key.is_some_and(|key| wanted.contains(&key)) {
            continue;
        }
        let Some(of) = view.evaluator.settings_node(&Seen::anywhere(node)) else { continue };
        if !before.holds(view, def, &of.keys) && !data::is_gated(view, node) && !is_conditional(view, node) {
            found.entry((of.file, dotted(&of.keys))).or_insert(node);
        }
    }
    found
}

/// Runs an operation only on some condition? Then a file may do without what it reads.
fn is_conditional(view: &View<'_>, node: Node) -> bool {
    view.evaluator.branches.around(node).next().is_some()
}

/// The last key that a file has of those that stand before one that it lacks.
fn beside(view: &View<'_>, file: FileId, model: FileId, lacking: Text) -> Span {
    let own: FxHashMap<&[Text], Span> = keys(view, file).map(|s| (s.keys.as_slice(), s.span)).collect();
    let before = keys(view, model).take_while(|setting| dotted(&setting.keys) != lacking);
    before.filter_map(|setting| own.get(setting.keys.as_slice())).last().copied().unwrap_or_default()
}
