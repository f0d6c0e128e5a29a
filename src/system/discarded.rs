//! Readings and writings whose result, and so whose failure, is thrown away: `let _ = ..`.

use rustc_hash::FxHashSet;

use super::{Known, Role, View};
use crate::fact::{Access, OpKind, Text};
use crate::lexicon::Subject;
use crate::program::Node;
use crate::source::Kind;
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds a group for each touch of data whose result nobody looks at, where failing is a result.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let dropped = dropped(view);
    let mut told: FxHashSet<Node> = FxHashSet::default();
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let Some(dataset) = *dataset else { continue };
        let role = known.roles[touch.call.file.index()];
        let kept = matches!(touch.subject, Subject::Data | Subject::Model | Subject::Settings);
        if role == Role::Test || !kept || !dropped.contains(&touch.call) || !told.insert(touch.call) {
            continue;
        }
        let (edge, reason) = match (touch.access, touch.subject) {
            (Access::Read, Subject::Model) => {
                (EdgeKind::Reads, "if the model cannot be loaded, the program goes on with one that knows nothing")
            }
            (Access::Read, _) => (EdgeKind::Reads, "if it cannot be read, the program goes on without it"),
            (Access::Write | Access::Append, _) => {
                (EdgeKind::Writes, "if it cannot be written, what lay there before is taken for the new")
            }
            (Access::Delete, _) => continue,
        };
        let at = view.program.place(touch.call);
        let group =
            system.add(NodeKind::Group, Text::from(system.node(dataset).name.as_str()), at, view.symbol(touch.within));
        system.say(group, "what", "discarded");
        system.say(group, "because", reason);
        system.say(group, "role", role.word());
        system.join(edge, group, dataset, at, Certainty::Seen);
    }
}

/// The calls of Rust code whose results are thrown away.
fn dropped(view: &View<'_>) -> FxHashSet<Node> {
    let rust = view.program.files().filter(|file| view.program.sources[file.index()].kind == Kind::Rust);
    let dropped = rust.flat_map(|file| {
        view.program.file(file).ops.iter().filter_map(move |op| match op.kind {
            OpKind::Delete(value) => Some(Node { file, value }),
            _ => None,
        })
    });
    dropped.collect()
}
