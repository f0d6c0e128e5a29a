//! Readings and writings whose result, and so whose failure, is thrown away: `let _ = ..`.

use rustc_hash::FxHashSet;

use crate::fact::{Access, OpKind, Text};
use crate::lexicon::Subject;
use crate::program::Node;
use crate::source::Kind;
use crate::system::View;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "discarded-result", find };

/// One sighting for each touch of data whose result nobody looks at, where failing is a result.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let dropped = dropped(view);
    let mut told: FxHashSet<Node> = FxHashSet::default();
    let mut found = Vec::new();
    for (touch, dataset) in view.touches.all.iter().zip(&grounds.known.datasets) {
        let Some(dataset) = *dataset else { continue };
        let kept = matches!(touch.subject, Subject::Data | Subject::Model | Subject::Settings);
        if !grounds.is_product(touch.call.file) || !kept || !dropped.contains(&touch.call) || !told.insert(touch.call) {
            continue;
        }
        let effect = match (touch.access, touch.subject) {
            (Access::Read, Subject::Model) => "model-not-loaded",
            (Access::Read, _) => "not-read",
            (Access::Write | Access::Append, _) => "not-written",
            (Access::Delete, _) => continue,
        };
        found.push(Sighting {
            at: view.program.place(touch.call),
            identity: vec![view.symbol(touch.within), grounds.system.node(dataset).name],
            certainty: Certainty::Seen,
            captures: vec![("data", Capture::Node(dataset)), ("effect", Capture::Text(Text::from(effect)))],
            more: Vec::new(),
        });
    }
    found
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
