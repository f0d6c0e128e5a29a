//! Files that bind the parameters of functions by name: bindings of what is not there, and macros that nothing uses.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, Role, View};
use crate::fact::{DefKind, OpKind, Operand, ParamKind, Role as ArgRole, Scalar, Setting, SettingKind, Text};
use crate::program::{Def, Node, parent};
use crate::source::{At, FileId, Kind};
use crate::system::graph::{NodeId, System};
use crate::value::settings::{SettingsIndex, dotted};
use crate::value::types::{Callee, Type};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// So many bindings of a file name functions of the repository, at least, before another name is taken for a slip.
const KNOWN: usize = 3;

/// What may be bound under one name: parameters; none where they are not to be seen.
type Takes = Option<FxHashSet<Text>>;

/// Adds a setting for every such binding and macro.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let files: Vec<FileId> =
        view.program.files().filter(|f| view.program.sources[f.index()].kind == Kind::Gin).collect();
    if files.is_empty() {
        return;
    }
    let configurables = configurables(view);
    let looked_at = |file: &&FileId| known.roles[file.index()] != Role::Test;
    for file in files.iter().filter(looked_at) {
        bindings(view, system, known, *file, &configurables);
    }
    let own = |file: &FileId| functions(view, *file).any(|s| configurables.contains_key(&last(s.keys[0])));
    if files.iter().all(own) {
        macros(view, system, known, &files);
    }
}

fn bindings(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    file: FileId,
    configurables: &FxHashMap<Text, Vec<Takes>>,
) {
    let settings = &view.program.file(file).settings;
    let functions: Vec<&Setting> = functions(view, file).collect();
    let found = functions.iter().filter(|s| configurables.contains_key(&last(s.keys[0]))).count();
    for function in functions {
        let name = last(function.keys[0]);
        match configurables.get(&name) {
            Some(all) => {
                let bound = settings.iter().filter(|s| s.keys.len() == 2 && s.keys[0] == function.keys[0]);
                for setting in bound {
                    let taken = |takes: &Takes| takes.as_ref().is_none_or(|names| names.contains(&setting.keys[1]));
                    if !all.iter().any(taken) {
                        add(view, system, known, file, setting, "parameter");
                    }
                }
            }
            // A name with dots may be a library's.
            None if found >= KNOWN && name == function.keys[0] && !is_anywhere(view, name) => {
                add(view, system, known, file, function, "function");
            }
            None => {}
        }
    }
}

/// The functions for which a file binds parameters.
fn functions<'v>(view: &View<'v>, file: FileId) -> impl Iterator<Item = &'v Setting> {
    view.program.file(file).settings.iter().filter(|s| s.keys.len() == 1 && matches!(s.value, Scalar::Map(_)))
}

/// Adds a binding of what is not there.
pub(super) fn add(view: &View<'_>, system: &mut System, known: &Known, file: FileId, setting: &Setting, lacks: &str) {
    let id = node(view, system, known, file, setting, "binding");
    system.say(id, "lacks", lacks);
}

fn node(view: &View<'_>, system: &mut System, known: &Known, file: FileId, setting: &Setting, form: &str) -> NodeId {
    let at = At { file, span: setting.span };
    let node = system.add(NodeKind::Setting, dotted(&setting.keys), at, Text::from(view.program.path(file)));
    system.say(node, "form", form);
    system.say(node, "role", known.roles[file.index()].word());
    system.mark(node, "defined");
    system.doubt(node, Certainty::Inferred);
    system.join(EdgeKind::Follows, node, known.modules[file.index()], at, Certainty::Inferred);
    node
}

/// The function's own name, without scopes and modules.
fn last(name: Text) -> Text {
    Text::from(name.rsplit(['/', '.']).next().unwrap_or_default())
}

/// Is anything of the repository, or imported by it, called that?
fn is_anywhere(view: &View<'_>, name: Text) -> bool {
    view.program.facts.iter().any(|facts| {
        facts.definitions.iter().any(|d| d.name == name)
            || facts.imports.iter().any(|i| i.name == Some(name) || i.alias == name)
            || facts.ops.iter().any(|op| matches!(op.kind, OpKind::Str(t) | OpKind::Attr(_, t) if t == name))
    })
}

/// What can be bound, by the name under which it is known.
fn configurables(view: &View<'_>) -> FxHashMap<Text, Vec<Takes>> {
    let mut found: FxHashMap<Text, Vec<Takes>> = FxHashMap::default();
    for index in 0..view.program.def_count() {
        let def = view.program.def_at(index);
        let definition = view.program.definition(def);
        for value in &definition.decorators {
            let Some(name) = configured(view, Node { file: def.file, value: *value }) else { continue };
            // What another decorator leaves of the parameters is not to be seen.
            let takes = if definition.decorators.len() > 1 { None } else { takes(view, def) };
            found.entry(name.unwrap_or(definition.name)).or_default().push(takes);
        }
    }
    for (_, call) in view.calls() {
        let OpKind::Call(_, operands) = view.program.op(call).kind else { continue };
        let configures = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.configures);
        if !view.types.callees(call).iter().any(configures) {
            continue;
        }
        let operands = view.program.operands(call.file, operands);
        let Some(first) = operands.first().filter(|o| o.role == ArgRole::Plain) else { continue };
        let first = Node { value: first.value, ..call };
        for of in view.types.of(first) {
            let (name, takes) = match of {
                Type::Class(def) | Type::Function(def) => (view.program.definition(*def).name, takes(view, *def)),
                Type::Library(name) => (last(*name), None),
                _ => continue,
            };
            let name = given_name(view, call, operands.get(1..).unwrap_or_default()).unwrap_or(name);
            found.entry(name).or_default().push(takes);
        }
    }
    found
}

/// Does a decorator make the parameters below it bindable? The name that it gives, if it gives one.
fn configured(view: &View<'_>, decorator: Node) -> Option<Option<Text>> {
    if let OpKind::Call(_, operands) = view.program.op(decorator).kind {
        let configures = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.configures);
        let operands = view.program.operands(decorator.file, operands);
        return view.types.callees(decorator).iter().any(configures).then(|| given_name(view, decorator, operands));
    }
    let name = view.types.library_name(decorator)?;
    view.lexicon.call(name).is_some_and(|m| m.configures).then_some(None)
}

fn given_name(view: &View<'_>, call: Node, operands: &[Operand]) -> Option<Text> {
    let named = operands.iter().find(|o| match o.role {
        ArgRole::Plain => true,
        ArgRole::Named(name) => name == "name" || name == "name_or_fn",
        _ => false,
    })?;
    view.program.literal(Node { value: named.value, ..call }).map(last)
}

/// The parameters of a function, or of what makes a class's objects; none if they are not all to be seen.
fn takes(view: &View<'_>, def: Def) -> Takes {
    let made = match view.program.definition(def).kind {
        DefKind::Class => view.types.method_of(def, "__init__")?,
        _ => def,
    };
    let params = &view.program.definition(made).params;
    if params.iter().any(|p| p.kind == ParamKind::Keywords) {
        return None;
    }
    Some(params.iter().map(|p| p.name).collect())
}

/// Macros that nothing refers to. Where a file binds functions of libraries alone, a library's own files may use the
/// macros; so may files that are taken in from outside.
fn macros(view: &View<'_>, system: &mut System, known: &Known, files: &[FileId]) {
    let settings = || files.iter().flat_map(|file| view.program.file(*file).settings.iter().map(move |s| (*file, s)));
    let mut included = settings().filter(|(_, s)| s.keys.len() == 2 && s.keys[0] == "include");
    let is_here = |(file, setting): (FileId, &Setting)| match setting.value {
        Scalar::Text(path) => SettingsIndex::file(view.program, file, &path).is_some(),
        _ => false,
    };
    if !included.all(is_here) {
        return;
    }
    let used: FxHashSet<Text> = settings()
        .filter_map(|(_, s)| if let Scalar::Text(text) = s.value { Some(text) } else { None })
        .filter_map(|text| text.as_str().strip_prefix('%').map(last_of_macro))
        .collect();
    let mut said: FxHashSet<Text> = FxHashSet::default();
    for (file, setting) in settings() {
        let [name] = setting.keys.as_slice() else { continue };
        let is_macro =
            setting.kind == SettingKind::Entry && !matches!(setting.value, Scalar::Map(_)) && name != "include";
        let looked_at = known.roles[file.index()] != Role::Test;
        if !is_macro || !looked_at || used.contains(&last(*name)) || is_said(view, *name) {
            continue;
        }
        let folder = Text::from(&format!("{}:{name}", parent(view.program.path(file))));
        // The same macro in many files of a folder is one debt.
        if said.insert(folder) {
            node(view, system, known, file, setting, "key");
        }
    }
}

fn last_of_macro(name: &str) -> Text {
    last(Text::from(name))
}

/// Does a text of the code, or a command, say the macro (`NAME=3`, `%NAME`)?
fn is_said(view: &View<'_>, name: Text) -> bool {
    let says = |text: &str| text.contains(name.as_str());
    view.program.facts.iter().any(|facts| {
        facts.ops.iter().any(|op| matches!(op.kind, OpKind::Str(text) if says(&text)))
            || facts.commands.iter().flat_map(|c| &c.words).any(|word| says(word))
    })
}
