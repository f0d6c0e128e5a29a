//! Loaders of models that keep what they loaded first, while another program writes the artifact anew.

use rustc_hash::FxHashSet;

use crate::fact::{Access, DefKind, OpKind, Role as ArgRole, Text};
use crate::lexicon::Subject;
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::lineage::has_step;
use crate::system::{Role, View};
use crate::value::touches::Touch;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "stale-memoised-model", find };

/// One sighting for each model that a loader remembers while it is written.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let mut told: FxHashSet<NodeId> = FxHashSet::default();
    let mut found = Vec::new();
    for (touch, dataset) in grounds.touched() {
        let role = grounds.role(touch.call.file);
        let reads = touch.access == Access::Read && touch.subject == Subject::Model;
        if !reads || matches!(role, Role::Test | Role::Prototype | Role::Train) || system.is(dataset, "remote") {
            continue;
        }
        let loader = touch.within;
        if !remembers(view, loader, touch) || forgets(view, loader) {
            continue;
        }
        let Some((writer, place)) = writer(grounds, dataset, touch.call.file) else { continue };
        if !told.insert(dataset) {
            continue;
        }
        let name = system.node(dataset).name;
        let own = [view.symbol(loader), name];
        let others = [system.identity(dataset), system.identity(writer)];
        found.push(Sighting::new(
            view.program.place(touch.call),
            own.into_iter().chain(others.into_iter().flatten()).collect(),
            grounds.certainty(Certainty::Inferred, &[dataset, writer]),
            vec![("data", dataset.into()), ("writer", writer.into()), ("place", place.into()), ("role", role.into())],
        ));
    }
    found
}

/// Does a function answer once and for all: by a decorator that remembers, or under `if MODEL is None`?
fn remembers(view: &View<'_>, loader: Def, touch: &Touch<'_>) -> bool {
    let definition = view.program.definition(loader);
    if definition.kind != DefKind::Function {
        return false;
    }
    let own = definition.params.iter().filter(|param| param.name != "self" && param.name != "cls").count();
    own == 0
        && (definition.decorators.iter().any(|d| is_memo(view, Node { file: loader.file, value: *d }))
            || is_once(view, touch))
}

/// A decorator that keeps answers, without an end to it.
fn is_memo(view: &View<'_>, decorator: Node) -> bool {
    let (named, operands) = match view.program.op(decorator).kind {
        OpKind::Call(function, operands) => {
            (Node { value: function, ..decorator }, view.program.operands(decorator.file, operands))
        }
        _ => (decorator, &[][..]),
    };
    let memo = view.types.library_name(named).and_then(|name| view.lexicon.call(name)).is_some_and(|m| m.remembers);
    let ends = |role: ArgRole| matches!(role, ArgRole::Named(name) if name == "ttl" || name == "expire");
    memo && !operands.iter().any(|o| ends(o.role))
}

/// Stands a call under the question whether a name of the module still holds nothing?
fn is_once(view: &View<'_>, touch: &Touch<'_>) -> bool {
    let arms = view.evaluator.branches.around(touch.call);
    let asks_none = |start: u32| {
        let OpKind::If(condition, _) = view.program.op(Node { value: start, ..touch.call }).kind else { return None };
        let global = |value: u32| match view.program.op(Node { value, ..touch.call }).kind {
            OpKind::Global(name) => Some(name),
            _ => None,
        };
        let nothing = |value: u32| matches!(view.program.op(Node { value, ..touch.call }).kind, OpKind::Nothing);
        match view.program.op(Node { value: condition, ..touch.call }).kind {
            OpKind::Compare(_, left, right) if nothing(right) => global(left),
            OpKind::Not(of) => global(of),
            _ => None,
        }
    };
    let rebound = |name: Text| view.types.rebound.get(&(touch.call.file, name)).map_or(0, Vec::len) == 1;
    arms.filter(|arm| arm.first).filter_map(|arm| asks_none(arm.start)).any(rebound)
}

/// Lets something a loader forget what it remembers?
fn forgets(view: &View<'_>, loader: Def) -> bool {
    let name = view.program.definition(loader).name;
    view.program.files().filter(|file| view.is_code(*file)).any(|file| {
        let ops = &view.program.file(file).ops;
        ops.iter().any(|op| match op.kind {
            OpKind::Attr(of, clear) if view.lexicon.words.lets_forget(&clear) => {
                match view.program.op(Node { file, value: of }).kind {
                    OpKind::Global(other) | OpKind::Attr(_, other) => other == name,
                    OpKind::Import(_) | OpKind::Define(_) | OpKind::Bind(..) => true,
                    _ => false,
                }
            }
            _ => false,
        })
    })
}

/// Another program that writes the artifact over and over, or the service itself; where.
fn writer(grounds: &Grounds<'_>, data: NodeId, loader: FileId) -> Option<(NodeId, At)> {
    let (view, known) = (grounds.view, grounds.known);
    let mut writes = grounds.touched().filter(|(t, d)| *d == data && t.access == Access::Write);
    writes.find_map(|(touch, _)| {
        let file = touch.root.file;
        if !grounds.is_product(file) {
            return None;
        }
        let started = has_step(grounds.system, known.modules[file.index()])
            || known.invocations.iter().any(|i| i.program == file)
            || known.doers.contains_key(&touch.root);
        let answers = file == loader
            || known.handlers.iter().any(|h| view.reach.from_function(*h, &|_| false).contains(&touch.within));
        (started || answers).then(|| (view.code(known, touch.root), view.program.place(touch.call)))
    })
}
