//! Features that a Cargo.toml offers and that turn nothing on.

use super::together::tell;
use super::{Known, Role, View};
use crate::fact::{Scalar, Setting, Text};
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::vocabulary::NodeKind;

/// The names of all features, and the variables by which a build script knows them.
pub fn names<'v>(view: &'v View<'_>) -> impl Iterator<Item = Text> + 'v {
    view.program.files().flat_map(|file| features(view, file)).flat_map(|(name, _)| [name, variable(name)])
}

/// Adds a setting for every feature.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    for file in view.program.files() {
        if known.roles[file.index()] == Role::Test {
            continue;
        }
        let mut unused = Vec::new();
        for (name, setting) in features(view, file) {
            let at = At { file, span: setting.span };
            let node = system.add(NodeKind::Setting, name, at, Text::from(view.program.path(file)));
            system.say(node, "form", "feature");
            system.say(node, "role", known.roles[file.index()].word());
            system.mark(node, "defined");
            let empty = matches!(setting.value, Scalar::List(0));
            let named = [name, variable(name)].iter().any(|name| {
                let mentions = known.mentions.of(*name);
                // Its own key is one.
                mentions.iter().any(|m| m.value.is_some())
            });
            if !empty || named || is_listed(view, name) {
                system.mark(node, "used");
            } else {
                unused.push(node);
            }
        }
        tell(system, known, &unused, "of this file");
    }
}

fn features<'v>(view: &'v View<'_>, file: FileId) -> impl Iterator<Item = (Text, &'v Setting)> + 'v {
    let cargo = view.program.path(file).rsplit('/').next() == Some("Cargo.toml");
    let settings = view.program.file(file).settings.iter().filter(move |_| cargo);
    settings.filter_map(|setting| match setting.keys.as_slice() {
        [table, name] if table == "features" && name != "default" => Some((*name, setting)),
        _ => None,
    })
}

/// How a build script asks for a feature.
fn variable(name: Text) -> Text {
    Text::from(&format!("CARGO_FEATURE_{}", name.to_ascii_uppercase().replace('-', "_")))
}

/// Does any list of a Cargo.toml name the feature: another feature's, a dependency's, a program's?
fn is_listed(view: &View<'_>, name: Text) -> bool {
    let files = view.program.files().filter(|file| view.program.path(*file).ends_with("Cargo.toml"));
    let mut settings = files.flat_map(|file| &view.program.file(file).settings);
    settings.any(|setting| {
        let listed =
            setting.keys.len() > 1 && setting.keys.last().is_some_and(|k| k.bytes().all(|b| b.is_ascii_digit()));
        let of = |text: Text| {
            text.as_str().rsplit('/').next().is_some_and(|last| last.trim_end_matches('?') == name.as_str())
        };
        listed && matches!(setting.value, Scalar::Text(text) if of(text))
    })
}
