//! Which columns a query makes, and of which tables' columns each is made.

use std::ops::{ControlFlow, Range};
use std::rc::Rc;

use sqlparser::ast::{
    BinaryOperator, Expr, Ident, ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    Statement, TableFactor, TableObject, Value, visit_expressions,
};
use sqlparser::tokenizer::Span;

use super::cursor::Cursor;
use super::mask::Mask;
use crate::fact::Text;

/// Deeper queries are not followed.
const MAX_DEPTH: usize = 600;
/// So many columns of one query are kept, ...
const MAX_COLUMNS: usize = 1000;
/// ... and so many that one of them is made of.
const MAX_FROM: usize = 16;

/// A column of a table; the table is empty where it cannot be told.
pub type Source = (Text, Text);

/// A column that a query makes.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its name.
    pub name: Text,
    /// What it is made of.
    pub from: Vec<Source>,
    /// It is that in another unit.
    pub scaled: bool,
    /// Where it is named, in bytes of the statement.
    pub span: Range<usize>,
    at: Span,
}

/// What a query makes.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// The table that it goes to, empty if the statement does not say.
    pub table: Text,
    /// The columns by name.
    pub columns: Vec<Made>,
    /// The tables of which it takes all columns.
    pub all_of: Vec<Text>,
}

/// What the queries of statements make.
pub fn selected(statements: &[Statement], mask: &Mask, text: &str) -> Vec<Selected> {
    let mut reader = Reader { mask, named: Vec::new(), depth: 0 };
    let mut found: Vec<Selected> = statements.iter().filter_map(|s| reader.statement(s)).collect();
    let mut columns: Vec<&mut Made> = found.iter_mut().flat_map(|s| &mut s.columns).collect();
    columns.sort_by_key(|made| made.at.start);
    let mut cursor = Cursor::new(text);
    // A column that is taken twice is still named at one place.
    let mut last = (Span::empty(), 0..0);
    for made in columns {
        if made.at != last.0 {
            let start = cursor.reach(made.at.start);
            last = (made.at, start..cursor.reach(made.at.end).max(start));
        }
        made.span = last.1.clone();
    }
    found
}

/// Something of a FROM, under the name it has there.
struct Part {
    alias: String,
    /// A table.
    table: Option<Text>,
    /// A query of its own.
    query: Option<Rc<Selected>>,
}

struct Reader<'m> {
    mask: &'m Mask,
    /// The queries of WITH that can be seen here, the innermost last.
    named: Vec<(String, Rc<Selected>)>,
    depth: usize,
}

impl Reader<'_> {
    fn word(&self, ident: &Ident) -> String {
        self.mask.restore(&ident.value).to_lowercase()
    }

    fn name(&self, name: &ObjectName) -> Vec<String> {
        name.0.iter().filter_map(|part| part.as_ident()).map(|ident| self.word(ident)).collect()
    }

    fn statement(&mut self, statement: &Statement) -> Option<Selected> {
        let (table, query) = match statement {
            Statement::Query(query) => (String::new(), query),
            Statement::CreateView(view) => (self.name(&view.name).join("."), &view.query),
            Statement::CreateTable(table) => (self.name(&table.name).join("."), table.query.as_ref()?),
            Statement::Insert(insert) => {
                let TableObject::TableName(name) = &insert.table else { return None };
                (self.name(name).join("."), insert.source.as_ref()?)
            }
            _ => return None,
        };
        let mut selected = self.query(query);
        selected.table = Text::from(&table);
        if let Statement::Insert(insert) = statement {
            let names: Vec<Text> =
                insert.columns.iter().filter_map(|c| self.name(c).last().map(|n| Text::from(n))).collect();
            renamed(&mut selected, &names);
        }
        (!selected.columns.is_empty() || !selected.all_of.is_empty()).then_some(selected)
    }

    fn query(&mut self, query: &Query) -> Selected {
        self.depth += 1;
        let outer = self.named.len();
        if self.depth <= MAX_DEPTH {
            for named in query.with.iter().flat_map(|with| &with.cte_tables) {
                let mut selected = self.query(&named.query);
                let names: Vec<Text> = named.alias.columns.iter().map(|c| Text::from(&self.word(&c.name))).collect();
                renamed(&mut selected, &names);
                let name = self.word(&named.alias.name);
                self.named.push((name, Rc::new(selected)));
            }
        }
        let selected = if self.depth <= MAX_DEPTH { self.body(&query.body) } else { Selected::default() };
        self.named.truncate(outer);
        self.depth -= 1;
        selected
    }

    fn body(&mut self, body: &SetExpr) -> Selected {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, right, .. } => {
                self.depth += 1;
                let (mut all, other) =
                    if self.depth <= MAX_DEPTH { (self.body(left), self.body(right)) } else { Default::default() };
                self.depth -= 1;
                // Both sides give the same columns, in the same order.
                for (made, more) in all.columns.iter_mut().zip(other.columns) {
                    extend(&mut made.from, more.from);
                }
                all.all_of.extend(other.all_of);
                all
            }
            _ => Selected::default(),
        }
    }

    fn select(&mut self, select: &Select) -> Selected {
        let mut parts = Vec::new();
        for from in &select.from {
            self.factor(&from.relation, &mut parts);
            from.joins.iter().for_each(|join| self.factor(&join.relation, &mut parts));
        }
        let mut found = Selected::default();
        for item in &select.projection {
            if found.columns.len() >= MAX_COLUMNS {
                break;
            }
            match item {
                SelectItem::UnnamedExpr(expr) => {
                    let ident = match expr {
                        Expr::Identifier(name) => Some(name),
                        Expr::CompoundIdentifier(names) => names.last(),
                        _ => None,
                    };
                    found.columns.extend(ident.map(|ident| self.made(ident, expr, &parts)));
                }
                SelectItem::ExprWithAlias { expr, alias } => found.columns.push(self.made(alias, expr, &parts)),
                SelectItem::Wildcard(_) => parts.iter().for_each(|part| take(&mut found, part)),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let name = self.name(name).pop().unwrap_or_default();
                    parts.iter().filter(|part| part.alias == name).for_each(|part| take(&mut found, part));
                }
                _ => {}
            }
        }
        found
    }

    fn factor(&mut self, factor: &TableFactor, parts: &mut Vec<Part>) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let names = self.name(name);
                let Some(last) = names.last().cloned() else { return };
                let alias = alias.as_ref().map_or(last.clone(), |alias| self.word(&alias.name));
                let query = self.named.iter().rev().find(|(named, _)| names.len() == 1 && *named == last);
                let query = query.map(|(_, query)| Rc::clone(query));
                let table = query.is_none().then(|| Text::from(&names.join(".")));
                parts.push(Part { alias, table, query });
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let query = Some(Rc::new(self.query(subquery)));
                let alias = alias.as_ref().map(|alias| self.word(&alias.name)).unwrap_or_default();
                parts.push(Part { alias, table: None, query });
            }
            TableFactor::NestedJoin { table_with_joins, .. } => {
                self.factor(&table_with_joins.relation, parts);
                table_with_joins.joins.iter().for_each(|join| self.factor(&join.relation, parts));
            }
            // What a function gives has columns that nobody names.
            _ => parts.push(Part { alias: String::new(), table: None, query: None }),
        }
    }

    fn made(&self, name: &Ident, expr: &Expr, parts: &[Part]) -> Made {
        let mut from = Vec::new();
        let _ = visit_expressions(expr, |inner: &Expr| {
            match inner {
                Expr::Identifier(name) => extend(&mut from, of_any(parts, Text::from(&self.word(name)))),
                Expr::CompoundIdentifier(names) => {
                    let words: Vec<String> = names.iter().map(|name| self.word(name)).collect();
                    if let [.., alias, column] = words.as_slice() {
                        let part = parts.iter().find(|part| part.alias == *alias);
                        extend(&mut from, part.map(|p| of_part(p, Text::from(column))).unwrap_or_default());
                    }
                }
                _ => {}
            }
            if from.len() < MAX_FROM { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        let scaled = from.len() == 1 && is_scaled(expr);
        Made { name: Text::from(&self.word(name)), from, scaled, span: 0..0, at: name.span }
    }
}

/// Is an expression a column with numbers that multiply, divide or shift it?
fn is_scaled(expr: &Expr) -> bool {
    let is_number = |expr: &Expr| matches!(expr, Expr::Value(value) if matches!(value.value, Value::Number(..)));
    let mut expr = expr;
    let mut steps = 0;
    loop {
        expr = match expr {
            Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => inner,
            Expr::BinaryOp { left, op, right } => {
                let scales = matches!(
                    op,
                    BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Plus | BinaryOperator::Minus
                );
                match (scales, is_number(left), is_number(right)) {
                    (true, true, false) => right,
                    (true, false, true) => left,
                    _ => return false,
                }
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => return steps > 0,
            _ => return false,
        };
        steps += 1;
        if steps > MAX_DEPTH {
            return false;
        }
    }
}

/// Gives columns the names that a list has for them, by their order, if none of them is unknown.
fn renamed(selected: &mut Selected, names: &[Text]) {
    if selected.all_of.is_empty() && selected.columns.len() == names.len() {
        selected.columns.iter_mut().zip(names).for_each(|(made, name)| made.name = *name);
    }
}

fn extend(from: &mut Vec<Source>, more: Vec<Source>) {
    for source in more {
        if from.len() < MAX_FROM && !from.contains(&source) {
            from.push(source);
        }
    }
}

/// Takes all that a part has.
fn take(found: &mut Selected, part: &Part) {
    found.all_of.extend(part.table);
    if let Some(query) = &part.query {
        let room = MAX_COLUMNS.saturating_sub(found.columns.len());
        found.columns.extend(query.columns.iter().take(room).cloned());
        found.all_of.extend(query.all_of.iter().take(MAX_FROM));
    }
}

/// What a column of a part is made of.
fn of_part(part: &Part, column: Text) -> Vec<Source> {
    if let Some(table) = part.table {
        return vec![(table, column)];
    }
    // A file or function that is read like a table.
    let Some(query) = &part.query else { return vec![(Text::default(), column)] };
    match (query.columns.iter().find(|made| made.name == column), query.all_of.as_slice()) {
        (Some(made), _) => made.from.clone(),
        (None, [only]) => vec![(*only, column)],
        // What asks a model adds columns to those of the query.
        (None, _) => vec![(Text::default(), column)],
    }
}

/// What a column without a qualifier is made of: it is of the only part, of a query that makes it, or of the only table.
fn of_any(parts: &[Part], column: Text) -> Vec<Source> {
    if let [only] = parts {
        return of_part(only, column);
    }
    let makes = |part: &&Part| part.query.as_ref().is_some_and(|q| q.columns.iter().any(|made| made.name == column));
    let open = |part: &&Part| part.table.is_some() || part.query.as_ref().is_none_or(|q| !q.all_of.is_empty());
    if let Some(part) = parts.iter().find(makes) {
        return of_part(part, column);
    }
    let mut tables = parts.iter().filter(open);
    match (tables.next(), tables.next()) {
        (Some(only), None) => of_part(only, column),
        _ => Vec::new(),
    }
}
