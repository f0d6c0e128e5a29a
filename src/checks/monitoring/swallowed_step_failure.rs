//! Programs of a pipeline that catch what goes wrong, log it, and end as if all had gone well.

use rustc_hash::FxHashSet;

use crate::fact::{OpKind, Text, Val};
use crate::program::branches::Arm;
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::arms::{Region, is_repeated};
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::{View, is_value_used};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

pub const CHECK: Check = Check { rule: "swallowed-step-failure", find };

/// Functions between a program's start and its work.
const DEPTH: usize = 3;

/// So many programs that one file starts make it one that runs them in order.
const PROGRAMS: usize = 2;

/// One sighting for each handler in which the failure of a whole step ends.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let drivers = drivers(grounds);
    let mut found = Vec::new();
    for file in view.program.files().filter(|file| view.is_code(*file) && grounds.is_product(*file)) {
        for arm in view.evaluator.branches.of(file).iter().filter(|arm| arm.first) {
            let attempt = Node { file, value: arm.start };
            if !matches!(view.program.op(attempt).kind, OpKind::Try) || is_repeated(view, attempt) {
                continue;
            }
            let Some(handler) = logged(view, arm, file) else { continue };
            let within = view.program.owner(attempt);
            if !is_last(view, within, attempt) {
                continue;
            }
            let region = Region::new(view, file, arm.operations());
            let Some((work, started)) = step_of(grounds, within, &region, &drivers) else { continue };
            found.push(Sighting::new(
                view.program.place(handler),
                vec![view.symbol(within), Text::from("failure swallowed")],
                Certainty::Inferred,
                vec![
                    ("work", Capture::Text(Text::from(work))),
                    ("step", grounds.system.node(started.0).name.into()),
                    ("started", started.1.into()),
                    ("role", grounds.role(file).into()),
                ],
            ));
        }
    }
    found
}

/// The handler of a `try` that takes whatever a library may raise, and does no more than to log it.
fn logged(view: &View<'_>, attempt: &Arm, file: FileId) -> Option<Node> {
    let arms = view.evaluator.branches.of(file);
    let handlers: Vec<&Arm> = arms.iter().filter(|arm| arm.start == attempt.start && !arm.first).collect();
    let last = handlers.last()?;
    let op = |value: Val| view.program.op(Node { file, value }).kind;
    let quiet = handlers.iter().all(|arm| {
        let mut body = arm.operations();
        body.next();
        body.all(|value| is_quiet(view, Node { file, value }))
    });
    let takes = takes(view, Node { file, value: last.operations().start + 1 });
    // What nobody speaks of is another debt: that of the data or model that is passed over.
    let speaks = last.operations().any(|value| matches!(op(value), OpKind::Call(..)));
    (quiet && takes && speaks).then(|| Node { file, value: last.operations().start })
}

/// Takes a handler every error, or every error of a library? Its first operations tell.
fn takes(view: &View<'_>, first: Node) -> bool {
    let op = |value: Val| view.program.op(Node { value, ..first }).kind;
    let mut named = first.value;
    loop {
        let users = view.users.of(Node { value: named, ..first });
        // What is called is no type: the handler has none, and this is what it does.
        if users.iter().any(|user| matches!(op(*user), OpKind::Call(function, _) if function == named)) {
            return true;
        }
        match users.iter().find(|user| matches!(op(**user), OpKind::Attr(..) | OpKind::Tuple(_))) {
            Some(user) => named = *user,
            None => break,
        }
    }
    let is_wide = |value: Val| match op(value) {
        OpKind::Global(name) if matches!(name.as_str(), "Exception" | "BaseException") => true,
        OpKind::Global(_) | OpKind::Attr(..) | OpKind::Import(_) => is_of_library(view, Node { value, ..first }),
        _ => false,
    };
    match op(named) {
        OpKind::Tuple(operands) => view.program.operands(first.file, operands).iter().any(|o| is_wide(o.value)),
        OpKind::Global(_) | OpKind::Attr(..) | OpKind::Import(_) => is_wide(named),
        _ => true,
    }
}

fn is_of_library(view: &View<'_>, value: Node) -> bool {
    view.types.library_name(value).is_some_and(|name| name.contains('.') && !name.starts_with("builtins."))
}

/// Does an operation of a handler no more than to log, or to answer that nothing came of it?
fn is_quiet(view: &View<'_>, node: Node) -> bool {
    match view.program.op(node).kind {
        OpKind::Raise | OpKind::If(..) | OpKind::Loop | OpKind::SetAttr(..) | OpKind::SetIndex(..) | OpKind::Try => {
            false
        }
        OpKind::Return(value) => is_plain(view, Node { value, ..node }),
        OpKind::Call(function, _) => {
            let name = match view.program.op(Node { value: function, ..node }).kind {
                OpKind::Attr(_, name) | OpKind::Global(name) => Some(name),
                OpKind::Import(index) => view.program.file(node.file).imports.get(index as usize).map(|i| i.alias),
                _ => None,
            };
            let ends = view.types.callees(node).iter().any(|c| matches!(c, Callee::Meaning(m) if m.ends));
            let own = view.types.callees(node).iter().any(|c| matches!(c, Callee::Function(..)));
            !ends
                && !own
                && name.is_some_and(|name| view.lexicon.keys.is_recording(name) || view.lexicon.words.tells(&name))
        }
        _ => true,
    }
}

/// Nothing, or a sign that it did not work.
fn is_plain(view: &View<'_>, value: Node) -> bool {
    matches!(view.program.op(value).kind, OpKind::Nothing | OpKind::Bool(false))
}

/// Comes nothing after a `try` in its body but words?
fn is_last(view: &View<'_>, within: Def, attempt: Node) -> bool {
    let body = view.program.definition(within).body.clone();
    let is_end = |value: &Val| matches!(view.program.op(Node { value: *value, ..attempt }).kind, OpKind::End(start) if start == attempt.value);
    let Some(end) = body.clone().find(is_end) else { return false };
    (end + 1..body.end).all(|value| match view.program.op(Node { value, ..attempt }).kind {
        OpKind::Call(..) => is_quiet(view, Node { value, ..attempt }),
        OpKind::Return(of) => is_plain(view, Node { value: of, ..attempt }),
        OpKind::Raise | OpKind::Assert(_) | OpKind::If(..) | OpKind::Loop => false,
        _ => true,
    })
}

/// What a `try` does for a step of a pipeline, with what starts the step and where.
fn step_of(
    grounds: &Grounds<'_>,
    within: Def,
    region: &Region,
    drivers: &FxHashSet<FileId>,
) -> Option<(&'static str, (NodeId, At))> {
    let view = grounds.view;
    if region.starts(view) && drivers.contains(&within.file) && is_unasked(view, within) {
        let module = grounds.known.modules[within.file.index()];
        return Some(("runs", (module, grounds.system.node(module).at)));
    }
    let work = if region.trainings(grounds).next().is_some() {
        "trains"
    } else {
        region.writes(grounds).next()?;
        "writes"
    };
    let started = function_step(grounds, within).or_else(|| program_step(grounds, within, 0))?;
    Some((work, started))
}

/// The step whose function a definition is.
fn function_step(grounds: &Grounds<'_>, within: Def) -> Option<(NodeId, At)> {
    let steps = grounds.known.step_functions.iter().filter(|(_, functions)| functions.contains(&within));
    let first = steps.map(|(step, _)| *step).min()?;
    Some((first, grounds.system.node(first).at))
}

/// What starts the program whose whole work a definition does: its module's body, or what that calls without looking at
/// the outcome.
fn program_step(grounds: &Grounds<'_>, within: Def, depth: usize) -> Option<(NodeId, At)> {
    let (view, known, system) = (grounds.view, grounds.known, grounds.system);
    if within.id == 0 {
        let module = known.modules[within.file.index()];
        let calls = system.into(module).iter().map(|edge| system.edge(*edge));
        let mut steps = calls.filter(|edge| edge.kind == EdgeKind::Calls && edge.at.file != within.file);
        let is_step = |id: NodeId| system.node(id).kind == NodeKind::Step;
        let started =
            known.invocations.iter().find(|start| start.program == within.file && !view.is_code(start.at.file));
        let by_file = || started.map(|start| (known.modules[start.at.file.index()], start.at));
        return steps.find(|edge| is_step(edge.from)).map(|edge| (edge.from, edge.at)).or_else(by_file);
    }
    let sites = view.types.callers.get(&within).filter(|_| depth < DEPTH)?;
    if !is_unasked(view, within) {
        return None;
    }
    sites
        .iter()
        .filter(|site| !is_repeated(view, site.call))
        .find_map(|site| program_step(grounds, site.within, depth + 1))
}

/// Does nobody look at what a function gives back?
fn is_unasked(view: &View<'_>, within: Def) -> bool {
    let sites = view.types.callers.get(&within).map_or(&[][..], Vec::as_slice);
    within.id == 0 || sites.iter().all(|site| !is_value_used(view, site.call.file, site.call.value))
}

/// The files of code that start several programs of the repository.
fn drivers(grounds: &Grounds<'_>) -> FxHashSet<FileId> {
    let mut programs: FxHashSet<(FileId, FileId)> = FxHashSet::default();
    for start in grounds.known.invocations.iter().filter(|start| grounds.view.is_code(start.at.file)) {
        programs.insert((start.at.file, start.program));
    }
    let count = |file: FileId| programs.iter().filter(|(of, _)| *of == file).count();
    programs.iter().map(|(file, _)| *file).filter(|file| count(*file) >= PROGRAMS).collect()
}
