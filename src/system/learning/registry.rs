//! Names under which one model is kept and asked for: versions and aliases of a registry, folders taken for a hub's names.

use rustc_hash::FxHashMap;

use super::super::{Known, View};
use super::Acts;
use super::identity::{Models, roots};
use crate::fact::{Access, Text};
use crate::lexicon::{Learns, Subject};
use crate::program::Node;
use crate::source::FileId;
use crate::system::graph::{NodeId, System, Value};
use crate::value::follow::Seen;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Joins what is asked for under a version or alias to what is kept under the name, and tells who made that.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>, models: &Models) {
    logged(view, system, known, acts, models);
    let mut kept: FxHashMap<String, NodeId> = FxHashMap::default();
    let mut asked = Vec::new();
    for (id, node) in system.nodes() {
        let scheme = match system.get(id, "scheme") {
            Some(Value::Text(scheme)) if node.kind == NodeKind::Dataset => scheme,
            _ => continue,
        };
        match scheme.as_str() {
            "model" => match registered(&node.name) {
                Some((name, true)) => asked.push((id, name)),
                Some((name, false)) => drop(kept.insert(name, id)),
                None => {}
            },
            // A folder that is written here is no hub's.
            "hub" => asked.extend(node.name.strip_prefix("hub:").map(|name| (id, name.to_owned()))),
            _ => {}
        }
    }
    for (read, name) in asked {
        let folder = || system.find(NodeKind::Dataset, Text::from(name.as_str()));
        if let Some(written) = kept.get(&name).copied().or_else(folder)
            && written != read
        {
            let at = system.node(read).at;
            system.join(EdgeKind::Derives, read, written, at, Certainty::Inferred);
        }
    }
}

/// The name of a registered model, and whether a version or alias of it is asked for: `models:/pump@champion`.
fn registered(name: &str) -> Option<(String, bool)> {
    let name = name.strip_prefix("model:").unwrap_or(name);
    match name.strip_prefix("models:/") {
        Some(rest) => {
            let plain = rest.trim_start_matches('/').split(['/', '@']).next()?;
            (!plain.is_empty() && !plain.contains("{}")).then(|| (plain.to_owned(), true))
        }
        None => (!name.is_empty() && !name.contains(['/', '{'])).then(|| (name.to_owned(), false)),
    }
}

/// A registered name whose model is told by a run's address is that of the models which the program logs.
fn logged(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>, models: &Models) {
    let mut made: FxHashMap<FileId, Vec<NodeId>> = FxHashMap::default();
    for (def, call) in view.calls() {
        let records = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(m) if m.records_fits);
        if view.types.callees(call).iter().any(records) {
            let fits = |act: &&super::Act<'_>| act.meaning.trains == Some(Learns::Model) && act.call.file == def.file;
            made.entry(def.file).or_default().extend(acts.all.iter().filter(fits).map(|act| act.node));
        }
        let keeps = view.types.callees(call).iter().find_map(|callee| match callee {
            Callee::Meaning(m) if m.writes == Some(Subject::Model) && m.scheme.as_deref() == Some("model") => {
                m.value.as_ref()
            }
            _ => None,
        });
        let Some(value) = keeps.and_then(|slot| view.types.slot(call, slot)) else { continue };
        let trained = models.trainings(&roots(view, Seen::anywhere(value), acts).roots);
        made.entry(def.file).or_default().extend(trained);
    }
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let Some(dataset) = *dataset else { continue };
        let call: Node = touch.call;
        if touch.access != Access::Write || touch.scheme != Some("model") {
            continue;
        }
        if system.reaching(dataset, EdgeKind::Trains).next().is_some() {
            continue;
        }
        for training in made.get(&call.file).into_iter().flatten() {
            system.join(EdgeKind::Trains, *training, dataset, view.program.place(call), Certainty::Guessed);
        }
    }
}

/// The model's artifacts behind one: what it was copied from, or the name it is registered under.
pub fn behind(system: &System, artifact: NodeId) -> Vec<NodeId> {
    let mut found = vec![artifact];
    let mut at = 0;
    while at < found.len() && found.len() < 16 {
        let more: Vec<NodeId> = system.reached(found[at], EdgeKind::Derives).filter(|id| !found.contains(id)).collect();
        found.extend(more);
        at += 1;
    }
    found
}
