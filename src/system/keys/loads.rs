//! Settings files that the repository's own code loads, by path, by convention, or as what a command line names.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{Access, Declaration, Text};
use crate::program::{Node, join, parent};
use crate::source::{FileId, Kind};
use crate::system::{Known, Role, View, groups};
use crate::value::follow::Seen;
use crate::value::settings::SettingsIndex;
use crate::value::spelling::{fits, segments};
use crate::value::text::{Part, Pattern, ROOT};
use crate::value::touches::Touch;
use crate::value::types::Callee;

/// Keys that two files of one folder have in common, at least, if they are variants of each other.
const ALIKE: usize = 4;

/// Files that a variant is compared with.
const MODELS: usize = 8;

/// How code comes by a settings file.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// Code names the file, or a convention does; else it is one of those that somebody may name at run time.
    pub named: bool,
    /// The calls that load it; none if a convention does.
    pub by: BTreeSet<Node>,
    /// The folder of which its own folders are the groups of a composition.
    pub root: Option<String>,
}

impl Load {
    fn named(&mut self, by: Option<Node>) {
        self.named = true;
        self.by.extend(by);
    }
}

/// The settings files that code loads.
pub fn loads(view: &View<'_>, known: &Known) -> BTreeMap<FileId, Load> {
    let mut loads: BTreeMap<FileId, Load> = BTreeMap::new();
    let chosen = named(view, &mut loads);
    conventions(view, &mut loads);
    variants(view, &mut loads);
    for file in view.program.files() {
        if let Some(by) = chosen.get(project(view.program.path(file))) {
            let load = loads.entry(file).or_default();
            if !load.named {
                load.by.extend(by.iter().copied());
            }
        }
    }
    let written = written(view);
    loads.retain(|file, _| is_settings(view, known, *file) && !written.contains(file));
    loads
}

/// Files that code itself writes: what stands in them is a result, and nobody set it.
pub fn written(view: &View<'_>) -> FxHashSet<FileId> {
    let writes = view.touches.all.iter().filter(|touch| matches!(touch.access, Access::Write | Access::Append));
    let file = |touch: &Touch<'_>| {
        let text = view.evaluator.plain(&touch.pattern)?;
        let path = text.rsplit(ROOT).next().unwrap_or(&text);
        let home = view.placer.home(touch.call.file);
        let at = |base: &str| view.program.at_path(&segments(base, path));
        at("").or_else(|| at(home)).or_else(|| at(parent(view.program.path(touch.call.file))))
    };
    writes.filter_map(file).collect()
}

/// Files that a declaration, or the folder and the name they have, makes settings.
fn conventions(view: &View<'_>, loads: &mut BTreeMap<FileId, Load>) {
    for path in declared(view) {
        if let Some(file) = view.program.at_path(&path) {
            loads.entry(file).or_default().named(None);
        }
    }
    for root in groups::compositions(view) {
        for file in view.program.files().filter(|file| is_below(view.program.path(*file), &root)) {
            let load = loads.entry(file).or_default();
            load.named(None);
            load.root.get_or_insert_with(|| root.clone());
        }
    }
    let forms = &view.lexicon.orchestrators.catalogs;
    for file in view.program.files() {
        let path = view.program.path(file);
        let inside = |folder: &str| path.starts_with(&format!("{folder}/")) || path.contains(&format!("/{folder}/"));
        if forms.iter().any(|form| inside(&form.folder) && (form.is_parameters(path) || form.has_values(name_of(path))))
        {
            loads.entry(file).or_default().named(None);
        }
    }
}

/// Files beside one that code names, with mostly the same keys.
fn variants(view: &View<'_>, loads: &mut BTreeMap<FileId, Load>) {
    let keys = |file: FileId| -> FxHashSet<&[Text]> {
        view.program.file(file).settings.iter().map(|s| s.keys.as_slice()).collect()
    };
    let mut folders: FxHashMap<&str, Vec<FileId>> = FxHashMap::default();
    for file in loads.iter().filter(|(_, load)| load.named && load.root.is_none()).map(|(file, _)| *file) {
        folders.entry(parent(view.program.path(file))).or_default().push(file);
    }
    for file in view.program.files().filter(|f| !view.program.file(*f).settings.is_empty()) {
        let Some(models) = folders.get(parent(view.program.path(file))) else { continue };
        if loads.get(&file).is_some_and(|load| load.named) {
            continue;
        }
        let own = keys(file);
        let alike = |model: &&FileId| {
            let theirs = keys(**model);
            let common = own.intersection(&theirs).count();
            common >= ALIKE && common * 4 >= own.len() * 3
        };
        if let Some(by) = models.iter().take(MODELS).find(alike).and_then(|m| loads.get(m)).map(|load| load.by.clone())
        {
            let load = loads.entry(file).or_default();
            load.named = true;
            load.by = by;
        }
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The top folder of a path: what lies in another may be another project.
fn project(path: &str) -> &str {
    path.split_once('/').map_or("", |(top, _)| top)
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// A file of settings, read whole, that is neither a test's nor another tool's.
pub fn is_settings(view: &View<'_>, known: &Known, file: FileId) -> bool {
    let source = &view.program.sources[file.index()];
    let facts = view.program.file(file);
    let hidden = source.path.split('/').any(|part| part.starts_with('.'));
    matches!(source.kind, Kind::Yaml | Kind::Toml | Kind::Json | Kind::Ini)
        && known.roles[file.index()] != Role::Test
        && !hidden
        && facts.problems.is_empty()
        && facts.declarations.is_empty()
        && !view.lexicon.keys.is_foreign(name_of(&source.path))
        && !view.lexicon.keys.is_remark(Text::from(name_of(parent(&source.path))))
}

/// Files whose path code says; answers with the code that loads what it cannot tell, by its project.
fn named<'a>(view: &View<'a>, loads: &mut BTreeMap<FileId, Load>) -> FxHashMap<&'a str, BTreeSet<Node>> {
    let mut chosen: FxHashMap<&str, BTreeSet<Node>> = FxHashMap::default();
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
                files.into_iter().for_each(|file| loads.entry(file).or_default().named(Some(call)));
            }
            if !found {
                chosen.entry(project(from)).or_default().insert(call);
            }
        }
    }
    chosen
}

/// The files that a path with holes may mean.
pub fn files(view: &View<'_>, from: FileId, pattern: &Pattern) -> Vec<FileId> {
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

/// The paths of files whose keys a step declares as its parameters.
fn declared(view: &View<'_>) -> Vec<String> {
    let mut paths = Vec::new();
    for file in view.program.files() {
        for declaration in &view.program.file(file).declarations {
            if let Declaration::Step(step) = declaration {
                let folder = join(parent(view.program.path(file)), &step.folder);
                paths.extend(step.params.iter().map(|word| join(&folder, &word.text)));
            }
        }
    }
    paths
}
