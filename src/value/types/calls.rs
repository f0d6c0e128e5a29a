//! What calls run and give back.

use smallvec::SmallVec;

use super::{Callee, Type, Types};
use crate::fact::{OpKind, Operands, Text};
use crate::lexicon::{Meaning, Returns};
use crate::program::{Def, Node};

/// The type under which the lexicon keeps methods that are known by their names alone.
const UNKNOWN: &str = "unknown.Object";

impl<'a> Types<'a> {
    pub(super) fn resolve(&self, call: Node) -> SmallVec<[Callee<'a>; 2]> {
        let mut found = SmallVec::new();
        let OpKind::Call(function, _) = self.program.op(call).kind else { return found };
        let function = Node { value: function, ..call };
        for ty in self.of(function) {
            match ty {
                Type::Library(name) => {
                    if let Some(meaning) = self.lexicon.call(*name) {
                        found.push(Callee::Meaning(meaning));
                    }
                }
                Type::Function(def) => found.push(Callee::Function(*def, false)),
                Type::Method(def) => found.push(Callee::Function(*def, true)),
                Type::Class(class) => {
                    if let Some(init) = self.method_of(*class, "__init__") {
                        found.push(Callee::Function(init, true));
                    }
                }
                Type::Object(class) => {
                    if let Some(def) = self.called_object(*class) {
                        found.push(Callee::Function(def, true));
                    }
                }
                Type::Module(_) | Type::Instance(_) => {}
            }
        }
        if let OpKind::Attr(object, name) = self.program.op(function).kind {
            for ty in self.of(Node { value: object, ..call }) {
                let meaning = match ty {
                    Type::Instance(of) => self.lexicon.method(*of, name),
                    Type::Object(class) | Type::Class(class) if self.method_of(*class, &name).is_none() => {
                        self.library_bases(*class).into_iter().find_map(|of| self.lexicon.method(of, name))
                    }
                    _ => None,
                };
                if let Some(meaning) = meaning
                    && !found.iter().any(|c| matches!(c, Callee::Meaning(m) if std::ptr::eq(*m, meaning)))
                {
                    found.push(Callee::Meaning(meaning));
                }
            }
            if found.is_empty() {
                found.extend(self.shapes.meaning(call).map(Callee::Meaning));
            }
            // Some methods mean the same whatever they are called on.
            if found.is_empty() && self.is_unknown(Node { value: object, ..call }) {
                found.extend(self.lexicon.method(Text::from(UNKNOWN), name).map(Callee::Meaning));
            }
        }
        found
    }

    /// Is nothing known of a value: not even that it is a library's own module or class?
    fn is_unknown(&self, node: Node) -> bool {
        let part = matches!(self.program.op(node).kind, OpKind::Attr(..));
        self.of(node).iter().all(|ty| part && matches!(ty, Type::Library(_)))
    }

    pub(super) fn called_object(&self, class: Def) -> Option<Def> {
        ["__call__", "forward", "call"].iter().find_map(|name| self.method_of(class, name))
    }

    pub(super) fn call(&mut self, node: Node, function: Node, operands: Operands, reader: u32) -> u32 {
        let mut set = 0;
        for ty in self.set_at(function) {
            let found = match ty {
                Type::Library(name) => {
                    let meaning = self.lexicon.call(name);
                    self.library_result(name, meaning, node, operands)
                }
                Type::Function(of) => self.run(node, of, false, reader),
                Type::Method(of) => self.run(node, of, true, reader),
                Type::Class(class) => {
                    if let Some(init) = self.method_of(class, "__init__") {
                        self.run(node, init, true, reader);
                    }
                    self.single(Type::Object(class))
                }
                Type::Object(class) => match self.called_object(class) {
                    Some(of) => self.run(node, of, true, reader),
                    None => 0,
                },
                Type::Module(_) | Type::Instance(_) => 0,
            };
            set = self.union(set, found);
        }
        let OpKind::Attr(object, name) = self.program.op(function).kind else { return set };
        let object = Node { value: object, ..node };
        for ty in self.set_at(object) {
            let found = match ty {
                Type::Instance(of) => match self.lexicon.method(of, name) {
                    Some(meaning) => self.returns(meaning, node, operands, Some(object)),
                    None => 0,
                },
                // `Ranker.load_from_checkpoint(path)`: what the base class makes is one of it.
                Type::Class(class) if set == 0 && self.lexicon.protocols.makes(&name) => {
                    self.single(Type::Object(class))
                }
                Type::Object(class) if set == 0 => {
                    let meaning = self.library_bases(class).into_iter().find_map(|of| self.lexicon.method(of, name));
                    meaning.map_or(0, |meaning| self.returns(meaning, node, operands, Some(object)))
                }
                _ => 0,
            };
            set = self.union(set, found);
        }
        set
    }

    pub(super) fn library_result(
        &mut self,
        name: Text,
        meaning: Option<&'a Meaning>,
        node: Node,
        operands: Operands,
    ) -> u32 {
        if let Some(meaning) = meaning
            && meaning.returns.is_some()
        {
            return self.returns(meaning, node, operands, None);
        }
        if let Some(known) = self.constructed.get(&name) {
            return *known;
        }
        let set = self.construct(name);
        self.constructed.insert(name, set);
        set
    }

    /// What calling a library's class makes, told by the habit of naming classes in capitals.
    pub(super) fn construct(&mut self, name: Text) -> u32 {
        let last = name.rsplit('.').next().unwrap_or_default();
        let constructor = self.lexicon.protocols.makes(last);
        if last.starts_with(char::is_uppercase) {
            self.single(Type::Instance(name))
        } else if constructor
            && let Some((class, _)) = name.rsplit_once('.')
            && class.rsplit('.').next().is_some_and(|c| c.starts_with(char::is_uppercase))
        {
            // `AutoModel.from_pretrained(..)`, `File::open(..)`: a class's own constructor.
            self.single(Type::Instance(Text::from(class)))
        } else {
            0
        }
    }

    pub(super) fn returns(&mut self, meaning: &Meaning, node: Node, operands: Operands, receiver: Option<Node>) -> u32 {
        match meaning.returns {
            None => 0,
            Some(Returns::Receiver) => receiver.map_or(0, |r| self.set_of(r)),
            Some(Returns::Argument) => {
                let first = self.program.operands(node.file, operands).first();
                first.map_or(0, |o| self.set_of(Node { value: o.value, ..node }))
            }
            Some(Returns::Element) => {
                let first = self.program.operands(node.file, operands).first().map(|o| Node { value: o.value, ..node });
                receiver.or(first).map_or(0, |r| self.element(r, 0))
            }
            Some(Returns::Type(name)) => self.single(Type::Instance(name)),
        }
    }

    /// Hands a call's arguments to a function of the repository and gives the types of what it returns.
    pub(super) fn run(&mut self, call: Node, callee: Def, bound: bool, reader: u32) -> u32 {
        for (index, value) in self.arguments(call, callee, bound) {
            let set = self.set_of(Node { value, ..call });
            if set == 0 {
                continue;
            }
            let Some(param) = self.program.definition(callee).params.get(index as usize) else { continue };
            let slot = self.program.value_index(Node { file: callee.file, value: param.value });
            let old = self.params[slot];
            let new = self.union(old, set);
            if new != old {
                self.params[slot] = new;
                let slot = self.program.def_index(callee);
                self.dirty[slot] = true;
            }
        }
        // A body that waits anyway is looked at now, with these arguments in hand: its answer is wanted here.
        let index = self.program.def_index(callee);
        if self.dirty[index] && self.depth < super::NESTED {
            self.dirty[index] = false;
            self.depth += 1;
            self.body(callee, index);
            self.depth -= 1;
        }
        self.ask_return(callee, reader)
    }
}
