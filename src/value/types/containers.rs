//! What containers hold that can be called, made or asked, however far from where they are filled it is taken out.

use smallvec::SmallVec;

use super::{Dependency, Type, Types, Word};
use crate::fact::{DefKind, OpKind, Operands, Role, Text, Val};
use crate::lexicon::Flow;
use crate::program::{Def, Node};

/// The type under which the lexicon keeps what methods of any container do.
const CONTAINER: &str = "unknown.Container";

/// Operations after a value among which the one that puts it into a field is.
const AHEAD: usize = 3;
/// Containers in containers.
const NESTED: usize = 4;

impl Types<'_> {
    /// The types of a container that is made right here.
    pub(super) fn holder(&mut self, def: Def, node: Node, operands: Operands, word: Word) -> u32 {
        let plain = self.words[word as usize];
        let operands = self.program.operands(node.file, operands);
        let telling = |o: &crate::fact::Operand| {
            o.role != Role::Key && self.of(Node { value: o.value, ..node }).iter().any(|t| is_telling(*t))
        };
        // What is filled later on is worth a name of its own if others may see it.
        let open =
            operands.is_empty() && (self.program.definition(def).kind != DefKind::Function || self.becomes_field(node));
        if open || operands.iter().any(telling) {
            let holder = self.single(Type::Holder(node));
            return self.union(plain, holder);
        }
        plain
    }

    /// Is a value put into a field right where it is made: `self.models = []`?
    fn becomes_field(&self, node: Node) -> bool {
        let next = self.program.file(node.file).ops.iter().skip(node.value as usize + 1).take(AHEAD);
        next.into_iter().any(|op| matches!(op.kind, OpKind::SetAttr(_, _, value) if value == node.value))
    }

    /// What a container holds; under one key, if that is known.
    pub(super) fn held(&mut self, holder: Node, key: Option<Node>, reader: u32, depth: usize) -> u32 {
        let at = |value: Val| Node { value, ..holder };
        let mut set = self.ask(Dependency::Content(holder), reader).unwrap_or(0);
        let (OpKind::List(operands) | OpKind::Tuple(operands) | OpKind::Dict(operands)) = self.program.op(holder).kind
        else {
            return set;
        };
        let operands = self.program.operands(holder.file, operands);
        let wanted = key.map(|key| self.program.op(key).kind);
        let mut entry = None;
        for (position, operand) in operands.iter().enumerate() {
            let fits = match (wanted, entry.map(|entry| self.program.op(at(entry)).kind)) {
                (Some(OpKind::Str(wanted)), Some(OpKind::Str(of))) => wanted == of,
                (Some(OpKind::Int(wanted)), None) if wanted >= 0 => usize::try_from(wanted) == Ok(position),
                _ => true,
            };
            entry = (operand.role == Role::Key).then_some(operand.value);
            let found = match operand.role {
                Role::Key => 0,
                Role::Star | Role::Spread if depth < NESTED => self.all_held(at(operand.value), key, reader, depth + 1),
                _ if fits => self.set_of(at(operand.value)),
                _ => 0,
            };
            set = self.union(set, found);
        }
        set
    }

    /// What the containers that a value may be hold.
    pub(super) fn all_held(&mut self, value: Node, key: Option<Node>, reader: u32, depth: usize) -> u32 {
        let mut set = 0;
        for ty in self.set_at(value) {
            if let Type::Holder(holder) = ty {
                let found = self.held(holder, key, reader, depth);
                set = self.union(set, found);
            }
        }
        set
    }

    /// Puts a value into the containers that another may be.
    pub(super) fn put(&mut self, container: Node, value: Node) {
        let set = self.set_of(value);
        if !self.of(value).iter().any(|t| is_telling(*t)) {
            return;
        }
        for ty in self.set_at(container) {
            if let Type::Holder(holder) = ty {
                self.grow(Dependency::Content(holder), set);
            }
        }
    }

    /// What a call puts into the container it is called on.
    pub(super) fn fill(&mut self, call: Node, object: Node, operands: Operands) {
        if self.resolve(call).iter().any(|c| matches!(c, super::Callee::Meaning(m) if m.sets_defaults)) {
            for operand in self.program.operands(call.file, operands) {
                if let Role::Named(name) = operand.role {
                    let set = self.set_of(Node { value: operand.value, ..call });
                    self.grow(Dependency::Default(call.file, name), set);
                }
            }
        }
        self.typed_option(call, operands);
        self.hold_made(call);
        if !self.of(object).iter().any(|t| matches!(t, Type::Holder(_))) {
            return;
        }
        if self.flow(call) == Some(Flow::Puts) {
            for operand in self.program.operands(call.file, operands) {
                self.put(object, Node { value: operand.value, ..call });
            }
        }
    }

    /// Lets what is parsed hold an object of the library's class that makes it of what is typed: `type=Path`.
    fn typed_option(&mut self, call: Node, operands: Operands) {
        let defines = |c: &super::Callee<'_>| matches!(c, super::Callee::Meaning(m) if m.defines_option);
        if !self.resolve(call).iter().any(defines) {
            return;
        }
        let at = |value: u32| Node { value, ..call };
        let own = self.program.operands(call.file, operands);
        let named =
            |of: &str| own.iter().find(|o| matches!(o.role, Role::Named(name) if name == of)).map(|o| at(o.value));
        let Some(class) = named("type") else { return };
        let flags = own.iter().filter(|o| o.role == Role::Plain).filter_map(|o| self.program.literal(at(o.value)));
        let long = flags.max_by_key(|flag| flag.starts_with("--"));
        let Some(name) = named("dest").and_then(|dest| self.program.literal(dest)).or(long) else { return };
        let name = Text::from(&name.trim_start_matches('-').replace('-', "_"));
        for ty in self.set_at(class) {
            if let Type::Library(made) = ty {
                let set = self.construct(made);
                self.grow(Dependency::Default(call.file, name), set);
            }
        }
    }

    /// What a call makes of a container, by what is known of what it runs, or by its name if nothing is.
    pub fn flow(&self, call: Node) -> Option<Flow> {
        let OpKind::Call(function, _) = self.program.op(call).kind else { return None };
        let callees = self.resolve(call);
        for callee in &callees {
            match callee {
                super::Callee::Meaning(meaning) if meaning.flow.is_some() => return meaning.flow,
                super::Callee::Function(..) => return None,
                super::Callee::Meaning(_) => {}
            }
        }
        let OpKind::Attr(object, name) = self.program.op(Node { value: function, ..call }).kind else { return None };
        let object = Node { value: object, ..call };
        let foreign = |t: &Type| match t {
            Type::Instance(name) => !name.starts_with("builtins."),
            Type::Library(_) | Type::Module(_) | Type::Class(_) | Type::Object(_) | Type::Folder(_) => true,
            _ => false,
        };
        if self.of(object).iter().any(foreign) {
            return None;
        }
        self.lexicon.method(crate::fact::Text::from(CONTAINER), name).and_then(|meaning| meaning.flow)
    }

    /// A decorator is called with what stands below it.
    pub(super) fn decorated(&mut self, def: Def) {
        for decorator in &self.program.definition(def).decorators {
            let decorator = Node { file: def.file, value: *decorator };
            for ty in self.runs(decorator) {
                if let Type::Library(name) = ty
                    && let Some(given) = self.lexicon.call(name).and_then(|meaning| meaning.hands_over)
                {
                    let set = self.single(Type::Instance(given));
                    self.grow_param(def, 0, set);
                }
                let Type::Function(wrapper) = ty else { continue };
                self.wrappers.insert(wrapper);
                let ty = match self.program.definition(def).kind {
                    DefKind::Class => Type::Class(def),
                    _ => Type::Function(def),
                };
                let set = self.single(ty);
                self.grow_param(wrapper, 0, set);
            }
        }
    }

    pub(super) fn grow_param(&mut self, callee: Def, index: u32, set: u32) {
        let Some(param) = self.program.definition(callee).params.get(index as usize) else { return };
        let slot = self.program.value_index(Node { file: callee.file, value: param.value });
        let old = self.params[slot];
        let new = self.union(old, set);
        if new != old {
            self.params[slot] = new;
            let slot = self.program.def_index(callee);
            self.dirty[slot] = true;
        }
    }

    /// What a `with` binds: the value itself, or what a function of the repository yields in place of its result.
    pub(super) fn entered(&mut self, value: Node) -> u32 {
        let mut yielded: SmallVec<[Node; 4]> = SmallVec::new();
        for callee in self.resolve(value) {
            if let super::Callee::Function(def, _) = callee
                && self.program.definition(def).lazy
            {
                yielded.extend(self.returned(def));
            }
        }
        let mut set = self.set_of(value);
        for node in yielded {
            let found = self.element(node, 0);
            set = self.union(set, found);
        }
        set
    }

    /// Hands on what a call hands on, and gives the types of what comes back.
    pub(super) fn hand_on(&mut self, call: Node, reader: u32) -> u32 {
        let mut set = 0;
        for (function, via) in self.handed(call) {
            for ty in self.runs(function) {
                let found = match ty {
                    Type::Function(of) => self.run(call, of, false, via, reader),
                    Type::Method(of) => self.run(call, of, true, via, reader),
                    Type::Class(class) => self.single(Type::Object(class)),
                    _ => 0,
                };
                set = self.union(set, found);
            }
        }
        set
    }

    /// The classes whose method a super call means: those above the one it stands in.
    pub(super) fn above(&self, call: Node) -> SmallVec<[Def; 2]> {
        let OpKind::Call(function, _) = self.program.op(call).kind else { return SmallVec::new() };
        if self.library_name(Node { value: function, ..call }).is_none_or(|name| name != "builtins.super") {
            return SmallVec::new();
        }
        let mut def = self.program.owner(call);
        while def.id != 0 {
            if let Some(class) = self.program.class_of(def) {
                return self.bases(class).collect();
            }
            def.id = self.program.definition(def).parent;
        }
        SmallVec::new()
    }
}

/// Is a value of that type worth finding again where it is taken out of a container?
fn is_telling(ty: Type) -> bool {
    match ty {
        Type::Instance(name) => !name.starts_with("builtins."),
        _ => true,
    }
}
