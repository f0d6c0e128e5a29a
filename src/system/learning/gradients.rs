//! Trainings by hand: a gradient is taken of a loss and a step goes along it.

use super::super::{Known, View};
use super::protocol::{Extra, last_name, loops_around};
use crate::fact::{OpKind, Text};
use crate::lexicon::Meaning;
use crate::program::{Def, Node};
use crate::system::Role;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// Values looked at for what an optimiser changes.
const LOOKED_AT: usize = 160;
/// Bodies that are searched for a step.
const BODIES: usize = 24;

/// The calls that fit a network by hand.
pub fn gradients<'a>(view: &View<'a>, known: &Known) -> Vec<Extra<'a>> {
    let Some(backward) = view.lexicon.call(Text::from("protocol.Loss.backward")) else { return Vec::new() };
    let Some(of) = view.lexicon.call(Text::from("protocol.Loss.of")) else { return Vec::new() };
    let mut found = Vec::new();
    for (def, call) in view.calls() {
        if known.roles[def.file.index()] == Role::Test {
            continue;
        }
        let Some(name) = last_name(view, call) else { continue };
        if view.lexicon.protocols.is_backward(name) {
            found.extend(by_hand(view, def, call, backward));
        } else if view.lexicon.protocols.applies(name) {
            found.extend(applied(view, def, call, of));
        }
    }
    found
}

/// `loss.backward()` with a step of an optimiser near it.
fn by_hand<'a>(view: &View<'a>, def: Def, call: Node, meaning: &'a Meaning) -> Option<Extra<'a>> {
    if view.types.callees(call).iter().any(|callee| matches!(callee, Callee::Function(..))) {
        return None;
    }
    let OpKind::Call(function, operands) = view.program.op(call).kind else { return None };
    let OpKind::Attr(object, _) = view.program.op(Node { value: function, ..call }).kind else { return None };
    let steps = following(view, def, call, steps_near(view, def));
    let changed = if steps.is_empty() { changed_here(view, def) } else { Vec::new() };
    if steps.is_empty() && changed.is_empty() {
        return None;
    }
    let at = |value: u32| Node { value, ..call };
    // `accelerator.backward(loss)`
    let loss = view.program.operands(call.file, operands).first().filter(|o| o.role == crate::fact::Role::Plain);
    let loss = loss.map_or(at(object), |o| at(o.value));
    let mut models: Vec<Node> = steps.iter().flat_map(|step| tuned(view, *step)).chain(changed).collect();
    if models.is_empty() {
        models = called_on_the_way(view, loss);
    }
    let inputs = [loss].into_iter().chain(loops_around(view, def, call)).collect();
    Some(Extra { def, call, meaning, models, inputs, loss: Some(loss), certainty: Certainty::Inferred })
}

/// `optimizer.apply_gradients(zip(gradients, variables))`, `optax.apply_updates(params, updates)`.
fn applied<'a>(view: &View<'a>, def: Def, call: Node, meaning: &'a Meaning) -> Option<Extra<'a>> {
    if view.types.callees(call).iter().any(|callee| matches!(callee, Callee::Function(..))) {
        return None;
    }
    let OpKind::Call(function, operands) = view.program.op(call).kind else { return None };
    // What minimises a function of numbers fits no model.
    let named = view.types.library_name(Node { value: function, ..call });
    if named.is_some_and(|name| view.lexicon.protocols.excludes(name)) {
        return None;
    }
    let given: Vec<Node> =
        view.program.operands(call.file, operands).iter().map(|o| Node { value: o.value, ..call }).collect();
    if given.is_empty() {
        return None;
    }
    let models = given.iter().flat_map(|value| holders(view, *value)).collect::<Vec<_>>();
    let mut models = if models.is_empty() { given.iter().take(1).copied().collect() } else { models };
    // `params = optax.apply_updates(params, updates)`: what it gives is the model from there on.
    models.push(call);
    let loss = given.first().copied();
    let inputs = given.into_iter().chain(loops_around(view, def, call)).collect();
    Some(Extra { def, call, meaning, models, inputs, loss, certainty: Certainty::Inferred })
}

/// The steps of optimisers in the body of a backward pass, in bodies that it calls, or in those that call it.
fn steps_near(view: &View<'_>, def: Def) -> Vec<Node> {
    let own = steps_in(view, def);
    if !own.is_empty() {
        return own;
    }
    // The gradient of a picture, not of weights.
    if reads_gradient(view, def) {
        return own;
    }
    let mut bodies = Vec::new();
    let push = |of: Def, bodies: &mut Vec<Def>| {
        if of != def && !bodies.contains(&of) && bodies.len() < BODIES {
            bodies.push(of);
        }
    };
    called_in(view, def).for_each(|of| push(of, &mut bodies));
    let parent = Def { id: view.program.definition(def).parent, ..def };
    push(parent, &mut bodies);
    let mut callers = vec![def];
    for _ in 0..3 {
        let above: Vec<Def> =
            callers.iter().filter_map(|of| view.types.callers.get(of)).flatten().map(|site| site.within).collect();
        for of in &above {
            push(*of, &mut bodies);
            called_in(view, *of).for_each(|of| push(of, &mut bodies));
        }
        callers = above;
    }
    bodies.iter().flat_map(|of| steps_in(view, *of)).collect()
}

/// Of the steps in one body those that follow a gradient before the next is taken; of others all.
fn following(view: &View<'_>, def: Def, call: Node, steps: Vec<Node>) -> Vec<Node> {
    let own = |node: &Node| view.program.owner(*node) == def;
    if !steps.iter().all(own) {
        return steps;
    }
    let backward = |value: &u32| {
        let node = Node { value: *value, ..call };
        last_name(view, node).is_some_and(|name| view.lexicon.protocols.is_backward(name))
    };
    let body = view.program.definition(def).body.clone();
    let next = body.clone().filter(|value| *value > call.value).find(backward).unwrap_or(body.end);
    let between: Vec<Node> =
        steps.iter().filter(|step| step.value > call.value && step.value < next).copied().collect();
    if between.is_empty() { steps } else { between }
}

/// The functions of the repository that a body calls.
fn called_in<'v>(view: &'v View<'_>, def: Def) -> impl Iterator<Item = Def> + 'v {
    view.program.definition(def).body.clone().flat_map(move |value| {
        let callees = view.types.callees(Node { file: def.file, value }).iter();
        callees.filter_map(|callee| if let Callee::Function(of, _) = callee { Some(*of) } else { None })
    })
}

/// The calls of a body that go a step: `optimizer.step()`, `scaler.step(optimizer)`.
fn steps_in(view: &View<'_>, def: Def) -> Vec<Node> {
    let body = view.program.definition(def).body.clone().map(|value| Node { file: def.file, value });
    let step = |call: &Node| {
        let OpKind::Call(function, operands) = view.program.op(*call).kind else { return false };
        let OpKind::Attr(_, name) = view.program.op(Node { value: function, ..*call }).kind else { return false };
        let own = || view.types.callees(*call).iter().any(|callee| matches!(callee, Callee::Function(..)));
        view.lexicon.protocols.steps(name) && operands.len < 2 && !own()
    };
    body.filter(step).collect()
}

/// The models whose variables a body changes by itself: `for p in model.parameters(): p.data -= rate * p.grad`.
fn changed_here(view: &View<'_>, def: Def) -> Vec<Node> {
    if !reads_gradient(view, def) {
        return Vec::new();
    }
    let body = view.program.definition(def).body.clone().map(|value| Node { file: def.file, value });
    let looped = body.filter_map(|node| match view.program.op(node).kind {
        OpKind::Element(sequence) => Some(Node { value: sequence, ..node }),
        _ => None,
    });
    let model = |call: Node| {
        let OpKind::Call(function, _) = view.program.op(call).kind else { return None };
        match view.program.op(Node { value: function, ..call }).kind {
            OpKind::Attr(object, name) if view.lexicon.protocols.is_variables(name) => {
                Some(Node { value: object, ..call })
            }
            _ => None,
        }
    };
    looped.filter_map(model).collect()
}

/// Does a body look at the gradient of a value itself?
fn reads_gradient(view: &View<'_>, def: Def) -> bool {
    let body = view.program.definition(def).body.clone().map(|value| Node { file: def.file, value });
    body.filter_map(|node| if let OpKind::Attr(_, name) = view.program.op(node).kind { Some(name) } else { None })
        .any(|name| name == "grad")
}

/// The models whose variables the optimiser of a step was told to change.
fn tuned(view: &View<'_>, step: Node) -> Vec<Node> {
    let OpKind::Call(function, operands) = view.program.op(step).kind else { return Vec::new() };
    let OpKind::Attr(object, _) = view.program.op(Node { value: function, ..step }).kind else { return Vec::new() };
    let operands = view.program.operands(step.file, operands).iter().map(|o| o.value);
    let starts = std::iter::once(object).chain(operands);
    starts.flat_map(|value| holders(view, Node { value, ..step })).collect()
}

/// What the variables belong to that a value is made from: `model` of `model.parameters()`.
fn holders(view: &View<'_>, from: Node) -> Vec<Node> {
    let mut found = Vec::new();
    let mut looked = 0;
    walk(view.evaluator.follow, Seen::anywhere(from), &mut |seen| {
        looked += 1;
        if let OpKind::Attr(object, name) = view.program.op(seen.node).kind
            && view.lexicon.protocols.is_variables(name)
        {
            found.push(seen.beside(object).node);
            return Go::Stop;
        }
        // `model.parameters()`: the call leads to its receiver, not to the attribute.
        if let OpKind::Call(function, _) = view.program.op(seen.node).kind
            && let OpKind::Attr(object, name) = view.program.op(seen.beside(function).node).kind
            && view.lexicon.protocols.is_variables(name)
        {
            found.push(seen.beside(object).node);
            return Go::Stop;
        }
        if looked > LOOKED_AT { Go::Done } else { Go::On }
    });
    found
}

/// The objects that are called like functions on the way to a loss.
fn called_on_the_way(view: &View<'_>, loss: Node) -> Vec<Node> {
    let mut found = Vec::new();
    let mut looked = 0;
    walk(view.evaluator.follow, Seen::anywhere(loss), &mut |seen| {
        looked += 1;
        if let OpKind::Call(function, _) = view.program.op(seen.node).kind
            && super::networks::is_network(view, seen.beside(function).node)
        {
            found.push(seen.beside(function).node);
        }
        if looked > LOOKED_AT { Go::Done } else { Go::On }
    });
    found
}
