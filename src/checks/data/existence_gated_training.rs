//! Trainings that are left out as long as what they once made lies there.

use rustc_hash::FxHashSet;

use crate::fact::{Access, OpKind, Text, Val};
use crate::lexicon::Subject;
use crate::program::branches::Arm;
use crate::program::{Node, parent};
use crate::source::{At, FileId};
use crate::system::View;
use crate::system::arms::Region;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::{NodeId, Value};
use crate::value::follow::Seen;
use crate::value::place::{NoBindings, Where};
use crate::value::spelling::segments;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, NodeKind};

pub const CHECK: Check = Check { rule: "existence-gated-training", find };

/// A part of the code that is run only for want of a file.
struct Gate {
    /// Where that is asked.
    at: At,
    region: Region,
    /// The places that may be meant.
    places: Vec<Text>,
}

/// One sighting for each condition under which a model is fitted only if none lies there.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = started(grounds);
    for file in view.program.files().filter(|file| view.is_code(*file) && grounds.is_product(*file)) {
        for arm in view.evaluator.branches.of(file) {
            for gate in asked(grounds, file, arm).into_iter().chain(tried(grounds, file, arm)) {
                found.extend(gated(grounds, &gate));
            }
        }
    }
    let mut told: FxHashSet<Text> = FxHashSet::default();
    found.retain(|sighting| told.insert(sighting.name()));
    found
}

/// The sighting of a gate, if it fits the model that lies at its place, and nothing else does so.
fn gated(grounds: &Grounds<'_>, gate: &Gate) -> Option<Sighting> {
    let (training_call, training) = gate.region.trainings(grounds).find(|(_, node)| is_model(grounds, *node))?;
    let is_meant = |data: NodeId| gate.places.contains(&grounds.system.node(data).name);
    let (_, data) = gate.region.writes(grounds).find(|(_, data)| is_meant(*data))?;
    let others = grounds.touched().filter(|(touch, at)| *at == data && touch.access != Access::Read);
    for (touch, _) in others {
        if touch.access == Access::Delete || !gate.region.holds(grounds.view, touch.call) {
            return None;
        }
        // What others call without asking is run again.
        let sites = grounds.view.types.callers.get(&touch.within).into_iter().flatten();
        let inside = gate.region.is_part_of(grounds.view, touch.within);
        if !inside && touch.within.id != 0 && sites.into_iter().any(|site| !gate.region.holds(grounds.view, site.call))
        {
            return None;
        }
    }
    (!is_removed(grounds, data))
        .then(|| told(grounds, gate.at, data, training, grounds.view.program.place(training_call)))
}

fn is_model(grounds: &Grounds<'_>, training: NodeId) -> bool {
    match grounds.system.get(training, "learns") {
        Some(Value::Text(text)) => text == "model",
        _ => true,
    }
}

fn told(grounds: &Grounds<'_>, at: At, data: NodeId, training: NodeId, fitted: At) -> Sighting {
    let symbol = Text::from(grounds.view.program.path(at.file));
    let name = grounds.system.node(data).name;
    Sighting::new(
        at,
        vec![symbol, Text::from(&format!("{name} gates its training")), name],
        grounds.certainty(Certainty::Inferred, &[data, training]),
        vec![("data", data.into()), ("fitted", fitted.into()), ("role", grounds.role(at.file).into())],
    )
}

/// Does a command remove the model, so that it is fitted anew?
fn is_removed(grounds: &Grounds<'_>, data: NodeId) -> bool {
    let name = grounds.system.node(data).name;
    let last = name.rsplit('/').next().unwrap_or(&name);
    let all = grounds.view.program.facts.iter().flat_map(|facts| &facts.commands);
    let removes = |words: &[Text]| words.first().is_some_and(|w| *w == "rm") && words.iter().any(|w| w.ends_with(last));
    all.into_iter().any(|command| removes(&command.words))
}

/// `if not os.path.exists(path):`, its `else`, and what comes after `if os.path.exists(path): return`.
fn asked(grounds: &Grounds<'_>, file: FileId, arm: &Arm) -> Option<Gate> {
    let view = grounds.view;
    let OpKind::If(condition, _) = view.program.op(Node { file, value: arm.start }).kind else { return None };
    let (asked, missing) = match view.program.op(Node { file, value: condition }).kind {
        OpKind::Not(asked) => (asked, true),
        _ => (condition, false),
    };
    let asked = Node { file, value: asked };
    let region = if arm.first == missing {
        arm.operations()
    } else if arm.first && leaves(view, file, arm) {
        let body = view.program.definition(view.program.owner(asked)).body.clone();
        arm.operations().end..body.end
    } else {
        return None;
    };
    let mut places = places(view, asked)?;
    // Where the path is a field of an object, the model that is loaded otherwise tells which it is.
    if places.is_empty() {
        let other = view.evaluator.branches.of(file).iter().find(|o| o.start == arm.start && o.first != arm.first);
        places.extend(other.into_iter().flat_map(|other| loaded(grounds, file, other)));
    }
    let at = view.program.place(Node { file, value: condition });
    (!places.is_empty()).then(|| Gate { at, region: Region::new(view, file, region), places })
}

/// Ends the arm the body around it?
fn leaves(view: &View<'_>, file: FileId, arm: &Arm) -> bool {
    let ops = arm.operations();
    let kind = |value: Val| view.program.op(Node { file, value }).kind;
    let last = ops.end.checked_sub(1).map(kind);
    matches!(last, Some(OpKind::Leave)) && !ops.clone().any(|value| matches!(kind(value), OpKind::Raise))
}

/// The places of which a call asks whether something is there, as far as they are known; none if it asks nothing.
fn places(view: &View<'_>, call: Node) -> Option<Vec<Text>> {
    let OpKind::Call(function, operands) = view.program.op(call).kind else { return None };
    if !view.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(m) if m.exists)) {
        return None;
    }
    let argument = view.program.operands(call.file, operands).first().map(|o| Node { value: o.value, ..call });
    let receiver = || match view.program.op(Node { value: function, ..call }).kind {
        OpKind::Attr(object, _) => Some(Node { value: object, ..call }),
        _ => None,
    };
    let asked = argument.or_else(receiver)?;
    let texts = view.evaluator.texts(&Seen::anywhere(asked));
    let place = |pattern| {
        let at = Where { pattern, scheme: None, environment: false };
        view.placer.place(view.evaluator, at, call.file, None, &NoBindings)
    };
    let found = texts.patterns.iter().map(place).filter(|place| place.known && !place.pattern);
    Some(found.map(|place| Text::from(&place.name)).collect())
}

/// The places of the models that an arm loads.
fn loaded(grounds: &Grounds<'_>, file: FileId, arm: &Arm) -> Vec<Text> {
    let region = Region::new(grounds.view, file, arm.operations());
    let content = |data: NodeId| grounds.system.get(data, "content");
    let reads = grounds.touched().filter(|(touch, data)| {
        let model = || matches!(content(*data), Some(Value::Text(text)) if text == "model");
        touch.access == Access::Read && (touch.subject == Subject::Model || model())
    });
    reads
        .filter(|(touch, data)| region.holds(grounds.view, touch.call) && !grounds.system.is(*data, "pattern"))
        .map(|(_, data)| grounds.system.node(data).name)
        .collect()
}

/// `try: model = load(path)`, and a handler that fits it.
fn tried(grounds: &Grounds<'_>, file: FileId, arm: &Arm) -> Option<Gate> {
    let view = grounds.view;
    if arm.first || !matches!(view.program.op(Node { file, value: arm.start }).kind, OpKind::Try) {
        return None;
    }
    let attempt = view.evaluator.branches.of(file).iter().find(|other| other.start == arm.start && other.first)?;
    let places = loaded(grounds, file, attempt);
    let at = view.program.place(Node { file, value: arm.operations().start });
    (!places.is_empty()).then(|| Gate { at, region: Region::new(view, file, arm.operations()), places })
}

/// `if [ ! -f model.pkl ]; then python train.py; fi`
fn started(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, known, system) = (grounds.view, grounds.known, grounds.system);
    let mut found = Vec::new();
    for start in known.invocations.iter().filter(|start| grounds.is_product(start.program)) {
        let file = start.at.file;
        let commands = &view.program.file(file).commands;
        let own = commands.iter().find(|command| command.span == start.at.span);
        let Some((path, span)) = own.and_then(|command| command.wanting) else { continue };
        let Some(reached) = known.reached.get(&start.program) else { continue };
        let others = known.invocations.iter().filter(|other| other.program == start.program && other.at != start.at);
        let at = [segments(parent(view.program.path(file)), &path), segments("", &path)];
        let is_meant = |name: &str| at.iter().any(|at| at == name);
        let written = grounds.touched().find(|(touch, data)| {
            touch.access == Access::Write && reached.contains(&touch.within) && is_meant(&system.node(*data).name)
        });
        let acts = grounds.learning.acts.all.iter();
        let training = acts
            .filter(|act| system.node(act.node).kind == NodeKind::Training)
            .find(|act| reached.contains(&view.program.owner(act.call)) && is_model(grounds, act.node));
        if let (Some((_, data)), Some(act), 0) = (written, training, others.count())
            && !is_removed(grounds, data)
        {
            found.push(told(grounds, At { file, span }, data, act.node, view.program.place(act.call)));
        }
    }
    found
}
