//! Settings that are written out in code, as one dict under a name that says so.

use rustc_hash::FxHashSet;

use crate::fact::{DefKind, OpKind, Role, Text};
use crate::system::derive::{Known, Role as CodeRole, View};
use crate::system::program::{Def, Node};

/// Dicts with fewer keys are no settings of a system.
const KEYS: usize = 5;

/// Dicts in dicts that are looked into.
const DEPTH: usize = 5;

/// A key and what lies below it.
pub struct Key {
    /// The key.
    pub key: Text,
    /// Where.
    pub node: Node,
    /// The keys of its dict.
    pub below: Vec<Key>,
}

/// The settings that one dict holds.
pub struct Written {
    /// The name to which they are bound.
    pub name: Text,
    /// In the body of this module or class.
    pub body: Def,
    /// The keys.
    pub keys: Vec<Key>,
}

/// Finds them.
pub fn all(view: &View<'_>, known: &Known) -> Vec<Written> {
    let mut found = Vec::new();
    for file in view.program.files() {
        if !view.is_code(file) || matches!(known.roles[file.index()], CodeRole::Test | CodeRole::Prototype) {
            continue;
        }
        let facts = view.program.file(file);
        for (id, definition) in (0..).zip(&facts.definitions).filter(|(_, d)| d.kind != DefKind::Function) {
            for value in definition.body.clone() {
                let OpKind::Bind(name, dict) = facts.op(value).kind else { continue };
                let last = name.rsplit('_').next().unwrap_or_default().to_ascii_lowercase();
                if !view.lexicon.keys.is_settings_name(Text::from(&last)) {
                    continue;
                }
                let keys = keys(view, Node { file, value: dict }, 0);
                if keys.len() >= KEYS {
                    found.push(Written { name, body: Def { file, id }, keys });
                }
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
        found.push(Key { key, node, below: keys(view, Node { value: pair[1].value, ..dict }, depth + 1) });
    }
    found
}

/// The operations that write the keys themselves, which are no readers.
pub fn own(written: &[Written]) -> FxHashSet<Node> {
    fn add(keys: &[Key], own: &mut FxHashSet<Node>) {
        for key in keys {
            own.insert(key.node);
            add(&key.below, own);
        }
    }
    let mut nodes = FxHashSet::default();
    written.iter().for_each(|w| add(&w.keys, &mut nodes));
    nodes
}

/// All keys.
pub fn wanted(written: &[Written]) -> FxHashSet<&'static str> {
    fn add(keys: &[Key], wanted: &mut FxHashSet<&'static str>) {
        for key in keys {
            wanted.insert(key.key.as_str());
            add(&key.below, wanted);
        }
    }
    let mut names = FxHashSet::default();
    written.iter().for_each(|w| add(&w.keys, &mut names));
    names
}
