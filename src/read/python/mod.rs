//! Python source (ruff's error-tolerant parser) lowered to facts.

mod aside;
mod expression;
pub mod old;
mod statement;

use std::collections::VecDeque;

use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_ast::{Expr, Parameters, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;

use crate::fact::{
    DefId, DefKind, Definition, Facts, Literal, OpKind, Operand, Operands, ProblemKind, Role, Text, Val,
};
use crate::read::scope::Scope;
use crate::source::Span;

/// Nesting beyond this is not code that people wrote; the deepest in 26,558 real files is 567.
const DEPTH_LIMIT: usize = 1000;

/// Brackets inside each other that the parser is trusted with.
const BRACKET_LIMIT: usize = 4 * DEPTH_LIMIT;

/// Strings longer than this are data or prose: neither a place nor a statement of SQL.
const TEXT_LIMIT: usize = 16 * 1024;

/// The problems of one file that are worth keeping.
const PROBLEM_LIMIT: usize = 16;

/// Reads a Python module, script or the joined cells of a notebook.
pub fn read(text: &str) -> Facts {
    let mut facts = Facts::default();
    if nests_too_deeply(text) {
        facts.trouble(ProblemKind::TooDeep, "brackets nest too deeply", Span::default());
        return facts;
    }
    let parse = |text: &str| parse_unchecked(text, ParseOptions::from(Mode::Module));
    let mut parsed = parse(text);
    // What does not parse may be Python 2.
    let rewritten = if parsed.errors().is_empty() { None } else { old::without_print(text) };
    if let Some(rewritten) = &rewritten {
        let again = parse(rewritten);
        if again.errors().len() < parsed.errors().len() {
            facts.literals.push(Literal {
                text: Text::from(old::OLD),
                key: Text::from(old::OLD),
                span: Span::default(),
            });
            parsed = again;
        }
    }
    for error in parsed.errors().iter().take(PROBLEM_LIMIT) {
        facts.trouble(ProblemKind::Syntax, error.error.to_string(), span(error.location));
    }
    let comments = parsed.tokens().iter().filter(|t| t.kind().is_comment()).map(|t| span(t.range()));
    facts.notes = super::comments::notes(text, comments.clone());
    facts.asides = aside::set_aside(text, comments.clone());
    facts.omitted = aside::omitted(text, comments.clone());
    facts.admissions = aside::admitted(text, comments.clone());
    facts.injected = parameter_cells(text, comments);
    let said = |t: &&Token| t.kind().is_comment() || matches!(t.kind(), TokenKind::String);
    let words = parsed.tokens().iter().filter(said).map(|t| span(t.range()));
    facts.credits = super::comments::credits(text, words);
    let Some(parsed) = parsed.try_into_module() else { return facts };
    let suite = parsed.into_suite();
    facts.literals.extend(usage(&suite));
    let mut lowering = Lowering { facts, ..Lowering::default() };
    lowering.module(&suite, text.len());
    let too_deep = lowering.too_deep;
    let facts = lowering.facts;
    if too_deep {
        // Dropping a very deep tree recurses as deeply as it nests.
        stacker::grow(1024 * 1024 + 160 * text.len(), move || drop(suite));
    }
    facts
}

/// The name before the text with which a module says how it is used.
pub const USAGE: &str = "usage";

/// The module's own text, if it says how the program is used.
fn usage(suite: &[Stmt]) -> Option<Literal> {
    let Stmt::Expr(first) = suite.first()? else { return None };
    let text = first.value.as_string_literal_expr()?.value.to_str();
    let says = text.lines().any(|line| line.trim_start().to_ascii_lowercase().starts_with("usage:"));
    says.then(|| Literal { text: Text::from(text), key: Text::from(USAGE), span: span(first.range()) })
}

/// Cells of a script in the percent or light format of notebooks that are tagged `parameters`.
fn parameter_cells(text: &str, comments: impl Iterator<Item = Span>) -> Vec<Span> {
    let mut cells: Vec<Span> = Vec::new();
    if memchr::memmem::find(text.as_bytes(), b"\"parameters\"").is_none() {
        return cells;
    }
    let mut open: Option<u32> = None;
    for comment in comments {
        let words = text.get(comment.start as usize..comment.end as usize).unwrap_or_default();
        let words = words.trim_start_matches('#').trim_start();
        if !words.starts_with("%%") && words != "-" && words != "+" && !words.starts_with("+ ") {
            continue;
        }
        cells.extend(open.take().map(|start| Span { start, end: comment.start }));
        open = words.contains("\"parameters\"").then_some(comment.end);
    }
    cells.extend(open.map(|start| Span::new(start as usize, text.len())));
    cells
}

/// The parser needs about a kilobyte a level: refuse before it is spent.
fn nests_too_deeply(text: &str) -> bool {
    // Few files hold that many brackets at all.
    let brackets = memchr::memchr3_iter(b'(', b'[', b'{', text.as_bytes()).count();
    if brackets <= BRACKET_LIMIT {
        return false;
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest > BRACKET_LIMIT
}

fn span(range: TextRange) -> Span {
    Span { start: range.start().to_u32(), end: range.end().to_u32() }
}

/// A body that waits until the one it stands in is complete, so that every body is one run of operations.
enum Body<'a> {
    /// A module or class.
    Plain(&'a [Stmt]),
    Function(&'a Parameters, &'a [Stmt]),
    Lambda(Option<&'a Parameters>, &'a Expr),
}

#[derive(Default)]
struct Lowering<'a> {
    facts: Facts,
    scope: Scope<'a>,
    waiting: VecDeque<(DefId, Body<'a>)>,
    words: FxHashMap<&'a str, Text>,
    depth: usize,
    too_deep: bool,
    /// Inside a `try` that handles import errors, or under `TYPE_CHECKING`.
    optional: bool,
}

impl<'a> Lowering<'a> {
    fn module(&mut self, suite: &'a [Stmt], length: usize) {
        let whole = Span::new(0, length);
        self.define(DefKind::Module, "<module>", Span::default(), whole);
        self.waiting.push_back((0, Body::Plain(suite)));
        while let Some((definition, body)) = self.waiting.pop_front() {
            self.body(definition, &body);
        }
    }

    fn body(&mut self, id: DefId, body: &Body<'a>) {
        let start = self.next();
        let Some(definition) = self.facts.definitions.get(id as usize) else { return };
        self.scope = Scope::new(id, definition.kind != DefKind::Function);
        match body {
            Body::Plain(statements) => self.block(statements),
            Body::Function(parameters, statements) => {
                self.bind_params(id, Some(parameters));
                self.block(statements);
            }
            Body::Lambda(parameters, expression) => {
                self.bind_params(id, *parameters);
                let value = self.expression(expression);
                self.emit(OpKind::Return(value), span(expression.range()));
            }
        }
        let bindings = self.scope.bindings();
        let mut bound = Vec::with_capacity(bindings.len());
        for (name, reach) in bindings {
            let value = self.either(&reach, Span::default());
            bound.push((self.word(name), value));
        }
        let end = self.next();
        if let Some(definition) = self.facts.definitions.get_mut(id as usize) {
            definition.body = start..end;
            definition.bindings = bound;
        }
    }

    fn define(&mut self, kind: DefKind, name: &str, at: Span, whole: Span) -> DefId {
        let id = u32::try_from(self.facts.definitions.len()).unwrap_or(u32::MAX);
        self.facts.definitions.push(Definition::new(kind, Text::from(name), self.scope.definition, at, whole));
        id
    }

    fn current(&mut self) -> Option<&mut Definition> {
        self.facts.definitions.get_mut(self.scope.definition as usize)
    }

    /// A name as an interned text: asked of the file's own table first, which nobody else uses.
    fn word(&mut self, name: &'a str) -> Text {
        *self.words.entry(name).or_insert_with(|| Text::from(name))
    }

    fn next(&self) -> Val {
        self.facts.next_value()
    }

    fn emit(&mut self, kind: OpKind, at: Span) -> Val {
        self.facts.emit(kind, at)
    }

    fn operands(&mut self, operands: &[Operand]) -> Operands {
        self.facts.add_operands(operands)
    }

    fn either(&mut self, reach: &[Val], at: Span) -> Val {
        self.facts.either(reach, at)
    }

    /// Runs `inner` one level deeper, on a grown stack where needed; gives up beyond the limit.
    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH_LIMIT {
            if !self.too_deep {
                self.too_deep = true;
                self.facts.trouble(ProblemKind::TooDeep, "expressions nest too deeply", Span::default());
            }
            return None;
        }
        self.depth += 1;
        let value = if self.depth.is_multiple_of(16) {
            stacker::maybe_grow(256 * 1024, 2 * 1024 * 1024, || inner(self))
        } else {
            inner(self)
        };
        self.depth -= 1;
        Some(value)
    }
}

fn plain(value: Val) -> Operand {
    Operand { value, role: Role::Plain }
}
