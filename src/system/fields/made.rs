//! Fields that the constructor of a settings class fills, with constants, with what it gets, or with what a map holds.

use rustc_hash::FxHashSet;

use super::forwarded;
use crate::fact::{DefKind, OpKind, Text, Val};
use crate::program::{Def, Node};
use crate::source::{At, Kind};
use crate::system::graph::System;
use crate::system::ignored::Kept;
use crate::system::{Known, Role, View};
use crate::value::types::Callee;
use crate::vocabulary::NodeKind;

/// A class of which fewer fields are read is read in another way, or not at all.
const READ: usize = 2;

/// Adds a setting for every such field that nobody reads.
pub(super) fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let classes: Vec<Def> = classes(view, known).collect();
    if classes.is_empty() {
        return;
    }
    let (kept, forwarded) = (Kept::new(view), forwarded(view));
    let whole = recorded_apart(view);
    for class in classes {
        let open = |of: &Def| forwarded.contains(of) || whole.contains(of) || view.types.open.contains(of);
        if view.types.lineage(class).iter().any(open) {
            continue;
        }
        let fields = fields(view, class);
        let (read, unread): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(name, _)| kept.is_read(class, *name));
        if read.len() < READ {
            continue;
        }
        for (name, at) in unread {
            let setting = system.add(NodeKind::Setting, name, at, view.symbol(class));
            system.say(setting, "form", "field");
            system.say(setting, "role", known.roles[class.file.index()].word());
            system.mark(setting, "defined");
        }
    }
}

/// Classes that say by their names that they hold settings, and that build on no library's class.
fn classes<'v>(view: &'v View<'_>, known: &'v Known) -> impl Iterator<Item = Def> + 'v {
    (0..view.program.def_count()).map(|index| view.program.def_at(index)).filter(move |def| {
        let definition = view.program.definition(*def);
        let answers = |name: &Text| name.starts_with("__get") || name.starts_with("__iter");
        definition.kind == DefKind::Class
            && view.program.sources[def.file.index()].kind == Kind::Python
            && known.roles[def.file.index()] != Role::Test
            && definition.decorators.is_empty()
            && view.lexicon.keys.is_settings_class(&definition.name)
            && view.types.library_bases(*def).is_empty()
            && !definition.bindings.iter().any(|(name, _)| answers(name))
    })
}

/// The fields that a class's constructor fills once.
fn fields(view: &View<'_>, class: Def) -> Vec<(Text, At)> {
    let Some(init) = view.types.method_of(class, "__init__").filter(|init| init.file == class.file) else {
        return Vec::new();
    };
    if view.program.class_of(init) != Some(class) {
        return Vec::new();
    }
    let at = |value: Val| Node { file: class.file, value };
    let mut found: Vec<(Text, At)> = Vec::new();
    for value in view.program.definition(init).body.clone() {
        let OpKind::SetAttr(object, name, given) = view.program.op(at(value)).kind else { continue };
        let own = matches!(view.program.op(at(object)).kind, OpKind::Param(0));
        if own && !name.starts_with('_') && is_setting(view, at(given)) && !found.iter().any(|(of, _)| *of == name) {
            found.push((name, view.program.place(at(value))));
        }
    }
    found
}

/// Is a value a constant, a parameter, or what a map holds at a key?
fn is_setting(view: &View<'_>, node: Node) -> bool {
    match view.program.op(node).kind {
        OpKind::Str(_) | OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_) | OpKind::Param(_) => true,
        OpKind::List(operands) | OpKind::Tuple(operands) => {
            let operands = view.program.operands(node.file, operands);
            operands.iter().all(|o| is_setting(view, Node { value: o.value, ..node }))
        }
        OpKind::Index(_, key) => view.program.literal(Node { value: key, ..node }).is_some(),
        OpKind::Call(..) => {
            view.types.callees(node).iter().any(|c| matches!(c, Callee::Meaning(m) if m.looks_up))
                || view.types.method_name(node).is_some_and(|name| view.lexicon.keys.is_looking(name))
        }
        _ => false,
    }
}

/// The classes whose objects are taken as a dict of all fields for more than to write them down.
fn recorded_apart(view: &View<'_>) -> FxHashSet<Def> {
    let tracer = view.tracer();
    let mut found = FxHashSet::default();
    for node in view.users.attributes(Text::from("__dict__")) {
        let OpKind::Attr(object, _) = view.program.op(node).kind else { continue };
        let used = tracer.follow(node, &[]);
        if used.is_whole(&[]) || !used.filled.is_empty() {
            found.extend(Kept::classes(view, Node { value: object, ..node }));
        }
    }
    found
}
