//! Networks that are called like functions: outside of their training, that asks them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{Known, View};
use super::identity::{Models, roots};
use super::protocol::Extra;
use super::{Acts, datasets};
use crate::fact::{OpKind, Text};
use crate::lexicon::Learns;
use crate::program::{Def, Node};
use crate::source::Span;
use crate::system::Role;
use crate::system::graph::{System, Value};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Type;
use crate::vocabulary::Certainty;

/// The type that the lexicon gives to all objects that are called in order to ask them.
const NETWORK: &str = "protocol.Network";
/// Values looked at on the way to a loss.
const LOOKED_AT: usize = 600;

/// Is a value an object of a class of networks, of a library or of the repository?
pub fn is_network(view: &View<'_>, value: Node) -> bool {
    view.types.of(value).iter().any(|ty| match ty {
        Type::Instance(name) => view.lexicon.is_a(*name, NETWORK),
        Type::Object(class) => is_network_class(view, *class),
        _ => false,
    })
}

fn is_network_class(view: &View<'_>, class: Def) -> bool {
    let bases = view.types.library_bases(class);
    bases.into_iter().any(|name| view.lexicon.is_a(name, NETWORK))
}

/// The calls that ask a network, given the calls that train.
pub fn calls<'a>(view: &View<'a>, system: &System, known: &Known, acts: &Acts<'a>, models: &Models) -> Vec<Extra<'a>> {
    let Some(meaning) = view.lexicon.call(Text::from("protocol.Network.call")) else { return Vec::new() };
    let learning = Learning::new(view, acts);
    let mut quiet: FxHashMap<Def, Vec<Span>> = FxHashMap::default();
    let mut found = Vec::new();
    for (def, call) in view.calls() {
        if known.roles[def.file.index()] == Role::Test
            || acts.by_call.contains_key(&call)
            || learning.calls.contains(&call)
        {
            continue;
        }
        let OpKind::Call(function, operands) = view.program.op(call).kind else { continue };
        let called = Node { value: function, ..call };
        // `net.apply(params, x)` is `net(x)`.
        let function = match view.program.op(called).kind {
            OpKind::Attr(object, name) if view.lexicon.protocols.is_call(name) => Node { value: object, ..call },
            _ => called,
        };
        if operands.len == 0 || is_inside(view, def) {
            continue;
        }
        let network = is_network(view, function);
        let weighed = function != called;
        if weighed && (!network || !view.types.callees(call).is_empty()) {
            continue;
        }
        let span = view.program.op(call).span;
        let spans = quiet.entry(def).or_insert_with(|| quiet_spans(view, def));
        let answers = spans.iter().any(|s| s.start <= span.start && s.end >= span.end);
        if !answers && learning.is_within(view, def, span) {
            continue;
        }
        let certainty = match network {
            true if answers => Certainty::Inferred,
            true => Certainty::Guessed,
            false if !view.types.callees(call).is_empty() || !is_value(view, function) => continue,
            false => {
                let of = roots(view, Seen::anywhere(function), acts);
                let fitted = models.knows(&of.roots);
                let reads = models.reads(view, of, acts);
                let kept = |seen: &Seen| {
                    let called = |ty: &Type| matches!(ty, Type::Instance(of) if view.lexicon.called(*of).is_some());
                    // A tokeniser is kept like a model, and answers nothing.
                    !view.types.of(seen.node).iter().any(called)
                        && datasets(seen, acts)
                            .into_iter()
                            .any(|dataset| system.get(dataset, "content") == Some(Value::Text(Text::from("model"))))
                };
                match (fitted || reads.iter().any(kept), answers) {
                    (true, _) => Certainty::Inferred,
                    (false, true) if is_held(view, function) => Certainty::Guessed,
                    _ => continue,
                }
            }
        };
        let mut given: Vec<Node> =
            view.program.operands(call.file, operands).iter().map(|o| Node { value: o.value, ..call }).collect();
        let mut models = vec![function];
        // The weights come with the question.
        if weighed && given.len() > 1 {
            models.push(given.remove(0));
        }
        found.push(Extra { def, call, meaning, models, inputs: given, loss: None, certainty });
    }
    found
}

/// Is what is called a value, and no function, method or class by its name?
fn is_value(view: &View<'_>, function: Node) -> bool {
    let typed = view.types.of(function).iter().all(|ty| matches!(ty, Type::Instance(_) | Type::Object(_)));
    typed
        && match view.program.op(function).kind {
            OpKind::Import(_) | OpKind::Define(_) => false,
            // A field of an object of the repository; of a library's object it is a method.
            OpKind::Attr(object, _) => {
                let object = Node { value: object, ..function };
                !is_network(view, object) && view.types.of(object).iter().any(|ty| matches!(ty, Type::Object(_)))
            }
            _ => true,
        }
}

/// Does the name by which it is held say that it is a model?
fn is_held(view: &View<'_>, function: Node) -> bool {
    let name = match view.program.op(function).kind {
        OpKind::Attr(_, name) | OpKind::Global(name) => Some(name),
        OpKind::Param(index) => {
            let params = &view.program.definition(view.program.owner(function)).params;
            params.get(index as usize).map(|p| p.name)
        }
        OpKind::After(value, _) if value != function.value => return is_held(view, Node { value, ..function }),
        _ => None,
    };
    name.is_some_and(|name| view.lexicon.protocols.names_model(&name))
}

/// Is a body a part of a network itself?
fn is_inside(view: &View<'_>, def: Def) -> bool {
    let name = view.program.definition(def).name;
    let own = view.program.class_of(def).is_some_and(|class| is_network_class(view, class));
    own && !view.lexicon.protocols.is_ask(&name)
}

/// Where networks learn.
struct Learning {
    /// The calls that are made on the way to a loss.
    calls: FxHashSet<Node>,
    /// Where in a body one is minimised: its outermost loop, or all of it.
    bodies: FxHashMap<Def, Vec<Span>>,
}

impl Learning {
    fn new(view: &View<'_>, acts: &Acts<'_>) -> Self {
        let mut learning = Self { calls: FxHashSet::default(), bodies: FxHashMap::default() };
        let by_hand = |act: &&super::Act<'_>| act.meaning.trains == Some(Learns::Model) && act.loss.is_some();
        for act in acts.all.iter().filter(by_hand) {
            let def = view.program.owner(act.call);
            let around = outermost_loop(view, def, act.call);
            let span = around.unwrap_or_else(|| view.program.definition(def).whole);
            learning.bodies.entry(def).or_default().push(span);
            let Some(loss) = act.loss else { continue };
            let mut looked = 0;
            walk(view.evaluator.follow, Seen::anywhere(loss), &mut |seen| {
                looked += 1;
                if let OpKind::Call(..) = view.program.op(seen.node).kind {
                    learning.calls.insert(seen.node);
                }
                if looked > LOOKED_AT { Go::Done } else { Go::On }
            });
        }
        // A function whose gradient is taken is a loss.
        for (_, call) in view.calls() {
            if !super::protocol::last_name(view, call).is_some_and(|name| view.lexicon.protocols.derives(name)) {
                continue;
            }
            let OpKind::Call(_, operands) = view.program.op(call).kind else { continue };
            let Some(first) = view.program.operands(call.file, operands).first() else { continue };
            for ty in view.types.of(Node { value: first.value, ..call }) {
                if let Type::Function(def) = ty {
                    learning.bodies.entry(*def).or_default().push(view.program.definition(*def).whole);
                }
            }
        }
        learning
    }

    /// Does a place in a body lie where that, or a body around it, learns?
    fn is_within(&self, view: &View<'_>, def: Def, span: Span) -> bool {
        let mut around = Some(def);
        while let Some(def) = around {
            let spans = self.bodies.get(&def).map_or(&[][..], Vec::as_slice);
            if spans.iter().any(|s| s.start <= span.start && s.end >= span.end) {
                return true;
            }
            let parent = Def { id: view.program.definition(def).parent, ..def };
            around = (def.id != 0 && parent != def && parent.id != 0).then_some(parent);
        }
        false
    }
}

/// The span of the outermost loop of a body around one of its operations.
fn outermost_loop(view: &View<'_>, def: Def, node: Node) -> Option<Span> {
    let span = view.program.op(node).span;
    let body = view.program.definition(def).body.clone().take_while(|value| *value < node.value);
    let mut loops = body.map(|value| view.program.op(Node { file: def.file, value }));
    loops
        .find(|op| matches!(op.kind, OpKind::Loop) && op.span.start <= span.start && op.span.end >= span.end)
        .map(|op| op.span)
}

/// Where in a body no gradient is kept: under `no_grad`, or all of it if it says so or switches a network to answering.
fn quiet_spans(view: &View<'_>, def: Def) -> Vec<Span> {
    let definition = view.program.definition(def);
    let protocols = &view.lexicon.protocols;
    let mut spans = Vec::new();
    let called = |node: Node| super::protocol::last_name(view, node).is_some_and(|name| protocols.is_quiet(name));
    let decorated = definition.decorators.iter().any(|value| {
        let node = Node { file: def.file, value: *value };
        let plain = matches!(view.program.op(node).kind, OpKind::Attr(_, name) | OpKind::Global(name) if protocols.is_quiet(name));
        plain || called(node)
    });
    for value in definition.body.clone() {
        let node = Node { file: def.file, value };
        match view.program.op(node).kind {
            // The end of a `with` spans it whole.
            OpKind::End(start) => {
                if let OpKind::With(of) = view.program.op(Node { value: start, ..node }).kind
                    && called(Node { value: of, ..node })
                {
                    spans.push(view.program.op(node).span);
                }
            }
            OpKind::Call(..)
                if called(node) && super::protocol::last_name(view, node).is_some_and(|name| name == "eval") =>
            {
                spans.push(Span { start: view.program.op(node).span.start, end: definition.whole.end });
            }
            _ => {}
        }
    }
    if decorated {
        spans.push(definition.whole);
    }
    spans
}
