//! Settings that stand in several places and disagree: defaults of the same variable, a place or address that code
//! writes out again, paths of one settings file that hold in different working directories, and files that are
//! loaded from outside the repository.

mod places;
mod shared;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::keys::near::Near;
use super::{Known, Role, View, environment};
use crate::fact::{Access, DefKind, OpKind, Role as ArgRole, Scalar, Text};
use crate::lexicon::TextRule;
use crate::program::{Def, Node, parent};
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::value::follow::Seen;
use crate::value::settings::SettingsIndex;
use crate::value::text::{Part, ROOT};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds a setting for each of them.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    defaults(view, system, known);
    paths(view, system, known);
    addresses(view, system, known);
    written_again(view, system, known);
    places::derive(view, system, known);
    shared::derive(view, system, known);
}

/// A variable whose name has so many words means one thing in a folder; `PORT` may mean one for each program.
const SPECIFIC: usize = 3;

/// A setting at one place, that another place contradicts.
struct Retold<'f> {
    form: &'f str,
    name: Text,
    at: At,
    other: At,
    value: String,
}

impl Retold<'_> {
    fn add(&self, view: &View<'_>, system: &mut System, known: &Known) {
        self.add_with(view, system, known, &[]);
    }

    /// Adds it with more places that contradict it.
    fn add_with(&self, view: &View<'_>, system: &mut System, known: &Known, more: &[At]) {
        let (at, other) = (self.at, self.other);
        let setting = system.add(NodeKind::Setting, self.name, at, Text::from(view.program.path(at.file)));
        system.say(setting, "form", self.form);
        system.say(setting, "role", known.roles[at.file.index()].word());
        system.say(setting, "value", &self.value);
        system.doubt(setting, Certainty::Inferred);
        for at in std::iter::once(&other).chain(more) {
            system.join_again(EdgeKind::Follows, setting, known.modules[at.file.index()], *at, Certainty::Inferred);
        }
    }
}

/// A path as it is written: how many folders it goes up, and where it stands.
type WrittenPath = (usize, String, At);

fn is_looked_at(known: &Known, file: FileId) -> bool {
    !matches!(known.roles[file.index()], Role::Test | Role::Prototype)
}

/// Variables of the environment that have one default here and another there.
fn defaults(view: &View<'_>, system: &mut System, known: &Known) {
    let mut by_name: BTreeMap<Text, Vec<(String, At)>> = BTreeMap::new();
    for (_, call) in view.calls().filter(|(_, call)| is_looked_at(known, call.file)) {
        let environment = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.text == Some(TextRule::Environment));
        if !view.types.callees(call).iter().any(environment) {
            continue;
        }
        let OpKind::Call(_, operands) = view.program.op(call).kind else { continue };
        let operands = view.program.operands(call.file, operands);
        let Some(name) = operands.first().and_then(|o| view.program.literal(Node { value: o.value, ..call })) else {
            continue;
        };
        let default = operands.iter().skip(1).find(|o| match o.role {
            ArgRole::Plain => true,
            ArgRole::Named(name) => name.starts_with("default"),
            _ => false,
        });
        // No default, or an empty one, is a question and no answer.
        let value = default.and_then(|o| shown(view.program.op(Node { value: o.value, ..call }).kind));
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            by_name.entry(name).or_default().push((value, view.program.place(call)));
        }
    }
    let fields = environment::taken(view).into_iter().filter(|(_, value)| is_looked_at(known, value.file));
    for (name, value) in fields {
        if let Some(shown) = shown(view.program.op(value).kind).filter(|v| !v.is_empty()) {
            by_name.entry(name).or_default().insert(0, (shown, view.program.place(value)));
        }
    }
    let mut near = Near::new(view);
    let shared = shared::Shared::new(view, known);
    for (name, places) in by_name {
        let Some((value, first)) = places.first().cloned() else { continue };
        // Programs that have nothing to do with each other may each have their own.
        let around = near.around(view, vec![first.file]);
        // Modules of one package, and variables that are called after what they are for, mean the same.
        let folder = |file: FileId| parent(view.program.path(file));
        let package =
            |file: FileId| !folder(file).is_empty() && folder(file) == folder(first.file) && name.contains('_');
        let specific = name.split('_').filter(|word| !word.is_empty()).count() >= SPECIFIC;
        let beside = |file: FileId| specific && is_beside(view.program.path(first.file), view.program.path(file));
        let differs = |(v, at): &&(String, At)| {
            let near =
                around.contains(&at.file) || package(at.file) || beside(at.file) || shared.join(first.file, at.file);
            *v != value && at.file != first.file && near
        };
        let mut others: Vec<(&String, At)> = Vec::new();
        for (other, at) in places.iter().filter(differs) {
            if others.iter().all(|(known, _)| *known != other) {
                others.push((other, *at));
            }
        }
        // A name that means three things in three places means none of them for certain.
        let many = many(view, &places);
        if many.len() > others.len() {
            others = many;
        }
        let Some((_, at)) = others.first().copied() else { continue };
        let mut values: Vec<String> = others.iter().map(|(other, _)| format!("`{other}`")).collect();
        values.push(format!("`{value}`"));
        let more: Vec<At> = others.iter().skip(1).map(|(_, at)| *at).collect();
        let value = listed(&values);
        Retold { form: "default", name, at, other: first, value }.add_with(view, system, known, &more);
    }
}

/// So many values in so many files show that a name is used for different things.
const MANY: usize = 3;

/// The other values of a variable of two words or more, if there are many in one project.
fn many<'p>(view: &View<'_>, places: &'p [(String, At)]) -> Vec<(&'p String, At)> {
    let Some((value, first)) = places.first() else { return Vec::new() };
    let project = |at: &At| view.program.path(at.file).split_once('/').map(|(top, _)| top);
    let mut found: Vec<(&String, At)> = Vec::new();
    for (other, at) in places {
        let new = other != value && found.iter().all(|(known, of)| *known != other && of.file != at.file);
        if new && at.file != first.file && project(at) == project(first) {
            found.push((other, *at));
        }
    }
    if found.len() + 1 < MANY { Vec::new() } else { found }
}

/// `a`, `b` and `c`.
fn listed(values: &[String]) -> String {
    match values {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => values.concat(),
    }
}

/// Does one of two files stand in a folder above the other, or in the same?
fn is_beside(one: &str, other: &str) -> bool {
    let holds = |folder: &str, path: &str| folder.is_empty() || path.starts_with(&format!("{folder}/"));
    holds(parent(one), other) || holds(parent(other), one)
}

fn shown(kind: OpKind) -> Option<String> {
    match kind {
        OpKind::Str(text) => Some(text.as_str().to_owned()),
        OpKind::Int(int) => Some(int.to_string()),
        OpKind::Float(bits) => Some(f64::from_bits(bits).to_string()),
        OpKind::Bool(on) => Some(on.to_string()),
        _ => None,
    }
}

/// Settings files that programs of one folder load by paths that hold in different working directories, and those that
/// lie outside the repository.
fn paths(view: &View<'_>, system: &mut System, known: &Known) {
    let mut loads: BTreeMap<(FileId, Text), Vec<WrittenPath>> = BTreeMap::new();
    for (text, origin) in literal_paths(view, known) {
        if text.starts_with(ROOT) || text.starts_with('/') {
            continue;
        }
        let Some(target) = SettingsIndex::file(view.program, origin.file, &text) else { continue };
        if view.program.file(target).settings.is_empty() {
            continue;
        }
        let bare = text.trim_start_matches("./");
        let up = bare.split('/').take_while(|part| *part == "..").count();
        let folder = Text::from(parent(view.program.path(origin.file)));
        loads.entry((target, folder)).or_default().push((up, text, view.program.place(origin)));
    }
    for ((target, _), places) in loads {
        let Some((up, text, first)) = places.first().cloned() else { continue };
        if let Some((_, other, at)) = places.iter().find(|(u, _, at)| *u != up && at.file != first.file) {
            let name = Text::from(view.program.path(target));
            let value = format!("`{other}` and `{text}`");
            Retold { form: "path", name, at: *at, other: first, value }.add(view, system, known);
        }
    }
}

/// The paths that are written out in one piece, of files that are read or taken for settings.
fn literal_paths(view: &View<'_>, known: &Known) -> Vec<(String, Node)> {
    let mut found = Vec::new();
    let mut add = |text: &str, origin: Option<Node>| {
        let written = origin.filter(|o| view.program.literal(*o).is_some_and(|literal| literal == text));
        found.extend(written.map(|origin| (text.to_owned(), origin)));
    };
    for touch in view.touches.all.iter().filter(|t| t.access == Access::Read && is_looked_at(known, t.call.file)) {
        if let [Part::Text(text)] = touch.pattern.as_slice() {
            add(text, touch.origin);
        }
    }
    for (_, call) in view.calls().filter(|(_, call)| is_looked_at(known, call.file)) {
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            let Some(slot) = meaning.place.as_ref().filter(|_| meaning.parses_settings) else { continue };
            let Some(place) = view.types.slot(call, slot) else { continue };
            let texts = view.evaluator.texts(&Seen::anywhere(place));
            if let [pattern] = texts.patterns.as_slice()
                && let [Part::Text(text)] = pattern.as_slice()
            {
                add(text, texts.origin);
            }
        }
    }
    found.sort_by_key(|(_, origin)| *origin);
    found.dedup();
    found
}

/// Addresses under one name, in a settings file and in code, on one host and yet different.
fn addresses(view: &View<'_>, system: &mut System, known: &Known) {
    let mut set: FxHashMap<Text, Vec<(String, At)>> = FxHashMap::default();
    for file in view.program.files().filter(|f| is_looked_at(known, *f)) {
        for setting in &view.program.file(file).settings {
            if let (Some(key), Scalar::Text(text)) = (setting.keys.last(), setting.value)
                && host(&text).is_some()
            {
                set.entry(*key).or_default().push((text.as_str().to_owned(), At { file, span: setting.span }));
            }
        }
    }
    if set.is_empty() {
        return;
    }
    for file in view.program.files().filter(|f| view.is_code(*f) && is_looked_at(known, *f)) {
        let facts = view.program.file(file);
        let Some(module) = facts.definitions.first() else { continue };
        for value in module.body.clone() {
            let OpKind::Bind(name, of) = facts.op(value).kind else { continue };
            let Some(text) = view.program.literal(Node { file, value: of }) else { continue };
            let same = |(other, _): &&(String, At)| host(other) == host(&text) && other != text.as_str();
            if host(&text).is_some()
                && let Some((_, other)) = set.get(&name).and_then(|places| places.iter().find(same))
            {
                let at = view.program.place(Node { file, value });
                let value = "another address on the same host".to_owned();
                Retold { form: "retold", name, at, other: *other, value }.add(view, system, known);
            }
        }
    }
}

/// The host of an address.
fn host(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    (scheme.bytes().all(|b| b.is_ascii_alphanumeric()) && host.contains('.') && rest.len() > host.len() + 1)
        .then_some(host)
}

/// Paths of a settings class that code which imports it writes out again.
fn written_again(view: &View<'_>, system: &mut System, known: &Known) {
    let paths = settings_paths(view, known);
    if paths.is_empty() {
        return;
    }
    for (_, call) in view.calls().filter(|(_, call)| is_looked_at(known, call.file)) {
        let joins = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.text == Some(TextRule::Join));
        if !view.types.callees(call).iter().any(joins) {
            continue;
        }
        let imported: Vec<FileId> = view.program.imported_files(call.file).map(|(file, _)| file).collect();
        let near: Vec<_> = paths.iter().filter(|(def, ..)| imported.contains(&def.file)).collect();
        if near.is_empty() || !begins_with_texts(view, call) {
            continue;
        }
        let texts = view.evaluator.texts(&Seen::anywhere(call));
        let Some(Part::Text(text)) = texts.patterns.first().and_then(|p| p.first()) else { continue };
        let below = |path: &str| text.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if let Some((class, name, path, at)) = near.into_iter().find(|(_, _, path, _)| below(path)) {
            let full = format!("{}.{name}", view.program.definition(*class).name);
            let (name, value) = (Text::from(&full), path.to_owned());
            Retold { form: "retold", name, at: view.program.place(call), other: *at, value }.add(view, system, known);
        }
    }
}

/// Are the first two parts of a path written out where they are joined?
fn begins_with_texts(view: &View<'_>, call: Node) -> bool {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return false };
    let mut parts = view.program.operands(call.file, operands).iter().map(|o| Node { value: o.value, ..call });
    let literal = |node: Option<Node>| node.and_then(|n| view.program.literal(n));
    match literal(parts.next()) {
        Some(first) => first.contains('/') || literal(parts.next()).is_some(),
        None => false,
    }
}

/// The folders and files, of two parts at least, that settings classes name.
fn settings_paths(view: &View<'_>, known: &Known) -> Vec<(Def, Text, String, At)> {
    let mut found = Vec::new();
    for index in 0..view.program.def_count() {
        let class = view.program.def_at(index);
        let definition = view.program.definition(class);
        let settings = ["Config", "Settings", "Paths"].iter().any(|end| definition.name.ends_with(end));
        if definition.kind != DefKind::Class || !settings || !is_looked_at(known, class.file) {
            continue;
        }
        for value in definition.body.clone() {
            let node = Node { file: class.file, value };
            let OpKind::Bind(name, of) = view.program.op(node).kind else { continue };
            let texts = view.evaluator.texts(&Seen::anywhere(Node { value: of, ..node }));
            if let [pattern] = texts.patterns.as_slice()
                && let [Part::Text(path)] = pattern.as_slice()
                && path.contains('/')
                && !path.contains("://")
            {
                found.push((class, name, path.clone(), view.program.place(node)));
            }
        }
    }
    found
}
