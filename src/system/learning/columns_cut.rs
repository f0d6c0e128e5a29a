//! Columns that hold a model's scores, and where statements of SQL and conditions in texts cut them.

use rustc_hash::FxHashSet;

use super::super::{Known, Role, View};
use super::arrivals::Arrivals;
use super::wide::Source;
use super::{Acts, datasets};
use crate::fact::{Access, OpKind, Text};
use crate::program::Node;
use crate::read::conditions::{Condition, conditions};
use crate::source::{At, FileId, Kind};
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::vocabulary::NodeKind;

/// Values looked at for the data behind a table.
const STEPS: usize = 80;

/// The columns that hold predictions.
pub struct Scored<'a> {
    arrivals: &'a Arrivals,
    names: FxHashSet<Text>,
}

/// A score that a text cuts.
pub struct TextCut {
    /// Where.
    pub at: At,
    /// At what.
    pub number: f64,
    /// The predictions.
    pub scores: Vec<Node>,
    /// It makes data, and does not only read it.
    pub writes: bool,
}

impl<'a> Scored<'a> {
    /// Looks at where predictions lie.
    pub fn new(arrivals: &'a Arrivals) -> Self {
        let columns = arrivals.values().flatten().filter_map(|arrival| arrival.column);
        Self { arrivals, names: columns.collect() }
    }

    /// The predictions in a column of data: by its name, or of whole rows by what such columns are called.
    fn of(&self, view: &View<'_>, data: NodeId, column: &str) -> Vec<Node> {
        let lies = self.arrivals.get(&Source::Data(data)).into_iter().flatten();
        let named = |name: Option<Text>| match name {
            Some(name) => name.eq_ignore_ascii_case(column),
            None => view.lexicon.words.names_score(column),
        };
        let mut found: Vec<Node> = lies.filter(|a| named(a.column)).map(|a| a.call).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The predictions that a column of a table that was read holds: `frame["score"]`.
    pub fn read(&self, view: &View<'_>, acts: &Acts<'_>, seen: &Seen) -> Vec<Node> {
        let (object, column) = match view.program.op(seen.node).kind {
            OpKind::Index(object, index) => (object, view.program.literal(seen.beside(index).node)),
            OpKind::Attr(object, name) => (object, Some(name)),
            _ => return Vec::new(),
        };
        let Some(column) = column.filter(|c| self.names.contains(c) || view.lexicon.words.names_score(c)) else {
            return Vec::new();
        };
        if self.arrivals.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut steps = 0;
        walk(view.evaluator.follow, seen.beside(object), &mut |seen| {
            steps += 1;
            if acts.read_at.contains_key(&seen.node) {
                found.extend(datasets(seen, acts).into_iter().flat_map(|data| self.of(view, data, &column)));
                return Go::Stop;
            }
            if steps > STEPS { Go::Done } else { Go::On }
        });
        found
    }

    /// Where files of SQL, and statements in code, cut them.
    pub fn stated(&self, view: &View<'_>, system: &System, known: &Known) -> Vec<TextCut> {
        let mut cuts = Vec::new();
        let real = |file: FileId| !matches!(known.roles[file.index()], Role::Test | Role::Prototype);
        if self.arrivals.is_empty() {
            return cuts;
        }
        for file in view.program.files().filter(|file| real(*file)) {
            let source = &view.program.sources[file.index()];
            if source.kind != Kind::Sql {
                continue;
            }
            let tables = &view.program.file(file).tables;
            let node = |table: &Text| system.find(NodeKind::Dataset, Text::from(&format!("table:{table}")));
            let read: Vec<NodeId> =
                tables.iter().filter(|t| t.access == Access::Read).filter_map(|t| node(&t.table)).collect();
            let writes = tables.iter().any(|t| matches!(t.access, Access::Write | Access::Append));
            for condition in &view.program.file(file).conditions {
                let at = At { file, span: condition.span };
                cuts.extend(self.cut(view, &read, (&condition.column, condition.number), at, writes));
            }
        }
        let mut told: FxHashSet<(Node, Option<NodeId>)> = FxHashSet::default();
        for query in known.queries.iter().filter(|q| q.access == Access::Read && real(q.call.file)) {
            let Some(text) = statement(view, query.call) else { continue };
            if !told.insert((text, Some(query.dataset))) {
                continue;
            }
            let Some(literal) = view.program.literal(text) else { continue };
            for condition in conditions(&literal) {
                let Condition { column, number, .. } = condition;
                cuts.extend(self.cut(view, &[query.dataset], (&column, number), view.program.place(text), false));
            }
        }
        cuts
    }

    fn cut(
        &self,
        view: &View<'_>,
        read: &[NodeId],
        (column, number): (&str, f64),
        at: At,
        writes: bool,
    ) -> Option<TextCut> {
        let scores: Vec<Node> = read.iter().flat_map(|data| self.of(view, *data, column)).collect();
        (!scores.is_empty()).then_some(TextCut { at, number, scores, writes })
    }
}

/// The text of the statement that a call runs.
pub fn statement(view: &View<'_>, call: Node) -> Option<Node> {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return None };
    let operands = view.program.operands(call.file, operands).iter();
    operands.map(|o| Node { value: o.value, ..call }).find_map(|start| {
        let mut found = None;
        let mut steps = 0;
        walk(view.evaluator.follow, Seen::anywhere(start), &mut |seen| {
            steps += 1;
            if view.program.literal(seen.node).is_some_and(|text| text.contains(' ')) {
                found = Some(seen.node);
                return Go::Done;
            }
            if steps > STEPS { Go::Stop } else { Go::On }
        });
        found
    })
}
