//! Parts of what holds several tables: splits, pairs that a loader gives, matrices of a formula.

use super::{Frame, Frames, Seen, Work};
use crate::fact::{OpKind, Role, Val};
use crate::lexicon::Columns;
use crate::program::Node;
use crate::value::types::{Callee, Type};

/// Containers of rows that are looked through for what they hold.
const CONTAINERS: usize = 12;

impl Frames<'_> {
    /// The part at one place of what a sequence holds: of a split, of the tuples that a loader gives.
    pub(super) fn part(&self, work: &mut Work, seen: &Seen, sequence: Val, index: u32) -> Frame {
        if let Some(frame) = self.followed(work, seen).filter(Frame::is_known) {
            return frame;
        }
        let sequence = seen.beside(sequence);
        match self.program().op(sequence.node).kind {
            OpKind::Call(..) => {
                let meaning = self.meaning(sequence.node);
                // `y, X = dmatrices(formula, table)`
                if meaning.is_some_and(|m| m.formula.is_some()) {
                    let mut frame = self.used(work, &sequence, seen.node.value);
                    if index == 0 {
                        return self.labels_of(&frame);
                    }
                    frame.labels.clear();
                    return frame;
                }
                let splits = meaning.is_some_and(|m| m.splits);
                if splits && let Some(table) = self.receiver(&sequence) {
                    return self.used(work, &table, sequence.node.value);
                }
                if splits {
                    let plain = self.operands(&sequence).iter().filter(|o| o.role == Role::Plain);
                    let of: Vec<Seen> = plain.map(|o| sequence.beside(o.value)).collect();
                    return match of.get((index / 2) as usize) {
                        Some(value) => self.used(work, value, sequence.node.value),
                        None => Frame::default(),
                    };
                }
                if self.follow().types.callees(sequence.node).iter().any(|c| matches!(c, Callee::Function(..))) {
                    return Frame::default();
                }
                self.used(work, &sequence, seen.node.value)
            }
            OpKind::Element(of) => self.item(work, &sequence.beside(of), index),
            _ => self.used(work, &sequence, seen.node.value),
        }
    }

    /// The part at one place of each thing that a loader, a dataset or a pairing gives.
    fn item(&self, work: &mut Work, container: &Seen, index: u32) -> Frame {
        let mut container = container.clone();
        for _ in 0..CONTAINERS {
            let types = self.follow().types;
            let item = types.of(container.node).iter().find_map(|t| match t {
                Type::Object(class) => types.method_of(*class, "__getitem__"),
                _ => None,
            });
            if let Some(item) = item {
                let parts = types.returned(item).filter_map(|node| match self.program().op(node).kind {
                    OpKind::Tuple(operands) => {
                        let operand = self.program().operands(node.file, operands).get(index as usize)?;
                        Some(Seen::anywhere(Node { value: operand.value, ..node }))
                    }
                    _ => None,
                });
                let frames: Vec<Frame> = parts.map(|part| self.used(work, &part, Val::MAX)).collect();
                return frames.into_iter().reduce(Frame::or).unwrap_or_default();
            }
            if let OpKind::Call(..) = self.program().op(container.node).kind {
                let meaning = self.meaning(container.node);
                let operands = self.operands(&container);
                if meaning.is_some_and(|m| m.pairs || m.frame == Some(Columns::Pair)) {
                    return match operands.get(index as usize) {
                        Some(part) => self.used(work, &container.beside(part.value), container.node.value),
                        None => Frame::default(),
                    };
                }
                let back = self.follow().back(&container).values;
                container = match (back.first(), operands.first()) {
                    (Some(first), _) => first.clone(),
                    (None, Some(first)) => container.beside(first.value),
                    (None, None) => return Frame::default(),
                };
                continue;
            }
            match self.follow().back(&container).values.first() {
                Some(first) => container = first.clone(),
                None => break,
            }
        }
        Frame::default()
    }
}
