//! What a value is made from: the data that was read, the calls that learnt, predicted or split, the columns chosen.

use super::super::View;
use super::super::columns::holds_columns;
use super::Acts;
use super::held::held;
use crate::fact::{OpKind, Operator, Role as ArgRole, Text};
use crate::lexicon::{Meaning, Selects};
use crate::program::Node;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk, walk_with};
use crate::value::types::Callee;

/// What a value was found to be made from.
#[derive(Default)]
pub struct Origins {
    /// Calls that read data, and the way in.
    pub reads: Vec<Seen>,
    /// Calls that predict.
    pub predictions: Vec<Node>,
    /// Calls that learn.
    pub trainings: Vec<Node>,
    /// Calls that split.
    pub splits: Vec<Node>,
    /// The first selection of columns on the way.
    pub selection: Option<Selection>,
    /// Columns that are set on the way.
    pub columns: Vec<Node>,
    /// Columns that are left out or taken out on the way.
    pub dropped: Vec<Text>,
    /// Columns that are taken alone on the way, by their names.
    pub alone: Vec<Text>,
    /// Calls that make rows from the rows around them.
    pub lags: Vec<Node>,
}

/// How inputs are chosen.
pub enum Selection {
    /// All columns but these.
    Open(Vec<Text>),
    /// These columns, as far as they are known.
    Closed(Option<Vec<Column>>),
}

/// A column and where its name is written.
#[derive(Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: Text,
    /// The literal.
    pub at: Node,
}

/// Walks back from a value to what it is made from.
pub fn origins(view: &View<'_>, start: Seen, acts: &Acts<'_>) -> Origins {
    let mut found = Origins::default();
    let begin = start.clone();
    walk_with(view.evaluator.follow, start, &|seen, push| held(view, seen, push), &mut |seen| {
        let node = seen.node;
        if acts.read_at.contains_key(&node) {
            found.reads.push(seen.clone());
            // All the columns of what was read by name are a closed set as well.
            if matches!(found.selection, Some(Selection::Open(_))) && reads_columns(view, node) {
                found.selection = Some(Selection::Closed(None));
            }
            return Go::Stop;
        }
        match view.program.op(node).kind {
            OpKind::Call(..) => {
                if let Some(act) = acts.meaning(node) {
                    if act.splits {
                        found.splits.push(node);
                    }
                    if act.trains.is_some() {
                        found.trainings.push(node);
                    }
                    if act.predicts {
                        found.predictions.push(node);
                        return Go::Stop;
                    }
                }
                for callee in view.types.callees(node) {
                    let Callee::Meaning(meaning) = callee else { continue };
                    if meaning.looks_back {
                        found.lags.push(node);
                    }
                    if meaning.takes_out {
                        let taken = named_columns(view, seen, meaning).unwrap_or_default();
                        found.alone.extend(taken.iter().map(|column| column.name));
                        found.dropped.extend(taken.iter().map(|column| column.name));
                    }
                    let selected = selection(view, seen, meaning).or_else(|| built(view, seen, meaning));
                    if let Some(Selection::Open(names)) = &selected {
                        found.dropped.extend(names);
                    }
                    found.selection = found.selection.take().or(selected);
                }
            }
            OpKind::Index(object, index) if holds_columns(view, Node { value: object, ..node }) => {
                found.alone.extend(view.program.literal(Node { value: index, ..node }));
                if found.selection.is_none() {
                    found.selection = chosen(view, &seen.beside(index));
                }
            }
            OpKind::Attr(object, name) if holds_columns(view, Node { value: object, ..node }) => {
                found.alone.push(name);
            }
            OpKind::SetIndex(object, index, _)
                if view.program.literal(Node { value: index, ..node }).is_some()
                    && holds_columns(view, Node { value: object, ..node }) =>
            {
                found.columns.push(node);
            }
            _ => {}
        }
        Go::On
    });
    if matches!(found.selection, Some(Selection::Open(_))) {
        found.selection = whole(view, begin);
    }
    found
}

/// The selection that leaves all columns but some in a value, unless of the table behind it only single columns are
/// taken: `vectorizer.fit_transform(frame["text"])` knows nothing of the others.
fn whole(view: &View<'_>, start: Seen) -> Option<Selection> {
    let mut found = None;
    walk(view.evaluator.follow, start, &mut |seen| {
        let node = seen.node;
        let of_table = |object| holds_columns(view, Node { value: object, ..node });
        match view.program.op(node).kind {
            OpKind::Index(object, index)
                if of_table(object) && view.program.literal(Node { value: index, ..node }).is_some() =>
            {
                return Go::Stop;
            }
            OpKind::Attr(object, _) if of_table(object) && view.types.attribute(node).is_some_and(|m| m.column) => {
                return Go::Stop;
            }
            OpKind::Call(..) => {
                let selected = view.types.callees(node).iter().find_map(|callee| match callee {
                    Callee::Meaning(meaning) => selection(view, seen, meaning),
                    Callee::Function(..) => None,
                });
                found = selected.filter(|selected| matches!(selected, Selection::Open(_)));
            }
            _ => {}
        }
        if found.is_some() { Go::Done } else { Go::On }
    });
    found
}

/// `pd.read_csv(path, usecols=...)`: the reading itself names the columns.
fn reads_columns(view: &View<'_>, call: Node) -> bool {
    let meanings =
        view.types.callees(call).iter().filter_map(|c| if let Callee::Meaning(m) = c { Some(*m) } else { None });
    meanings.filter_map(|m| m.columns.as_ref()).any(|slot| view.types.slot(call, slot).is_some())
}

/// `frame["a"]`, `frame[["a", "b"]]`: columns of a table, each taken by its name.
pub fn names_columns(view: &View<'_>, seen: &Seen) -> bool {
    let OpKind::Index(object, index) = view.program.op(seen.node).kind else { return false };
    let index = seen.beside(index);
    holds_columns(view, seen.beside(object).node)
        && (view.program.literal(index.node).is_some()
            || matches!(chosen(view, &index), Some(Selection::Closed(Some(_)))))
}

/// `df.drop(columns=...)`, `df.select_dtypes()`.
fn selection(view: &View<'_>, seen: &Seen, meaning: &Meaning) -> Option<Selection> {
    let selects = meaning.selects?;
    let names = named_columns(view, seen, meaning);
    let left = |names: Vec<Column>| names.into_iter().map(|c| c.name).collect();
    match selects {
        Selects::Closed => Some(Selection::Closed(names)),
        Selects::Open if meaning.columns.is_none() => Some(Selection::Open(Vec::new())),
        // `df.drop(rows)` leaves the columns alone: only a columns keyword or `axis=1` leaves columns out.
        Selects::Open if drops_columns(view, seen.node) => Some(Selection::Open(names.map(left).unwrap_or_default())),
        Selects::Open => None,
    }
}

/// The columns that a call names.
fn named_columns(view: &View<'_>, seen: &Seen, meaning: &Meaning) -> Option<Vec<Column>> {
    let node = view.types.slot(seen.node, meaning.columns.as_ref()?)?;
    texts(view, &Seen { node, stack: seen.stack.clone() })
}

/// `DataFrame({"a": .., "b": ..})`, `DataFrame([{"a": ..}])`, `DataFrame(rows, columns=[..])`: a table made in sight.
fn built(view: &View<'_>, seen: &Seen, meaning: &Meaning) -> Option<Selection> {
    if meaning.converts.as_deref() != Some("frame") {
        return None;
    }
    let OpKind::Call(_, operands) = view.program.op(seen.node).kind else { return None };
    let operands = view.program.operands(seen.node.file, operands);
    let named = operands.iter().find(|o| matches!(o.role, ArgRole::Named(name) if name == "columns"));
    if let Some(columns) = named {
        return Some(Selection::Closed(texts(view, &seen.beside(columns.value))));
    }
    let mut rows = seen.beside(operands.first()?.value);
    for _ in 0..4 {
        match view.program.op(rows.node).kind {
            OpKind::Dict(entries) => {
                let entries = view.program.operands(rows.node.file, entries);
                let keys: Vec<_> = entries.iter().filter(|o| o.role == ArgRole::Key).collect();
                // What is spread into it is not known.
                if keys.len() * 2 != entries.len() {
                    return None;
                }
                let column = |at: Node| Some(Column { name: view.program.literal(at)?, at });
                let names: Option<Vec<Column>> = keys.iter().map(|o| column(rows.beside(o.value).node)).collect();
                return names.map(|names| Selection::Closed(Some(names)));
            }
            OpKind::List(elements) => match view.program.operands(rows.node.file, elements) {
                [row] => rows = rows.beside(row.value),
                _ => return None,
            },
            _ => {
                let mut back = view.evaluator.follow.back(&rows);
                rows = back.values.pop().filter(|_| back.values.is_empty())?;
            }
        }
    }
    None
}

fn drops_columns(view: &View<'_>, call: Node) -> bool {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return false };
    let mut position = 0;
    view.program.operands(call.file, operands).iter().any(|operand| {
        let value = view.program.op(Node { value: operand.value, ..call }).kind;
        let one = matches!(value, OpKind::Int(1)) || matches!(value, OpKind::Str(t) if t == "columns");
        match operand.role {
            ArgRole::Named(name) if name == "columns" => true,
            ArgRole::Named(name) if name == "axis" => one,
            ArgRole::Plain => {
                position += 1;
                position == 2 && one
            }
            _ => false,
        }
    })
}

/// `df[["a", "b"]]`, `df[FEATURES]`: closed; `df["a"]`, `df[mask]`: no selection of inputs.
fn chosen(view: &View<'_>, index: &Seen) -> Option<Selection> {
    if matches!(
        view.program.op(index.node).kind,
        OpKind::Str(_) | OpKind::Compare(..) | OpKind::Slice(..) | OpKind::Not(_)
    ) {
        return None;
    }
    match texts(view, index) {
        Some(names) if !names.is_empty() => Some(Selection::Closed(Some(names))),
        _ => {
            let list = view.types.is_a(index.node, "builtins.list") || view.types.is_a(index.node, "builtins.tuple");
            list.then_some(Selection::Closed(None))
        }
    }
}

/// The texts of a list that is written out somewhere, in its order.
fn texts(view: &View<'_>, seen: &Seen) -> Option<Vec<Column>> {
    let mut waiting = vec![seen.clone()];
    let mut names = Vec::new();
    let mut looked = 0;
    while let Some(next) = waiting.pop() {
        looked += 1;
        if looked > 64 {
            return None;
        }
        match view.program.op(next.node).kind {
            OpKind::Str(name) => names.push(Column { name, at: next.node }),
            OpKind::List(operands) | OpKind::Tuple(operands) => {
                let elements = view.program.operands(next.node.file, operands).iter().rev();
                waiting.extend(elements.map(|o| next.beside(o.value)));
            }
            OpKind::Binary(Operator::Add, left, right) => waiting.extend([next.beside(right), next.beside(left)]),
            _ => {
                let steps = view.evaluator.follow.back(&next);
                if steps.values.is_empty() {
                    return None;
                }
                waiting.extend(steps.values);
            }
        }
    }
    Some(names)
}

/// The column that an operation sets, and where its name is written.
pub fn set_name(view: &View<'_>, node: Node) -> Option<(Text, Node)> {
    let OpKind::SetIndex(_, index, _) = view.program.op(node).kind else { return None };
    let index = Node { value: index, ..node };
    Some((view.program.literal(index)?, index))
}
