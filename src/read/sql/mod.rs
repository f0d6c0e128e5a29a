//! SQL: which tables a statement reads and writes.

mod columns;
mod cursor;
mod forms;
mod jinja;
mod learning;
mod mask;
mod parse;
mod split;
mod tables;
#[cfg(test)]
mod tests;

use mask::Mask;
use rustc_hash::FxHashSet;
use split::{Piece, split};
use tables::Use;

use super::comments::{line_comments, notes};
use super::conditions::{Condition, conditions};
use crate::fact::{
    Access, Compared, Declaration, Facts, ModelUse, ProblemKind, ProjectedColumn, Projection, TableUse, Text, Word,
};
use crate::source::Span;

/// Words that begin statements which touch data.
const DATA: &str = "select with insert replace update delete merge copy truncate load export unload cache";
/// Words that begin statements which may touch data or only say how it is kept.
const MIXED: &str = "create drop explain";
/// Words that begin statements which touch no data.
const OTHER: &str = "alter analyze attach begin call comment commit declare delimiter desc describe detach do else end \
                     exec execute grant if install lock optimize pragma print refresh reset return revoke \
                     rollback set show start unlock use vacuum while";

/// The tables of SQL that stands in a string, in which `{}` is what is not known; prose has none.
pub fn statement(text: &str) -> Vec<TableUse> {
    let mask = Mask::new(text);
    let pieces = split(&mask.text);
    if !pieces.first().is_some_and(|p| is_any(head(&mask, p), &[DATA, MIXED, OTHER])) {
        return Vec::new();
    }
    let readable = pieces.iter().filter(|p| is_any(head(&mask, p), &[DATA, MIXED]));
    let numbered = (0..).zip(readable);
    let placed = |(number, p)| placed(p, number, parse::said(p, &mask).unwrap_or_default().uses);
    parse::on_large_stack(|| numbered.flat_map(placed).collect())
}

/// The models that SQL in a string fits or asks.
pub fn models(text: &str) -> Vec<ModelUse> {
    let mask = Mask::new(text);
    let pieces = split(&mask.text);
    parse::on_large_stack(|| pieces.iter().flat_map(|piece| of_piece(piece, &mask)).collect())
}

/// The models of a statement, with the tables beside them.
fn of_piece(piece: &Piece, mask: &Mask) -> Vec<ModelUse> {
    let text = mask.text.get(piece.span.clone()).unwrap_or_default();
    let (found, _) = learning::models(text);
    if found.is_empty() {
        return Vec::new();
    }
    let parse::Said { uses, selected } = parse::said(piece, mask).unwrap_or_default();
    let gives: Vec<Projection> = selected.into_iter().map(|made| projection(piece, made)).collect();
    let of = |model: learning::Model| {
        let tables = |read: bool| {
            let touched = uses.iter().filter(move |u| (u.access == Access::Read) == read).map(|u| Text::from(&u.table));
            touched.filter(|table| *table != mask.restore(&model.name)).collect()
        };
        let start = piece.span.start;
        ModelUse {
            model: Text::from(&mask.restore(&model.name)),
            fitted: model.fitted,
            reads: tables(true),
            writes: tables(false),
            adds: uses.iter().any(|u| u.access == Access::Append),
            names: uses.iter().filter(|u| u.access == Access::Read).flat_map(|u| u.columns.iter().copied()).collect(),
            gives: gives.clone(),
            span: Span::new(start + model.span.start, start + model.span.end),
        }
    };
    found.into_iter().map(of).collect()
}

/// What the queries of SQL that stands in a string give.
pub fn projections(text: &str) -> Vec<Projection> {
    let mask = Mask::new(text);
    let pieces = split(&mask.text);
    let readable = pieces.iter().filter(|p| is_any(head(&mask, p), &[DATA, MIXED]));
    parse::on_large_stack(|| {
        let said = readable.flat_map(|p| {
            let selected = parse::said(p, &mask).unwrap_or_default().selected;
            selected.into_iter().map(move |made| projection(p, made))
        });
        said.collect()
    })
}

/// The table that an expression of a template means: `ref('x')`, `source('s', 't')`.
pub fn referred(expression: &str) -> Option<String> {
    jinja::table(expression)
}

/// The facts of a file of SQL statements; `stem` is its name without the ending.
pub fn file(text: &str, stem: &str) -> Facts {
    let mask = Mask::new(text);
    let pieces = split(&mask.text);
    let mut facts = Facts::default();
    let mut schema = None;
    parse::on_large_stack(|| {
        for (number, piece) in (0..).zip(&pieces) {
            let before = facts.tables.len();
            add(&mut facts, piece, number, &mask);
            qualify(&mut facts.tables[before..], schema.as_deref());
            schema = chosen(&mask, piece).or(schema.take());
        }
    });
    let alias = jinja::alias(text).map(|(name, span)| (Text::from(&name), Span::new(span.start, span.end)));
    facts.declarations.extend(alias.map(|(text, span)| Declaration::Alias(Word { text, span })));
    let model = model(text, stem, &mask, &pieces, &facts.tables);
    facts.tables.extend(model);
    let known: FxHashSet<Text> = facts.tables.iter().map(|t| t.table).collect();
    let referred = mask.referred.iter().map(|(name, span)| named((name, span.clone())));
    facts.tables.extend(referred.filter(|t| !known.contains(&t.table)));
    let compared = |c: Condition| {
        let span = Span::new(c.range.start, c.range.end);
        Compared { column: Text::from(&c.column), number: c.number, span }
    };
    facts.chosen = pieces.iter().flat_map(|piece| chosen_rows(&mask, piece)).collect();
    facts.conditions = conditions(text).into_iter().map(compared).collect();
    facts.notes = notes(text, line_comments(text, &["--", "#"]).into_iter());
    facts
}

/// Adds what one statement says.
fn add(facts: &mut Facts, piece: &Piece, number: u32, mask: &Mask) {
    if is_any(head(mask, piece), &[OTHER]) {
        return;
    }
    facts.models.extend(of_piece(piece, mask));
    match parse::said(piece, mask) {
        Ok(said) => {
            facts.projections.extend(said.selected.into_iter().map(|made| projection(piece, made)));
            facts.tables.extend(placed(piece, number, said.uses));
        }
        Err(failure) => {
            facts.tables.extend(hidden(piece, mask).into_iter().map(|table| TableUse { statement: number, ..table }));
            if facts.problems.is_empty() && matters(mask, piece) {
                trouble(facts, piece, mask, failure);
            }
        }
    }
}

/// Is one of the words of these lists.
fn is_any(word: &str, lists: &[&str]) -> bool {
    lists.iter().any(|list| list.split(' ').any(|w| word.eq_ignore_ascii_case(w)))
}

/// A statement's first word.
fn head<'a>(mask: &'a Mask, piece: &Piece) -> &'a str {
    mask.text.get(piece.head.clone()).unwrap_or_default()
}

/// The schema that a statement chooses for those behind it: `SET search_path TO risk, public`, `USE risk`.
fn chosen(mask: &Mask, piece: &Piece) -> Option<String> {
    let text = mask.text.get(piece.head.start..piece.span.end)?;
    let words =
        || text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '{' | '}'))).filter(|w| !w.is_empty());
    let mut rest = words();
    let (first, second) = (rest.next()?, rest.next()?);
    let name = match () {
        () if is_any(first, &["use"]) && is_any(second, &["schema database"]) => rest.next()?,
        () if is_any(first, &["use"]) => second,
        () if is_any(first, &["set"]) && is_any(second, &["search_path schema"]) => {
            rest.find(|word| !is_any(word, &["to"]))?
        }
        () => return None,
    };
    let name = mask.restore(name).to_lowercase();
    (name != "public" && !name.contains("{}")).then_some(name)
}

/// Puts the chosen schema in front of tables without one.
fn qualify(tables: &mut [TableUse], schema: Option<&str>) {
    let Some(schema) = schema else { return };
    for table in tables.iter_mut().filter(|t| !t.file && !t.declared && !t.table.contains('.')) {
        table.table = Text::from(&format!("{schema}.{}", table.table));
    }
}

/// The lines of the conditions by which a query chooses rows that compare something.
fn chosen_rows(mask: &Mask, piece: &Piece) -> Vec<Word> {
    if !is_any(head(mask, piece), &["select with insert create merge"]) {
        return Vec::new();
    }
    let text = mask.text.get(piece.span.clone()).unwrap_or_default();
    let (mut found, mut at, mut inside) = (Vec::new(), piece.span.start, false);
    for line in text.split_inclusive('\n') {
        let first = line.split_whitespace().next().unwrap_or_default();
        inside = match () {
            () if is_any(first, &["where and or"]) => true,
            () if is_any(first, &["group order limit qualify union select from"]) => false,
            () => inside,
        };
        if inside && line.contains(['<', '>']) {
            let span = Span::new(at, at + line.trim_end().len());
            found.push(Word { text: Text::from(line.trim_end()), span });
        }
        at += line.len();
    }
    found
}

fn placed(piece: &Piece, statement: u32, uses: Vec<Use>) -> Vec<TableUse> {
    let place = |found: Use| {
        let start = piece.span.start;
        let span = found.span.map_or(piece.head.clone(), |s| start + s.start..start + s.end);
        TableUse {
            table: Text::from(&found.table),
            columns: found.columns,
            access: found.access,
            statement,
            file: found.file,
            declared: found.declared,
            asked: Text::from(&found.asked),
            span: Span::new(span.start, span.end),
        }
    };
    uses.into_iter().map(place).collect()
}

fn projection(piece: &Piece, made: columns::Selected) -> Projection {
    let start = piece.span.start;
    let column = |made: columns::Made| ProjectedColumn {
        name: made.name,
        from: made.from,
        scaled: made.scaled,
        span: Span::new(start + made.span.start, start + made.span.end),
    };
    Projection { table: made.table, columns: made.columns.into_iter().map(column).collect(), all_of: made.all_of }
}

/// What a template says it reads can be told even if it becomes SQL only when filled in.
fn hidden(piece: &Piece, mask: &Mask) -> Vec<TableUse> {
    mask.known(&piece.span).map(named).collect()
}

/// A table that a template names, to read from it.
fn named((name, span): (&str, std::ops::Range<usize>)) -> TableUse {
    TableUse {
        table: Text::from(&name.to_lowercase()),
        columns: Vec::new(),
        access: Access::Read,
        statement: 0,
        file: false,
        declared: true,
        asked: Text::default(),
        span: Span::new(span.start, span.end),
    }
}

/// A statement that touches no data may be unknown to the parser.
fn matters(mask: &Mask, piece: &Piece) -> bool {
    let words = mask.text.get(piece.head.start..piece.span.end).unwrap_or_default().split_ascii_whitespace().take(5);
    let head = head(mask, piece);
    !is_any(head, &[MIXED]) || words.skip(1).any(|w| is_any(w, &["table view select"]))
}

fn trouble(facts: &mut Facts, piece: &Piece, mask: &Mask, failure: parse::Failure) {
    let at = (piece.span.start + failure.at).max(piece.head.start);
    let end = mask.text[at..].find(|c: char| !c.is_alphanumeric() && c != '_').map_or(mask.text.len(), |n| at + n);
    let template = failure.kind == ProblemKind::Syntax && mask.template;
    let kind = if template { ProblemKind::Template } else { failure.kind };
    facts.trouble(kind, failure.reason, Span::new(at, end));
}

/// A dbt model: a templated file of one query makes the table that bears its name.
fn model(text: &str, stem: &str, mask: &Mask, pieces: &[Piece], tables: &[TableUse]) -> Option<TableUse> {
    let [piece] = pieces else { return None };
    let templated = text.contains("{{") || text.contains("{%");
    let query = is_any(head(mask, piece), &["select with"]) && tables.iter().all(|t| t.access == Access::Read);
    (templated && query).then(|| TableUse {
        table: Text::from(&stem.to_lowercase()),
        columns: Vec::new(),
        access: Access::Write,
        statement: 0,
        file: false,
        declared: true,
        asked: Text::default(),
        span: Span::new(piece.head.start, piece.head.end),
    })
}
