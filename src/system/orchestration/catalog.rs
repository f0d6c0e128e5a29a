//! Catalogs: files that give names to the places of data, for steps to read and write by.

use rustc_hash::FxHashMap;

use super::order::untyped;
use crate::fact::{Scalar, Setting, Text};
use crate::lexicon::CatalogForm;
use crate::program::join;
use crate::source::{At, FileId, Kind};
use crate::system::graph::{NodeId, System};
use crate::system::{Known, View, data};
use crate::value::place::Place;
use crate::vocabulary::{Certainty, EdgeKind};

/// The entries of all catalogs, by the folder of the project they belong to.
#[derive(Default)]
pub(super) struct Catalog<'a> {
    projects: FxHashMap<String, Entries>,
    listed: Vec<Entry>,
    forms: &'a [CatalogForm],
}

/// A name that a catalog gives to data.
pub(super) struct Entry {
    /// The name, without the type that it may be asked for as.
    pub(super) name: String,
    /// The folder of the project.
    pub(super) project: String,
    /// Where it stands.
    pub(super) at: At,
}

#[derive(Default)]
struct Entries {
    by_name: FxHashMap<String, Vec<NodeId>>,
    /// Names with holes, that stand for many.
    factories: Vec<Factory>,
    /// All of those names, be their place told or not.
    patterns: Vec<String>,
}

/// An entry whose name has holes, which its place takes over.
struct Factory {
    /// The name: `{layer}.{kind}`.
    name: String,
    /// Where the data lies, and whether that is a table.
    text: String,
    table: bool,
    /// The file and its module.
    at: At,
    module: NodeId,
}

impl<'a> Catalog<'a> {
    /// Reads all catalogs and adds the data they name.
    pub(super) fn new(view: &View<'a>, system: &mut System, known: &Known) -> Self {
        let forms = view.lexicon.orchestrators.catalogs.as_slice();
        let mut catalog = Self { projects: FxHashMap::default(), listed: Vec::new(), forms };
        for form in forms {
            let values = Values::new(view, form);
            for file in settings_files(view, form).filter(|file| form.is_catalog(name_of(view, *file))) {
                catalog.read(view, system, known, form, &values, file);
            }
        }
        catalog
    }

    fn read(
        &mut self,
        view: &View<'_>,
        system: &mut System,
        known: &Known,
        form: &CatalogForm,
        values: &Values<'_>,
        file: FileId,
    ) {
        let Some((project, environment)) = home(view.program.path(file), &form.folder) else { return };
        let listed = view.program.file(file).settings.iter().filter_map(|setting| match setting.keys.as_slice() {
            [name] if matches!(setting.value, Scalar::Map(_)) && !name.starts_with('_') && !name.contains('{') => {
                let at = At { file, span: setting.span };
                Some(Entry { name: untyped(name).to_owned(), project: project.to_owned(), at })
            }
            _ => None,
        });
        self.listed.extend(listed);
        let entries = self.projects.entry(project.to_owned()).or_default();
        let many = view.program.file(file).settings.iter().filter_map(|setting| match setting.keys.as_slice() {
            [name] if name.contains('{') && !name.starts_with('_') => Some(untyped(name).to_owned()),
            _ => None,
        });
        entries.patterns.extend(many);
        for setting in &view.program.file(file).settings {
            let [entry, key] = setting.keys.as_slice() else { continue };
            let Some(text) = setting.value.text().filter(|_| !entry.starts_with('_')) else { continue };
            let text = values.filled(&text, project, environment, file, view);
            let table = form.table.contains(key);
            if !(table || form.place.contains(key)) || !braces(&text).bytes().any(|b| b.is_ascii_alphanumeric()) {
                continue;
            }
            let (at, module) = (At { file, span: setting.value_span }, known.modules[file.index()]);
            let name = untyped(entry).to_owned();
            if name.contains('{') {
                entries.factories.push(Factory { name, text, table, at, module });
                continue;
            }
            let dataset = kept(view, system, project, &braces(&text), table, (at, module));
            entries.by_name.entry(name).or_default().push(dataset);
        }
    }

    /// The names of all catalogs, but for those that stand for many.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.listed
    }

    /// The names of one project's entries, and those that stand for many, their holes as `{}`.
    pub(super) fn names(&self, project: &str) -> (Vec<&str>, Vec<String>) {
        let names = self.listed.iter().filter(|entry| entry.project == project).map(|entry| entry.name.as_str());
        let patterns = self.projects.get(project).into_iter().flat_map(|entries| &entries.patterns);
        (names.collect(), patterns.map(|pattern| braces(pattern)).collect())
    }

    /// The folder of the project around a file, if it has a catalog.
    pub(super) fn project_of(&self, path: &str) -> Option<&str> {
        let around = |project: &&String| {
            project.is_empty() || path.strip_prefix(project.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        self.projects.keys().filter(around).max_by_key(|project| project.len()).map(String::as_str)
    }

    /// Does that method of a catalog load an entry by its name?
    pub(super) fn is_load(&self, method: &str) -> bool {
        self.forms.iter().any(|form| form.loads.iter().any(|m| m == method))
    }

    /// The data that a name stands for in a file.
    pub(super) fn data(&self, view: &View<'_>, system: &mut System, file: FileId, name: &str) -> Vec<NodeId> {
        let path = view.program.path(file);
        let Some(project) = self.project_of(path) else { return Vec::new() };
        let Some(entries) = self.projects.get(project) else { return Vec::new() };
        let name = untyped(name);
        if let Some(found) = entries.by_name.get(name) {
            return found.clone();
        }
        // The most literal of the names that fit; one that is nothing but a hole takes everything.
        let literal = |factory: &Factory| braces(&factory.name).replace("{}", "").len();
        let fitting = entries.factories.iter().filter_map(|f| Some((f, parts(&f.name, name)?)));
        let Some((factory, parts)) = fitting.filter(|(f, _)| literal(f) > 0).max_by_key(|(f, _)| literal(f)) else {
            return Vec::new();
        };
        let mut text = factory.text.clone();
        for (hole, part) in parts {
            text = text.replace(&format!("{{{hole}}}"), part);
        }
        vec![kept(view, system, project, &braces(&text), factory.table, (factory.at, factory.module))]
    }

    /// Lies a place in a folder of settings?
    pub(super) fn holds(&self, place: &str) -> bool {
        self.forms.iter().any(|form| home(place, &form.folder).is_some())
    }

    /// Does a step's input of that name hold settings?
    pub(super) fn is_setting(&self, name: &str) -> bool {
        self.forms.iter().any(|form| form.setting(name).is_some())
    }
}

/// The dataset at a place that a catalog says.
fn kept(
    view: &View<'_>,
    system: &mut System,
    project: &str,
    text: &str,
    table: bool,
    (at, module): (At, NodeId),
) -> NodeId {
    let place = if table {
        let name = format!("table:{}", text.to_ascii_lowercase());
        Place { pattern: name.contains("{}"), name, scheme: "table".to_owned(), known: true, ..Place::default() }
    } else {
        view.placer.path(text, at.file, Some(project))
    };
    let dataset = data::node(system, &place, at, Text::from(view.program.path(at.file)));
    system.mark(dataset, "declared");
    if system.get(dataset, "content").is_none() {
        system.say(dataset, "content", "data");
    }
    system.join(EdgeKind::Declares, module, dataset, at, Certainty::Seen);
    dataset
}

/// What stands in the holes of a pattern if it fits a name: `{layer}.{kind}` and `raw.trips`.
fn parts<'p>(pattern: &'p str, name: &'p str) -> Option<Vec<(&'p str, &'p str)>> {
    let (first, mut rest) = pattern.split_once('{')?;
    let mut left = name.strip_prefix(first)?;
    let mut found = Vec::new();
    loop {
        let (hole, behind) = rest.split_once('}')?;
        let (literal, next) = match behind.split_once('{') {
            Some((literal, next)) => (literal, Some(next)),
            None => (behind, None),
        };
        let end = match (literal, next) {
            ("", None) => left.len(),
            (_, None) => left.len().checked_sub(literal.len()).filter(|_| left.ends_with(literal))?,
            _ => left.find(literal)?,
        };
        let (part, behind) = left.split_at_checked(end)?;
        found.push((hole.split(':').next().unwrap_or(hole), part));
        left = behind.strip_prefix(literal)?;
        match next {
            Some(next) => rest = next,
            None => return (!found.iter().any(|(_, part)| part.is_empty())).then_some(found),
        }
    }
}

/// Values that places are filled with: by project, environment and key path.
struct Values<'a> {
    prefix: &'a str,
    by_key: FxHashMap<(String, String, String), String>,
}

/// The environment whose values hold where another has none of its own.
const BASE: &str = "base";

impl<'a> Values<'a> {
    fn new(view: &View<'_>, form: &'a CatalogForm) -> Self {
        let mut by_key = FxHashMap::default();
        for file in settings_files(view, form).filter(|file| form.has_values(name_of(view, *file))) {
            let Some((project, environment)) = home(view.program.path(file), &form.folder) else { continue };
            for setting in &view.program.file(file).settings {
                if let Some(text) = setting.value.text() {
                    by_key.insert((project.to_owned(), environment.to_owned(), dotted(setting)), text);
                }
            }
        }
        Self { prefix: &form.prefix, by_key }
    }

    /// A text with its `${references}` filled in, those that are not known as holes.
    fn filled(&self, text: &str, project: &str, environment: &str, file: FileId, view: &View<'_>) -> String {
        let mut text = text.to_owned();
        // The innermost reference is the last that opens; each may bring others.
        for _ in 0..24 {
            let Some(start) = text.rfind("${") else { break };
            let Some(end) = text[start..].find('}').map(|length| start + length) else { break };
            let value = self.value(&text[start + 2..end], project, environment, file, view);
            text.replace_range(start..=end, value.as_deref().unwrap_or("{}"));
        }
        text
    }

    fn value(
        &self,
        reference: &str,
        project: &str,
        environment: &str,
        file: FileId,
        view: &View<'_>,
    ) -> Option<String> {
        let (key, default) = match reference.split_once(',') {
            Some((key, default)) => (key.trim(), Some(default.trim().to_owned())),
            None => (reference.trim(), None),
        };
        let of = |environment: &str, key: &str| {
            self.by_key.get(&(project.to_owned(), environment.to_owned(), key.to_owned())).cloned()
        };
        let shared = key.strip_prefix(self.prefix).unwrap_or(key);
        let own = || {
            let settings = &view.program.file(file).settings;
            settings.iter().find(|setting| dotted(setting) == key).and_then(|setting| setting.value.text())
        };
        of(environment, shared).or_else(|| of(BASE, shared)).or_else(own).or(default)
    }
}

fn dotted(setting: &Setting) -> String {
    setting.keys.iter().map(Text::as_str).collect::<Vec<_>>().join(".")
}

/// The YAML files of a form's settings folders.
pub(super) fn settings_files(view: &View<'_>, form: &CatalogForm) -> impl Iterator<Item = FileId> {
    let inside = |file: &FileId| {
        view.program.sources[file.index()].kind == Kind::Yaml && home(view.program.path(*file), &form.folder).is_some()
    };
    view.program.files().filter(inside).collect::<Vec<_>>().into_iter()
}

fn name_of<'a>(view: &View<'a>, file: FileId) -> &'a str {
    let path = view.program.path(file);
    path.rsplit('/').next().unwrap_or(path)
}

/// The folder of the project whose settings a file lies among, and the environment it is for.
pub(super) fn home<'p>(path: &'p str, folder: &str) -> Option<(&'p str, &'p str)> {
    let inner = join(folder, "");
    let start = match path.strip_prefix(&format!("{inner}/")) {
        Some(_) => 0,
        None => path.find(&format!("/{inner}/"))? + 1,
    };
    let project = path.get(..start)?.trim_end_matches('/');
    let environment = path.get(start + inner.len() + 1..)?.split('/').next()?;
    Some((project, environment))
}

/// A text whose `{placeholders}` are holes.
fn braces(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((_, behind)) = after.split_once('}') else {
            rest = after;
            continue;
        };
        out.push_str("{}");
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_lie_in_a_folder_of_a_project() {
        assert_eq!(home("conf/base/catalog.yml", "conf"), Some(("", "base")));
        assert_eq!(home("a/b/conf/local/x/catalog.yml", "conf"), Some(("a/b", "local")));
        assert_eq!(home("config/base/catalog.yml", "conf"), None);
    }

    #[test]
    fn a_pattern_of_names_says_what_fills_its_holes() {
        assert_eq!(parts("{layer}.{kind}_set", "a.b_set"), Some(vec![("layer", "a"), ("kind", "b")]));
        assert_eq!(parts("{name}_table", "wide_tables"), None);
        assert_eq!(parts("x_{name}", "x_"), None);
        assert_eq!(parts("plain", "plain"), None);
    }

    #[test]
    fn placeholders_are_holes() {
        assert_eq!(braces("data/{name}/{}.csv"), "data/{}/{}.csv");
        assert_eq!(braces("a{b"), "ab");
    }
}
