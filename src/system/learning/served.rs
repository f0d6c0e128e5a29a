//! Models that are asked over the network: servers of models, and routes of the repository's own whose answers they make.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{Known, View};
use super::Acts;
use super::protocol::{Extra, last_name};
use crate::fact::{OpKind, Text};
use crate::program::{Def, Node};
use crate::system::Role;
use crate::system::graph::NodeId;
use crate::value::follow::Seen;
use crate::value::text::Part;
use crate::value::types::{Callee, Type};
use crate::vocabulary::Certainty;

/// Texts of one address that are looked at.
const WIDTH: usize = 4;
/// Calls from a handler down to what it asks.
const DEPTH: usize = 4;

/// Calls over the network that ask a model, each with the predictions of the handler that answers it.
pub fn calls<'a>(view: &View<'a>, known: &Known, acts: &Acts<'a>) -> Vec<(Extra<'a>, Vec<NodeId>)> {
    let Some(meaning) = view.lexicon.call(Text::from("protocol.Network.call")) else { return Vec::new() };
    let protocols = &view.lexicon.protocols;
    let routes = routes(view, known);
    let mut asking: FxHashMap<Def, Vec<NodeId>> = FxHashMap::default();
    for act in acts.all.iter().filter(|act| act.meaning.predicts) {
        asking.entry(view.program.owner(act.call)).or_default().push(act.node);
    }
    let mut found = Vec::new();
    for (def, call) in view.calls() {
        let test = known.roles[def.file.index()] == Role::Test || acts.by_call.contains_key(&call);
        if test || !last_name(view, call).is_some_and(|name| protocols.posts(name)) {
            continue;
        }
        let OpKind::Call(_, operands) = view.program.op(call).kind else { continue };
        let operands = view.program.operands(call.file, operands);
        let at = |value: u32| Node { value, ..call };
        let Some(address) =
            operands.iter().take(2).find_map(|o| address(view, at(o.value)).map(|text| (o.value, text)))
        else {
            continue;
        };
        let (place, text) = address;
        let answers =
            route_of(&text).and_then(|route| routes.get(&route)).map(|handler| asked(view, *handler, &asking));
        let answers = answers.unwrap_or_default();
        if answers.is_empty() && !protocols.is_endpoint(&text) {
            continue;
        }
        let inputs = operands.iter().filter(|o| o.value != place).map(|o| at(o.value)).collect();
        let models = vec![at(place)];
        let certainty = Certainty::Inferred;
        found.push((Extra { def, call, meaning, models, inputs, loss: None, certainty }, answers));
    }
    found
}

/// The address that a value holds.
fn address(view: &View<'_>, value: Node) -> Option<String> {
    let texts = view.evaluator.texts(&Seen::anywhere(value));
    texts.patterns.iter().take(WIDTH).find_map(|pattern| {
        let parts = pattern.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { "{}" });
        let text: String = parts.collect();
        (text.contains("://") || text.starts_with('/') || text.starts_with("{}/")).then_some(text)
    })
}

/// The route of an address: what stands behind its host, without what is asked.
fn route_of(address: &str) -> Option<String> {
    let behind = match address.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map(|(_, route)| route)?,
        None => address.strip_prefix("{}").unwrap_or(address),
    };
    let route = behind.split(['?', '#']).next()?.trim_matches('/');
    (!route.is_empty() && !route.contains("{}")).then(|| route.to_owned())
}

/// The handlers of the repository by their routes; a route that two have is nobody's.
fn routes(view: &View<'_>, known: &Known) -> FxHashMap<String, Def> {
    let mut found: FxHashMap<String, Def> = FxHashMap::default();
    let mut twice = FxHashSet::default();
    for def in &known.handlers {
        for value in &view.program.definition(*def).decorators {
            let decorator = Node { file: def.file, value: *value };
            let OpKind::Call(_, operands) = view.program.op(decorator).kind else { continue };
            let Some(first) = view.program.operands(def.file, operands).first() else { continue };
            let Some(path) = view.program.literal(Node { value: first.value, ..decorator }) else { continue };
            let route = path.trim_matches('/').to_owned();
            if !route.is_empty() && found.insert(route.clone(), *def).is_some() {
                twice.insert(route);
            }
        }
    }
    found.retain(|route, _| !twice.contains(route));
    found
}

/// The predictions that a handler makes, itself or through what it calls.
fn asked(view: &View<'_>, handler: Def, asking: &FxHashMap<Def, Vec<NodeId>>) -> Vec<NodeId> {
    let (mut found, mut seen) = (Vec::new(), FxHashSet::default());
    let mut waiting = vec![(handler, 0)];
    while let Some((def, depth)) = waiting.pop() {
        if !seen.insert(def) {
            continue;
        }
        found.extend(asking.get(&def).into_iter().flatten().copied());
        if depth == DEPTH {
            continue;
        }
        for value in view.program.definition(def).body.clone() {
            let call = Node { file: def.file, value };
            for callee in view.types.callees(call) {
                if let Callee::Function(of, _) = callee {
                    waiting.push((*of, depth + 1));
                }
            }
            if let OpKind::Call(function, _) = view.program.op(call).kind {
                for ty in view.types.of(Node { value: function, ..call }) {
                    if let Type::Function(of) | Type::Method(of) = ty {
                        waiting.push((*of, depth + 1));
                    }
                }
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
