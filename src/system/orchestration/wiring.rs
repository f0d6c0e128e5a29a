//! Makes known how steps hand data to each other by name, and which of them belong to a pipeline that is registered.

use rustc_hash::{FxHashMap, FxHashSet};

use super::catalog::Catalog;
use super::data::Declared;
use super::find::{slot_text, text};
use super::listed::has_namespaces;
use super::order::untyped;
use super::{Made, Steps};
use crate::fact::{OpKind, Role as ArgRole, Text, Val};
use crate::lexicon::CatalogForm;
use crate::program::{Def, Node, join, parent};
use crate::source::FileId;
use crate::system::graph::System;
use crate::system::wired::{Asking, Handed, Listing, Whole, Wired};
use crate::system::{Known, Role, View};
use crate::value::types::Callee;

/// Makes steps, wholes and the names of catalogs known.
pub(super) fn derive(
    view: &View<'_>,
    system: &mut System,
    known: &mut Known,
    steps: &Steps<'_>,
    declared: &[Declared],
    catalog: &Catalog<'_>,
) {
    let mut listings: FxHashMap<String, Listing> = FxHashMap::default();
    let gathers: FxHashSet<Text> = steps.tasks.iter().flat_map(|task| task.form.gathered_by.iter().copied()).collect();
    let called: FxHashSet<Text> = match gathers.is_empty() {
        true => FxHashSet::default(),
        false => view.calls().filter_map(|(_, call)| view.types.called_name(call)).collect(),
    };
    for (task, told) in steps.tasks.iter().zip(declared) {
        let path = view.program.path(task.at.file);
        let project = catalog.project_of(path).unwrap_or_default().to_owned();
        let mut handed = |words: &[(String, Node)]| -> Vec<Handed> {
            let each = words.iter().map(|(word, node)| {
                let data = if task.form.by_name { catalog.data(view, system, task.at.file, word) } else { Vec::new() };
                Handed { name: untyped(word).to_owned(), node: *node, data }
            });
            each.collect()
        };
        let (takes, makes) = (handed(&told.taken), handed(&told.made));
        if task.form.by_name {
            // What a catalog names is read and written by the orchestrator, in no call.
            let places = takes.iter().chain(&makes).filter(|of| !of.data.is_empty()).count();
            system.coverage.places += places;
            system.coverage.resolved += places;
            listings.entry(project.clone()).or_default();
        }
        known.wired.push(Wired {
            step: task.id,
            tool: task.form.tool,
            name: task.name.clone(),
            at: task.at,
            within: task.within,
            function: match task.made {
                Made::Function(def, _) => Some(def),
                Made::Call(_) | Made::Class(_) => None,
            },
            by_name: task.form.by_name,
            takes,
            makes,
            closed: told.closed,
            idle: task.form.only_in_flows && !task.form.gathered_by.iter().any(|name| called.contains(name)),
            registered: true,
            project,
        });
    }
    for task in &steps.tasks {
        let Made::Call(call) = task.made else { continue };
        let Some(flow) = slot_text(view, call, task.form.starts.as_ref()) else { continue };
        let (at, tool) = (view.program.place(call), task.form.tool);
        if let Some(step) = slot_text(view, call, task.form.awaits.as_ref()) {
            known.asked.push(Asking { at, tool, flow: false, name: step, within: Some(flow.clone()) });
        }
        known.asked.push(Asking { at, tool, flow: true, name: flow, within: None });
    }
    for flow in &steps.flows {
        known.wholes.push(Whole {
            flow: flow.id,
            tool: flow.form.tool,
            name: flow.name.clone(),
            at: flow.at,
            function: match flow.made {
                Made::Function(def, _) => Some(def),
                Made::Call(_) | Made::Class(_) => None,
            },
            idle: flow.form.only_called,
            unique: flow.form.unique,
            steps: flow.tasks.clone(),
        });
    }
    let mut listings: Vec<(String, Listing)> = listings.into_iter().collect();
    listings.sort_by(|a, b| a.0.cmp(&b.0));
    for (project, mut listing) in listings {
        let (names, patterns) = catalog.names(&project);
        listing.names = names.into_iter().map(str::to_owned).collect();
        listing.patterns = patterns;
        let own = |file: &FileId| catalog.project_of(view.program.path(*file)).unwrap_or_default() == project;
        let files: Vec<FileId> =
            view.program.files().filter(|file| known.roles[file.index()] != Role::Test && own(file)).collect();
        listing.nested = files.iter().any(|file| has_namespaces(view.program.file(*file), known.roles[file.index()]));
        for form in &view.lexicon.orchestrators.catalogs {
            registered(view, known, form, &files, &mut listing);
        }
        listing.project = project;
        known.listings.push(listing);
    }
}

/// Says of the steps of a project which of them a registered pipeline holds.
fn registered(view: &View<'_>, known: &mut Known, form: &CatalogForm, files: &[FileId], listing: &mut Listing) {
    let roots: Vec<Def> = files.iter().flat_map(|file| functions(view, *file, &form.registers)).collect();
    if roots.is_empty() {
        return;
    }
    let mut reached: FxHashSet<Def> = FxHashSet::default();
    let mut finds = None;
    for root in &roots {
        let found = view.reach.from_function(*root, &|_| false);
        let opened = found.iter().any(|def| def.file == root.file && chooses(view, *def));
        if opened {
            return;
        }
        if found.iter().any(|def| def.file == root.file && calls(view, *def, &form.finds)) {
            finds = Some(*root);
        }
        reached.extend(found);
    }
    if let Some(root) = finds {
        let folder = join(parent(view.program.path(root.file)), &form.found_in);
        for file in files.iter().copied() {
            if is_found(view, file, &folder, form) {
                for def in functions(view, file, std::slice::from_ref(&form.found_as)) {
                    reached.extend(view.reach.from_function(def, &|_| false));
                }
                reached.extend(imported(view, file, form));
            }
        }
        listing.finds = Some(folder);
    }
    listing.flows = names(view, &reached, &roots, listing.finds.as_deref(), files);
    listing.registry = roots.first().copied();
    let own: FxHashSet<FileId> = files.iter().copied().collect();
    let mine = |step: &Wired| step.by_name && own.contains(&step.at.file);
    // Where none is reached, they come in by a way that is not followed.
    if !known.wired.iter().any(|step| mine(step) && reached.contains(&step.within)) {
        listing.registry = None;
        return;
    }
    for step in known.wired.iter_mut().filter(|step| mine(step)) {
        step.registered = reached.contains(&step.within);
    }
}

/// The functions of a file that have one of the names.
fn functions(view: &View<'_>, file: FileId, names: &[Text]) -> Vec<Def> {
    let definitions = (0..).zip(&view.program.file(file).definitions).skip(1);
    definitions.filter(|(_, d)| names.contains(&d.name)).map(|(id, _)| Def { file, id }).collect()
}

/// The functions that make pipelines and that a package brings from its modules.
fn imported(view: &View<'_>, file: FileId, form: &CatalogForm) -> FxHashSet<Def> {
    let mut found = FxHashSet::default();
    if view.program.file(file).imports.iter().any(|import| import.alias == form.found_as || import.alias == "*") {
        for (of, _) in view.program.imported_files(file) {
            for def in functions(view, of, std::slice::from_ref(&form.found_as)) {
                found.extend(view.reach.from_function(def, &|_| false));
            }
        }
    }
    found
}

/// Is a file a package, or a module, in which a registry looks for a pipeline by itself?
fn is_found(view: &View<'_>, file: FileId, folder: &str, form: &CatalogForm) -> bool {
    let path = view.program.path(file);
    let inside = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')).is_some_and(|rest| {
        match rest.split_once('/') {
            Some((_, module)) => module == "__init__.py",
            None => rest.ends_with(".py"),
        }
    });
    // A project of one pipeline has it beside the registry.
    let single = path.strip_suffix(".py").is_some_and(|path| Some(path) == folder.strip_suffix('s'));
    let facts = view.program.file(file);
    let binds = facts.imports.iter().any(|import| import.alias == form.found_as || import.alias == "*")
        || facts.definitions.iter().skip(1).any(|d| d.name == form.found_as);
    (inside || single) && binds
}

/// Calls a body one of these?
fn calls(view: &View<'_>, def: Def, names: &[Text]) -> bool {
    let mut body = view.program.definition(def).body.clone().map(|value| Node { file: def.file, value });
    body.any(|node| {
        matches!(view.program.op(node).kind, OpKind::Call(..))
            && view.types.called_name(node).is_some_and(|name| names.contains(&name))
    })
}

/// Does a body choose modules, or names in them, while it runs?
fn chooses(view: &View<'_>, def: Def) -> bool {
    let mut body = view.program.definition(def).body.clone().map(|value| Node { file: def.file, value });
    body.any(|node| {
        let callees = view.types.callees(node).iter();
        callees.into_iter().any(|callee| matches!(callee, Callee::Meaning(m) if m.imports || m.looks_up))
    })
}

/// The names under which registries put pipelines: keys of maps in their files, and the folders in which they look.
fn names(
    view: &View<'_>,
    reached: &FxHashSet<Def>,
    roots: &[Def],
    finds: Option<&str>,
    files: &[FileId],
) -> Option<FxHashSet<String>> {
    let mut found: FxHashSet<String> = FxHashSet::default();
    let own = reached.iter().filter(|def| roots.iter().any(|root| root.file == def.file));
    for def in own {
        for value in view.program.definition(*def).body.clone() {
            let node = Node { file: def.file, value };
            let keys: Vec<Val> = match view.program.op(node).kind {
                OpKind::SetIndex(_, key, _) => vec![key],
                OpKind::Dict(run) => {
                    let operands = view.program.operands(def.file, run).iter();
                    operands.filter(|operand| operand.role == ArgRole::Key).map(|operand| operand.value).collect()
                }
                // `dict(fit=..)`, `{**others}` and loops over lists of names.
                OpKind::Call(_, run) => {
                    let operands = view.program.operands(def.file, run).iter();
                    let named =
                        operands.filter_map(|o| if let ArgRole::Named(name) = o.role { Some(name) } else { None });
                    found.extend(named.map(|name| name.to_string()));
                    continue;
                }
                _ => continue,
            };
            for key in keys {
                found.insert(text(view, Node { value: key, ..node }).filter(|name| !name.contains('{'))?);
            }
        }
    }
    if let Some(folder) = finds {
        let inside = |file: &FileId| view.program.path(*file).strip_prefix(folder)?.strip_prefix('/');
        let first = |rest: &str| rest.split('/').next().unwrap_or(rest).trim_end_matches(".py").to_owned();
        found.extend(files.iter().filter_map(inside).map(first));
    }
    (!found.is_empty()).then_some(found)
}
