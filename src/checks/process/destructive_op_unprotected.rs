//! Data that one program deletes without a question and another one reads.

use rustc_hash::FxHashSet;

use crate::fact::Access;
use crate::program::{Node, parent};
use crate::source::FileId;
use crate::system::check::{Capture, Captures, Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::{Role, View, uses};
use crate::value::spelling::covers;
use crate::value::touches::Touch;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "destructive-op-unprotected", find };

/// One sighting for each unguarded deletion of data that programs in other files read.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let touches = view.touches.all.iter().zip(&grounds.known.datasets);
    let touches = touches.filter(|(touch, _)| grounds.role(touch.call.file) != Role::Test);
    // A value that is deleted and used besides is the program's own place to work in.
    let only = |touch: &Touch<'_>| touch.place.is_none_or(|place| uses(view, place.file, place.value) <= 1);
    let touches = touches.filter(|(touch, _)| touch.access != Access::Delete || only(touch));
    let touches = touches.filter_map(|(t, d)| Some((t.access, t.call, t.top(view.program).file, (*d)?)));
    let uses: Vec<(Access, Node, FileId, NodeId)> = touches.collect();
    let mut found = Vec::new();
    for (_, call, _, dataset) in uses.iter().filter(|(access, ..)| *access == Access::Delete) {
        let name = system.node(*dataset).name;
        let chosen = system.is(*dataset, "temporary") || system.is(*dataset, "pattern");
        if chosen || !grounds.is_product(call.file) || guarded(view, *call) {
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
        let readers = uses
            .iter()
            .filter(|(access, at, _, other)| *access == Access::Read && at.file != call.file && below(other));
        let files: FxHashSet<FileId> = readers.clone().map(|(_, at, ..)| at.file).collect();
        let read = |(_, at, _, of): &(Access, Node, FileId, NodeId)| -> Captures {
            vec![("data", Capture::Node(*of)), ("read", Capture::Place(view.program.place(*at)))]
        };
        let more: Vec<Captures> = readers.map(read).collect();
        if more.is_empty() {
            continue;
        }
        let readers = Capture::Number(i64::try_from(files.len()).unwrap_or(i64::MAX));
        found.push(Sighting {
            at: view.program.place(*call),
            identity: vec![view.symbol(view.program.owner(*call)), name],
            certainty: Certainty::Inferred,
            captures: vec![("deleted", Capture::Node(*dataset)), ("readers", readers)],
            more,
        });
    }
    found
}

/// Does anything decide whether the call is run?
fn guarded(view: &View<'_>, call: Node) -> bool {
    view.evaluator.branches.around(call).next().is_some()
}
