//! Settings that steps ask for by name: those that lie in a catalog's folder and that no step asks for, and those that
//! a step asks for and no file defines.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Steps;
use super::catalog::{home, settings_files};
use super::data::Declared;
use super::listed::{has_namespaces, pattern};
use crate::fact::{OpKind, Operator, Role as ArgRole, Scalar, Setting, SettingKind, Text, Val};
use crate::lexicon::{Asked, CatalogForm};
use crate::mistake::nearest;
use crate::program::{Def, Node};
use crate::source::{At, FileId, Span};
use crate::system::graph::{NodeId, System};
use crate::system::{Known, Role, View};
use crate::value::settings::dotted;
use crate::value::spelling::fits;
use crate::value::types::Type;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// So many settings of a project are asked for by name, at least, before others are called unread or missing.
const ASKED: usize = 2;

/// Shorter names differ by chance.
const LEAST: usize = 5;

/// The settings of the steps of one project.
struct Project {
    folder: String,
    files: Vec<FileId>,
    /// Dotted paths that code asks for, parts that are not known as `{}`.
    asks: FxHashSet<String>,
    /// Somebody takes all of them.
    all: bool,
}

/// What code says of settings, besides the steps that ask for them.
struct Said {
    /// Names that are given to others, or set at run time.
    renamed: FxHashSet<Text>,
    /// Pipelines may be put under a name, which then stands in front of their settings' names.
    nested: bool,
}

/// Adds a setting for each that no step asks for, and for each that one asks for and that is not there.
pub(super) fn derive(view: &View<'_>, system: &mut System, known: &mut Known, steps: &Steps<'_>, told: &[Declared]) {
    for form in &view.lexicon.orchestrators.catalogs {
        let mut projects = projects(view, form);
        if projects.is_empty() {
            continue;
        }
        let said = asks(view, known, form, &mut projects);
        for (index, project) in projects.iter().enumerate() {
            let whole = |file: &FileId| view.program.file(*file).problems.is_empty();
            if !project.files.iter().all(whole) {
                continue;
            }
            let asking =
                steps.tasks.iter().zip(told).filter(|(task, _)| of(&projects, view, task.at.file) == Some(index));
            let asked: Vec<(&str, Node, Def)> = asking
                .flat_map(|(task, told)| told.settings.iter().map(|(word, node)| (word, *node, task.within)))
                .filter_map(|(word, node, within)| match form.setting(word) {
                    Some(Asked::At(path)) => Some((path, node, within)),
                    _ => None,
                })
                .collect();
            let missing = missing(view, system, known, project, &said, &asked);
            unread(view, system, known, project, &said, &missing);
        }
    }
}

/// The projects that hold settings for their steps.
fn projects(view: &View<'_>, form: &CatalogForm) -> Vec<Project> {
    let mut projects: Vec<Project> = Vec::new();
    for file in settings_files(view, form) {
        let path = view.program.path(file);
        let Some((folder, _)) = home(path, &form.folder) else { continue };
        if !path.get(folder.len()..).is_some_and(|below| form.is_parameters(below)) {
            continue;
        }
        match projects.iter_mut().find(|project| project.folder == folder) {
            Some(project) => project.files.push(file),
            None => {
                let (folder, files) = (folder.to_owned(), vec![file]);
                projects.push(Project { folder, files, asks: FxHashSet::default(), all: false });
            }
        }
    }
    projects
}

/// The project, by its number, that a file belongs to.
fn of(projects: &[Project], view: &View<'_>, file: FileId) -> Option<usize> {
    let path = view.program.path(file);
    let around = |project: &Project| {
        project.folder.is_empty() || path.strip_prefix(&project.folder).is_some_and(|rest| rest.starts_with('/'))
    };
    let around = projects.iter().enumerate().filter(|(_, project)| around(project));
    around.max_by_key(|(_, project)| project.folder.len()).map(|(index, _)| index)
}

/// Looks for everything in code that asks for settings.
fn asks(view: &View<'_>, known: &Known, form: &CatalogForm, projects: &mut [Project]) -> Said {
    let mut said = Said { renamed: FxHashSet::default(), nested: false };
    for file in view.program.files().filter(|file| view.is_code(*file)) {
        let facts = view.program.file(file);
        said.nested |= has_namespaces(facts, known.roles[file.index()]);
        let Some(project) = of(projects, view, file).map(|index| &mut projects[index]) else { continue };
        let renamed = |value: Val| if let OpKind::Str(text) = facts.op(value).kind { Some(text) } else { None };
        said.renamed.extend(facts.operands.iter().filter(|o| o.role == ArgRole::Key).filter_map(|o| renamed(o.value)));
        for (value, op) in (0..).zip(&facts.ops) {
            let node = Node { file, value };
            let text = match op.kind {
                OpKind::Str(text) => text.as_str().to_owned(),
                OpKind::Format(_) | OpKind::Binary(Operator::Add, ..) => pattern(view, node),
                OpKind::SetIndex(_, key, _) => {
                    said.renamed.extend(renamed(key));
                    continue;
                }
                OpKind::Attr(object, name) => {
                    let own = |t: &Type| matches!(t, Type::Class(_) | Type::Object(_) | Type::Library(_));
                    project.all |=
                        form.held.contains(&name) && !view.types.of(Node { value: object, ..node }).iter().any(own);
                    continue;
                }
                _ => continue,
            };
            match form.setting(&text) {
                Some(Asked::All) => project.all = true,
                // A name that is made of nothing that is known may be any.
                Some(Asked::At(path)) if path.replace("{}", "").len() < 2 => project.all = true,
                Some(Asked::At(path)) => drop(project.asks.insert(path.to_owned())),
                None => {}
            }
        }
    }
    said
}

fn entries<'v>(view: &View<'v>, file: FileId) -> impl Iterator<Item = &'v Setting> {
    view.program.file(file).settings.iter().filter(|s| s.kind == SettingKind::Entry)
}

/// Adds the settings that steps ask for and that no file of the project defines; gives what they are called.
fn missing(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    project: &Project,
    said: &Said,
    asked: &[(&str, Node, Def)],
) -> Vec<String> {
    let mut defined: Vec<&str> = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for setting in project.files.iter().flat_map(|file| entries(view, *file)) {
        let path = dotted(&setting.keys).as_str();
        defined.push(path);
        if matches!(setting.value, Scalar::Text(text) if text.contains("${")) {
            open.push(path);
        }
    }
    let is_defined = |path: &str| {
        let below = |of: &str| path.strip_prefix(of).is_some_and(|rest| rest.starts_with('.'));
        let ends = |of: &str| said.nested && of.strip_suffix(path).is_some_and(|rest| rest.ends_with('.'));
        defined.iter().any(|of| *of == path || ends(of)) || open.iter().any(|of| below(of))
    };
    let found = asked.iter().filter(|(path, ..)| is_defined(path)).map(|(path, ..)| *path).collect::<FxHashSet<_>>();
    let mut missing: FxHashMap<&str, (Node, Def)> = FxHashMap::default();
    for (path, node, within) in asked.iter().filter(|(path, ..)| !path.contains('{') && !is_defined(path)) {
        missing.entry(path).or_insert((*node, *within));
    }
    let is_told = |path: &str| {
        said.renamed.iter().any(|name| name.ends_with(path))
            || view.program.facts.iter().flat_map(|f| &f.commands).flat_map(|c| &c.words).any(|w| w.contains(path))
    };
    missing.retain(|path, (node, _)| !is_told(path) && known.roles[node.file.index()] != Role::Test);
    // Where most are missing, they come from elsewhere.
    if found.len() < ASKED || missing.len() > found.len() {
        return Vec::new();
    }
    let mut missing: Vec<(&str, (Node, Def))> = missing.into_iter().collect();
    missing.sort_unstable_by_key(|(_, (node, _))| *node);
    for (path, (node, within)) in &missing {
        let at = view.program.place(*node);
        let setting = system.add(NodeKind::Setting, Text::from(path), at, view.symbol(*within));
        system.say(setting, "form", "key");
        system.say(setting, "role", known.roles[node.file.index()].word());
        system.say(setting, "nearest", nearest(path, defined.iter().copied()).unwrap_or("none"));
        system.join(EdgeKind::Uses, view.code(known, *within), setting, at, Certainty::Inferred);
        let above =
            |setting: &&Setting| path.strip_prefix(dotted(&setting.keys).as_str()).is_some_and(|r| r.starts_with('.'));
        let place = project.files.iter().find_map(|file| Some((*file, entries(view, *file).find(above)?.span)));
        let (file, span) = place.unwrap_or((project.files[0], Span::default()));
        system.join(EdgeKind::Follows, setting, known.modules[file.index()], At { file, span }, Certainty::Inferred);
    }
    missing.into_iter().map(|(path, _)| path.to_owned()).collect()
}

/// Adds the settings of a project that nothing asks for.
fn unread(view: &View<'_>, system: &mut System, known: &mut Known, project: &Project, said: &Said, missing: &[String]) {
    if project.all {
        return;
    }
    let references = references(view, &project.folder);
    let covers = |keys: &[Text]| {
        let starts = if said.nested { keys.len() } else { 1 };
        let from = |start: usize| (start + 1..=keys.len()).map(move |end| dotted(&keys[start..end]));
        (0..starts).flat_map(from).any(|path| {
            references.contains(path.as_str())
                || project.asks.contains(path.as_str())
                || project.asks.iter().any(|ask| ask.contains("{}") && fits(ask, &path))
        })
    };
    let leads = |keys: &[Text]| missing.iter().any(|of| of.starts_with(&format!("{}.", dotted(keys))));
    let mut asked: FxHashSet<Text> = FxHashSet::default();
    let mut found: Vec<(FileId, &Setting)> = Vec::new();
    for file in &project.files {
        let settings: Vec<&Setting> = entries(view, *file).collect();
        let mut next = 0;
        while let Some(setting) = settings.get(next) {
            let deeper = |s: &&&Setting| s.keys.len() > setting.keys.len();
            let below = settings[next + 1..].iter().take_while(deeper).count();
            let within = &settings[next..=next + below];
            let key = setting.keys.last().copied().unwrap_or_else(|| Text::from(""));
            let is_left = key.starts_with('_') || view.lexicon.keys.is_remark(key) || within.iter().any(|s| s.shared);
            match (covers(&setting.keys), leads(&setting.keys) || within.iter().any(|s| covers(&s.keys))) {
                (true, _) => drop(asked.insert(dotted(&setting.keys))),
                (false, true) => {
                    next += 1;
                    continue;
                }
                (false, false) if !is_left => found.push((*file, setting)),
                (false, false) => {}
            }
            next += below + 1;
        }
    }
    let met: Vec<Text> = asked.into_iter().collect();
    let mut first: FxHashMap<Text, NodeId> = FxHashMap::default();
    let distinct: FxHashSet<Text> = found.iter().map(|(_, setting)| dotted(&setting.keys)).collect();
    // Where few are asked for by name, or most seem unread, they are read in a way that is not followed.
    if met.len() < ASKED || distinct.len() > met.len() {
        return;
    }
    for (file, setting) in found {
        let name = dotted(&setting.keys);
        let at = At { file, span: setting.span };
        known.judged.insert(at);
        // Whoever asked for it under a slightly different name is told already.
        if missing.iter().any(|of| is_slip(of, &name)) {
            continue;
        }
        let node = *first.entry(name).or_insert_with(|| {
            let node = system.add(NodeKind::Setting, name, at, Text::from(view.program.path(file)));
            system.say(node, "form", "key");
            system.say(node, "role", known.roles[file.index()].word());
            system.mark(node, "defined");
            system.doubt(node, Certainty::Inferred);
            let own = |of: &Text| entries(view, file).any(|s| dotted(&s.keys) == *of);
            if let Some(meant) = met.iter().filter(|of| is_slip(of, &name) && !own(of)).min() {
                system.mark(node, "misspelled");
                system.say(node, "nearest", meant);
            }
            node
        });
        system.join_again(EdgeKind::Follows, node, known.modules[file.index()], at, Certainty::Inferred);
    }
}

/// The paths that settings of a project refer to: `${training.rate}`.
fn references(view: &View<'_>, folder: &str) -> FxHashSet<String> {
    let inside = |file: &FileId| {
        folder.is_empty() || view.program.path(*file).strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    };
    let mut found = FxHashSet::default();
    for setting in view.program.files().filter(inside).flat_map(|file| &view.program.file(file).settings) {
        let Scalar::Text(text) = setting.value else { continue };
        for reference in text.split("${").skip(1) {
            let inner = reference.split(['}', ',']).next().unwrap_or_default().trim();
            found.insert(inner.rsplit(':').next().unwrap_or(inner).trim().to_owned());
        }
    }
    found
}

/// One slip of the pen lies between two names; a number is none.
fn is_slip(one: &str, other: &str) -> bool {
    let bare = |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_digit()).collect() };
    one.len() >= LEAST
        && other.len() >= LEAST
        && bare(one) != bare(other)
        && strsim::damerau_levenshtein(one, other) == 1
}
