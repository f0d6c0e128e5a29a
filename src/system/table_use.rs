//! Who uses the tables that a tool makes: those nobody uses among others that are used, and those whose tool declares
//! who uses them.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::{Known, View, dbt};
use crate::fact::{Declaration, OpKind, Scalar, Text};
use crate::program::parent;
use crate::read::sql::referred;
use crate::source::{FileId, Kind};
use crate::system::graph::{NodeId, System, Value};
use crate::vocabulary::{EdgeKind, NodeKind};

/// A model and the table it makes.
struct Made {
    step: NodeId,
    table: NodeId,
    file: FileId,
}

/// Says of tables that dbt makes whether they are used.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let made = made(system);
    if made.is_empty() {
        return;
    }
    let named = named(view);
    let mut folders: BTreeMap<&str, (Vec<&Made>, usize)> = BTreeMap::new();
    for of in &made {
        let folder = folders.entry(parent(view.program.path(of.file))).or_default();
        if is_used(view, system, known, of, &named) { folder.1 += 1 } else { folder.0.push(of) }
    }
    // A folder whose tables mostly go to nobody in sight is made for people, or for other systems.
    let spoken = spoken(view, system, folders.values().flat_map(|(unused, _)| unused.iter().copied()));
    for (unused, used) in folders.values_mut() {
        let before = unused.len();
        unused.retain(|of| !spoken.contains(&system.node(of.step).name));
        *used += before - unused.len();
    }
    let lonely =
        folders.into_values().filter(|(unused, used)| *used > 0 && (unused.len() == 1 || unused.len() * 3 <= *used));
    for table in lonely.flat_map(|(unused, _)| unused).map(|of| of.table) {
        system.mark(table, "unused");
    }
    shared(view, system, &made);
}

fn made(system: &System) -> Vec<Made> {
    let dbt = Some(Value::Text(Text::from("dbt")));
    let steps = system.nodes().filter(|(id, n)| n.kind == NodeKind::Step && system.get(*id, "tool") == dbt);
    let table = |(step, node): (NodeId, &crate::system::graph::Node)| {
        let table = system.reached(step, EdgeKind::Writes).next()?;
        Some(Made { step, table, file: node.at.file })
    };
    steps.filter_map(table).collect()
}

/// The tables that schema files refer to: semantic models, metrics, exposures, relations.
fn named(view: &View<'_>) -> FxHashSet<Text> {
    let files = view.program.files().filter(|f| view.program.sources[f.index()].kind == Kind::Yaml);
    let texts = files.flat_map(|file| &view.program.file(file).settings).filter_map(|s| match s.value {
        Scalar::Text(text) => referred(text.trim_matches(['{', '}', ' '])),
        _ => None,
    });
    texts.map(|name| Text::from(&name.to_lowercase())).collect()
}

fn is_used(view: &View<'_>, system: &System, known: &Known, of: &Made, named: &FxHashSet<Text>) -> bool {
    let name = system.node(of.step).name;
    let own = known.modules[of.file.index()];
    let read = system.reaching(of.table, EdgeKind::Reads).any(|reader| reader != own && reader != of.step);
    // Whoever names the table in code or in other settings may well read it.
    let mentioned = known.mentions.of(name).iter().any(|mention| {
        view.program.sources[mention.file.index()].kind != Kind::Yaml || dbt::folder(view, mention.file).is_none()
    });
    read || mentioned || named.contains(&name)
}

/// The tables that code speaks of in its texts, among others: a query that is put together, a list for people.
fn spoken<'m>(view: &View<'_>, system: &System, unused: impl Iterator<Item = &'m Made>) -> FxHashSet<Text> {
    let names: FxHashSet<Text> = unused.map(|of| system.node(of.step).name).collect();
    if names.is_empty() {
        return names;
    }
    let ops = view.program.facts.iter().flat_map(|facts| &facts.ops);
    let texts = ops.filter_map(|op| if let OpKind::Str(text) = op.kind { Some(text) } else { None });
    let words = texts.flat_map(|text| text.as_str().split(|c: char| !c.is_alphanumeric() && c != '_'));
    words.filter_map(Text::from_existing).filter(|word| names.contains(word)).collect()
}

/// Where a project declares who uses its tables, who is not among them is undeclared.
fn shared(view: &View<'_>, system: &mut System, made: &[Made]) {
    let declares = |file: &FileId| {
        view.program
            .file(*file)
            .declarations
            .iter()
            .any(|d| matches!(d, Declaration::Consumer(c) if !c.uses.is_empty()))
    };
    let projects: FxHashSet<String> =
        view.program.files().filter(declares).filter_map(|file| dbt::folder(view, file)).collect();
    for of in made {
        if !projects.is_empty() && dbt::folder(view, of.file).is_some_and(|folder| projects.contains(&folder)) {
            system.mark(of.table, "shared");
        }
    }
}
