//! Programs that, where their input is missing, take what they wrote themselves the last time, and overwrite it.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{Access, OpKind, Text};
use crate::lexicon::Subject;
use crate::program::Node;
use crate::program::branches::Arm;
use crate::source::FileId;
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::value::follow::Seen;
use crate::value::place::{NoBindings, Where};
use crate::value::slice::{Go, walk};
use crate::value::text::Pattern;
use crate::value::touches::Touch;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, NodeKind};

pub const CHECK: Check = Check { rule: "self-fed-fallback", find };

/// One sighting for each program and output that it falls back to.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let mut written: FxHashMap<NodeId, Vec<&Touch<'_>>> = FxHashMap::default();
    for (touch, dataset) in grounds.touched() {
        // A model goes on from where it stopped.
        let counted = touch.access == Access::Write && touch.subject != Subject::Model;
        if counted && !grounds.known.handlers.contains(&touch.within) {
            written.entry(dataset).or_default().push(touch);
        }
    }
    let mut told: FxHashSet<(FileId, NodeId)> = FxHashSet::default();
    let mut sightings = Vec::new();
    let outside =
        |dataset: NodeId| ["remote", "pattern", "temporary", "copied"].iter().any(|flag| system.is(dataset, flag));
    let reads =
        grounds.touched().filter(|(touch, _)| touch.access == Access::Read && grounds.is_product(touch.root.file));
    let each = reads.flat_map(|(touch, dataset)| {
        let later = reassigned(grounds, touch).into_iter().map(move |(set, other)| (touch, other, Some(set)));
        std::iter::once((touch, dataset, None)).chain(later)
    });
    for (touch, dataset, set) in each.filter(|(_, dataset, _)| !outside(*dataset)) {
        let own = |write: &&&Touch<'_>| write.root.file == touch.root.file;
        let Some(write) = written.get(&dataset).and_then(|writes| writes.iter().find(own)) else { continue };
        let found = match set {
            Some(set) => asked(grounds, touch, set, dataset),
            None => missing(grounds, touch, dataset),
        };
        let Some((missing, arm)) = found else { continue };
        // What is written only where the input was there is a copy for worse days.
        if is_in_other_arm(view, arm, write.call) || !told.insert((touch.root.file, dataset)) {
            continue;
        }
        let name = [view.symbol(touch.root), system.node(dataset).name];
        let read = if set.is_some() { touch.call } else { touch.top(view.program) };
        sightings.push(Sighting::new(
            view.program.place(read),
            name.into_iter().chain(system.identity(dataset)).collect(),
            grounds.certainty(Certainty::Inferred, &[dataset, missing]),
            vec![
                ("data", dataset.into()),
                ("missing", missing.into()),
                ("write", view.program.place(write.top(view.program)).into()),
                ("role", grounds.role(touch.root.file).into()),
            ],
        ));
    }
    sightings
}

/// The input in whose place the data is read, and the arm in which it is.
fn missing(grounds: &Grounds<'_>, touch: &Touch<'_>, own: NodeId) -> Option<(NodeId, (Node, Arm))> {
    let view = grounds.view;
    let asked = |node: Node| asked(grounds, touch, node, own);
    let calls = touch.way.iter().map(|site| site.call).chain([touch.call]);
    if let Some(found) = calls.into_iter().find_map(asked) {
        return Some(found);
    }
    let mut found = None;
    let start = Seen { node: touch.place?, stack: touch.way.iter().copied().collect() };
    walk(view.evaluator.follow, start, &mut |seen| {
        found = asked(seen.node);
        if found.is_some() { Go::Done } else { Go::On }
    });
    found
}

/// The same, of what stands at one place.
fn asked(grounds: &Grounds<'_>, touch: &Touch<'_>, node: Node, own: NodeId) -> Option<(NodeId, (Node, Arm))> {
    grounds.view.evaluator.branches.around(node).find_map(|arm| {
        let instead = lacking(grounds, touch, node, arm, own).or_else(|| failed(grounds, node, arm, own))?;
        Some((instead, (node, arm)))
    })
}

/// What a body puts into the field that says where to read, before it reads.
fn reassigned(grounds: &Grounds<'_>, touch: &Touch<'_>) -> Vec<(Node, NodeId)> {
    let view = grounds.view;
    let Some(place) = touch.place else { return Vec::new() };
    let OpKind::Attr(_, field) = view.program.op(place).kind else { return Vec::new() };
    let before = view.program.definition(touch.within).body.start..touch.call.value;
    let at = |value| Node { value, ..touch.call };
    let sets = before.filter_map(|set| match view.program.op(at(set)).kind {
        OpKind::SetAttr(_, name, value) if name == field => Some((at(set), at(value))),
        _ => None,
    });
    let places = sets.flat_map(|(set, value)| {
        let texts = view.evaluator.texts(&Seen::anywhere(value));
        let dataset = |pattern| dataset(grounds, touch, pattern).map(|dataset| (set, dataset));
        texts.patterns.iter().filter_map(dataset).collect::<Vec<_>>()
    });
    places.collect()
}

/// The data at a place that the program of a reading names.
fn dataset(grounds: &Grounds<'_>, touch: &Touch<'_>, pattern: &Pattern) -> Option<NodeId> {
    let at = Where { pattern, scheme: None, environment: false };
    let place = grounds.view.placer.place(grounds.view.evaluator, at, touch.root.file, None, &NoBindings);
    grounds.system.find(NodeKind::Dataset, Text::from(&place.name))
}

/// The other input whose absence a condition asks for, where it stands for the arm.
fn lacking(grounds: &Grounds<'_>, touch: &Touch<'_>, node: Node, arm: Arm, own: NodeId) -> Option<NodeId> {
    let view = grounds.view;
    let at = |value| Node { value, ..node };
    let OpKind::If(condition, _) = view.program.op(at(arm.start)).kind else { return None };
    let (call, negated) = match view.program.op(at(condition)).kind {
        OpKind::Not(there) => (at(there), true),
        _ => (at(condition), false),
    };
    let asks = view.types.callees(call).iter().any(|callee| matches!(callee, Callee::Meaning(m) if m.exists));
    if !asks || negated != arm.first {
        return None;
    }
    let OpKind::Call(function, operands) = view.program.op(call).kind else { return None };
    let argument = view.program.operands(call.file, operands).first().map(|operand| at(operand.value));
    let receiver = || match view.program.op(at(function)).kind {
        OpKind::Attr(object, _) => Some(at(object)),
        _ => None,
    };
    let seen = Seen::anywhere(argument.or_else(receiver)?);
    let texts = view.evaluator.texts(&seen);
    let datasets = texts.patterns.iter().filter_map(|pattern| dataset(grounds, touch, pattern));
    let mut others = datasets.filter(|other| *other != own && is_input(grounds, touch, *other));
    others.next()
}

/// The other input that could not be read, where the arm is for that.
fn failed(grounds: &Grounds<'_>, node: Node, arm: Arm, own: NodeId) -> Option<NodeId> {
    let view = grounds.view;
    if arm.first || !matches!(view.program.op(Node { value: arm.start, ..node }).kind, OpKind::Try) {
        return None;
    }
    let tried = view.evaluator.branches.of(node.file).iter().find(|other| other.start == arm.start && other.first)?;
    let within = |call: Node| call.file == node.file && tried.operations().contains(&call.value);
    let mut reads = grounds.touched().filter(|(touch, dataset)| {
        touch.access == Access::Read
            && *dataset != own
            && !grounds.system.is(*dataset, "remote")
            && (within(touch.call) || touch.way.iter().any(|site| within(site.call)))
    });
    reads.next().map(|(_, dataset)| dataset)
}

/// Does the program read it as well, from a disk: what a failing net is made up for is no debt?
fn is_input(grounds: &Grounds<'_>, touch: &Touch<'_>, dataset: NodeId) -> bool {
    let reads = |(other, read): (&Touch<'_>, NodeId)| {
        read == dataset && other.access == Access::Read && other.root.file == touch.root.file
    };
    !grounds.system.is(dataset, "remote") && grounds.touched().any(reads)
}

/// Does an operation stand where the condition of an arm turned out otherwise?
fn is_in_other_arm(view: &View<'_>, (node, arm): (Node, Arm), write: Node) -> bool {
    let other = |around: Arm| around.start == arm.start && around.first != arm.first;
    write.file == node.file && view.evaluator.branches.around(write).any(other)
}
