//! Composed settings: the groups and files that a `defaults` list names, and those that are not there.

use rustc_hash::FxHashSet;

use super::View;
use crate::fact::{OpKind, Role, Scalar, Setting, Text};
use crate::program::{join, parent};
use crate::source::{At, FileId, Kind};
use crate::system::graph::System;
use crate::vocabulary::NodeKind;

/// Adds a setting for every entry of a `defaults` list; it is defined if its file, or for nothing its folder, is there.
pub fn derive(view: &View<'_>, system: &mut System) {
    let folders = folders(view);
    for file in view.program.files().filter(|f| view.program.sources[f.index()].kind == Kind::Yaml) {
        let entries: Vec<(&Setting, String, Option<Text>)> = entries(&view.program.file(file).settings).collect();
        let root = parent(view.program.path(file));
        // A list of that name is a composition only if something that it names is there.
        let Some(root) = roots(root).find(|root| {
            entries.iter().any(|(_, group, option)| option.is_some_and(|o| is_there(view, root, group, &o)))
        }) else {
            continue;
        };
        for (setting, group, option) in &entries {
            add(view, system, file, setting, root, group, *option, &folders);
        }
    }
}

/// The folders whose files are composed: those in which the entries of a `defaults` list are.
pub fn compositions(view: &View<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for file in view.program.files().filter(|f| view.program.sources[f.index()].kind == Kind::Yaml) {
        let entries: Vec<(&Setting, String, Option<Text>)> = entries(&view.program.file(file).settings).collect();
        let composed = |root: &&str| {
            entries.iter().any(|(_, group, option)| option.is_some_and(|o| is_there(view, root, group, &o)))
        };
        found.extend(roots(parent(view.program.path(file))).find(composed).map(str::to_owned));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The folder itself and those above it: a primary file lies at the root, others in their groups.
fn roots(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |f| if f.is_empty() { None } else { Some(parent(f)) }).take(4)
}

/// Group and option of `- group: option`; an option of nothing leaves the group to the command line.
fn entries(settings: &[Setting]) -> impl Iterator<Item = (&Setting, String, Option<Text>)> {
    settings.iter().filter_map(|s| {
        let [list, _, group] = s.keys.as_slice() else { return None };
        let plain = group.split(['@', ' ']).next().unwrap_or_default();
        if list != "defaults" || group.starts_with("override ") || group.starts_with("optional ") || plain.contains('$')
        {
            return None;
        }
        match s.value {
            Scalar::Text(option) if !option.contains('$') => Some((s, plain.to_owned(), Some(option))),
            Scalar::Nothing => Some((s, plain.to_owned(), None)),
            _ => None,
        }
    })
}

fn is_there(view: &View<'_>, root: &str, group: &str, option: &str) -> bool {
    let path =
        join(root, &join(group.trim_start_matches('/'), option.trim_end_matches(".yaml").trim_end_matches(".yml")));
    view.program.at_path(&format!("{path}.yaml")).or_else(|| view.program.at_path(&format!("{path}.yml"))).is_some()
}

/// Does an entry name a file with its ending? What libraries bring has none.
fn is_own_file(option: Option<Text>) -> bool {
    option.is_some_and(|option| option.ends_with(".yaml") || option.ends_with(".yml"))
}

/// Does code register settings under a group: `store(group="x")`?
fn registers(view: &View<'_>, group: &str) -> bool {
    view.program.files().filter(|file| view.is_code(*file)).any(|file| {
        let facts = view.program.file(file);
        facts.operands.iter().any(|o| {
            let says = matches!(facts.op(o.value).kind, OpKind::Str(text) if text == group);
            says && matches!(o.role, Role::Named(name) if name == "group")
        })
    })
}

#[allow(clippy::too_many_arguments)]
fn add(
    view: &View<'_>,
    system: &mut System,
    file: FileId,
    setting: &Setting,
    root: &str,
    group: &str,
    option: Option<Text>,
    folders: &FxHashSet<&str>,
) {
    let folder = join(root, group.trim_start_matches('/'));
    let held = folders.contains(folder.as_str());
    let there = match option {
        Some(option) => is_there(view, root, group, &option),
        None => held,
    };
    // Groups that a library or plug-in brings have no folder here at all, and code registers some itself.
    if option.is_some() && !held && (!is_own_file(option) || registers(view, group)) {
        return;
    }
    let name = match option {
        Some(option) => format!("{group}: {option}"),
        None => group.to_owned(),
    };
    let at = At { file, span: setting.span };
    let node = system.add(NodeKind::Setting, Text::from(&name), at, Text::from(view.program.path(file)));
    system.say(node, "form", "group");
    if there {
        system.mark(node, "defined");
    }
}

fn folders<'a>(view: &View<'a>) -> FxHashSet<&'a str> {
    let mut folders = FxHashSet::default();
    for source in view.program.sources {
        let mut folder = parent(&source.path);
        while !folder.is_empty() && folders.insert(folder) {
            folder = parent(folder);
        }
    }
    folders
}
