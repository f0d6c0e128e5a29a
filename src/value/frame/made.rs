//! Columns that functions make row by row or group by group: what they return becomes columns.

use super::sets::made;
use super::{Chosen, Column, Frame, Frames, How, Rest, Seen, Work};
use crate::fact::{OpKind, Role};
use crate::lexicon::Meaning;
use crate::program::Def;
use crate::value::types::Type;

impl Frames<'_> {
    /// The function that a call is handed first, or under the name of its slot.
    fn handed_function(&self, call: &Seen) -> Option<Def> {
        let operands = self.operands(call).iter();
        let candidates = operands.filter(|o| match o.role {
            Role::Plain => true,
            Role::Named(name) => matches!(name.as_str(), "func" | "function" | "fn"),
            _ => false,
        });
        candidates.take(2).find_map(|o| {
            self.follow().types.of(call.beside(o.value).node).iter().find_map(|t| match t {
                Type::Function(def) | Type::Method(def) => Some(*def),
                _ => None,
            })
        })
    }

    /// `groupby(keys).apply(function)` and `apply(function, axis=1)`, where the function returns a row by names, or a
    /// table for each group.
    pub(super) fn summed_up(&self, work: &mut Work, call: &Seen, base: &Frame) -> Option<Frame> {
        if base.single {
            return None;
        }
        let def = self.handed_function(call)?;
        let mut rows: Option<Frame> = None;
        for node in self.follow().types.returned(def).take(6) {
            let returned = Seen { node, stack: self.follow().enter(call, false) };
            let row = self.row_of(work, &returned).or_else(|| {
                let grouped = !base.keys.is_empty();
                let plain = Frame { keys: Vec::new(), ..base.clone() };
                let table = grouped.then(|| self.used_with(work, def, &returned, plain))?;
                (table.is_known() && !table.single).then_some(table)
            })?;
            rows = Some(match rows {
                Some(before) => before.or(row),
                None => row,
            });
        }
        let mut frame = rows?;
        for key in &base.keys {
            if frame.column(key.name).is_none() {
                frame.columns.insert(0, key.clone());
            }
        }
        frame.inherit(base);
        (frame.map, frame.single) = (false, false);
        for column in &base.columns {
            if frame.column(column.name).is_none() && frame.rest == Rest::Nothing {
                frame.leave(column.clone());
            }
        }
        Some(frame)
    }

    /// A value as a function sees and changes it whose first parameter is that table.
    fn used_with(&self, work: &mut Work, def: Def, value: &Seen, table: Frame) -> Frame {
        let params = &self.program().definition(def).params;
        let Some(param) = params.iter().find(|param| param.name != "self") else { return Frame::default() };
        work.bound.push((crate::program::Node { file: def.file, value: param.value }, table));
        let frame = self.used(work, value, u32::MAX);
        work.bound.pop();
        frame
    }

    /// A row by names: a dict, `Series({..})`, `Series([..], index=[..])`.
    fn row_of(&self, work: &mut Work, value: &Seen) -> Option<Frame> {
        let mut value = value.clone();
        for _ in 0..4 {
            match self.program().op(value.node).kind {
                OpKind::Dict(_) | OpKind::SetIndex(..) if self.is_map(&self.first_of(&value)) => {
                    let frame = self.used(work, &value, u32::MAX);
                    return frame.is_known().then_some(frame);
                }
                OpKind::Call(..) => {
                    let series = self.meaning(value.node).is_some_and(|m| m.gathers_row);
                    if !series {
                        return None;
                    }
                    let operands = self.operands(&value);
                    let data = value.beside(operands.first()?.value);
                    let index = operands.iter().find(|o| matches!(o.role, Role::Named(name) if name == "index"));
                    let Some(index) = index else {
                        value = data;
                        continue;
                    };
                    let names = self.list(work, &value.beside(index.value));
                    return Some(self.by_index(&value, &data, names));
                }
                _ => {
                    let mut back = self.follow().back(&value).values;
                    value = back.pop().filter(|_| back.is_empty())?;
                }
            }
        }
        None
    }

    /// A value before anything was set in it.
    fn first_of(&self, value: &Seen) -> Seen {
        let mut value = value.clone();
        for _ in 0..200 {
            match self.program().op(value.node).kind {
                OpKind::SetIndex(object, ..) | OpKind::After(object, _) => value = value.beside(object),
                _ => break,
            }
        }
        value
    }

    fn by_index(&self, call: &Seen, data: &Seen, names: Chosen) -> Frame {
        let parts: Vec<Seen> = match self.program().op(data.node).kind {
            OpKind::List(operands) | OpKind::Tuple(operands) => {
                let operands = self.program().operands(data.node.file, operands).iter();
                operands.map(|o| data.beside(o.value)).collect()
            }
            _ => Vec::new(),
        };
        let mut frame = Frame { rest: Rest::Nothing, ..Frame::default() };
        for (number, (name, at)) in names.these.into_iter().enumerate() {
            frame.columns.push(match parts.get(number) {
                Some(part) => made(name, at, call.node, How::Value(part.clone())),
                None => Column { name, at, made: None },
            });
        }
        if names.some {
            frame.rest = Rest::Unknown;
        }
        frame
    }

    /// `dataset.map(function)`: what the function returns for a row is added to it.
    pub(super) fn extended(&self, work: &mut Work, call: &Seen, meaning: &Meaning, base: Frame) -> Frame {
        let Some(def) = self.handed_function(call) else { return base };
        let mut frame = base.clone();
        // What it takes away, it takes away of what was there before.
        if let Some(columns) = self.slot(call, &meaning.columns) {
            let chosen = self.list(work, &columns);
            let (opened, vague) = (frame.opened, frame.vague);
            if chosen.but.is_some() {
                frame.rest = Rest::Nothing;
                std::mem::take(&mut frame.columns).into_iter().for_each(|column| frame.leave(column));
            } else {
                frame = frame.without(chosen);
                (frame.opened, frame.vague) = (opened, vague);
            }
        }
        let stack = self.follow().enter(call, false);
        for node in self.follow().types.returned(def).take(6) {
            let returned = Seen { node, stack: stack.clone() };
            let added = self.used_with(work, def, &returned, base.clone());
            if !added.is_known() {
                frame.rest = if frame.rest == Rest::Nothing { Rest::Unknown } else { frame.rest };
                continue;
            }
            for column in added.columns {
                frame.set(column);
            }
            if added.rest == Rest::Unknown && frame.rest == Rest::Nothing {
                frame.rest = Rest::Unknown;
            }
        }
        frame
    }

    /// `selectExpr("a", "b / c as d")`
    pub(super) fn expressed(&self, work: &mut Work, call: &Seen, mut base: Frame) -> Frame {
        let sets = self.set_by(work, call);
        let mut chosen = Chosen::default();
        for operand in self.operands(call).iter().filter(|o| matches!(o.role, Role::Plain | Role::Star)) {
            let value = call.beside(operand.value);
            for (text, at) in self.list(work, &value).these {
                let set = sets.iter().find(|column| column.at == at && text.ends_with(column.name.as_str()));
                let plain = |c: char| c.is_alphanumeric() || c == '_';
                match set {
                    Some(column) => chosen.these.push((column.name, at)),
                    None if text == "*" => chosen.but = Some(Vec::new()),
                    None if text.chars().all(plain) => chosen.these.push((text, at)),
                    None => chosen.some = true,
                }
            }
        }
        sets.into_iter().for_each(|column| base.set(column));
        base.choose(chosen)
    }
}
