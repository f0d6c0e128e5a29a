//! Data that is made of other data before any value is followed: copies, what statements make, folders that hold files.

use rustc_hash::{FxHashMap, FxHashSet};

use super::graph::{NodeId, System};
use super::{Known, View};
use crate::fact::{Access, Text};
use crate::program::{Node, parent};
use crate::source::At;
use crate::value::spelling::covers;
use crate::value::text::Part;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// So many places of one folder or pattern are told one by one.
const HELD: usize = 60;

/// Adds what copies in code are made from.
pub fn copies(view: &View<'_>, system: &mut System, known: &Known) {
    let mut sources: FxHashMap<(Node, Option<Node>), Vec<NodeId>> = FxHashMap::default();
    let touches = || view.touches.all.iter().zip(&known.datasets).filter(|(touch, _)| touch.meaning.copies);
    let way = |touch: &crate::value::touches::Touch<'_>| (touch.call, touch.way.first().map(|site| site.call));
    for (touch, dataset) in touches().filter(|(touch, _)| touch.access == Access::Read) {
        sources.entry(way(touch)).or_default().extend(dataset);
    }
    for (touch, dataset) in touches().filter(|(touch, _)| touch.access == Access::Write) {
        let Some(dataset) = *dataset else { continue };
        for source in sources.get(&way(touch)).into_iter().flatten().filter(|source| **source != dataset) {
            system.join(EdgeKind::Derives, dataset, *source, view.program.place(touch.call), Certainty::Inferred);
        }
    }
}

/// What statements of one text touch: the number of each, how, and what.
pub type Touched = Vec<(u32, Access, NodeId)>;

/// Adds what the tables that statements write are made from.
pub fn statements(system: &mut System, at: At, touched: &Touched) {
    let mut reads: FxHashMap<u32, Vec<NodeId>> = FxHashMap::default();
    for (statement, access, dataset) in touched {
        if *access == Access::Read {
            reads.entry(*statement).or_default().push(*dataset);
        }
    }
    for (statement, access, dataset) in touched {
        if matches!(access, Access::Write | Access::Append) {
            for source in reads.get(statement).into_iter().flatten().filter(|source| *source != dataset) {
                system.join(EdgeKind::Derives, *dataset, *source, at, Certainty::Inferred);
            }
        }
    }
}

/// Adds what folders and patterns that are read hold of what is written, and what of a folder that is written whole is
/// read piece by piece.
pub fn held(view: &View<'_>, system: &mut System, known: &Known) {
    let is = |kind: EdgeKind, id: NodeId| system.reaching(id, kind).next().is_some();
    let all: Vec<(Text, NodeId)> = {
        let datasets = system.nodes().filter(|(_, node)| node.kind == NodeKind::Dataset);
        datasets.map(|(id, node)| (node.name, id)).collect()
    };
    let mut written: Vec<(&str, NodeId)> =
        all.iter().filter(|(_, id)| is(EdgeKind::Writes, *id)).map(|(name, id)| (name.as_str(), *id)).collect();
    written.sort_unstable();
    // What a step says it makes as a whole it fills.
    let made = |id: NodeId| system.reached(id, EdgeKind::Follows).next().is_some();
    let whole: FxHashMap<&str, NodeId> =
        all.iter().filter(|(name, id)| is_folder(name) && made(*id)).map(|(name, id)| (name.as_str(), *id)).collect();
    let globbed = globbed(view, known);
    let mut found: Vec<(NodeId, NodeId)> = Vec::new();
    let asked = |name: &str, id: NodeId| is(EdgeKind::Reads, id) || whole.get(name) == Some(&id);
    for (name, id) in all.iter().filter(|(name, id)| asked(name, *id)) {
        let name = name.as_str();
        let pattern = name.contains("{}");
        if (pattern && !globbed.contains(id)) || name.starts_with("table:") {
            continue;
        }
        let known = name.split("{}").next().unwrap_or_default();
        let front = if pattern { known.to_owned() } else { format!("{name}/") };
        // A pattern of everything holds everything, and so says nothing.
        if !front.bytes().any(|b| b.is_ascii_alphanumeric()) {
            continue;
        }
        if pattern || is_folder(name) {
            let start = written.partition_point(|(other, _)| *other < front.as_str());
            let below = written[start..].iter().take_while(|(other, _)| other.starts_with(&front));
            let fitting = below.filter(|(other, of)| of != id && (!pattern || covers(name, other)));
            found.extend(fitting.take(HELD).map(|(_, of)| (*id, *of)));
        }
        // A part of what was written whole.
        let mut folder = parent(name);
        while !folder.is_empty() && !pattern {
            found.extend(whole.get(folder).map(|of| (*id, *of)));
            if folder.contains('/')
                && is_folder(folder)
                && let Ok(index) = written.binary_search_by(|(other, _)| (*other).cmp(folder))
            {
                found.push((*id, written[index].1));
            }
            folder = parent(folder);
        }
    }
    for (whole, part) in found {
        let at = system.node(whole).at;
        system.join(EdgeKind::Derives, whole, part, at, Certainty::Inferred);
    }
}

/// Has a name no ending, as folders have none?
fn is_folder(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    !last.contains('.') || last.ends_with(".zarr") || last.ends_with(".parquet")
}

/// The datasets that are read by a pattern that lists what is there: all that fits is meant.
fn globbed(view: &View<'_>, known: &Known) -> FxHashSet<NodeId> {
    let reads = view.touches.all.iter().zip(&known.datasets).filter(|(touch, _)| touch.access == Access::Read);
    let listed = reads.filter(|(touch, _)| {
        let whole = |part: &Part| matches!(part, Part::Text(_) | Part::Root(_) | Part::Option(_));
        touch.pattern.iter().all(whole)
            && touch.pattern.iter().any(|p| matches!(p, Part::Text(t) if t.contains("{}") || t.contains('*')))
    });
    listed.filter_map(|(_, dataset)| *dataset).collect()
}
