//! Parses one statement in the dialect that fits, behind guards: the parser recurses, and has no limit on all ways.

use std::borrow::Cow;

use sqlparser::ast::Statement;
use sqlparser::dialect::{
    BigQueryDialect, DatabricksDialect, Dialect, DuckDbDialect, GenericDialect, HiveDialect, MsSqlDialect,
    MySqlDialect, PostgreSqlDialect, SQLiteDialect, SnowflakeDialect,
};
use sqlparser::parser::{Parser, ParserError, ParserOptions};
use sqlparser::tokenizer::Location;

use super::columns::{self, Selected};
use super::cursor::Cursor;
use super::forms::{self, Form};
use super::learning;
use super::mask::Mask;
use super::split::{Piece, is_word};
use super::tables::{self, Use};
use crate::fact::ProblemKind;

/// Longer statements are not parsed.
const MAX_SIZE: usize = 256 * 1024;
/// Nor those whose parentheses nest deeper.
const MAX_DEPTH: usize = 200;
/// The parser recurses at every join in some dialects.
const MAX_JOINS: usize = 200;
/// A chain of unions is a tree as deep as it is long.
const MAX_UNIONS: usize = 500;
/// How deep the parser may recurse; its own limit is lower than what real models need.
const RECURSION: usize = 200;
/// What that needs at most, in bytes; what is not touched costs nothing.
const STACK: usize = 64 << 20;
/// What is made if less is left; unoptimised builds need more.
const NEW_STACK: usize = 4 * STACK;
/// How many hidden parts that stand where no name can are taken out, one after the other.
const REPAIRS: usize = 4;

/// Why a statement was not read.
#[derive(Debug)]
pub struct Failure {
    /// What kind of trouble.
    pub kind: ProblemKind,
    /// In words.
    pub reason: String,
    /// Where, in bytes of the statement.
    pub at: usize,
}

/// Runs `work` on a stack that is large enough to parse, walk and drop what the guards let through.
pub fn on_large_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK, NEW_STACK, work)
}

/// What a statement says.
#[derive(Debug, Default)]
pub struct Said {
    /// The tables it touches.
    pub uses: Vec<Use>,
    /// What its query makes.
    pub selected: Vec<Selected>,
}

/// What a statement says, with spans in bytes of it; to be called on a large stack.
///
/// # Errors
/// If the statement is too large or no dialect knows it.
pub fn said(piece: &Piece, mask: &Mask) -> Result<Said, Failure> {
    if let Some((kind, reason)) = refused(piece) {
        return Err(Failure { kind, reason: reason.to_owned(), at: 0 });
    }
    let (_, text) = learning::models(mask.text.get(piece.span.clone()).unwrap_or_default());
    if let Some(form) = forms::early(&text) {
        return formed(form, mask);
    }
    repaired(&text, mask).or_else(|failure| match forms::late(&text) {
        Some(form) => formed(form, mask).map_err(|_| failure),
        None => Err(failure),
    })
}

fn refused(piece: &Piece) -> Option<(ProblemKind, &'static str)> {
    match piece {
        _ if piece.span.len() > MAX_SIZE => Some((ProblemKind::TooLarge, "statement over 256 KiB")),
        _ if piece.depth > MAX_DEPTH => Some((ProblemKind::TooDeep, "over 200 nested parentheses")),
        _ if piece.joins > MAX_JOINS => Some((ProblemKind::TooDeep, "over 200 joins")),
        _ if piece.unions > MAX_UNIONS => Some((ProblemKind::TooDeep, "over 500 set operations")),
        _ => None,
    }
}

/// What a statement in another form says.
fn formed(form: Form, mask: &Mask) -> Result<Said, Failure> {
    let mut said = if form.text.trim().is_empty() { Said::default() } else { repaired(&form.text, mask)? };
    let files = form.files.into_iter().map(|(access, path)| Use::beside(access, &path, true, mask));
    let tables = form.tables.into_iter().map(|(access, name)| Use::beside(access, &name, false, mask));
    said.uses.extend(tables.chain(files));
    Ok(said)
}

/// A hidden part may stand for a clause or for nothing: where a name cannot be, it is taken out.
fn repaired(text: &str, mask: &Mask) -> Result<Said, Failure> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..REPAIRS {
        match parse(&text) {
            Ok(statements) => return Ok(understood(&statements, mask, &text)),
            Err(failure) if mask.begins(&text[failure.at..]) => {
                let hole = text[failure.at..].bytes().take_while(|b| is_word(*b)).count();
                text.to_mut().replace_range(failure.at..failure.at + hole, &" ".repeat(hole));
            }
            Err(failure) => return Err(failure),
        }
    }
    parse(&text).map(|statements| understood(&statements, mask, &text))
}

fn understood(statements: &Vec<Statement>, mask: &Mask, text: &str) -> Said {
    Said { uses: tables::uses(statements, mask, text), selected: columns::selected(statements, mask, text) }
}

/// Parses in the first dialect that can; if none can, the failure that came furthest.
fn parse(text: &str) -> Result<Vec<Statement>, Failure> {
    let dialects: [&dyn Dialect; 10] = [
        &GenericDialect {},
        &BigQueryDialect {},
        &SnowflakeDialect,
        &PostgreSqlDialect {},
        &HiveDialect {},
        &DatabricksDialect {},
        &DuckDbDialect {},
        &SQLiteDialect {},
        &MySqlDialect {},
        &MsSqlDialect {},
    ];
    let mut furthest = (Location::empty(), String::new());
    for dialect in dialects {
        let options = ParserOptions::new().with_trailing_commas(true);
        let parser = Parser::new(dialect).with_options(options).with_recursion_limit(RECURSION);
        let error = match parser.try_with_sql(text).and_then(|mut p| p.parse_statements()) {
            Ok(statements) => return Ok(statements),
            Err(ParserError::RecursionLimitExceeded) => {
                return Err(Failure { kind: ProblemKind::TooDeep, reason: "nested too deeply".to_owned(), at: 0 });
            }
            Err(ParserError::ParserError(message) | ParserError::TokenizerError(message)) => placed(&message),
        };
        if furthest.1.is_empty() || error.0 > furthest.0 {
            furthest = error;
        }
    }
    let (place, reason) = furthest;
    let at = Cursor::new(text).reach(place);
    Err(Failure { kind: ProblemKind::Syntax, reason, at })
}

/// Takes an error's place out of its message.
fn placed(message: &str) -> (Location, String) {
    let words = |text: &str| text.chars().take(200).collect::<String>();
    let Some((reason, place)) = message.rsplit_once(" at Line: ") else {
        return (Location::empty(), words(message));
    };
    let numbers = place.split_once(", Column: ").and_then(|(l, c)| Some((l.parse().ok()?, c.trim().parse().ok()?)));
    (numbers.map_or(Location::empty(), |(line, column)| Location { line, column }), words(reason))
}
