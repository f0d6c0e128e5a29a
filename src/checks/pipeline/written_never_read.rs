//! Data that is written and that nothing reads, beside data that is.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{Access, OpKind, Text};
use crate::program::{Node, parent};
use crate::system::Role;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::whereabouts::{folder, kin, last, mentioned};
use crate::system::wired::{Handed, Wired};
use crate::value::spelling::{covers, fits};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// So many files of a folder that are read make it a folder of hand-overs.
const HANDED_ON: usize = 3;

/// So many outputs of a folder that steps take, for one that none takes.
const TAKEN: usize = 2;

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
    unread.into_iter().map(sighting).chain(untaken(grounds)).collect()
}

/// One sighting for each output of a step, kept under a name, that no step takes and nothing else names, in a folder
/// whose other files steps hand on.
fn untaken(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system, known) = (grounds.view, grounds.system, grounds.known);
    let mut found = Vec::new();
    for listing in &known.listings {
        let of = |step: &&Wired| step.by_name && step.project == listing.project;
        let steps: Vec<&Wired> = known.wired.iter().filter(of).collect();
        let taken: FxHashSet<&str> = steps.iter().flat_map(|s| &s.takes).map(|of| listing.bare(&of.name)).collect();
        let is_taken = |name: &str| taken.iter().any(|of| *of == name || of.contains("{}") && fits(of, name));
        let open = steps.iter().any(|step| !step.closed.0);
        let mut handed: FxHashMap<&str, usize> = FxHashMap::default();
        let mut unread: Vec<(&Wired, &Handed, NodeId)> = Vec::new();
        for step in steps.iter().filter(|step| step.registered && grounds.is_product(step.at.file)) {
            for of in &step.makes {
                let Some(data) = of.data.first().copied() else { continue };
                let home = folder(&system.node(data).name);
                if is_taken(listing.bare(&of.name)) {
                    *handed.entry(home).or_default() += 1;
                } else if !of.name.contains('{') && !open {
                    unread.push((step, of, data));
                }
            }
        }
        let mut lost: FxHashMap<&str, usize> = FxHashMap::default();
        for (_, _, data) in &unread {
            *lost.entry(folder(&system.node(*data).name)).or_default() += 1;
        }
        for (step, of, data) in unread {
            let home = folder(&system.node(data).name);
            // Where most are the last of their line, the folder holds results.
            if lost[home] * TAKEN <= handed.get(home).copied().unwrap_or_default()
                && !is_named(grounds, &steps, of, data)
            {
                found.push(Sighting::new(
                    view.program.place(of.node),
                    vec![view.symbol(step.within), system.node(data).name],
                    grounds.certainty(Certainty::Inferred, &[data]),
                    vec![("data", data.into())],
                ));
            }
        }
    }
    found
}

/// Does anything but the steps that make it name an output, or read what lies at its place?
fn is_named(grounds: &Grounds<'_>, steps: &[&Wired], of: &Handed, data: NodeId) -> bool {
    let (view, system) = (grounds.view, grounds.system);
    let own: FxHashSet<Node> = steps.iter().flat_map(|step| &step.makes).map(|of| of.node).collect();
    let mut said = view.program.files().flat_map(|file| {
        let ops = (0..).zip(&view.program.file(file).ops);
        ops.filter(move |(_, op)| matches!(op.kind, OpKind::Str(_))).map(move |(value, op)| (Node { file, value }, op))
    });
    let file_name = last(&system.node(data).name);
    let names = |text: &str| text == of.name || text.ends_with(file_name.as_str());
    let in_code = said.any(|(node, op)| matches!(op.kind, OpKind::Str(t) if names(&t)) && !own.contains(&node));
    let commands = view.program.facts.iter().flat_map(|facts| &facts.commands).flat_map(|command| &command.words);
    in_code || commands.into_iter().any(|word| names(word)) || system.reaching(data, EdgeKind::Reads).next().is_some()
}
