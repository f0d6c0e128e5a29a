//! Models that take the place of those in use without anybody having looked how good they are.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{Known, Role, View};
use super::models::{fields, receiver};
use super::{Act, Acts};
use crate::fact::{DefKind, OpKind, Text};
use crate::lexicon::{Learns, Subject};
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
        // What a command or a statement asks is not in sight of the code.
        if asked.is_empty() || !asked.iter().all(|id| at.contains_key(id)) {
            continue;
        }
        let run = run_of(view, known, within);
        let file = |id: &NodeId| at[id].call.file;
        let apart = |id: &NodeId| {
            let role = known.roles[file(id).index()];
            !matches!(role, Role::Test | Role::Prototype) && !judged.contains(&file(id))
        };
        let here = asked.iter().any(|id| run.contains(&view.program.owner(at[id].call)));
        if here || judged.contains(&within.file) || !asked.iter().all(apart) {
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
        system.join(EdgeKind::Feeds, group, asked[0], view.program.place(at[&asked[0]].call), Certainty::Inferred);
    }
}

/// All bodies that run when somebody has this one run: from its outermost callers on.
pub fn run_of(view: &View<'_>, known: &Known, within: Def) -> FxHashSet<Def> {
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

/// Does a body split data, measure, or go by the name of something that does?
fn judges(view: &View<'_>, def: Def) -> bool {
    let definition = view.program.definition(def);
    let named = |name: Text| view.lexicon.words.judges(&name);
    if definition.kind == DefKind::Function && named(definition.name) {
        return true;
    }
    let looks = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.measures || m.splits);
    definition.body.clone().any(|value| {
        let node = Node { file: def.file, value };
        let OpKind::Call(function, _) = view.program.op(node).kind else { return false };
        let called = match view.program.op(Node { value: function, ..node }).kind {
            OpKind::Attr(_, name) | OpKind::Global(name) => named(name),
            _ => false,
        };
        called || view.types.callees(node).iter().any(looks)
    })
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
