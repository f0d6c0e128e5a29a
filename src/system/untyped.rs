//! Maps of settings that go from module to module as they were loaded, with no class that says what is in them.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::{Known, View};
use crate::fact::{OpKind, Text};
use crate::program::Node;
use crate::source::FileId;
use crate::system::graph::System;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Questions of one module that are followed to where the map was loaded.
const FOLLOWED: usize = 3;

/// Adds a group for each call that loads a map which other modules ask for keys; they are its members.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let mut asked: FxHashMap<FileId, Vec<Node>> = FxHashMap::default();
    let indexings = view.real(&view.sorted.indexings, known);
    for (_, node) in indexings.chain(view.real(&view.sorted.calls, known)) {
        let object = match view.program.op(node).kind {
            OpKind::Index(object, key) if view.program.literal(Node { value: key, ..node }).is_some() => object,
            OpKind::Call(function, _) => match view.program.op(Node { value: function, ..node }).kind {
                OpKind::Attr(object, _) => object,
                _ => continue,
            },
            _ => continue,
        };
        let object = Node { value: object, ..node };
        if view.types.instances(object).any(|name| name == "settings.Map") {
            let asked = asked.entry(node.file).or_default();
            if asked.len() < FOLLOWED {
                asked.push(object);
            }
        }
    }
    let mut readers: BTreeMap<Node, BTreeSet<FileId>> = BTreeMap::new();
    for (file, objects) in asked {
        for object in objects {
            walk(view.evaluator.follow, Seen::anywhere(object), &mut |seen| match is_load(view, seen.node) {
                true if seen.node.file == file => Go::Done,
                true => {
                    readers.entry(seen.node).or_default().insert(file);
                    Go::Done
                }
                false => Go::On,
            });
        }
    }
    for (load, readers) in readers {
        let at = view.program.place(load);
        let group = system.add(
            NodeKind::Group,
            Text::from(view.program.path(at.file)),
            at,
            view.symbol(view.program.owner(load)),
        );
        system.say(group, "what", "untyped");
        system.say(group, "role", known.roles[at.file.index()].word());
        system.count(group, "size", readers.len());
        for file in readers {
            system.join(EdgeKind::Uses, known.modules[file.index()], group, at, Certainty::Inferred);
        }
    }
}

fn is_load(view: &View<'_>, node: Node) -> bool {
    view.types.callees(node).iter().any(|callee| matches!(callee, Callee::Meaning(m) if m.parses_settings))
}
