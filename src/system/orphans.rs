//! Functions and methods of programs that nobody calls, imports or names: code that experiments left behind.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobSetBuilder};
use rustc_hash::FxHashSet;

use super::fields::forwarded;
use super::relevance::mark;
use super::together::tell;
use super::{Known, Role, View, has_other_name, is_value_used};
use crate::fact::{DefKind, Op, OpKind, Operand, Text, Val};
use crate::program::{Def, Node};
use crate::source::{FileId, Kind};
use crate::system::graph::System;
use crate::value::follow::Seen;
use crate::value::mentions::{How, Mention};
use crate::value::text::Part;
use crate::value::types::{Callee, Type};

/// Functions of fewer statements cost nobody anything.
const LEAST: u32 = 4;

/// The names of all functions that are asked about.
pub fn names<'v>(view: &'v View<'_>, known: &'v Known) -> impl Iterator<Item = Text> + 'v {
    let files = view.program.files().filter(|file| looked_at(view, known, *file));
    files.flat_map(|file| functions(view, file)).map(|def| view.program.definition(def).name)
}

/// Marks the functions that nobody mentions, in modules whose other functions are mostly used.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let reflected = reflected(view);
    let away = forwarded(view);
    for file in view.program.files().filter(|file| looked_at(view, known, *file) && !reflected.contains(file)) {
        let mut homes: BTreeMap<u32, (usize, Vec<Def>)> = BTreeMap::new();
        for def in functions(view, file) {
            let home = homes.entry(view.program.definition(def).parent).or_default();
            home.0 += 1;
            if is_orphan(view, known, def) {
                home.1.push(def);
            }
        }
        let definitions = view.program.file(file).definitions.iter();
        let own = definitions.filter(|d| d.kind == DefKind::Function && d.name != "<lambda>");
        let size = |home: u32| own.clone().filter(|d| d.parent == home).count();
        // Where many are unused, users outside of this repository are meant. A class is in use by its other methods, and
        // what is handed to libraries they call.
        let in_use = |(home, (all, orphans)): &(u32, (usize, Vec<Def>))| {
            let class = Def { file, id: *home };
            orphans.len() * 3 <= size(*home) && (*home == 0 || (orphans.len() < *all && !away.contains(&class)))
        };
        let orphans: Vec<Def> = homes.into_iter().filter(in_use).flat_map(|(_, (_, orphans))| orphans).collect();
        let told = orphans.iter().filter(|def| view.program.definition(**def).statements >= LEAST);
        let (mut learning, mut other) = (Vec::new(), Vec::new());
        for (def, node) in told.filter_map(|def| Some((*def, *known.functions.get(def)?))) {
            system.mark(node, "orphan");
            mark(system, node, view.relevance.is_of(def));
            if view.relevance.is_of(def) { learning.push(node) } else { other.push(node) }
        }
        tell(system, known, &learning, "of this file");
        tell(system, known, &other, "of this file");
    }
}

/// A module of the system itself, whose names are not handed out as a whole.
fn looked_at(view: &View<'_>, known: &Known, file: FileId) -> bool {
    let source = &view.program.sources[file.index()];
    let hands_out = |(value, op): (Val, &Op)| match op.kind {
        // `sys.modules[__name__]`, `globals()`: its names are looked up while it runs.
        OpKind::Attr(..) => view.types.library_name(Node { file, value }).is_some_and(|name| name == "sys.modules"),
        OpKind::Global(name) | OpKind::Bind(name, _) => {
            matches!(name.as_str(), "globals" | "locals" | "exec" | "eval" | "__all__")
        }
        _ => false,
    };
    matches!(source.kind, Kind::Python | Kind::R)
        // The functions of a package of R are for whoever loads it.
        && !(source.kind == Kind::R && view.program.paths().any(|path| path.rsplit('/').next() == Some("NAMESPACE")))
        && matches!(known.roles[file.index()], Role::Train | Role::Serve | Role::Plain)
        && (view.reach.is_imported(file) || known.programs.contains(&file))
        && !source.path.ends_with("__init__.py")
        && !(0..).zip(&view.program.file(file).ops).any(hands_out)
}

/// The functions of a module's own level, and the methods of its plain classes, that no decorator hands to anybody.
fn functions<'v>(view: &'v View<'_>, file: FileId) -> impl Iterator<Item = Def> + 'v {
    (0..).zip(&view.program.file(file).definitions).filter_map(move |(id, definition)| {
        let placed = definition.parent == 0 || is_plain_class(view, Def { file, id: definition.parent });
        let own = definition.kind == DefKind::Function && placed && definition.decorators.is_empty();
        // A test runner finds its functions by their names, wherever they stand.
        // R finds a method of a generic function by a name with a dot.
        let generic = view.program.sources[file.index()].kind == Kind::R && definition.name.contains('.');
        let found = definition.name.starts_with(['_', '<']) || definition.name.starts_with("test_") || generic;
        (own && !found && definition.name != "main").then_some(Def { file, id })
    })
}

/// A class whose methods nobody calls but who knows it: it builds on none, none builds on it, and it is in no registry.
fn is_plain_class(view: &View<'_>, class: Def) -> bool {
    let definition = view.program.definition(class);
    definition.kind == DefKind::Class
        && definition.parent == 0
        && definition.bases.is_empty()
        && definition.decorators.is_empty()
        && !view.types.subclasses.contains_key(&class)
        && !view.types.open.contains(&class)
}

fn is_orphan(view: &View<'_>, known: &Known, def: Def) -> bool {
    let definition = view.program.definition(def);
    // A name that stands in its own body only calls itself.
    let inside = |m: &Mention| m.file == def.file && m.value.is_some_and(|v| definition.body.contains(&v));
    let mentioned = known.mentions.of(definition.name).iter().any(|m| m.how != How::Parameter && !inside(m));
    let used = |value: Val| is_value_used(view, def.file, value) || has_other_name(view, def.file, value);
    !mentioned && !made_at(view, def).is_some_and(used)
}

/// The operation of the module's body that makes a function.
fn made_at(view: &View<'_>, def: Def) -> Option<Val> {
    let module = view.program.definition(Def { file: def.file, id: 0 });
    module.body.clone().find(|value| {
        matches!(view.program.op(Node { file: def.file, value: *value }).kind, OpKind::Define(id) if id == def.id)
    })
}

/// Modules whose functions are looked up by names that are made at run time, or handed out by a command line.
fn reflected(view: &View<'_>) -> FxHashSet<FileId> {
    let mut found = FxHashSet::default();
    // Who chooses modules at run time, and who chooses names in them.
    let (mut choices, mut choosers) = (Vec::new(), FxHashSet::default());
    for (def, call) in view.calls() {
        let OpKind::Call(_, operands) = view.program.op(call).kind else { continue };
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            if meaning.exposes {
                found.insert(def.file);
            }
            if meaning.imports {
                choices.push((call, operands));
            }
            if meaning.looks_up {
                let names = view.program.operands(call.file, operands).iter().skip(1);
                let made = |o: &Operand| view.program.literal(Node { value: o.value, ..call }).is_none();
                choosers.extend(names.take(1).any(made).then_some(call.file));
            }
            if meaning.looks_up || meaning.forwards {
                let operands = view.program.operands(call.file, operands).iter();
                let of = operands.flat_map(|o| view.types.of(Node { value: o.value, ..call }));
                found.extend(of.filter_map(|t| if let Type::Module(file) = t { Some(*file) } else { None }));
            }
        }
    }
    for (call, operands) in choices.into_iter().filter(|(call, _)| choosers.contains(&call.file)) {
        found.extend(named(view, call, view.program.operands(call.file, operands)));
    }
    found
}

/// The modules that a name made at run time may be: what it says for certain must be a whole part of the module's name.
fn named(view: &View<'_>, call: Node, operands: &[Operand]) -> Vec<FileId> {
    let Some(name) = operands.first() else { return Vec::new() };
    let texts = view.evaluator.texts(&Seen::anywhere(Node { value: name.value, ..call }));
    let globs = texts.patterns.iter().filter_map(|pattern| {
        let made = pattern.iter().any(|part| !matches!(part, Part::Text(_)));
        let word = |part: &Part| matches!(part, Part::Text(text) if text.split('.').any(|word| !word.is_empty()));
        if !made || !pattern.iter().any(word) {
            return None;
        }
        let path: String = pattern
            .iter()
            .map(|part| if let Part::Text(t) = part { t.replace('.', "/") } else { "*".into() })
            .collect();
        GlobBuilder::new(&format!("**/{}.py", path.trim_start_matches('/'))).literal_separator(true).build().ok()
    });
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(glob);
    }
    let Ok(set) = set.build() else { return Vec::new() };
    if set.is_empty() {
        return Vec::new();
    }
    view.program.files().filter(|file| set.is_match(&*view.program.sources[file.index()].path)).collect()
}
