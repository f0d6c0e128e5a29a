//! Arguments that fall into the `**rest` of a function which never looks at them: keywords that it has no parameter for,
//! and keys of settings that are spread into it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::is_looked_at;
use crate::fact::{Comparison, DefKind, OpKind, ParamKind, Role, SettingKind, Text, Val};
use crate::program::{Def, Node};
use crate::source::{At, Kind};
use crate::system::{Known, View, is_value_used};
use crate::value::follow::Seen;
use crate::value::types::{Callee, Site};

/// A function of fewer statements is a stub.
const STATEMENTS: u32 = 2;

/// An argument that nobody takes up.
pub(super) struct Swallowed {
    pub name: Text,
    /// Where it is given.
    pub at: At,
    /// The function that takes it, and its parameter for the rest.
    pub by: (Def, At),
    /// How it gets lost, in words.
    pub fate: String,
}

/// What a function does with the arguments that it has no parameters for.
struct Rest {
    /// The number of the parameter.
    index: u32,
    /// The keys that are looked up in it.
    read: FxHashSet<Text>,
    /// It is looked at only where this parameter holds something, and it holds nothing by default.
    gate: Option<u32>,
}

/// All of them.
pub(super) fn find(view: &View<'_>, known: &Known) -> Vec<Swallowed> {
    let rests = rests(view, known);
    let mut said: Option<FxHashSet<Text>> = None;
    let mut found = Vec::new();
    let mut told: FxHashSet<(Def, Text)> = FxHashSet::default();
    let mut functions: Vec<&Def> = rests.keys().collect();
    functions.sort_unstable();
    for def in functions {
        let sites = view.types.callers.get(def).map_or(&[][..], Vec::as_slice);
        for site in sites.iter().filter(|site| is_looked_at(known, site.within.file)) {
            for (name, at, spread) in lost(view, &rests, *def, site) {
                // A key of a map may be read before the map is spread.
                if spread && said.get_or_insert_with(|| asked(view)).contains(&name) || !told.insert((*def, name)) {
                    continue;
                }
                let definition = view.program.definition(*def);
                let rest = &definition.params[rests[def].index as usize];
                let function = match (definition.name.as_str(), view.program.class_of(*def)) {
                    ("__init__", Some(class)) => view.program.definition(class).name,
                    _ => definition.name,
                };
                let gate = rests[def].gate.map(|gate| definition.params[gate as usize].name);
                let fate = match gate {
                    Some(gate) => format!(
                        "is passed to `{function}`, which has no such parameter and looks at `**{}` only with `{gate}`",
                        rest.name
                    ),
                    None => format!(
                        "is passed to `{function}`, which has no such parameter and never reads it from `**{}`",
                        rest.name
                    ),
                };
                let by = (*def, At { file: def.file, span: rest.span });
                found.push(Swallowed { name, at, by, fate });
            }
        }
    }
    found
}

/// The functions that lose what they have no parameter for.
fn rests(view: &View<'_>, known: &Known) -> FxHashMap<Def, Rest> {
    let methods = methods(view);
    let defs = (0..view.program.def_count()).map(|index| view.program.def_at(index));
    let mut found = FxHashMap::default();
    for def in defs {
        let definition = view.program.definition(def);
        let own = |name: &&&str| matches!(**name, "staticmethod" | "classmethod");
        let real = definition.kind == DefKind::Function
            && view.program.sources[def.file.index()].kind != Kind::Rust
            && is_looked_at(known, def.file)
            && definition.statements >= STATEMENTS
            && !is_form(view, &methods, def)
            && definition.decorators.len() == view.types.decorators(def).iter().filter(own).count();
        let rest = (0..).zip(&definition.params).find(|(_, param)| param.kind == ParamKind::Keywords);
        let Some((index, param)) = rest.filter(|_| real) else { continue };
        let node = Node { file: def.file, value: param.value };
        if looks_at_all(view, def) || is_captured(view, def, param.name) {
            continue;
        }
        if let Some(read) = looked_up(view, node) {
            found.insert(def, Rest { index, read, gate: None });
        } else if let Some(gate) = gate(view, def, node) {
            found.insert(def, Rest { index, read: FxHashSet::default(), gate: Some(gate) });
        }
    }
    found
}

/// How many classes have a method of a name.
fn methods(view: &View<'_>) -> FxHashMap<Text, u32> {
    let mut counts = FxHashMap::default();
    for def in (0..view.program.def_count()).map(|index| view.program.def_at(index)) {
        if view.program.class_of(def).is_some() {
            *counts.entry(view.program.definition(def).name).or_default() += 1;
        }
    }
    counts
}

/// Is a method called in a form that several classes keep to? What makes an object is called by its class's own name.
fn is_form(view: &View<'_>, methods: &FxHashMap<Text, u32>, def: Def) -> bool {
    let name = view.program.definition(def).name;
    view.program.class_of(def).is_some() && name != "__init__" && methods.get(&name).is_some_and(|count| *count > 1)
}

/// The keys that are looked up in the rest, if that is all that becomes of it.
fn looked_up(view: &View<'_>, rest: Node) -> Option<FxHashSet<Text>> {
    let beside = |value: Val| Node { value, ..rest };
    if is_named_outside(view, rest) {
        return None;
    }
    let asked = |user: Val| match view.program.op(beside(user)).kind {
        OpKind::Index(of, key) if of == rest.value => view.program.literal(beside(key)),
        OpKind::Compare(Comparison::In | Comparison::NotIn, key, _) => view.program.literal(beside(key)),
        // `rest.get("key")`
        OpKind::Attr(_, name) if view.lexicon.keys.is_looking(name) || name == "pop" => {
            let [call] = view.users.of(beside(user)) else { return None };
            let OpKind::Call(function, operands) = view.program.op(beside(*call)).kind else { return None };
            let first = view.program.operands(rest.file, operands).first()?;
            (function == user).then(|| view.program.literal(beside(first.value)))?
        }
        _ => None,
    };
    view.users.of(rest).iter().map(|user| asked(*user)).collect()
}

/// Is the rest used in a way of which the operations do not tell, or changed under its name?
fn is_named_outside(view: &View<'_>, rest: Node) -> bool {
    view.users.of(rest).is_empty() && is_value_used(view, rest.file, rest.value)
}

/// `locals()`
fn looks_at_all(view: &View<'_>, def: Def) -> bool {
    let names = |op: OpKind| matches!(op, OpKind::Global(name) if matches!(name.as_str(), "locals" | "vars" | "eval"));
    let body = view.program.definition(def).body.clone();
    body.into_iter().any(|value| names(view.program.op(Node { file: def.file, value }).kind))
}

/// Does a function inside of it use the name?
fn is_captured(view: &View<'_>, def: Def, name: Text) -> bool {
    let inner = (0..).zip(&view.program.file(def.file).definitions).filter(|(_, d)| d.parent == def.id);
    let mut bodies = inner.flat_map(|(_, d)| d.body.clone());
    bodies.any(|value| matches!(view.program.op(Node { file: def.file, value }).kind, OpKind::Global(of) if of == name))
}

/// The parameter, empty by default, on which it depends whether the rest is looked at.
fn gate(view: &View<'_>, def: Def, rest: Node) -> Option<u32> {
    let users = view.users.of(rest);
    if users.is_empty() {
        return None;
    }
    let definition = view.program.definition(def);
    let op = |value: Val| view.program.op(Node { value, ..rest }).kind;
    for (index, param) in (0..).zip(&definition.params) {
        let empty = param.default.is_some_and(|of| match op(of) {
            OpKind::Nothing | OpKind::Bool(false) | OpKind::Int(0) => true,
            OpKind::Str(text) => text.is_empty(),
            _ => false,
        });
        if !empty {
            continue;
        }
        let branches = definition.body.clone().filter(|value| match op(*value) {
            OpKind::If(condition, _) => condition == param.value,
            _ => false,
        });
        for branch in branches {
            let end = definition
                .body
                .clone()
                .skip_while(|value| *value <= branch)
                .find(|value| matches!(op(*value), OpKind::Else(of, _) | OpKind::End(of) if of == branch));
            if end.is_some_and(|end| users.iter().all(|user| *user > branch && *user < end)) {
                return Some(index);
            }
        }
    }
    None
}

/// What a call gives to a function that loses it, with its place, and whether it lies in a map that is spread.
fn lost(view: &View<'_>, rests: &FxHashMap<Def, Rest>, def: Def, site: &Site) -> Vec<(Text, At, bool)> {
    // Of several that may be called all must lose it.
    let mut called: Vec<Def> = view
        .types
        .callees(site.call)
        .iter()
        .filter_map(|callee| if let Callee::Function(of, _) = callee { Some(*of) } else { None })
        .collect();
    if called.is_empty() {
        called.push(def);
    }
    let is_lost = |name: Text| {
        called.iter().all(|of| {
            let Some(rest) = rests.get(of) else { return false };
            let params = &view.program.definition(*of).params;
            let taken = params.iter().any(|p| p.name == name && p.kind != ParamKind::Keywords);
            let gated = rest.gate.is_some_and(|gate| {
                let passed = view.types.passed(site.call, *of, site.bound, site.via);
                !passed.iter().any(|(index, _)| *index == gate)
            });
            !taken && !rest.read.contains(&name) && (gated || rest.gate.is_none())
        })
    };
    let mut found = Vec::new();
    let mut seen: FxHashSet<Node> = FxHashSet::default();
    for (_, given) in view.types.passed(site.call, def, site.bound, site.via) {
        match given.role {
            Role::Named(name) if is_lost(name) => found.push((name, view.program.place(given.node), false)),
            Role::Spread if seen.insert(given.node) => {
                let Some(map) = view.evaluator.settings_node(&Seen::anywhere(given.node)) else { continue };
                let settings = view.program.file(map.file).settings.iter();
                let below = settings.filter(|s| {
                    s.kind == SettingKind::Entry && s.keys.len() == map.keys.len() + 1 && s.keys.starts_with(&map.keys)
                });
                let keys = below.filter_map(|s| Some((*s.keys.last()?, s.span)));
                let lost = keys.filter(|(key, _)| is_lost(*key));
                found.extend(lost.map(|(key, span)| (key, At { file: map.file, span }, true)));
            }
            _ => {}
        }
    }
    found
}

/// All that code asks for by a text or an attribute.
fn asked(view: &View<'_>) -> FxHashSet<Text> {
    let files = view.program.files().filter(|file| view.is_code(*file));
    let ops = files.flat_map(|file| &view.program.file(file).ops);
    ops.filter_map(|op| match op.kind {
        OpKind::Str(name) | OpKind::Attr(_, name) => Some(name),
        _ => None,
    })
    .collect()
}
