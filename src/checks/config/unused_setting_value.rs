//! Settings and variables of the environment that code reads into a name which it then never uses.

use rustc_hash::FxHashSet;

use crate::fact::{DefKind, OpKind, Text, Val};
use crate::lexicon::TextRule;
use crate::program::{Def, Node};
use crate::source::{FileId, Kind};
use crate::system::View;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "unused-setting-value", find };

/// Conversions and look-ups around one value.
const DEPTH: usize = 6;

/// What settings files and the environment are in code.
const MAPS: [&str; 3] = ["settings.Map", "settings.Tree", "os.environ"];

/// One sighting for each such name.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    let mut said: Option<FxHashSet<Text>> = None;
    for index in 0..view.program.def_count() {
        let def = view.program.def_at(index);
        if view.program.sources[def.file.index()].kind != Kind::Python || !grounds.is_product(def.file) {
            continue;
        }
        for (name, value, shared) in idle(view, def) {
            if name.starts_with('_') || view.lexicon.is_reserved(name) {
                continue;
            }
            let Some(key) = read(view, value, 0) else { continue };
            let mut elsewhere = || said.get_or_insert_with(|| names(view)).contains(&name);
            if is_named(view, def.file, name) || shared && elsewhere() {
                continue;
            }
            found.push(Sighting::new(
                view.program.place(value),
                vec![view.symbol(def), name],
                Certainty::Inferred,
                vec![
                    ("name", Capture::Text(name)),
                    ("key", Capture::Text(key)),
                    ("role", grounds.role(def.file).into()),
                ],
            ));
        }
    }
    found
}

/// The names that a body binds to a value which no operation of it takes, and whether others may ask for them.
fn idle(view: &View<'_>, def: Def) -> Vec<(Text, Node, bool)> {
    let definition = view.program.definition(def);
    let node = |value: Val| Node { file: def.file, value };
    let alone = |value: Val| view.users.of(node(value)).iter().all(|user| is_naming(view, node(*user)));
    let mut found = Vec::new();
    if definition.kind == DefKind::Function && !definition.lazy {
        let local = definition.bindings.iter().filter(|(_, value)| definition.body.contains(value));
        found.extend(
            local.filter(|(_, value)| view.users.of(node(*value)).is_empty()).map(|(n, v)| (*n, node(*v), false)),
        );
    }
    for value in definition.body.clone() {
        match view.program.op(node(value)).kind {
            OpKind::Bind(name, of) if def.id == 0 && alone(of) => found.push((name, node(of), true)),
            OpKind::SetAttr(object, name, of)
                if alone(of) && matches!(view.program.op(node(object)).kind, OpKind::Param(0)) =>
            {
                found.push((name, node(of), true));
            }
            _ => {}
        }
    }
    found
}

/// Gives an operation a value only a name?
fn is_naming(view: &View<'_>, user: Node) -> bool {
    matches!(view.program.op(user).kind, OpKind::Bind(..) | OpKind::SetAttr(..))
}

/// Does something in the file ask for a name, or for all names there are?
fn is_named(view: &View<'_>, file: FileId, name: Text) -> bool {
    view.program.file(file).ops.iter().any(|op| match op.kind {
        OpKind::Global(other) => {
            other == name || matches!(other.as_str(), "locals" | "globals" | "vars" | "eval" | "exec" | "__all__")
        }
        _ => false,
    })
}

/// The names that any file asks of something: as an attribute, in an import, in a text.
fn names(view: &View<'_>) -> FxHashSet<Text> {
    let mut found = FxHashSet::default();
    for file in view.program.files() {
        let facts = view.program.file(file);
        // What the environment is asked for says the name of the variable, not that of what holds it.
        let asks = |user: &Val| read(view, Node { file, value: *user }, DEPTH).is_some();
        for (value, op) in (0..).zip(&facts.ops) {
            match op.kind {
                OpKind::Attr(_, name) => drop(found.insert(name)),
                OpKind::Str(text) if !view.users.of(Node { file, value }).iter().any(asks) => drop(found.insert(text)),
                _ => {}
            }
        }
        found.extend(facts.imports.iter().filter_map(|import| import.name));
        // Who takes in all names may ask for each.
        if facts.imports.iter().any(|import| import.alias == "*") {
            found.extend(
                facts.ops.iter().filter_map(|op| if let OpKind::Global(name) = op.kind { Some(name) } else { None }),
            );
        }
    }
    found
}

/// The setting that a value is read from, if it is: through conversions, by keys, from the environment.
fn read(view: &View<'_>, value: Node, depth: usize) -> Option<Text> {
    if depth > DEPTH {
        return None;
    }
    match view.program.op(value).kind {
        OpKind::Index(map, key) => {
            let key = view.program.literal(Node { value: key, ..value })?;
            is_map(view, Node { value: map, ..value }, 0).then_some(key)
        }
        OpKind::Call(function, operands) => {
            let operands = view.program.operands(value.file, operands);
            let first = operands.first().map(|o| Node { value: o.value, ..value });
            let asks = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(m) if matches!(m.text, Some(TextRule::Environment)));
            if view.types.callees(value).iter().any(asks) {
                return view.program.literal(first?);
            }
            match view.program.op(Node { value: function, ..value }).kind {
                OpKind::Attr(map, method) if view.lexicon.keys.is_looking(method) => {
                    let key = view.program.literal(first?)?;
                    is_map(view, Node { value: map, ..value }, 0).then_some(key)
                }
                // `int(os.environ["N"])`
                OpKind::Global(_) if operands.len() == 1 => read(view, first?, depth + 1),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Is a value a map of settings, or the environment, or what lies in it under keys?
fn is_map(view: &View<'_>, value: Node, depth: usize) -> bool {
    if MAPS.iter().any(|map| view.types.is_a(value, map)) {
        return true;
    }
    depth < DEPTH
        && match view.program.op(value).kind {
            OpKind::Index(map, _) | OpKind::Attr(map, _) => is_map(view, Node { value: map, ..value }, depth + 1),
            OpKind::Call(function, _) => match view.program.op(Node { value: function, ..value }).kind {
                OpKind::Attr(map, method) if view.lexicon.keys.is_looking(method) => {
                    is_map(view, Node { value: map, ..value }, depth + 1)
                }
                _ => false,
            },
            _ => false,
        }
}
