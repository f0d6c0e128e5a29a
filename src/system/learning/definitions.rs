//! How columns are computed, as texts that are equal where the computations are: copies of one column, and one column
//! that two programs compute in two ways.

use rustc_hash::FxHashMap;

use super::super::View;
use super::Acts;
use super::chosen::Chosen;
use crate::fact::Text;
use crate::program::Node;
use crate::source::At;
use crate::system::graph::{NodeId, System};
use crate::value::frame::{Column, Frames};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Columns of one table that are compared.
const WIDTH: usize = 600;

/// Adds copies of columns and columns that are computed in two ways.
pub fn derive(view: &View<'_>, system: &mut System, acts: &Acts<'_>, frames: &Frames<'_>, chosen: &[Chosen<'_>]) {
    let mut definitions: FxHashMap<Text, Vec<Definition<'_>>> = FxHashMap::default();
    for one in chosen {
        if !one.act.meaning.predicts && !one.fits() {
            continue;
        }
        copies(view, system, frames, one);
        for column in one.x.columns.iter().take(WIDTH) {
            let Some(made) = &column.made else { continue };
            let Some(formula) = frames.formula(column).filter(|f| !f.vague && !f.columns.is_empty()) else { continue };
            // What a query makes is compared by the columns that go in elsewhere; what takes rows or scales makes none.
            if ["query(", "scaled(", "part("].iter().any(|whole| formula.text.starts_with(whole)) {
                continue;
            }
            if carries(&formula.text, column.name) {
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

/// Does a formula only carry a column over from another table, or put a number where that has none?
fn carries(formula: &str, column: Text) -> bool {
    let parts = formula.strip_prefix("either(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(formula);
    parts.split(", ").all(|part| part == format!("[{column}]") || part.parse::<f64>().is_ok())
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
fn copies(view: &View<'_>, system: &mut System, frames: &Frames<'_>, one: &Chosen<'_>) {
    let Some(columns) = one.named().filter(|_| one.fits()) else { return };
    let mut known: FxHashMap<String, &Column> = FxHashMap::default();
    for column in columns.iter().take(WIDTH) {
        let (Some(made), Some(quantity)) = (&column.made, frames.quantity(column)) else { continue };
        // A source that was computed anew since is another one.
        let source = match quantity.columns.as_slice() {
            [source] if quantity.text == format!("[{source}]") => {
                columns.iter().find(|other| other.name == *source && other.name != column.name)
            }
            _ => None,
        };
        let twin = known.get(&quantity.text).copied();
        let twin = twin.filter(|twin| twin.made.as_ref().is_some_and(|of| of.by != made.by));
        if let Some(other) = source.or(twin) {
            let text = Text::from(&format!("{} and {}", column.name, other.name));
            let symbol = view.symbol(view.program.owner(made.by));
            let group = system.add(NodeKind::Group, text, made.at, symbol);
            system.say(group, "what", "copies");
            system.join(EdgeKind::Feeds, group, one.act.node, view.program.place(one.act.call), Certainty::Inferred);
        }
        if quantity.columns != [column.name] {
            known.entry(quantity.text).or_insert(column);
        }
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
