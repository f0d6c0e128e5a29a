//! Models that SQL fits and asks, in files of SQL and in the texts that code runs.

use super::super::{Known, View};
use crate::fact::{ModelUse, Text};
use crate::program::Node;
use crate::source::At;
use crate::system::Role;
use crate::system::graph::System;
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
    for fitted in [true, false] {
        for (at, symbol, role, model) in found.iter().filter(|(.., model)| model.fitted == fitted) {
            add(system, *at, *symbol, *role, model);
        }
    }
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

fn add(system: &mut System, at: At, symbol: Text, role: Role, model: &ModelUse) {
    let table = |system: &System, name: &Text| system.find(NodeKind::Dataset, Text::from(&format!("table:{name}")));
    let kind = if model.fitted { NodeKind::Training } else { NodeKind::Prediction };
    let name = if model.fitted { "CREATE MODEL" } else { "ML.PREDICT" };
    let node = system.add(kind, Text::from(name), at, symbol);
    system.say(node, "role", if model.fitted { Role::Train.word() } else { role.word() });
    system.say(node, "library", "sql");
    if model.fitted {
        system.say(node, "learns", "model");
        system.say(node, "selection", "unknown");
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
        return;
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
}
