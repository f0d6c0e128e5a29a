//! What calls run and give back.

use smallvec::SmallVec;

use super::{Callee, Type, Types, Via};
use crate::fact::{OpKind, Operands, Role, Text};
use crate::lexicon::{Flow, Meaning, Returns};
use crate::program::{Def, Node};

/// The type under which the lexicon keeps methods that are known by their names alone.
const UNKNOWN: &str = "unknown.Object";

impl<'a> Types<'a> {
    pub(super) fn resolve(&self, call: Node) -> SmallVec<[Callee<'a>; 2]> {
        let mut found = SmallVec::new();
        let OpKind::Call(function, _) = self.program.op(call).kind else {
            found.extend(self.subscripted(call).map(|def| Callee::Function(def, true)));
            return found;
        };
        let function = Node { value: function, ..call };
        for ty in &self.runs(function) {
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
                // An object of a library that is called like a function.
                Type::Instance(of) => {
                    found.extend(self.lexicon.called(*of).map(Callee::Meaning));
                }
                _ => {}
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
            // Some methods mean the same whatever they are called on; and only a model is asked for probabilities,
            // even if its library is not known to have such ones.
            if found.is_empty() {
                let unknown = self.is_unknown(Node { value: object, ..call });
                let meaning = self.lexicon.method(Text::from(UNKNOWN), name).filter(|m| unknown || m.predicts);
                found.extend(meaning.map(Callee::Meaning));
            }
        }
        found
    }

    /// Is nothing known of a value: not even that it is a library's own module or class?
    fn is_unknown(&self, node: Node) -> bool {
        let part = matches!(self.program.op(node).kind, OpKind::Attr(..));
        self.of(node).iter().all(|ty| part && matches!(ty, Type::Library(_)))
    }

    /// The methods that a subscript runs, or an assignment to one, on objects of the repository's classes.
    pub(super) fn subscripted(&self, node: Node) -> impl Iterator<Item = Def> {
        let (object, name) = match self.program.op(node).kind {
            OpKind::Index(object, _) => (Some(object), "__getitem__"),
            OpKind::SetIndex(object, ..) => (Some(object), "__setitem__"),
            _ => (None, ""),
        };
        let types = object.map_or(&[][..], |value| self.of(Node { value, ..node }));
        types.iter().filter_map(move |ty| match ty {
            Type::Object(class) => self.method_of(*class, name),
            _ => None,
        })
    }

    pub(super) fn called_object(&self, class: Def) -> Option<Def> {
        ["__call__", "forward", "call"].iter().find_map(|name| self.method_of(class, name))
    }

    pub(super) fn call(&mut self, node: Node, function: Node, operands: Operands, reader: u32) -> u32 {
        let mut set = self.hand_on(node, reader);
        for ty in self.runs(function) {
            let found = match ty {
                Type::Library(name) => {
                    let meaning = self.lexicon.call(name);
                    self.library_call(name, meaning, node, operands)
                }
                Type::Function(of) => self.run(node, of, false, Via::Call, reader),
                Type::Method(of) => self.run(node, of, true, Via::Call, reader),
                Type::Class(class) => {
                    if let Some(init) = self.method_of(class, "__init__") {
                        self.run(node, init, true, Via::Makes, reader);
                    }
                    self.single(Type::Object(class))
                }
                Type::Object(class) => match self.called_object(class) {
                    Some(of) => self.run(node, of, true, Via::Call, reader),
                    None => 0,
                },
                Type::Instance(of) => match self.lexicon.called(of) {
                    Some(meaning) => self.returns(meaning, node, operands, Some(function)),
                    None => 0,
                },
                _ => 0,
            };
            set = self.union(set, found);
        }
        let OpKind::Attr(object, name) = self.program.op(function).kind else { return set };
        let object = Node { value: object, ..node };
        self.fill(node, object, operands);
        if self.flow(node) == Some(Flow::Itself) {
            let own = self.set_of(object);
            set = self.union(set, own);
        }
        if matches!(self.flow(node), Some(Flow::One)) || self.looks_up(node) {
            let key = self.program.operands(node.file, operands).first().map(|o| Node { value: o.value, ..node });
            let found = self.all_held(object, key, reader, 0);
            set = self.union(set, found);
        }
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
        // What a method gives whatever it is called on.
        if set == 0
            && self.is_unknown(object)
            && let Some(meaning) = self.lexicon.method(Text::from(UNKNOWN), name)
        {
            return self.returns(meaning, node, operands, Some(object));
        }
        set
    }

    /// What the methods give that a subscript runs.
    pub(super) fn subscript(&mut self, node: Node, reader: u32) -> u32 {
        let runs: SmallVec<[Def; 2]> = self.subscripted(node).collect();
        let mut set = 0;
        for def in runs {
            let found = self.run(node, def, true, Via::Call, reader);
            set = self.union(set, found);
        }
        set
    }

    /// Does a call take out of its object what a key names?
    fn looks_up(&self, call: Node) -> bool {
        self.resolve(call).iter().any(|c| matches!(c, Callee::Meaning(m) if m.looks_up))
    }

    /// What calling a library's function gives, and leaves behind.
    fn library_call(&mut self, name: Text, meaning: Option<&'a Meaning>, node: Node, operands: Operands) -> u32 {
        let first = self.program.operands(node.file, operands).first().map(|o| Node { value: o.value, ..node });
        if let Some(meaning) = meaning
            && meaning.binds
            && let Some(first) = first
            && self.of(first).iter().any(|t| matches!(t, Type::Partial(call) if *call != node) || is_callable(*t))
        {
            return self.single(Type::Partial(node));
        }
        if meaning.is_some_and(|m| m.imports)
            && let Some(first) = first
        {
            return self.imported(first);
        }
        if meaning.is_some_and(|m| m.describes_field) {
            return self.described(node, operands);
        }
        self.library_result(name, meaning, node, operands)
    }

    /// What a field holds that is described: its default, or what makes that.
    fn described(&mut self, node: Node, operands: Operands) -> u32 {
        let mut set = 0;
        for operand in self.program.operands(node.file, operands) {
            let value = Node { value: operand.value, ..node };
            match operand.role {
                Role::Plain => set = self.union(set, self.set_of(value)),
                Role::Named(name) if name == "default" => set = self.union(set, self.set_of(value)),
                Role::Named(name) if name == "default_factory" || name == "factory" => {
                    for ty in self.set_at(value) {
                        let found = match ty {
                            Type::Class(class) => self.single(Type::Object(class)),
                            Type::Function(def) => self.returns[self.program.def_index(def)],
                            _ => 0,
                        };
                        set = self.union(set, found);
                    }
                }
                _ => {}
            }
        }
        set
    }

    /// The modules that an import at run time may mean, as far as their name is written out.
    fn imported(&mut self, name: Node) -> u32 {
        let (mut before, mut after, mut holes) = (String::new(), String::new(), 0);
        match self.program.op(name).kind {
            OpKind::Str(text) => before.push_str(&text),
            OpKind::Format(operands) => {
                for operand in self.program.operands(name.file, operands) {
                    match self.program.literal(Node { value: operand.value, ..name }) {
                        Some(text) if holes == 0 => before.push_str(&text),
                        Some(text) => after.push_str(&text),
                        None => holes += 1,
                    }
                }
            }
            _ => return 0,
        }
        let mut set = 0;
        if holes <= 1 {
            for file in self.program.named(&before, &after, holes == 1, super::WIDTH) {
                let module = self.single(Type::Module(file));
                set = self.union(set, module);
            }
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
            Some(Returns::Made) => self.made(node, None),
            Some(Returns::Type(name)) => self.single(Type::Instance(name)),
        }
    }

    /// Hands a call's arguments to a function of the repository and gives the types of what it returns.
    pub(super) fn run(&mut self, call: Node, callee: Def, bound: bool, via: Via, reader: u32) -> u32 {
        for (index, given) in self.passed(call, callee, bound, via) {
            let several = given.each || given.role == Role::Star;
            let set = match given.role {
                Role::Spread => 0,
                _ if several => self.element(given.node, 0),
                _ => self.set_of(given.node),
            };
            if set != 0 {
                self.grow_param(callee, index, set);
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

fn is_callable(ty: Type) -> bool {
    matches!(ty, Type::Function(_) | Type::Method(_) | Type::Class(_) | Type::Object(_) | Type::Library(_))
}
