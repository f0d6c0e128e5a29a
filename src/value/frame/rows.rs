//! Rows and maps as tables: dicts, lists of them, objects whose fields become columns, what a `DataFrame` is made of.

use super::sets::made;
use super::{Chosen, Column, Frame, Frames, How, Rest, Seen, Work};
use crate::fact::{OpKind, Operands, Role, Text};
use crate::program::{Def, Node};
use crate::value::types::Type;

impl Frames<'_> {
    /// Is a value a dict that is written out?
    pub(super) fn is_map(&self, seen: &Seen) -> bool {
        matches!(self.program().op(seen.node).kind, OpKind::Dict(_))
            || self.follow().types.is_a(seen.node, "builtins.dict")
    }

    /// A dict as a row, or a map of columns.
    pub(super) fn map(&self, work: &mut Work, seen: &Seen, operands: Operands) -> Frame {
        let mut frame = Frame { rest: Rest::Nothing, map: true, ..Frame::default() };
        let operands = self.program().operands(seen.node.file, operands);
        let mut entries = operands.iter();
        while let Some(operand) = entries.next() {
            let at = seen.beside(operand.value);
            match operand.role {
                Role::Key => {
                    let Some(value) = entries.next().map(|o| seen.beside(o.value)) else { break };
                    let names = self.list(work, &at);
                    if names.these.is_empty() {
                        frame.rest = Rest::Unknown;
                    }
                    let how = How::Value(value);
                    let columns = match names.these.len() {
                        0 | 1 => {
                            names.these.into_iter().map(|(name, at)| made(name, at, seen.node, how.clone())).collect()
                        }
                        _ => self.several(work, names.these, seen.node, &how),
                    };
                    columns.into_iter().for_each(|column| frame.set(column));
                }
                Role::Spread => {
                    let inner = self.used(work, &at, seen.node.value);
                    frame = frame.beside(inner);
                }
                _ => {}
            }
        }
        frame
    }

    /// A list of rows is a table like its rows; a list of columns has them side by side.
    pub(super) fn row_list(&self, work: &mut Work, seen: &Seen, operands: Operands) -> Frame {
        let operands = self.program().operands(seen.node.file, operands);
        let mut all: Option<Frame> = None;
        let mut unknown = false;
        for operand in operands.iter().take(300) {
            let value = seen.beside(operand.value);
            let frame = self.used(work, &value, seen.node.value);
            if !frame.is_known() {
                unknown |= !self.is_number(value.node);
                continue;
            }
            all = Some(match all {
                None => frame,
                Some(before) if before.single && frame.single => {
                    let mut both = before.beside(frame);
                    both.single = true;
                    both
                }
                Some(before) => before.or(frame),
            });
        }
        let Some(mut frame) = all else { return Frame::default() };
        let several = frame.single;
        frame.bare |= several;
        frame.single = several && operands.len() == 1 && frame.columns.len() == 1;
        if unknown && several {
            frame.rest = Rest::Unknown;
        }
        frame
    }

    fn is_number(&self, node: Node) -> bool {
        matches!(self.program().op(node).kind, OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_))
    }

    /// `DataFrame(data, columns=[...])`
    pub(super) fn table_of(&self, work: &mut Work, seen: &Seen) -> Frame {
        let OpKind::Call(_, operands) = self.program().op(seen.node).kind else { return Frame::default() };
        let operands = self.program().operands(seen.node.file, operands);
        let named = |wanted: &[&str]| {
            let fits =
                |o: &&crate::fact::Operand| matches!(o.role, Role::Named(name) if wanted.contains(&name.as_str()));
            operands.iter().find(fits).map(|o| seen.beside(o.value))
        };
        let plain: Vec<Seen> =
            operands.iter().filter(|o| o.role == Role::Plain).map(|o| seen.beside(o.value)).collect();
        let data = plain.first().cloned().or_else(|| named(&["data", "rows"]));
        let mut frame = match &data {
            Some(data) => self.used(work, data, seen.node.value),
            None => Frame { rest: Rest::Nothing, ..Frame::default() },
        };
        let columns = named(&["columns", "schema"]).or_else(|| {
            plain
                .get(1)
                .filter(|v| matches!(self.program().op(v.node).kind, OpKind::List(_) | OpKind::Tuple(_)))
                .cloned()
        });
        if let Some(columns) = columns {
            let chosen = self.list(work, &columns);
            if !chosen.some || !chosen.these.is_empty() {
                frame = self.renamed_by_place(frame, chosen);
            }
        }
        frame.bare = false;
        frame.single = false;
        frame.map = false;
        frame
    }

    /// Gives values their names, by their places where these are all that is known of them.
    fn renamed_by_place(&self, mut frame: Frame, chosen: Chosen) -> Frame {
        let fitting =
            frame.bare && frame.rest == Rest::Nothing && frame.columns.len() == chosen.these.len() && !chosen.some;
        if !fitting {
            let known = frame.is_known() && !frame.bare;
            if !known {
                frame.columns.clear();
            }
            return frame.choose(chosen);
        }
        let columns = std::mem::take(&mut frame.columns);
        for (column, (name, at)) in columns.into_iter().zip(chosen.these) {
            let made = column.made.clone();
            frame.columns.push(Column { name, at, made });
        }
        frame.selected = true;
        frame
    }

    /// `frame.columns = names`
    pub(super) fn named_anew(&self, mut frame: Frame, chosen: Chosen) -> Frame {
        let same = frame.rest == Rest::Nothing && frame.columns.len() == chosen.these.len();
        let columns = std::mem::take(&mut frame.columns);
        for (number, (name, at)) in chosen.these.into_iter().enumerate() {
            let made = columns.get(number).filter(|_| same).and_then(|column| column.made.clone());
            frame.columns.push(Column { name, at, made });
        }
        frame.rest = Rest::Nothing;
        frame
    }

    /// The fields of the class that a value is an object of.
    pub(super) fn fields_of(&self, seen: &Seen) -> Frame {
        let class = self.follow().types.of(seen.node).iter().find_map(|t| match t {
            Type::Object(class) => Some(*class),
            _ => None,
        });
        match class {
            Some(class) => self.fields(class, 0),
            None => Frame::default(),
        }
    }

    fn fields(&self, class: Def, depth: usize) -> Frame {
        let mut frame = Frame { rest: Rest::Nothing, ..Frame::default() };
        if depth > 6 {
            return frame;
        }
        for base in self.follow().types.own_bases(class) {
            frame = frame.beside(self.fields(base, depth + 1));
        }
        let program = self.program();
        let mut fields: Vec<(Text, Node)> = program
            .definition(class)
            .bindings
            .iter()
            .map(|(name, value)| (*name, Node { file: class.file, value: *value }))
            .filter(|(name, node)| !name.starts_with('_') && !matches!(program.op(*node).kind, OpKind::Define(_)))
            .collect();
        fields.sort_by_key(|(_, node)| *node);
        for (name, node) in fields.into_iter().filter(|(name, _)| name != "model_config" && name != "Config") {
            frame.columns.push(Column { name, at: program.place(node), made: None });
        }
        frame.selected = true;
        frame
    }

    /// What a call adds to a list of rows.
    pub(super) fn row_added(&self, work: &mut Work, call: &Seen, frame: Frame) -> Frame {
        let OpKind::Call(function, operands) = self.program().op(call.node).kind else { return frame };
        let OpKind::Attr(_, name) = self.program().op(call.beside(function).node).kind else { return frame };
        if !self.lexicon.words.grows(&name) {
            return frame;
        }
        match self.program().operands(call.node.file, operands).last() {
            Some(last) => {
                let row = self.used(work, &call.beside(last.value), call.node.value);
                frame.or(row)
            }
            None => frame,
        }
    }
}
