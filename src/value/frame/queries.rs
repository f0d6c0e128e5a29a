//! What statements of SQL make of tables of the program: its columns and, left behind, those that no statement names.

use std::sync::Arc;

use super::sets::{made, words};
use super::{Column, Frame, Frames, How, Rest, Seen, Work, plain};
use crate::fact::{OpKind, Projection, Text};
use crate::program::{Node, Program};
use crate::source::{At, Span};

/// A statement as it was read.
pub(super) struct Statement {
    text: String,
    value: Node,
    projection: Projection,
}

impl Frames<'_> {
    /// The table that a call's statement makes of tables of the program, if it names any.
    pub(super) fn queried(&self, work: &mut Work, call: &Seen) -> Option<Frame> {
        let named = self.follow().named_tables(call.node);
        if named.is_empty() {
            return None;
        }
        let statement = self.statement(call)?;
        let mut tables: Vec<(Text, Frame)> = Vec::new();
        for (name, node) in named {
            let table = match self.program().owner(*node) == self.program().owner(call.node) {
                true => call.beside(node.value),
                false => Seen::anywhere(*node),
            };
            let frame = self.used(work, &table, call.node.value);
            match tables.iter_mut().find(|(other, _)| other == name) {
                Some((_, other)) => *other = std::mem::take(other).or(frame),
                None => tables.push((*name, frame)),
            }
        }
        Some(self.selected(call.node, &statement, &tables))
    }

    fn selected(&self, call: Node, statement: &Statement, tables: &[(Text, Frame)]) -> Frame {
        let program = self.program();
        let of_table = |table: Text, name: Text| {
            let frame = tables.iter().find(|(other, _)| *other == table).map(|(_, frame)| frame)?;
            frame.columns.iter().find(|column| column.name.eq_ignore_ascii_case(&name))
        };
        let mut frame = Frame { rest: Rest::Nothing, ..Frame::default() };
        for column in statement.projection.columns.iter().filter(|column| column.name != "*") {
            let at = inside(program, statement.value, column.span);
            let name = spelled(&statement.text, column.span, column.name);
            let from: Vec<Text> = column
                .from
                .iter()
                .map(|(table, source)| of_table(*table, *source).map_or(*source, |own| own.name))
                .collect();
            let made = match (column.from.as_slice(), from.as_slice()) {
                ([(table, source)], [of]) if of.eq_ignore_ascii_case(&name) => {
                    let made = of_table(*table, *source).and_then(|own| own.made.clone());
                    Column { name, at, made }
                }
                (_, []) => Column { name, at, made: None },
                _ => {
                    let word = if column.scaled { "scaled" } else { "query" };
                    made(name, at, call, How::Of(Text::from(word), from))
                }
            };
            frame.set(made);
        }
        let mut whole = true;
        for table in &statement.projection.all_of {
            match tables.iter().find(|(name, _)| name == table) {
                Some((_, table)) => {
                    for column in &table.columns {
                        if frame.column(column.name).is_none() {
                            frame.columns.push(column.clone());
                        }
                    }
                    whole &= table.rest == Rest::Nothing;
                }
                None => whole = false,
            }
        }
        if !whole {
            frame.rest = Rest::Others(Vec::new());
        }
        frame.selected = whole;
        let named = words(&statement.text);
        for (_, table) in tables {
            let unnamed = |column: &&Column| !named.iter().any(|word| word.eq_ignore_ascii_case(&column.name));
            for column in table.columns.iter().chain(&table.left).filter(unnamed) {
                if frame.column(column.name).is_none() {
                    frame.leave(column.clone());
                }
            }
            frame
                .reads
                .extend(table.reads.iter().filter(|read| !frame.reads.contains(read)).copied().collect::<Vec<_>>());
        }
        frame
    }

    /// The last query of the statements that a call runs.
    fn statement(&self, call: &Seen) -> Option<Arc<Statement>> {
        if let Ok(known) = self.statements.lock()
            && let Some(known) = known.get(&call.node)
        {
            return known.clone();
        }
        let meaning = self.meaning(call.node)?;
        let value = self.slot(call, &meaning.sql)?;
        let literal = self.program().literal(value.node).map(|text| text.to_string());
        let text = literal.or_else(|| {
            let found = self.evaluator.texts(&Seen::anywhere(value.node)).patterns;
            found.last().map(|pattern| plain(pattern).to_string())
        });
        let statement = text.and_then(|text| {
            let projection = crate::read::sql::projections(&text).pop()?;
            Some(Arc::new(Statement { text, value: value.node, projection }))
        });
        if let Ok(mut known) = self.statements.lock() {
            known.insert(call.node, statement.clone());
        }
        statement
    }
}

/// Where a part of a text stands, if it is written out there; else where the text is.
pub fn inside(program: &Program<'_>, text: Node, part: Span) -> At {
    let at = program.place(text);
    let OpKind::Str(literal) = program.op(text).kind else { return at };
    At { span: at.span.quoted(literal.len(), part).unwrap_or(at.span), ..at }
}

/// A name as it is written in a statement.
fn spelled(text: &str, span: Span, name: Text) -> Text {
    let written = text.get(span.start as usize..span.end as usize);
    let written =
        written.map(|word| word.trim_matches(['"', '`', '[', ']'])).filter(|word| word.eq_ignore_ascii_case(&name));
    written.map_or(name, Text::from)
}
