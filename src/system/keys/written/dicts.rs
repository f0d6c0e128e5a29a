//! Settings that one dict holds.

use super::{Holder, Key, Written};
use crate::fact::{DefKind, OpKind, Role, Text};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::View;

/// Dicts in dicts that are looked into.
const DEPTH: usize = 5;

/// The dicts that a module and its classes bind to names of settings.
pub fn of_file(view: &View<'_>, file: FileId) -> Vec<Written> {
    let facts = view.program.file(file);
    let mut found = Vec::new();
    for (id, definition) in (0..).zip(&facts.definitions).filter(|(_, d)| d.kind != DefKind::Function) {
        for value in definition.body.clone() {
            let OpKind::Bind(name, dict) = facts.op(value).kind else { continue };
            let last = name.rsplit('_').next().unwrap_or_default().to_ascii_lowercase();
            if view.lexicon.keys.is_settings_name(Text::from(&last)) {
                let keys = keys(view, Node { file, value: dict }, 0);
                found.push(Written { holder: Holder::Bound(Def { file, id }, name), keys });
            }
        }
    }
    found
}

fn keys(view: &View<'_>, dict: Node, depth: usize) -> Vec<Key> {
    let OpKind::Dict(operands) = view.program.op(dict).kind else { return Vec::new() };
    let operands = view.program.operands(dict.file, operands);
    if depth > DEPTH || operands.iter().any(|o| o.role == Role::Spread) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for pair in operands.windows(2).filter(|pair| pair[0].role == Role::Key) {
        let node = Node { value: pair[0].value, ..dict };
        let Some(key) = view.program.literal(node) else { return Vec::new() };
        found.push(Key { key, nodes: vec![node], below: keys(view, Node { value: pair[1].value, ..dict }, depth + 1) });
    }
    found
}
