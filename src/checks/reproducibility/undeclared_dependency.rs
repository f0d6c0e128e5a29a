//! Packages that the system imports and that no file of requirements names.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::fact::{Declaration, Facts, OpKind, Scalar, Text};
use crate::program::Imported;
use crate::source::{At, FileId, Kind};
use crate::system::View;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "undeclared-dependency", find };

/// A list of fewer packages is not kept up.
const LEAST: usize = 3;

/// Names shorter than this are found in others by chance.
const SHORT: usize = 4;

/// Files in which packages are asked for that are not read.
const UNREAD: [&str; 6] = ["Pipfile", "Pipfile.lock", "setup.cfg", "requirements.in", "conda-lock.yml", "pixi.toml"];

/// One sighting for the project, at the first import of a package that nobody asks for.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let listed = |facts: &Facts| facts.declarations.iter().filter(|d| matches!(d, Declaration::Package(_))).count();
    let counts = view.program.facts.iter().map(listed);
    if counts.max().unwrap_or(0) < LEAST || is_kept_elsewhere(view) {
        return Vec::new();
    }
    let (asked, own) = (asked(view), own(view));
    let mut missing: BTreeMap<Text, At> = BTreeMap::new();
    for (module, at) in imported(grounds) {
        let name = module.to_ascii_lowercase();
        let there = view.lexicon.distributions.is_brought(&module)
            || view.lexicon.distributions.is_own(&module)
            || own.contains(module.as_str())
            || module.starts_with('_')
            || asked.iter().any(|of| *of == name || (name.len() >= SHORT && of.contains(name.as_str())));
        if !there {
            missing.entry(module).or_insert(at);
        }
    }
    let mut missing: Vec<(Text, At)> = missing.into_iter().collect();
    missing.sort_by_key(|(_, at)| (at.file, at.span.start));
    let Some((first, at)) = missing.first().copied() else { return Vec::new() };
    let names = missing.iter().map(|(name, _)| *name).collect();
    let captures = vec![("packages", Capture::Texts(names)), ("count", missing.len().into())];
    let mut sighting =
        Sighting::new(at, vec![Text::from(view.program.path(at.file)), first], Certainty::Inferred, captures);
    sighting.more = missing.iter().skip(1).map(|(_, at)| vec![("import", (*at).into())]).collect();
    vec![sighting]
}

/// The libraries that code imports for certain, and where.
fn imported(grounds: &Grounds<'_>) -> Vec<(Text, At)> {
    let view = grounds.view;
    let mut found = Vec::new();
    let python = |file: &FileId| view.program.sources[file.index()].kind == Kind::Python && grounds.is_product(*file);
    for file in view.program.files().filter(python) {
        let path = view.program.path(file);
        if path.ends_with("setup.py") || path.starts_with("docs/") {
            continue;
        }
        for (index, import) in (0..).zip(&view.program.file(file).imports) {
            let Imported::Library(name) = view.program.imported(file, index) else { continue };
            let module = Text::from(name.split('.').next().unwrap_or_default());
            if import.level == 0 && !import.optional && !module.is_empty() {
                found.push((module, At { file, span: import.span }));
            }
        }
    }
    found
}

/// The packages that anything asks for, as they are imported.
fn asked(view: &View<'_>) -> FxHashSet<String> {
    let mut found: FxHashSet<String> = FxHashSet::default();
    let mut add = |package: &str| {
        let end = package.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(package.len());
        let name = package[..end].to_ascii_lowercase().replace('_', "-");
        if !name.is_empty() {
            found.extend(view.lexicon.distributions.modules_of(&name));
        }
    };
    for file in view.program.files() {
        let facts = view.program.file(file);
        for declaration in &facts.declarations {
            if let Declaration::Package(requirement) = declaration {
                add(&requirement.package.text);
            }
        }
        // `pip install x`, wherever it stands.
        for command in &facts.commands {
            if command.words.iter().any(|word| matches!(word.as_str(), "install" | "add")) {
                command.words.iter().for_each(|word| add(word));
            }
        }
        for setting in &facts.settings {
            let needs = |key: &Text| key.contains("dependencies") || key.contains("requires") || key.contains("groups");
            if setting.keys.iter().any(needs) {
                setting.keys.iter().for_each(|key| add(key));
                if let Scalar::Text(text) = setting.value {
                    add(&text);
                }
            }
        }
        if view.program.path(file).ends_with("setup.py") {
            facts.ops.iter().for_each(|op| {
                if let OpKind::Str(text) = op.kind {
                    add(&text);
                }
            });
        }
    }
    found
}

/// The names of all folders and files: an import of one of them is no library's.
fn own<'v>(view: &View<'v>) -> FxHashSet<&'v str> {
    let mut found = FxHashSet::default();
    for path in view.program.paths() {
        found.extend(path.split('/').map(|part| part.split('.').next().unwrap_or(part)));
    }
    found
}

/// Are packages asked for in files that are not read?
fn is_kept_elsewhere(view: &View<'_>) -> bool {
    view.program.paths().any(|path| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let listed = path.contains("requirements/") && (name.ends_with(".txt") || name.ends_with(".in"));
        UNREAD.contains(&name) || listed
    })
}
