//! Values of one environment that stand under another: `prod` with the bucket of `dev`.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::{Known, Role, View};
use crate::fact::{OpKind, Role as ArgRole, Scalar, Setting, SettingKind, Text};
use crate::program::Node;
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Values in values are looked through no deeper than this.
const DEPTH: usize = 8;

/// A text somewhere below the name of an environment.
struct Leaf {
    path: String,
    text: Text,
    at: At,
}

/// What one map, or one of several files, holds for one environment.
struct Environment {
    name: Text,
    /// Its place among all, from the developer's on.
    rank: usize,
    leaves: Vec<Leaf>,
}

/// Adds a setting for every such value.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let files = || view.program.files().filter(|file| known.roles[file.index()] != Role::Test);
    for file in files() {
        let maps = if view.is_code(file) { written(view, file) } else { set(view, file) };
        maps.iter().for_each(|map| judge(view, system, known, map));
    }
    let settings = files().filter(|file| !view.is_code(*file) && !view.program.file(*file).settings.is_empty());
    families(view, settings).iter().for_each(|family| judge(view, system, known, family));
}

/// A text names an earlier environment beside its own, stands there at the same place, and does not name its own.
fn judge(view: &View<'_>, system: &mut System, known: &Known, map: &[Environment]) {
    for of in map {
        for leaf in &of.leaves {
            let named = named(view, &leaf.text);
            let others = || map.iter().filter(|other| other.rank < of.rank && named.contains(&other.rank));
            let same = |other: &Environment| {
                other.leaves.iter().find(|l| l.path == leaf.path && l.text == leaf.text).map(|l| (other.name, l.at))
            };
            // The name of a variable means the same everywhere.
            let is_name = !leaf.text.bytes().any(|b| b.is_ascii_lowercase());
            if is_name || named.contains(&of.rank) || is_common(map, leaf) {
                continue;
            }
            let Some((owner, there)) = others().find_map(same) else { continue };
            let name = Text::from(&format!("{}{}", of.name, leaf.path));
            let file = leaf.at.file;
            let setting = system.add(NodeKind::Setting, name, leaf.at, Text::from(view.program.path(file)));
            system.say(setting, "form", "environment");
            system.say(setting, "role", known.roles[file.index()].word());
            system.say(setting, "value", &leaf.text);
            system.say(setting, "belongs", &owner);
            system.doubt(setting, Certainty::Inferred);
            system.join(EdgeKind::Follows, setting, known.modules[file.index()], there, Certainty::Inferred);
        }
    }
}

/// Do all environments, three at least, hold the same at that place? Then it is one thing for all, whatever its name.
fn is_common(map: &[Environment], leaf: &Leaf) -> bool {
    let has = |of: &Environment| of.leaves.iter().any(|l| l.path == leaf.path && l.text == leaf.text);
    map.len() >= 3 && map.iter().all(has)
}

/// The environments that a text names; a device's path names none.
fn named(view: &View<'_>, text: &str) -> FxHashSet<usize> {
    let is_device = text.starts_with("/dev/");
    words(text).filter(|_| !is_device).filter_map(|word| view.lexicon.keys.environment(&word)).collect()
}

/// The words of a text, in small letters.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_ascii_lowercase)
}

/// An environment of that name, with nothing in it yet.
fn environment(view: &View<'_>, name: Text) -> Option<Environment> {
    let rank = view.lexicon.keys.environment(&name.to_ascii_lowercase())?;
    Some(Environment { name, rank, leaves: Vec::new() })
}

/// The maps by environment that code writes out.
fn written(view: &View<'_>, file: FileId) -> Vec<Vec<Environment>> {
    let mut maps = Vec::new();
    for op in &view.program.file(file).ops {
        let OpKind::Dict(operands) = op.kind else { continue };
        let operands = view.program.operands(file, operands);
        let mut map = Vec::new();
        for pair in operands.windows(2).filter(|pair| pair[0].role == ArgRole::Key) {
            let key = view.program.literal(Node { file, value: pair[0].value });
            let Some(mut of) = key.and_then(|key| environment(view, key)) else { continue };
            texts(view, Node { file, value: pair[1].value }, "", 0, &mut of.leaves);
            map.push(of);
        }
        maps.extend((map.len() > 1).then_some(map));
    }
    maps
}

/// The texts that are written out in a value, each with its way down from there.
fn texts(view: &View<'_>, node: Node, path: &str, depth: usize, leaves: &mut Vec<Leaf>) {
    if depth > DEPTH {
        return;
    }
    let below = |value| Node { value, ..node };
    match view.program.op(node).kind {
        OpKind::Str(text) => leaves.push(Leaf { path: path.to_owned(), text, at: view.program.place(node) }),
        OpKind::Dict(operands) => {
            for pair in view.program.operands(node.file, operands).windows(2).filter(|p| p[0].role == ArgRole::Key) {
                if let Some(key) = view.program.literal(below(pair[0].value)) {
                    texts(view, below(pair[1].value), &format!("{path}.{key}"), depth + 1, leaves);
                }
            }
        }
        OpKind::Call(_, operands) | OpKind::List(operands) | OpKind::Tuple(operands) => {
            for (index, operand) in view.program.operands(node.file, operands).iter().enumerate() {
                let key = match operand.role {
                    ArgRole::Named(name) => name.as_str().to_owned(),
                    _ => index.to_string(),
                };
                texts(view, below(operand.value), &format!("{path}.{key}"), depth + 1, leaves);
            }
        }
        _ => {}
    }
}

/// Settings files whose paths differ in nothing but the name of the environment: `conf/dev.yaml` and `conf/prod.yaml`.
fn families(view: &View<'_>, files: impl Iterator<Item = FileId>) -> Vec<Vec<Environment>> {
    let mut families: BTreeMap<(&str, &str), Vec<Environment>> = BTreeMap::new();
    for file in files {
        let path = view.program.path(file);
        let mut rest = path.len();
        let mut told = path.rsplit(|c: char| !c.is_ascii_alphanumeric()).filter_map(|word| {
            let (start, end) = (rest - word.len(), rest);
            rest = start.saturating_sub(1);
            Some((environment(view, Text::from(word))?, &path[..start], &path[end..]))
        });
        // A path that names two, or one twice, does not say for which it is.
        let (Some((mut of, before, after)), None) = (told.next(), told.next()) else { continue };
        for setting in view.program.file(file).settings.iter().filter(|s| s.kind == SettingKind::Entry) {
            if let Scalar::Text(text) = setting.value {
                let path: String = setting.keys.iter().map(|key| format!(".{key}")).collect();
                of.leaves.push(Leaf { path, text, at: At { file, span: setting.value_span } });
            }
        }
        families.entry((before, after)).or_default().push(of);
    }
    families.into_values().filter(|family| family.len() > 1).collect()
}

/// The maps by environment that a settings file holds.
fn set(view: &View<'_>, file: FileId) -> Vec<Vec<Environment>> {
    let settings = &view.program.file(file).settings;
    let is_map = |(_, s): &(usize, &Setting)| matches!(s.value, Scalar::Map(_));
    let named = settings.iter().enumerate().filter(is_map);
    let mut maps: Vec<(&[Text], Vec<Environment>)> = Vec::new();
    for (index, setting) in named {
        let Some((name, above)) = setting.keys.split_last() else { continue };
        let Some(mut of) = environment(view, *name) else { continue };
        for inner in settings[index + 1..].iter().take_while(|s| s.keys.starts_with(&setting.keys)) {
            if let Scalar::Text(text) = inner.value {
                let path: String = inner.keys[setting.keys.len()..].iter().map(|key| format!(".{key}")).collect();
                of.leaves.push(Leaf { path, text, at: At { file, span: inner.value_span } });
            }
        }
        match maps.iter_mut().find(|(at, _)| *at == above) {
            Some((_, map)) => map.push(of),
            None => maps.push((above, vec![of])),
        }
    }
    maps.into_iter().map(|(_, map)| map).filter(|map| map.len() > 1).collect()
}
