//! What a score is worth: rows that a model was fitted on, stopped by or handed down through, and that then report it.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{Known, Role, View, operands_of};
use super::alike::form;
use super::leakage::Parts;
use super::leaks::loop_around;
use super::models::{receiver, trained};
use super::origins::origins;
use super::parts::meant;
use super::statistics::{Effects, Found, Stored, behind_all};
use super::{Act, Acts, starts};
use crate::fact::{OpKind, Role as ArgRole, Val};
use crate::lexicon::Learns;
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Values looked at for what makes a model, or what stops its fit.
const STEPS: usize = 60;

/// A measure of a model: of which training, where, on which rows.
struct Judging {
    training: NodeId,
    at: Node,
    rows: Node,
}

/// What the derivation stands on.
struct Stage<'a> {
    view: &'a View<'a>,
    known: &'a Known,
    acts: &'a Acts<'a>,
    parts: &'a Parts,
    kept: (&'a Stored, &'a Effects),
    /// Files that fold rows by a call.
    folding: FxHashSet<FileId>,
}

impl Stage<'_> {
    fn behind(&self, starts: &[Node]) -> Found {
        behind_all(self.view, self.acts, self.kept, starts, &|node| self.parts.is_part(node))
    }

    fn sides(&self, start: Node) -> FxHashMap<usize, FxHashSet<u64>> {
        self.parts.sides(&self.behind(&[start]).parts)
    }

    fn group(&self, system: &mut System, act: &Act<'_>, at: Node, what: &str) -> NodeId {
        let symbol = self.view.symbol(self.view.program.owner(at));
        let group = system.add(NodeKind::Group, system.node(act.node).name, self.view.program.place(at), symbol);
        system.say(group, "what", what);
        system.say(group, "role", self.known.roles[at.file.index()].word());
        system.join(EdgeKind::Follows, group, act.node, self.view.program.place(act.call), Certainty::Inferred);
        group
    }
}

/// Adds a group for each model whose score is worth less than it says.
pub fn derive(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    acts: &Acts<'_>,
    parts: &Parts,
    kept: (&Stored, &Effects),
) {
    let folds = view.calls().filter(|(_, call)| meant(view, *call, |m| m.folds).is_some());
    let folding = folds.map(|(def, _)| def.file).collect();
    let stage = Stage { view, known, acts, parts, kept, folding };
    let judgings = judgings(&stage, system);
    let fits: Vec<&Act<'_>> = acts
        .all
        .iter()
        .filter(|a| a.meaning.trains == Some(Learns::Model) && known.roles[a.call.file.index()] != Role::Test)
        .collect();
    let of = |act: &Act<'_>| {
        let x = starts(view, act).into_iter().find(|(is_x, _)| *is_x)?;
        Some((x.1, stage.behind(&[x.1]).parts))
    };
    let taken: Vec<Option<(Node, Vec<Node>)>> = fits.par_iter().map(|act| of(act)).collect();
    for (act, taken) in fits.into_iter().zip(taken) {
        let Some((x, held)) = taken else { continue };
        let own: Vec<&Judging> = judgings.iter().filter(|j| j.training == act.node).collect();
        on_training_rows(&stage, system, act, x, &held, &own);
        let sides = parts.sides(&held);
        stopped(&stage, system, act, &sides, &own);
        handed_down(&stage, system, act, &held);
        fitted_on_test(&stage, system, (act, x), &sides, &own);
    }
}

/// All measures of models in sight.
fn judgings(stage: &Stage<'_>, system: &System) -> Vec<Judging> {
    let view = stage.view;
    let asked: FxHashMap<Node, &Act<'_>> =
        stage.acts.all.iter().filter(|act| act.meaning.predicts).map(|act| (act.call, act)).collect();
    let real = |def: &Def| stage.known.roles[def.file.index()] != Role::Test;
    let calls: Vec<Node> = view
        .calls()
        .filter(|(def, call)| real(def) && meant(view, *call, |m| m.measures && !m.folds).is_some())
        .map(|(_, call)| call)
        .collect();
    let of = |call: &Node| {
        let mut found = Vec::new();
        let OpKind::Call(function, operands) = view.program.op(*call).kind else { return found };
        let operands = view.program.operands(call.file, operands);
        let library = view.types.library_name(Node { value: function, ..*call }).is_some();
        if let (false, Some(model), Some(first)) = (library, receiver(view, *call), operands.first()) {
            let rows = Node { value: first.value, ..*call };
            let trained = trained(view, &Seen::anywhere(model), stage.acts);
            found.extend(trained.into_iter().map(|training| Judging { training, at: *call, rows }));
        }
        for operand in operands {
            let value = Seen::anywhere(Node { value: operand.value, ..*call });
            for prediction in origins(view, value, stage.acts).predictions {
                let Some(act) = asked.get(&prediction) else { continue };
                let Some((_, rows)) = starts(view, act).into_iter().find(|(is_x, _)| *is_x) else { continue };
                let trainings = system.reaching(act.node, EdgeKind::Feeds);
                found.extend(trainings.map(|training| Judging { training, at: *call, rows }));
            }
        }
        found
    };
    calls.par_iter().flat_map_iter(of).collect()
}

/// The only score of a model is that on the rows that it was fitted on.
fn on_training_rows(stage: &Stage<'_>, system: &mut System, act: &Act<'_>, x: Node, held: &[Node], own: &[&Judging]) {
    let view = stage.view;
    let labelled = act.meaning.y.as_ref().is_some_and(|slot| view.types.slot(act.call, slot).is_some());
    let aside = act.meaning.sets_aside_with.as_ref().is_some_and(|k| named(view, act.call, k).is_some());
    let watches = act.meaning.watches.iter().any(|k| named(view, act.call, k).is_some());
    if !labelled || aside || watches || act.meaning.folds || !held.is_empty() || stage.folding.contains(&act.call.file)
    {
        return;
    }
    let of = form(view, plain(view, x));
    let Some(first) = own.first() else { return };
    if own.iter().any(|j| form(view, plain(view, j.rows)) != of) {
        return;
    }
    stage.group(system, act, first.at, "judged-on-training-rows");
}

/// The value that a name stands for.
fn plain(view: &View<'_>, node: Node) -> Node {
    let mut seen = Seen::anywhere(node);
    for _ in 0..6 {
        let mut back = view.evaluator.follow.back(&seen).values;
        match back.pop().filter(|_| back.is_empty()) {
            Some(only) if only.node.file == node.file => seen = only,
            _ => break,
        }
    }
    seen.node
}

/// The argument of that name.
fn named(view: &View<'_>, call: Node, keyword: &str) -> Option<Node> {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return None };
    let mut operands = view.program.operands(call.file, operands).iter();
    let found = operands.find(|o| matches!(o.role, ArgRole::Named(name) if name == keyword))?;
    Some(Node { value: found.value, ..call })
}

/// The rows that say when a fit stops are those that report how good it is.
fn stopped(
    stage: &Stage<'_>,
    system: &mut System,
    act: &Act<'_>,
    sides: &FxHashMap<usize, FxHashSet<u64>>,
    own: &[&Judging],
) {
    let view = stage.view;
    let Some(watched) = act.meaning.watches.iter().find_map(|k| named(view, act.call, k)) else { return };
    if own.is_empty() || !stops(view, act) {
        return;
    }
    // Of the rows that are watched, those that the fit has not seen.
    let unseen = |(number, rows): (usize, FxHashSet<u64>)| {
        let own = sides.get(&number);
        let rows: FxHashSet<u64> = rows.into_iter().filter(|row| own.is_none_or(|own| !own.contains(row))).collect();
        (!rows.is_empty()).then_some((number, rows))
    };
    let watched: FxHashMap<usize, FxHashSet<u64>> = stage.sides(watched).into_iter().filter_map(unseen).collect();
    if watched.is_empty() {
        return;
    }
    let reported: Vec<(Node, FxHashMap<usize, FxHashSet<u64>>)> =
        own.iter().map(|j| (j.at, stage.sides(j.rows))).collect();
    let same = |rows: &FxHashMap<usize, FxHashSet<u64>>| rows == &watched;
    let mine = |rows: &FxHashMap<usize, FxHashSet<u64>>| rows == sides;
    // Some other rows have the last word.
    if reported.iter().any(|(_, rows)| !same(rows) && !mine(rows)) {
        return;
    }
    let Some((at, _)) = reported.iter().find(|(_, rows)| same(rows)) else { return };
    stage.group(system, act, *at, "stopped-on-test");
}

/// Does a fit stop when what it watches gets no better?
fn stops(view: &View<'_>, act: &Act<'_>) -> bool {
    let mut waiting: Vec<Node> = receiver(view, act.call).into_iter().chain([act.call]).collect();
    let mut steps = 0;
    while let Some(start) = waiting.pop() {
        let found = walk(view.evaluator.follow, Seen::anywhere(start), &mut |seen| {
            steps += 1;
            if steps > STEPS {
                return Go::Stop;
            }
            if meant(view, seen.node, |m| m.stops).is_some() {
                return Go::Done;
            }
            let OpKind::Call(_, operands) = view.program.op(seen.node).kind else { return Go::On };
            let mut operands = view.program.operands(seen.node.file, operands).iter();
            let says = operands.any(|o| matches!(o.role, ArgRole::Named(name) if view.lexicon.words.stops(&name)));
            if says { Go::Done } else { Go::On }
        });
        if found {
            return true;
        }
    }
    false
}

/// One model goes on learning through all folds: each has seen the test rows of those before.
fn handed_down(stage: &Stage<'_>, system: &mut System, act: &Act<'_>, held: &[Node]) {
    let view = stage.view;
    if !act.meaning.goes_on {
        return;
    }
    let Some(around) = loop_around(view, act.call) else { return };
    let folded = held.iter().find(|part| {
        part.file == act.call.file
            && around.contains(&part.value)
            && stage.parts.by_value.contains_key(part)
            && operands_of(view, **part).iter().any(|by| is_fold(view, Node { value: *by, ..**part }))
    });
    let Some(fold) = folded.copied() else { return };
    let Some(model) = receiver(view, act.call) else { return };
    let makers = makers(view, model);
    let inside = |node: &Node| {
        let owner = view.program.owner(*node);
        let called = || calls_in(view, act.call.file, &around).any(|def| def == owner);
        if owner == view.program.owner(act.call) { around.contains(&node.value) } else { called() }
    };
    if makers.is_empty() || makers.iter().any(inside) || begins_anew(view, act.call.file, &around) {
        return;
    }
    let group = stage.group(system, act, act.call, "handed-down");
    system.join(EdgeKind::Reads, group, act.node, view.program.place(fold), Certainty::Inferred);
}

/// Is a choice one of the parts of a fold, that a loop walks over?
fn is_fold(view: &View<'_>, by: Node) -> bool {
    let mut looped = false;
    let found = walk(view.evaluator.follow, Seen::anywhere(by), &mut |seen| match view.program.op(seen.node).kind {
        OpKind::Call(..) => match meant(view, seen.node, |m| m.splits) {
            Some(meaning) if !meaning.goes_on => Go::Done,
            Some(_) => Go::Stop,
            None => Go::On,
        },
        OpKind::Element(_) => {
            looped = true;
            Go::On
        }
        OpKind::Part(..) | OpKind::Either(_) | OpKind::Tuple(_) | OpKind::Attr(..) => Go::On,
        _ => Go::Stop,
    });
    found && looped
}

/// The calls that make the object that a value is.
pub fn makers(view: &View<'_>, value: Node) -> Vec<Node> {
    let mut found = Vec::new();
    let mut known = FxHashSet::default();
    let mut waiting = vec![Seen::anywhere(value)];
    while let Some(seen) = waiting.pop() {
        if known.len() > STEPS || !known.insert(seen.node) {
            continue;
        }
        match view.program.op(seen.node).kind {
            OpKind::Call(..) if meant(view, seen.node, |m| m.trains.is_some()).is_some() => {
                waiting.extend(receiver(view, seen.node).map(|model| seen.beside(model.value)));
            }
            OpKind::Call(..) => found.push(seen.node),
            _ => waiting.extend(view.evaluator.follow.back(&seen).values),
        }
    }
    found
}

/// The functions that are called in a loop.
fn calls_in<'v>(view: &'v View<'_>, file: FileId, around: &std::ops::Range<Val>) -> impl Iterator<Item = Def> + 'v {
    around.clone().flat_map(move |value| {
        view.types.callees(Node { file, value }).iter().filter_map(|c| match c {
            Callee::Function(def, _) => Some(*def),
            Callee::Meaning(_) => None,
        })
    })
}

/// Is a model set back in a loop?
fn begins_anew(view: &View<'_>, file: FileId, around: &std::ops::Range<Val>) -> bool {
    around.clone().any(|value| {
        let OpKind::Call(function, _) = view.program.op(Node { file, value }).kind else { return false };
        match view.program.op(Node { file, value: function }).kind {
            OpKind::Attr(_, name) => view.lexicon.words.sets_back(&name),
            _ => false,
        }
    })
}

/// Test rows go through a transformer that was fitted on them, and not on the rows of the training.
fn fitted_on_test(
    stage: &Stage<'_>,
    system: &mut System,
    (act, x): (&Act<'_>, Node),
    sides: &FxHashMap<usize, FxHashSet<u64>>,
    own: &[&Judging],
) {
    let asked = system.reached(act.node, EdgeKind::Feeds).collect::<FxHashSet<NodeId>>();
    let asked = stage.acts.all.iter().filter(|a| asked.contains(&a.node) && a.meaning.predicts);
    let rows = asked.filter_map(|a| starts(stage.view, a).into_iter().find(|(is_x, _)| *is_x));
    let rows: FxHashSet<Node> = rows.map(|(_, node)| node).chain(own.iter().map(|j| j.rows)).collect();
    let mut rows: Vec<Node> = rows.into_iter().collect();
    rows.sort_unstable();
    for statistic in rows.into_iter().flat_map(|rows| stage.behind(&[rows]).statistics) {
        let learnt = stage.sides(statistic.rows.node);
        let apart = |(number, rows): (&usize, &FxHashSet<u64>)| sides.get(number).is_some_and(|s| s.is_disjoint(rows));
        let place = stage.view.program.place(statistic.at);
        let known = |system: &System| system.nodes().any(|(_, n)| n.kind == NodeKind::Group && n.at == place);
        let on_parts = !learnt.is_empty() && learnt.iter().all(apart);
        if known(system) || !on_parts && !is_fitted_again(stage, x, statistic.at) {
            continue;
        }
        stage.group(system, act, statistic.at, "fitted-on-test");
        return;
    }
}

/// Does a call fit the very transformer anew that another call fitted to the rows of the training?
fn is_fitted_again(stage: &Stage<'_>, x: Node, again: Node) -> bool {
    let made = |fit: Node| receiver(stage.view, fit).map(|model| makers(stage.view, model));
    let Some(own) = made(again).filter(|own| own.len() == 1) else { return false };
    let trained = stage.behind(&[x]).statistics;
    let first = trained.iter().find(|statistic| statistic.at != again && made(statistic.at).as_ref() == Some(&own));
    first.is_some() && trained.iter().all(|statistic| statistic.at != again)
}
