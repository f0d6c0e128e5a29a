//! Models that take the place of those in use without anybody having looked how good they are.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{Known, Role, View, operands_of};
use super::models::{fields, receiver};
use super::{Act, Acts};
use crate::fact::{DefKind, OpKind, Text, Val};
use crate::lexicon::{Learns, Meaning, Subject};
use crate::program::{Def, Node};
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Callers above a training that are looked at.
const CALLERS: usize = 60;
/// Values looked at behind what is kept.
const WIDTH: usize = 80;
/// Adds a group for each body that fits a model, keeps it for others to ask, and judges nothing on the way.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>) {
    let judged: FxHashSet<_> = view.calls().filter(|(_, call)| measures(view, *call)).map(|(d, _)| d.file).collect();
    let gauged: FxHashSet<_> =
        view.calls().filter(|(_, call)| measures(view, *call) && weighs(view, *call)).map(|(d, _)| d.file).collect();
    let at: FxHashMap<NodeId, &Act<'_>> = acts.all.iter().map(|act| (act.node, act)).collect();
    let mut told: FxHashSet<Def> = FxHashSet::default();
    for act in &acts.all {
        let within = view.program.owner(act.call);
        let role = known.roles[act.call.file.index()];
        let labelled = act.meaning.y.as_ref().is_some_and(|slot| view.types.slot(act.call, slot).is_some());
        if act.meaning.trains != Some(Learns::Model) || role == Role::Prototype || !labelled || told.contains(&within) {
            continue;
        }
        let asked = system.reached(act.node, EdgeKind::Feeds).filter(|n| system.node(*n).kind == NodeKind::Prediction);
        let asked: Vec<NodeId> = asked.collect();
        if asked.is_empty() {
            continue;
        }
        let run = run_of(view, known, within);
        let file = |id: &NodeId| at[id].call.file;
        let apart = |id: &NodeId| {
            let role = known.roles[file(id).index()];
            !matches!(role, Role::Test | Role::Prototype) && (file(id) == within.file || !judged.contains(&file(id)))
        };
        // What is asked in the run itself is asked to be measured; whether that decides anything is looked at below.
        let others = asked.iter().filter(|id| !run.contains(&view.program.owner(at[*id].call)));
        let others: Vec<NodeId> = others.copied().collect();
        if others.is_empty() || gauged.contains(&within.file) || !others.iter().all(apart) {
            continue;
        }
        if run.iter().any(|def| judges(view, *def)) {
            continue;
        }
        let Some(kept) = run.iter().find_map(|def| keeps(view, act, *def)) else { continue };
        told.insert(within);
        let place = view.program.place(act.call);
        let group = system.add(NodeKind::Group, system.node(act.node).name, place, view.symbol(within));
        system.say(group, "what", "unjudged");
        system.join(EdgeKind::Follows, group, act.node, view.program.place(kept), Certainty::Inferred);
        system.join(EdgeKind::Feeds, group, others[0], view.program.place(at[&others[0]].call), Certainty::Inferred);
    }
}

/// All bodies that run when somebody has this one run: from its outermost callers on.
fn run_of(view: &View<'_>, known: &Known, within: Def) -> FxHashSet<Def> {
    let mut seen = FxHashSet::from_iter([within]);
    let mut waiting = vec![within];
    let mut run = FxHashSet::default();
    while let Some(def) = waiting.pop() {
        let callers = view.types.callers.get(&def).map_or(&[][..], Vec::as_slice);
        // What a test does with a model is no run of the system.
        let callers = callers.iter().map(|site| site.within);
        let callers = callers.filter(|caller| known.roles[caller.file.index()] != Role::Test);
        let further: Vec<Def> = callers.filter(|caller| seen.len() < CALLERS && seen.insert(*caller)).collect();
        if further.is_empty() {
            run.extend(match view.program.definition(def).kind {
                DefKind::Module => view.reach.from(def.file),
                _ => view.reach.from_function(def, &|_| false),
            });
        }
        waiting.extend(further);
    }
    run
}

fn measures(view: &View<'_>, call: Node) -> bool {
    view.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(m) if m.measures))
}

/// Does what a call measures decide anything: is it compared, asserted, or what a choice is made by?
fn weighs(view: &View<'_>, call: Node) -> bool {
    let body = view.program.definition(view.program.owner(call)).body.clone();
    let mut made: FxHashSet<Val> = FxHashSet::from_iter([call.value]);
    for value in call.value + 1..body.end {
        let node = Node { value, ..call };
        let takes = || operands_of(view, node).iter().any(|o| made.contains(o));
        match view.program.op(node).kind {
            OpKind::Compare(..) | OpKind::Return(_) | OpKind::SetAttr(..) if takes() => return true,
            OpKind::Assert(held) | OpKind::If(held, _) if made.contains(&held) => return true,
            // What is only shown or noted decides nothing; what a function of the repository gets may.
            OpKind::Call(..) if takes() => {
                if view.types.callees(node).iter().any(|c| matches!(c, Callee::Function(..))) {
                    return true;
                }
                made.insert(value);
            }
            _ if takes() => drop(made.insert(value)),
            _ => {}
        }
    }
    false
}

/// Are rows that a call sets aside used?
fn uses_rest(view: &View<'_>, call: Node) -> bool {
    let body = view.program.definition(view.program.owner(call)).body.clone();
    let parts = body.clone().map(|value| Node { value, ..call });
    let parts: Vec<Node> =
        parts.filter(|n| matches!(view.program.op(*n).kind, OpKind::Part(of, _) if of == call.value)).collect();
    let used = |part: &Node| {
        let ops = view.program.file(call.file).ops.iter();
        let mut used = ops.filter(|op| !matches!(op.kind, OpKind::Bind(..) | OpKind::Part(..)));
        used.any(|op| takes(view, *part, op.kind))
    };
    // At a module's own level functions may use a name as well.
    let bound = |part: &Node| {
        let facts = view.program.file(call.file);
        let name = facts.ops.iter().find_map(|op| match op.kind {
            OpKind::Bind(name, of) if of == part.value => Some(name),
            _ => None,
        });
        name.is_some_and(|name| facts.ops.iter().any(|op| matches!(op.kind, OpKind::Global(other) if other == name)))
    };
    parts.is_empty() || parts.iter().all(|part| used(part) || bound(part))
}

/// Takes an operation a value?
fn takes(view: &View<'_>, part: Node, kind: OpKind) -> bool {
    let run = |operands| view.program.operands(part.file, operands).iter().any(|o| o.value == part.value);
    match kind {
        OpKind::Call(function, operands) => function == part.value || run(operands),
        OpKind::List(operands) | OpKind::Tuple(operands) | OpKind::Dict(operands) | OpKind::Either(operands) => {
            run(operands)
        }
        OpKind::Attr(a, _)
        | OpKind::Return(a)
        | OpKind::Element(a)
        | OpKind::SetAttr(_, _, a)
        | OpKind::After(a, _) => a == part.value,
        OpKind::Index(a, b) | OpKind::Binary(_, a, b) | OpKind::Compare(_, a, b) => a == part.value || b == part.value,
        OpKind::SetIndex(a, _, b) => a == part.value || b == part.value,
        _ => false,
    }
}

/// Does a body split data and use what it holds out, measure to decide, or go by the name of something that does?
fn judges(view: &View<'_>, def: Def) -> bool {
    let definition = view.program.definition(def);
    let named = |name: Text| view.lexicon.words.judges(&name);
    if definition.kind == DefKind::Function && named(definition.name) {
        return true;
    }
    let looks = |node: Node| {
        let meant = |c: &Callee<'_>, of: fn(&Meaning) -> bool| matches!(c, Callee::Meaning(m) if of(m));
        let callees = view.types.callees(node);
        (callees.iter().any(|c| meant(c, |m| m.measures)) && weighs(view, node))
            || (callees.iter().any(|c| meant(c, |m| m.splits && !m.folds))
                && uses_rest(view, node)
                && !prints(view, def))
    };
    definition.body.clone().any(|value| {
        let node = Node { file: def.file, value };
        let OpKind::Call(function, _) = view.program.op(node).kind else { return false };
        let called = match view.program.op(Node { value: function, ..node }).kind {
            OpKind::Attr(_, name) | OpKind::Global(name) => named(name),
            _ => false,
        };
        (called && !is_known(view, node)) || looks(node)
    })
}

/// Is it known what a call does to a model or its rows: what its name says is then no news.
fn is_known(view: &View<'_>, call: Node) -> bool {
    view.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(m) if m.measures || m.splits))
}

/// Does a body measure, whatever comes of it?
fn prints(view: &View<'_>, def: Def) -> bool {
    view.program.definition(def).body.clone().any(|value| measures(view, Node { file: def.file, value }))
}

/// The call of a body that keeps what a training fitted.
fn keeps(view: &View<'_>, act: &Act<'_>, def: Def) -> Option<Node> {
    let own: Vec<(Def, Text)> = receiver(view, act.call).map(|model| fields(view, model)).unwrap_or_default();
    let calls = view.program.definition(def).body.clone().map(|value| Node { file: def.file, value });
    let mut stores = calls.filter_map(|node| {
        let value = view.types.callees(node).iter().find_map(|c| match c {
            Callee::Meaning(m) if m.writes.is_none_or(|w| w == Subject::Model) => m.value.as_ref(),
            _ => None,
        })?;
        Some((node, view.types.slot(node, value)?))
    });
    stores.find_map(|(node, value)| {
        let mut looked = 0;
        let found = walk(view.evaluator.follow, Seen::anywhere(value), &mut |seen| {
            looked += 1;
            if looked > WIDTH {
                return Go::Stop;
            }
            let field = || match view.program.op(seen.node).kind {
                OpKind::Attr(..) => fields(view, seen.node).iter().any(|field| own.contains(field)),
                _ => false,
            };
            if seen.node == act.call || field() { Go::Done } else { Go::On }
        });
        found.then_some(node)
    })
}
