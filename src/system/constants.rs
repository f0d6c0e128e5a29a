//! Constants of modules that nobody mentions.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::relevance::mark;
use super::together::{MANY, tell};
use super::{Known, Role, View, has_other_name, is_value_used, records};
use crate::fact::{DefKind, Facts, OpKind, Text, Val};
use crate::source::{At, FileId, Kind, Span};
use crate::system::graph::{NodeId, System};
use crate::value::mentions::How;
use crate::vocabulary::NodeKind;

/// A module-level name in capitals, bound once to what is written out there.
struct Constant {
    file: FileId,
    name: Text,
    span: Span,
    value: Val,
    /// One of several codes that a format or protocol defines: the list is kept whole.
    listed: bool,
}

/// Adds a setting for every constant.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let mut unused: BTreeMap<FileId, Vec<NodeId>> = BTreeMap::new();
    for constant in all(view, known) {
        let at = At { file: constant.file, span: constant.span };
        let setting = system.add(NodeKind::Setting, constant.name, at, Text::from(view.program.path(constant.file)));
        system.say(setting, "form", "constant");
        system.say(setting, "role", known.roles[constant.file.index()].word());
        system.mark(setting, "defined");
        mark(system, setting, view.relevance.is_near(constant.file));
        let mentioned =
            known.mentions.of(constant.name).iter().any(|m| m.how != How::Parameter && m.how != How::Keyword);
        if mentioned
            || has_other_name(view, constant.file, constant.value)
            || constant.listed
            || view.lexicon.is_reserved(constant.name)
            || is_value_used(view, constant.file, constant.value)
        {
            system.mark(setting, "used");
        } else if known.roles[constant.file.index()] == Role::Prototype {
            tell(system, known, &[setting], "");
        } else {
            unused.entry(constant.file).or_default().push(setting);
        }
    }
    // Copies of a file have the same constants.
    let mut alike: BTreeMap<Text, Vec<NodeId>> = BTreeMap::new();
    for settings in unused.into_values() {
        match settings.len() {
            n if n >= MANY => tell(system, known, &settings, "of this file"),
            _ => settings.iter().for_each(|id| alike.entry(system.node(*id).name).or_default().push(*id)),
        }
    }
    for settings in alike.into_values() {
        tell(system, known, &settings, "of that name in other files");
    }
}

/// The names of all constants.
pub fn names<'v>(view: &'v View<'_>, known: &'v Known) -> impl Iterator<Item = Text> + 'v {
    all(view, known).map(|constant| constant.name)
}

fn all<'v>(view: &'v View<'_>, known: &'v Known) -> impl Iterator<Item = Constant> + 'v {
    let rust = records::in_programs(view, known);
    view.program.files().filter(move |file| looked_at(view, known, &rust, *file)).flat_map(|file| constants(view, file))
}

/// Of Rust, what programs of the repository run. What a module that nobody imports or starts defines, a framework reads by its names; what a package's `__init__`
/// defines, and what a file with `exec` or `globals` does, is not to be followed.
fn looked_at(view: &View<'_>, known: &Known, rust: &FxHashSet<FileId>, file: FileId) -> bool {
    let source = &view.program.sources[file.index()];
    if source.kind == Kind::Rust {
        return known.roles[file.index()] != Role::Test && rust.contains(&file);
    }
    source.kind == Kind::Python
        && known.roles[file.index()] != Role::Test
        && (view.reach.is_imported(file) || known.programs.contains(&file))
        && !source.path.ends_with("__init__.py")
        && !view.program.file(file).ops.iter().any(|op| matches!(op.kind, OpKind::Global(n) if n == "globals" || n == "locals" || n == "exec" || n == "__all__"))
}

fn constants(view: &View<'_>, file: FileId) -> Vec<Constant> {
    let facts = view.program.file(file);
    let Some(module) = facts.definitions.first() else { return Vec::new() };
    let mut bound: Vec<Constant> = Vec::new();
    let mut again: FxHashSet<Text> = FxHashSet::default();
    for value in module.body.clone() {
        let op = facts.op(value);
        if let OpKind::Bind(name, value) = op.kind {
            if bound.iter().any(|c| c.name == name) {
                again.insert(name);
            }
            if is_constant_name(&name) && is_written_out(view, file, value, 0) {
                bound.push(Constant { file, name, span: op.span, value, listed: false });
            }
        }
    }
    bound.retain(|c| !again.contains(&c.name));
    let mut families: FxHashMap<&str, Vec<i64>> = FxHashMap::default();
    for (family, code) in bound.iter().filter_map(|c| code(facts, c)) {
        families.entry(family).or_default().push(code);
    }
    families.retain(|_, codes| are_codes(codes));
    let listed: Vec<bool> =
        bound.iter().map(|c| code(facts, c).is_some_and(|(family, _)| families.contains_key(family))).collect();
    bound.iter_mut().zip(listed).for_each(|(constant, listed)| constant.listed = listed);
    bound
}

/// What the name of a whole number begins with, and the number: `F` and 128 of `F_LAST = 128`; nothing and 10 of
/// `DEBUG = 10`.
fn code<'t>(facts: &Facts, constant: &Constant) -> Option<(&'t str, i64)> {
    let family = constant.name.as_str().split_once('_').map_or("", |(family, _)| family);
    let OpKind::Int(code) = facts.op(constant.value).kind else { return None };
    Some((family, code))
}

/// The bits of a mask, or numbers that count on, in ones or in steps.
fn are_codes(codes: &[i64]) -> bool {
    let (Some(least), Some(most)) = (codes.iter().min(), codes.iter().max()) else { return false };
    let distinct = codes.iter().collect::<FxHashSet<_>>().len() == codes.len();
    let bits = codes.iter().all(|code| code.count_ones() <= 1);
    let counted = usize::try_from(most.saturating_sub(*least)).is_ok_and(|range| range < 2 * codes.len());
    let mut sorted = codes.to_vec();
    sorted.sort_unstable();
    let stepped = sorted.windows(3).all(|w| w[1].saturating_sub(w[0]) == w[2].saturating_sub(w[1]));
    codes.len() >= 3 && distinct && (bits || counted || stepped)
}

fn is_constant_name(name: &str) -> bool {
    name.len() > 2
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// A literal, or a collection of literals.
fn is_written_out(view: &View<'_>, file: FileId, value: Val, depth: usize) -> bool {
    let facts = view.program.file(file);
    match facts.op(value).kind {
        OpKind::Str(_) | OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_) => true,
        OpKind::List(run) | OpKind::Tuple(run) | OpKind::Dict(run) => {
            depth < 4 && facts.operands(run).iter().all(|o| is_written_out(view, file, o.value, depth + 1))
        }
        OpKind::Define(id) => facts.definitions.get(id as usize).is_none_or(|d| d.kind != DefKind::Class) && depth > 0,
        _ => false,
    }
}
