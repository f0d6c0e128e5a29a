//! Data that is written and that nothing reads, beside data that is.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{Access, Text};
use crate::program::parent;
use crate::system::Role;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::whereabouts::{folder, kin, last, mentioned};
use crate::value::spelling::covers;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// So many files of a folder that are read make it a folder of hand-overs.
const HANDED_ON: usize = 3;

pub const CHECK: Check = Check { rule: "written-never-read", find };

/// One sighting for each file that nothing reads, in a folder whose other files programs hand to each other.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system, known) = (grounds.view, grounds.system, grounds.known);
    let mut first: FxHashMap<NodeId, usize> = FxHashMap::default();
    for (number, (touch, dataset)) in view.touches.all.iter().zip(&known.datasets).enumerate() {
        let Some(dataset) = *dataset else { continue };
        let role = grounds.role(touch.root.file);
        if touch.access == Access::Write && !touch.chosen() && matches!(role, Role::Train | Role::Serve | Role::Plain) {
            first.entry(dataset).or_insert(number);
        }
    }
    let read = |id: NodeId| system.reaching(id, EdgeKind::Reads).next().is_some();
    let mut written: Vec<NodeId> = first.keys().copied().collect();
    written.sort_unstable();
    let outside = |id: NodeId| {
        ["remote", "pattern", "temporary", "declared"].iter().any(|flag| system.is(id, flag))
            || system.node(id).name.starts_with("table:")
    };
    let readings: Vec<Text> = system
        .nodes()
        .filter(|(id, node)| node.kind == NodeKind::Dataset && read(*id))
        .map(|(_, node)| node.name)
        .collect();
    let patterns: Vec<Text> = readings.iter().copied().filter(|name| name.contains("{}")).collect();
    let readings: FxHashSet<Text> = readings.into_iter().collect();
    // Whoever reads a folder reads what lies in it.
    let covered = |name: Text| {
        let mut above = folder(&name);
        while !above.is_empty() {
            if readings.contains(&Text::from(above)) {
                return true;
            }
            above = parent(above);
        }
        // An unknown part of a name stands for one part of the place.
        let depth = |place: &str| place.matches('/').count();
        patterns.iter().any(|pattern| depth(pattern) == depth(&name) && covers(pattern, &name))
    };
    let (handed, unread): (Vec<NodeId>, Vec<NodeId>) =
        written.into_iter().filter(|id| !outside(*id)).partition(|id| read(*id) || covered(system.node(*id).name));
    let mut unread: Vec<NodeId> = unread;
    let count = |of: &[NodeId], like: &str| of.iter().filter(|id| kin(&system.node(**id).name) == kin(like)).count();
    let lost: FxHashMap<NodeId, (usize, usize)> = unread
        .iter()
        .map(|id| (*id, (count(&handed, &system.node(*id).name), count(&unread, &system.node(*id).name))))
        .collect();
    unread.retain(|id| lost[id].0 >= HANDED_ON && lost[id].1 * HANDED_ON <= lost[id].0);
    let names = unread.iter().map(|id| last(&system.node(*id).name)).collect();
    let elsewhere = mentioned(view, known, names, Access::Write);
    unread.retain(|id| !elsewhere.contains(&last(&system.node(*id).name)));
    let sighting = |dataset: NodeId| {
        let touch = &view.touches.all[first[&dataset]];
        let own = [view.symbol(touch.root), system.node(dataset).name];
        Sighting::new(
            view.program.place(touch.top(view.program)),
            own.into_iter().chain(system.identity(dataset)).collect(),
            grounds.certainty(Certainty::Inferred, &[dataset]),
            vec![("data", dataset.into())],
        )
    };
    unread.into_iter().map(sighting).collect()
}
