//! Settings files that the repository's own code loads, by path, by convention, or as what a command line names.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{Declaration, Scalar, Text};
use crate::source::{FileId, Kind};
use crate::system::derive::{Known, Role, View, groups};
use crate::system::follow::Seen;
use crate::system::place::fits;
use crate::system::program::{join, parent};
use crate::system::settings::SettingsIndex;
use crate::system::text::{Part, Pattern, ROOT};
use crate::system::types::Callee;

/// How code comes by a settings file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// It names the file, or a convention does.
    Named,
    /// It loads files that somebody names at run time; this may be one.
    Chosen,
}

/// The settings files that code loads.
pub fn loads(view: &View<'_>, known: &Known) -> Vec<(FileId, Way)> {
    let mut ways: FxHashMap<FileId, Way> = FxHashMap::default();
    let chosen = named(view, &mut ways);
    declared(view, &mut ways);
    for root in groups::compositions(view) {
        let below = view.program.files().filter(|file| is_below(view.program.path(*file), &root));
        ways.extend(below.map(|file| (file, Way::Named)));
    }
    let forms = &view.lexicon.orchestrators.catalogs;
    for file in view.program.files() {
        let path = view.program.path(file);
        let inside = |folder: &str| path.starts_with(&format!("{folder}/")) || path.contains(&format!("/{folder}/"));
        if forms.iter().any(|form| inside(&form.folder) && form.is_parameters(path)) {
            ways.insert(file, Way::Named);
        }
    }
    if !chosen.is_empty() {
        for file in view.program.files().filter(|file| chosen.contains(&project(view.program.path(*file)))) {
            ways.entry(file).or_insert(Way::Chosen);
        }
    }
    let mut loads: Vec<(FileId, Way)> = ways.into_iter().filter(|(file, _)| is_settings(view, known, *file)).collect();
    loads.sort_unstable();
    loads
}

/// The top folder of a path: what lies in another may be another project.
fn project(path: &str) -> &str {
    path.split_once('/').map_or("", |(top, _)| top)
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// A file of settings, read whole, that is neither a test's nor another tool's.
fn is_settings(view: &View<'_>, known: &Known, file: FileId) -> bool {
    let source = &view.program.sources[file.index()];
    let facts = view.program.file(file);
    let hidden = source.path.split('/').any(|part| part.starts_with('.'));
    matches!(source.kind, Kind::Yaml | Kind::Toml | Kind::Json | Kind::Ini)
        && known.roles[file.index()] != Role::Test
        && !hidden
        && facts.problems.is_empty()
        && facts.declarations.is_empty()
        && !view.lexicon.keys.is_foreign(source.path.rsplit('/').next().unwrap_or_default())
}

/// Files whose path code says; answers with the projects whose code loads what it cannot tell.
fn named<'a>(view: &View<'a>, ways: &mut FxHashMap<FileId, Way>) -> FxHashSet<&'a str> {
    let mut chosen = FxHashSet::default();
    for (_, call) in view.calls() {
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            if !meaning.parses_settings {
                continue;
            }
            let place = meaning.place.as_ref().and_then(|slot| view.types.slot(call, slot));
            let texts = place.map(|node| view.evaluator.texts(&Seen::anywhere(node))).unwrap_or_default();
            let from = view.program.path(call.file);
            let mut found = false;
            for pattern in &texts.patterns {
                let files = files(view, call.file, pattern);
                found |= !files.is_empty();
                ways.extend(files.into_iter().map(|file| (file, Way::Named)));
            }
            if !found {
                chosen.insert(project(from));
            }
        }
    }
    chosen
}

/// The files that a path with holes may mean.
fn files(view: &View<'_>, from: FileId, pattern: &Pattern) -> Vec<FileId> {
    if let Some(path) = view.evaluator.plain(pattern) {
        let path = path.strip_prefix(ROOT).unwrap_or(&path);
        return SettingsIndex::file(view.program, from, path).into_iter().collect();
    }
    let mut text = String::new();
    for part in pattern {
        match part {
            Part::Text(piece) => text.push_str(piece),
            _ if text.ends_with("{}") => {}
            _ => text.push_str("{}"),
        }
    }
    let text = text.strip_prefix(ROOT).unwrap_or(&text).trim_start_matches("./").to_owned();
    let told = text.split('/').any(|part| !part.contains("{}") && part.len() > 2 && !part.starts_with('.'));
    if !text.contains("{}") || !told {
        return Vec::new();
    }
    let below = join(parent(view.program.path(from)), &text);
    view.program.files().filter(|f| [&text, &below].iter().any(|t| fits(t, view.program.path(*f)))).collect()
}

/// Files whose keys a step declares as its parameters.
fn declared(view: &View<'_>, ways: &mut FxHashMap<FileId, Way>) {
    for file in view.program.files() {
        for declaration in &view.program.file(file).declarations {
            let Declaration::Step(step) = declaration else { continue };
            let folder = join(parent(view.program.path(file)), &step.folder);
            let params = step.params.iter().map(|word| join(&folder, &word.text));
            ways.extend(params.filter_map(|path| view.program.at_path(&path)).map(|file| (file, Way::Named)));
        }
    }
}

