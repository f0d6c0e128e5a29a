//! What the parts of a model do with a table before it is fitted: pipelines that pick, compute and hand on.

use super::{Chosen, Frame, Frames, Seen, Work};
use crate::fact::{OpKind, Operand, Role};
use crate::lexicon::{Columns, Returns};
use crate::program::{Def, Node};
use crate::value::follow::Stack;
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
        if let Some((class, change)) = self.own_change(node, function) {
            let stack = self.follow().making(model, class);
            return self.changed_by(work, change, 1, stack, frame);
        }
        let meaning = self.meaning(node);
        match meaning.and_then(|m| m.frame) {
            Some(Columns::Beside) => {
                let parts = own.iter().filter(|o| o.role == Role::Plain || self.is_list(model.beside(o.value).node));
                let parts: Vec<Seen> = parts.flat_map(|part| self.parts_of(&model.beside(part.value))).collect();
                let made = parts.iter().map(|part| self.staged(work, part, frame.clone(), depth + 1));
                made.collect::<Vec<_>>().into_iter().reduce(Frame::beside).unwrap_or(frame)
            }
            Some(Columns::Chain) => {
                let parts = own.iter().filter(|o| o.role == Role::Plain || self.is_list(model.beside(o.value).node));
                parts.fold(frame, |frame, part| self.staged(work, &model.beside(part.value), frame, depth + 1))
            }
            Some(Columns::Pick | Columns::PickFirst) => self.picked(work, model, own, frame),
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

    /// The method by which an object of a class of the repository changes tables, where it is made.
    fn own_change(&self, made: Node, function: u32) -> Option<(Def, Def)> {
        let types = self.follow().types;
        let class = types.of(Node { value: function, ..made }).iter().find_map(|t| match t {
            Type::Class(class) => Some(*class),
            _ => None,
        })?;
        let change = self.lexicon.protocols.changes().find_map(|name| types.method_of(class, &name))?;
        Some((class, change))
    }

    /// Is a value an object of a class of the repository?
    pub(super) fn is_own(&self, node: Node) -> bool {
        self.follow().types.of(node).iter().any(|t| matches!(t, Type::Object(_)))
    }

    /// The parts that stand side by side in a list, or one that stands alone.
    fn parts_of(&self, value: &Seen) -> Vec<Seen> {
        match self.program().op(value.node).kind {
            OpKind::List(operands) => {
                let operands = self.program().operands(value.node.file, operands).iter();
                operands.map(|o| value.beside(o.value)).collect()
            }
            _ => vec![value.clone()],
        }
    }

    fn is_list(&self, node: Node) -> bool {
        matches!(self.program().op(node).kind, OpKind::List(_) | OpKind::Tuple(_))
    }

    /// `ColumnTransformer([("scale", scaler, columns)])`, `VectorAssembler(inputCols=columns)`
    fn picked(&self, work: &mut Work, model: &Seen, own: &[Operand], frame: Frame) -> Frame {
        let program = self.program();
        if let Some(meaning) = self.meaning(model.node).filter(|m| m.formula.is_some()) {
            return self.narrowed_within(work, model, meaning, frame);
        }
        let passes = own.iter().any(|o| {
            matches!(o.role, Role::Named(name) if name == "remainder")
                && program.literal(model.beside(o.value).node).is_some_and(|word| word == "passthrough")
        });
        let first = self.meaning(model.node).is_some_and(|m| m.frame == Some(Columns::PickFirst));
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
                            let operands = program.operands(next.node.file, operands);
                            let named = if first { operands.first() } else { operands.last() };
                            let Some(named) = named else { continue };
                            let names = self.list(work, &next.beside(named.value));
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
        if passes || (chosen.these.is_empty() && chosen.like.is_empty() && chosen.but.is_none()) {
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
        let stack = self.follow().enter(model, false);
        self.changed_by(work, def, 0, stack, frame)
    }

    /// What a function makes of a table that it is given for the parameter of that number.
    fn changed_by(&self, work: &mut Work, def: Def, param: usize, stack: Stack, frame: Frame) -> Frame {
        let Some(param) = self.program().definition(def).params.get(param) else { return frame };
        let bound = Node { file: def.file, value: param.value };
        work.bound.push((bound, frame.clone()));
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
