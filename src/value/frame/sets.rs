//! The columns that one operation sets or names, whatever table it works on.

use std::sync::Arc;

use super::{Column, Frames, How, Made, Seen, Work};
use crate::fact::{OpKind, Operand, Role, Text};
use crate::lexicon::{Columns, Meaning};
use crate::program::{Def, Node};
use crate::source::At;
use crate::value::types::{Callee, Type};

/// Expressions in lists in lists.
const NESTED: usize = 6;

impl Frames<'_> {
    pub(super) fn set_by(&self, work: &mut Work, seen: &Seen) -> Vec<Column> {
        let program = self.program();
        match program.op(seen.node).kind {
            OpKind::SetIndex(_, index, value) => {
                let mut key = seen.beside(index);
                // `frame.loc[rows, "column"] = value`
                if let OpKind::Tuple(operands) = program.op(key.node).kind {
                    let Some(second) = program.operands(key.node.file, operands).get(1) else { return Vec::new() };
                    key = key.beside(second.value);
                }
                self.named(work, &key, seen.node, How::Value(seen.beside(value)))
            }
            OpKind::Call(..) => match self.meaning(seen.node) {
                Some(meaning) => self.set_by_call(work, seen, meaning),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn set_by_call(&self, work: &mut Work, seen: &Seen, meaning: &Meaning) -> Vec<Column> {
        let Some(frame) = meaning.frame else { return Vec::new() };
        let slot = |slot: &Option<crate::lexicon::Slot>| {
            let node = self.follow().types.slot(seen.node, slot.as_ref()?)?;
            Some(seen.beside(node.value))
        };
        match frame {
            Columns::Define => match (slot(&meaning.named), slot(&meaning.value)) {
                (Some(name), Some(value)) => self.named(work, &name, seen.node, How::Value(value)),
                _ => Vec::new(),
            },
            Columns::Assign | Columns::Project => self.expressions(work, seen),
            Columns::Evaluate | Columns::Express => self.evaluated(work, seen),
            Columns::Alias => match slot(&meaning.named) {
                Some(name) => self.named(work, &name, seen.node, How::Value(seen.clone())),
                None => Vec::new(),
            },
            Columns::Pick => {
                let (Some(output), Some(inputs)) = (slot(&meaning.named), slot(&meaning.columns)) else {
                    return Vec::new();
                };
                let inputs = self.list(work, &inputs).these.into_iter().map(|(name, _)| name).collect();
                self.named(work, &output, seen.node, How::Of(Text::from("vector"), inputs))
            }
            _ => Vec::new(),
        }
    }

    /// A column of each text that a value may be.
    fn named(&self, work: &mut Work, name: &Seen, by: Node, how: How) -> Vec<Column> {
        let program = self.program();
        let literal = program.literal(name.node);
        let names: Vec<(Text, At)> = match literal {
            Some(text) => vec![(text, self.place(name.node))],
            None if matches!(
                program.op(name.node).kind,
                OpKind::Compare(..)
                    | OpKind::Slice(..)
                    | OpKind::Int(_)
                    | OpKind::Binary(crate::fact::Operator::Bit | crate::fact::Operator::Or, ..)
            ) =>
            {
                Vec::new()
            }
            None => self.list(work, name).these,
        };
        match names.as_slice() {
            // A name that is written out elsewhere is not where the column is made.
            [(word, at)] => {
                let column = made(*word, self.place(name.node), by, how);
                vec![Column { at: *at, ..column }]
            }
            _ => self.several(work, names, by, &how),
        }
    }

    /// Several columns at once: each is made by the function that is called as it is, or of the source after which it is
    /// called, as far as that can be told apart.
    pub(super) fn several(&self, work: &mut Work, names: Vec<(Text, At)>, by: Node, how: &How) -> Vec<Column> {
        let functions = match how {
            How::Value(value) => self.functions(value),
            _ => Vec::new(),
        };
        let sources = if functions.len() > 1 { Vec::new() } else { self.sources_of(work, how) };
        let within = |name: Text, source: Text| !source.is_empty() && name.contains(source.as_str());
        let own = |source: Text| names.iter().any(|(name, _)| within(*name, source));
        let apart = names.iter().all(|(name, _)| sources.iter().any(|source| within(*name, *source)));
        let all = if functions.len() > 1 { self.sources_of(work, how) } else { Vec::new() };
        let of = |name: Text| -> How {
            if let (How::Value(value), Some(def)) = (how, self.called_as(name, &functions))
                && let Some(node) = self.follow().types.returned(def).next()
            {
                return How::Value(Seen { node, stack: self.follow().enter(value, false) });
            }
            let longest = sources.iter().filter(|source| within(name, **source)).map(|s| s.len()).max();
            let takes =
                |source: &&Text| !apart || !own(**source) || within(name, **source) && Some(source.len()) == longest;
            let mut from: Vec<Text> = sources.iter().filter(takes).copied().collect();
            if functions.len() > 1 {
                from.clone_from(&all);
            }
            How::Of(Text::from("part"), from)
        };
        names.iter().map(|(name, at)| made(*name, *at, by, of(*name))).collect()
    }

    /// The functions of the repository that a call may run.
    fn functions(&self, call: &Seen) -> Vec<Def> {
        let function = |callee: &Callee<'_>| match callee {
            Callee::Function(def, _) => Some(*def),
            Callee::Meaning(_) => None,
        };
        self.follow().types.callees(call.node).iter().filter_map(function).collect()
    }

    /// The function that goes by a name: its own, its key in a map, a word that its decorator is given.
    fn called_as(&self, name: Text, functions: &[Def]) -> Option<Def> {
        let program = self.program();
        let keyed = |def: &Def| {
            let facts = program.file(def.file);
            facts.ops.iter().any(|op| match op.kind {
                OpKind::Dict(operands) => facts.operands(operands).windows(2).any(|pair| {
                    pair[0].role == Role::Key
                        && matches!(facts.op(pair[0].value).kind, OpKind::Str(word) if word == name)
                        && self.is_function(Node { file: def.file, value: pair[1].value }, *def)
                }),
                _ => false,
            })
        };
        let decorated = |def: &Def| {
            program.definition(*def).decorators.iter().any(|value| {
                match program.op(Node { file: def.file, value: *value }).kind {
                    OpKind::Call(_, operands) => program
                        .operands(def.file, operands)
                        .iter()
                        .any(|o| program.literal(Node { file: def.file, value: o.value }) == Some(name)),
                    _ => false,
                }
            })
        };
        let of = |fits: &dyn Fn(&Def) -> bool| functions.iter().find(|def| fits(def)).copied();
        of(&decorated).or_else(|| of(&|def| program.definition(*def).name == name)).or_else(|| of(&keyed))
    }

    fn is_function(&self, node: Node, def: Def) -> bool {
        self.follow().types.of(node).iter().any(|ty| matches!(ty, Type::Function(of) if *of == def))
    }

    /// The columns that a call's keywords, maps and expressions make.
    fn expressions(&self, work: &mut Work, seen: &Seen) -> Vec<Column> {
        let mut found = Vec::new();
        for operand in self.given(seen) {
            match operand.role {
                Role::Named(name) => self.keyword(work, seen, name, operand, &mut found),
                _ => self.expression(work, seen, &seen.beside(operand.value), 0, &mut found),
            }
        }
        found
    }

    /// `assign(c=...)`, `agg(c=("a", "mean"))`, `with_columns(c=expression)`.
    fn keyword(&self, work: &mut Work, seen: &Seen, name: Text, operand: &Operand, found: &mut Vec<Column>) {
        let value = seen.beside(operand.value);
        let program = self.program();
        let switch = matches!(program.op(value.node).kind, OpKind::Bool(_) | OpKind::Nothing);
        if switch || matches!(name.as_str(), "axis" | "exprs" | "aggs") {
            if !switch && name != "axis" {
                self.expression(work, seen, &value, 0, found);
            }
            return;
        }
        let how = self.aggregate(work, &value).unwrap_or(How::Value(value.clone()));
        found.push(made(name, self.place(value.node), seen.node, how));
    }

    /// `("a", "mean")`, `NamedAgg("a", "mean")`
    fn aggregate(&self, work: &mut Work, value: &Seen) -> Option<How> {
        let program = self.program();
        let (OpKind::Tuple(operands) | OpKind::Call(_, operands)) = program.op(value.node).kind else { return None };
        let [column, function] = program.operands(value.node.file, operands) else { return None };
        let column = program.literal(value.beside(column.value).node)?;
        let word = self.formula_within(work, &value.beside(function.value)).text;
        Some(How::Of(Text::from(&word), vec![column]))
    }

    /// An expression, or a list or map of them.
    fn expression(&self, work: &mut Work, call: &Seen, value: &Seen, depth: usize, found: &mut Vec<Column>) {
        if depth > NESTED {
            return;
        }
        let program = self.program();
        match program.op(value.node).kind {
            OpKind::List(operands) | OpKind::Tuple(operands) => {
                for operand in program.operands(value.node.file, operands) {
                    self.expression(work, call, &value.beside(operand.value), depth + 1, found);
                }
            }
            OpKind::Dict(operands) => {
                for pair in program.operands(value.node.file, operands).windows(2).filter(|p| p[0].role == Role::Key) {
                    let of = value.beside(pair[1].value);
                    let key = value.beside(pair[0].value);
                    // `agg({"a": "mean"})` computes the column anew from itself.
                    let how = match (program.op(of.node).kind, program.literal(key.node)) {
                        (OpKind::Str(word), Some(name)) => How::Of(word, vec![name]),
                        _ => How::Value(of),
                    };
                    found.extend(self.named(work, &key, call.node, how));
                }
            }
            OpKind::Str(_) | OpKind::Bool(_) | OpKind::Int(_) | OpKind::Nothing => {}
            OpKind::Call(..) | OpKind::Binary(..) | OpKind::Compare(..) | OpKind::Not(_) | OpKind::Index(..) => {
                if let Some((name, at)) = self.alias(work, value) {
                    found.push(made(name, at, call.node, How::Value(value.clone())));
                } else if self.returns_elsewhere(value) {
                    let values = self.follow().back(value).values;
                    values.iter().for_each(|value| self.expression(work, call, value, depth + 1, found));
                } else if !self.is_plain_column(value) {
                    // It keeps the name of the first column in it.
                    let formula = self.formula_within(work, value);
                    if let Some(name) = formula.columns.first() {
                        found.push(made(*name, self.place(value.node), call.node, How::Value(value.clone())));
                    }
                }
            }
            _ => {
                let values = self.follow().back(value).values;
                values.iter().for_each(|value| self.expression(work, call, value, depth + 1, found));
            }
        }
    }

    fn returns_elsewhere(&self, value: &Seen) -> bool {
        self.follow().types.callees(value.node).iter().any(|c| matches!(c, super::Callee::Function(..)))
    }

    /// The name that an expression is given, and where.
    pub(super) fn alias(&self, work: &mut Work, value: &Seen) -> Option<(Text, At)> {
        let mut value = value.clone();
        for _ in 0..NESTED {
            let OpKind::Call(function, _) = self.program().op(value.node).kind else { return None };
            let meaning = self.meaning(value.node).filter(|m| m.frame == Some(Columns::Alias));
            if let Some(slot) = meaning.and_then(|m| m.named.as_ref()) {
                let name = value.beside(self.follow().types.slot(value.node, slot)?.value);
                return self.list(work, &name).these.first().copied();
            }
            // `col("a").alias("b").over("c")`
            let OpKind::Attr(object, _) = self.program().op(value.beside(function).node).kind else { return None };
            value = value.beside(object);
        }
        None
    }

    /// `pl.col("a")`, `frame["a"]`: a column as it is.
    fn is_plain_column(&self, value: &Seen) -> bool {
        match self.program().op(value.node).kind {
            OpKind::Call(..) => self.meaning(value.node).is_some_and(|m| m.frame == Some(Columns::Column)),
            OpKind::Index(..) => true,
            _ => false,
        }
    }

    /// The columns that the texts given to a call make: `"c = a / b"`, `"a / b as c"`.
    fn evaluated(&self, work: &mut Work, seen: &Seen) -> Vec<Column> {
        let OpKind::Call(_, operands) = self.program().op(seen.node).kind else { return Vec::new() };
        let mut found = Vec::new();
        for operand in self
            .program()
            .operands(seen.node.file, operands)
            .iter()
            .filter(|o| matches!(o.role, Role::Plain | Role::Star))
        {
            let value = seen.beside(operand.value);
            let mut texts: Vec<(Text, At)> =
                self.texts(&value).into_iter().map(|text| (text, self.place(value.node))).collect();
            if texts.is_empty() {
                texts = self.list(work, &value).these;
            }
            for (text, at) in texts {
                for line in text.split(['\n', ';']) {
                    if let Some((name, expression)) = assignment(line) {
                        let of = words(expression).into_iter().filter(|word| *word != name).map(Text::from).collect();
                        let how = How::Of(Text::from(&compact(expression)), of);
                        found.push(made(Text::from(name), at, seen.node, how));
                    }
                }
            }
        }
        found
    }
}

pub(super) fn made(name: Text, at: At, by: Node, how: How) -> Column {
    Column { name, at, made: Some(Arc::new(Made { by, at, how })) }
}

/// `name = expression`, or `expression as name`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    if let Some((left, right)) = line.split_once('=')
        && name(left.trim())
        && !right.starts_with('=')
    {
        return Some((left.trim(), right.trim()));
    }
    let at = line.to_ascii_lowercase().rfind(" as ")?;
    let (expression, alias) = (line.get(..at)?, line.get(at + 4..)?.trim());
    name(alias).then_some((alias, expression.trim()))
}

/// The words of an expression that may be columns.
pub(super) fn words(expression: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = expression;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(start) = rest.find(|c: char| c.is_alphabetic() || c == '_') {
        let after = &rest[start..];
        let end = after.find(|c: char| !is_word(c)).unwrap_or(after.len());
        let called = after[end..].trim_start().starts_with('(');
        let quoted = rest[..start].ends_with(['\'', '"']);
        if !called && !quoted && !found.contains(&&after[..end]) {
            found.push(&after[..end]);
        }
        rest = &after[end..];
    }
    found
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::{assignment, words};

    #[test]
    fn texts_name_what_they_make() {
        assert_eq!(assignment("speed = km / hours"), Some(("speed", "km / hours")));
        assert_eq!(assignment("km / hours AS speed"), Some(("speed", "km / hours")));
        assert_eq!(assignment("km == 3"), None);
        assert_eq!(words("log(km) / hours_2 + 'x'"), ["km", "hours_2"]);
    }
}
