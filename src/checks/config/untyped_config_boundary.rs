//! Maps of settings that go from module to module as they were loaded, with no class that says what is in them.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::fact::{OpKind, Text};
use crate::program::Node;
use crate::source::FileId;
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// Questions of one module that are followed to where the map was loaded.
const FOLLOWED: usize = 3;

pub const CHECK: Check = Check { rule: "untyped-config-boundary", find };

/// One sighting for each call that loads a map which other modules ask for keys.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, known) = (grounds.view, grounds.known);
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
    let sighting = |(load, readers): (Node, BTreeSet<FileId>)| {
        let at = view.program.place(load);
        let modules: Vec<NodeId> = readers.iter().map(|file| known.modules[file.index()]).collect();
        let first = modules.first().map_or(&[][..], std::slice::from_ref);
        let mut sighting = Sighting::new(
            at,
            vec![view.symbol(view.program.owner(load)), Text::from(view.program.path(at.file))],
            grounds.certainty(Certainty::Inferred, first),
            vec![("modules", modules.len().into()), ("role", grounds.role(at.file).into())],
        );
        sighting.more = modules.into_iter().map(|module| vec![("module", module.into())]).collect();
        sighting
    };
    readers.into_iter().map(sighting).collect()
}

fn is_load(view: &View<'_>, node: Node) -> bool {
    view.types.callees(node).iter().any(|callee| matches!(callee, Callee::Meaning(m) if m.parses_settings))
}
