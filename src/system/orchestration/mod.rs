//! Pipelines that are written in code: their steps, what each runs and touches, and in which order they run.

mod catalog;
pub mod data;
mod doubled;
mod find;
mod groups;
mod listed;
mod notebooks;
mod order;
mod parameters;
mod runs;
mod schedule;
mod sensors;
mod times;
mod wiring;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, View};
use crate::lexicon::{FlowForm, StepForm};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind};

/// What makes a step or a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    /// A call.
    Call(Node),
    /// A function and its decorator.
    Function(Def, Node),
    /// A class.
    Class(Def),
}

/// A step.
struct Task<'a> {
    form: &'a StepForm,
    made: Made,
    id: NodeId,
    name: String,
    at: At,
    /// The definition in whose body it is made.
    within: Def,
    /// The functions that it runs.
    functions: Vec<Def>,
    /// Which of the steps it is that one call makes in a loop, and how many there are.
    turn: (usize, usize),
}

/// A whole of steps.
struct Flow<'a> {
    form: &'a FlowForm,
    made: Made,
    id: NodeId,
    name: String,
    at: At,
    scheduled: bool,
    /// What makes the times at which it runs, if no text says them.
    clock: Option<Node>,
    tasks: Vec<usize>,
}

/// All steps and flows.
#[derive(Default)]
struct Steps<'a> {
    tasks: Vec<Task<'a>>,
    flows: Vec<Flow<'a>>,
    by_call: FxHashMap<Node, usize>,
    /// The steps that one call makes in a loop.
    copies: FxHashMap<Node, Vec<usize>>,
    /// Decorated functions.
    by_function: FxHashMap<Def, usize>,
    by_class: FxHashMap<Def, usize>,
    flow_by_call: FxHashMap<Node, usize>,
    flows_of: FxHashMap<FileId, Vec<usize>>,
}

impl<'a> Steps<'a> {
    fn add(&mut self, task: Task<'a>) {
        let index = self.tasks.len();
        match task.made {
            Made::Call(call) => {
                self.by_call.entry(call).or_insert(index);
                self.copies.entry(call).or_default().push(index);
            }
            Made::Function(def, _) => drop(self.by_function.insert(def, index)),
            Made::Class(class) => drop(self.by_class.insert(class, index)),
        }
        self.tasks.push(task);
    }

    fn add_flow(&mut self, flow: Flow<'a>) {
        let index = self.flows.len();
        if let Made::Call(call) = flow.made {
            self.flow_by_call.insert(call, index);
        }
        self.flows_of.entry(flow.at.file).or_default().push(index);
        self.flows.push(flow);
    }

    /// The flows that a file makes.
    fn flows_in(&self, file: FileId) -> impl DoubleEndedIterator<Item = (usize, &Flow<'a>)> {
        self.flows_of.get(&file).into_iter().flatten().map(|index| (*index, &self.flows[*index]))
    }

    /// All steps that the call of one makes.
    fn alike(&self, index: usize) -> Vec<usize> {
        match self.tasks[index].made {
            Made::Call(call) => self.copies.get(&call).cloned().unwrap_or_else(|| vec![index]),
            Made::Function(..) | Made::Class(_) => vec![index],
        }
    }

    /// The files in which steps or flows are made.
    fn files(&self) -> FxHashSet<FileId> {
        self.tasks.iter().map(|t| t.at.file).chain(self.flows.iter().map(|f| f.at.file)).collect()
    }

    /// The step that a call makes, or whose function it calls.
    fn of_call(&self, view: &View<'_>, call: Node) -> Option<usize> {
        if let Some(index) = self.by_call.get(&call) {
            return Some(*index);
        }
        let decorated = view.types.callees(call).iter().find_map(|callee| match callee {
            Callee::Function(def, _) => self.by_function.get(def),
            Callee::Meaning(_) => None,
        });
        decorated.copied()
    }
}

/// Adds steps, flows and catalogs.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    let catalog = catalog::Catalog::new(view, system, known);
    let mut steps = find::all(view, system, known);
    if steps.tasks.is_empty() && steps.flows.is_empty() {
        schedule::derive(view, system, known, &steps);
        doubled::derive(view, system, known);
        notebooks::timed(view, system, known);
        return;
    }
    members(view, system, &mut steps);
    let before = order::derive(view, system, &steps);
    let declared = data::derive(view, system, known, &steps, &before, &catalog);
    wiring::derive(view, system, known, &steps, &declared, &catalog);
    listed::derive(view, system, known, &catalog, &declared);
    parameters::derive(view, system, known, &steps, &declared);
    sensors::derive(view, system, &steps);
    notebooks::derive(view, system, known, &steps);
    notebooks::timed(view, system, known);
    doubled::derive(view, system, known);
    schedule::derive(view, system, known, &steps);
}

/// Says which steps belong to which flow.
fn members(view: &View<'_>, system: &mut System, steps: &mut Steps<'_>) {
    let mut uses: Vec<(usize, Def, Node)> = Vec::new();
    let files = steps.files();
    for (def, call) in view.calls().filter(|(def, _)| files.contains(&def.file)) {
        uses.extend(steps.of_call(view, call).map(|task| (task, def, call)));
    }
    let mut belongs: FxHashSet<(usize, usize)> = FxHashSet::default();
    for (task, def, call) in uses {
        let flow = given_flow(view, steps, &steps.tasks[task], call).or_else(|| flow_around(view, steps, def, call));
        belongs.extend(flow.into_iter().flat_map(|flow| steps.alike(task).into_iter().map(move |task| (flow, task))));
    }
    for (index, task) in steps.tasks.iter().enumerate() {
        let inside = |flow: &Flow<'_>| match flow.made {
            Made::Function(def, _) | Made::Class(def) => is_within(view, task.within, def),
            Made::Call(_) => false,
        };
        belongs.extend(steps.flows_in(task.at.file).filter(|(_, flow)| inside(flow)).map(|(f, _)| (f, index)));
    }
    let mut belongs: Vec<(usize, usize)> = belongs.into_iter().collect();
    belongs.sort_unstable();
    for (flow, task) in belongs {
        let (id, at) = (steps.tasks[task].id, steps.tasks[task].at);
        system.join(EdgeKind::Follows, id, steps.flows[flow].id, at, Certainty::Inferred);
        steps.flows[flow].tasks.push(task);
    }
}

/// The flow that a step names: `dag=dag`.
fn given_flow(view: &View<'_>, steps: &Steps<'_>, task: &Task<'_>, call: Node) -> Option<usize> {
    let value = view.types.slot(call, task.form.flow.as_ref()?)?;
    let mut found = None;
    walk(view.evaluator.follow, Seen::anywhere(value), &mut |seen| {
        found = steps.flow_by_call.get(&seen.node).copied();
        if found.is_some() { Go::Done } else { Go::On }
    });
    found
}

/// The flow in whose body a call stands: the decorated function around it, else the last that was made before it.
fn flow_around(view: &View<'_>, steps: &Steps<'_>, def: Def, call: Node) -> Option<usize> {
    let around = steps.flows_in(def.file).find(|(_, flow)| match flow.made {
        Made::Function(of, _) => is_within(view, def, of),
        Made::Call(_) | Made::Class(_) => false,
    });
    let before = || {
        let made = steps.flows_in(def.file).filter_map(|(index, flow)| match flow.made {
            Made::Call(node) if node.value < call.value && view.program.owner(node) == def => Some((node.value, index)),
            _ => None,
        });
        made.max().map(|(_, index)| index)
    };
    around.map(|(index, _)| index).or_else(before)
}

/// Stands a definition in another, or is it that?
fn is_within(view: &View<'_>, def: Def, outer: Def) -> bool {
    let mut inner = def;
    while inner.file == outer.file && inner.id != 0 {
        if inner == outer {
            return true;
        }
        inner.id = view.program.definition(inner).parent;
    }
    false
}
