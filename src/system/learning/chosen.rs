//! The tables that models are fitted on and asked with, column by column.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::columns_sql::target;
use super::super::{Known, View};
use super::{Act, Acts, ReadAt, outputs, starts};
use crate::fact::{Access, OpKind, Projection, Text};
use crate::lexicon::{Learns, Meaning};
use crate::program::Node;
use crate::source::{At, FileId, Span};
use crate::system::graph::{NodeId, System, Value};
use crate::value::follow::Seen;
use crate::value::frame::{Column, Frame, Frames, How, Made, Rest, Stored, inside, plain};
use crate::value::settings::SettingsIndex;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;

/// Views of views.
const DEPTH: usize = 8;

/// What goes into a call that learns or predicts.
pub struct Chosen<'a> {
    /// The call.
    pub act: &'a Act<'a>,
    /// Its inputs.
    pub x: Frame,
    /// Its labels.
    pub y: Frame,
    /// It picks its inputs out of a table by their names, and passes over all others.
    pub picks: bool,
}

impl Chosen<'_> {
    /// Does the call fit a model?
    pub fn fits(&self) -> bool {
        self.act.meaning.trains == Some(Learns::Model)
    }

    /// The columns, if they are all named by somebody.
    pub fn named(&self) -> Option<&[Column]> {
        let closed = self.x.rest == Rest::Nothing && self.x.selected && !self.x.columns.is_empty();
        closed.then_some(self.x.columns.as_slice())
    }

    /// Are these all columns of the data but some?
    pub fn open(&self) -> bool {
        self.x.opened && self.x.rest != Rest::Nothing
    }
}

/// The tables of a program.
pub fn frames<'a>(view: &View<'a>, system: &System, known: &Known, acts: &Acts<'_>) -> Frames<'a> {
    Frames::new(view.evaluator, view.lexicon, stored(view, system, known, acts))
}

/// The tables that go into calls that learn or predict.
pub fn chosen<'a>(view: &View<'a>, frames: &Frames<'a>, acts: &'a Acts<'a>) -> Vec<Chosen<'a>> {
    let of = |act: &'a Act<'a>| {
        if act.meaning.splits {
            return None;
        }
        let starts = starts(view, act);
        let all = |wanted: bool, through: bool| {
            let values = starts.iter().filter(|(is_x, _)| *is_x == wanted);
            let frames = values.map(|(_, node)| {
                let seen = Seen::anywhere(*node);
                match model(view, act).filter(|_| through) {
                    Some(model) => frames.through(&model, &seen, act.call.value),
                    None => frames.of(&seen, act.call.value),
                }
            });
            frames.collect::<Vec<_>>()
        };
        let fits = act.meaning.trains.is_some();
        let mut x = all(true, fits || act.meaning.predicts).into_iter().find(Frame::is_known).unwrap_or_default();
        let mut y = all(false, false).into_iter().next().unwrap_or_default();
        let namings = if fits { namings(view, act) } else { Vec::new() };
        let picks = namings.iter().any(|(_, meaning)| !meaning.inputs.is_empty() || meaning.formula.is_some());
        for (call, meaning) in namings {
            x = frames.narrowed(&Seen::anywhere(call), meaning, x);
        }
        if !y.is_known() && !x.labels.is_empty() {
            let (columns, single) = (x.labels.clone(), x.labels.len() == 1);
            y = Frame { columns, rest: Rest::Nothing, selected: true, single, ..Frame::default() };
        }
        if let Some(label) = &x.label
            && !y.is_known()
        {
            y = frames.of(label, u32::MAX);
        }
        Some(Chosen { act, x, y, picks })
    };
    acts.all.par_iter().filter_map(of).collect()
}

/// The calls that tell a fit by name which columns it takes: itself, what made its model, what set the stage for it.
fn namings<'a>(view: &View<'a>, act: &Act<'a>) -> Vec<(Node, &'a Meaning)> {
    let mut calls = vec![act.call];
    if let Some(model) = model(view, act) {
        let back = view.evaluator.follow.back(&model).values;
        calls.extend(std::iter::once(model.node).chain(back.into_iter().map(|seen| seen.node)));
    }
    if let Some(name) = act.meaning.works_on {
        let sets_up = |call: &Node| meanings(view, *call).any(|m| m.sets_up == Some(name));
        calls.extend(view.calls().map(|(_, call)| call).filter(|call| call.file == act.call.file).filter(sets_up));
    }
    let names = |m: &&Meaning| m.formula.is_some() || !m.inputs.is_empty() || m.label.is_some();
    let mut found: Vec<(Node, &Meaning)> = Vec::new();
    for call in calls {
        if !found.iter().any(|(known, _)| *known == call) {
            found.extend(meanings(view, call).find(names).map(|meaning| (call, meaning)));
        }
    }
    found
}

fn meanings<'a>(view: &View<'a>, call: Node) -> impl Iterator<Item = &'a Meaning> {
    view.types.callees(call).iter().filter_map(|callee| match callee {
        Callee::Meaning(meaning) => Some(*meaning),
        Callee::Function(..) => None,
    })
}

/// The model that a call is made on.
fn model(view: &View<'_>, act: &Act<'_>) -> Option<Seen> {
    let OpKind::Call(function, _) = view.program.op(act.call).kind else { return None };
    let object = match view.program.op(Node { value: function, ..act.call }).kind {
        OpKind::Attr(object, _) => object,
        _ => return None,
    };
    Some(Seen::anywhere(Node { value: object, ..act.call }))
}

/// What lies behind the calls that read data.
fn stored(view: &View<'_>, system: &System, known: &Known, acts: &Acts<'_>) -> Stored {
    let mut stored = Stored::default();
    let mut writes: FxHashMap<NodeId, Vec<Seen>> = FxHashMap::default();
    for (dataset, value, _) in outputs::writes(view, known) {
        if system.get(dataset, "content") != Some(Value::Text(Text::from("model"))) {
            writes.entry(dataset).or_default().push(value);
        }
    }
    let tables = Tables::new(view, system, known);
    for (call, datasets) in &acts.read_at {
        stored.reads.insert(*call);
        for (dataset, _) in datasets {
            if let Some(values) = writes.get(dataset) {
                stored.written.entry(*call).or_default().extend(values.iter().cloned());
            }
        }
        let queried = query(view, *call, &tables).or_else(|| table(view, system, &acts.read_at, *call, &tables));
        stored.queried.extend(queried.map(|queried| (*call, queried)));
    }
    stored
}

/// A query, and the file that it stands in, unless that is code.
type Query<'v> = (Option<FileId>, &'v Projection);

/// What makes each table, as far as queries in files say.
struct Tables<'v> {
    made: FxHashMap<Text, Query<'v>>,
    /// Tables that somebody takes whole.
    whole: FxHashSet<Text>,
}

impl<'v> Tables<'v> {
    fn new(view: &'v View<'_>, system: &System, known: &Known) -> Self {
        let mut tables = Self { made: FxHashMap::default(), whole: FxHashSet::default() };
        for file in view.program.files() {
            let facts = view.program.file(file);
            for projection in &facts.projections {
                if let Some(table) = target(system, known.modules[file.index()], projection) {
                    tables.made.insert(table, (Some(file), projection));
                }
            }
            let takes = facts.tables.iter().filter(|t| t.access == Access::Read);
            tables.whole.extend(takes.filter(|t| all(&t.columns)).map(|t| t.table));
        }
        for query in known.queries.iter().filter(|q| q.access == Access::Read && all(&q.columns)) {
            let name = system.node(query.dataset).name;
            tables.whole.extend(name.strip_prefix("table:").map(Text::from));
        }
        tables
    }
}

fn all(columns: &[Text]) -> bool {
    columns.is_empty() || columns.iter().any(|column| column == "*")
}

/// The table that a call's own query gives.
fn query(view: &View<'_>, call: Node, tables: &Tables<'_>) -> Option<Frame> {
    let slot = view.types.callees(call).iter().find_map(|c| match c {
        Callee::Meaning(meaning) => meaning.sql.as_ref(),
        Callee::Function(..) => None,
    })?;
    let value = view.types.slot(call, slot)?;
    let texts = view.evaluator.texts(&Seen::anywhere(value)).patterns;
    let text = texts.iter().flat_map(|pattern| crate::read::sql::projections(&plain(pattern))).next_back();
    let (file, projection) = match text {
        Some(projection) => (None, projection),
        None => of_file(view, value)?,
    };
    Some(table_of(view, call, value, (file, &projection), tables))
}

/// The last query of the file whose text a value is.
fn of_file(view: &View<'_>, value: Node) -> Option<(Option<FileId>, Projection)> {
    let mut found = None;
    walk(view.evaluator.follow, Seen::anywhere(value), &mut |seen| {
        let named = view.evaluator.texts(seen).patterns;
        let path = named.iter().map(|pattern| plain(pattern).to_string()).find(|path| path.ends_with(".sql"));
        found = path.and_then(|path| SettingsIndex::file(view.program, value.file, &path));
        if found.is_some() { Go::Done } else { Go::On }
    });
    let file = found?;
    Some((Some(file), view.program.file(file).projections.last()?.clone()))
}

/// The table that a call takes whole, if queries in files make it.
fn table(view: &View<'_>, system: &System, read_at: &ReadAt, call: Node, tables: &Tables<'_>) -> Option<Frame> {
    let name = read_at.get(&call)?.iter().find_map(|(dataset, _)| system.node(*dataset).name.strip_prefix("table:"))?;
    let made = *tables.made.get(&Text::from(name))?;
    Some(table_of(view, call, call, made, tables))
}

/// A query as a table; what the tables that it takes from have besides is left behind.
fn table_of(view: &View<'_>, call: Node, text: Node, made: Query<'_>, tables: &Tables<'_>) -> Frame {
    let within = |span: Span| inside(view.program, text, span);
    let mut frame = Frame { selected: true, ..Frame::default() };
    let whole = gather(tables, (call, &within), made, &mut frame.columns, 0);
    frame.rest = if whole { Rest::Nothing } else { Rest::Others(Vec::new()) };
    frame.selected = whole;
    let sources = || made.1.columns.iter().flat_map(|column| &column.from);
    let mut from: Vec<Text> = sources().map(|(table, _)| *table).collect();
    from.sort_unstable();
    from.dedup();
    for table in from.iter().filter(|table| !tables.whole.contains(*table)) {
        let Some(made) = tables.made.get(table) else { continue };
        let mut columns = Vec::new();
        gather(tables, (call, &|_| view.program.place(call)), *made, &mut columns, 0);
        columns.retain(|column| !sources().any(|(of, name)| of == table && *name == column.name));
        frame.left.extend(columns.into_iter().filter(|column| column.made.is_some()));
    }
    frame
}

/// Collects the columns of a query and of the tables that it takes whole; are these all?
fn gather(
    tables: &Tables<'_>,
    (call, within): (Node, &dyn Fn(Span) -> At),
    made: Query<'_>,
    columns: &mut Vec<Column>,
    depth: usize,
) -> bool {
    let (file, projection) = made;
    for column in projection.columns.iter().filter(|column| column.name != "*") {
        if columns.iter().any(|own| own.name == column.name) {
            continue;
        }
        let at = file.map_or_else(|| within(column.span), |file| At { file, span: column.span });
        let from: Vec<Text> = column.from.iter().map(|(_, name)| *name).collect();
        let computed = !from.is_empty() && !from.contains(&column.name);
        let how = How::Of(Text::from(if column.scaled { "scaled" } else { "query" }), from);
        let made = computed.then(|| Arc::new(Made { by: call, at, how }));
        columns.push(Column { name: column.name, at, made });
    }
    if depth > DEPTH {
        return false;
    }
    let named = !projection.columns.is_empty() || !projection.all_of.is_empty();
    named
        && projection.all_of.iter().all(|table| match tables.made.get(table) {
            Some(inner) => gather(tables, (call, within), *inner, columns, depth + 1),
            None => false,
        })
}
