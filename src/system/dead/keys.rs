//! Branches on a key of the settings that nobody defines.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Dead, View, settings};
use crate::fact::{DefKind, OpKind, Operand, Text};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::value::follow::Seen;
use crate::value::types::Type;
use crate::vocabulary::Certainty;

/// A value is followed over so many names and fields.
const STEPS: usize = 6;

/// What code says of keys.
pub struct Keys {
    /// The keys that it puts into maps.
    defined: FxHashSet<Text>,
    /// The fields of classes that are maps, written out there.
    fields: FxHashMap<Text, Vec<Node>>,
}

impl Keys {
    /// Looks through all code.
    pub fn new(view: &View<'_>) -> Self {
        let mut fields: FxHashMap<Text, Vec<Node>> = FxHashMap::default();
        for file in view.program.files() {
            let facts = view.program.file(file);
            let classes = facts.definitions.iter().filter(|d| d.kind == DefKind::Class);
            for (name, value) in classes.flat_map(|d| &d.bindings) {
                if matches!(facts.op(*value).kind, OpKind::Dict(entries) if entries.len > 0) {
                    fields.entry(*name).or_default().push(Node { file, value: *value });
                }
            }
        }
        Self { defined: settings::set_by_code(view), fields }
    }
}

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId, keys: &Keys) -> Vec<Dead> {
    let facts = view.program.file(file);
    let mut found = Vec::new();
    for (id, definition) in (0..).zip(&facts.definitions) {
        for value in definition.body.clone() {
            let OpKind::If(condition, statements) = facts.op(value).kind else { continue };
            let node = |value| Node { file, value };
            let Some((map, key)) = looked_up(view, node(condition)) else { continue };
            let Some((base, parent)) = looked_up(view, map) else { continue };
            let known = |key: &Text| keys.defined.contains(key) || view.evaluator.settings.has_key(*key);
            if known(&key) || !holds_map(view, keys, base, parent) {
                continue;
            }
            let number = if statements == 1 { "statement".to_owned() } else { format!("{statements} statements") };
            found.push(Dead {
                what: "unreachable",
                reason: format!(
                    "no settings file, default or code defines `{parent}.{key}`, so the {number} under it never run"
                ),
                name: Text::from(&format!("{parent}.{key}")),
                at: At { file, span: facts.op(condition).span },
                within: Def { file, id },
                statements: statements as usize,
                certainty: Certainty::Inferred,
            });
        }
    }
    found
}

/// `map.get("key")` or `map["key"]`: the map and the key. A default that holds is an answer of its own.
fn looked_up(view: &View<'_>, node: Node) -> Option<(Node, Text)> {
    let at = |value| Node { value, ..node };
    match view.program.op(node).kind {
        OpKind::Index(map, key) => Some((at(map), view.program.literal(at(key))?)),
        OpKind::Call(function, operands) => {
            let OpKind::Attr(map, get) = view.program.op(at(function)).kind else { return None };
            let operands = view.program.operands(node.file, operands);
            let key = view.program.literal(at(operands.first()?.value))?;
            let empty = operands.get(1).is_none_or(|default| match view.program.op(at(default.value)).kind {
                OpKind::Nothing | OpKind::Bool(false) => true,
                OpKind::Dict(entries) => entries.len == 0,
                _ => false,
            });
            (get == "get" && empty && operands.len() <= 2).then_some((at(map), key))
        }
        _ => None,
    }
}

/// Is a value a map, written out in code, that has a map under that key?
fn holds_map(view: &View<'_>, keys: &Keys, base: Node, key: Text) -> bool {
    let mut waiting = vec![Seen::anywhere(base)];
    // A field of an object that cannot be told is that of the only class which has such a map.
    if let OpKind::Attr(object, name) = view.program.op(base).kind
        && view.types.of(Node { value: object, ..base }).iter().all(|ty| matches!(ty, Type::Library(_)))
        && let Some([only]) = keys.fields.get(&name).map(Vec::as_slice)
    {
        waiting = vec![Seen::anywhere(*only)];
    }
    for _ in 0..STEPS {
        let Some(seen) = waiting.pop() else { return false };
        let OpKind::Dict(operands) = view.program.op(seen.node).kind else {
            waiting.extend(view.evaluator.follow.back(&seen).values);
            continue;
        };
        let at = |value| Node { value, ..seen.node };
        let is_entry = |pair: &[Operand]| {
            let map = matches!(view.program.op(at(pair[1].value)).kind, OpKind::Dict(entries) if entries.len > 0);
            map && view.program.literal(at(pair[0].value)) == Some(key)
        };
        if view.program.operands(seen.node.file, operands).windows(2).any(is_entry) {
            return true;
        }
    }
    false
}
