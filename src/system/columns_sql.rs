//! Columns of tables: which queries make them, of which other columns, and who selects them.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::{Known, Role, View};
use crate::fact::{Access, Projection, Text};
use crate::source::At;
use crate::system::graph::{NodeId, System};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// So many columns of one table are kept.
const WIDTH: usize = 500;
/// Tables that are taken whole out of tables that are taken whole.
const DEPTH: usize = 12;

/// A column of a table with what it is made of.
struct Column {
    name: Text,
    from: Vec<(Text, Text)>,
    at: At,
}

/// What makes a table.
#[derive(Default)]
struct Made {
    columns: Vec<Column>,
    all_of: Vec<Text>,
}

/// Adds the columns that SQL makes and selects, named `table.column`.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let tables = tables(view, system, known);
    // A column stands where it is made, if that is seen.
    for (table, column) in tables.iter().flat_map(|(table, made)| made.columns.iter().map(move |c| (table, c))) {
        node(view, system, *table, column.name, column.at);
    }
    for (table, made) in &tables {
        add(view, system, *table, &made.columns);
        for whole in all(&tables, made) {
            let at =
                made.columns.first().map(|column| column.at).or_else(|| Some(system.node(dataset(system, *table)?).at));
            let Some(at) = at else { continue };
            let columns: Vec<Column> = columns_of(&tables, whole)
                .map(|column| Column { name: column.name, from: vec![(whole, column.name)], at })
                .collect();
            add(view, system, *table, &columns);
        }
    }
    selected(view, system, known);
}

/// The tables that queries in files make.
fn tables(view: &View<'_>, system: &System, known: &Known) -> BTreeMap<Text, Made> {
    let mut tables: BTreeMap<Text, Made> = BTreeMap::new();
    for file in view.program.files().filter(|file| known.roles[file.index()] != Role::Test) {
        for projection in &view.program.file(file).projections {
            let Some(table) = target(system, known.modules[file.index()], projection) else { continue };
            let made = tables.entry(table).or_default();
            let column = |c: &crate::fact::ProjectedColumn| Column {
                name: c.name,
                from: c.from.clone(),
                at: At { file, span: c.span },
            };
            let room = WIDTH.saturating_sub(made.columns.len());
            made.columns.extend(projection.columns.iter().take(room).map(column));
            made.all_of.extend(&projection.all_of);
        }
    }
    tables
}

/// The table that a query makes: the one it says, else the only one that its file writes.
pub(super) fn target(system: &System, module: NodeId, projection: &Projection) -> Option<Text> {
    if !projection.table.is_empty() {
        return Some(projection.table);
    }
    let mut written = system.reached(module, EdgeKind::Writes);
    let (Some(only), None) = (written.next(), written.next()) else { return None };
    system.node(only).name.strip_prefix("table:").map(Text::from)
}

/// The tables that are taken whole, and those whole within them.
fn all(tables: &BTreeMap<Text, Made>, made: &Made) -> Vec<Text> {
    let mut seen: FxHashSet<Text> = FxHashSet::default();
    let mut found: Vec<Text> = Vec::new();
    let mut level: Vec<Text> = made.all_of.clone();
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for table in level.into_iter().filter(|table| seen.insert(*table)) {
            found.push(table);
            next.extend(tables.get(&table).into_iter().flat_map(|made| made.all_of.iter().copied()));
        }
        level = next;
    }
    found
}

fn columns_of(tables: &BTreeMap<Text, Made>, table: Text) -> impl Iterator<Item = &Column> {
    tables.get(&table).into_iter().flat_map(|made| &made.columns)
}

/// The dataset of a table that is known.
fn dataset(system: &System, table: Text) -> Option<NodeId> {
    system.find(NodeKind::Dataset, Text::from(&format!("table:{table}")))
}

/// The node of a column of a known table.
fn node(view: &View<'_>, system: &mut System, table: Text, column: Text, at: At) -> Option<NodeId> {
    if column.is_empty() || column == "*" || column.contains("{}") {
        return None;
    }
    let of = dataset(system, table)?;
    let name = Text::from(&format!("{table}.{column}"));
    let known = system.find(NodeKind::Feature, name);
    let id = system.named(NodeKind::Feature, name, at, Text::from(view.program.path(at.file)));
    if known.is_none() {
        system.doubt(id, Certainty::Inferred);
        system.join(EdgeKind::Follows, id, of, at, Certainty::Seen);
    }
    Some(id)
}

fn add(view: &View<'_>, system: &mut System, table: Text, columns: &[Column]) {
    for column in columns {
        let Some(id) = node(view, system, table, column.name, column.at) else { continue };
        for (from, name) in &column.from {
            if let Some(source) = node(view, system, *from, *name, column.at).filter(|source| *source != id) {
                system.join(EdgeKind::Derives, id, source, column.at, Certainty::Inferred);
            }
        }
    }
}

/// Joins code and SQL to the columns that they name.
fn selected(view: &View<'_>, system: &mut System, known: &Known) {
    for file in view.program.files().filter(|file| known.roles[file.index()] != Role::Test) {
        let module = known.modules[file.index()];
        for used in view.program.file(file).tables.iter().filter(|t| t.access == Access::Read && !t.file) {
            let at = At { file, span: used.span };
            select(view, system, module, used.table, &used.columns, at);
        }
    }
    for query in known.queries.iter().filter(|q| q.access == Access::Read && !q.columns.is_empty()) {
        let name = system.node(query.dataset).name;
        let Some(table) = name.strip_prefix("table:") else { continue };
        let (code, at) = (view.code(known, query.within), view.program.place(query.call));
        select(view, system, code, Text::from(table), &query.columns, at);
    }
}

fn select(view: &View<'_>, system: &mut System, code: NodeId, table: Text, columns: &[Text], at: At) {
    for column in columns.iter().take(WIDTH) {
        if let Some(id) = node(view, system, table, *column, at) {
            system.join(EdgeKind::Reads, code, id, at, Certainty::Inferred);
        }
    }
}
