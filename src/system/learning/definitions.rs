//! How columns are computed, as texts that are equal where the computations are: copies of one column, and one column
//! that two programs compute in two ways.

use rustc_hash::FxHashMap;

use super::super::View;
use super::Acts;
use super::chosen::Chosen;
use crate::fact::{OpKind, Operator, Text};
use crate::program::Node;
use crate::source::At;
use crate::system::graph::{NodeId, System};
use crate::value::frame::{Frames, How};
use crate::value::types::{Callee, Type};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A formula that is nested deeper is not compared.
const DEPTH: usize = 16;
/// Columns of one table that are compared.
const WIDTH: usize = 600;

/// Adds copies of columns and columns that are computed in two ways.
pub fn derive(view: &View<'_>, system: &mut System, acts: &Acts<'_>, frames: &Frames<'_>, chosen: &[Chosen<'_>]) {
    let mut definitions: FxHashMap<Text, Vec<Definition<'_>>> = FxHashMap::default();
    for one in chosen {
        if !one.act.meaning.predicts && !one.fits() {
            continue;
        }
        copies(view, system, one);
        for column in one.x.columns.iter().take(WIDTH) {
            let Some(made) = &column.made else { continue };
            let Some(formula) = frames.formula(column).filter(|f| !f.vague && !f.columns.is_empty()) else { continue };
            // What a query makes is compared by the columns that go in elsewhere.
            if formula.text.starts_with("query(") {
                continue;
            }
            let anew = formula.columns.contains(&column.name);
            let of = Definition { one, node: made.by, at: made.at, formula: formula.text, anew };
            definitions.entry(column.name).or_default().push(of);
        }
    }
    let mut definitions: Vec<_> = definitions.into_iter().collect();
    definitions.sort_by_key(|(name, _)| *name);
    for (name, of) in definitions {
        divergent(view, system, acts, name, &of);
    }
}

struct Definition<'a> {
    one: &'a Chosen<'a>,
    node: Node,
    at: At,
    formula: String,
    /// It is made of what bore its name before.
    anew: bool,
}

/// Adds a group for each selected column that says no more than another selected one.
fn copies(view: &View<'_>, system: &mut System, one: &Chosen<'_>) {
    let Some(columns) = one.named().filter(|_| one.fits()) else { return };
    for column in columns {
        let Some(made) = &column.made else { continue };
        let source = match &made.how {
            How::Value(value) => only_source(view, value.node, DEPTH),
            How::Of(..) | How::Same(_) => None,
        };
        let Some(source) = source.filter(|source| *source != column.name) else { continue };
        // A source that was computed anew since is another one.
        if !columns.iter().any(|other| other.name == source) {
            continue;
        }
        let text = Text::from(&format!("{} and {source}", column.name));
        let symbol = view.symbol(view.program.owner(made.by));
        let group = system.add(NodeKind::Group, text, made.at, symbol);
        system.say(group, "what", "copies");
        system.join(EdgeKind::Feeds, group, one.act.node, view.program.place(one.act.call), Certainty::Inferred);
    }
}

/// The column that a value is a one-to-one image of.
fn only_source(view: &View<'_>, node: Node, depth: usize) -> Option<Text> {
    let depth = depth.checked_sub(1)?;
    let beside = |value: u32| Node { value, ..node };
    let number = |node: Node| matches!(view.program.op(node).kind, OpKind::Int(_) | OpKind::Float(_));
    match view.program.op(node).kind {
        OpKind::Index(_, index) => view.program.literal(beside(index)),
        OpKind::Attr(object, name) if matches!(view.program.op(beside(object)).kind, OpKind::Param(_)) => Some(name),
        OpKind::Define(_) => {
            let def =
                view.types.of(node).iter().find_map(|t| if let Type::Function(def) = t { Some(*def) } else { None })?;
            let mut returned = view.types.returned(def);
            let only = returned.next().filter(|_| returned.next().is_none())?;
            only_source(view, only, depth)
        }
        OpKind::Binary(Operator::Add | Operator::Sub | Operator::Mul | Operator::Div, left, right) => {
            match (number(beside(left)), number(beside(right))) {
                (false, true) => only_source(view, beside(left), depth),
                (true, false) => only_source(view, beside(right), depth),
                _ => None,
            }
        }
        OpKind::Call(function, operands) => {
            let one = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.one_to_one);
            if !view.types.callees(node).iter().any(one) {
                return None;
            }
            let operands = view.program.operands(node.file, operands);
            let receiver = match view.program.op(beside(function)).kind {
                OpKind::Attr(object, _) if view.types.library_name(beside(object)).is_none() => Some(object),
                _ => None,
            };
            only_source(view, beside(receiver.or_else(|| operands.first().map(|o| o.value))?), depth)
        }
        _ => None,
    }
}

/// Adds a group if two files that work on the same data, or on the same model, compute a column in two ways.
fn divergent(view: &View<'_>, system: &mut System, acts: &Acts<'_>, name: Text, of: &[Definition<'_>]) {
    for (index, first) in of.iter().enumerate() {
        let other = of[index + 1..].iter().find(|second| {
            second.node.file != first.node.file
                && second.formula != first.formula
                && related(system, acts, first, second)
        });
        let Some(second) = other else { continue };
        // Where the model is asked is where the difference hurts.
        let (first, second) = if first.one.act.meaning.predicts { (second, first) } else { (first, second) };
        let symbol = view.symbol(view.program.owner(second.node));
        let group = system.add(NodeKind::Group, name, second.at, symbol);
        system.say(group, "what", "divergent");
        for definition in [first, second] {
            let feature = system.named(NodeKind::Feature, name, second.at, Text::default());
            system.join_again(EdgeKind::Derives, group, feature, definition.at, Certainty::Inferred);
        }
        return;
    }
}

/// Is it one model that both work for, or one table that both read?
fn related(system: &System, acts: &Acts<'_>, first: &Definition<'_>, second: &Definition<'_>) -> bool {
    let feeds = |from: NodeId, to: NodeId| system.reached(from, EdgeKind::Feeds).any(|n| n == to);
    let (one, two) = (first.one, second.one);
    let datasets = |one: &Chosen<'_>| -> Vec<NodeId> {
        let reads = one.x.reads.iter().filter_map(|call| acts.read_at.get(call));
        reads.flatten().map(|(dataset, _)| *dataset).collect()
    };
    let read = datasets(one);
    // Steps of one cleaning that stand in two places are no two definitions, unless one model gets both.
    feeds(one.act.node, two.act.node)
        || feeds(two.act.node, one.act.node)
        || !(first.anew || second.anew) && datasets(two).iter().any(|dataset| read.contains(dataset))
}
