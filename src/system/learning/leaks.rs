//! Where a model sees what it is not to see: its label, rows around the test rows, the score it is kept by.

use rustc_hash::FxHashSet;

use super::super::{Known, Role, View};
use super::origins::Origins;
use super::{Act, Acts};
use crate::fact::{Access, OpKind, Role as ArgRole, Text};
use crate::lexicon::{Learns, Subject};
use crate::program::Node;
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds what the inputs of a training, a prediction or a split let through.
pub fn derive(view: &View<'_>, system: &mut System, act: &Act<'_>, found: &[(bool, Origins)], acts: &Acts<'_>) {
    let at = view.program.place(act.call);
    if act.meaning.predicts {
        for statistics in found.iter().flat_map(|(_, origins)| &origins.trainings) {
            let node = acts.by_call[statistics];
            let learns = |l| matches!(l, Some(Learns::Statistics | Learns::Categories));
            if acts.all.iter().any(|a| a.node == node && learns(a.meaning.trains)) {
                system.join(EdgeKind::Feeds, node, act.node, at, Certainty::Inferred);
            }
        }
    }
    if act.meaning.splits && shuffles(view, act) {
        system.mark(act.node, "random");
        let lags = found.iter().flat_map(|(_, origins)| &origins.lags).filter(|lag| !is_grouped(view, **lag));
        if let Some(lag) = lags.min_by_key(|lag| view.program.place(**lag)) {
            let name = view.types.called_name(*lag).unwrap_or_default();
            let name = Text::from(name.rsplit('.').next().unwrap_or_default());
            let feature =
                system.add(NodeKind::Feature, name, view.program.place(*lag), view.symbol(view.program.owner(*lag)));
            system.join(EdgeKind::Feeds, feature, act.node, at, Certainty::Inferred);
        }
    }
}

/// Does a split take rows at random?
fn shuffles(view: &View<'_>, act: &Act<'_>) -> bool {
    let Some(keyword) = &act.meaning.shuffles_unless else { return false };
    let OpKind::Call(_, operands) = view.program.op(act.call).kind else { return false };
    view.program.operands(act.call.file, operands).iter().all(|operand| match operand.role {
        ArgRole::Named(name) if name == keyword.as_str() => {
            matches!(view.program.op(Node { value: operand.value, ..act.call }).kind, OpKind::Bool(true))
        }
        ArgRole::Spread => false,
        _ => true,
    })
}

/// `frame.groupby("user")["amount"].shift()`: each of many has a history of its own.
fn is_grouped(view: &View<'_>, call: Node) -> bool {
    let mut node = call;
    for _ in 0..6 {
        let beside = |value: u32| Node { value, ..node };
        node = match view.program.op(node).kind {
            OpKind::Call(function, _) => {
                if view.types.called_name(node).is_some_and(|name| name.ends_with(".groupby")) {
                    return true;
                }
                beside(function)
            }
            OpKind::Attr(object, _) | OpKind::Index(object, _) => beside(object),
            _ => return false,
        };
    }
    false
}

/// Adds a group for each model that is stored, of many that are fitted in a loop, for its score on the rows that a
/// split set aside.
pub fn picked(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>) {
    let measured = super::ranked::measured(view);
    let mut told: FxHashSet<Node> = FxHashSet::default();
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let stores = touch.access == Access::Write && touch.subject == Subject::Model;
        if !stores || matches!(known.roles[touch.root.file.index()], Role::Test | Role::Prototype) {
            continue;
        }
        let split = judge_of(view, system, touch.call, acts).filter(|_| dataset.is_some());
        let split = split.map(|split| (acts.by_call[&split], split));
        let named = || touch.value.and_then(|value| super::picks::by_test_rows(view, touch.call, value, acts));
        let ranked = || {
            let choice = super::ranked::choice(view, touch.call, &measured).filter(|_| !measured.is_empty())?;
            told.insert(choice).then_some((known.modules[choice.file.index()], choice))
        };
        let found = split.or_else(|| dataset.and_then(|_| named())).or_else(ranked);
        let Some((node, split)) = found else { continue };
        let at = view.program.place(touch.call);
        let called = || touch.value.and_then(|value| super::picks::names(view, value).into_iter().next());
        let name = dataset.map(|data| system.node(data).name).or_else(called).unwrap_or_else(|| Text::from("model"));
        let group = system.add(NodeKind::Group, name, at, view.symbol(touch.root));
        system.say(group, "what", "picked-on-test");
        if let Some(dataset) = *dataset {
            system.join(EdgeKind::Writes, group, dataset, at, Certainty::Inferred);
        }
        system.join(EdgeKind::Follows, group, node, view.program.place(split), Certainty::Inferred);
    }
}

/// The split whose held-out rows decide whether a call that stands in a loop is run.
fn judge_of(view: &View<'_>, system: &System, store: Node, acts: &Acts<'_>) -> Option<Node> {
    let around = loop_around(view, store)?;
    view.evaluator.branches.around(store).filter(|arm| arm.first && around.contains(&arm.start)).find_map(|arm| {
        let OpKind::If(condition, _) = view.program.op(Node { value: arm.start, ..store }).kind else { return None };
        let mut split = None;
        behind_scores(view, Node { value: condition, ..store }, &mut |node| {
            let prediction = acts.by_call.get(&node).filter(|n| system.node(**n).kind == NodeKind::Prediction);
            let Some(prediction) = prediction else { return false };
            split = only_split(system, acts, *prediction).filter(|s| around.contains(&s.value)).or(split);
            true
        });
        split.filter(|s| s.file == store.file)
    })
}

/// Looks at what stands behind the scores that a condition compares; `take` says whether a value is what was looked for.
/// A score forgets what it was made from; here that is what is asked.
pub(super) fn behind_scores(view: &View<'_>, condition: Node, take: &mut dyn FnMut(Node) -> bool) {
    let mut waiting = vec![Seen::anywhere(condition)];
    for _ in 0..SCORES {
        let Some(next) = waiting.pop() else { break };
        walk(view.evaluator.follow, next, &mut |seen| {
            if take(seen.node) {
                return Go::Stop;
            }
            let forgets = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.forgets);
            match view.program.op(seen.node).kind {
                OpKind::Call(_, operands) if view.types.callees(seen.node).iter().any(forgets) => {
                    let operands = view.program.operands(seen.node.file, operands);
                    waiting.extend(operands.iter().map(|o| seen.beside(o.value)));
                }
                OpKind::Compare(_, left, right) => waiting.extend([seen.beside(left), seen.beside(right)]),
                _ => {}
            }
            Go::On
        });
    }
}

/// Scores looked into for one condition.
const SCORES: usize = 12;

/// The split that a prediction's rows come from, if no split before that one keeps rows for the last word.
fn only_split(system: &System, acts: &Acts<'_>, prediction: NodeId) -> Option<Node> {
    let is_split = |n: &NodeId| system.node(*n).kind == NodeKind::Check;
    let split = system.reaching(prediction, EdgeKind::Feeds).find(is_split)?;
    if system.reaching(split, EdgeKind::Feeds).any(|n| is_split(&n)) {
        return None;
    }
    acts.all.iter().find(|a| a.node == split).map(|a| a.call)
}

/// The operations of the outermost loop around one, in the same body.
pub fn loop_around(view: &View<'_>, node: Node) -> Option<std::ops::Range<u32>> {
    let body = view.program.definition(view.program.owner(node)).body.clone();
    let op = |value| view.program.op(Node { value, ..node }).kind;
    let mut ends = (node.value..body.end).rev().filter_map(|value| match op(value) {
        OpKind::End(start) if start < node.value && matches!(op(start), OpKind::Loop) => Some(start..value),
        _ => None,
    });
    ends.next()
}
