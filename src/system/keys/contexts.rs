//! What a program's commands hand to one another in the context that click keeps for them.

use super::Unread;
use crate::fact::{OpKind, Role as ArgRole};
use crate::program::Node;
use crate::system::options::CONTEXT;
use crate::system::{Known, Role, View};
use crate::value::lookups::{Lookups, Tracer};

/// The field of a context that is the program's own.
const OWN: &str = "obj";

/// What hands that field to the function below it.
const HANDS: [&str; 2] = ["click.pass_obj", "rich_click.pass_obj"];

/// The keys that one command puts there and no other takes out.
pub fn unread(view: &View<'_>, known: &Known, tracer: &Tracer<'_>) -> Vec<Unread> {
    let mut all = Lookups::default();
    let real = |file: crate::source::FileId| known.roles[file.index()] != Role::Test;
    for file in view.program.files().filter(|file| view.is_code(*file) && real(*file)) {
        for (value, op) in (0..).zip(&view.program.file(file).ops) {
            let node = Node { file, value };
            let context = |object| view.types.is_a(Node { file, value: object }, CONTEXT);
            match op.kind {
                OpKind::Attr(object, name) if name == OWN && context(object) => all.add(&tracer.follow(node, &[])),
                OpKind::SetAttr(object, name, given)
                    if name == OWN && context(object) && !put(view, Node { file, value: given }, &mut all) =>
                {
                    return Vec::new();
                }
                _ => {}
            }
        }
    }
    if all.set.is_empty() {
        return Vec::new();
    }
    for index in 0..view.program.def_count() {
        let def = view.program.def_at(index);
        let definition = view.program.definition(def);
        let handed = definition.decorators.iter().any(|value| {
            let name = view.types.library_name(Node { file: def.file, value: *value });
            name.is_some_and(|name| HANDS.contains(&name.as_str()))
        });
        if let Some(first) = definition.params.first().filter(|_| handed && real(def.file)) {
            all.add(&tracer.follow(Node { file: def.file, value: first.value }, &[]));
        }
    }
    if all.is_whole(&[]) || all.read.is_empty() || !all.walked.is_empty() {
        return Vec::new();
    }
    let set = all.set.iter().filter(|(path, _)| path.len() == 1 && !all.is_read(path));
    let first = set.filter_map(|(path, nodes)| Some((path, nodes.first()?)));
    first.map(|(path, node)| Unread::new(path.to_vec(), view.program.place(*node))).collect()
}

/// Notes the keys of a map that is put there; false if it is something else.
fn put(view: &View<'_>, given: Node, all: &mut Lookups) -> bool {
    let entries = match view.program.op(given).kind {
        OpKind::Dict(entries) => entries,
        // What was there, with one more key.
        OpKind::SetIndex(object, ..) => {
            return matches!(view.program.op(Node { value: object, ..given }).kind, OpKind::Attr(_, name) if name == OWN);
        }
        _ => return false,
    };
    let operands = view.program.operands(given.file, entries);
    for pair in operands.windows(2).filter(|pair| pair[0].role == ArgRole::Key) {
        let key = view.program.literal(Node { value: pair[0].value, ..given });
        let Some(key) = key else { return false };
        let path = std::iter::once(key).collect();
        all.set.entry(path).or_default().push(Node { value: pair[0].value, ..given });
    }
    operands.iter().all(|o| o.role != ArgRole::Spread)
}
