//! What steps written in code run, what they say they read and write, and what their code touches.

use rustc_hash::{FxHashMap, FxHashSet};

use super::catalog::Catalog;
use super::find::texts;
use super::{Made, Steps, Task, runs};
use crate::fact::{Access, OpKind, Text};
use crate::lexicon::Slot;
use crate::program::{Def, Node, parent};
use crate::source::At;
use crate::system::data;
use crate::system::graph::{NodeId, System, Value};
use crate::system::running::tie;
use crate::system::{Known, Role, View};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::touches::Touch;
use crate::vocabulary::{Certainty, EdgeKind};

/// The places that a step declares, and which sides of it its tool is told of.
#[derive(Default)]
pub(super) struct Declared {
    inputs: Vec<NodeId>,
    outputs: Vec<NodeId>,
    /// The outputs as they are written.
    pub(super) output_names: Vec<String>,
    /// The same, and where each is written; and the inputs that are data.
    pub(super) made: Vec<(String, Node)>,
    pub(super) taken: Vec<(String, Node)>,
    /// Every name of what it takes, and of what it makes, is written there.
    pub(super) closed: (bool, bool),
    /// The inputs that are settings, no data.
    pub(super) settings: Vec<(String, Node)>,
    all_inputs: bool,
    all_outputs: bool,
}

/// Adds what steps run, declare and touch, and gives what each declares; `before` are the steps right before each.
pub(super) fn derive(
    view: &View<'_>,
    system: &mut System,
    known: &mut Known,
    steps: &Steps<'_>,
    before: &[Vec<usize>],
    catalog: &Catalog<'_>,
) -> Vec<Declared> {
    let declared: Vec<Declared> = steps.tasks.iter().map(|task| declared(view, system, task, catalog)).collect();
    for (index, task) in steps.tasks.iter().enumerate() {
        let mut inputs = declared[index].inputs.clone();
        // Names say exactly what is taken of what others make; else all of it is.
        if !task.form.by_name {
            inputs.extend(before[index].iter().flat_map(|earlier| &declared[*earlier].outputs));
        }
        declare(system, task, &declared[index], &inputs);
        // Where a class says what comes before it, that is how it says what it reads.
        let told = task.form.by_parameter || task.form.requires.is_some();
        if declared[index].all_inputs || (told && names_inputs(view, task, before, index, steps)) {
            system.mark(task.id, "declares-inputs");
        }
        if declared[index].all_outputs {
            system.mark(task.id, "declares-outputs");
        }
        let places: Vec<String> = inputs.iter().chain(&declared[index].outputs).map(|d| name(system, *d)).collect();
        runs::derive(view, system, known, task, &places);
    }
    exchanged(view, system, known, steps, catalog);
    functions(view, system, known, steps);
    touched(view, system, known, steps, catalog);
    handed_over(system, steps, before);
    conventions(view, system, steps);
    declared
}

fn name(system: &System, dataset: NodeId) -> String {
    system.node(dataset).name.to_string()
}

/// What a step says of its data.
fn declared(view: &View<'_>, system: &mut System, task: &Task<'_>, catalog: &Catalog<'_>) -> Declared {
    let mut declared =
        Declared { all_inputs: task.form.declares, all_outputs: task.form.declares, ..Declared::default() };
    let slots = |slots: &[Slot]| -> Vec<(String, Node)> {
        let (Made::Call(call) | Made::Function(_, call)) = task.made else { return Vec::new() };
        let values = slots.iter().filter_map(|slot| view.types.slot(call, slot));
        values.flat_map(|value| texts(view, value)).collect()
    };
    let mut outputs = slots(&task.form.outputs);
    if let (Made::Class(class), Some(makes)) = (task.made, task.form.makes)
        && let Some(method) = view.types.method_of(class, &makes)
    {
        outputs.extend(view.types.returned(method).flat_map(|value| texts(view, value)));
    }
    let is_open = |slots: &[Slot], found: usize| {
        let (Made::Call(call) | Made::Function(_, call)) = task.made else { return true };
        let mut values = slots.iter().filter_map(|slot| view.types.slot(call, slot));
        found == 0 && values.any(|value| !matches!(view.program.op(value).kind, OpKind::Nothing))
    };
    declared.made.clone_from(&outputs);
    declared.output_names = outputs.iter().map(|(word, _)| word.clone()).collect();
    let inputs = slots(&task.form.inputs);
    declared.closed = (!is_open(&task.form.inputs, inputs.len()), !is_open(&task.form.outputs, declared.made.len()));
    if task.form.by_name {
        declared.taken = inputs.iter().filter(|(word, _)| !catalog.is_setting(word)).cloned().collect();
        declared.settings = inputs.iter().filter(|(word, _)| catalog.is_setting(word)).cloned().collect();
    }
    for (words, found, all) in [
        (inputs, &mut declared.inputs, &mut declared.all_inputs),
        (outputs, &mut declared.outputs, &mut declared.all_outputs),
    ] {
        *all |= !words.is_empty();
        for (word, node) in words {
            let places = places(view, system, task, catalog, &word, view.program.place(node));
            // What lies at a place that is not known may be anywhere.
            *all &= task.form.by_name || !places.is_empty();
            found.extend(places);
        }
    }
    declared
}

/// The data that a word of a declaration stands for.
fn places(
    view: &View<'_>,
    system: &mut System,
    task: &Task<'_>,
    catalog: &Catalog<'_>,
    word: &str,
    at: At,
) -> Vec<NodeId> {
    if task.form.by_name {
        return if catalog.is_setting(word) { Vec::new() } else { catalog.data(view, system, task.at.file, word) };
    }
    // A bare word is a name that the orchestrator keeps, no place.
    if !word.contains(['/', '.', ':']) {
        return Vec::new();
    }
    let place = view.placer.path(word, task.at.file, None);
    if !place.name.replace("{}", "").bytes().any(|b| b.is_ascii_alphanumeric()) {
        return Vec::new();
    }
    let dataset = data::node(system, &place, at, view.symbol(task.within));
    system.mark(dataset, "declared");
    vec![dataset]
}

/// Ties a step to what it declares; where a catalog stands between, the tool itself reads and writes.
fn declare(system: &mut System, task: &Task<'_>, declared: &Declared, inputs: &[NodeId]) {
    for dataset in inputs.iter().chain(&declared.outputs) {
        system.join(EdgeKind::Declares, task.id, *dataset, task.at, Certainty::Seen);
    }
    if task.form.by_name {
        for (kind, datasets) in [(EdgeKind::Reads, &declared.inputs), (EdgeKind::Writes, &declared.outputs)] {
            for dataset in datasets {
                system.join(kind, task.id, *dataset, task.at, Certainty::Inferred);
            }
        }
    }
}

/// Does a step take what others make in the way its tool provides for: as parameters, or by what it requires?
fn names_inputs(view: &View<'_>, task: &Task<'_>, before: &[Vec<usize>], index: usize, steps: &Steps<'_>) -> bool {
    if task.form.requires.is_some() {
        return !before[index].is_empty();
    }
    let Made::Function(def, _) = task.made else { return false };
    let params = &view.program.definition(def).params;
    before[index].iter().any(|earlier| params.iter().any(|p| p.name == steps.tasks[*earlier].name.as_str()))
}

/// What a catalog fills parameters of steps' functions with, and what it keeps of what they return.
fn exchanged(view: &View<'_>, system: &mut System, known: &mut Known, steps: &Steps<'_>, catalog: &Catalog<'_>) {
    let exchange = &view.types.exchange;
    let by_name = |step: Node| steps.by_call.get(&step).filter(|task| steps.tasks[**task].form.by_name).is_some();
    for end in exchange.takes.iter().filter(|end| by_name(end.step) && !catalog.is_setting(&end.name)) {
        let data = catalog.data(view, system, end.step.file, &end.name);
        known.filled.extend(data.into_iter().map(|dataset| (end.at.value, dataset)));
    }
    for end in exchange.gives.iter().filter(|end| by_name(end.step)) {
        let Some(value) = view.types.handed_value(end.at) else { continue };
        let data = catalog.data(view, system, end.step.file, &end.name);
        known.kept.extend(data.into_iter().map(|dataset| (value, dataset)));
    }
}

/// Which steps run which code.
fn functions(view: &View<'_>, system: &mut System, known: &mut Known, steps: &Steps<'_>) {
    let own: FxHashSet<Def> = steps.tasks.iter().flat_map(|task| task.functions.iter().copied()).collect();
    let mut reached: FxHashMap<Def, Vec<Def>> = FxHashMap::default();
    for task in &steps.tasks {
        for function in &task.functions {
            if let Some(node) = known.functions.get(function) {
                system.join(EdgeKind::Calls, task.id, *node, task.at, Certainty::Seen);
            }
            let defs = reached.entry(*function).or_insert_with(|| {
                let defs = view.reach.from_function(*function, &|def| own.contains(&def));
                let mut defs: Vec<Def> = defs.into_iter().collect();
                defs.sort_unstable();
                defs
            });
            for def in defs {
                known.doers.entry(*def).or_default().push(task.id);
            }
        }
        known.step_functions.insert(task.id, task.functions.clone());
    }
}

/// The steps whose code makes a touch: those that reach the definition that settles its place, or whose own function
/// stands on the way. What other programs hand to a helper that a step asks too is not what the step touches.
pub fn doers(known: &Known, touch: &Touch<'_>) -> Vec<NodeId> {
    if let Some(steps) = known.doers.get(&touch.root) {
        return steps.clone();
    }
    let inner = touch.way.iter().skip(1).map(|site| site.within).chain([touch.within]);
    let own = |step: &NodeId, def: &Def| known.step_functions.get(step).is_some_and(|defs| defs.contains(def));
    let of = |def: Def| {
        let steps = known.doers.get(&def).into_iter().flatten().copied();
        steps.filter(|step| own(step, &def)).collect::<Vec<_>>()
    };
    inner.map(of).find(|steps| !steps.is_empty()).unwrap_or_default()
}

/// Ties steps to the data that their functions touch.
fn touched(view: &View<'_>, system: &mut System, known: &Known, steps: &Steps<'_>, catalog: &Catalog<'_>) {
    let mut touches: FxHashMap<NodeId, Vec<(&Touch<'_>, NodeId)>> = FxHashMap::default();
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let Some(dataset) = dataset.filter(|_| known.roles[touch.root.file.index()] != Role::Test) else { continue };
        let place = system.node(dataset).name;
        if catalog.holds(&place) || is_beside(view, touch, &place) {
            continue;
        }
        for step in doers(known, touch) {
            touches.entry(step).or_default().push((touch, dataset));
        }
    }
    for task in &steps.tasks {
        let declared: Vec<String> = system.reached(task.id, EdgeKind::Declares).map(|d| name(system, d)).collect();
        let of = touches.get(&task.id).map_or(&[][..], Vec::as_slice);
        tie(view, system, task.id, task.at, &declared, of);
    }
    for query in &known.queries {
        let kind = match query.access {
            Access::Read => EdgeKind::Reads,
            Access::Write | Access::Append => EdgeKind::Writes,
            Access::Delete => EdgeKind::Drops,
        };
        let at = view.program.place(query.call);
        for step in known.doers.get(&query.within).into_iter().flatten() {
            system.join(kind, *step, query.dataset, at, Certainty::Inferred);
            let functions = known.step_functions.get(step).map_or(&[][..], Vec::as_slice);
            if is_handed_in(view, query.call, functions) {
                system.join(EdgeKind::Declares, *step, query.dataset, at, Certainty::Inferred);
            }
        }
    }
}

/// Does a call go through something that one of the functions is given, such as a connection? Whoever declares that
/// declares what is reached through it.
fn is_handed_in(view: &View<'_>, call: Node, functions: &[Def]) -> bool {
    let OpKind::Call(function, operands) = view.program.op(call).kind else { return false };
    let receiver = match view.program.op(Node { value: function, ..call }).kind {
        OpKind::Attr(object, _) => Some(object),
        _ => None,
    };
    let operands = view.program.operands(call.file, operands).iter().map(|operand| operand.value);
    let given = |node: Node| {
        matches!(view.program.op(node).kind, OpKind::Param(_)) && functions.contains(&view.program.owner(node))
    };
    receiver.into_iter().chain(operands).any(|value| {
        let start = Seen::anywhere(Node { value, ..call });
        walk(view.evaluator.follow, start, &mut |seen| if given(seen.node) { Go::Done } else { Go::On })
    })
}

/// What a step before writes by itself, and this one reads by itself, is declared by their order.
fn handed_over(system: &mut System, steps: &Steps<'_>, before: &[Vec<usize>]) {
    for (index, task) in steps.tasks.iter().enumerate().filter(|(_, task)| !task.form.declares) {
        let read: FxHashSet<NodeId> = system.reached(task.id, EdgeKind::Reads).collect();
        if read.is_empty() {
            continue;
        }
        let mut seen: FxHashSet<usize> = FxHashSet::default();
        let mut waiting = before[index].clone();
        let mut told = Vec::new();
        while let Some(earlier) = waiting.pop() {
            if seen.insert(earlier) {
                waiting.extend(&before[earlier]);
                let written = system.reached(steps.tasks[earlier].id, EdgeKind::Writes);
                told.extend(written.filter(|dataset| read.contains(dataset)));
            }
        }
        for dataset in told {
            system.join(EdgeKind::Declares, task.id, dataset, task.at, Certainty::Inferred);
        }
    }
}

/// Is a file checked in among the code that reads it, and so a part of it?
fn is_beside(view: &View<'_>, touch: &Touch<'_>, place: &str) -> bool {
    let folder = parent(view.program.path(touch.call.file));
    !folder.is_empty()
        && place.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        && view.program.keeps(place)
}

/// A team that keeps to its catalog means to keep to it; one that goes past it in many steps does not ask for it.
fn conventions(view: &View<'_>, system: &mut System, steps: &Steps<'_>) {
    let mut teams: FxHashMap<(Text, &str), Vec<NodeId>> = FxHashMap::default();
    for task in steps.tasks.iter().filter(|task| task.form.declares) {
        teams.entry((task.form.tool, view.placer.home(task.at.file))).or_default().push(task.id);
    }
    for team in teams.into_values() {
        let strays = team.iter().filter(|step| strays(system, **step)).count();
        if strays > FEW && strays * 3 > team.len() {
            for step in team {
                system.set(step, "declares-inputs", Value::Flag(false));
                system.set(step, "declares-outputs", Value::Flag(false));
            }
        }
    }
}

/// So many steps that go past a catalog are exceptions, however few there are in all.
const FEW: usize = 2;

/// Does a step touch data that it does not declare?
fn strays(system: &System, step: NodeId) -> bool {
    let touched = system.out(step).iter().map(|edge| system.edge(*edge));
    let mut touched = touched.filter(|edge| matches!(edge.kind, EdgeKind::Reads | EdgeKind::Writes));
    touched.any(|edge| {
        let excused = system.is(edge.to, "remote") || system.is(edge.to, "temporary");
        !excused && !system.reached(step, EdgeKind::Declares).any(|declared| declared == edge.to)
    })
}
