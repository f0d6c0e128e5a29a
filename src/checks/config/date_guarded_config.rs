//! Code that takes another way at dates that are written into it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{Comparison, OpKind, Operator, Text, Val};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::View;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// A day, a month or a season: `2024-11-01`, `2024-11`, `2007-08`.
static DAY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(19|20)\d\d-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d)?)?)?Z?$").ok());

/// Days with which machines begin to count: they stand for none.
const EPOCHS: [&str; 3] = ["1900-01-01", "1970-01-01", "2000-01-01"];

/// The dates at which a body takes another way, and the first comparison.
#[derive(Default)]
struct Guards {
    first: Option<Val>,
    dates: BTreeSet<String>,
}

pub const CHECK: Check = Check { rule: "date-guarded-config", find };

/// One sighting for each function or module, of a file that works on data, whose way depends on literal dates.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let works: FxHashSet<FileId> = view.touches.all.iter().map(|touch| touch.within.file).collect();
    let mut found: FxHashMap<Def, Guards> = FxHashMap::default();
    for (def, node) in view.real(&view.sorted.conditions, grounds.known).filter(|(def, _)| works.contains(&def.file)) {
        let OpKind::If(condition, _) = view.program.op(node).kind else { continue };
        let dates = dates(view, Node { value: condition, ..node });
        if !dates.is_empty() {
            let guards = found.entry(def).or_default();
            guards.first = guards.first.or(Some(condition));
            guards.dates.extend(dates);
        }
    }
    let mut found: Vec<(Def, Guards)> = found.into_iter().collect();
    found.sort_unstable_by_key(|(def, _)| *def);
    let sighting = |(def, guards): (Def, Guards)| {
        let value = guards.first?;
        let symbol = view.symbol(def);
        let dates = guards.dates.iter().map(|date| Text::from(date)).collect();
        Some(Sighting::new(
            view.program.place(Node { file: def.file, value }),
            vec![symbol, symbol],
            Certainty::Seen,
            vec![("dates", Capture::Texts(dates)), ("role", grounds.role(def.file).into())],
        ))
    };
    found.into_iter().filter_map(sighting).collect()
}

/// The literal dates that a condition compares something with.
fn dates(view: &View<'_>, condition: Node) -> Vec<String> {
    let beside = |value: Val| Node { value, ..condition };
    match view.program.op(condition).kind {
        OpKind::Compare(how, left, right) if !matches!(how, Comparison::In | Comparison::NotIn) => {
            let (left, right) = (beside(left), beside(right));
            let date = |node: Node, of: Node| day(view, node).or_else(|| year(view, node, of));
            match (date(left, right), date(right, left)) {
                // Two dates that are both written out decide nothing.
                (Some(_), Some(_)) => Vec::new(),
                (one, other) => one.or(other).into_iter().collect(),
            }
        }
        OpKind::Binary(Operator::Bit | Operator::Or, left, right) => {
            [left, right].into_iter().flat_map(|value| dates(view, beside(value))).collect()
        }
        OpKind::Not(of) => dates(view, beside(of)),
        OpKind::Either(operands) => {
            let operands = view.program.operands(condition.file, operands);
            operands.iter().flat_map(|operand| dates(view, beside(operand.value))).collect()
        }
        _ => Vec::new(),
    }
}

/// The day that a text, or a call whose arguments are all written out, stands for.
fn day(view: &View<'_>, node: Node) -> Option<String> {
    match view.program.op(node).kind {
        OpKind::Str(text) => is_day(&text).then(|| text.to_string()),
        OpKind::Call(_, operands) => {
            let makes = view.types.callees(node).iter().any(|c| matches!(c, Callee::Meaning(m) if m.makes_date));
            // Year, month and day; what follows is the time.
            let operands = view.program.operands(node.file, operands).iter().take(3);
            let written: Option<Vec<String>> = operands
                .map(|operand| match view.program.op(Node { value: operand.value, ..node }).kind {
                    OpKind::Int(number) => Some(format!("{number:02}")),
                    OpKind::Str(text) => Some(text.to_string()),
                    _ => None,
                })
                .collect();
            // A text holds the whole day; what follows it is its format.
            let joined = |parts: Vec<String>| match parts.first() {
                Some(first) if is_day(first) => first.clone(),
                _ => parts.join("-"),
            };
            written.map(joined).filter(|day| makes && is_day(day))
        }
        _ => None,
    }
}

fn is_day(text: &str) -> bool {
    !EPOCHS.contains(&text) && DAY.as_ref().is_some_and(|day| day.is_match(text))
}

/// A year that the year of something is compared with.
fn year(view: &View<'_>, node: Node, of: Node) -> Option<String> {
    let OpKind::Int(number @ 1900..=2100) = view.program.op(node).kind else { return None };
    let name = match view.program.op(of).kind {
        OpKind::Attr(_, name) => Some(name),
        OpKind::Index(_, key) => view.program.literal(Node { value: key, ..of }),
        _ => None,
    };
    name.filter(|name| *name == Text::from("year")).map(|_| number.to_string())
}
