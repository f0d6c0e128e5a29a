//! Which predictions come from which training: the same object, or the artifact it is kept in; hub models.

use rustc_hash::FxHashMap;

use super::super::{Known, Role, View};
use super::identity::{Models, roots};
use super::{Act, Acts, datasets, registry};
use crate::fact::{Access, OpKind, Text};
use crate::lexicon::{Learns, Subject};
use crate::program::{Def, Node};
use crate::system::graph::{NodeId, System, Value};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::{Callee, Type};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Values looked at on the way to a field.
const FIELDS: usize = 12;

/// The trainings whose model a value is.
pub fn trained(view: &View<'_>, value: &Seen, acts: &Acts<'_>) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut looked = 0;
    walk(view.evaluator.follow, value.clone(), &mut |seen| {
        looked += 1;
        if looked > 200 {
            return Go::Done;
        }
        let node = seen.node;
        match view.program.op(node).kind {
            // `model` after `model.fit(..)` was called on it.
            OpKind::Call(..) => {
                let trains = acts.meaning(node).is_some_and(|m| m.trains == Some(Learns::Model));
                if trains && let Some(training) = acts.by_call.get(&node) {
                    found.push(*training);
                    return Go::Stop;
                }
                let known = view.types.callees(node).iter().any(|c| matches!(c, Callee::Meaning(_)));
                if known { Go::Stop } else { Go::On }
            }
            _ => Go::On,
        }
    });
    found
}

/// Joins trainings to the predictions of the same model: the same object, or through the artifact it is kept in.
pub fn same_model(view: &View<'_>, system: &mut System, acts: &Acts<'_>, models: &Models) {
    for act in acts.all.iter().filter(|a| a.meaning.predicts) {
        let at = view.program.place(act.call);
        let mut artifacts = Vec::new();
        for model in act.subjects(view) {
            for training in trained(view, &Seen::anywhere(model), acts) {
                system.join(EdgeKind::Feeds, training, act.node, at, Certainty::Inferred);
            }
            let of = roots(view, Seen::anywhere(model), acts);
            for training in models.trainings(&of.roots) {
                if training != act.node {
                    system.join(EdgeKind::Feeds, training, act.node, at, Certainty::Inferred);
                }
            }
            // What is asked was read, or filled from what was read: that is a model, whatever its name ends in.
            for artifact in models.reads(view, of, acts).iter().flat_map(|seen| datasets(seen, acts)) {
                if system.get(artifact, "content") == Some(Value::Text(Text::from("data"))) {
                    system.say(artifact, "content", "model");
                }
                artifacts.push(artifact);
            }
            let mut looked = 0;
            walk(view.evaluator.follow, Seen::anywhere(model), &mut |seen| {
                looked += 1;
                if acts.read_at.contains_key(&seen.node) {
                    artifacts.extend(datasets(seen, acts));
                    return Go::Stop;
                }
                if looked > 400 { Go::Done } else { Go::On }
            });
        }
        let own = |t: &NodeId| {
            let fits = |a: &Act<'_>| a.meaning.trains == Some(Learns::Model) && a.call.file == act.call.file;
            acts.all.iter().any(|a| a.node == *t && fits(a))
        };
        let fitted = system.reaching(act.node, EdgeKind::Feeds).any(|t| own(&t));
        let behind: Vec<NodeId> = artifacts.iter().flat_map(|artifact| registry::behind(system, *artifact)).collect();
        for artifact in behind {
            let trainings: Vec<NodeId> = system.reaching(artifact, EdgeKind::Trains).collect();
            for training in trainings {
                system.join(EdgeKind::Feeds, training, act.node, at, Certainty::Inferred);
            }
            // A table that reaches the model on another way is no model.
            if system.get(artifact, "content") == Some(Value::Text(Text::from("model"))) {
                system.join(EdgeKind::Predicts, artifact, act.node, at, Certainty::Inferred);
                let made_here = system.reaching(artifact, EdgeKind::Trains).any(|t| own(&t));
                if !fitted && !made_here {
                    system.mark(act.node, "loaded");
                }
            }
        }
    }
}

/// Joins trainings to the predictions of the model in the same field of a class, however it got there: kept in a file
/// and loaded again, it comes back into that field.
pub fn same_field(view: &View<'_>, system: &mut System, acts: &Acts<'_>) {
    let mut fitted: FxHashMap<(Def, Text), Vec<NodeId>> = FxHashMap::default();
    for act in acts.all.iter().filter(|a| a.meaning.trains == Some(Learns::Model)) {
        for field in act.fields(view) {
            fitted.entry(field).or_default().push(act.node);
        }
    }
    for act in acts.all.iter().filter(|a| a.meaning.predicts) {
        for field in act.fields(view) {
            for training in fitted.get(&field).into_iter().flatten() {
                let at = view.program.place(act.call);
                system.join(EdgeKind::Feeds, *training, act.node, at, Certainty::Inferred);
            }
        }
    }
}

/// The fields of the repository's classes that a value comes straight out of.
pub fn fields(view: &View<'_>, value: Node) -> Vec<(Def, Text)> {
    let mut waiting = vec![Seen::anywhere(value)];
    let mut found = Vec::new();
    for _ in 0..FIELDS {
        let Some(seen) = waiting.pop() else { break };
        if let OpKind::Attr(object, name) = view.program.op(seen.node).kind {
            let classes = view.types.of(seen.beside(object).node).iter();
            found.extend(classes.filter_map(|t| if let Type::Object(class) = t { Some((*class, name)) } else { None }));
            continue;
        }
        waiting.extend(view.evaluator.follow.back(&seen).values);
    }
    found
}

/// The model that a call is made on.
pub fn receiver(view: &View<'_>, call: Node) -> Option<Node> {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return None };
    match view.program.op(Node { value: function, ..call }).kind {
        OpKind::Attr(object, _) => Some(Node { value: object, ..call }),
        _ => Some(Node { value: function, ..call }),
    }
}

/// Adds models that come from a hub.
pub fn pretrained(view: &View<'_>, system: &mut System, known: &Known) {
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let Some(dataset) = *dataset else { continue };
        if touch.access != Access::Read
            || !system.is(dataset, "remote")
            || !matches!(system.get(dataset, "scheme"), Some(Value::Text(s)) if s == "hub" || s == "model")
        {
            continue;
        }
        if touch.subject != Subject::Model || known.roles[touch.root.file.index()] == Role::Test {
            continue;
        }
        let name = system.node(dataset).name;
        let name = Text::from(name.split_once(':').map_or(name.as_str(), |(_, rest)| rest));
        let at = view.program.place(touch.call);
        let model = system.named(NodeKind::Model, name, at, view.symbol(touch.root));
        system.mark(model, "remote");
        if system.is(dataset, "pinned") {
            system.mark(model, "pinned");
        }
        system.join(EdgeKind::Reads, view.code(known, touch.root), model, at, Certainty::Seen);
    }
}
