//! The quantity that a column holds, whatever unit or scale it is given in.

use super::{Column, Formula, Frames, How, Seen};
use crate::fact::{OpKind, Operator, Text};
use crate::lexicon::Columns;
use crate::value::types::{Callee, Type};

/// One step after another that says neither more nor less.
const DEPTH: usize = 16;

impl Frames<'_> {
    /// What a column is a one-to-one image of, as a formula: of seconds, minutes and hours it is the same.
    pub fn quantity(&self, column: &Column) -> Option<Formula> {
        let value = match &column.made.as_ref()?.how {
            How::Value(value) => value,
            How::Of(word, of) if *word == "scaled" => return of.first().map(|name| Formula::column(*name)),
            _ => return None,
        };
        let core = self.core(value, DEPTH);
        let formula = self.formula_of(&mut super::Work::default(), &How::Value(core));
        let told = !formula.vague && !formula.columns.is_empty() && !formula.text.contains('?');
        (told && !formula.text.contains("each(") && !formula.text.is_empty()).then_some(formula)
    }

    fn core(&self, seen: &Seen, depth: usize) -> Seen {
        let Some(depth) = depth.checked_sub(1) else { return seen.clone() };
        match self.inner(seen) {
            Some(inner) => self.core(&inner, depth),
            None => seen.clone(),
        }
    }

    /// The value that another one says no more and no less than.
    fn inner(&self, seen: &Seen) -> Option<Seen> {
        let (program, types) = (self.program(), self.follow().types);
        match program.op(seen.node).kind {
            OpKind::Binary(Operator::Add | Operator::Sub | Operator::Mul | Operator::Div, left, right) => {
                let (left, right) = (seen.beside(left), seen.beside(right));
                match (self.is_number_value(&left), self.is_number_value(&right)) {
                    (false, true) => Some(left),
                    (true, false) => Some(right),
                    _ => None,
                }
            }
            OpKind::Define(_) => {
                let def = types.of(seen.node).iter().find_map(|t| match t {
                    Type::Function(def) => Some(*def),
                    _ => None,
                })?;
                let mut returned = types.returned(def);
                let only = returned.next().filter(|_| returned.next().is_none())?;
                Some(Seen { node: only, stack: seen.stack.clone() })
            }
            OpKind::Call(function, operands) => {
                let callees = types.callees(seen.node);
                let called = callees.iter().find_map(|c| match c {
                    Callee::Function(def, bound) if program.definition(*def).name != "__init__" => Some((*def, *bound)),
                    _ => None,
                });
                if let Some((def, bound)) = called {
                    let mut returned = types.returned(def);
                    let only = returned.next().filter(|_| returned.next().is_none())?;
                    return Some(Seen { node: only, stack: self.follow().enter(seen, bound) });
                }
                if !self.meaning(seen.node).is_some_and(|m| m.one_to_one) {
                    return None;
                }
                let receiver = match program.op(seen.beside(function).node).kind {
                    OpKind::Attr(object, _) if types.library_name(seen.beside(object).node).is_none() => Some(object),
                    _ => None,
                };
                let first = program.operands(seen.node.file, operands).first().map(|o| o.value);
                Some(seen.beside(receiver.or(first)?))
            }
            OpKind::Param(_) | OpKind::Either(_) | OpKind::Bind(..) | OpKind::Import(_) | OpKind::Global(_) => {
                let mut back = self.follow().back(seen).values;
                back.pop().filter(|_| back.is_empty())
            }
            // `(end - start).dt` before what is asked of it.
            OpKind::Attr(object, name) => {
                let dress = self.lexicon.computation(&format!(".{name}")) == Some("{0}");
                dress.then(|| seen.beside(object))
            }
            _ => None,
        }
    }

    /// Is a value a number that is written out, here or under a name?
    fn is_number_value(&self, seen: &Seen) -> bool {
        match self.program().op(seen.node).kind {
            OpKind::Int(_) | OpKind::Float(_) => true,
            OpKind::Str(_) | OpKind::Call(..) | OpKind::Index(..) | OpKind::Attr(..) | OpKind::Param(_) => false,
            OpKind::Binary(_, left, right) => {
                self.is_number_value(&seen.beside(left)) && self.is_number_value(&seen.beside(right))
            }
            _ => {
                let mut back = self.follow().back(seen).values;
                back.pop()
                    .filter(|_| back.is_empty())
                    .is_some_and(|only| matches!(self.program().op(only.node).kind, OpKind::Int(_) | OpKind::Float(_)))
            }
        }
    }

    /// The call that groups rows which a value is.
    pub(super) fn grouping(&self, object: &Seen, depth: usize) -> Option<Seen> {
        let mut object = object.clone();
        for _ in 0..depth.min(4) {
            if let OpKind::Call(..) = self.program().op(object.node).kind {
                let groups = self.meaning(object.node).is_some_and(|m| m.frame == Some(Columns::Group));
                return groups.then_some(object);
            }
            let mut back = self.follow().back(&object).values;
            object = back.pop().filter(|_| back.is_empty())?;
        }
        None
    }

    /// The one text without holes that a value surely is.
    pub(super) fn texts_plain(&self, seen: &Seen) -> Option<Text> {
        if !self.follow().types.is_a(seen.node, "builtins.str") {
            return None;
        }
        match self.texts(seen).as_slice() {
            [only] if !only.contains("{}") => Some(*only),
            _ => None,
        }
    }
}
