//! The steps and flows that code makes: by calls, by decorators, by classes.

use rustc_hash::FxHashMap;

use super::{Flow, Made, Steps, Task};
use crate::fact::{DefKind, OpKind, Operator, Role as ArgRole, Text, Val};
use crate::lexicon::{FlowForm, MadeBy, Slot};
use crate::program::{Def, Node};
use crate::source::At;
use crate::system::graph::{NodeId, System};
use crate::system::{Known, Role, View};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::text::Part;
use crate::value::types::Type;
use crate::vocabulary::NodeKind;

/// Adds the steps and flows of all files but tests.
pub(super) fn all<'a>(view: &View<'a>, system: &mut System, known: &Known) -> Steps<'a> {
    let mut steps = Steps::default();
    let orchestrators = &view.lexicon.orchestrators;
    let mut imports = view.program.facts.iter().flat_map(|facts| &facts.imports);
    if !imports.any(|import| import.level == 0 && orchestrators.is_imported_as(&import.module)) {
        return steps;
    }
    let mut bases: FxHashMap<Def, Vec<Text>> = FxHashMap::default();
    let mut waiting = Vec::new();
    for (def, call) in view.calls().filter(|(def, _)| known.roles[def.file.index()] != Role::Test) {
        let names = called(view, call, &mut bases);
        let step = names.iter().find_map(|name| view.lexicon.orchestrators.step(MadeBy::Call, *name));
        if let Some(form) = step {
            waiting.push((def, call, form));
        }
        if let Some(form) = names.iter().find_map(|name| view.lexicon.orchestrators.flow(MadeBy::Call, *name)) {
            let name = slot_text(view, call, form.name.as_ref()).unwrap_or_else(|| view.symbol(def).to_string());
            add_flow(view, system, &mut steps, form, Made::Call(call), &name, view.program.place(call));
        }
    }
    for (def, call, form) in waiting {
        let functions = form.function.as_ref().and_then(|slot| view.types.slot(call, slot));
        let functions = functions.map(|value| functions_of(view, value)).unwrap_or_default();
        let own = functions.first().map(|def| view.program.definition(*def).name.to_string());
        let mut names = slot_texts(view, call, form.name.as_ref());
        if names.is_empty() {
            names.push(own.unwrap_or_else(|| called_as(view, call)));
        }
        let (at, turns) = (view.program.place(call), names.len());
        for (turn, name) in names.into_iter().enumerate() {
            let id = add_step(view, system, form.tool, &name, at, view.symbol(def));
            let (functions, turn) = (functions.clone(), (turn, turns));
            steps.add(Task { form, made: Made::Call(call), id, name, at, within: def, functions, turn });
        }
    }
    for index in 0..view.program.def_count() {
        let def = view.program.def_at(index);
        if known.roles[def.file.index()] != Role::Test {
            defined(view, system, &mut steps, def);
        }
    }
    steps
}

/// A decorated function, or a class that extends an orchestrator's.
fn defined<'a>(view: &View<'a>, system: &mut System, steps: &mut Steps<'a>, def: Def) {
    let definition = view.program.definition(def);
    let own = definition.name.to_string();
    let (at, within) = (view.program.def_place(def), Def { id: definition.parent, ..def });
    let orchestrators = &view.lexicon.orchestrators;
    for value in &definition.decorators {
        let value = Node { file: def.file, value: *value };
        for name in decorator(view, value) {
            let given = |slot: Option<&Slot>| slot_text(view, value, slot);
            if let Some(form) = orchestrators.step(MadeBy::Decorator, name) {
                let name = given(form.name.as_ref()).unwrap_or_else(|| own.clone());
                let id = add_step(view, system, form.tool, &name, at, view.symbol(def));
                let (made, functions) = (Made::Function(def, value), vec![def]);
                steps.add(Task { form, made, id, name, at, within, functions, turn: (0, 1) });
                return;
            }
            if let Some(form) = orchestrators.flow(MadeBy::Decorator, name) {
                let name = given(form.name.as_ref()).unwrap_or_else(|| own.clone());
                add_flow(view, system, steps, form, Made::Function(def, value), &name, at);
                return;
            }
        }
    }
    if definition.kind != DefKind::Class {
        return;
    }
    for base in view.types.library_bases(def) {
        if let Some(form) = orchestrators.flow(MadeBy::Class, base) {
            add_flow(view, system, steps, form, Made::Class(def), &own, at);
            return;
        }
        if let Some(form) = orchestrators.step(MadeBy::Class, base) {
            let functions: Vec<Def> = form.runs.iter().filter_map(|method| view.types.method_of(def, method)).collect();
            // A class that does nothing is there for others to extend.
            if functions.is_empty() && form.makes.is_none_or(|makes| view.types.method_of(def, &makes).is_none()) {
                return;
            }
            let id = add_step(view, system, form.tool, &own, at, view.symbol(def));
            steps.add(Task { form, made: Made::Class(def), id, name: own, at, within, functions, turn: (0, 1) });
            return;
        }
    }
}

fn add_step(view: &View<'_>, system: &mut System, tool: Text, name: &str, at: At, symbol: Text) -> NodeId {
    let name = Text::from(&name.replace("{}", "*"));
    let symbol = if symbol.is_empty() { Text::from(view.program.path(at.file)) } else { symbol };
    let id = system.add(NodeKind::Step, name, at, symbol);
    system.say(id, "tool", &tool);
    id
}

fn add_flow<'a>(
    view: &View<'a>,
    system: &mut System,
    steps: &mut Steps<'a>,
    form: &'a FlowForm,
    made: Made,
    name: &str,
    at: At,
) {
    let id = system.add(NodeKind::Group, Text::from(name), at, Text::from(view.program.path(at.file)));
    system.say(id, "what", "flow");
    let call = match made {
        Made::Call(call) | Made::Function(_, call) => Some(call),
        Made::Class(_) => None,
    };
    let clock = call.and_then(|call| form.schedule.iter().find_map(|slot| clock(view, form, call, slot)));
    let schedule = call.and_then(|call| match clock {
        // A clock that is told times as a text runs at those.
        Some(made) => Some(told(view, made).unwrap_or_else(|| called_as(view, made))),
        None => form.schedule.iter().find_map(|slot| slot_text(view, call, Some(slot))),
    });
    if let Some(schedule) = &schedule {
        system.say(id, "schedule", schedule);
    }
    let scheduled = schedule.is_some();
    steps.add_flow(Flow { form, made, id, name: name.to_owned(), at, scheduled, clock, tasks: Vec::new() });
}

/// What makes the clock's times in a slot of a flow, if that is a call.
fn clock(view: &View<'_>, form: &FlowForm, call: Node, slot: &Slot) -> Option<Node> {
    let value = view.types.slot(call, slot)?;
    let clock = |value: &Node| view.types.called_name(*value).is_some_and(|name| form.clocks.contains(&name));
    let mut known = None;
    walk(view.evaluator.follow, Seen::anywhere(value), &mut |seen| {
        known = known.take().or_else(|| clock(&seen.node).then_some(seen.node));
        if known.is_some() { Go::Done } else { Go::On }
    });
    known
}

/// The times that a clock is told as a text: `CronTriggerTimetable("0 3 * * *")`.
fn told(view: &View<'_>, made: Node) -> Option<String> {
    let OpKind::Call(_, operands) = view.program.op(made).kind else { return None };
    let values = view.program.operands(made.file, operands).iter().map(|o| Node { value: o.value, ..made });
    values.filter_map(|value| text(view, value)).find(|text| text.split_whitespace().count() >= 5)
}

/// The library names of what a call calls; a class of the repository goes by those that it extends.
fn called(view: &View<'_>, call: Node, bases: &mut FxHashMap<Def, Vec<Text>>) -> Vec<Text> {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return Vec::new() };
    let mut names = Vec::new();
    for ty in view.types.of(Node { value: function, ..call }) {
        match ty {
            Type::Library(name) => names.push(*name),
            Type::Class(class) => {
                let known = bases.entry(*class).or_insert_with(|| view.types.library_bases(*class));
                names.extend(known.iter().copied());
            }
            _ => {}
        }
    }
    names
}

/// The library names of a decorator, called or not.
pub(super) fn decorator(view: &View<'_>, value: Node) -> Vec<Text> {
    let function = match view.program.op(value).kind {
        OpKind::Call(function, _) => Node { value: function, ..value },
        _ => value,
    };
    let library = |ty: &Type| if let Type::Library(name) = ty { Some(*name) } else { None };
    view.types.of(function).iter().filter_map(library).collect()
}

/// The last word of what a call calls.
fn called_as(view: &View<'_>, call: Node) -> String {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return "step".to_owned() };
    match view.program.op(Node { value: function, ..call }).kind {
        OpKind::Attr(_, name) | OpKind::Global(name) => name.to_string(),
        OpKind::Import(import) => {
            view.program.file(call.file).imports.get(import as usize).map_or("step", |i| i.alias.as_str()).to_owned()
        }
        _ => "step".to_owned(),
    }
}

/// The functions of the repository that a value is or wraps: `f`, `partial(f, x)`.
fn functions_of(view: &View<'_>, value: Node) -> Vec<Def> {
    let mut found: Vec<Def> = Vec::new();
    walk(view.evaluator.follow, Seen::anywhere(value), &mut |seen| {
        let functions = view.types.of(seen.node).iter().filter_map(|ty| match ty {
            Type::Function(def) | Type::Method(def) => Some(*def),
            _ => None,
        });
        found.extend(functions);
        if found.is_empty() { Go::On } else { Go::Done }
    });
    found.dedup();
    found
}

/// The text in a slot of a call, its unknown parts as `{}`.
pub(super) fn slot_text(view: &View<'_>, call: Node, slot: Option<&Slot>) -> Option<String> {
    let value = view.types.slot(call, slot?)?;
    text(view, value).filter(|text| text.bytes().any(|b| b.is_ascii_alphanumeric()))
}

/// The texts in a slot of a call that a loop fills with one after the other.
pub(super) fn slot_texts(view: &View<'_>, call: Node, slot: Option<&Slot>) -> Vec<String> {
    let Some(value) = slot.and_then(|slot| view.types.slot(call, slot)) else { return Vec::new() };
    let texts = view.evaluator.texts(&Seen::anywhere(value));
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Key(_, value) => value.to_string(),
        Part::Option(number) => view.evaluator.default_text(*number).unwrap_or_else(|| "{}".to_owned()),
        Part::Each(number, at) => view.evaluator.default_at(*number, *at).unwrap_or_else(|| "{}".to_owned()),
        Part::Hole | Part::Root(_) | Part::Argument(_) | Part::Temporary => "{}".to_owned(),
    };
    let texts = texts.patterns.iter().map(|pattern| pattern.iter().map(part).collect::<String>());
    texts.filter(|text| text.bytes().any(|b| b.is_ascii_alphanumeric())).collect()
}

/// The text that a value is.
pub(super) fn text(view: &View<'_>, value: Node) -> Option<String> {
    let texts = view.evaluator.texts(&Seen::anywhere(value));
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Key(_, value) => value.to_string(),
        Part::Option(number) => view.evaluator.default_text(*number).unwrap_or_else(|| "{}".to_owned()),
        Part::Each(number, at) => view.evaluator.default_at(*number, *at).unwrap_or_else(|| "{}".to_owned()),
        Part::Hole | Part::Root(_) | Part::Argument(_) | Part::Temporary => "{}".to_owned(),
    };
    texts.patterns.first().map(|pattern| pattern.iter().map(part).collect())
}

/// The texts that a value consists of: one, or those of a list, a tuple or the values of a dict.
pub(super) fn texts(view: &View<'_>, value: Node) -> Vec<(String, Node)> {
    let mut found = Vec::new();
    let mut waiting = vec![(Seen::anywhere(value), 0)];
    while let Some((seen, depth)) = waiting.pop() {
        let node = seen.node;
        if depth > 8 || found.len() > 256 {
            break;
        }
        let beside = |value: Val| (seen.beside(value), depth + 1);
        match view.program.op(node).kind {
            OpKind::List(operands) | OpKind::Tuple(operands) => {
                waiting.extend(view.program.operands(node.file, operands).iter().map(|o| beside(o.value)));
            }
            OpKind::Dict(operands) => {
                let operands = view.program.operands(node.file, operands).iter();
                waiting.extend(operands.filter(|o| o.role != ArgRole::Key).map(|o| beside(o.value)));
            }
            OpKind::Binary(Operator::Add, left, right) if text(view, node).is_none_or(|t| t == "{}{}") => {
                waiting.extend([beside(left), beside(right)]);
            }
            OpKind::Str(_) | OpKind::Format(_) => found.extend(text(view, node).map(|text| (text, node))),
            _ => {
                let back = view.evaluator.follow.back(&seen).values;
                let containers = back.iter().any(|next| {
                    matches!(view.program.op(next.node).kind, OpKind::List(_) | OpKind::Tuple(_) | OpKind::Dict(_))
                });
                if containers {
                    waiting.extend(back.into_iter().map(|next| (next, depth + 1)));
                    continue;
                }
                match (text(view, node).filter(|t| t != "{}" && !t.is_empty()), view.program.op(node).kind) {
                    (Some(text), _) => found.push((text, node)),
                    // `AssetKey(["a", "b"])`
                    (None, OpKind::Call(_, operands)) => {
                        waiting.extend(view.program.operands(node.file, operands).iter().map(|o| beside(o.value)));
                    }
                    (None, _) => {}
                }
            }
        }
    }
    found.reverse();
    found
}
