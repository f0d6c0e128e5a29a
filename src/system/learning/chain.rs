//! The steps that prepare a picture or a text on its way into one call that learns or predicts.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::super::View;
use super::held::held;
use super::protocol::last_name;
use super::{Act, Acts, starts};
use crate::fact::{OpKind, Operator, Role, Text};
use crate::lexicon::{ChainKind, ChainStep};
use crate::program::Node;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk_with};
use crate::value::types::Type;

/// What is made from more values than this is not seen whole.
const LOOKED_AT: usize = 900;
/// By this, bytes come to numbers between 0 and 1.
const BYTES: f64 = 255.0;

/// What is done to what goes in.
#[derive(Default, Debug)]
pub(super) struct Chain {
    /// The steps, each with the values it works by, where they are written out.
    steps: BTreeMap<ChainKind, Vec<(Node, Option<String>)>>,
    /// Calls that read data on the way, and the way in.
    pub reads: Vec<Seen>,
    /// Not all of it is seen.
    cut: bool,
}

impl Chain {
    /// The way into a call.
    pub(super) fn into(view: &View<'_>, steps: &Steps<'_>, act: &Act<'_>, acts: &Acts<'_>) -> Self {
        let mut chain = Self::default();
        let mut looked = 0;
        for start in starts(view, act).into_iter().filter(|(is_x, _)| *is_x).map(|(_, start)| start) {
            let mut columns: FxHashSet<Text> = FxHashSet::default();
            let mut waiting = vec![Seen::anywhere(start)];
            let mut before: FxHashSet<Node> = FxHashSet::default();
            while let Some(from) = waiting.pop() {
                if !before.insert(from.node) {
                    continue;
                }
                let more = |seen: &Seen, push: &mut dyn FnMut(Seen)| {
                    held(view, seen, push);
                    called(view, seen, push);
                };
                walk_with(view.evaluator.follow, from, &more, &mut |seen| {
                    looked += 1;
                    columns.extend(self::columns(view, seen.node));
                    // Another column than those that go in.
                    if let OpKind::SetIndex(object, key, _) = view.program.op(seen.node).kind
                        && view.program.literal(seen.beside(key).node).is_some_and(|key| !columns.contains(&key))
                    {
                        waiting.push(seen.beside(object));
                        return Go::Stop;
                    }
                    if acts.read_at.contains_key(&seen.node) {
                        chain.reads.push(seen.clone());
                    }
                    chain.look(view, steps, seen);
                    Go::On
                });
            }
        }
        chain.cut |= looked > LOOKED_AT;
        chain
    }

    /// Adds what makes the model of a call itself prepare what it gets.
    pub(super) fn and_model(mut self, view: &View<'_>, steps: &Steps<'_>, act: &Act<'_>) -> Self {
        for model in act.subjects(view) {
            walk_with(view.evaluator.follow, Seen::anywhere(model), &|_, _| {}, &mut |seen| {
                let prepares = |step: &&ChainStep| matches!(step.kind, ChainKind::Caseless | ChainKind::Words);
                for step in steps.of(seen.node).filter(prepares) {
                    self.steps.entry(step.kind).or_default().push((seen.node, None));
                }
                Go::On
            });
        }
        self
    }

    fn look(&mut self, view: &View<'_>, steps: &Steps<'_>, seen: &Seen) {
        let node = seen.node;
        match view.program.op(node).kind {
            OpKind::Binary(Operator::Div, _, by) if number(view, Node { value: by, ..node }) == Some(BYTES) => {
                self.steps.entry(ChainKind::Scale).or_default().push((node, None));
            }
            // `picture[:, :, ::-1]`
            OpKind::Index(_, key) if is_turned(view, Node { value: key, ..node }) => {
                self.steps.entry(ChainKind::Turn).or_default().push((node, None));
            }
            OpKind::Call(function, _) => {
                for step in steps.of(node) {
                    self.steps.entry(step.kind).or_default().push((node, values(view, node, step)));
                }
                if is_unknown(view, Node { value: function, ..node }, node) {
                    self.cut = true;
                }
            }
            _ => {}
        }
    }

    /// The first step of a kind.
    pub(super) fn first(&self, kind: ChainKind) -> Option<Node> {
        self.steps.get(&kind)?.iter().map(|(node, _)| *node).min()
    }

    /// Is anything of that kind done?
    pub(super) fn has(&self, kind: ChainKind) -> bool {
        self.steps.contains_key(&kind)
    }

    /// The values by which the steps of a kind work, if all are written out.
    pub(super) fn values(&self, kind: ChainKind) -> Option<Vec<&str>> {
        let mut values = self.steps.get(&kind)?.iter().map(|(_, v)| v.as_deref()).collect::<Option<Vec<&str>>>()?;
        values.sort_unstable();
        values.dedup();
        Some(values)
    }

    /// In which order a picture's channels stand, if that is known.
    pub(super) fn channels(&self) -> Option<&'static str> {
        let unsure = self.hides() || self.has(ChainKind::Grey);
        match (self.has(ChainKind::Blue), self.has(ChainKind::Red), self.has(ChainKind::Turn)) {
            (true, false, false) if !unsure => Some("BGR"),
            (true, false, true) if !self.has(ChainKind::Grey) => Some("RGB"),
            (false, true, false) if !unsure => Some("RGB"),
            _ => None,
        }
    }

    /// The call that opens a picture or turns its channels.
    pub(super) fn channel_step(&self) -> Option<Node> {
        [ChainKind::Turn, ChainKind::Blue, ChainKind::Red].into_iter().find_map(|kind| self.first(kind))
    }

    /// May steps be hidden in what the chain runs through?
    pub(super) fn hides(&self) -> bool {
        self.cut || self.has(ChainKind::Opaque)
    }
}

/// Does an index take the last axis backwards?
fn is_turned(view: &View<'_>, key: Node) -> bool {
    let OpKind::Tuple(operands) = view.program.op(key).kind else { return false };
    let Some(last) = view.program.operands(key.file, operands).last() else { return false };
    match view.program.op(Node { value: last.value, ..key }).kind {
        // The step of a slice is looked at right before it.
        OpKind::Slice(u32::MAX, u32::MAX) => last
            .value
            .checked_sub(1)
            .is_some_and(|before| matches!(view.program.op(Node { value: before, ..key }).kind, OpKind::Test(_))),
        OpKind::List(_) => true,
        _ => false,
    }
}

/// What is called may be an object that was made of steps: `transform(picture)`. Functions that are handed to a call are
/// steps too: `texts.map(clean)`.
fn called(view: &View<'_>, seen: &Seen, push: &mut dyn FnMut(Seen)) {
    let OpKind::Call(function, operands) = view.program.op(seen.node).kind else { return };
    push(seen.beside(function));
    for operand in view.program.operands(seen.node.file, operands) {
        for ty in view.types.of(seen.beside(operand.value).node) {
            if let Type::Function(def) | Type::Method(def) = ty {
                view.types.returned(*def).map(Seen::anywhere).for_each(&mut *push);
            }
        }
    }
}

/// Is what a call runs not to be seen: a value that came from nowhere in sight, called as it is?
fn is_unknown(view: &View<'_>, function: Node, call: Node) -> bool {
    let bare = view.types.callees(call).is_empty() && view.types.of(function).is_empty();
    match view.program.op(function).kind {
        OpKind::Param(_) => bare,
        OpKind::Attr(object, _) => {
            let own = |t: &Type| matches!(t, Type::Object(_));
            bare && view.types.of(Node { value: object, ..function }).iter().any(own)
        }
        _ => false,
    }
}

/// The columns that an operation takes out of a table.
fn columns(view: &View<'_>, node: Node) -> Vec<Text> {
    match view.program.op(node).kind {
        OpKind::Index(_, key) => {
            let key = Node { value: key, ..node };
            match view.program.op(key).kind {
                OpKind::Str(name) => vec![name],
                OpKind::List(operands) => {
                    let operands = view.program.operands(node.file, operands).iter();
                    operands.filter_map(|o| view.program.literal(Node { value: o.value, ..node })).collect()
                }
                _ => Vec::new(),
            }
        }
        OpKind::Attr(_, name) => vec![name],
        _ => Vec::new(),
    }
}

/// All calls that are steps.
pub(super) struct Steps<'v>(FxHashMap<Node, SmallVec<[&'v ChainStep; 1]>>);

impl<'v> Steps<'v> {
    /// Looks at every call; what its name says is looked up once for each name.
    pub(super) fn new(view: &'v View<'_>) -> Self {
        let mut named: FxHashMap<(Option<Text>, Text), SmallVec<[&'v ChainStep; 1]>> = FxHashMap::default();
        let mut all = FxHashMap::default();
        for (_, call) in view.calls() {
            let Some(last) = last_name(view, call) else { continue };
            let name = view.types.called_name(call).map(|name| view.lexicon.canonical(name));
            let of = named
                .entry((name, last))
                .or_insert_with(|| view.lexicon.chains.iter().filter(|step| step.is(name.as_deref(), &last)).collect());
            let is = |step: &&&ChainStep| {
                is_given(view, call, step)
                    && step.with.as_ref().is_none_or(|word| keyword(view, call, word).is_some_and(|on| on))
                    && step.unless.as_ref().is_none_or(|word| keyword(view, call, word).unwrap_or(true))
            };
            let steps: SmallVec<[&ChainStep; 1]> = of.iter().filter(is).copied().collect();
            if !steps.is_empty() {
                all.insert(call, steps);
            }
        }
        Self(all)
    }

    /// Is anything done to pictures or texts at all?
    pub(super) fn is_empty(&self) -> bool {
        let matters = |step: &ChainStep| matches!(step.kind, ChainKind::Picture | ChainKind::Words | ChainKind::Sound);
        !self.0.values().flatten().any(|step| matters(step))
    }

    fn of(&self, call: Node) -> impl Iterator<Item = &'v ChainStep> {
        self.0.get(&call).into_iter().flatten().copied()
    }
}

/// Is a call given what makes it the step?
fn is_given(view: &View<'_>, call: Node, step: &ChainStep) -> bool {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return false };
    step.given.is_none()
        || view.program.operands(call.file, operands).iter().any(|o| {
            match view.program.op(Node { value: o.value, ..call }).kind {
                OpKind::Attr(_, name) | OpKind::Global(name) | OpKind::Str(name) => step.is_given(&name),
                OpKind::Int(number) => step.is_given(&number.to_string()),
                _ => false,
            }
        })
}

/// Is a keyword given, and is it anything but false?
fn keyword(view: &View<'_>, call: Node, word: &str) -> Option<bool> {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return None };
    let mut operands = view.program.operands(call.file, operands).iter();
    let given = operands.find(|o| matches!(o.role, Role::Named(name) if name == word))?;
    Some(!matches!(view.program.op(Node { value: given.value, ..call }).kind, OpKind::Bool(false)))
}

/// The values of a step, in one text.
fn values(view: &View<'_>, call: Node, step: &ChainStep) -> Option<String> {
    let given =
        step.values.iter().map(|slot| numbers(view, view.types.slot(call, slot)?)).collect::<Option<Vec<_>>>()?;
    (!given.is_empty()).then(|| given.join(" and "))
}

/// The numbers that a value is, if they are written out.
fn numbers(view: &View<'_>, node: Node) -> Option<String> {
    let seen = Seen::anywhere(node);
    if let Some(number) = number(view, node) {
        return Some(number.to_string());
    }
    let elements = view.evaluator.follow.sequence(&seen)?;
    let texts = elements.iter().map(|element| number(view, element.node).map(|n| n.to_string()));
    Some(format!("({})", texts.collect::<Option<Vec<_>>>()?.join(", ")))
}

fn number(view: &View<'_>, node: Node) -> Option<f64> {
    match view.program.op(node).kind {
        OpKind::Int(int) => int.to_string().parse().ok(),
        OpKind::Float(bits) => Some(f64::from_bits(bits)),
        _ => None,
    }
}
