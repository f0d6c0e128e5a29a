//! Where predictions come to lie: where they are written, and where programs and queries hand them on to.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{Known, Role, View};
use super::loops::Landing;
use super::wide::{Bearing, Reading, Source};
use crate::fact::Text;
use crate::program::Node;
use crate::source::{At, Span};
use crate::system::graph::{NodeId, System};
use crate::vocabulary::NodeKind;

/// Programs and queries in a row that hand predictions on.
const HOPS: usize = 4;
/// More arrivals of one source tell nothing new.
const WIDTH: usize = 200;

/// A prediction that lies somewhere.
#[derive(Clone)]
pub struct Arrival {
    /// The call that predicts.
    pub call: Node,
    /// The column it lies in, if that is known.
    pub column: Option<Text>,
    /// Where it was written first.
    pub first: Node,
    /// Where it was last written or handed on.
    pub at: At,
    /// It was added to what lay there before.
    pub adds: bool,
}

/// All of them, by where they lie.
pub type Arrivals = BTreeMap<Source, Vec<Arrival>>;

/// A query that makes one table of others.
struct Projected {
    from: Source,
    to: Source,
    /// The columns it takes with their new names; all if there are none.
    columns: Vec<(Text, Text)>,
    at: At,
}

/// What is made of what, by programs and by queries.
pub struct Hands<'a> {
    landings: Vec<&'a Landing>,
    borne: Vec<&'a Bearing>,
    reading: FxHashMap<Source, Vec<usize>>,
    projected: FxHashMap<Source, Vec<Projected>>,
    /// Places with unknown parts: what is written there need not be what is read there.
    vague: FxHashSet<Source>,
}

impl<'a> Hands<'a> {
    /// Indexes what bears on what is written.
    pub fn new(view: &View<'_>, system: &System, known: &Known, landings: &'a [Landing], borne: &'a [Bearing]) -> Self {
        let mut reading: FxHashMap<Source, Vec<usize>> = FxHashMap::default();
        for (number, bearing) in borne.iter().enumerate() {
            let sources: FxHashSet<Source> =
                bearing.readings.iter().filter(|r| !r.chooses).map(|reading| reading.source).collect();
            for source in sources {
                reading.entry(source).or_default().push(number);
            }
        }
        let mut projected: FxHashMap<Source, Vec<Projected>> = FxHashMap::default();
        for query in queries(view, system, known) {
            projected.entry(query.from).or_default().push(query);
        }
        let patterns = system.nodes().filter(|(id, node)| node.kind == NodeKind::Dataset && system.is(*id, "pattern"));
        let vague = patterns.map(|(id, _)| Source::Data(id)).collect();
        Self { landings: landings.iter().collect(), borne: borne.iter().collect(), reading, projected, vague }
    }

    /// Where predictions come to lie.
    pub fn arrivals(&self, view: &View<'_>) -> Arrivals {
        let mut arrivals = Arrivals::default();
        let mut fresh: Vec<(Source, Arrival)> = Vec::new();
        for (landing, bearing) in self.landings.iter().zip(&self.borne) {
            for (call, put) in &bearing.predictions {
                let at = view.program.place(landing.at);
                let of_itself = |r: &Reading| r.source == landing.source && !r.chooses;
                let adds = landing.adds || bearing.readings.iter().any(of_itself);
                let arrival = Arrival { call: *call, column: landing.column.or(*put), first: landing.at, at, adds };
                fresh.push((landing.source, arrival));
            }
        }
        for _ in 0..=HOPS {
            let new: Vec<(Source, Arrival)> = fresh
                .into_iter()
                .filter(|(source, arrival)| take(arrivals.entry(*source).or_default(), arrival))
                .collect();
            fresh = new.iter().flat_map(|(source, arrival)| self.next(view, *source, arrival)).collect();
        }
        arrivals
    }

    /// Where what lies somewhere is handed on to.
    fn next(&self, view: &View<'_>, source: Source, arrival: &Arrival) -> Vec<(Source, Arrival)> {
        let mut next = Vec::new();
        for number in self.reading.get(&source).into_iter().flatten() {
            let (landing, bearing) = (self.landings[*number], self.borne[*number]);
            if landing.source == source {
                continue;
            }
            let of = bearing.readings.iter().filter(|r| r.source == source && !r.chooses);
            for reading in of {
                let named = reading.column.is_some() && reading.column == arrival.column;
                let any = reading.column.is_none() || arrival.column.is_none();
                let same = named || (any && !self.vague.contains(&source));
                let gone = |column: &Text| bearing.dropped.contains(column);
                if !same || arrival.column.as_ref().is_some_and(gone) {
                    continue;
                }
                let renamed =
                    |name: Text| bearing.renames.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| *new);
                // A column that is taken alone may be put under any name.
                let column = landing.column.or_else(|| arrival.column.map(renamed));
                let at = view.program.place(landing.at);
                next.push((landing.source, Arrival { column, at, ..arrival.clone() }));
            }
        }
        for query in self.projected.get(&source).into_iter().flatten() {
            let mut hand = |column| next.push((query.to, Arrival { column, at: query.at, ..arrival.clone() }));
            match arrival.column {
                _ if query.columns.is_empty() => hand(arrival.column),
                None => {}
                Some(name) => {
                    query.columns.iter().filter(|(old, _)| *old == name).for_each(|(_, new)| hand(Some(*new)));
                }
            }
        }
        next
    }

    /// The data that some data is made of, itself included.
    pub fn behind(&self, source: Source) -> FxHashSet<Source> {
        let mut found = FxHashSet::from_iter([source]);
        for _ in 0..HOPS {
            let made = self.landings.iter().zip(&self.borne).filter(|(landing, _)| found.contains(&landing.source));
            let read = made.flat_map(|(_, b)| b.readings.iter().filter(|r| !r.chooses).map(|r| r.source));
            let asked = self.projected.values().flatten().filter(|q| found.contains(&q.to)).map(|q| q.from);
            let more: Vec<Source> = read.chain(asked).filter(|s| !found.contains(s)).collect();
            if more.is_empty() {
                break;
            }
            found.extend(more);
        }
        found
    }
}

/// Adds an arrival, unless it is known.
fn take(known: &mut Vec<Arrival>, new: &Arrival) -> bool {
    let same = |old: &Arrival| old.call == new.call && old.column == new.column && old.first == new.first;
    if known.len() >= WIDTH || known.iter().any(same) {
        return false;
    }
    known.push(new.clone());
    true
}

/// The queries in files that make a table of others, and the commands that put data elsewhere as it is.
fn queries(view: &View<'_>, system: &System, known: &Known) -> Vec<Projected> {
    let table = |name: &Text| {
        let id: NodeId = system.find(NodeKind::Dataset, Text::from(&format!("table:{name}")))?;
        Some(Source::Data(id))
    };
    let moved = known.moved.iter().filter(|(from, to, _)| from != to);
    let whole = moved.map(|(from, to, at)| Projected {
        from: Source::Data(*from),
        to: Source::Data(*to),
        columns: Vec::new(),
        at: *at,
    });
    let mut found: Vec<Projected> = whole.collect();
    for file in view.program.files().filter(|file| known.roles[file.index()] != Role::Test) {
        for projection in &view.program.file(file).projections {
            let Some(to) = table(&projection.table) else { continue };
            let mut by_source: BTreeMap<Source, Vec<(Text, Text)>> = BTreeMap::new();
            let mut span = Span::default();
            for column in &projection.columns {
                for (from, name) in &column.from {
                    let Some(from) = table(from) else { continue };
                    by_source.entry(from).or_default().push((*name, column.name));
                    span = column.span;
                }
            }
            let whole = projection.all_of.iter().filter_map(table).map(|from| (from, Vec::new()));
            for (from, columns) in whole.collect::<Vec<_>>().into_iter().chain(by_source) {
                found.push(Projected { from, to, columns, at: At { file, span } });
            }
        }
    }
    found
}

/// The data that queries take for what they make: what must be looked at for predictions as well.
pub fn queried(view: &View<'_>, system: &System, known: &Known) -> Vec<(Source, Source)> {
    queries(view, system, known).into_iter().map(|query| (query.to, query.from)).collect()
}
