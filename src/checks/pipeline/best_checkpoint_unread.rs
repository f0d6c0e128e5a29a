//! Best states that are written while a model learns, and that nothing reads: the last state is used instead.

use crate::fact::{Access, OpKind, Scalar, Text};
use crate::lexicon::{Meaning, Slot, Subject};
use crate::program::Node;
use crate::source::FileId;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::whereabouts::last;
use crate::value::spelling::covers;
use crate::value::touches::Touch;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

pub const CHECK: Check = Check { rule: "best-checkpoint-unread", find };

/// One sighting for each call that keeps best states for nobody.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let mut sightings: Vec<Sighting> = Vec::new();
    for (touch, dataset) in grounds.touched() {
        let file = touch.call.file;
        let at = view.program.place(touch.call);
        let keeps = is_on(grounds, touch.call, |meaning| meaning.keeps_best.as_ref());
        if touch.access != Access::Write
            || !keeps
            || !grounds.is_product(file)
            || sightings.iter().any(|other| other.at == at)
            || is_read(grounds, dataset)
            || is_restored(grounds, file)
            || is_loaded(grounds, file)
        {
            continue;
        }
        let Some(used) = used(grounds, file) else { continue };
        let name = system.node(dataset).name;
        if is_named(grounds, file, &name) {
            continue;
        }
        sightings.push(Sighting::new(
            at,
            [view.symbol(touch.within), name].into_iter().chain(system.identity(dataset)).collect(),
            grounds.certainty(Certainty::Inferred, &[dataset]),
            vec![
                ("data", dataset.into()),
                ("used", view.program.place(used).into()),
                ("role", grounds.role(file).into()),
            ],
        ));
    }
    sightings
}

/// Is an argument of a call true?
fn is_on(grounds: &Grounds<'_>, call: Node, slot: impl Fn(&Meaning) -> Option<&Slot>) -> bool {
    let types = &grounds.view.types;
    let on = |slot: &Slot| types.slot(call, slot).is_some_and(|node| is_true(grounds, node));
    types.callees(call).iter().any(|callee| matches!(callee, Callee::Meaning(m) if slot(m).is_some_and(on)))
}

fn is_true(grounds: &Grounds<'_>, node: Node) -> bool {
    matches!(grounds.view.program.op(node).kind, OpKind::Bool(true))
}

/// Does anything read the place, or what it lies in?
fn is_read(grounds: &Grounds<'_>, dataset: NodeId) -> bool {
    let system = grounds.system;
    let name = system.node(dataset).name;
    let read = |id: NodeId| system.reaching(id, EdgeKind::Reads).next().is_some();
    let mut places = system.nodes().filter(|(id, node)| node.kind == NodeKind::Dataset && read(*id));
    places.any(|(_, node)| covers(&node.name, &name) || covers(&name, &node.name))
}

/// Does another file name it: a command, a setting, or code whose places could not be followed?
fn is_named(grounds: &Grounds<'_>, own: FileId, name: &str) -> bool {
    let program = grounds.view.program;
    let name = last(name);
    let said = |text: Text| last(&text) == name;
    program.files().filter(|file| *file != own).any(|file| {
        let facts = program.file(file);
        facts.ops.iter().any(|op| matches!(op.kind, OpKind::Str(text) if said(text)))
            || facts.settings.iter().any(|setting| matches!(setting.value, Scalar::Text(text) if said(text)))
            || facts.commands.iter().flat_map(|command| &command.words).any(|word| said(*word))
    })
}

/// Has the model its best state back when the fit ends?
fn is_restored(grounds: &Grounds<'_>, file: FileId) -> bool {
    let may = |meaning: &Meaning, call: Node| {
        let given = meaning.puts_back.as_ref().and_then(|slot| grounds.view.types.slot(call, slot));
        given.is_some_and(|node| !matches!(grounds.view.program.op(node).kind, OpKind::Bool(false)))
    };
    let mut calls = grounds.view.calls().filter(|(_, call)| call.file == file);
    calls.any(|(_, call)| {
        grounds.view.types.callees(call).iter().any(|callee| matches!(callee, Callee::Meaning(m) if may(m, call)))
    })
}

/// Does the program load weights from a place that is not known, or by a method that only its name tells?
fn is_loaded(grounds: &Grounds<'_>, file: FileId) -> bool {
    let view = grounds.view;
    let unknown = view.touches.all.iter().zip(&grounds.known.datasets).any(|(touch, dataset)| {
        let loads = touch.access == Access::Read && touch.subject == Subject::Model;
        loads && dataset.is_none() && (touch.root.file == file || touch.call.file == file)
    });
    let mut calls = view.calls().filter(|(_, call)| call.file == file);
    let named = |call: Node| match view.program.op(call).kind {
        OpKind::Call(function, _) => match view.program.op(Node { value: function, ..call }).kind {
            OpKind::Attr(_, name) => view.lexicon.words.sets_back(&name),
            _ => false,
        },
        _ => false,
    };
    unknown || calls.any(|(_, call)| named(call))
}

/// Where the program goes on with the model as the fit has left it: it predicts with it, measures it or keeps it.
fn used(grounds: &Grounds<'_>, file: FileId) -> Option<Node> {
    let predicts = |node: NodeId| grounds.system.node(node).kind == NodeKind::Prediction;
    let acts = &grounds.learning.acts.all;
    let asked = acts.iter().find(|act| act.call.file == file && predicts(act.node)).map(|act| act.call);
    let kept = || {
        let writes = |touch: &&Touch<'_>| {
            let keeps = is_on(grounds, touch.call, |meaning| meaning.keeps_best.as_ref());
            touch.access == Access::Write && touch.subject == Subject::Model && touch.call.file == file && !keeps
        };
        grounds.view.touches.all.iter().find(writes).map(|touch| touch.call)
    };
    asked.or_else(kept)
}
