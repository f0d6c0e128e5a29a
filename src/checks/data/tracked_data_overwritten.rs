//! Data whose version a tool keeps in the repository, and which the code writes anew.

use rustc_hash::FxHashSet;

use crate::fact::{Access, Declaration, Text};
use crate::program::parent;
use crate::source::At;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

pub const CHECK: Check = Check { rule: "tracked-data-overwritten", find };

/// One sighting for each place under version control that a program writes and others read.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let mut tracked: Vec<(NodeId, At)> = Vec::new();
    for file in view.program.files() {
        for declaration in &view.program.file(file).declarations {
            let Declaration::Data(data) = declaration else { continue };
            let folder = parent(view.program.path(file));
            let name = view.placer.path(&data.place.text, file, Some(folder)).name;
            if let Some(id) = system.find(NodeKind::Dataset, Text::from(&name)).filter(|_| data.pinned) {
                tracked.push((id, At { file, span: data.place.span }));
            }
        }
    }
    let mut told: FxHashSet<NodeId> = FxHashSet::default();
    let mut found = Vec::new();
    for (touch, dataset) in grounds.touched() {
        let Some((_, told_at)) = tracked.iter().find(|(id, _)| *id == dataset) else { continue };
        let read = system.reaching(dataset, EdgeKind::Reads).any(|id| system.node(id).kind != NodeKind::Branch);
        if touch.access == Access::Write
            && read
            && !touch.chosen()
            && grounds.is_product(touch.root.file)
            && told.insert(dataset)
        {
            found.push(Sighting::new(
                view.program.place(touch.top(view.program)),
                vec![view.symbol(touch.root), system.node(dataset).name],
                grounds.certainty(Certainty::Inferred, &[dataset]),
                vec![
                    ("data", dataset.into()),
                    ("tracked", (*told_at).into()),
                    ("role", grounds.role(touch.root.file).into()),
                ],
            ));
        }
    }
    found
}
