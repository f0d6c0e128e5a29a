//! Flags that are bound to one literal, and the branches that can never run because of it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::fields::is_record;
use super::{Known, Role, View};
use crate::fact::{DefKind, OpKind, Text, Val};
use crate::program::{Imported, Node};
use crate::source::{At, FileId, Kind, Span};
use crate::system::graph::System;
use crate::value::mentions::How;
use crate::value::types::Type;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A file with more constant flags than this is meant to be edited by hand before each run.
const EDITED_BY_HAND: usize = 5;

/// Adds flags and the branches they guard.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let flags = flags(view, known);
    let mut per_file: FxHashMap<FileId, usize> = FxHashMap::default();
    for (file, _) in flags.keys() {
        *per_file.entry(*file).or_default() += 1;
    }
    for index in 0..view.program.def_count() {
        let def = view.program.def_at(index);
        if known.roles[def.file.index()] == Role::Test || view.program.sources[def.file.index()].kind == Kind::Notebook
        {
            continue;
        }
        for value in view.program.definition(def).body.clone() {
            let node = Node { file: def.file, value };
            let OpKind::If(condition, then) = view.program.op(node).kind else { continue };
            let (condition, negated) = match view.program.op(Node { value: condition, ..node }).kind {
                OpKind::Not(inner) => (inner, true),
                _ => (condition, false),
            };
            let Some((file, name)) = flag_of(view, &flags, Node { value: condition, ..node }) else { continue };
            if per_file.get(&file).is_some_and(|n| *n > EDITED_BY_HAND) {
                continue;
            }
            let flag = &flags[&(file, name)];
            let runs = flag.on != negated;
            let other = other_arm(view, node);
            // The arm that never runs: the first if the condition cannot hold, else the other one.
            let (statements, at) = if runs { other } else { (then, view.program.op(node).span) };
            if statements == 0 {
                continue;
            }
            let flag_node = system.named(
                NodeKind::Flag,
                name,
                At { file, span: flag.span },
                Text::from(&format!("{}:{name}", view.program.path(file))),
            );
            system.say(flag_node, "value", if flag.on { "True" } else { "False" });
            let role = known.roles[def.file.index()].word();
            system.say(flag_node, "role", role);
            let branch = system.add(NodeKind::Branch, name, At { file: def.file, span: at }, view.symbol(def));
            system.count(branch, "statements", statements as usize);
            system.join(EdgeKind::Guards, flag_node, branch, At { file: def.file, span: at }, Certainty::Seen);
        }
    }
}

struct Flag {
    on: bool,
    span: Span,
}

/// Module- and class-level names that are bound exactly once, to a literal, and set by nobody else.
fn flags(view: &View<'_>, known: &Known) -> FxHashMap<(FileId, Text), Flag> {
    let (in_classes, fields) = (names_of_classes(view), fields(view));
    let settled = candidates(view, known).filter(|(file, name, _)| {
        // Tests and callers may patch a flag, as an attribute or by its name as a text; a subclass may bind it anew, and
        // whoever makes an object may hand its fields in.
        let set = known.mentions.of(*name).iter().any(|m| matches!(m.how, How::Assigned | How::Text | How::Keyword));
        let elsewhere = in_classes.get(name).is_some_and(|files| files.iter().any(|f| f != file));
        // Settings files fill fields of settings classes by their names.
        let filled = view.evaluator.settings.has_key(*name);
        !set && !elsewhere
            && !filled
            && !fields.contains(&(*file, *name))
            && !view.types.rebound.contains_key(&(*file, *name))
    });
    settled.map(|(file, name, flag)| ((file, name), flag)).collect()
}

/// The names of what may be a flag.
pub fn names<'v>(view: &'v View<'_>, known: &'v Known) -> impl Iterator<Item = Text> + 'v {
    candidates(view, known).map(|(_, name, _)| name)
}

fn candidates<'v>(view: &'v View<'_>, known: &'v Known) -> impl Iterator<Item = (FileId, Text, Flag)> + 'v {
    view.program.files().filter(|f| known.roles[f.index()] != Role::Test).flat_map(|f| bound_once(view, f))
}

fn bound_once(view: &View<'_>, file: FileId) -> Vec<(FileId, Text, Flag)> {
    let facts = view.program.file(file);
    let mut bound: FxHashMap<Text, (usize, Option<Flag>)> = FxHashMap::default();
    for op in &facts.ops {
        match op.kind {
            OpKind::Bind(name, value) => {
                let slot = bound.entry(name).or_default();
                slot.0 += 1;
                let injected = facts.injected.iter().any(|cell| cell.start <= op.span.start && op.span.end <= cell.end);
                if let OpKind::Bool(on) = facts.op(value).kind
                    && !injected
                {
                    slot.1 = Some(Flag { on, span: op.span });
                }
            }
            // `exec(open("configurator.py").read())` may set anything.
            OpKind::Global(name) if name == "exec" || name == "globals" => return Vec::new(),
            _ => {}
        }
    }
    let once = bound.into_iter().filter(|(name, (times, _))| *times == 1 && !is_environment(name));
    let mut once: Vec<_> = once.filter_map(|(name, (_, flag))| Some((file, name, flag?))).collect();
    once.sort_unstable_by_key(|(_, _, flag)| flag.span);
    once
}

/// The names that classes bind, and in which files.
fn names_of_classes(view: &View<'_>) -> FxHashMap<Text, Vec<FileId>> {
    let mut names: FxHashMap<Text, Vec<FileId>> = FxHashMap::default();
    for file in view.program.files() {
        let classes = view.program.file(file).definitions.iter().filter(|d| d.kind == DefKind::Class);
        for (name, _) in classes.flat_map(|d| &d.bindings) {
            let files = names.entry(*name).or_default();
            if files.last() != Some(&file) {
                files.push(file);
            }
        }
    }
    names
}

/// The fields of records: whoever makes one may hand them in, in another repository too.
fn fields(view: &View<'_>) -> FxHashSet<(FileId, Text)> {
    let classes = (0..view.program.def_count()).map(|index| view.program.def_at(index));
    let records = classes.filter(|def| {
        let definition = view.program.definition(*def);
        definition.kind == DefKind::Class && is_record(view, *def, definition)
    });
    records
        .flat_map(|def| view.program.definition(def).bindings.iter().map(move |(name, _)| (def.file, *name)))
        .collect()
}

/// Names of what the machine offers or what a developer switches while looking for an error.
pub(super) fn is_environment(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    upper.starts_with("HAS_")
        || upper.starts_with("HAVE_")
        || upper.starts_with("IS_")
        || upper.ends_with("_AVAILABLE")
        || upper.contains("DEBUG")
        || upper.contains("VERBOSE")
        || upper.contains("TYPE_CHECKING")
}

/// The flag that a condition reads.
fn flag_of(view: &View<'_>, flags: &FxHashMap<(FileId, Text), Flag>, condition: Node) -> Option<(FileId, Text)> {
    let here = condition.file;
    let key = match view.program.op(condition).kind {
        OpKind::Global(name) => (here, name),
        OpKind::Import(index) => match view.program.imported(here, index) {
            Imported::Name(file, name) => (file, name),
            _ => return None,
        },
        OpKind::Attr(object, name) => match view.types.of(Node { value: object, ..condition }) {
            [Type::Module(file)] => (*file, name),
            [Type::Object(class) | Type::Class(class)] => (class.file, name),
            _ => return None,
        },
        // In the module's own body the name is the literal itself.
        OpKind::Bool(_) => {
            let facts = view.program.file(here);
            let bind = facts.ops.iter().find_map(|op| match op.kind {
                OpKind::Bind(name, value) if value == condition.value => Some(name),
                _ => None,
            })?;
            (here, bind)
        }
        _ => return None,
    };
    flags.contains_key(&key).then_some(key)
}

/// The `else` of an `if`: its statements and its place.
pub(super) fn other_arm(view: &View<'_>, start: Node) -> (u32, Span) {
    let facts = view.program.file(start.file);
    let rest: std::ops::Range<Val> = start.value..u32::try_from(facts.ops.len()).unwrap_or(u32::MAX);
    for value in rest.skip(1) {
        match facts.op(value).kind {
            OpKind::Else(of, statements) if of == start.value => return (statements, facts.op(value).span),
            OpKind::End(of) if of == start.value => break,
            _ => {}
        }
    }
    (0, Span::default())
}
