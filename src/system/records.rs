//! Fields of Rust types that a command line or a settings file fills: which are read, and which types travel on whole.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, Role, View};
use crate::fact::{DefKind, Import, OpKind, Scalar, Setting, SettingKind, Text, Val};
use crate::program::{Def, Node, parent};
use crate::source::{At, FileId, Kind};
use crate::system::graph::System;
use crate::value::mentions::How;
use crate::value::types::Type;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// What the names of types end with that are filled from a settings file.
const ENDINGS: [&str; 7] = ["Config", "Configuration", "Settings", "Args", "Options", "Params", "Hyperparameters"];

/// Derives that read no fields but to show, copy, compare or fill them.
const PLAIN: [&str; 19] = [
    "Args",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Deserialize",
    "Eq",
    "Hash",
    "JsonSchema",
    "Ord",
    "Parser",
    "PartialEq",
    "PartialOrd",
    "StructOpt",
    "Subcommand",
    "ValueEnum",
    "ArgEnum",
    "Clap",
    "Zeroize",
];

/// The names of all fields.
pub fn names<'v>(view: &'v View<'_>, known: &'v Known) -> impl Iterator<Item = Text> + 'v {
    files(view, known).flat_map(|file| filled(view, file)).filter_map(|setting| setting.keys.last().copied())
}

/// Adds a setting for every field of a type that is filled from outside.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let by_class = classes(view, known);
    if by_class.is_empty() {
        return;
    }
    let settings = settings_classes(view, &by_class);
    let whole = travelling(view, &settings);
    let unread = files(view, known).any(|file| !view.program.file(file).problems.is_empty());
    let alive = in_programs(view, known);
    for class in settings {
        // A type for a file that nobody keeps here says what stands in somebody else's, whether it is needed or not.
        let kept = |setting: &&&Setting| setting.keys.last().is_some_and(|key| view.evaluator.settings.has_key(*key));
        let foreign = by_class[&class].iter().filter(kept).count() * 2 < by_class[&class].len();
        for setting in by_class.get(&class).into_iter().flatten() {
            let Some(name) = setting.keys.last().copied().filter(|name| !name.starts_with('_')) else { continue };
            let at = At { file: class.file, span: setting.span };
            let node = system.add(NodeKind::Setting, name, at, view.symbol(class));
            system.say(node, "form", if setting.kind == SettingKind::Field { "field" } else { "option" });
            system.say(node, "flag", &flag(setting, name));
            system.say(node, "role", known.roles[class.file.index()].word());
            system.mark(node, "defined");
            // Typing a switch can only say yes.
            if setting.kind == SettingKind::Option && setting.value == Scalar::Bool(true) {
                system.mark(node, "constant");
                let module = known.modules[class.file.index()];
                system.join(EdgeKind::Follows, node, module, system.node(node).at, Certainty::Seen);
            }
            if unread
                || (foreign && setting.kind == SettingKind::Field)
                || whole.contains(&class)
                || !alive.contains(&class.file)
            {
                system.mark(node, "opaque");
            }
            let read = |file: FileId| view.program.sources[file.index()].kind == Kind::Rust;
            if known.mentions.of(name).iter().any(|m| m.how == How::Attribute && read(m.file)) {
                system.mark(node, "used");
            }
        }
    }
}

fn flag(setting: &Setting, name: Text) -> String {
    match setting.kind {
        SettingKind::Option => format!("--{}", name.replace('_', "-")),
        _ => name.as_str().to_owned(),
    }
}

fn files<'v>(view: &'v View<'_>, known: &'v Known) -> impl Iterator<Item = FileId> + 'v {
    let rust = |file: &FileId| view.program.sources[file.index()].kind == Kind::Rust;
    view.program.files().filter(rust).filter(|file| known.roles[file.index()] != Role::Test)
}

fn filled<'v>(view: &'v View<'_>, file: FileId) -> impl Iterator<Item = &'v Setting> + 'v {
    view.program.file(file).settings.iter().filter(|setting| setting.kind != SettingKind::Entry)
}

/// The fields by the type in which they stand.
fn classes<'v>(view: &'v View<'_>, known: &Known) -> FxHashMap<Def, Vec<&'v Setting>> {
    let mut found: FxHashMap<Def, Vec<&Setting>> = FxHashMap::default();
    for file in files(view, known) {
        let definitions = &view.program.file(file).definitions;
        for setting in filled(view, file) {
            let around = |d: &crate::fact::Definition| {
                d.kind == DefKind::Class && d.whole.start <= setting.span.start && setting.span.end <= d.whole.end
            };
            // The innermost type is the last that begins before the field.
            if let Some(id) = definitions.iter().rposition(around).and_then(|id| u32::try_from(id).ok()) {
                found.entry(Def { file, id }).or_default().push(setting);
            }
        }
    }
    found
}

/// Types of options, those that are called settings, and those that such hold.
fn settings_classes(view: &View<'_>, by_class: &FxHashMap<Def, Vec<&Setting>>) -> Vec<Def> {
    let called = |class: &Def| ENDINGS.iter().any(|end| view.program.definition(*class).name.ends_with(end));
    let option = |class: &Def| by_class[class].iter().any(|setting| setting.kind != SettingKind::Field);
    let mut waiting: Vec<Def> = by_class.keys().copied().filter(|class| called(class) || option(class)).collect();
    let mut found: FxHashSet<Def> = FxHashSet::default();
    while let Some(class) = waiting.pop() {
        if found.insert(class) {
            waiting.extend(held(view, class).filter(|of| by_class.contains_key(of)));
        }
    }
    let mut found: Vec<Def> = found.into_iter().collect();
    found.sort_unstable();
    found
}

/// The types of a type's own fields.
fn held<'v>(view: &'v View<'_>, class: Def) -> impl Iterator<Item = Def> + 'v {
    let bindings = view.program.definition(class).bindings.iter();
    let types = bindings.flat_map(move |(_, value)| view.types.of(Node { file: class.file, value: *value }));
    types.filter_map(|ty| match ty {
        Type::Object(of) => Some(*of),
        _ => None,
    })
}

/// Types whose fields others read without naming them, by code that a derive makes: what can be written out whole is
/// taken to be.
fn travelling(view: &View<'_>, settings: &[Def]) -> FxHashSet<Def> {
    let reads = |class: &Def| derives(view, *class).iter().any(|name| !PLAIN.contains(&name.as_str()));
    let mut waiting: Vec<Def> = settings.iter().copied().filter(reads).collect();
    let mut found: FxHashSet<Def> = FxHashSet::default();
    while let Some(class) = waiting.pop() {
        if found.insert(class) {
            waiting.extend(held(view, class));
        }
    }
    found
}

/// The names of all that a type derives.
fn derives(view: &View<'_>, class: Def) -> Vec<Text> {
    let facts = view.program.file(class.file);
    let name = |value: Val| match facts.op(value).kind {
        OpKind::Global(name) | OpKind::Attr(_, name) => Some(name),
        OpKind::Import(index) => facts.imports.get(index as usize).map(|i: &Import| i.name.unwrap_or(i.module)),
        OpKind::Path(path) => path.rsplit('.').next().map(Text::from),
        _ => None,
    };
    let mut found = Vec::new();
    for value in &view.program.definition(class).decorators {
        if let OpKind::Call(function, operands) = facts.op(*value).kind
            && name(function).is_some_and(|name| name == "derive")
        {
            found.extend(facts.operands(operands).iter().filter_map(|o| name(o.value)));
        }
    }
    found
}

/// The files of which a program of the repository itself, not an example, runs something: what is only a library's may
/// be read by whoever uses the library.
pub fn in_programs(view: &View<'_>, known: &Known) -> FxHashSet<FileId> {
    let real = |file: &&FileId| {
        !matches!(known.roles[file.index()], Role::Test | Role::Prototype) && !shows(view.program.path(**file))
    };
    let rust = |file: &&FileId| view.program.sources[file.index()].kind == Kind::Rust;
    let programs = known.programs.iter().filter(real).filter(rust);
    programs.filter_map(|file| known.reached.get(file)).flatten().map(|def| def.file).collect()
}

/// Does a program lie in a crate of examples, by the last word of a folder's name: `wasm-examples/chat/src/main.rs`?
fn shows(path: &str) -> bool {
    let last = |folder: &str| folder.rsplit(['-', '_']).next().is_some_and(|w| matches!(w, "example" | "examples"));
    parent(path).split('/').any(last)
}
