//! Settings that are set one by one: on an object made for it (`config = ConfigDict()`), or by a class of settings on
//! itself.

use std::collections::BTreeMap;

use super::{Holder, Key, Written, classes};
use crate::fact::{OpKind, Text, Val};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::View;
use crate::value::types::Callee;

/// Attributes of attributes that are looked into.
const DEPTH: usize = 8;

/// On what settings are set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Root {
    /// What a call makes.
    Made(Val),
    /// An object of a class of settings, while it is made.
    This(Def),
}

/// The objects of a file on which settings are set.
pub fn of_file(view: &View<'_>, file: FileId) -> Vec<Written> {
    let facts = view.program.file(file);
    let mut found: BTreeMap<Root, Written> = BTreeMap::new();
    for id in 0..u32::try_from(facts.definitions.len()).unwrap_or(u32::MAX) {
        let def = Def { file, id };
        let this = this(view, def);
        let follow = |value: Val| root(view, file, this, value, 0);
        for value in view.program.definition(def).body.clone() {
            match facts.op(value).kind {
                OpKind::SetAttr(object, name, _) if !name.starts_with('_') => {
                    let Some((root, keys)) = follow(object) else { continue };
                    let holder = match root {
                        Root::This(class) => Holder::Class(class),
                        Root::Made(_) => Holder::Object(file, Vec::new(), None),
                    };
                    let written = found.entry(root).or_insert_with(|| Written { holder, keys: Vec::new() });
                    add(&mut written.keys, &keys, name, Node { file, value });
                }
                OpKind::Bind(name, of) if id == 0 => {
                    if let Some(Holder::Object(_, names, _)) = whole(file, follow(of), &mut found) {
                        names.push(name);
                    }
                }
                OpKind::Return(of) => {
                    if let Some(Holder::Object(_, _, returned)) = whole(file, follow(of), &mut found) {
                        *returned = Some(def);
                    }
                }
                _ => {}
            }
        }
    }
    found.into_values().collect()
}

/// The holder of which a value is all.
fn whole(file: FileId, of: Option<(Root, Vec<Text>)>, found: &mut BTreeMap<Root, Written>) -> Option<&mut Holder> {
    let (root, _) = of.filter(|(root, keys)| keys.is_empty() && matches!(root, Root::Made(_)))?;
    let new = || Written { holder: Holder::Object(file, Vec::new(), None), keys: Vec::new() };
    Some(&mut found.entry(root).or_insert_with(new).holder)
}

/// The class of settings whose objects a method makes.
fn this(view: &View<'_>, def: Def) -> Option<Def> {
    let class = view.program.class_of(def).filter(|_| view.program.definition(def).name == "__init__")?;
    classes::holds_settings(view, class, view.program.definition(class)).then_some(class)
}

/// On what a value lies, and below which attributes.
fn root(view: &View<'_>, file: FileId, this: Option<Def>, value: Val, depth: usize) -> Option<(Root, Vec<Text>)> {
    let below = |value| root(view, file, this, value, depth + 1);
    match view.program.file(file).op(value).kind {
        _ if depth > DEPTH => None,
        OpKind::Attr(object, name) => {
            let (root, mut keys) = below(object)?;
            keys.push(name);
            Some((root, keys))
        }
        OpKind::After(value, _) => below(value),
        OpKind::Param(0) => Some((Root::This(this?), Vec::new())),
        OpKind::Call(..) => {
            let made = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.holds_settings);
            view.types.callees(Node { file, value }).iter().any(made).then(|| (Root::Made(value), Vec::new()))
        }
        _ => None,
    }
}

/// Adds a key below others; what is set again is the same key.
fn add(all: &mut Vec<Key>, above: &[Text], key: Text, node: Node) {
    let mut at = all;
    for name in above {
        let index = at.iter().position(|k| k.key == *name);
        let index = index.unwrap_or_else(|| {
            at.push(Key { key: *name, nodes: vec![node], below: Vec::new() });
            at.len() - 1
        });
        at = &mut at[index].below;
    }
    match at.iter_mut().find(|k| k.key == key) {
        Some(known) => known.nodes.push(node),
        None => at.push(Key { key, nodes: vec![node], below: Vec::new() }),
    }
}
