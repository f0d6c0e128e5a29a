//! In which order steps run: by operators, by calls, by what one makes of another, by names.

use rustc_hash::{FxHashMap, FxHashSet};

use super::find::{text, texts};
use super::groups::Groups;
use super::{Made, Steps};
use crate::fact::{OpKind, Operator, Role, Text, Val};
use crate::lexicon::{Order, Slot};
use crate::program::{Def, Node};
use crate::system::View;
use crate::system::graph::System;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::{Callee, Type};
use crate::vocabulary::{Certainty, EdgeKind};

/// Adds an edge from each step to those right before it, and says which those are.
pub(super) fn derive(view: &View<'_>, system: &mut System, steps: &Steps<'_>) -> Vec<Vec<usize>> {
    let mut by_name: FxHashMap<(Text, String), Vec<usize>> = FxHashMap::default();
    for (index, task) in steps.tasks.iter().enumerate() {
        let (Made::Call(call) | Made::Function(_, call)) = task.made else { continue };
        let others = task.form.named.iter().filter_map(|slot| view.types.slot(call, slot));
        let others = others.flat_map(|value| names_in(view, value));
        for name in std::iter::once(task.name.clone()).chain(others) {
            by_name.entry((task.form.tool, last(&name))).or_default().push(index);
        }
    }
    let mut found = Found { view, steps, by_name, groups: Groups::new(view, steps), pairs: FxHashSet::default() };
    found.operations();
    found.declarations();
    found.names();
    found.turns();
    found.awaited();
    // What one call makes in a loop comes together before what follows, and each before its like of the same turn.
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (later, earlier) in found.pairs {
        for late in steps.alike(later) {
            for early in steps.alike(earlier) {
                let (a, b) = (steps.tasks[late].turn, steps.tasks[early].turn);
                if a.1 != b.1 || a.1 == 1 || a.0 == b.0 {
                    pairs.push((late, early));
                }
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    let mut before = vec![Vec::new(); steps.tasks.len()];
    for (later, earlier) in pairs {
        let (later_id, at) = (steps.tasks[later].id, steps.tasks[later].at);
        system.join(EdgeKind::Follows, later_id, steps.tasks[earlier].id, at, Certainty::Inferred);
        before[later].push(earlier);
    }
    before
}

struct Found<'v, 'a> {
    view: &'v View<'a>,
    steps: &'v Steps<'a>,
    /// Steps by their tool and the last part of their name.
    by_name: FxHashMap<(Text, String), Vec<usize>>,
    groups: Groups,
    /// The later and the earlier step.
    pairs: FxHashSet<(usize, usize)>,
}

/// Lists in lists of steps are no deeper.
const DEPTH: usize = 24;

impl Found<'_, '_> {
    fn follows(&mut self, later: &[usize], earlier: &[usize]) {
        for late in later {
            self.pairs.extend(earlier.iter().filter(|early| *early != late).map(|early| (*late, *early)));
        }
    }

    /// The steps that a value stands for, or is made by.
    fn standing(&self, value: Node) -> Vec<usize> {
        let mut found = Vec::new();
        self.standing_into(value, 0, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn standing_into(&self, value: Node, depth: usize, found: &mut Vec<usize>) {
        let at = |of: Val| Node { value: of, ..value };
        if depth > DEPTH {
            return;
        }
        match self.view.program.op(value).kind {
            // `a >> b` is `b`; what is no step (a label) passes on what stands before it.
            OpKind::Binary(Operator::ShiftRight | Operator::ShiftLeft, left, right) => {
                let before = found.len();
                self.standing_into(at(right), depth + 1, found);
                if found.len() == before {
                    self.standing_into(at(left), depth + 1, found);
                }
            }
            OpKind::List(operands) | OpKind::Tuple(operands) | OpKind::Dict(operands) => {
                for operand in self.view.program.operands(value.file, operands) {
                    self.standing_into(at(operand.value), depth + 1, found);
                }
            }
            _ => {
                walk(self.view.evaluator.follow, Seen::anywhere(value), &mut |seen| {
                    let before = found.len();
                    found.extend(self.step_at(seen.node));
                    found.extend(self.groups.of(self.view, seen.node));
                    if found.len() == before { Go::On } else { Go::Stop }
                });
            }
        }
    }

    /// The step that an operation makes, calls or names.
    fn step_at(&self, node: Node) -> Option<usize> {
        let types = &self.view.types;
        let of = |ty: &Type| match ty {
            Type::Function(def) | Type::Method(def) => self.steps.by_function.get(def).copied(),
            Type::Class(class) => self.steps.by_class.get(class).copied(),
            _ => None,
        };
        match self.view.program.op(node).kind {
            OpKind::Call(function, _) => self
                .steps
                .of_call(self.view, node)
                .or_else(|| types.of(Node { value: function, ..node }).iter().find_map(of)),
            // A part of what a step gives comes from the step, whatever it returns.
            OpKind::Part(whole, _) | OpKind::Element(whole) | OpKind::Index(whole, _) => {
                self.steps.of_call(self.view, Node { value: whole, ..node })
            }
            OpKind::Attr(..) | OpKind::Global(_) | OpKind::Import(_) | OpKind::Define(_) => {
                types.of(node).iter().find_map(of)
            }
            _ => None,
        }
    }

    /// The step whose function a value is.
    fn function_at(&self, value: Node) -> Option<usize> {
        let function = |ty: &Type| if let Type::Function(def) = ty { self.steps.by_function.get(def) } else { None };
        self.view.types.of(value).iter().find_map(function).copied()
    }

    /// Operators, methods and calls in the files that make steps.
    fn operations(&mut self) {
        let view = self.view;
        for file in self.steps.files() {
            let facts = view.program.file(file);
            for (value, op) in (0..).zip(&facts.ops) {
                let node = Node { file, value };
                let at = |value: Val| Node { file, value };
                match op.kind {
                    OpKind::Binary(Operator::ShiftRight, left, right) => {
                        let (left, right) = (self.standing(at(left)), self.standing(at(right)));
                        self.follows(&right, &left);
                    }
                    OpKind::Binary(Operator::ShiftLeft, left, right) => {
                        let (left, right) = (self.standing(at(left)), self.standing(at(right)));
                        self.follows(&left, &right);
                    }
                    OpKind::Call(function, operands) => {
                        let values: Vec<Node> =
                            view.program.operands(file, operands).iter().map(|o| at(o.value)).collect();
                        self.called(node, at(function), &values);
                    }
                    _ => {}
                }
            }
        }
    }

    fn called(&mut self, call: Node, function: Node, values: &[Node]) {
        let view = self.view;
        if let Some(step) = self.steps.of_call(view, call) {
            for value in values {
                let earlier = self.standing(*value);
                self.follows(&[step], &earlier);
            }
            self.after(step, call);
            return;
        }
        let orchestrators = &view.lexicon.orchestrators;
        if view.types.called_name(call).is_some_and(|name| orchestrators.is_chain(name)) {
            let links: Vec<Vec<usize>> = values.iter().map(|value| self.standing(*value)).collect();
            links.windows(2).for_each(|pair| self.follows(&pair[1], &pair[0]));
        }
        let OpKind::Attr(object, method) = view.program.op(function).kind else { return };
        // `parts.map(train)`: what makes the parts runs before the step that is handed on.
        let handed: Vec<usize> = values.iter().filter_map(|value| self.function_at(*value)).collect();
        if !handed.is_empty() {
            let own = self.standing(Node { value: object, ..call });
            self.follows(&handed, &own);
        }
        if let Some(order) = orchestrators.order(method) {
            let own = self.standing(Node { value: object, ..call });
            let others: Vec<usize> = values.iter().flat_map(|value| self.standing(*value)).collect();
            match order {
                Order::Before => self.follows(&others, &own),
                Order::After => self.follows(&own, &others),
            }
        }
    }

    /// What a call or decorator says comes before a step: steps, or their names.
    fn after(&mut self, step: usize, call: Node) {
        let form = self.steps.tasks[step].form;
        let values: Vec<Node> = form.after.iter().filter_map(|slot: &Slot| self.view.types.slot(call, slot)).collect();
        for value in values {
            let earlier = self.standing(value);
            self.follows(&[step], &earlier);
            let named: Vec<String> = texts(self.view, value).into_iter().map(|(text, _)| text).collect();
            let earlier: Vec<usize> = named.iter().flat_map(|name| self.named(step, name)).collect();
            self.follows(&[step], &earlier);
        }
    }

    /// The project that a step belongs to.
    fn home(&self, step: usize) -> &str {
        self.view.placer.home(self.steps.tasks[step].at.file)
    }

    /// The steps of the same tool and project that go by a name, or by the last part of it.
    fn named(&self, of: usize, name: &str) -> Vec<usize> {
        let named = self.by_name.get(&(self.steps.tasks[of].form.tool, last(name)));
        named.into_iter().flatten().copied().filter(|index| self.home(*index) == self.home(of)).collect()
    }

    /// What decorators, parameters and methods say.
    fn declarations(&mut self) {
        let view = self.view;
        for (index, task) in self.steps.tasks.iter().enumerate() {
            if let Made::Function(def, decorator) = task.made {
                self.after(index, decorator);
                if task.form.by_parameter {
                    let params: Vec<Text> = view.program.definition(def).params.iter().map(|p| p.name).collect();
                    let earlier: Vec<usize> = params.iter().flat_map(|name| self.named(index, name)).collect();
                    self.follows(&[index], &earlier);
                }
                if let Some(next) = task.form.next {
                    self.next(index, def, next);
                }
            }
            if let Made::Class(class) = task.made {
                self.required(index, class);
            }
        }
    }

    /// What a class says it requires, by a method or by decorators.
    fn required(&mut self, step: usize, class: Def) {
        let (view, form) = (self.view, self.steps.tasks[step].form);
        if let Some(method) = form.requires.and_then(|requires| view.types.method_of(class, &requires)) {
            for value in view.types.returned(method) {
                let earlier = self.standing(value);
                self.follows(&[step], &earlier);
            }
        }
        for decorator in &view.program.definition(class).decorators {
            let decorator = Node { file: class.file, value: *decorator };
            let OpKind::Call(_, operands) = view.program.op(decorator).kind else { continue };
            if !view.types.called_name(decorator).is_some_and(|name| form.required.contains(&name)) {
                continue;
            }
            for operand in view.program.operands(class.file, operands) {
                let earlier = self.standing(Node { value: operand.value, ..decorator });
                self.follows(&[step], &earlier);
            }
        }
    }

    /// `self.next(self.train)`.
    fn next(&mut self, step: usize, def: Def, next: Text) {
        let facts = self.view.program.file(def.file);
        for value in self.view.program.definition(def).body.clone() {
            let OpKind::Call(function, operands) = facts.op(value).kind else { continue };
            if !matches!(facts.op(function).kind, OpKind::Attr(_, name) if name == next) {
                continue;
            }
            for operand in facts.operands(operands) {
                let later = self.standing(Node { file: def.file, value: operand.value });
                self.follows(&later, &[step]);
            }
        }
    }

    /// A step that waits for another flow, or for a step of one, runs after that; what a step starts runs after it.
    fn awaited(&mut self) {
        let view = self.view;
        for (index, task) in self.steps.tasks.iter().enumerate() {
            let Made::Call(call) = task.made else { continue };
            let Some(name) = super::find::slot_text(view, call, task.form.starts.as_ref()) else { continue };
            let step = super::find::slot_text(view, call, task.form.awaits.as_ref());
            for flow in self.steps.flows.iter().filter(|flow| flow.name == name) {
                let named =
                    |of: &usize| step.as_ref().is_none_or(|step| last(&self.steps.tasks[*of].name) == last(step));
                let others: Vec<usize> = flow.tasks.iter().copied().filter(named).collect();
                if task.form.waits {
                    self.follows(&[index], &others);
                } else {
                    self.follows(&others, &[index]);
                }
            }
        }
    }

    /// A step that takes a name runs after the one that gives it.
    fn names(&mut self) {
        let mut makers: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        let mut takers: Vec<(String, usize)> = Vec::new();
        for (index, task) in self.steps.tasks.iter().enumerate() {
            let (Made::Call(call) | Made::Function(_, call)) = task.made else { continue };
            let named = |slots: &[Slot]| -> Vec<String> {
                let values = slots.iter().filter_map(|slot| self.view.types.slot(call, slot));
                values.flat_map(|value| texts(self.view, value)).map(|(text, _)| untyped(&text).to_owned()).collect()
            };
            for name in named(&task.form.outputs) {
                makers.entry(name).or_default().push(index);
            }
            takers.extend(named(&task.form.inputs).into_iter().map(|name| (name, index)));
        }
        for (name, taker) in takers {
            // A pipeline's namespace stands in front of the names of its own.
            let suffixes = name.match_indices('.').map(|(i, _)| &name[i + 1..]);
            let earlier: Vec<usize> = std::iter::once(name.as_str())
                .chain(suffixes)
                .filter_map(|n| makers.get(n))
                .flatten()
                .copied()
                .collect();
            self.follows(&[taker], &earlier);
        }
    }

    /// Steps that a flow calls in turn, and flows that a body runs in turn.
    fn turns(&mut self) {
        let view = self.view;
        let flows: FxHashMap<Def, usize> = (0..)
            .zip(&self.steps.flows)
            .filter_map(|(index, flow)| match flow.made {
                Made::Function(def, _) if flow.form.called => Some((def, index)),
                _ => None,
            })
            .collect();
        if flows.is_empty() {
            return;
        }
        let mut turn = Turn::default();
        for (def, call) in view.calls() {
            if turn.body != Some(def) {
                turn = Turn { body: Some(def), ..Turn::default() };
            }
            let in_turn = flows.get(&def).is_some_and(|flow| self.steps.flows[*flow].form.in_turn);
            if in_turn && let Some(waited) = self.waited(call) {
                turn.end(&waited);
            }
            let run = view.types.callees(call).iter().find_map(|callee| match callee {
                Callee::Function(of, _) => flows.get(of).map(|flow| self.steps.flows[*flow].tasks.clone()),
                Callee::Meaning(_) => None,
            });
            let left = run.is_none() && self.is_left(call);
            let run = run.or_else(|| in_turn.then(|| self.steps.of_call(view, call).map(|step| vec![step])).flatten());
            let Some(run) = run.filter(|run| !run.is_empty()) else { continue };
            self.follows(&run, &turn.ended);
            if left { turn.running.extend(run) } else { turn.ended = run }
        }
    }

    /// Does a call start a step and go on: `clean.submit()`?
    fn is_left(&self, call: Node) -> bool {
        let OpKind::Call(function, _) = self.view.program.op(call).kind else { return false };
        let OpKind::Attr(_, method) = self.view.program.op(Node { value: function, ..call }).kind else { return false };
        self.view.lexicon.orchestrators.leaves_running(method)
    }

    /// The steps for whose end a call waits: `first.result()`, `wait([first, second])`.
    fn waited(&self, call: Node) -> Option<Vec<usize>> {
        let program = self.view.program;
        let at = |value: Val| Node { value, ..call };
        let OpKind::Call(function, operands) = program.op(call).kind else { return None };
        let orchestrators = &self.view.lexicon.orchestrators;
        if self.view.types.called_name(call).is_some_and(|name| orchestrators.awaits(name)) {
            let values = program.operands(call.file, operands).iter();
            return Some(values.flat_map(|o| self.standing(at(o.value))).collect());
        }
        match program.op(at(function)).kind {
            OpKind::Attr(object, method) if orchestrators.awaits(method) => Some(self.standing(at(object))),
            _ => None,
        }
    }
}

/// The steps that a body has run up to a place.
#[derive(Default)]
struct Turn {
    body: Option<Def>,
    /// Those that have ended last.
    ended: Vec<usize>,
    /// Those that were started and for which nobody has waited.
    running: Vec<usize>,
}

impl Turn {
    fn end(&mut self, steps: &[usize]) {
        let (ended, running): (Vec<usize>, Vec<usize>) = self.running.iter().partition(|step| steps.contains(step));
        self.running = running;
        self.ended.extend(ended);
    }
}

/// A dict's keys, or what the first arguments of a list's elements say.
fn names_in(view: &View<'_>, value: Node) -> Vec<String> {
    let at = |of: Val| Node { value: of, ..value };
    let operands = |run| view.program.operands(value.file, run).iter();
    match view.program.op(value).kind {
        OpKind::Dict(run) => {
            operands(run).filter(|o| o.role == Role::Key).filter_map(|o| text(view, at(o.value))).collect()
        }
        OpKind::List(run) | OpKind::Tuple(run) => {
            let first = |element: Val| match view.program.op(at(element)).kind {
                OpKind::Call(_, run) => operands(run).next().map(|o| o.value),
                _ => Some(element),
            };
            let firsts = operands(run).filter_map(|o| first(o.value));
            firsts.flat_map(|value| texts(view, at(value)).into_iter().last()).map(|(text, _)| text).collect()
        }
        _ => Vec::new(),
    }
}

/// The last part of a name.
fn last(name: &str) -> String {
    name.rsplit(['/', '.']).next().unwrap_or_default().to_owned()
}

/// A name without the way in which it is read: `table@spark`.
pub(super) fn untyped(name: &str) -> &str {
    name.split_once('@').map_or(name, |(name, _)| name)
}
