//! What the fields of objects hold: told apart by where the object was made, as far as that is to be seen.

use smallvec::SmallVec;

use super::{DEPTH, Follow, Into, Path, Seen, Spot, Stack, WIDTH, Walk, is_class};
use crate::fact::{OpKind, Text};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::value::types::{Callee, Given, Held, Type, Via};

/// Methods that run when an object is made, in this order.
const MAKERS: [&str; 2] = ["__init__", "__post_init__"];

/// Methods that run methods when an object is made.
const CHAIN: usize = 3;

impl Walk<'_> {
    pub(super) fn attr(&mut self, spot: Spot, object: u32, name: Text) {
        let types = self.follow.types;
        let at = Node { value: object, ..spot.seen.node };
        let mut held: SmallVec<[Def; 2]> = SmallVec::new();
        let mut closed = false;
        for ty in types.of(at) {
            match ty {
                Type::Module(file) => {
                    closed = true;
                    self.module_name(*file, name, spot.path.clone(), 0);
                }
                Type::Class(class) => {
                    closed = true;
                    self.member(*class, name, &spot, None);
                }
                Type::Object(class) => held.push(*class),
                Type::Library(_) | Type::Folder(_) => closed = true,
                _ => {}
            }
        }
        if closed {
            return;
        }
        let itself = types.is_itself(at) && !held.is_empty();
        let far = spot.seen.stack.is_empty() && itself;
        if !far && self.attempt([spot.beside(object).down(Into::Field(name))]) {
            return;
        }
        for class in held {
            let before = self.waiting.len();
            self.anywhere(spot.seen.node.file, class, name, &spot, 0);
            if far {
                self.doubted(at, class, name, &spot, self.waiting.len() == before);
            }
        }
    }

    /// A field of the object of a method whose caller is not known: what subclasses say, and that callers may know more.
    fn doubted(&mut self, object: Node, class: Def, name: Text, spot: &Spot, nothing: bool) {
        let types = self.follow.types;
        let mut varies = nothing;
        let below: SmallVec<[Def; 8]> = types.subclasses.get(&class).into_iter().flatten().copied().collect();
        for sub in below {
            if self.follow.program.member(sub, name).is_some() || types.assigned.contains_key(&(sub, name)) {
                varies = true;
                if nothing {
                    self.anywhere(spot.seen.node.file, sub, name, spot, DEPTH);
                }
            }
        }
        let plain = |node: &Node| {
            matches!(self.follow.program.op(*node).kind, OpKind::Str(_) | OpKind::Int(_) | OpKind::Call(..))
        };
        for class in self.follow.lineage(class) {
            let assigned = types.assigned.get(&(class, name)).map_or(&[][..], Vec::as_slice);
            varies |= !assigned.iter().all(plain);
            varies |= self.follow.is_property(class, name);
        }
        if varies {
            self.steps.parameter = Some(self.follow.program.owner(object));
        }
    }

    /// A field of any object of a class: whatever is assigned to it, else what the class says.
    fn anywhere(&mut self, from: FileId, class: Def, name: Text, spot: &Spot, depth: usize) {
        let types = self.follow.types;
        // Where any name can be a field, objects of the class have nothing in common but what one file does with them.
        let mut assigned = types.assigned.get(&(class, name)).map_or(&[][..], Vec::as_slice);
        if types.open.contains(&class) {
            // They are in the order of files.
            let start = assigned.partition_point(|node| node.file < from);
            let end = assigned.partition_point(|node| node.file <= from);
            assigned = &assigned[start..end];
        }
        for node in assigned.iter().take(WIDTH) {
            self.push(Spot { seen: Seen::anywhere(*node), path: spot.path.clone(), class: None });
        }
        if !spot.path.is_empty() {
            self.filled(Held::Field(class, name), &spot.path);
        }
        let own = self.own_member(class, name, spot, None);
        if assigned.is_empty() && !own && depth < 6 {
            for base in self.follow.types.own_bases(class).collect::<SmallVec<[Def; 2]>>() {
                self.anywhere(from, base, name, spot, depth + 1);
            }
        }
    }

    /// What a class or the classes above it say of a name.
    fn member(&mut self, class: Def, name: Text, spot: &Spot, stack: Option<&Stack>) -> bool {
        self.follow.lineage(class).into_iter().any(|class| {
            let assigned = self.follow.types.assigned.get(&(class, name)).map_or(&[][..], Vec::as_slice);
            let own = self.own_member(class, name, spot, stack);
            if stack.is_none() && !own {
                for node in assigned.iter().take(WIDTH) {
                    self.push(Spot { seen: Seen::anywhere(*node), path: spot.path.clone(), class: None });
                }
                return !assigned.is_empty();
            }
            own
        })
    }

    /// What a class itself says of a name; a property's value is seen through the stack that leads to its object.
    fn own_member(&mut self, class: Def, name: Text, spot: &Spot, stack: Option<&Stack>) -> bool {
        let program = self.follow.program;
        let Some(member) = program.member(class, name) else { return false };
        let mut path = spot.path.clone();
        match program.op(member).kind {
            OpKind::Unknown => return false,
            OpKind::Define(id) => {
                let def = Def { file: class.file, id };
                if is_class(program, def) {
                    self.push(Spot { seen: Seen::anywhere(member), path, class: None });
                    return true;
                }
                if !self.follow.is_property(class, name) {
                    return false;
                }
                let reads = matches!(program.op(spot.seen.node).kind, OpKind::Attr(..));
                let stack = match stack {
                    Some(stack) => stack.clone(),
                    None if reads => self.follow.entering(&spot.seen, true, Via::Reads, None),
                    None => Stack::new(),
                };
                self.returned(def, &stack, &path);
                return true;
            }
            _ => {}
        }
        // `Table.TRIPS.value`
        if matches!(path.last(), Some(Into::Field(field)) if *field == "value") && self.follow.is_enum(class) {
            path.pop();
        }
        if let Some(def) = self.default_by_method(class, name) {
            self.returned(def, &stack.cloned().unwrap_or_default(), &path);
            return true;
        }
        match self.default_of(member) {
            Some(default) => self.push(Spot { seen: Seen::anywhere(default), path, class: None }),
            None => self.push(Spot { seen: Seen::anywhere(member), path, class: None }),
        }
        true
    }

    /// The method that makes the default of a field: `@places.default`.
    fn default_by_method(&self, class: Def, field: Text) -> Option<Def> {
        let program = self.follow.program;
        let at = |value: u32| Node { file: class.file, value };
        let of_field = |value: u32| {
            let OpKind::Attr(object, word) = program.op(at(value)).kind else { return false };
            let described = program.binding(class, field);
            word == "default"
                && (described == Some(object)
                    || matches!(program.op(at(object)).kind, OpKind::Global(name) if name == field))
        };
        program.definition(class).bindings.iter().find_map(|(_, value)| {
            let OpKind::Define(id) = program.op(at(*value)).kind else { return None };
            let def = Def { file: class.file, id };
            program.definition(def).decorators.iter().any(|d| of_field(*d)).then_some(def)
        })
    }

    /// `field(default=..)`, `Field(..)`, `field(default_factory=..)`: the value behind a field's description.
    fn default_of(&self, member: Node) -> Option<Node> {
        let program = self.follow.program;
        let OpKind::Call(_, operands) = program.op(member).kind else { return None };
        let describes = self.follow.types.callees(member).iter();
        describes.filter(|c| matches!(c, Callee::Meaning(m) if m.describes_field)).find_map(|_| {
            let operands = program.operands(member.file, operands);
            let named = |name: &str| {
                let role = |o: &&crate::fact::Operand| matches!(o.role, crate::fact::Role::Named(n) if n == name);
                operands.iter().find(role)
            };
            let first = operands.first().filter(|o| o.role == crate::fact::Role::Plain);
            if let Some(given) = named("default").or(first) {
                return Some(Node { value: given.value, ..member });
            }
            let factory = Node { value: named("default_factory").or_else(|| named("factory"))?.value, ..member };
            self.follow.types.of(factory).iter().find_map(|t| match t {
                Type::Function(def) => self.follow.types.returned(*def).next(),
                _ => None,
            })
        })
    }

    /// What is asked for in a module, class or function that is itself the value.
    pub(super) fn in_definition(&mut self, def: Def, spot: Spot) {
        let program = self.follow.program;
        if !is_class(program, def) {
            return;
        }
        let mut inner = spot.clone();
        match inner.path.pop() {
            Some(Into::Field(name) | Into::Key(name)) => {
                self.member(def, name, &inner, None);
            }
            // A loop over an enum.
            Some(Into::Each) if self.follow.is_enum(def) => {
                for (name, _) in program.definition(def).bindings.iter().take(WIDTH) {
                    self.own_member(def, *name, &inner, None);
                }
            }
            _ => {}
        }
    }

    /// A field of the object that is made right here; false if the call makes none of the repository's classes.
    pub(super) fn constructed(&mut self, spot: &Spot) -> bool {
        let types = self.follow.types;
        let OpKind::Call(function, _) = self.follow.program.op(spot.seen.node).kind else { return false };
        let runs = types.of(Node { value: function, ..spot.seen.node });
        let classes: SmallVec<[Def; 2]> =
            runs.iter().filter_map(|t| if let Type::Class(class) = t { Some(*class) } else { None }).collect();
        if classes.is_empty() || spot.path.is_empty() {
            return !classes.is_empty();
        }
        let mut inner = spot.clone();
        let (name, place) = match inner.path.pop() {
            Some(Into::Field(name) | Into::Key(name)) => (Some(name), None),
            Some(Into::At(place)) => (None, Some(place)),
            _ => return true,
        };
        for class in classes.into_iter().filter(|class| spot.class.is_none_or(|wanted| wanted == *class)) {
            // A named tuple's parts are its fields.
            let name = name.or_else(|| self.follow.fields(class).get(place? as usize).copied());
            if let Some(name) = name {
                self.made(class, name, &inner);
            }
        }
        true
    }

    fn made(&mut self, class: Def, name: Text, spot: &Spot) -> bool {
        let (types, program) = (self.follow.types, self.follow.program);
        let stack = self.follow.entering(&spot.seen, true, Via::Makes, Some(class));
        let lineage = self.follow.lineage(class);
        let mut found = false;
        for of in &lineage {
            let assigned = types.assigned.get(&(*of, name)).map_or(&[][..], Vec::as_slice);
            for node in assigned.iter().take(WIDTH) {
                let owner = program.owner(*node);
                let inside = program.class_of(owner).is_some_and(|c| lineage.contains(&c));
                let makers = MAKERS.iter().filter_map(|maker| types.method_of(class, maker));
                let way = makers.into_iter().find_map(|maker| self.way(maker, owner, &lineage, &stack, 0));
                match way {
                    Some(stack) => {
                        found = true;
                        self.push(Spot { seen: Seen { node: *node, stack }, path: spot.path.clone(), class: None });
                    }
                    None if !inside => {
                        self.push(Spot { seen: Seen::anywhere(*node), path: spot.path.clone(), class: None })
                    }
                    None => {}
                }
            }
            if !spot.path.is_empty() {
                self.filled(Held::Field(*of, name), &spot.path);
            }
        }
        if found {
            return true;
        }
        if types.method_of(class, "__init__").is_none() {
            if self.given_field(class, name, spot) {
                return true;
            }
        } else if let Some(init) = types.method_of(class, "__init__")
            && let Some(index) = self.keywords_of(init)
        {
            let node = Node { file: init.file, value: program.definition(init).params[index].value };
            let seen = Seen { node, stack: stack.clone() };
            if self.attempt([Spot { seen, path: spot.path.clone(), class: None }.down(Into::Key(name))]) {
                return true;
            }
        }
        if self.member(class, name, spot, Some(&stack)) {
            return true;
        }
        // Assigned in a method that nobody was seen to call when the object was made.
        for of in &lineage {
            for node in types.assigned.get(&(*of, name)).into_iter().flatten().take(WIDTH) {
                self.push(Spot { seen: Seen::anywhere(*node), path: spot.path.clone(), class: None });
                found = true;
            }
        }
        found
    }

    fn keywords_of(&self, def: Def) -> Option<usize> {
        let params = &self.follow.program.definition(def).params;
        params.iter().position(|p| p.kind == crate::fact::ParamKind::Keywords)
    }

    /// A field of an object whose class only lists its fields: what the call gives for it.
    fn given_field(&mut self, class: Def, name: Text, spot: &Spot) -> bool {
        use crate::fact::Role;
        let given = self.follow.types.given(spot.seen.node, Via::Call);
        let put = |given: &Given, path: Path| {
            let seen = Seen { node: given.node, stack: spot.seen.stack.clone() };
            Spot { seen, path, class: None }
        };
        if let Some(named) = given.iter().rev().find(|g| g.role == Role::Named(name)) {
            self.push(put(named, spot.path.clone()));
            return true;
        }
        let place = self.follow.fields(class).iter().position(|field| *field == name);
        let mut loose: SmallVec<[Spot; 2]> = SmallVec::new();
        for (index, given) in given.iter().enumerate() {
            match given.role {
                Role::Plain if Some(index) == place => {
                    self.push(put(given, spot.path.clone()));
                    return true;
                }
                Role::Star => {
                    let offset = place.and_then(|place| place.checked_sub(index)).and_then(|o| u32::try_from(o).ok());
                    loose.extend(offset.map(|offset| put(given, spot.path.clone()).down(Into::At(offset))));
                }
                Role::Spread => loose.push(put(given, spot.path.clone()).down(Into::Key(name))),
                _ => {}
            }
        }
        !loose.is_empty() && self.attempt(loose)
    }

    /// The way from a method into another that it runs on the same object.
    fn way(&self, from: Def, to: Def, lineage: &[Def], stack: &Stack, depth: usize) -> Option<Stack> {
        if from == to {
            return Some(stack.clone());
        }
        if depth >= CHAIN {
            return None;
        }
        let program = self.follow.program;
        program.definition(from).body.clone().find_map(|value| {
            let call = Node { file: from.file, value };
            if !matches!(program.op(call).kind, OpKind::Call(..)) {
                return None;
            }
            self.follow.types.callees(call).iter().find_map(|callee| {
                let Callee::Function(def, bound) = *callee else { return None };
                let own = def != from && program.class_of(def).is_some_and(|class| lineage.contains(&class));
                if !own {
                    return None;
                }
                let class = stack.last().and_then(|site| site.class);
                let seen = Seen { node: call, stack: stack.clone() };
                let inner = self.follow.entering(&seen, bound, Via::Call, class);
                self.way(def, to, lineage, &inner, depth + 1)
            })
        })
    }
}

impl Follow<'_> {
    /// A class and the classes of the repository above it, itself first.
    pub fn lineage(&self, class: Def) -> SmallVec<[Def; 4]> {
        self.types.lineage(class)
    }

    /// The fields that a class lists, those of the classes above it first, in the order in which they are written.
    fn fields(&self, class: Def) -> Vec<Text> {
        let mut fields: Vec<Text> = Vec::new();
        for class in self.lineage(class).into_iter().rev() {
            for value in self.program.definition(class).body.clone() {
                if let OpKind::Bind(name, value) = self.program.op(Node { file: class.file, value }).kind
                    && !matches!(self.program.op(Node { file: class.file, value }).kind, OpKind::Define(_))
                    && !fields.contains(&name)
                {
                    fields.push(name);
                }
            }
        }
        fields
    }

    fn is_property(&self, class: Def, name: Text) -> bool {
        let Some(member) = self.program.member(class, name) else { return false };
        let OpKind::Define(id) = self.program.op(member).kind else { return false };
        let decorated = self.types.decorators(Def { file: class.file, id });
        decorated.iter().any(|d| *d == "property" || *d == "cached_property")
    }

    fn is_enum(&self, class: Def) -> bool {
        self.types.library_bases(class).iter().any(|base| {
            let name = base.rsplit('.').next().unwrap_or_default();
            base.starts_with("enum.") || name.ends_with("Enum")
        })
    }
}
