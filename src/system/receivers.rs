//! Maps of settings that are handed whole to something that takes only what it names: keys that are none of its
//! parameters, and are refused or silently dropped there.

use rustc_hash::FxHashSet;

use super::bindings;
use super::keys::loads;
use super::running::Arguments;
use super::{Known, Role, View};
use crate::fact::{DefKind, OpKind, ParamKind, Role as ArgRole, Scalar, Setting, Text};
use crate::lexicon::{Returns, signature};
use crate::program::{Def, Imported, Node};
use crate::source::{FileId, Kind};
use crate::system::graph::System;
use crate::value::follow::Seen;
use crate::value::place::NoBindings;
use crate::value::settings::SettingsNode;
use crate::value::types::{Callee, Type};

/// Modules that hand a name on to each other.
const REEXPORTS: usize = 5;

/// The names that something takes; none if they are not all to be seen.
type Takes = Option<FxHashSet<Text>>;

/// Adds a setting for every such key.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let mut told: FxHashSet<(FileId, Vec<Text>)> = FxHashSet::default();
    let mut tell = |system: &mut System, file: FileId, setting: &Setting| {
        if known.roles[file.index()] != Role::Test && told.insert((file, setting.keys.clone())) {
            bindings::add(view, system, known, file, setting, "parameter");
        }
    };
    for (file, keys, name) in targets(view) {
        let Some(takes) = named(view, name) else { continue };
        for setting in children(view, file, &keys).filter(|s| is_foreign(s, &takes)) {
            tell(system, file, setting);
        }
    }
    for (node, takes) in handed(view, known) {
        for setting in children(view, node.file, &node.keys).filter(|s| is_foreign(s, &takes)) {
            tell(system, node.file, setting);
        }
    }
}

/// Is a key none of the names, and none that speaks to whoever builds?
fn is_foreign(setting: &Setting, takes: &FxHashSet<Text>) -> bool {
    setting.keys.last().is_some_and(|key| !key.starts_with(['_', '<', '$', '.']) && !takes.contains(key))
}

/// The keys right below a place in a file.
fn children<'v>(view: &View<'v>, file: FileId, keys: &[Text]) -> impl Iterator<Item = &'v Setting> {
    let below = move |s: &&Setting, keys: &[Text]| s.keys.len() == keys.len() + 1 && s.keys.starts_with(keys);
    let keys = keys.to_vec();
    view.program.file(file).settings.iter().filter(move |s| below(s, &keys))
}

/// The maps that name what is built of them: their places, and the name.
fn targets(view: &View<'_>) -> Vec<(FileId, Vec<Text>, Text)> {
    let forms = &view.lexicon.keys;
    let kinds = [Kind::Yaml, Kind::Json, Kind::Toml];
    let files = view.program.files().filter(|f| kinds.contains(&view.program.sources[f.index()].kind));
    let mut found = Vec::new();
    for file in files {
        for setting in &view.program.file(file).settings {
            let (Some((key, above)), Scalar::Text(name)) = (setting.keys.split_last(), setting.value) else { continue };
            if let Some(arguments) = forms.target(*key).filter(|_| name.contains('.') && !name.contains('$')) {
                let mut keys = above.to_vec();
                keys.extend((!arguments.is_empty()).then(|| Text::from(arguments)));
                found.push((file, keys, name));
            }
        }
    }
    found
}

/// What the function or class of a dotted name takes.
fn named(view: &View<'_>, name: Text) -> Takes {
    let (module, last) = name.rsplit_once('.')?;
    let path = module.replace('.', "/");
    let files = ["", "src/"].iter().flat_map(|base| [format!("{base}{path}.py"), format!("{base}{path}/__init__.py")]);
    let mut own = files.filter_map(|path| view.program.at_path(&path));
    match own.next() {
        Some(file) => taken(view, definition(view, file, Text::from(last), 0)?),
        None => signature(name).map(|names| names.into_iter().map(Text::from).collect()),
    }
}

/// The definition that a module knows under a name.
fn definition(view: &View<'_>, file: FileId, name: Text, depth: usize) -> Option<Def> {
    let value = view.program.binding(Def { file, id: 0 }, name)?;
    match view.program.op(Node { file, value }).kind {
        OpKind::Define(id) => Some(Def { file, id }),
        OpKind::Import(index) if depth < REEXPORTS => match view.program.imported(file, index) {
            Imported::Name(of, name) => definition(view, of, name, depth + 1),
            _ => None,
        },
        _ => None,
    }
}

/// What a function of the repository, or what makes the objects of one of its classes, takes.
fn taken(view: &View<'_>, def: Def) -> Takes {
    let definition = view.program.definition(def);
    let (made, skipped) = match definition.kind {
        DefKind::Function if !definition.decorators.is_empty() => return None,
        DefKind::Function => (def, 0),
        DefKind::Class => match view.types.method_of(def, "__init__") {
            Some(made) => (made, 1),
            None => return fields(view, def),
        },
        DefKind::Module => return None,
    };
    let params = &view.program.definition(made).params;
    if params.iter().any(|p| p.kind == ParamKind::Keywords) {
        return None;
    }
    Some(params.iter().skip(skipped).map(|p| p.name).collect())
}

/// The fields of a record.
fn fields(view: &View<'_>, class: Def) -> Takes {
    let records = |name: &Text| view.lexicon.of_type(*name, &|t| t.record.then_some(())).is_some();
    let mut names: FxHashSet<Text> = FxHashSet::default();
    for base in view.types.library_bases(class).iter().filter(|base| !records(base)) {
        names.extend(signature(*base)?.into_iter().map(Text::from));
    }
    for of in view.types.lineage(class) {
        let definition = view.program.definition(of);
        let marked = definition.decorators.iter().any(|value| {
            let node = Node { file: of.file, value: *value };
            let called = match view.program.op(node).kind {
                OpKind::Call(function, _) => Node { value: function, ..node },
                _ => node,
            };
            view.types.library_name(called).is_some_and(|name| records(&name))
        });
        if !marked {
            return None;
        }
        names.extend(definition.bindings.iter().map(|(name, _)| *name));
    }
    Some(names)
}

/// The places in files that calls hand on whole, and what the calls take.
fn handed(view: &View<'_>, known: &Known) -> Vec<(SettingsNode, FxHashSet<Text>)> {
    let mut found = Vec::new();
    for (def, call) in view.calls().filter(|(def, _)| known.roles[def.file.index()] != Role::Test) {
        let OpKind::Call(function, operands) = view.program.op(call).kind else { continue };
        let at = |value: u32| Node { value, ..call };
        let operands = view.program.operands(call.file, operands);
        if let [spread] = operands.iter().filter(|o| o.role == ArgRole::Spread).collect::<Vec<_>>().as_slice()
            && let Some(node) = view.evaluator.settings_node(&Seen::anywhere(at(spread.value)))
            && let Some(takes) = called(view, at(function))
        {
            found.push((node, takes));
        }
        let parsed = view.types.callees(call).iter().find_map(|callee| match callee {
            Callee::Meaning(m) if m.parses_settings && m.returns == Some(Returns::Made) => m.place.as_ref(),
            _ => None,
        });
        if let Some(slot) = parsed
            && let Some(place) = view.types.slot(call, slot)
            && let Some(takes) = view.types.given_for_options(call).and_then(|given| all(view, given))
        {
            let nodes = files(view, known, def, place).into_iter().map(|file| SettingsNode { file, keys: Vec::new() });
            found.extend(nodes.map(|node| (node, takes.clone())));
        }
    }
    found
}

/// What a called value takes.
fn called(view: &View<'_>, function: Node) -> Takes {
    match view.types.of(function) {
        [Type::Class(def) | Type::Function(def)] => taken(view, *def),
        [Type::Library(name)] => signature(*name).map(|names| names.into_iter().map(Text::from).collect()),
        _ => None,
    }
}

/// What several classes take together.
fn all(view: &View<'_>, given: Node) -> Takes {
    let at = |value: u32| Node { value, ..given };
    match view.program.op(given).kind {
        OpKind::Tuple(operands) | OpKind::List(operands) => {
            let mut names = FxHashSet::default();
            for operand in view.program.operands(given.file, operands) {
                names.extend(called(view, at(operand.value))?);
            }
            Some(names)
        }
        _ => called(view, given),
    }
}

/// The settings files that a place names, also where a command says it.
fn files(view: &View<'_>, known: &Known, def: Def, place: Node) -> Vec<FileId> {
    let mut found: Vec<FileId> = Vec::new();
    for pattern in &view.evaluator.texts(&Seen::anywhere(place)).patterns {
        found.extend(loads::files(view, place.file, pattern));
        let at = crate::value::place::Where { pattern, scheme: None, environment: false };
        for invocation in &known.invocations {
            if known.reached.get(&invocation.program).is_some_and(|reached| reached.contains(&def)) {
                let arguments =
                    Arguments { words: invocation.arguments.clone(), environment: &invocation.environment, view };
                let folder = invocation.folder.as_deref();
                let told = view.placer.place(view.evaluator, at, invocation.program, folder, &arguments);
                found.extend(view.program.at_path(&told.name));
            }
        }
        let alone = view.placer.place(view.evaluator, at, place.file, None, &NoBindings);
        found.extend(view.program.at_path(&alone.name));
    }
    found.sort_unstable();
    found.dedup();
    found
}
