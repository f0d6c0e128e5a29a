//! Settings of one map, in a file, a call or a dict of code, that do not go together.

use rustc_hash::FxHashSet;

use super::{Known, Role, View};
use crate::fact::{OpKind, Operand, Role as ArgRole, Setting, SettingKind, Text};
use crate::lexicon::Constraint;
use crate::program::Node;
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A setting with the path of its key.
struct Set {
    path: Vec<Text>,
    value: String,
    at: At,
}

/// Adds a setting for every combination that must not be.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let constraints: Vec<&Constraint> = view.lexicon.constraints.iter().chain(&view.told.constraints).collect();
    let keys: FxHashSet<Text> = constraints
        .iter()
        .flat_map(|constraint| constraint.paths())
        .filter_map(|path| path.last().copied().map(Text::from))
        .collect();
    for file in view.program.files().filter(|file| known.roles[file.index()] != Role::Test) {
        for map in maps(view, file, &keys) {
            for constraint in &constraints {
                for found in broken(constraint, &map) {
                    add(view, system, known, constraint, &found);
                }
            }
        }
    }
}

/// The settings of a file as one map, and each call and dict of its code as one.
fn maps(view: &View<'_>, file: FileId, keys: &FxHashSet<Text>) -> Vec<Vec<Set>> {
    let facts = view.program.file(file);
    let asked = |s: &&Setting| s.kind == SettingKind::Entry && s.keys.last().is_some_and(|key| keys.contains(key));
    let entries = facts.settings.iter().filter(asked);
    let entry =
        |s: &Setting| Some(Set { path: s.keys.to_vec(), value: s.value.text()?, at: At { file, span: s.span } });
    let mut maps = vec![entries.filter_map(entry).collect::<Vec<_>>()];
    for op in &facts.ops {
        let (OpKind::Call(_, operands) | OpKind::Dict(operands)) = op.kind else { continue };
        let operands = view.program.operands(file, operands);
        let numbers = (0..operands.len()).filter(|number| match operands[*number].role {
            ArgRole::Named(name) => keys.contains(&name),
            ArgRole::Key => true,
            _ => false,
        });
        let map: Vec<Set> = numbers.filter_map(|number| set(view, file, operands, number)).collect();
        if map.len() > 1 {
            maps.push(map);
        }
    }
    maps
}

/// A keyword argument, or a key of a dict with its value, where both are written out.
fn set(view: &View<'_>, file: FileId, operands: &[Operand], number: usize) -> Option<Set> {
    let (key, value) = match operands[number].role {
        ArgRole::Named(name) => (name, operands[number].value),
        ArgRole::Key => {
            let key = view.program.literal(Node { file, value: operands[number].value })?;
            (key, operands.get(number + 1)?.value)
        }
        _ => return None,
    };
    let text = match view.program.file(file).op(value).kind {
        OpKind::Str(text) => text.as_str().to_owned(),
        OpKind::Int(int) => int.to_string(),
        OpKind::Float(bits) => f64::from_bits(bits).to_string(),
        OpKind::Bool(value) => value.to_string(),
        _ => return None,
    };
    Some(Set { path: vec![key], value: text, at: view.program.place(Node { file, value }) })
}

/// The combinations of a map that a constraint forbids.
fn broken<'m>(constraint: &Constraint, map: &'m [Set]) -> Vec<Vec<&'m Set>> {
    let paths: Vec<Vec<&str>> = constraint.paths().collect();
    let Some((first, others)) = paths.split_first() else { return Vec::new() };
    let ends = |set: &Set, path: &[&str]| {
        set.path.len() >= path.len() && set.path[set.path.len() - path.len()..].iter().zip(path).all(|(a, b)| a == b)
    };
    let starts = map.iter().filter(|set| ends(set, first) && constraint.holds(0, &set.value));
    let whole = |start: &'m Set| {
        let base = &start.path[..start.path.len() - first.len()];
        let mut found = vec![start];
        for (number, path) in (1..).zip(others) {
            let same =
                |set: &&Set| set.path.len() == base.len() + path.len() && set.path.starts_with(base) && ends(set, path);
            found.push(map.iter().find(same).filter(|set| constraint.holds(number, &set.value))?);
        }
        Some(found)
    };
    starts.filter_map(whole).collect()
}

fn add(view: &View<'_>, system: &mut System, known: &Known, constraint: &Constraint, found: &[&Set]) {
    let shown = |set: &&Set| format!("`{}: {}`", set.path.last().map_or("", |key| key.as_str()), set.value);
    let name = found.iter().map(shown).collect::<Vec<_>>().join(" and ");
    let Some(last) = found.iter().max_by_key(|set| set.at) else { return };
    let file = last.at.file;
    let setting = system.add(NodeKind::Setting, Text::from(&name), last.at, Text::from(view.program.path(file)));
    system.say(setting, "form", "incompatible");
    system.say(setting, "role", known.roles[file.index()].word());
    system.say(setting, "value", &constraint.because);
    for set in found {
        system.join_again(EdgeKind::Follows, setting, known.modules[file.index()], set.at, Certainty::Seen);
    }
}
