//! Tables in which predictions are kept row by row: whether a row says which model made it, and why it was made.

use std::collections::BTreeMap;

use super::super::Role;
use super::arrivals::Arrival;
use super::circles::Stage;
use super::loops::{Learner, dataset};
use super::wide::Source;
use crate::fact::{Access, Text};
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// More columns are not told by name.
const SHOWN: usize = 6;

/// Adds a group for each table into which predictions are put by rows whose columns are all known.
pub fn derive(stage: &Stage<'_>, system: &mut System, learners: &[Learner<'_>]) {
    let words = &stage.view.lexicon.words;
    for (source, arrival) in rows(stage) {
        let columns = columns(stage, source, arrival);
        if columns.len() < 2 {
            continue;
        }
        let learnt = learners.iter().any(|l| l.readings.iter().any(|(_, reading)| reading.source == source));
        let unmarked = !columns.iter().any(|column| words.tells_model(column));
        let unreasoned =
            learnt && !columns.iter().any(|column| words.tells_policy(column) || words.keeps_apart(column));
        for (what, is) in [("unmarked-log", unmarked), ("policy-free-log", unreasoned)] {
            if !is {
                continue;
            }
            let data = dataset(system, stage.tables, source, stage.view, arrival.first);
            let symbol = stage.view.symbol(stage.view.program.owner(arrival.first));
            let group = system.add(NodeKind::Group, system.node(data).name, arrival.at, symbol);
            system.say(group, "what", what);
            system.say(group, "because", &listed(&columns));
            system.join(EdgeKind::Writes, group, data, arrival.at, Certainty::Inferred);
            let asked = stage.acts.by_call[&arrival.call];
            let at = stage.view.program.place(arrival.call);
            system.join(EdgeKind::Feeds, asked, group, at, Certainty::Inferred);
        }
    }
}

/// For each table the first place where predictions are put into it as part of new rows.
fn rows<'a>(stage: &Stage<'a>) -> BTreeMap<Source, &'a Arrival> {
    let mut rows = BTreeMap::new();
    for (source, arrivals) in stage.arrivals {
        let straight = arrivals.iter().filter(|a| a.at == stage.view.program.place(a.first));
        let tried = |a: &&Arrival| matches!(stage.known.roles[a.first.file.index()], Role::Test | Role::Prototype);
        let adds = |a: &&Arrival| match source {
            Source::Table(_) => stage.tables.is_row(a.first),
            Source::Data(data) => {
                stage.known.queries.iter().any(|q| q.dataset == *data && q.inserts && top(q) == a.first)
            }
        };
        if let Some(first) = straight.filter(|a| !tried(a)).find(adds) {
            rows.insert(*source, first);
        }
    }
    rows
}

/// The call of a query that a reader of the code should look at.
fn top(query: &super::super::Query) -> crate::program::Node {
    query.way.first().map_or(query.call, |site| site.call)
}

fn columns(stage: &Stage<'_>, source: Source, arrival: &Arrival) -> Vec<Text> {
    match source {
        Source::Table(class) => stage.tables.columns(class),
        Source::Data(data) => {
            let queries = stage.known.queries.iter();
            let fits = queries
                .filter(|q| q.dataset == data && q.inserts && q.access == Access::Append && top(q) == arrival.first);
            fits.flat_map(|q| q.columns.iter().copied()).filter(|column| *column != "*").collect()
        }
    }
}

fn listed(columns: &[Text]) -> String {
    let shown: Vec<&str> = columns.iter().take(SHOWN).map(|column| column.as_str()).collect();
    let more = columns.len().saturating_sub(SHOWN);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
