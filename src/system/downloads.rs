//! Remote files that are kept and used as data, with nothing that would tell if they changed.

use rustc_hash::FxHashSet;

use super::data::is_service;
use super::{Known, View};
use crate::fact::{Access, Text};
use crate::program::Def;
use crate::system::graph::{NodeId, System, Value};
use crate::value::pinned::is_release;
use crate::value::types::Callee;
use crate::vocabulary::{EdgeKind, NodeKind};

/// Says of every remote file that is stored here and read again, and whose content nobody checks, that it may change.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let checked = checked(view, known);
    let open = |id: NodeId| {
        let is = |name: &str| system.is(id, name);
        let web = system.get(id, "scheme") == Some(Value::Text(Text::from("http")));
        web && !is("pattern")
            && is("remote")
            && !is("pinned")
            && !is("declared")
            && system.get(id, "mutable").is_none()
            && is_shared(&system.node(id).name)
            && !is_release(&system.node(id).name)
            && !is_service(&system.node(id).name)
            && !checked.contains(&id)
    };
    let used = |id: NodeId| !system.is(id, "remote") && system.reaching(id, EdgeKind::Reads).next().is_some();
    let datasets = system.nodes().filter(|(_, node)| node.kind == NodeKind::Dataset).map(|(id, _)| id);
    let stored: Vec<NodeId> =
        datasets.filter(|id| open(*id) && system.reaching(*id, EdgeKind::Derives).any(used)).collect();
    for id in stored {
        system.say(id, "mutable", "no checksum");
    }
    let datasets = system.nodes().filter(|(_, node)| node.kind == NodeKind::Dataset).map(|(id, _)| id);
    // A copy that a program changes in place is that program's own.
    let changed = |id: NodeId| system.reaching(id, EdgeKind::Writes).any(|n| system.node(n).kind == NodeKind::Group);
    let copied = |id: &NodeId| {
        let mut from = system.reached(*id, EdgeKind::Derives).peekable();
        from.peek().is_some() && from.all(|from| system.is(from, "remote")) && !changed(*id)
    };
    let copies: Vec<NodeId> = datasets.filter(copied).collect();
    for id in copies {
        system.mark(id, "copied");
    }
}

/// `https://files.example.org/export?id=1y48Ye`: a link that somebody shares. What stands under a plain path of a site
/// is as live, or as settled, as that site says.
fn is_shared(name: &str) -> bool {
    name.contains('?')
}

/// Datasets that are read in a body that checks something, or on the way to one.
fn checked(view: &View<'_>, known: &Known) -> FxHashSet<NodeId> {
    let checks = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.checks);
    let bodies: FxHashSet<Def> =
        view.calls().filter(|(_, call)| view.types.callees(*call).iter().any(checks)).map(|(def, _)| def).collect();
    let touches = view.touches.all.iter().zip(&known.datasets);
    let reads = touches.filter(|(touch, _)| touch.access == Access::Read);
    let careful = reads.filter(|(touch, _)| {
        bodies.contains(&touch.within) || touch.way.iter().any(|site| bodies.contains(&site.within))
    });
    careful.filter_map(|(_, dataset)| *dataset).collect()
}
