//! Rows that are parted too late: what was learnt from all of them reaches the rows that a model is fitted on.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{Known, Role, View, operands_of};
use super::origins::origins;
use super::parts::{Parted, by_part, meant, named, parted};
use super::statistics::{Effects, Found, Statistic, Stored, behind_all};
use super::{Act, Acts, outputs, shown, starts};
use crate::fact::{OpKind, Role as ArgRole, Text};
use crate::lexicon::{Learns, Meaning};
use crate::program::Node;
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// The rows of what is parted on which something is measured.
type Measured = FxHashMap<usize, FxHashSet<u64>>;

/// What parts rows, and the parts by their values.
pub struct Parts {
    /// All that parts rows.
    pub all: Vec<Parted>,
    /// Which of them a value is a part of, and which rows it holds.
    pub by_value: FxHashMap<Node, (usize, u64)>,
    calls: FxHashMap<Node, usize>,
}

impl Parts {
    /// Finds them.
    pub fn new(view: &View<'_>, known: &Known, acts: &Acts<'_>) -> Self {
        let all = parted(view, known, acts);
        let calls = all.iter().enumerate().filter(|(_, p)| p.sure).map(|(number, p)| (p.at, number)).collect();
        Self { by_value: by_part(&all), calls, all }
    }

    /// Is a value a part of rows, or what a call that splits gives?
    pub fn is_part(&self, node: Node) -> bool {
        self.by_value.contains_key(&node) || self.calls.contains_key(&node)
    }

    /// Are test rows left out of what holds these parts: by a call that splits, by a choice that leaves rows on which
    /// something is measured (the rows to come of a competition are none), or by the choice that parts some rows?
    fn keep_out(&self, held: &[Node], measured: &Measured, before: Option<usize>) -> bool {
        let sides = self.sides(held);
        let whole = |number: &usize| self.all[*number].parts.is_empty() || !sides.contains_key(number);
        if held.iter().filter_map(|part| self.calls.get(part)).any(whole) {
            return true;
        }
        sides.iter().any(|(number, held)| {
            let left = |side: &u64| !held.contains(side);
            let alike = || before.is_some_and(|before| self.rows(before) == self.rows(*number));
            held.len() < self.rows(*number).len()
                && (self.all[*number].sure || alike() || measured.get(number).is_some_and(|m| m.iter().any(left)))
        })
    }

    /// The numbers of its parts' rows.
    fn rows(&self, number: usize) -> FxHashSet<u64> {
        self.all[number].parts.iter().map(|(_, side)| *side).collect()
    }

    /// Which rows of what was parted parts hold.
    pub fn sides(&self, held: &[Node]) -> FxHashMap<usize, FxHashSet<u64>> {
        let mut sides: FxHashMap<usize, FxHashSet<u64>> = FxHashMap::default();
        for (number, side) in held.iter().filter_map(|part| self.by_value.get(part)) {
            sides.entry(*number).or_default().insert(*side);
        }
        sides
    }

    /// What parted the rows of a part.
    fn of(&self, part: Node) -> Option<usize> {
        self.by_value.get(&part).map(|(number, _)| *number).or_else(|| self.calls.get(&part).copied())
    }
}

/// The values that are written to data, by the data.
pub fn stored(view: &View<'_>, known: &Known) -> Stored {
    let mut stored = Stored::default();
    for (data, value, _) in outputs::writes(view, known) {
        stored.entry(data).or_default().push(value);
    }
    stored
}

/// Adds what was learnt from rows before they were parted.
pub fn derive(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    acts: &Acts<'_>,
    parts: &Parts,
    kept: (&Stored, &Effects),
) {
    let behind = |starts: &[Node]| behind_all(view, acts, kept, starts, &|node| parts.is_part(node));
    let fits: Vec<&Act<'_>> = acts.all.iter().filter(|act| act.meaning.trains == Some(Learns::Model)).collect();
    let taken: Vec<Found> = fits
        .par_iter()
        .map(|act| behind(&starts(view, act).into_iter().map(|(_, node)| node).collect::<Vec<_>>()))
        .collect();
    let real = real(parts, &taken);
    let wholes: Vec<Found> = parts
        .all
        .par_iter()
        .enumerate()
        .map(|(number, parted)| if real.contains(&number) { behind(&parted.whole) } else { Found::default() })
        .collect();
    let mut told = Told { nodes: FxHashMap::default(), known: FxHashSet::default() };
    let judged = judged(view, known, acts, parts, &behind);
    let mut rows: FxHashMap<Node, Vec<Node>> = FxHashMap::default();
    let mut is_late = |statistic: &Statistic, before: Option<usize>| {
        let held = rows.entry(statistic.at).or_insert_with(|| behind(&[statistic.rows.node]).parts);
        parts.keep_out(held, &judged, before)
    };
    for (number, found) in wholes.iter().enumerate() {
        for statistic in &found.statistics {
            if !is_late(statistic, Some(number)) {
                told.tell(view, system, known, acts, parts, number, statistic);
            }
        }
    }
    for (act, found) in fits.iter().zip(&taken) {
        let Some(number) = found.parts.iter().filter_map(|part| parts.of(*part)).find(|n| real.contains(n)) else {
            continue;
        };
        let reads: FxHashSet<NodeId> = wholes[number].reads.iter().copied().collect();
        for statistic in &found.statistics {
            let same = || behind(&[statistic.rows.node]).reads.iter().any(|read| reads.contains(read));
            if statistic.at.file == act.call.file && !is_late(statistic, Some(number)) && same() {
                told.tell(view, system, known, acts, parts, number, statistic);
            }
        }
    }
    for (call, rows) in aside(view, known) {
        let found = behind(&[rows]);
        let early = found.statistics.iter().filter(|s| !is_late(s, None)).cloned().collect::<Vec<_>>();
        for statistic in early {
            told.tell_at(view, system, known, acts, call, "folds", &statistic);
        }
    }
}

/// What parts rows on which something is measured.
fn judged(
    view: &View<'_>,
    known: &Known,
    acts: &Acts<'_>,
    parts: &Parts,
    behind: &(dyn Fn(&[Node]) -> Found + Sync),
) -> Measured {
    let real = |call: &Node| known.roles[call.file.index()] != Role::Test;
    let measures = view.calls().map(|(_, call)| call).filter(|call| meant(view, *call, |m| m.measures).is_some());
    let calls: Vec<Node> = measures.filter(real).collect();
    let asked: FxHashMap<Node, &Act<'_>> =
        acts.all.iter().filter(|a| a.meaning.predicts).map(|a| (a.call, a)).collect();
    let of = |call: &Node| {
        let values: Vec<Node> = operands_of(view, *call).into_iter().map(|value| Node { value, ..*call }).collect();
        let said = values.iter().flat_map(|value| origins(view, Seen::anywhere(*value), acts).predictions);
        let rows = said.filter_map(|call| Some(starts(view, asked.get(&call)?))).flatten().map(|(_, node)| node);
        let all: Vec<Node> = rows.chain(values.iter().copied()).collect();
        parts.sides(&behind(&all).parts)
    };
    let mut measured = Measured::default();
    for (number, sides) in calls.par_iter().flat_map_iter(of).collect::<Vec<_>>() {
        measured.entry(number).or_default().extend(sides);
    }
    measured
}

/// What parts rows for training and test: some fit takes one part, and not the other.
fn real(parts: &Parts, taken: &[Found]) -> FxHashSet<usize> {
    let mut real: FxHashSet<usize> = parts.calls.values().copied().collect();
    for found in taken {
        let some =
            parts.sides(&found.parts).into_iter().filter(|(number, taken)| taken.len() < parts.rows(*number).len());
        real.extend(some.map(|(number, _)| number));
    }
    real
}

/// Calls that part their rows themselves, and the rows.
fn aside(view: &View<'_>, known: &Known) -> Vec<(Node, Node)> {
    let real = view.calls().filter(|(def, _)| known.roles[def.file.index()] != Role::Test);
    let parts = |call: Node| {
        let meaning = meant(view, call, |m: &Meaning| m.folds || m.sets_aside_with.is_some())?;
        if let Some(keyword) = meaning.sets_aside_with.as_ref().filter(|_| !meaning.folds) {
            let OpKind::Call(_, operands) = view.program.op(call).kind else { return None };
            let given = view.program.operands(call.file, operands).iter();
            given.clone().find(|o| matches!(o.role, ArgRole::Named(name) if name == keyword.as_str()))?;
        }
        Some((call, view.types.slot(call, meaning.x.as_ref()?)?))
    };
    real.filter_map(|(_, call)| parts(call)).collect()
}

/// What was told already.
struct Told {
    /// The node of what parts rows, by the place.
    nodes: FxHashMap<Node, NodeId>,
    known: FxHashSet<Node>,
}

impl Told {
    #[allow(clippy::too_many_arguments, reason = "one step of `derive`")]
    fn tell(
        &mut self,
        view: &View<'_>,
        system: &mut System,
        known: &Known,
        acts: &Acts<'_>,
        parts: &Parts,
        number: usize,
        statistic: &Statistic,
    ) {
        let parted = &parts.all[number];
        if let Some(node) = acts.by_call.get(&parted.at).filter(|_| parted.sure) {
            self.nodes.insert(parted.at, *node);
        }
        self.tell_at(view, system, known, acts, parted.at, &named(view, parted), statistic);
    }

    /// Joins a statistic to what parts its rows afterwards; once.
    #[allow(clippy::too_many_arguments, reason = "one step of `derive`")]
    fn tell_at(
        &mut self,
        view: &View<'_>,
        system: &mut System,
        known: &Known,
        acts: &Acts<'_>,
        at: Node,
        name: &str,
        statistic: &Statistic,
    ) {
        if !self.known.insert(statistic.at) {
            return;
        }
        let place = view.program.place(at);
        let split = *self.nodes.entry(at).or_insert_with(|| {
            let symbol = view.symbol(view.program.owner(at));
            let node = system.add(NodeKind::Check, Text::from(name), place, symbol);
            system.say(node, "what", "split");
            system.say(node, "role", known.roles[at.file.index()].word());
            node
        });
        let learnt =
            acts.by_call.get(&statistic.at).copied().unwrap_or_else(|| by_hand(view, system, known, statistic));
        system.join(EdgeKind::Feeds, learnt, split, place, Certainty::Inferred);
    }
}

/// The node of what is summed up by hand.
fn by_hand(view: &View<'_>, system: &mut System, known: &Known, statistic: &Statistic) -> NodeId {
    let name = view.types.called_name(statistic.at).map(|name| shown(&name));
    let name = name.unwrap_or_else(|| super::method(view, statistic.at).to_string());
    let symbol = view.symbol(view.program.owner(statistic.at));
    let node = system.add(NodeKind::Training, Text::from(&name), view.program.place(statistic.at), symbol);
    system.say(node, "learns", Learns::Statistics.word());
    system.say(node, "role", known.roles[statistic.at.file.index()].word());
    node
}
