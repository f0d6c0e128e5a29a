//! Features that are computed in two languages, each from the same columns.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::fact::{OpKind, Text};
use crate::source::At;
use crate::system::check::{Check, Grounds, Sighting};
use crate::value::follow::Seen;
use crate::value::frame::{Column, Frames, How, Stored};
use crate::vocabulary::Certainty;

/// A column that a query computes: where, and from which others.
struct Made {
    at: At,
    from: BTreeSet<Text>,
}

pub const CHECK: Check = Check { rule: "same-feature-two-languages", find };

/// One sighting for each column that code computes under the name, and from the columns, of one that a query computes.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    let queries = queries(grounds);
    if queries.is_empty() {
        return found;
    }
    let frames = Frames::new(view.evaluator, view.lexicon, Stored::default());
    for (def, node) in view.operations(grounds.known) {
        if !matches!(view.program.op(node).kind, OpKind::SetIndex(..) | OpKind::Call(..)) {
            continue;
        }
        let sets = frames.sets(&Seen::anywhere(node));
        let same = |column: &Column| {
            let made = queries.get(&Text::from(&column.name.to_ascii_lowercase()))?;
            // A sum over rows is a report's, not a row's.
            let How::Value(_) = column.made.as_ref()?.how else { return None };
            let formula = frames.formula(column)?;
            let from: BTreeSet<Text> =
                formula.columns.iter().map(|name| Text::from(&name.to_ascii_lowercase())).collect();
            let twin = made.iter().find(|made| made.from == from && made.at.file != node.file)?;
            Some((column.name, column.at, twin))
        };
        let Some((name, at, twin)) = sets.iter().find_map(same) else { continue };
        let query = grounds.known.modules[twin.at.file.index()];
        found.push(Sighting::new(
            at,
            vec![view.symbol(def), name],
            grounds.certainty(Certainty::Inferred, &[query]),
            vec![("feature", name.into()), ("definition", twin.at.into()), ("role", grounds.role(def.file).into())],
        ));
    }
    found
}

/// The columns that queries in files compute, by name; what is only taken over is not computed.
fn queries(grounds: &Grounds<'_>) -> FxHashMap<Text, Vec<Made>> {
    let view = grounds.view;
    let mut found: FxHashMap<Text, Vec<Made>> = FxHashMap::default();
    for file in view.program.files() {
        if !grounds.is_product(file) || view.is_code(file) {
            continue;
        }
        for column in view.program.file(file).projections.iter().flat_map(|projection| &projection.columns) {
            let from: BTreeSet<Text> =
                column.from.iter().map(|(_, name)| Text::from(&name.to_ascii_lowercase())).collect();
            let name = Text::from(&column.name.to_ascii_lowercase());
            if !from.is_empty() && !from.contains(&name) {
                found.entry(name).or_default().push(Made { at: At { file, span: column.span }, from });
            }
        }
    }
    found
}
