//! Learning and asking by the shape of the repository's own code, beside the calls of which the types tell.

use super::super::{Known, View};
use super::Act;
use crate::fact::{DefKind, OpKind, Text};
use crate::lexicon::{ESTIMATOR, Meaning};
use crate::program::{Def, Node};
use crate::system::Role;
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// Bodies that are searched for one answer.
const BODIES: usize = 40;

/// A call that learns or predicts as its surroundings tell.
pub struct Extra<'a> {
    /// The definition in whose body it stands.
    pub def: Def,
    /// The call.
    pub call: Node,
    /// What it means.
    pub meaning: &'a Meaning,
    /// The values that are its model.
    pub models: Vec<Node>,
    /// The values that go in.
    pub inputs: Vec<Node>,
    /// The loss that it minimises.
    pub loss: Option<Node>,
    /// How sure it is.
    pub certainty: Certainty,
}

/// The last name of what a call calls.
pub fn last_name(view: &View<'_>, call: Node) -> Option<Text> {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return None };
    match view.program.op(Node { value: function, ..call }).kind {
        OpKind::Attr(_, name) | OpKind::Global(name) => Some(name),
        OpKind::Import(index) => view.program.file(call.file).imports.get(index as usize)?.name,
        _ => None,
    }
}

/// What the loops of a body iterate over that stand around one of its operations.
pub fn loops_around(view: &View<'_>, def: Def, node: Node) -> Vec<Node> {
    let span = view.program.op(node).span;
    let body = view.program.definition(def).body.clone();
    let around = body.take_while(|value| *value < node.value).filter_map(|value| {
        let of = view.program.op(Node { file: def.file, value });
        let inside = of.span.start <= span.start && of.span.end >= span.end;
        if !matches!(of.kind, OpKind::Loop) || !inside {
            return None;
        }
        match view.program.op(Node { file: def.file, value: value + 1 }).kind {
            OpKind::Element(sequence) => Some(Node { file: def.file, value: sequence }),
            _ => None,
        }
    });
    around.collect()
}

/// Calls of the fitting and asking methods of classes of the repository that do their learning themselves.
pub fn own<'a>(view: &View<'a>, known: &Known, acts: &[Act<'a>]) -> Vec<Extra<'a>> {
    let inner: rustc_hash::FxHashSet<Def> = acts.iter().map(|act| view.program.owner(act.call)).collect();
    let mut found = Vec::new();
    for (def, call) in view.calls() {
        if known.roles[def.file.index()] == Role::Test {
            continue;
        }
        let OpKind::Call(function, operands) = view.program.op(call).kind else { continue };
        let OpKind::Attr(object, name) = view.program.op(Node { value: function, ..call }).kind else { continue };
        let protocols = &view.lexicon.protocols;
        let (fits, asks) = (protocols.is_fit(&name), protocols.is_ask(&name));
        if !fits && !asks || operands.len == 0 {
            continue;
        }
        for callee in view.types.callees(call) {
            let Callee::Function(method, true) = *callee else { continue };
            let Some(class) = view.program.class_of(method) else { continue };
            if holds(view, method, &inner) {
                continue;
            }
            // What only answers is a model if it is called one.
            let called = asks && protocols.learns(view.program.definition(class).name);
            let certainty = match is_estimator(view, class) {
                true => Certainty::Inferred,
                false if called && !is_plain(view, class) => Certainty::Guessed,
                false => continue,
            };
            let word = if fits { "fit" } else { "predict" };
            let meaning = view.lexicon.method(Text::from(ESTIMATOR), Text::from(word));
            let given = view.program.operands(call.file, operands).iter().map(|o| Node { value: o.value, ..call });
            found.extend(meaning.map(|meaning| Extra {
                def,
                call,
                meaning,
                models: vec![Node { value: object, ..call }],
                inputs: given.collect(),
                loss: None,
                certainty,
            }));
            break;
        }
    }
    found
}

/// Does a class of the repository both learn and answer? A transformer only changes what it is given.
fn is_estimator(view: &View<'_>, class: Def) -> bool {
    let protocols = &view.lexicon.protocols;
    let mut waiting = vec![class];
    let (mut fits, mut asks, mut looked) = (false, false, 0);
    while let Some(class) = waiting.pop() {
        looked += 1;
        if looked > BODIES {
            break;
        }
        let methods = view.program.definition(class).bindings.iter().filter(|(_, value)| {
            let kind = view.program.op(Node { file: class.file, value: *value }).kind;
            matches!(kind, OpKind::Define(id) if view.program.file(class.file).definitions[id as usize].kind == DefKind::Function)
        });
        for (name, _) in methods {
            fits |= protocols.is_fit(name);
            asks |= protocols.is_ask(name) && name != "transform" && name != "score";
        }
        waiting.extend(view.types.own_bases(class));
    }
    fits && asks
}

/// Does a class do all by itself: with nothing but what the language brings, and nothing that it was given?
fn is_plain(view: &View<'_>, class: Def) -> bool {
    if !view.types.library_bases(class).is_empty() || view.types.own_bases(class).next().is_some() {
        return false;
    }
    let helps = |node: Node| match view.program.op(node).kind {
        OpKind::Call(function, _) => {
            let function = Node { value: function, ..node };
            let foreign = |name: Text| !view.lexicon.protocols.excludes(name);
            view.types.library_name(function).is_some_and(foreign)
                || view.types.callees(node).iter().any(|callee| matches!(callee, Callee::Function(..)))
        }
        OpKind::SetAttr(_, _, value) => {
            matches!(view.program.op(Node { value, ..node }).kind, OpKind::Param(_) | OpKind::Import(_))
        }
        _ => false,
    };
    let definitions = (0..).zip(&view.program.file(class.file).definitions);
    let own = definitions.filter(|(id, _)| {
        let def = Def { id: *id, ..class };
        def == class || view.program.class_of(def) == Some(class)
    });
    !own.flat_map(|(_, d)| d.body.clone()).any(|value| helps(Node { file: class.file, value }))
}

/// Does a body, or one that it calls, hold one of these already?
fn holds(view: &View<'_>, def: Def, inner: &rustc_hash::FxHashSet<Def>) -> bool {
    let mut waiting = vec![(def, 0)];
    let mut seen = rustc_hash::FxHashSet::default();
    while let Some((def, depth)) = waiting.pop() {
        if seen.len() > BODIES || !seen.insert(def) {
            continue;
        }
        if inner.contains(&def) {
            return true;
        }
        if depth < 3 {
            for value in view.program.definition(def).body.clone() {
                for callee in view.types.callees(Node { file: def.file, value }) {
                    if let Callee::Function(of, _) = callee {
                        waiting.push((*of, depth + 1));
                    }
                }
            }
        }
    }
    false
}

/// Fits and questions that are handed to another function to be called there: `pool.map(model.predict, chunks)`.
pub fn handed<'a>(view: &View<'a>, known: &Known) -> Vec<Extra<'a>> {
    let mut found = Vec::new();
    let protocols = &view.lexicon.protocols;
    for (def, call) in view.calls() {
        if known.roles[def.file.index()] == Role::Test {
            continue;
        }
        let OpKind::Call(_, operands) = view.program.op(call).kind else { continue };
        let operands = view.program.operands(call.file, operands);
        for operand in operands {
            let at = Node { value: operand.value, ..call };
            let OpKind::Attr(object, method) = view.program.op(at).kind else { continue };
            let object = Node { value: object, ..call };
            let known = view.types.instances(object).find_map(|of| view.lexicon.method(of, method));
            let by_name = || view.lexicon.method(Text::from(ESTIMATOR), method).filter(|_| protocols.tells(method));
            let Some(meaning) = known.or_else(by_name).filter(|m| m.predicts || m.trains.is_some()) else { continue };
            let others = operands.iter().filter(|o| o.value != operand.value);
            let inputs: Vec<Node> = others.map(|o| Node { value: o.value, ..call }).collect();
            if !inputs.is_empty() {
                let certainty = Certainty::Inferred;
                found.push(Extra { def, call, meaning, models: vec![object], inputs, loss: None, certainty });
            }
            break;
        }
    }
    found
}
