//! Which tables a parsed statement touches, and which of their columns it names.

mod changes;

use std::ops::{ControlFlow, Range};

use rustc_hash::{FxHashMap, FxHashSet};
use sqlparser::ast::{
    AccessExpr, Expr, FunctionArg, FunctionArgExpr, GroupByExpr, Ident, ObjectName, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, Statement, TableFactor, TableFunctionArgs, Value, Visit, Visitor,
};
use sqlparser::tokenizer::Location;

use super::cursor::Cursor;
use super::mask::Mask;
use crate::fact::{Access, Text};

/// A table that a statement touches.
#[derive(Clone, Debug)]
pub struct Use {
    /// Its name, lower case.
    pub table: String,
    /// Columns named.
    pub columns: Vec<Text>,
    /// How it is touched.
    pub access: Access,
    /// It is a file.
    pub file: bool,
    /// The template names it.
    pub declared: bool,
    /// Its name with what fills it by name in braces; empty if nothing does.
    pub asked: String,
    /// Its name's place in bytes of the statement, if the parser kept it.
    pub span: Option<Range<usize>>,
}

impl Use {
    /// What a statement names beside its query.
    pub fn beside(access: Access, name: &str, file: bool, mask: &Mask) -> Self {
        let (table, asked) = (mask.restore(name), mask.asked(name));
        Self { table, columns: Vec::new(), access, file, declared: false, asked, span: None }
    }
}

/// Deeper expressions are not followed: no real statement has them.
const MAX_DEPTH: usize = 1000;
/// So many tables of one FROM are looked at to tell a table's field from a table.
const MAX_FIELDS: usize = 200;

/// The tables of statements, in source order.
pub fn uses(statements: &Vec<Statement>, mask: &Mask, text: &str) -> Vec<Use> {
    let mut reader = Reader::new(mask);
    let _ = statements.visit(&mut reader);
    let mut found: Vec<(Use, Location, Location)> = reader.uses;
    found.sort_by_key(|(_, start, _)| *start);
    let mut cursor = Cursor::new(text);
    let place = |(mut found, start, end): (Use, Location, Location)| {
        found.span = (start.line > 0).then(|| cursor.reach(start)..cursor.reach(end));
        found
    };
    found.into_iter().map(place).collect()
}

/// A table, subquery or function of a FROM.
struct Source {
    alias: String,
    /// The table's number in [`Reader::uses`], if it is one.
    table: Option<usize>,
}

/// A column as named, its qualifiers before it.
struct Column {
    path: Vec<String>,
    /// The only table of an inner select: if no alias fits, the first part was its column.
    fallback: Option<usize>,
}

/// A select, or a statement outside of its selects.
#[derive(Default)]
struct Frame {
    sources: Vec<Source>,
    columns: Vec<Column>,
    /// What follows may name what the select makes.
    closed: bool,
}

struct Reader<'m> {
    mask: &'m Mask,
    uses: Vec<(Use, Location, Location)>,
    frames: Vec<Frame>,
    /// Queries named by WITH that can be seen here, the innermost last.
    named: Vec<String>,
    /// How many were seen before each open query.
    outer: Vec<usize>,
    /// Bodies of WITH: each can be seen only after its end.
    bodies: FxHashMap<*const Query, String>,
    /// Tables of a FROM that are written, not read.
    targets: FxHashSet<*const TableFactor>,
    /// Identifiers that are no columns, or were taken with others.
    taken: FxHashSet<*const Expr>,
    /// Columns already listed.
    listed: FxHashSet<(usize, Text)>,
    depth: usize,
}

impl<'m> Reader<'m> {
    fn new(mask: &'m Mask) -> Self {
        Self {
            mask,
            uses: Vec::new(),
            frames: Vec::new(),
            named: Vec::new(),
            outer: Vec::new(),
            bodies: FxHashMap::default(),
            targets: FxHashSet::default(),
            taken: FxHashSet::default(),
            listed: FxHashSet::default(),
            depth: 0,
        }
    }

    fn word(&self, ident: &Ident) -> String {
        self.mask.restore(&ident.value).to_lowercase()
    }

    /// The parts of a table's name; none if it is a file, a stage or made by a function.
    fn parts(&self, name: &ObjectName) -> Option<Vec<String>> {
        let idents: Option<Vec<&Ident>> = name.0.iter().map(|p| p.as_ident()).collect();
        let idents = idents?;
        let string = |i: &&Ident| i.quote_style == Some('\'');
        let parts: Vec<String> = idents.iter().map(|i| self.word(i)).collect();
        let whole = parts.join(".");
        (!idents.iter().any(string) && !whole.starts_with(['@', '$', '~']) && !is_file(&whole) && !is_system(&whole))
            .then_some(parts)
    }

    fn touch(&mut self, name: &ObjectName, access: Access) -> Option<usize> {
        let table = self.parts(name)?.join(".");
        let span = |i: Option<&Ident>| i.map(|i| i.span);
        let first = span(name.0.first().and_then(|p| p.as_ident()))?;
        let last = span(name.0.last().and_then(|p| p.as_ident()))?;
        let declared =
            matches!(name.0.as_slice(), [only] if only.as_ident().is_some_and(|i| self.mask.is_table(&i.value)));
        let whole: Vec<&str> = name.0.iter().filter_map(|p| p.as_ident()).map(|i| i.value.as_str()).collect();
        let asked = self.mask.asked(&whole.join(".")).to_lowercase();
        let found = Use { table, columns: Vec::new(), access, file: false, declared, asked, span: None };
        self.uses.push((found, first.start, last.end));
        Some(self.uses.len() - 1)
    }

    /// A file that stands for a table: quoted in its place, or given to a function that reads it.
    fn file(&mut self, name: &ObjectName, args: Option<&TableFunctionArgs>) -> Option<usize> {
        let [.., last] = name.0.as_slice() else { return None };
        let ident = last.as_ident()?;
        // `parquet.`s3://x/y``: the format stands in front.
        if name.0.len() > 2 || (name.0.len() == 2 && (args.is_some() || !ident.value.contains('/'))) {
            return None;
        }
        let path = match args {
            None => ident.quote_style.map(|_| ident.value.as_str()).filter(|path| is_file(path)),
            Some(args) if ident.value.to_ascii_lowercase().starts_with("read_") => args.args.first().and_then(text),
            Some(_) => None,
        };
        let found = Use::beside(Access::Read, path?, true, self.mask);
        self.uses.push((found, ident.span.start, ident.span.end));
        Some(self.uses.len() - 1)
    }

    fn list(&mut self, table: usize, column: &str) {
        let column = Text::from(column);
        if self.listed.insert((table, column)) {
            self.uses[table].0.columns.push(column);
        }
    }

    fn source(&mut self, alias: Option<&Ident>, table: Option<usize>) {
        let alias = alias.map(|a| self.word(a)).unwrap_or_default();
        if let Some(frame) = self.frames.last_mut() {
            frame.sources.push(Source { alias, table });
        }
    }

    fn column(&mut self, path: Vec<String>) {
        // Parameters; and texts, which some dialects quote like names.
        if path.iter().any(|p| p.starts_with(['@', '$']) || p.contains([':', '\'', '%'])) {
            return;
        }
        if let Some(frame) = self.frames.last_mut().filter(|f| !f.closed) {
            frame.columns.push(Column { path, fallback: None });
        }
    }

    /// A table of a FROM, unless it is a name of WITH, a field of another, or not read.
    fn from(&mut self, name: &ObjectName) -> Option<usize> {
        let parts = self.parts(name)?;
        let known = match parts.as_slice() {
            [only] => self.named.contains(only),
            [first, ..] => {
                let sources = self.frames.last().map_or(&[][..], |f| f.sources.as_slice());
                sources.iter().take(MAX_FIELDS).any(|s| s.alias == *first)
            }
            [] => true,
        };
        if known { None } else { self.touch(name, Access::Read) }
    }

    /// Gives the columns of a finished frame to its tables, and what names an outer table to the outer frame.
    fn resolve(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let only = if let [source] = frame.sources.as_slice() { source.table } else { None };
        let tables: FxHashMap<&str, Option<usize>> =
            frame.sources.iter().map(|s| (s.alias.as_str(), s.table)).collect();
        let mut outer = Vec::new();
        for column in frame.columns {
            match column.path.as_slice() {
                [] => {}
                [star] if star == "*" => frame.sources.iter().filter_map(|s| s.table).for_each(|t| self.list(t, "*")),
                [name] => only.into_iter().for_each(|t| self.list(t, name)),
                [first, second, ..] if tables.contains_key(first.as_str()) => {
                    tables[first.as_str()].into_iter().for_each(|t| self.list(t, second));
                }
                [.., table, name] if tables.contains_key(table.as_str()) => {
                    tables[table.as_str()].into_iter().for_each(|t| self.list(t, name));
                }
                _ => outer.push(Column { fallback: column.fallback.or(only), ..column }),
            }
        }
        match self.frames.last_mut() {
            Some(frame) => frame.columns.append(&mut outer),
            None => {
                outer.iter().filter_map(|c| Some((c.fallback?, c.path.first()?))).for_each(|(t, n)| self.list(t, n))
            }
        }
    }

    /// `value.field[0].field`: the parser makes each field an expression of its own.
    fn fields(&mut self, root: &Expr, chain: &[AccessExpr]) {
        let fields = chain.iter().filter_map(|a| if let AccessExpr::Dot(field) = a { Some(field) } else { None });
        self.taken.extend(fields.map(std::ptr::from_ref));
        if let (Expr::Identifier(root_name), Some(AccessExpr::Dot(Expr::Identifier(field)))) = (root, chain.first()) {
            self.taken.insert(std::ptr::from_ref(root));
            self.column(vec![self.word(root_name), self.word(field)]);
        }
    }

    fn projection(&mut self, select: &Select) {
        for item in &select.projection {
            match item {
                SelectItem::Wildcard(_) => self.column(vec!["*".to_owned()]),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let last = name.0.last().and_then(|p| p.as_ident()).map(|i| self.word(i));
                    last.into_iter().for_each(|l| self.column(vec![l, "*".to_owned()]));
                }
                _ => {}
            }
        }
    }
}

impl Visitor for Reader<'_> {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        self.frames.push(Frame::default());
        self.statement(statement);
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, _: &Statement) -> ControlFlow<()> {
        self.resolve();
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.outer.push(self.named.len());
        if let Some(with) = &query.with {
            for named in &with.cte_tables {
                let name = self.word(&named.alias.name);
                if with.recursive {
                    self.named.push(name);
                } else {
                    self.bodies.insert(std::ptr::from_ref(named.query.as_ref()), name);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.named.truncate(self.outer.pop().unwrap_or(0));
        self.named.extend(self.bodies.remove(&std::ptr::from_ref(query)));
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.frames.push(Frame::default());
        self.projection(select);
        self.into(select);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &Select) -> ControlFlow<()> {
        self.resolve();
        ControlFlow::Continue(())
    }

    fn pre_visit_group_by(&mut self, _: &GroupByExpr) -> ControlFlow<()> {
        if let Some(frame) = self.frames.last_mut() {
            frame.closed = true;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        let (alias, table) = match factor {
            TableFactor::NestedJoin { .. } => return ControlFlow::Continue(()),
            TableFactor::Table { name, alias, args, .. } => {
                let target = self.targets.remove(&std::ptr::from_ref(factor));
                let file = self.file(name, args.as_ref());
                let table = if target || args.is_some() || file.is_some() { file } else { self.from(name) };
                let last = name.0.last().and_then(|p| p.as_ident());
                (alias.as_ref().map(|a| &a.name).or(last), table)
            }
            other => (alias(other), None),
        };
        self.source(alias, table);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return ControlFlow::Break(());
        }
        if self.taken.remove(&std::ptr::from_ref(expr)) {
            return ControlFlow::Continue(());
        }
        match expr {
            Expr::Identifier(name) => self.column(vec![self.word(name)]),
            Expr::CompoundIdentifier(names) => self.column(names.iter().map(|n| self.word(n)).collect()),
            Expr::CompoundFieldAccess { root, access_chain } => self.fields(root, access_chain),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}

/// The text that a plain argument is.
fn text(argument: &FunctionArg) -> Option<&str> {
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) = argument else { return None };
    match &value.value {
        Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => Some(text),
        _ => None,
    }
}

fn alias(factor: &TableFactor) -> Option<&Ident> {
    match factor {
        TableFactor::Derived { alias, .. }
        | TableFactor::TableFunction { alias, .. }
        | TableFactor::Function { alias, .. }
        | TableFactor::UNNEST { alias, .. }
        | TableFactor::Pivot { alias, .. }
        | TableFactor::Unpivot { alias, .. } => alias.as_ref().map(|a| &a.name),
        _ => None,
    }
}

/// Some engines read a file where its path stands quoted for a table.
fn is_file(name: &str) -> bool {
    let endings = [".parquet", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".gz", ".xlsx", ".arrow"];
    name.contains(['/', '\\']) || endings.iter().any(|e| name.ends_with(e))
}

/// Tables in which a database keeps its own books.
fn is_system(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or(name);
    matches!(first, "sqlite_master" | "sqlite_schema" | "sqlite_sequence" | "dual" | "pg_catalog")
        || name.split('.').any(|p| p == "information_schema")
}
