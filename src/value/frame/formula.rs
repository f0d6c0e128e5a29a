//! How a column is computed, as a text that is equal where the computations are, and the columns that go in.

use super::same::{binary, rendered};
use super::{Column, Frames, How, Seen, Work};
use crate::fact::{DefKind, OpKind, Operands, Role, Text, Val};
use crate::lexicon::{Columns, Returns};
use crate::program::Node;
use crate::value::types::{Callee, Type};

/// A formula that is nested deeper is not told.
const DEPTH: usize = 24;
/// Values looked at for one formula.
const STEPS: usize = 800;
/// How much deeper a question lies that was asked to answer another.
const ASKED: usize = 30;
/// Columns that one index may take, one after another.
const NAMES: usize = 40;
/// Longer ones are not compared.
const LENGTH: usize = 2000;

/// A computation.
#[derive(Clone, Debug, Default)]
pub struct Formula {
    /// As a text in which columns stand by their names in brackets, and unknown values by theirs after a question mark.
    pub text: String,
    /// The columns that go in, as they are met.
    pub columns: Vec<Text>,
    /// Some of it could not be told.
    pub vague: bool,
    /// Rows around a row go in: a lag, a rolling mean.
    pub looks_back: bool,
}

impl Formula {
    pub(super) fn leaf(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    pub(super) fn column(name: Text) -> Self {
        Self { text: format!("[{name}]"), columns: vec![name], ..Self::default() }
    }

    fn vague(text: String) -> Self {
        Self { text, vague: true, ..Self::default() }
    }

    /// A formula of others.
    pub(super) fn of(text: String, parts: impl IntoIterator<Item = Self>) -> Self {
        let mut formula = Self::leaf(text);
        for part in parts {
            for column in part.columns {
                if !formula.columns.contains(&column) {
                    formula.columns.push(column);
                }
            }
            formula.vague |= part.vague;
            formula.looks_back |= part.looks_back;
        }
        if formula.text.len() > LENGTH {
            formula.text.clear();
            formula.vague = true;
        }
        formula
    }
}

/// What stands for the values that a lambda or function is called with.
type Bound<'b> = &'b [(Node, Formula)];

impl Frames<'_> {
    /// How a column is computed, where it is made.
    pub fn formula(&self, column: &Column) -> Option<Formula> {
        let made = column.made.as_ref()?;
        let through = match &made.how {
            How::Value(value) => value.stack.last().map(|site| site.call),
            How::Of(..) | How::Same(_) => None,
        };
        let key = (made.by, column.name, through);
        if let Ok(known) = self.formulas.lock()
            && let Some(formula) = known.get(&key)
        {
            return Some(formula.clone());
        }
        let formula = self.formula_of(&mut Work::default(), &made.how);
        if let Ok(mut known) = self.formulas.lock() {
            known.insert(key, formula.clone());
        }
        Some(formula)
    }

    /// The columns that a column is made of.
    pub(super) fn sources_of(&self, work: &mut Work, how: &How) -> Vec<Text> {
        // A formula asks for names, which may ask for a formula again.
        work.depth += ASKED;
        let columns = if work.depth > super::DEPTH { Vec::new() } else { self.formula_of(work, how).columns };
        work.depth -= ASKED;
        columns
    }

    pub(super) fn formula_of(&self, work: &mut Work, how: &How) -> Formula {
        match how {
            How::Value(value) => self.formula_within(work, value),
            How::Of(word, columns) => {
                let listed: Vec<String> = columns.iter().map(|c| format!("[{c}]")).collect();
                let parts = columns.iter().map(|c| Formula::column(*c));
                Formula::of(format!("{word}({})", listed.join(", ")), parts)
            }
            How::Same(column) => match column.made.as_ref() {
                Some(made) => {
                    let mut formula = self.formula_of(work, &made.how);
                    // By its former name it can be looked up.
                    if !formula.columns.contains(&column.name) {
                        formula.columns.push(column.name);
                    }
                    formula
                }
                None => Formula::column(column.name),
            },
        }
    }

    pub(super) fn formula_within(&self, work: &mut Work, value: &Seen) -> Formula {
        let told = std::mem::take(&mut work.told);
        let formula = self.told(work, value, &[], DEPTH);
        work.told = told;
        formula
    }

    fn told(&self, work: &mut Work, seen: &Seen, bound: Bound<'_>, depth: usize) -> Formula {
        work.told += 1;
        let Some(depth) = depth.checked_sub(1).filter(|_| work.told < STEPS) else {
            return Formula::vague("...".to_owned());
        };
        if let Some((_, formula)) = bound.iter().rev().find(|(node, _)| *node == seen.node) {
            return formula.clone();
        }
        let program = self.program();
        let node = seen.node;
        match program.op(node).kind {
            OpKind::Str(text) => Formula::leaf(format!("{text:?}")),
            OpKind::Int(number) => Formula::leaf(number.to_string()),
            OpKind::Float(bits) => Formula::leaf(f64::from_bits(bits).to_string()),
            OpKind::Bool(value) => Formula::leaf(value.to_string()),
            OpKind::Nothing => Formula::leaf("None".to_owned()),
            OpKind::Binary(operator, left, right) => {
                let left = self.told(work, &seen.beside(left), bound, depth);
                let right = self.told(work, &seen.beside(right), bound, depth);
                binary(operator, left, right)
            }
            OpKind::Compare(how, left, right) => {
                let (left, right) = (
                    self.told(work, &seen.beside(left), bound, depth),
                    self.told(work, &seen.beside(right), bound, depth),
                );
                let how = how.loosely();
                Formula::of(format!("({how:?} {} {})", left.text, right.text), [left, right])
            }
            OpKind::Not(value) => {
                let value = self.told(work, &seen.beside(value), bound, depth);
                Formula::of(format!("(Not {})", value.text), [value])
            }
            OpKind::List(operands) | OpKind::Tuple(operands) | OpKind::Dict(operands) | OpKind::Format(operands) => {
                let parts = self.parts(work, seen, operands, bound, depth);
                Formula::of(format!("[{}]", joined(&parts)), parts)
            }
            OpKind::Slice(lower, upper) => {
                let at = |value: Val| (value != Val::MAX).then(|| seen.beside(value));
                let parts: Vec<Formula> =
                    [at(lower), at(upper)].into_iter().flatten().map(|v| self.told(work, &v, bound, depth)).collect();
                Formula::of(format!("slice({})", joined(&parts)), parts)
            }
            OpKind::Index(object, index) => self.taken(work, seen, object, index, bound, depth),
            OpKind::Attr(object, name) => self.field(work, seen, object, name, bound, depth),
            OpKind::Call(function, operands) => self.result(work, seen, function, operands, bound, depth),
            // What the table held before is not a part of the formula.
            OpKind::SetIndex(..) => Formula::leaf("table".to_owned()),
            OpKind::After(value, _) | OpKind::With(value) => self.told(work, &seen.beside(value), bound, depth),
            OpKind::Element(sequence) => {
                let of = self.told(work, &seen.beside(sequence), bound, depth);
                Formula::of(format!("each({})", of.text), [of])
            }
            _ => self.behind(work, seen, bound, depth),
        }
    }

    /// What a name stands for: the same in all programs if it is a constant, else its name.
    fn behind(&self, work: &mut Work, seen: &Seen, bound: Bound<'_>, depth: usize) -> Formula {
        if let Some(name) = self.bare_name(seen.node) {
            return Formula::column(name);
        }
        if let Some(name) = self.follow().types.library_name(seen.node) {
            return Formula::leaf(name.to_string());
        }
        // A function is what it returns.
        let function = self.follow().types.of(seen.node).iter().find_map(|t| match t {
            Type::Function(def) | Type::Method(def) => Some(*def),
            _ => None,
        });
        if let Some(def) = function {
            let returned: Vec<Node> = self.follow().types.returned(def).take(6).collect();
            let parts: Vec<Formula> =
                returned.iter().map(|node| self.told(work, &Seen::anywhere(*node), bound, depth)).collect();
            return match parts.as_slice() {
                [only] => only.clone(),
                _ => Formula::of(format!("either({})", joined(&parts)), parts),
            };
        }
        let mut back = self.follow().back(seen).values;
        if let Some(only) = back.pop().filter(|_| back.is_empty()) {
            return self.told(work, &only, bound, depth);
        }
        let named = match self.program().op(seen.node).kind {
            OpKind::Param(index) => {
                let def = self.program().owner(seen.node);
                self.program().definition(def).params.get(index as usize).map(|p| p.name)
            }
            OpKind::Global(name) => Some(name),
            _ => None,
        };
        match named {
            Some(name) => Formula::leaf(format!("?{name}")),
            None => Formula::vague("?".to_owned()),
        }
    }

    fn taken(&self, work: &mut Work, seen: &Seen, object: Val, index: Val, bound: Bound<'_>, depth: usize) -> Formula {
        let (object, index) = (seen.beside(object), seen.beside(index));
        let program = self.program();
        // `MAP["a"]` of a map that is seen is the value itself.
        let back = self.follow().back(seen).values;
        let text = matches!(program.op(index.node).kind, OpKind::Str(_));
        if let [only] = back.as_slice()
            && (!text || self.is_map(&object))
        {
            return self.told(work, only, bound, depth);
        }
        match program.op(index.node).kind {
            OpKind::Str(name) => self.with_keys(work, &object, Formula::column(name), depth),
            OpKind::List(operands) | OpKind::Tuple(operands) => {
                let names = program.operands(index.node.file, operands).iter();
                let names: Option<Vec<Text>> = names.map(|o| program.literal(index.beside(o.value).node)).collect();
                match names.filter(|names| !names.is_empty()) {
                    Some(names) => {
                        let text: Vec<String> = names.iter().map(|name| format!("[{name}]")).collect();
                        Formula::of(text.join(" "), names.into_iter().map(Formula::column))
                    }
                    None => self.indexed_by(work, &object, &index, bound, depth),
                }
            }
            _ => {
                if let Some(name) = self.texts_plain(&index) {
                    return Formula::column(name);
                }
                let mut formula = self.indexed_by(work, &object, &index, bound, depth);
                // One column after another.
                let names = self.list(work, &index);
                if names.word || matches!(program.op(index.node).kind, OpKind::Element(_)) {
                    formula.vague = true;
                    let new: Vec<Text> = names.these.iter().map(|(name, _)| *name).take(NAMES).collect();
                    formula.columns.extend(new.into_iter().filter(|name| !name.contains("{}")));
                }
                formula
            }
        }
    }

    fn indexed_by(&self, work: &mut Work, object: &Seen, index: &Seen, bound: Bound<'_>, depth: usize) -> Formula {
        let (of, by) = (self.told(work, object, bound, depth), self.told(work, index, bound, depth));
        Formula::of(format!("{}[{}]", of.text, by.text), [of, by])
    }

    /// The column of a grouping is another one than the table's.
    fn with_keys(&self, work: &mut Work, object: &Seen, column: Formula, depth: usize) -> Formula {
        let grouped = self.grouping(object, depth);
        let Some(call) = grouped else { return column };
        let OpKind::Call(_, operands) = self.program().op(call.node).kind else { return column };
        let first = self.program().operands(call.node.file, operands).first();
        let keys = first.map(|o| self.list(work, &call.beside(o.value))).unwrap_or_default();
        let keys: Vec<&str> = keys.these.iter().map(|(name, _)| name.as_str()).collect();
        Formula { text: format!("{} by {}", column.text, keys.join(" ")), ..column }
    }

    fn field(&self, work: &mut Work, seen: &Seen, object: Val, name: Text, bound: Bound<'_>, depth: usize) -> Formula {
        let types = self.follow().types;
        if let Some(name) = types.library_name(seen.node) {
            return Formula::leaf(name.to_string());
        }
        let back = self.follow().back(seen).values;
        if let [only] = back.as_slice() {
            return self.told(work, only, bound, depth);
        }
        let of = seen.beside(object);
        let meaning = types.attribute(seen.node);
        let by_shape = types.of(of.node).is_empty();
        let column = match meaning {
            Some(m) => m.column,
            // A field of what a function is called with, or of a table by its looks.
            None => by_shape && self.lexicon.table_attribute(name).is_none() && self.is_row(&of),
        };
        if column && self.is_table(&of) {
            return self.with_keys(work, &of, Formula::column(name), depth);
        }
        let of = self.told(work, &of, bound, depth);
        let same = self.lexicon.computation(&format!(".{name}"));
        if let Some(formula) = same.and_then(|template| rendered(template, std::slice::from_ref(&of))) {
            return formula;
        }
        Formula::of(format!("{}.{name}", of.text), [of])
    }

    /// Is a value a whole table or row and not one of its columns, as far as its making tells?
    fn is_table(&self, seen: &Seen) -> bool {
        !matches!(self.program().op(seen.node).kind, OpKind::Attr(..) | OpKind::Binary(..) | OpKind::Compare(..))
            && !matches!(self.program().op(seen.node).kind, OpKind::Index(_, index)
                if self.program().literal(seen.beside(index).node).is_some())
    }

    /// Is a value something that a function is called with, or the element of a loop?
    fn is_row(&self, seen: &Seen) -> bool {
        matches!(self.program().op(seen.node).kind, OpKind::Param(_) | OpKind::Element(_) | OpKind::SetIndex(..))
    }

    fn result(
        &self,
        work: &mut Work,
        seen: &Seen,
        function: Val,
        operands: Operands,
        bound: Bound<'_>,
        depth: usize,
    ) -> Formula {
        let program = self.program();
        let types = self.follow().types;
        let own = program.operands(seen.node.file, operands);
        // A function of the repository is what it returns.
        let called = types.callees(seen.node).iter().find_map(|c| match c {
            Callee::Function(def, bound) if program.definition(*def).name != "__init__" => Some((*def, *bound)),
            _ => None,
        });
        if let Some((def, is_bound)) = called {
            let mut inner: Vec<(Node, Formula)> = bound.to_vec();
            let params = &program.definition(def).params;
            for (param, value) in types.arguments(seen.node, def, is_bound) {
                if let Some(param) = params.get(param as usize) {
                    let formula = self.told(work, &seen.beside(value), bound, depth);
                    inner.push((Node { file: def.file, value: param.value }, formula));
                }
            }
            return self.body(work, seen, def, is_bound, &inner, depth);
        }
        let meaning = self.meaning(seen.node);
        let receiver = match program.op(seen.beside(function).node).kind {
            OpKind::Attr(object, _)
                if types.library_name(seen.beside(function).node).is_none()
                    && types.library_name(seen.beside(object).node).is_none() =>
            {
                Some(seen.beside(object))
            }
            _ => None,
        };
        let does = meaning.and_then(|m| m.frame);
        if does == Some(Columns::Column)
            && let Some(first) = own.first()
        {
            let names = self.list(work, &seen.beside(first.value)).these;
            let text: Vec<String> = names.iter().map(|(name, _)| format!("[{name}]")).collect();
            return Formula::of(text.join(" "), names.into_iter().map(|(name, _)| Formula::column(name)));
        }
        // `column.astype(str)`, `column.copy()`: the same values in another dress.
        let same = meaning.is_some_and(|m| m.one_to_one && m.returns == Some(Returns::Receiver));
        if let Some(receiver) = &receiver
            && (same || does == Some(Columns::Alias))
        {
            return self.told(work, receiver, bound, depth);
        }
        let of = receiver.as_ref().map(|receiver| self.told(work, receiver, bound, depth));
        if does == Some(Columns::Each)
            && let Some(of) = &of
            && let Some(formula) = self.each(work, seen, own.first().map(|o| seen.beside(o.value)), of, bound, depth)
        {
            return formula;
        }
        let parts = self.parts(work, seen, operands, bound, depth);
        if own.iter().all(|o| o.role == Role::Plain)
            && let Some(formula) = self.in_plain_words(seen.beside(function), of.as_ref(), &parts)
        {
            return formula;
        }
        let looks_back = meaning.is_some_and(|m| m.looks_back);
        let mut formula = match (&of, program.op(seen.beside(function).node).kind) {
            (Some(of), OpKind::Attr(_, name)) => {
                let text = format!("{}.{name}({})", of.text, joined(&parts));
                Formula::of(text, std::iter::once(of.clone()).chain(parts))
            }
            _ => {
                let name = match types.library_name(seen.beside(function).node) {
                    Some(name) => Formula::leaf(name.to_string()),
                    None => self.told(work, &seen.beside(function), bound, depth),
                };
                // `F.hour("at")`: a text given to a function of columns is a column.
                let texts: Vec<Text> = match meaning {
                    Some(m) if m.column => {
                        own.iter().filter_map(|o| program.literal(seen.beside(o.value).node)).collect()
                    }
                    _ => Vec::new(),
                };
                let text = format!("{}({})", name.text, joined(&parts));
                Formula::of(text, parts.into_iter().chain(texts.into_iter().map(Formula::column)))
            }
        };
        formula.looks_back |= looks_back;
        formula
    }

    /// What a function of the repository returns, called with these values.
    fn body(
        &self,
        work: &mut Work,
        seen: &Seen,
        def: crate::program::Def,
        is_bound: bool,
        inner: Bound<'_>,
        depth: usize,
    ) -> Formula {
        let stack = self.follow().enter(seen, is_bound);
        let returned: Vec<Node> = self.follow().types.returned(def).take(6).collect();
        let parts: Vec<Formula> = returned
            .iter()
            .map(|node| self.told(work, &Seen { node: *node, stack: stack.clone() }, inner, depth))
            .collect();
        match parts.as_slice() {
            [] => Formula::vague("?".to_owned()),
            [only] => only.clone(),
            _ => Formula::of(format!("either({})", joined(&parts)), parts),
        }
    }

    /// What a function, or a map of values, makes of each value or row.
    fn each(
        &self,
        work: &mut Work,
        seen: &Seen,
        function: Option<Seen>,
        of: &Formula,
        bound: Bound<'_>,
        depth: usize,
    ) -> Option<Formula> {
        let function = function?;
        let def = self.follow().types.of(function.node).iter().find_map(|t| match t {
            Type::Function(def) | Type::Method(def) => Some(*def),
            _ => None,
        })?;
        if self.program().definition(def).kind != DefKind::Function {
            return None;
        }
        let params = &self.program().definition(def).params;
        let first = params.iter().find(|p| p.name != "self")?;
        let mut inner: Vec<(Node, Formula)> = bound.to_vec();
        inner.push((Node { file: def.file, value: first.value }, of.clone()));
        let formula = self.body(work, seen, def, false, &inner, depth);
        // What it makes of whole rows names the columns itself; what it makes of one column is of that column.
        let columns = if of.columns.is_empty() { Vec::new() } else { of.columns.clone() };
        let name = self.program().definition(def).name;
        let text = if formula.text.is_empty() || formula.vague {
            format!("{name}({})", of.text)
        } else {
            formula.text.clone()
        };
        let mut formula = Formula { text, ..formula };
        for column in columns {
            if !formula.columns.contains(&column) {
                formula.columns.push(column);
            }
        }
        Some(formula)
    }

    fn parts(&self, work: &mut Work, seen: &Seen, operands: Operands, bound: Bound<'_>, depth: usize) -> Vec<Formula> {
        let operands = self.program().operands(seen.node.file, operands);
        let mut parts: Vec<(Option<Text>, Formula)> = Vec::new();
        for operand in operands {
            let formula = self.told(work, &seen.beside(operand.value), bound, depth);
            match operand.role {
                Role::Named(name) => {
                    parts.push((Some(name), Formula { text: format!("{name}={}", formula.text), ..formula }));
                }
                Role::Star | Role::Spread => parts.push((None, Formula { vague: true, ..formula })),
                Role::Plain | Role::Key => parts.push((None, formula)),
            }
        }
        // Keywords stand in any order.
        parts.sort_by_key(|(name, _)| *name);
        parts.into_iter().map(|(_, formula)| formula).collect()
    }
}

fn joined(parts: &[Formula]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(", ")
}
