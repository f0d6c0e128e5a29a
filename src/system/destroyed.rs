//! Data that one program deletes without a question and another one reads.

use rustc_hash::FxHashSet;

use super::{Known, Role, View, uses};
use crate::fact::Access;
use crate::program::{Node, parent};
use crate::source::FileId;
use crate::system::graph::{NodeId, System};
use crate::value::place::covers;
use crate::value::touches::Touch;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds a group for each unguarded deletion of data that programs in other files read.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let touches = view.touches.all.iter().zip(&known.datasets);
    let touches = touches.filter(|(touch, _)| known.roles[touch.call.file.index()] != Role::Test);
    // A value that is deleted and used besides is the program's own place to work in.
    let only = |touch: &Touch<'_>| touch.place.is_none_or(|place| uses(view, place.file, place.value) <= 1);
    let touches = touches.filter(|(touch, _)| touch.access != Access::Delete || only(touch));
    let touches = touches.filter_map(|(t, d)| Some((t.access, t.call, t.top(view.program).file, (*d)?)));
    let uses: Vec<(Access, Node, FileId, NodeId)> = touches.collect();
    for (_, call, _, dataset) in uses.iter().filter(|(access, ..)| *access == Access::Delete) {
        let name = system.node(*dataset).name;
        if system.is(*dataset, "temporary") || system.is(*dataset, "pattern") || guarded(view, *call) {
            continue;
        }
        let below = |other: &NodeId| covers(&name, &system.node(*other).name);
        // Who fills the place, its folder, or works in it, clears up after itself; also where a function of others does it.
        let owns = |(access, at, from, other): &(Access, Node, FileId, NodeId)| {
            let here = at.file == call.file || (*access == Access::Write && *from == call.file);
            let beside = *access == Access::Write && parent(&name) == parent(&system.node(*other).name);
            *access != Access::Delete && here && (below(other) || beside)
        };
        if uses.iter().any(owns) {
            continue;
        }
        let readers: Vec<(Node, NodeId)> = uses
            .iter()
            .filter(|(access, at, _, other)| *access == Access::Read && at.file != call.file && below(other))
            .map(|(_, at, _, other)| (*at, *other))
            .collect();
        if readers.is_empty() {
            continue;
        }
        let at = view.program.place(*call);
        let group = system.add(NodeKind::Group, name, at, view.symbol(view.program.owner(*call)));
        system.say(group, "what", "destroyed");
        system.say(group, "role", known.roles[call.file.index()].word());
        let files: FxHashSet<FileId> = readers.iter().map(|(at, _)| at.file).collect();
        system.count(group, "size", files.len());
        for (read, of) in readers {
            system.join(EdgeKind::Reads, group, of, view.program.place(read), Certainty::Inferred);
        }
    }
}

/// Does anything decide whether the call is run?
fn guarded(view: &View<'_>, call: Node) -> bool {
    view.evaluator.branches.around(call).next().is_some()
}
