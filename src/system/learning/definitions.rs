//! How columns are computed, as texts that are equal where the computations are: copies of one column, and one column
//! that two programs compute in two ways.

use rustc_hash::FxHashMap;

use super::super::View;
use super::origins::{Origins, Selection, set_name};
use super::{Act, Acts, Found, datasets};
use crate::fact::{OpKind, Operands, Operator, Role as ArgRole, Text};
use crate::lexicon::{Learns, Returns};
use crate::program::Node;
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A formula that is nested deeper is not compared.
const DEPTH: usize = 16;

/// Adds copies of columns and columns that are computed in two ways.
pub fn derive(view: &View<'_>, system: &mut System, acts: &Acts<'_>, found: &[Found]) {
    let mut definitions: FxHashMap<Text, Vec<Definition<'_>>> = FxHashMap::default();
    for (act, found) in acts.all.iter().zip(found) {
        if !act.meaning.predicts && act.meaning.trains != Some(Learns::Model) {
            continue;
        }
        let Some((_, x)) = found.iter().find(|(is_x, _)| *is_x) else { continue };
        copies(view, system, act, x);
        for (name, node) in latest(view, x) {
            let OpKind::SetIndex(_, _, value) = view.program.op(node).kind else { continue };
            if let Some(formula) = formula(view, Node { value, ..node }, DEPTH) {
                definitions.entry(name).or_default().push(Definition { act, node, formula, origins: x });
            }
        }
    }
    let mut definitions: Vec<_> = definitions.into_iter().collect();
    definitions.sort_by_key(|(name, _)| *name);
    for (name, of) in definitions {
        divergent(view, system, acts, name, &of);
    }
}

struct Definition<'a> {
    act: &'a Act<'a>,
    node: Node,
    formula: String,
    origins: &'a Origins,
}

/// The last definition of each column on the way.
fn latest(view: &View<'_>, origins: &Origins) -> FxHashMap<Text, Node> {
    let mut latest: FxHashMap<Text, Node> = FxHashMap::default();
    for column in &origins.columns {
        if let Some((name, _)) = set_name(view, *column) {
            // The way leads backwards: what is met first is what holds.
            latest.entry(name).or_insert(*column);
        }
    }
    latest
}

/// Adds a group for each selected column that says no more than another selected one.
fn copies(view: &View<'_>, system: &mut System, act: &Act<'_>, x: &Origins) {
    let Some(Selection::Closed(Some(selected))) = &x.selection else { return };
    if act.meaning.trains != Some(Learns::Model) {
        return;
    }
    let at_of = |name: Text| selected.iter().find(|c| c.name == name).map(|c| c.at);
    let mut latest: Vec<_> = latest(view, x).into_iter().collect();
    latest.sort_by_key(|(_, node)| *node);
    for (name, node) in latest {
        let OpKind::SetIndex(_, _, value) = view.program.op(node).kind else { continue };
        let Some(source) = only_source(view, Node { value, ..node }, DEPTH).filter(|source| *source != name) else {
            continue;
        };
        if at_of(name).is_none() || at_of(source).is_none() {
            continue;
        }
        let at = view.program.place(node);
        let text = Text::from(&format!("{name} and {source}"));
        let group = system.add(NodeKind::Group, text, at, view.symbol(view.program.owner(node)));
        system.say(group, "what", "copies");
        system.join(EdgeKind::Feeds, group, act.node, view.program.place(act.call), Certainty::Inferred);
    }
}

/// The column that a value is a one-to-one image of.
fn only_source(view: &View<'_>, node: Node, depth: usize) -> Option<Text> {
    let depth = depth.checked_sub(1)?;
    let beside = |value: u32| Node { value, ..node };
    let number = |node: Node| matches!(view.program.op(node).kind, OpKind::Int(_) | OpKind::Float(_));
    match view.program.op(node).kind {
        OpKind::Index(_, index) => view.program.literal(beside(index)),
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
        let (first, second) = if first.act.meaning.predicts { (second, first) } else { (first, second) };
        let at = view.program.place(second.node);
        let group = system.add(NodeKind::Group, name, at, view.symbol(view.program.owner(second.node)));
        system.say(group, "what", "divergent");
        for definition in [first, second] {
            let feature = system.named(NodeKind::Feature, name, at, Text::default());
            let at = view.program.place(definition.node);
            system.join_again(EdgeKind::Derives, group, feature, at, Certainty::Inferred);
        }
        return;
    }
}

fn related(system: &System, acts: &Acts<'_>, first: &Definition<'_>, second: &Definition<'_>) -> bool {
    let feeds = |from: NodeId, to: NodeId| system.reached(from, EdgeKind::Feeds).any(|n| n == to);
    let reads =
        |d: &Definition<'_>| -> Vec<NodeId> { d.origins.reads.iter().flat_map(|read| datasets(read, acts)).collect() };
    feeds(first.act.node, second.act.node)
        || feeds(second.act.node, first.act.node)
        || reads(first).iter().any(|dataset| reads(second).contains(dataset))
}

/// A computation as a text in which columns stand by their names; none if a part of it cannot be told.
fn formula(view: &View<'_>, node: Node, depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let of = |value: u32| formula(view, Node { value, ..node }, depth);
    Some(match view.program.op(node).kind {
        OpKind::Str(text) => format!("{text:?}"),
        OpKind::Int(number) => number.to_string(),
        OpKind::Float(bits) => f64::from_bits(bits).to_string(),
        OpKind::Bool(value) => value.to_string(),
        OpKind::Nothing => "None".to_owned(),
        OpKind::Binary(operator, left, right) if operator != Operator::Other => {
            format!("({operator:?} {} {})", of(left)?, of(right)?)
        }
        OpKind::Compare(comparison, left, right) => format!("({comparison:?} {} {})", of(left)?, of(right)?),
        OpKind::Not(value) => format!("(Not {})", of(value)?),
        OpKind::Index(object, index) => match view.program.literal(Node { value: index, ..node }) {
            Some(column) => format!("[{column}]"),
            None => format!("{}[{}]", of(object)?, of(index)?),
        },
        OpKind::List(operands) | OpKind::Tuple(operands) => listed(view, node, operands, depth)?,
        OpKind::Attr(object, name) => match view.types.library_name(node) {
            Some(name) => name.to_string(),
            None => format!("{}.{name}", of(object)?),
        },
        OpKind::Call(function, _) if keeps_values(view, node) => {
            match view.program.op(Node { value: function, ..node }).kind {
                OpKind::Attr(object, _) => of(object)?,
                _ => return None,
            }
        }
        OpKind::Call(function, operands) => format!("{}({})", of(function)?, listed(view, node, operands, depth)?),
        _ => match view.types.library_name(node) {
            Some(name) => name.to_string(),
            None => {
                let mut back = view.evaluator.follow.back(&Seen::anywhere(node));
                let only = back.values.pop().filter(|_| back.values.is_empty())?;
                formula(view, only.node, depth)?
            }
        },
    })
}

/// `column.astype(str)`, `column.copy()`: the same values in another dress.
fn keeps_values(view: &View<'_>, call: Node) -> bool {
    let keeps =
        |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.one_to_one && m.returns == Some(Returns::Receiver));
    view.types.callees(call).iter().any(keeps)
}

fn listed(view: &View<'_>, node: Node, operands: Operands, depth: usize) -> Option<String> {
    let mut parts = Vec::new();
    for operand in view.program.operands(node.file, operands) {
        let value = formula(view, Node { value: operand.value, ..node }, depth)?;
        parts.push(match operand.role {
            ArgRole::Named(name) => format!("{name}={value}"),
            ArgRole::Star | ArgRole::Spread => return None,
            ArgRole::Plain | ArgRole::Key => value,
        });
    }
    Some(parts.join(", "))
}
