//! Data that is read and then overwritten with what was made from it, by code or by one statement of SQL.

use rustc_hash::FxHashMap;

use super::data::is_gated;
use super::derived::Touched;
use super::learning::flows;
use super::{Known, Role, View};
use crate::fact::{Access, OpKind, TableUse, Text};
use crate::lexicon::Subject;
use crate::program::Node;
use crate::source::At;
use crate::system::graph::{NodeId, System};
use crate::value::touches::Touch;
use crate::value::types::Site;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A statement in a file that makes a table anew of the table itself.
fn statements(view: &View<'_>, system: &mut System, known: &Known) {
    for file in view.program.files().filter(|file| known.roles[file.index()] != Role::Test) {
        let tables = &view.program.file(file).tables;
        for made in tables.iter().filter(|used| used.access == Access::Write && !used.declared) {
            let itself = |used: &&TableUse| {
                used.access == Access::Read && used.statement == made.statement && used.table == made.table
            };
            let Some(read) = tables.iter().find(itself) else { continue };
            let Some(dataset) = table(system, &made.table) else { continue };
            let at = |used: &TableUse| At { file, span: used.span };
            let symbol = Text::from(view.program.path(file));
            let group = system.add(NodeKind::Group, system.node(dataset).name, at(made), symbol);
            system.say(group, "what", "rewrite");
            system.say(group, "role", known.roles[file.index()].word());
            system.join(EdgeKind::Reads, group, dataset, at(read), Certainty::Seen);
            system.join(EdgeKind::Writes, group, dataset, at(made), Certainty::Seen);
        }
    }
}

/// The same of a statement that stands in code; in a test it is for the test alone.
pub fn by_text(system: &mut System, role: Role, at: At, symbol: Text, touched: &Touched) {
    let written = touched.iter().filter(|(_, access, _)| *access == Access::Write && role != Role::Test);
    let itself =
        |(statement, _, dataset): &&(u32, Access, NodeId)| touched.contains(&(*statement, Access::Read, *dataset));
    let found: Vec<NodeId> = written.filter(itself).map(|(.., dataset)| *dataset).collect();
    for dataset in found {
        if system.is(dataset, "pattern") {
            continue;
        }
        let group = system.add(NodeKind::Group, system.node(dataset).name, at, symbol);
        system.say(group, "what", "rewrite");
        system.say(group, "role", role.word());
        system.join(EdgeKind::Reads, group, dataset, at, Certainty::Inferred);
        system.join(EdgeKind::Writes, group, dataset, at, Certainty::Inferred);
    }
}

/// The dataset of a table.
fn table(system: &System, name: &str) -> Option<NodeId> {
    system.find(NodeKind::Dataset, Text::from(&format!("table:{name}")))
}

/// A body that reads a place and later writes the whole of it, from a value that came from that reading.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    statements(view, system, known);
    let touches: Vec<(&Touch<'_>, NodeId)> =
        view.touches.all.iter().zip(&known.datasets).filter_map(|(t, d)| d.map(|d| (t, d))).collect();
    let mut reads: FxHashMap<NodeId, Vec<&Touch<'_>>> = FxHashMap::default();
    for (touch, dataset) in &touches {
        if touch.access == Access::Read {
            reads.entry(*dataset).or_default().push(touch);
        }
    }
    for (write, dataset) in &touches {
        // A model that goes on from where it stopped is read and written by nature.
        if write.access != Access::Write
            || write.subject == Subject::Model
            || matches!(known.roles[write.root.file.index()], Role::Test)
            // What one request leaves for the next is a state.
            || known.handlers.contains(&write.within)
        {
            continue;
        }
        let Some(value) = write.value else { continue };
        for read in reads.get(dataset).into_iter().flatten() {
            let here = read.within == write.within && read.call.value < write.call.value;
            let after = here || is_called_after(read, write) || is_fetched(view, read, write);
            // With unknown parts in the place, only the very same value is the same place.
            let pattern = system.is(*dataset, "pattern");
            let same = !pattern || same_place(view, read, write);
            // What is read only if it is there already is what the program itself has kept.
            if after
                && same
                && !(pattern && is_record(&system.node(*dataset).name))
                && !is_gated(view, read.call)
                && flows(view, read.call, value, &write.way)
            {
                // The body's own places are told: the path may have come from far away.
                let name = system.node(*dataset).name;
                // Of a helper's own body nothing is to be seen there: its callers are.
                let (body, from, to) = match here {
                    true => (write.within, read.call, write.call),
                    false => (write.root, read.top(view.program), write.top(view.program)),
                };
                let group = system.add(NodeKind::Group, name, view.program.place(to), view.symbol(body));
                system.say(group, "what", "rewrite");
                system.say(group, "role", known.roles[body.file.index()].word());
                system.join(EdgeKind::Reads, group, *dataset, view.program.place(from), Certainty::Inferred);
                system.join(EdgeKind::Writes, group, *dataset, view.program.place(to), Certainty::Inferred);
                break;
            }
        }
    }
}

/// Does the body that writes call the function that reads?
fn is_fetched(view: &View<'_>, read: &Touch<'_>, write: &Touch<'_>) -> bool {
    let here = view.types.callers.get(&read.within).map_or(&[][..], Vec::as_slice);
    let called = |site: &Site| site.within == write.within && site.call.value < write.call.value;
    read.way.is_empty() && write.way.is_empty() && read.within.id != 0 && here.iter().any(called)
}

/// Does one body call for the reading and, further down, for the writing?
fn is_called_after(read: &Touch<'_>, write: &Touch<'_>) -> bool {
    let top = |touch: &Touch<'_>| touch.way.first().map_or(touch.call, |site| site.call);
    let (first, second) = (top(read), top(write));
    read.root == write.root
        && !(read.way.is_empty() && write.way.is_empty())
        && first.file == second.file
        && first.value < second.value
}

/// One file for each of many things is a store of records, which are changed in place; what models learn from is seldom
/// kept in that form.
fn is_record(name: &str) -> bool {
    matches!(name.rsplit('.').next(), Some("json" | "yaml" | "yml" | "toml"))
}

/// Do two touches of a body get their places in the same way from the same values?
pub fn same_place(view: &View<'_>, left: &Touch<'_>, right: &Touch<'_>) -> bool {
    match (left.place, right.place) {
        (Some(left), Some(right)) => same_value(view, left, right, 0),
        _ => false,
    }
}

/// Do two values of a body come about in the same way from the same values?
pub fn same_value(view: &View<'_>, left: Node, right: Node, depth: usize) -> bool {
    if left == right {
        return true;
    }
    if depth > 12 || left.file != right.file {
        return false;
    }
    let same = |l: u32, r: u32| same_value(view, Node { value: l, ..left }, Node { value: r, ..right }, depth + 1);
    let all = |l, r| {
        let (l, r) = (view.program.operands(left.file, l), view.program.operands(right.file, r));
        l.len() == r.len() && l.iter().zip(r).all(|(l, r)| l.role == r.role && same(l.value, r.value))
    };
    match (view.program.op(left).kind, view.program.op(right).kind) {
        (OpKind::Str(l), OpKind::Str(r))
        | (OpKind::Global(l), OpKind::Global(r))
        | (OpKind::Path(l), OpKind::Path(r)) => l == r,
        (OpKind::Int(l), OpKind::Int(r)) => l == r,
        (OpKind::Import(l), OpKind::Import(r)) => {
            view.program.imported(left.file, l) == view.program.imported(right.file, r)
        }
        (OpKind::Attr(l, m), OpKind::Attr(r, n)) => m == n && same(l, r),
        (OpKind::Index(l, i), OpKind::Index(r, j)) => same(l, r) && same(i, j),
        (OpKind::Binary(o, l, i), OpKind::Binary(p, r, j)) => o == p && same(l, r) && same(i, j),
        (OpKind::Call(l, i), OpKind::Call(r, j)) => same(l, r) && all(i, j),
        (OpKind::Format(l), OpKind::Format(r))
        | (OpKind::Tuple(l), OpKind::Tuple(r))
        | (OpKind::List(l), OpKind::List(r)) => all(l, r),
        _ => false,
    }
}
