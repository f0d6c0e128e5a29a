//! Everything that bears on a value, choices included: what masks, filters and positions were made from.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::super::View;
use super::super::columns::holds_columns;
use super::columns_cut::statement;
use super::records::Tables;
use super::{Acts, datasets};
use crate::fact::{OpKind, Role as ArgRole, Text};
use crate::lexicon::{Selects, Slot};
use crate::program::{Def, Node};
use crate::read::conditions::{choosing, conditions};
use crate::system::graph::NodeId;
use crate::value::follow::Seen;
use crate::value::slice::behind;
use crate::value::types::{Callee, Type};

/// Values looked at behind one value.
const BUDGET: usize = 1500;
/// Columns of one selection that are told apart.
const COLUMNS: usize = 40;

/// Where data lies: at a place, or in the table that is a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// At a place.
    Data(NodeId),
    /// In a class's table.
    Table(Def),
}

/// A reading on which a value rests.
#[derive(Clone)]
pub struct Reading {
    /// Of what.
    pub source: Source,
    /// The column, if one is taken by name.
    pub column: Option<Text>,
    /// Where a reader of the code should look.
    pub at: Node,
    /// It only tells which rows or elements are taken.
    pub chooses: bool,
}

/// What bears on a value.
#[derive(Default)]
pub struct Bearing {
    /// Data.
    pub readings: Vec<Reading>,
    /// Predictions, each with the column or key into which it was put.
    pub predictions: Vec<(Node, Option<Text>)>,
    /// Those that only choose rows or elements.
    pub choosing: Vec<Node>,
    /// Names by which rows are chosen.
    pub choices: Vec<Text>,
    /// Columns that get another name on the way.
    pub renames: Vec<(Text, Text)>,
    /// Columns that are left out on the way.
    pub dropped: Vec<Text>,
}

/// A value on the way back, the column last taken from it, and the column into which it is put.
#[derive(Clone)]
struct Step {
    seen: Seen,
    taken: Option<(Text, Node)>,
    put: Option<Text>,
    chooses: bool,
}

impl Step {
    fn at(&self, seen: Seen) -> Self {
        Self { seen, ..self.clone() }
    }

    fn beside(&self, value: u32) -> Self {
        self.at(self.seen.beside(value))
    }

    /// A value that only chooses.
    fn choice(&self, value: u32) -> Self {
        Self { chooses: true, ..self.beside(value) }
    }
}

/// Walks back over all that bears on a value.
pub fn bearing(view: &View<'_>, tables: &Tables<'_>, acts: &Acts<'_>, start: Seen) -> Bearing {
    let mut found = Bearing::default();
    let mut known = FxHashSet::default();
    let mut waiting = VecDeque::from([Step { seen: start, taken: None, put: None, chooses: false }]);
    while let Some(step) = waiting.pop_front() {
        let node = step.seen.node;
        let key = (node, step.seen.stack.last().map(|s| s.call), step.taken.map(|(name, _)| name), step.chooses);
        if known.len() > BUDGET || !known.insert(key) {
            continue;
        }
        let mut read = read(view, tables, acts, &step);
        if !read.is_empty() {
            stated(view, node, &mut read, &mut found.choices);
            found.readings.extend(read);
            // What is chosen of the rows is told by the calls on them, which were passed already.
            continue;
        }
        if let OpKind::Call(function, operands) = view.program.op(node).kind {
            found.choices.extend(asked_of(view, tables, &step.seen.beside(function)));
            if acts.meaning(node).is_some_and(|m| m.predicts) {
                found.predictions.push((node, step.put));
                found.choosing.extend(Some(node).filter(|_| step.chooses));
                continue;
            }
            let named = view.program.operands(node.file, operands).iter();
            found.choices.extend(named.filter_map(|o| if let ArgRole::Named(n) = o.role { Some(n) } else { None }));
        }
        let step = recall(view, step, &mut found);
        further(view, &step, &mut found.choices, &mut |next| waiting.push_back(next));
    }
    found
}

/// `Booking.confirmed.is_(True)`: the column of a table that a call asks.
fn asked_of(view: &View<'_>, tables: &Tables<'_>, function: &Seen) -> Option<Text> {
    let OpKind::Attr(column, _) = view.program.op(function.node).kind else { return None };
    let OpKind::Attr(table, name) = view.program.op(function.beside(column).node).kind else { return None };
    let of = view.types.of(function.beside(table).node).iter();
    let mut classes = of.filter_map(|t| if let Type::Class(class) = t { Some(*class) } else { None });
    classes.any(|class| tables.has_column(class, name)).then_some(name)
}

/// The columns by which a statement of SQL chooses the rows that a call reads.
fn stated(view: &View<'_>, call: Node, read: &mut Vec<Reading>, choices: &mut Vec<Text>) {
    let Some(text) = statement(view, call).and_then(|text| view.program.literal(text)) else { return };
    let names = choosing(&text);
    if names.is_empty() {
        return;
    }
    choices.extend(names.iter().map(|name| Text::from(name.as_str())));
    let by = conditions(&text).into_iter().filter(|c| names.contains(&c.column));
    let columns: Vec<Text> = by.map(|c| Text::from(&c.column)).collect();
    let sources: Vec<Reading> = read.clone();
    for column in columns {
        let choice = |reading: &Reading| Reading { column: Some(column), chooses: true, ..reading.clone() };
        read.extend(sources.iter().map(choice));
    }
}

/// A step behind a call that renames or leaves out columns.
fn recall(view: &View<'_>, step: Step, found: &mut Bearing) -> Step {
    let meaning = |c: &Callee<'_>| match c {
        Callee::Meaning(m) if m.renames.is_some() || m.selects == Some(Selects::Open) => {
            Some((m.renames.clone(), m.columns.clone()))
        }
        _ => None,
    };
    let Some((renames, columns)) = view.types.callees(step.seen.node).iter().find_map(meaning) else { return step };
    let slot = |slot: Option<Slot>| Some(step.seen.beside(view.types.slot(step.seen.node, &slot?)?.value));
    let renames = slot(renames).map(|at| pairs(view, &at)).unwrap_or_default();
    if let Some((taken, at)) = step.taken {
        let before = renames.iter().find(|(_, new)| *new == taken).map_or(taken, |(old, _)| *old);
        return Step { taken: Some((before, at)), ..step };
    }
    if let Some(at) = slot(columns) {
        found.dropped.extend(names(view, &at));
        found.dropped.extend(view.program.literal(at.node));
    }
    found.renames.extend(renames);
    step
}

/// The keys and values of a dict that is written out.
fn pairs(view: &View<'_>, dict: &Seen) -> Vec<(Text, Text)> {
    let mut dict = dict.clone();
    for _ in 0..4 {
        if let OpKind::Dict(operands) = view.program.op(dict.node).kind {
            let operands = view.program.operands(dict.node.file, operands);
            let text = |value: u32| view.program.literal(dict.beside(value).node);
            let each = operands.chunks(2).take(COLUMNS).filter_map(|pair| match pair {
                [key, value] if key.role == ArgRole::Key => Some((text(key.value)?, text(value.value)?)),
                _ => None,
            });
            return each.collect();
        }
        let mut back = view.evaluator.follow.back(&dict).values;
        let Some(only) = back.pop().filter(|_| back.is_empty()) else { break };
        dict = only;
    }
    Vec::new()
}

/// The data that is read here.
fn read(view: &View<'_>, tables: &Tables<'_>, acts: &Acts<'_>, step: &Step) -> Vec<Reading> {
    let node = step.seen.node;
    if let Some(class) = tables.rows(node) {
        let taken = step.taken.filter(|(name, _)| tables.has_column(class, *name));
        let at = taken.map_or(node, |(_, at)| at);
        return vec![Reading {
            source: Source::Table(class),
            column: taken.map(|(name, _)| name),
            at,
            chooses: step.chooses,
        }];
    }
    if !acts.read_at.contains_key(&node) {
        return Vec::new();
    }
    let is_column = |at: Node| match view.program.op(at).kind {
        OpKind::Attr(object, _) => holds_columns(view, Node { value: object, ..at }),
        _ => true,
    };
    let column = step.taken.filter(|(_, at)| is_column(*at)).map(|(name, _)| name);
    let at = step.seen.stack.last().map_or(node, |site| site.call);
    let read = datasets(&step.seen, acts).into_iter();
    read.map(|dataset| Reading { source: Source::Data(dataset), column, at, chooses: step.chooses }).collect()
}

/// The values that bear on a value.
fn further(view: &View<'_>, step: &Step, choices: &mut Vec<Text>, push: &mut dyn FnMut(Step)) {
    let node = step.seen.node;
    let mut next = step.clone();
    match view.program.op(node).kind {
        OpKind::Attr(_, name) => next.taken = Some((name, node)),
        OpKind::Index(object, index) => {
            let several = names(view, &step.seen.beside(index));
            if !several.is_empty() {
                let each = several.into_iter().map(|name| Step { taken: Some((name, node)), ..step.beside(object) });
                each.for_each(push);
                return;
            }
            match view.program.literal(Node { value: index, ..node }) {
                Some(name) => next.taken = Some((name, node)),
                None => push(step.choice(index)),
            }
        }
        OpKind::SetIndex(object, index, value) => {
            let name = view.program.literal(Node { value: index, ..node });
            push(step.beside(object));
            push(Step { put: step.put.or(name), ..step.beside(value) });
            if name.is_none() {
                push(step.choice(index));
            }
            return;
        }
        OpKind::Dict(operands) => {
            let mut key = None;
            for operand in view.program.operands(node.file, operands) {
                if operand.role == ArgRole::Key {
                    key = view.program.literal(Node { value: operand.value, ..node });
                } else {
                    push(Step { put: step.put.or(key), ..step.beside(operand.value) });
                }
            }
            return;
        }
        OpKind::Compare(_, left, right) => {
            choices.extend([left, right].into_iter().filter_map(|v| chosen_by(view, Node { value: v, ..node })));
            push(step.beside(left));
            push(step.beside(right));
        }
        OpKind::Not(value) => push(step.beside(value)),
        OpKind::Call(_, operands) => {
            // `filter(lambda row: .., rows)`: what the function answers decides.
            for operand in view.program.operands(node.file, operands) {
                if let OpKind::Define(id) = view.program.op(Node { value: operand.value, ..node }).kind {
                    let answers = view.types.returned(Def { file: node.file, id });
                    answers.for_each(|answer| push(step.at(Seen::anywhere(answer))));
                }
            }
        }
        _ => {}
    }
    behind(view.evaluator.follow, &step.seen).iter().for_each(|seen| push(next.at(seen.clone())));
}

/// The names in a list that is written out, here or as a constant.
fn names(view: &View<'_>, list: &Seen) -> Vec<Text> {
    let mut list = list.clone();
    for _ in 0..4 {
        if let OpKind::List(operands) = view.program.op(list.node).kind {
            let names = view.program.operands(list.node.file, operands).iter().take(COLUMNS);
            return names.filter_map(|o| view.program.literal(list.beside(o.value).node)).collect();
        }
        let mut back = view.evaluator.follow.back(&list).values;
        let Some(only) = back.pop().filter(|_| back.is_empty()) else { break };
        list = only;
    }
    Vec::new()
}

/// The column that a comparison asks.
fn chosen_by(view: &View<'_>, node: Node) -> Option<Text> {
    match view.program.op(node).kind {
        OpKind::Attr(_, name) => Some(name),
        OpKind::Index(_, index) => view.program.literal(Node { value: index, ..node }),
        _ => None,
    }
}
