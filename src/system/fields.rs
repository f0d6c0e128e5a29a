//! Fields of settings classes (dataclasses, pydantic settings): which are read, and which classes travel on as a whole.

mod made;

use rustc_hash::FxHashSet;

use super::{Known, Role as FileRole, View};
use crate::fact::{DefKind, Definition, OpKind, Role, Text, Val};
use crate::lexicon::Meaning;
use crate::program::{Def, Node};
use crate::source::{At, Kind};
use crate::system::graph::System;
use crate::value::mentions::How;
use crate::value::types::{Callee, Type};
use crate::vocabulary::NodeKind;

/// What the names of settings classes end with.
const ENDINGS: [&str; 9] =
    ["Config", "Configuration", "Settings", "Args", "Arguments", "Options", "Params", "Hparams", "HParams"];

/// What a settings file is loaded into.
const MAP: &str = "settings.Map";

/// Records in records.
const NESTED: usize = 6;

/// The names of all fields of settings classes.
pub fn names<'v>(view: &'v View<'_>, known: &'v Known) -> impl Iterator<Item = Text> + 'v {
    classes(view, known).flat_map(|class| fields(view, class)).map(|(name, _)| name)
}

/// Adds a setting for every field of a settings class.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    made::derive(view, system, known);
    let classes: Vec<Def> = classes(view, known).collect();
    let forwarded = if classes.is_empty() { FxHashSet::default() } else { forwarded(view) };
    for class in classes {
        let whole = forwarded.contains(&class);
        for (name, at) in fields(view, class) {
            let setting = system.add(NodeKind::Setting, name, at, view.symbol(class));
            system.say(setting, "form", "field");
            system.say(setting, "role", known.roles[class.file.index()].word());
            system.mark(setting, "defined");
            if whole {
                system.mark(setting, "opaque");
            }
            let read = |how: How| matches!(how, How::Attribute | How::Text | How::Global);
            if known.mentions.of(name).iter().any(|m| read(m.how)) {
                system.mark(setting, "used");
            }
        }
    }
}

fn classes<'v>(view: &'v View<'_>, known: &'v Known) -> impl Iterator<Item = Def> + 'v {
    let filled = filled(view);
    let nested = nested(view);
    (0..view.program.def_count()).map(|index| view.program.def_at(index)).filter(move |def| {
        let definition = view.program.definition(*def);
        definition.kind == DefKind::Class
            && view.program.sources[def.file.index()].kind == Kind::Python
            && known.roles[def.file.index()] != FileRole::Test
            && (view.evaluator.options.is_filled(*def)
                || (filled.contains(def)
                    || nested.contains(def)
                    || ENDINGS.iter().any(|e| definition.name.ends_with(e)))
                    && is_record(view, *def, definition))
    })
}

/// The classes whose objects are fields of settings classes.
fn nested(view: &View<'_>) -> FxHashSet<Def> {
    let defs = (0..view.program.def_count()).map(|index| view.program.def_at(index));
    let settings = defs.filter(|def| {
        let definition = view.program.definition(*def);
        definition.kind == DefKind::Class
            && ENDINGS.iter().any(|e| definition.name.ends_with(e))
            && is_record(view, *def, definition)
    });
    let class = |ty: &Type| if let Type::Class(class) | Type::Object(class) = ty { Some(*class) } else { None };
    let made = |def: Def| {
        let body = view.program.definition(def).body.clone();
        body.filter_map(move |value| match view.program.file(def.file).op(value).kind {
            OpKind::Bind(_, of) => Some(Node { file: def.file, value: of }),
            _ => None,
        })
    };
    settings.flat_map(made).flat_map(|node| view.types.of(node).iter().filter_map(class)).collect()
}

/// The classes whose objects a library, or a call with the whole map, fills from settings.
fn filled(view: &View<'_>) -> FxHashSet<Def> {
    let mut found = FxHashSet::default();
    let class = |node: Node| {
        view.types.of(node).iter().find_map(|t| if let Type::Class(class) = t { Some(*class) } else { None })
    };
    for (_, call) in view.calls() {
        let OpKind::Call(function, operands) = view.program.op(call).kind else { continue };
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            let slot = meaning.fills_class.as_ref().and_then(|slot| view.types.slot(call, slot));
            found.extend(slot.and_then(class));
        }
        let operands = view.program.operands(call.file, operands).iter().filter(|o| o.role == Role::Spread);
        let mut spread = operands.map(|o| Node { value: o.value, ..call });
        if spread.any(|map| view.types.is_a(map, MAP)) {
            found.extend(class(Node { value: function, ..call }));
        }
    }
    found
}

/// A class whose fields are its settings: by its decorator, or by a base that the lexicon knows as settings.
pub(super) fn is_record(view: &View<'_>, class: Def, definition: &Definition) -> bool {
    let decorated = definition.decorators.iter().any(|value| {
        let of = |value: Val| view.types.of(Node { file: class.file, value }).iter().any(|t| is_settings(view, t));
        match view.program.file(class.file).op(*value).kind {
            OpKind::Call(function, _) => of(function),
            _ => of(*value),
        }
    });
    let bases = view.types.library_bases(class);
    // Another library's base has readers of its own.
    let known = bases.iter().all(|b| is_settings(view, &Type::Library(*b)));
    known && (decorated || !bases.is_empty()) && view.types.own_bases(class).next().is_none()
}

fn is_settings(view: &View<'_>, ty: &Type) -> bool {
    matches!(ty, Type::Library(name) if view.lexicon.of_type(*name, &|t| t.record.then_some(())).is_some())
}

/// Names bound in the class's own body, methods and private ones left out.
pub(super) fn fields(view: &View<'_>, class: Def) -> Vec<(Text, At)> {
    let facts = view.program.file(class.file);
    let body = view.program.definition(class).body.clone();
    let bound = body.filter_map(|value| match facts.op(value).kind {
        OpKind::Bind(name, of) if !matches!(facts.op(of).kind, OpKind::Define(_) | OpKind::Import(_)) => {
            Some((name, At { file: class.file, span: facts.op(value).span }))
        }
        _ => None,
    });
    bound.filter(|(name, _)| !name.starts_with('_') && name != "model_config").collect()
}

/// Classes whose objects go on as a whole: as a dict, by reflection, or into code that is not known.
pub(super) fn forwarded(view: &View<'_>) -> FxHashSet<Def> {
    let mut found = FxHashSet::default();
    let classes = |node: Node| {
        view.types.of(node).iter().filter_map(|t| match t {
            Type::Object(class) | Type::Class(class) => Some(*class),
            _ => None,
        })
    };
    for (_, call) in view.calls() {
        let OpKind::Call(function, operands) = view.program.op(call).kind else { continue };
        let function = Node { value: function, ..call };
        let own = view.types.callees(call).iter().any(|c| matches!(c, Callee::Function(..)))
            || view.types.of(function).iter().any(|t| matches!(t, Type::Class(_)));
        if own || shapes(view, call) {
            continue;
        }
        // A method that the class does not define is its base's, which may hand on every field.
        if let OpKind::Attr(object, _) = view.program.op(function).kind {
            found.extend(classes(Node { value: object, ..call }));
        }
        let operands = view.program.operands(call.file, operands).iter();
        found.extend(operands.flat_map(|o| classes(Node { value: o.value, ..call })));
    }
    // What stands in another class's body is a part of that class, and goes where it goes.
    let mut parts: Vec<(Def, Def)> = Vec::new();
    for file in view.program.files() {
        for (id, definition) in (0..).zip(&view.program.file(file).definitions) {
            if definition.kind != DefKind::Class {
                continue;
            }
            let whole = Def { file, id };
            for value in definition.body.clone() {
                if !matches!(view.program.file(file).op(value).kind, OpKind::Define(_)) {
                    parts.extend(classes(Node { file, value }).map(|part| (whole, part)));
                }
            }
        }
        for op in &view.program.file(file).ops {
            // `settings.__dict__`
            if let OpKind::Attr(object, name) = op.kind
                && name == "__dict__"
            {
                found.extend(classes(Node { file, value: object }));
            }
        }
    }
    let told =
        |class: Def| view.evaluator.options.is_filled(class) || is_record(view, class, view.program.definition(class));
    for _ in 0..NESTED {
        let before = found.len();
        let more: Vec<Def> =
            parts.iter().filter(|(whole, _)| found.contains(whole) || !told(*whole)).map(|(_, part)| *part).collect();
        found.extend(more);
        if found.len() == before {
            break;
        }
    }
    found
}

/// Does a call only say which class is filled, or what a field holds?
fn shapes(view: &View<'_>, call: Node) -> bool {
    let shapes = |m: &Meaning| {
        m.options_of.is_some() || m.describes_field || m.types_settings || m.fills_class.is_some() || m.lists_fields
    };
    view.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(m) if shapes(m)))
}
