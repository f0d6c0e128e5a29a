//! What was learnt from rows and goes into a value: fits of transformers, and means that are taken by hand.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::View;
use super::super::columns::holds_columns;
use super::parts::meant;
use super::{Acts, datasets};
use crate::fact::{OpKind, Operator, Role as ArgRole, Val};
use crate::lexicon::{Columns, Learns, Summary};
use crate::program::{Def, Node};
use crate::system::graph::NodeId;
use crate::value::follow::Seen;
use crate::value::slice::{Go, behind, walk};
use crate::value::types::{Callee, Via};

/// Values looked at behind one value.
const BUDGET: usize = 1500;
/// Values looked at behind what is summed up.
const ROOTS: usize = 300;
/// Programs that hand data on through what they store.
const HOPS: usize = 3;

/// The values that are written to data.
pub type Stored = FxHashMap<NodeId, Vec<Seen>>;

/// What is done to values in place: columns that are set as attributes, columns that are filled.
#[derive(Default)]
pub struct Effects(FxHashMap<Node, Vec<Val>>);

impl Effects {
    /// Finds them in all bodies.
    pub fn new(view: &View<'_>) -> Self {
        let mut effects = Self::default();
        for file in view.program.files().filter(|file| view.is_code(*file)) {
            for (value, op) in (0..).zip(&view.program.file(file).ops) {
                let node = Node { file, value };
                match op.kind {
                    OpKind::SetAttr(object, _, to) if holds_columns(view, Node { file, value: object }) => {
                        effects.0.entry(Node { file, value: object }).or_default().push(to);
                    }
                    OpKind::Call(..) => {
                        if let Some(object) = in_place(view, node) {
                            effects.0.entry(Node { file, value: object }).or_default().push(value);
                        }
                    }
                    _ => {}
                }
            }
        }
        effects
    }
}

/// `frame["age"].fillna(30, inplace=True)`: the frame.
fn in_place(view: &View<'_>, call: Node) -> Option<Val> {
    let OpKind::Call(function, operands) = view.program.op(call).kind else { return None };
    let told = view.program.operands(call.file, operands).iter().any(|o| {
        matches!(o.role, ArgRole::Named(name) if name == "inplace")
            && matches!(view.program.op(Node { value: o.value, ..call }).kind, OpKind::Bool(true))
    });
    let OpKind::Attr(column, _) = view.program.op(Node { value: function, ..call }).kind else { return None };
    if !told {
        return None;
    }
    match view.program.op(Node { value: column, ..call }).kind {
        OpKind::Index(object, _) | OpKind::Attr(object, _) => Some(object),
        _ => None,
    }
}

/// Something that was learnt from rows.
#[derive(Clone)]
pub struct Statistic {
    /// Where: the fit, or the call that sums up.
    pub at: Node,
    /// The rows that it was learnt from.
    pub rows: Seen,
}

/// What a value is made of, as far as leaks are concerned.
#[derive(Default)]
pub struct Found {
    /// Statistics that go into it, the nearest first.
    pub statistics: Vec<Statistic>,
    /// The parts of rows that were passed, the nearest first.
    pub parts: Vec<Node>,
    /// The data that it is made of.
    pub reads: Vec<NodeId>,
}

/// A value on the way back, and the one that is made of it.
struct Step {
    seen: Seen,
    by: Option<Node>,
    hops: usize,
    /// Inside a function that is called for each element.
    each: bool,
}

/// Looks behind values for statistics; `is_part` says which values are parts of rows.
pub fn behind_all(
    view: &View<'_>,
    acts: &Acts<'_>,
    (stored, effects): (&Stored, &Effects),
    starts: &[Node],
    is_part: &dyn Fn(Node) -> bool,
) -> Found {
    let mut found = Found::default();
    let mut known = FxHashSet::default();
    let start = |node: &Node| Step { seen: Seen::anywhere(*node), by: None, hops: 0, each: false };
    let mut waiting: VecDeque<Step> = starts.iter().map(start).collect();
    while let Some(step) = waiting.pop_front() {
        let node = step.seen.node;
        if known.len() > BUDGET || !known.insert((node, step.seen.stack.last().map(|s| s.call))) {
            continue;
        }
        if is_part(node) {
            found.parts.push(node);
        }
        if acts.read_at.contains_key(&node) {
            for data in datasets(&step.seen, acts) {
                found.reads.push(data);
                let written = stored.get(&data).into_iter().flatten().filter(|_| step.hops < HOPS);
                waiting.extend(written.map(|value| Step {
                    seen: value.clone(),
                    by: None,
                    hops: step.hops + 1,
                    each: false,
                }));
            }
            continue;
        }
        if let OpKind::Call(function, operands) = view.program.op(node).kind {
            if acts.meaning(node).is_some_and(|m| m.predicts) {
                continue;
            }
            found.statistics.extend(fitted(view, acts, &step.seen));
            if !step.each {
                found.statistics.extend(summed(view, &step));
            }
            // `frame.apply(lambda row: .., axis=1)`: what the function answers.
            let plain = view.program.operands(node.file, operands).iter();
            for operand in plain.map(|o| o.value).chain([function]) {
                if let OpKind::Define(id) = view.program.op(step.seen.beside(operand).node).kind {
                    let answers = view.types.returned(Def { file: node.file, id });
                    waiting.extend(answers.map(|answer| Step {
                        seen: Seen::anywhere(answer),
                        by: Some(node),
                        hops: step.hops,
                        each: true,
                    }));
                }
            }
        }
        let (hops, each) = (step.hops, step.each);
        for value in effects.0.get(&node).into_iter().flatten() {
            waiting.push_back(Step { seen: step.seen.beside(*value), by: Some(node), hops, each });
        }
        let values = behind(view.evaluator.follow, &step.seen);
        waiting.extend(values.iter().map(|seen| {
            let each = each || is_by_row(view, seen);
            Step { seen: seen.clone(), by: Some(node), hops, each }
        }));
    }
    found
}

/// Does a value stand in a function that a table calls for each value or row?
fn is_by_row(view: &View<'_>, seen: &Seen) -> bool {
    let maps = |call: Node| meant(view, call, |m| m.frame == Some(Columns::Each)).is_some();
    seen.stack.last().is_some_and(|site| matches!(site.via, Via::Mapped(_) | Via::Elements(_)) && maps(site.call))
}

/// A fit of a transformer, or rows that are made up.
fn fitted(view: &View<'_>, acts: &Acts<'_>, seen: &Seen) -> Option<Statistic> {
    let learns = |l: Option<Learns>| matches!(l, Some(Learns::Statistics | Learns::Rows));
    let meaning = acts.meaning(seen.node).filter(|m| learns(m.trains))?;
    let rows = view.types.slot(seen.node, meaning.x.as_ref()?)?;
    Some(Statistic { at: seen.node, rows: seen.beside(rows.value) })
}

/// `frame["a"].mean()`, where it scales, shifts or fills rows.
fn summed(view: &View<'_>, step: &Step) -> Option<Statistic> {
    let seen = &step.seen;
    let rows = summed_rows(view, seen)?;
    let beside = |value: Val| seen.beside(value).node;
    let by = step.by.map(|by| view.program.op(by).kind);
    let spreads =
        step.by.is_some_and(|by| meant(view, by, |m| m.spreads).is_some() && is_argument(view, by, seen.node));
    let transforms = transforms(view, seen);
    let how = meant(view, seen.node, |m| m.summarises.is_some()).and_then(|m| m.summarises);
    let takes = match how {
        _ if transforms => true,
        _ if is_grouped(view, rows.node) => spreads,
        Some(Summary::Moments) => true,
        Some(Summary::Bounds) => {
            let scales =
                matches!(by, Some(OpKind::Binary(Operator::Sub | Operator::Div, left, _)) if beside(left) != seen.node);
            spreads || scales
        }
        None => false,
    };
    (takes && is_of_rows(view, &rows)).then_some(Statistic { at: seen.node, rows })
}

/// The rows that a call sums up, unless it sums up each row.
fn summed_rows(view: &View<'_>, seen: &Seen) -> Option<Seen> {
    let sums = |m: &crate::lexicon::Meaning| m.summarises.is_some();
    if meant(view, seen.node, sums).is_none() && !transforms(view, seen) {
        return None;
    }
    let OpKind::Call(function, operands) = view.program.op(seen.node).kind else { return None };
    let operands = view.program.operands(seen.node.file, operands);
    let library = view.types.library_name(seen.beside(function).node).is_some();
    let each = |value: Val| match view.program.op(seen.beside(value).node).kind {
        OpKind::Int(axis) => axis != 0,
        OpKind::Str(axis) => axis == "columns",
        OpKind::Tuple(_) | OpKind::Bool(_) => true,
        _ => false,
    };
    let places: &[usize] = if library { &[1] } else { &[0] };
    let plain: Vec<Val> = operands.iter().filter(|o| o.role == ArgRole::Plain).map(|o| o.value).collect();
    let named = operands.iter().find(|o| matches!(o.role, ArgRole::Named(name) if name == "axis" || name == "dim"));
    let by_place = places.iter().filter_map(|place| plain.get(*place));
    if named.is_some_and(|o| each(o.value)) || (!transforms(view, seen) && by_place.into_iter().any(|v| each(*v))) {
        return None;
    }
    match view.program.op(seen.beside(function).node).kind {
        OpKind::Attr(object, _) if !library => Some(seen.beside(object)),
        _ => plain.first().map(|value| seen.beside(*value)),
    }
}

/// `frame.groupby(..)["a"].transform("mean")`: each row gets what sums up its group.
fn transforms(view: &View<'_>, seen: &Seen) -> bool {
    let OpKind::Call(function, operands) = view.program.op(seen.node).kind else { return false };
    let OpKind::Attr(object, name) = view.program.op(seen.beside(function).node).kind else { return false };
    if name != "transform" || !is_grouped(view, seen.beside(object).node) {
        return false;
    }
    let first = view.program.operands(seen.node.file, operands).first();
    let how = first.and_then(|o| view.program.literal(seen.beside(o.value).node));
    let Some(how) = how else { return false };
    let mut of = view.types.instances(seen.beside(object).node);
    of.any(|of| view.lexicon.method(of, how).is_some_and(|m| m.summarises == Some(Summary::Moments)))
}

/// Are the rows groups or windows of rows?
fn is_grouped(view: &View<'_>, rows: Node) -> bool {
    let mut node = rows;
    for _ in 0..6 {
        let beside = |value: Val| Node { value, ..node };
        node = match view.program.op(node).kind {
            OpKind::Call(..) if meant(view, node, |m| m.groups).is_some() => return true,
            OpKind::Call(function, _) => beside(function),
            OpKind::Attr(object, _) | OpKind::Index(object, _) => beside(object),
            _ => return false,
        };
    }
    false
}

/// Is a value an argument of a call, and not what it is called on?
fn is_argument(view: &View<'_>, call: Node, value: Node) -> bool {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return false };
    view.program.operands(call.file, operands).iter().any(|o| o.value == value.value)
}

/// Are these rows of data, and not one of its rows?
fn is_of_rows(view: &View<'_>, rows: &Seen) -> bool {
    let mut steps = 0;
    let mut single = false;
    walk(view.evaluator.follow, rows.clone(), &mut |seen| {
        steps += 1;
        if steps > ROOTS {
            return Go::Done;
        }
        match view.program.op(seen.node).kind {
            // An element of what is walked over, or what a function is given for each.
            OpKind::Element(_) if steps < 12 => {
                single = true;
                Go::Done
            }
            OpKind::Param(_) if seen.stack.is_empty() => {
                let def = view.program.owner(seen.node);
                let called = view.types.callers.get(&def).is_some_and(|callers| !callers.is_empty());
                single |= !called && view.program.definition(def).name == "<lambda>";
                Go::On
            }
            OpKind::Call(..)
                if view
                    .types
                    .callees(seen.node)
                    .iter()
                    .any(|c| matches!(c, Callee::Meaning(m) if m.reads.is_some())) =>
            {
                Go::Stop
            }
            _ => Go::On,
        }
    });
    !single
}
