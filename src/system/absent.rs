//! Settings files that code loads by their path, and that the repository neither holds nor makes.

use std::collections::BTreeMap;

use super::{Known, Role, View, data};
use crate::fact::{Access, Scalar, Setting, Text};
use crate::program::Node;
use crate::source::At;
use crate::system::graph::System;
use crate::value::follow::Seen;
use crate::value::settings::SettingsIndex;
use crate::value::spelling::fits;
use crate::value::text::{Part, ROOT};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// The endings of files that hold settings rather than data.
const ENDINGS: [&str; 6] = [".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf"];

/// Adds a setting for every such file.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let mut found: BTreeMap<String, Vec<Node>> = BTreeMap::new();
    let excused = excused(view);
    for (_, call) in view.calls() {
        if matches!(known.roles[call.file.index()], Role::Test | Role::Prototype) {
            continue;
        }
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            let place = meaning.place.as_ref().filter(|_| meaning.parses_settings);
            let Some(place) = place.and_then(|slot| view.types.slot(call, slot)) else { continue };
            let texts = view.evaluator.texts(&Seen::anywhere(place));
            // One of several paths may be there.
            let [pattern] = texts.patterns.as_slice() else { continue };
            match pattern.as_slice() {
                [Part::Text(path)] if is_absent(view, call, path, &excused, false) => {
                    found.entry(path.clone()).or_default().push(call);
                }
                // A default that nobody need keep, unless it is plain which file it means.
                [Part::Option(number)] => {
                    let Some(option) = view.evaluator.options.get(*number) else { continue };
                    let Some(path) = view.evaluator.default_text(*number) else { continue };
                    if is_absent(view, call, &path, &excused, true) && has_sibling(view, call, &path) {
                        found.entry(path).or_default().push(option.call);
                    }
                }
                _ => {}
            }
        }
    }
    for (path, calls) in found {
        let Some(call) = calls.first().copied() else { continue };
        let name = Text::from(path.strip_prefix(ROOT).unwrap_or(&path).trim_start_matches(['.', '/']));
        let at = view.program.place(call);
        let setting = system.add(NodeKind::Setting, name, at, view.symbol(view.program.owner(call)));
        system.say(setting, "form", "absent");
        system.say(setting, "role", known.roles[call.file.index()].word());
        system.doubt(setting, Certainty::Inferred);
        for other in &calls {
            let At { file, span } = view.program.place(*other);
            system.join_again(
                EdgeKind::Follows,
                setting,
                known.modules[file.index()],
                At { file, span },
                Certainty::Inferred,
            );
        }
    }
}

/// Is a path that of settings which must be there, and are not? If it is `meant` to be there, no file that is like it
/// stands for it.
fn is_absent(view: &View<'_>, call: Node, path: &str, excused: &[String], meant: bool) -> bool {
    let path = path.strip_prefix(ROOT).unwrap_or(path);
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let keys = &view.lexicon.keys;
    let holds_settings = |lower: &str| ENDINGS.iter().any(|ending| lower.ends_with(ending)) && !lower.contains('{');
    if !holds_settings(&lower) || keys.is_foreign(name) || keys.is_secret(&lower) {
        return false;
    }
    let place = view.placer.path(path, call.file, None);
    let is_there = SettingsIndex::file(view.program, call.file, path).is_some()
        || [path, &place.name].iter().any(|path| view.program.keeps(path))
        || (!meant && has_like(view, name));
    let is_excused = excused.iter().any(|pattern| fits(pattern, name));
    !is_there && !is_excused && !data::is_gated(view, call) && !is_said(view, name)
}

/// The names of files that code writes, or opens only if they are there; holes as `{}`.
fn excused(view: &View<'_>) -> Vec<String> {
    let part = |part: &Part| if let Part::Text(text) = part { text.clone() } else { "{}".to_owned() };
    let touches = view.touches.all.iter().filter(|touch| match touch.access {
        Access::Write | Access::Append => true,
        Access::Read => data::is_gated(view, touch.call),
        Access::Delete => false,
    });
    let names = touches.map(|touch| touch.pattern.iter().map(part).collect::<String>());
    let mut names: Vec<String> = names.map(|path| path.rsplit('/').next().unwrap_or_default().to_owned()).collect();
    names.retain(|name| name.replace("{}", "").len() > 1);
    names.sort_unstable();
    names.dedup();
    names
}

/// Is there a file of that name anywhere, or one to be copied: `config.example.yaml`, `config.yaml.sample`?
fn has_like(view: &View<'_>, name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    view.program.paths().any(|path| {
        let other = path.rsplit('/').next().unwrap_or(path);
        let mut words = other.split(['.', '_', '-']);
        other == name || (other.contains(stem) && words.any(|word| view.lexicon.keys.is_template(word)))
    })
}

/// Is there a file of that name beside it, with another ending?
fn has_sibling(view: &View<'_>, call: Node, path: &str) -> bool {
    let place = view.placer.path(path, call.file, None).name;
    let stem = |path: &str| path.rsplit_once('.').map(|(stem, _)| stem.to_owned());
    let Some(wanted) = stem(&place) else { return false };
    view.program.paths().any(|other| stem(other).as_ref() == Some(&wanted))
}

/// Does a command, an image or another file of settings name the file? Then it comes from there.
fn is_said(view: &View<'_>, name: &str) -> bool {
    view.program.facts.iter().any(|facts| {
        let set = |s: &Setting| {
            s.keys.last().is_some_and(|key| key == name) || matches!(s.value, Scalar::Text(text) if text.contains(name))
        };
        facts.commands.iter().flat_map(|c| &c.words).any(|word| word.contains(name)) || facts.settings.iter().any(set)
    })
}
