//! What the elements of containers may be.

use smallvec::SmallVec;

use super::{Callee, Type, Types, Word};
use crate::fact::{OpKind, Role, Text, Val};
use crate::lexicon::{Flow, MadeBy, Returns};
use crate::program::{Def, Node};

impl<'a> Types<'a> {
    pub(super) fn index(&mut self, object: Node, index: Node, reader: u32) -> u32 {
        let at = |value: Val| Node { value, ..object };
        // A literal container that is seen right here gives the very element.
        if let OpKind::Int(position) = self.program.op(index).kind
            && self.resolve(object).iter().any(|c| matches!(c, Callee::Meaning(m) if m.returns == Some(Returns::Made)))
        {
            return self.made(object, u32::try_from(position).ok());
        }
        match (self.program.op(object).kind, self.program.op(index).kind) {
            (OpKind::List(operands) | OpKind::Tuple(operands), OpKind::Int(position)) => {
                let operands = self.program.operands(object.file, operands);
                let position = usize::try_from(position).ok().and_then(|p| operands.get(p));
                return position.map_or(0, |o| self.set_of(at(o.value)));
            }
            (OpKind::Dict(operands), OpKind::Str(key)) => {
                let operands = self.program.operands(object.file, operands);
                for pair in operands.windows(2) {
                    if pair[0].role == Role::Key && self.program.literal(at(pair[0].value)) == Some(key) {
                        return self.set_of(at(pair[1].value));
                    }
                }
            }
            _ => {}
        }
        let mut set = 0;
        let text = self.is_text(index);
        for ty in self.set_at(object) {
            let of = match ty {
                Type::Instance(of) => of,
                // `flask.request.files["photo"]`: a library's own container.
                Type::Library(of) => {
                    let element = self.lexicon.of_type(of, &|t| t.element.filter(|_| !t.columns));
                    let single = element.map_or(0, |element| self.single(Type::Instance(element)));
                    set = self.union(set, single);
                    continue;
                }
                _ => continue,
            };
            let columns = self.lexicon.of_type(of, &|t| t.columns.then_some(())).is_some();
            let element = self.lexicon.of_type(of, &|t| t.element);
            let found = match element {
                Some(element) if !columns || text => self.single(Type::Instance(element)),
                // A column or several, as the index turns out to be.
                Some(element) if columns && !self.selects_several(index) => {
                    let (one, several) = (self.single(Type::Instance(element)), self.single(ty));
                    self.union(one, several)
                }
                _ if columns => self.single(ty),
                _ => 0,
            };
            set = self.union(set, found);
        }
        let held = self.all_held(object, Some(index), reader, 0);
        set = self.union(set, held);
        if set == 0 { self.element(object, 0) } else { set }
    }

    /// Does the index surely select rows or a list of columns?
    pub(super) fn selects_several(&self, node: Node) -> bool {
        let op = self.program.op(node).kind;
        let listed = matches!(
            op,
            OpKind::List(_) | OpKind::Slice(..) | OpKind::Compare(..) | OpKind::Not(_) | OpKind::Binary(..)
        );
        listed || self.holds(node, Word::List)
    }

    pub(super) fn is_text(&self, node: Node) -> bool {
        matches!(self.program.op(node).kind, OpKind::Str(_)) || self.holds(node, Word::Str)
    }

    pub(super) fn holds(&self, node: Node, word: Word) -> bool {
        let set = &self.sets[self.words[word as usize] as usize];
        set.iter().any(|ty| self.of(node).contains(ty))
    }

    /// The objects of a flow that a step gets which joins those before: `for one in inputs`.
    fn joined(&mut self, param: Node) -> u32 {
        let Some(class) = self.program.class_of(self.program.owner(param)) else { return 0 };
        let joins = |base: &Text| self.lexicon.orchestrators.flow(MadeBy::Class, *base).is_some_and(|form| form.joins);
        if !self.library_bases(class).iter().any(joins) {
            return 0;
        }
        self.single(Type::Object(class))
    }

    /// What the elements of a container may be, as far as the container is built in sight.
    pub(super) fn element(&mut self, sequence: Node, depth: usize) -> u32 {
        if depth > 6 {
            return 0;
        }
        let at = |value: Val| Node { value, ..sequence };
        let mut set = 0;
        for name in self.instances(sequence).collect::<SmallVec<[Text; 2]>>() {
            if let Some(element) = self.lexicon.of_type(name, &|t| t.element) {
                let single = self.single(Type::Instance(element));
                set = self.union(set, single);
            }
        }
        if set != 0 {
            return set;
        }
        if !matches!(self.program.op(sequence).kind, OpKind::List(_) | OpKind::Tuple(_) | OpKind::Dict(_)) {
            set = self.all_held(sequence, None, u32::MAX, 0);
        }
        match self.program.op(sequence).kind {
            OpKind::List(operands) | OpKind::Tuple(operands) | OpKind::Dict(operands) => {
                let operands = self.program.operands(sequence.file, operands);
                let first_keys = operands.iter().any(|o| o.role == Role::Key);
                for operand in operands {
                    let found = match operand.role {
                        Role::Star | Role::Spread => self.element(at(operand.value), depth + 1),
                        Role::Key => 0,
                        _ if first_keys || operand.role == Role::Plain => self.set_of(at(operand.value)),
                        _ => 0,
                    };
                    set = self.union(set, found);
                }
            }
            OpKind::Param(1) => set = self.joined(sequence),
            OpKind::Either(operands) => {
                for operand in self.program.operands(sequence.file, operands) {
                    let found = self.element(at(operand.value), depth + 1);
                    set = self.union(set, found);
                }
            }
            OpKind::After(value, call) => {
                set = self.element(at(value), depth + 1);
                // `models.append(SVC())`
                if let OpKind::Call(_, operands) = self.program.op(at(call)).kind {
                    for operand in self.program.operands(sequence.file, operands) {
                        set = self.union(set, self.set_of(at(operand.value)));
                    }
                }
            }
            OpKind::SetIndex(object, _, value) => {
                set = self.element(at(object), depth + 1);
                set = self.union(set, self.set_of(at(value)));
            }
            OpKind::Element(inner) | OpKind::Part(inner, _) => set = self.element(at(inner), depth + 1),
            // `zip(a, b)`, `models.items()`, `enumerate(a)`: the elements of what goes in.
            OpKind::Call(function, operands) => {
                // What is read from a place consists of nothing that goes into the reading.
                if self.resolve(sequence).iter().any(|c| matches!(c, Callee::Meaning(m) if m.place.is_some())) {
                    return set;
                }
                for (function, _) in self.handed(sequence) {
                    for ty in self.runs(function) {
                        if let Type::Function(def) | Type::Method(def) = ty {
                            set = self.union(set, self.returns[self.program.def_index(def)]);
                        }
                    }
                }
                for callee in self.resolve(sequence) {
                    let Callee::Function(def, _) = callee else { continue };
                    for returned in self.returned(def).collect::<SmallVec<[Node; 4]>>() {
                        if matches!(self.program.op(returned).kind, OpKind::List(_)) {
                            let found = self.element(returned, depth + 2);
                            set = self.union(set, found);
                        }
                    }
                }
                if let OpKind::Attr(object, _) = self.program.op(at(function)).kind {
                    set = self.element(at(object), depth + 1);
                }
                for operand in self.program.operands(sequence.file, operands) {
                    let found = self.element(at(operand.value), depth + 1);
                    set = self.union(set, found);
                }
            }
            OpKind::Global(_) | OpKind::Attr(..) | OpKind::Import(_) => {
                if let Some(value) = self.global_value(sequence) {
                    set = self.element(value, depth + 1);
                }
            }
            _ => {}
        }
        set
    }

    /// The one value of a module-level name, read in a function of the same file.
    pub(super) fn global_value(&self, node: Node) -> Option<Node> {
        let OpKind::Global(name) = self.program.op(node).kind else { return None };
        let value = self.program.binding(Def { file: node.file, id: 0 }, name)?;
        Some(Node { value, ..node })
    }

    pub(super) fn part(&mut self, sequence: Node, index: u32) -> u32 {
        let at = |value: Val| Node { value, ..sequence };
        if let OpKind::Tuple(operands) | OpKind::List(operands) = self.program.op(sequence).kind {
            let operand = self.program.operands(sequence.file, operands).get(index as usize);
            return operand.map_or(0, |o| self.set_of(at(o.value)));
        }
        // A call's result unpacked: a function of the repository that returns a tuple in sight.
        let mut set = 0;
        for callee in self.resolve(sequence) {
            match callee {
                Callee::Function(def, _) => {
                    for returned in self.returned(def) {
                        let found = match self.program.op(returned).kind {
                            OpKind::Tuple(operands) => {
                                let operand = self.program.operands(returned.file, operands).get(index as usize);
                                operand.map_or(0, |o| self.set_of(Node { value: o.value, ..returned }))
                            }
                            _ => 0,
                        };
                        set = self.union(set, found);
                    }
                }
                // `X_train, X_test = train_test_split(X)`: parts of what goes in.
                Callee::Meaning(meaning) if meaning.splits => {
                    if let OpKind::Call(_, operands) = self.program.op(sequence).kind {
                        let argument = self.program.operands(sequence.file, operands).get((index / 2) as usize);
                        set = argument.map_or(0, |o| self.set_of(at(o.value)));
                    }
                }
                Callee::Meaning(meaning) if meaning.flow == Some(Flow::Given) => {
                    if let OpKind::Call(_, operands) = self.program.op(sequence).kind {
                        let argument = self.program.operands(sequence.file, operands).get(index as usize);
                        set = argument.map_or(set, |o| self.set_of(at(o.value)));
                    }
                }
                Callee::Meaning(meaning) if meaning.returns == Some(Returns::Made) => {
                    set = self.made(sequence, Some(index));
                }
                Callee::Meaning(_) => {}
            }
        }
        if set == 0 { self.element(sequence, 0) } else { set }
    }
}
