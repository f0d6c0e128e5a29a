//! Labels among the inputs: as themselves, or as columns that are computed from them in the same row.

use rustc_hash::FxHashSet;

use super::super::View;
use super::chosen::Chosen;
use crate::fact::Text;
use crate::system::graph::System;
use crate::value::frame::{Column, Frames, How, Rest};

/// Columns that are computed from columns that are computed.
const DEPTH: usize = 5;

/// Says of each training which column of its inputs is its label, or tells it.
pub fn derive(_view: &View<'_>, system: &mut System, frames: &Frames<'_>, chosen: &[Chosen<'_>]) {
    for one in chosen.iter().filter(|one| one.fits()) {
        if let Some(leak) = leak(frames, one) {
            system.say(one.act.node, "leaks", &leak.label);
            system.say(one.act.node, "because", &leak.because);
        }
    }
}

struct Leak {
    label: Text,
    because: String,
}

fn leak(frames: &Frames<'_>, one: &Chosen<'_>) -> Option<Leak> {
    let [label] = one.y.columns.as_slice() else { return None };
    if !one.y.single || label.name.contains("{}") || !same_rows(one) {
        return None;
    }
    let name = label.name;
    let same = |column: &Column| match (&column.made, &label.made) {
        // What bears the label's name may be something else by then.
        (Some(own), Some(of)) => own.by == of.by,
        (None, None) => true,
        _ => false,
    };
    let stands = Leak { label: name, because: format!("`{name}` is the label and also among the features") };
    match &one.x.rest {
        Rest::Nothing if one.x.column(name).is_some_and(same) => return Some(stands),
        Rest::Others(without) if one.x.opened && !one.x.vague && !without.contains(&name) => {
            let gone = one.x.left.iter().any(|column| column.name == name);
            let other = one.x.column(name).is_some_and(|column| !same(column));
            if !gone && !other {
                return Some(stands);
            }
        }
        _ => {}
    }
    if let Some(source) = thresholded(frames, label)
        && let Some(shown) = one.x.columns.iter().find(|column| shows(frames, one, column, source))
    {
        let because =
            format!("feature `{}` tells the label `{name}`, which is computed from `{source}` alone", shown.name);
        return Some(Leak { label: name, because });
    }
    let told = one.x.columns.iter().find(|column| column.name != name && tells(frames, one, column, name, 0))?;
    Some(Leak { label: name, because: format!("feature `{}` is computed from the label `{name}`", told.name) })
}

/// The one column whose value in the same row decides a label that is computed.
fn thresholded(frames: &Frames<'_>, label: &Column) -> Option<Text> {
    let formula = frames.formula(label)?;
    let [source] = formula.columns.as_slice() else { return None };
    let plain =
        !formula.vague && !formula.looks_back && !formula.text.contains(".shift(") && !formula.text.contains(" by ");
    (plain && *source != label.name && !reduces(&formula.text)).then_some(*source)
}

/// Is an input that column, or one number made of it in the same row?
fn shows(frames: &Frames<'_>, one: &Chosen<'_>, column: &Column, source: Text) -> bool {
    if column.name == source {
        return column.made.is_none() && one.x.selected;
    }
    let Some(formula) = frames.formula(column).filter(|f| !f.vague && !f.looks_back && !reduces(&f.text)) else {
        return false;
    };
    formula.columns == [source] && !formula.text.contains(".shift(") && !formula.text.contains(" by ")
}

/// Do labels and inputs come from the same data?
fn same_rows(one: &Chosen<'_>) -> bool {
    one.x.reads.iter().any(|read| one.y.reads.contains(read)) || (one.x.reads.is_empty() && one.y.reads.is_empty())
}

/// Is a column computed from the label of the same row?
fn tells(frames: &Frames<'_>, one: &Chosen<'_>, column: &Column, label: Text, depth: usize) -> bool {
    let Some(made) = &column.made else { return false };
    if depth > DEPTH || matches!(made.how, How::Of(..)) {
        return false;
    }
    let Some(formula) = frames.formula(column) else { return false };
    // Rows before, and groups of rows, do not tell the label of the row.
    if formula.looks_back || formula.vague || formula.text.contains("] by ") || reduces(&formula.text) {
        return false;
    }
    let mut seen: FxHashSet<Text> = FxHashSet::default();
    formula.columns.iter().filter(|source| seen.insert(**source) && **source != column.name).any(|source| {
        if *source == label {
            // The label may have been computed from this very column's sources later on.
            return one.y.columns.first().is_none_or(|own| own.made.as_ref().is_none_or(|of| of.by < made.by));
        }
        let inner = one.x.columns.iter().chain(&one.x.left).find(|other| other.name == *source);
        inner.is_some_and(|inner| tells(frames, one, inner, label, depth + 1))
    })
}

/// Is a formula one number for many rows?
fn reduces(text: &str) -> bool {
    [".mean(", ".median(", ".std(", ".sum(", ".max(", ".min(", ".mode(", ".count("]
        .iter()
        .any(|word| text.contains(word))
}
