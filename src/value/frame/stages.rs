//! What the parts of a model do with a table before it is fitted: pipelines that pick, compute and hand on.

use super::{Chosen, Frame, Frames, Seen, Work};
use crate::fact::{OpKind, Operand, Role};
use crate::lexicon::{Columns, Returns};
use crate::program::Node;
use crate::value::types::Type;

/// Parts in parts.
const DEPTH: usize = 12;

impl Frames<'_> {
    /// A table after the parts of a model have worked on it.
    pub(super) fn staged(&self, work: &mut Work, model: &Seen, frame: Frame, depth: usize) -> Frame {
        work.steps += 1;
        if depth > DEPTH || work.steps > super::STEPS {
            return frame;
        }
        let program = self.program();
        let node = model.node;
        let OpKind::Call(function, operands) = program.op(node).kind else {
            let inside = match program.op(node).kind {
                OpKind::SetIndex(object, ..) | OpKind::After(object, _) => vec![model.beside(object)],
                OpKind::List(operands) | OpKind::Tuple(operands) => {
                    let parts = program.operands(node.file, operands).iter();
                    parts.map(|o| model.beside(o.value)).collect()
                }
                _ => {
                    let mut back = self.follow().back(model).values;
                    back.truncate(1);
                    back.into_vec()
                }
            };
            return inside.iter().fold(frame, |frame, part| self.staged(work, part, frame, depth + 1));
        };
        let own = program.operands(node.file, operands);
        let meaning = self.meaning(node);
        match meaning.and_then(|m| m.frame) {
            Some(Columns::Chain) => {
                let parts = own.iter().filter(|o| o.role == Role::Plain || self.is_list(model.beside(o.value).node));
                parts.fold(frame, |frame, part| self.staged(work, &model.beside(part.value), frame, depth + 1))
            }
            Some(Columns::Pick) => self.picked(work, model, own, frame),
            Some(Columns::Run) => self.run(work, model, own, frame),
            _ => {
                // `model.fit(...)`, `model.set_params(...)` are the model.
                let hands_on = meaning.and_then(|m| m.returns);
                let back = self.follow().back(model).values;
                match (hands_on, program.op(model.beside(function).node).kind) {
                    (Some(Returns::Receiver), OpKind::Attr(object, _)) => {
                        self.staged(work, &model.beside(object), frame, depth + 1)
                    }
                    (Some(Returns::Argument), _) => match own.first() {
                        Some(first) => self.staged(work, &model.beside(first.value), frame, depth + 1),
                        None => frame,
                    },
                    _ => match back.as_slice() {
                        [only] => self.staged(work, only, frame, depth + 1),
                        _ => frame,
                    },
                }
            }
        }
    }

    fn is_list(&self, node: Node) -> bool {
        matches!(self.program().op(node).kind, OpKind::List(_) | OpKind::Tuple(_))
    }

    /// `ColumnTransformer([("scale", scaler, columns)])`, `VectorAssembler(inputCols=columns)`
    fn picked(&self, work: &mut Work, model: &Seen, own: &[Operand], frame: Frame) -> Frame {
        let program = self.program();
        let passes = own.iter().any(|o| {
            matches!(o.role, Role::Named(name) if name == "remainder")
                && program.literal(model.beside(o.value).node).is_some_and(|word| word == "passthrough")
        });
        let slot = self.meaning(model.node).and_then(|m| m.columns.as_ref());
        let named = slot.and_then(|slot| self.follow().types.slot(model.node, slot));
        let chosen = match named {
            Some(columns) => self.list(work, &model.beside(columns.value)),
            None => {
                let mut waiting: Vec<Seen> = own.iter().rev().map(|o| model.beside(o.value)).collect();
                let mut chosen = Chosen::default();
                for _ in 0..60 {
                    let Some(next) = waiting.pop() else { break };
                    match program.op(next.node).kind {
                        OpKind::List(operands) => {
                            let inner = program.operands(next.node.file, operands).iter().rev();
                            waiting.extend(inner.map(|o| next.beside(o.value)));
                        }
                        OpKind::Tuple(operands) => {
                            let Some(last) = program.operands(next.node.file, operands).last() else { continue };
                            let names = self.list(work, &next.beside(last.value));
                            chosen = merged(chosen, names);
                        }
                        OpKind::Str(_) | OpKind::Int(_) | OpKind::Bool(_) => {}
                        OpKind::Call(..) => chosen.some |= self.follow().back(&next).values.is_empty(),
                        _ => waiting.extend(self.follow().back(&next).values),
                    }
                }
                chosen
            }
        };
        if passes || (chosen.these.is_empty() && chosen.like.is_empty()) {
            return frame;
        }
        frame.choose(chosen)
    }

    /// `FunctionTransformer(function)`
    fn run(&self, work: &mut Work, model: &Seen, own: &[Operand], frame: Frame) -> Frame {
        let Some(function) = own.first().map(|o| model.beside(o.value)) else { return frame };
        let def = self.follow().types.of(function.node).iter().find_map(|t| match t {
            Type::Function(def) => Some(*def),
            _ => None,
        });
        let Some(def) = def else { return frame };
        let Some(param) = self.program().definition(def).params.first() else { return frame };
        let bound = Node { file: def.file, value: param.value };
        work.bound.push((bound, frame.clone()));
        let stack = self.follow().enter(model, false);
        let returned = self.follow().types.returned(def);
        let made = returned.map(|node| self.used(work, &Seen { node, stack: stack.clone() }, u32::MAX));
        let made: Vec<Frame> = made.collect();
        work.bound.pop();
        made.into_iter().reduce(Frame::or).filter(Frame::is_known).unwrap_or(frame)
    }
}

fn merged(mut one: Chosen, two: Chosen) -> Chosen {
    one.these.extend(two.these);
    one.like.extend(two.like);
    one.but = one.but.or(two.but);
    one.some |= two.some;
    one
}
