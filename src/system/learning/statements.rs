//! Models that SQL fits and asks, in files of SQL and in the texts that code runs.

use super::super::{Known, View};
use crate::fact::{ModelUse, Text};
use crate::lexicon::Words;
use crate::program::Node;
use crate::source::At;
use crate::system::Role;
use crate::system::graph::{NodeId, System};
use crate::value::text::Part;
use crate::value::touches::texts_of;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Texts of one call that are looked at.
const WIDTH: usize = 4;

/// Adds the trainings and predictions of all statements, fits first: what is asked may stand in an earlier file.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let mut found = in_files(view, known);
    found.extend(in_code(view, known));
    let mut fits = Vec::new();
    for (at, symbol, role, model) in found.iter().filter(|(.., model)| model.fitted) {
        fits.push((add(system, *at, *symbol, *role, model), *at, model));
    }
    for (at, symbol, role, model) in found.iter().filter(|(.., model)| !model.fitted) {
        add(system, *at, *symbol, *role, model);
        for (training, place, fit) in fits.iter().filter(|(_, _, fit)| fit.model == model.model) {
            if let Some(part) = returns(&view.lexicon.words, fit, model, at.file != place.file) {
                system.mark(*training, "loops");
                system.say(*training, "loop-part", part);
                system.say(*training, "loop", &format!(" among its {part}"));
            }
        }
    }
}

/// The part of what a model learns from into which its own answers are put, unless its rows are chosen so that these
/// stay out.
fn returns(words: &Words, fit: &ModelUse, asked: &ModelUse, apart: bool) -> Option<&'static str> {
    let learnt = || fit.gives.iter().flat_map(|given| &given.columns);
    let taken = |name: &Text| learnt().any(|column| column.from.iter().any(|(_, from)| from == name));
    let guarded = fit.names.iter().any(|name| words.keeps_apart(name) && !taken(name));
    if guarded || !(asked.adds || apart) {
        return None;
    }
    for given in asked.gives.iter().filter(|given| asked.writes.contains(&given.table)) {
        for column in &given.columns {
            let Some(label) = column.from.iter().find_map(|(_, from)| words.answered(from)) else { continue };
            let back = (given.table, column.name);
            if let Some(learnt) = learnt().find(|learnt| learnt.from.contains(&back)) {
                return Some(if learnt.name == label { "labels" } else { "inputs" });
            }
            // A label that no column of the query is called comes with all the others.
            let whole = fit.gives.iter().any(|made| made.all_of.contains(&given.table));
            if whole && column.name == label && !learnt().any(|learnt| learnt.name == label) {
                return Some("labels");
            }
        }
    }
    None
}

type Found = (At, Text, Role, ModelUse);

fn in_files(view: &View<'_>, known: &Known) -> Vec<Found> {
    let mut found = Vec::new();
    for file in view.program.files() {
        let role = known.roles[file.index()];
        for model in view.program.file(file).models.iter().filter(|_| role != Role::Test) {
            let at = At { file, span: model.span };
            found.push((at, Text::from(view.program.path(file)), role, model.clone()));
        }
    }
    found
}

fn in_code(view: &View<'_>, known: &Known) -> Vec<Found> {
    let mut found = Vec::new();
    for (def, call) in view.calls() {
        let role = known.roles[def.file.index()];
        let sql = |c: &Callee<'_>| if let Callee::Meaning(m) = c { m.sql.clone() } else { None };
        let Some(slot) = view.types.callees(call).iter().find_map(sql).filter(|_| role != Role::Test) else { continue };
        let Some(statement) = view.types.slot(call, &slot) else { continue };
        for (root, way, texts) in texts_of(view.evaluator, statement, def) {
            let top: Node = way.first().map_or(call, |site| site.call);
            for pattern in texts.patterns.iter().take(WIDTH) {
                let parts = pattern.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { "{}" });
                let text: String = parts.collect();
                for model in crate::read::sql::models(&text) {
                    found.push((view.program.place(top), view.symbol(root), role, model));
                }
            }
        }
    }
    found
}

fn add(system: &mut System, at: At, symbol: Text, role: Role, model: &ModelUse) -> NodeId {
    let table = |system: &System, name: &Text| system.find(NodeKind::Dataset, Text::from(&format!("table:{name}")));
    let kind = if model.fitted { NodeKind::Training } else { NodeKind::Prediction };
    let name = if model.fitted { "CREATE MODEL" } else { "ML.PREDICT" };
    let node = system.add(kind, Text::from(name), at, symbol);
    system.say(node, "role", if model.fitted { Role::Train.word() } else { role.word() });
    system.say(node, "library", "sql");
    if model.fitted {
        system.say(node, "learns", "model");
        let made =
            |data: &Text| table(system, data).is_some_and(|of| system.reaching(of, EdgeKind::Writes).next().is_some());
        // What a table holds whose making is seen is known there.
        let whole = model.gives.iter().flat_map(|given| &given.all_of);
        let open = !model.gives.is_empty() && whole.clone().next().is_some() && !whole.clone().any(made);
        system.say(node, "selection", if open { "open" } else { "unknown" });
        if open {
            system.say(node, "except", "its label");
        }
    }
    for data in &model.reads {
        if let Some(data) = table(system, data) {
            system.join(EdgeKind::Feeds, data, node, at, Certainty::Inferred);
        }
    }
    let kept = Text::from(&format!("table:{}", model.model));
    let kept = system.named(NodeKind::Dataset, kept, at, symbol);
    system.say(kept, "content", "model");
    system.say(kept, "scheme", "table");
    if model.fitted {
        system.join(EdgeKind::Trains, node, kept, at, Certainty::Seen);
        return node;
    }
    system.join(EdgeKind::Predicts, kept, node, at, Certainty::Seen);
    let trainings: Vec<_> = system.reaching(kept, EdgeKind::Trains).collect();
    for training in trainings {
        system.join(EdgeKind::Feeds, training, node, at, Certainty::Inferred);
    }
    for data in &model.writes {
        if let Some(data) = table(system, data) {
            system.join(EdgeKind::Feeds, node, data, at, Certainty::Inferred);
        }
    }
    node
}
