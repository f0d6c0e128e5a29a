//! What every value may be (a library's object, a class of the repository, a function), to a fixed point over all
//! bodies, and so which code every call runs.

mod ask;
mod calls;
mod collect;
mod containers;
mod elements;
mod exchange;
mod given;
mod made;
mod names;
mod rebuilt;
mod shapes;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::fact::{DefKind, OpKind, Operator, ParamKind, Text, Val};
use crate::lexicon::{Lexicon, Meaning};
use crate::program::{Def, Node, Program};
use crate::source::FileId;
pub use exchange::{End, Exchange, Handed};
pub use given::{Given, Via};
use shapes::Shapes;

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// A module of the repository.
    Module(FileId),
    /// A library's module, function or class itself, by canonical dotted name.
    Library(Text),
    /// An instance of a library's type.
    Instance(Text),
    /// A class of the repository itself.
    Class(Def),
    /// An instance of a class of the repository.
    Object(Def),
    /// A function of the repository.
    Function(Def),
    /// A method of the repository, with its object.
    Method(Def),
    /// A function with arguments bound in advance, by that call.
    Partial(Node),
    /// The container that is made there, as far as what it holds can be called, made or asked.
    Holder(Node),
    /// A folder that is imported as a package without an `__init__`.
    Folder(Text),
}

type Set = SmallVec<[Type; 2]>;

/// More types than this on one value tell nothing.
const WIDTH: usize = 8;

/// A body is looked at this often at the most; types only grow, and nearly all are settled after three looks.
const ROUNDS: usize = 8;

/// Of a class with more subclasses than this, the others are left out.
const SUBCLASSES: usize = 16;

/// Calls are followed into bodies so deep at once.
const NESTED: usize = 48;

/// What a call runs.
#[derive(Clone, Copy, Debug)]
pub enum Callee<'a> {
    /// A library's function or method whose meaning is known.
    Meaning(&'a Meaning),
    /// A function of the repository; whether its first parameter is the object it is called on.
    Function(Def, bool),
}

/// A call of a function of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    /// The call.
    pub call: Node,
    /// The definition in whose body it stands.
    pub within: Def,
    /// The called function's first parameter is the object it is called on.
    pub bound: bool,
    /// How the call comes to run it.
    pub via: Via,
    /// The class of that object, where it is known there.
    pub class: Option<Def>,
}

/// A name or field that holds a container which is filled where it is not to be seen by the name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Held {
    /// Of a module.
    Name(FileId, Text),
    /// Of a class's objects.
    Field(Def, Text),
    /// The container that a module makes right there.
    Made(Node),
}

/// The types of all values and the calls between definitions.
pub struct Types<'a> {
    program: &'a Program<'a>,
    lexicon: &'a Lexicon,
    sets: Vec<Set>,
    set_ids: FxHashMap<Set, u32>,
    values: Vec<u32>,
    /// What callers hand to a parameter, by the parameter's value.
    params: Vec<u32>,
    returns: Vec<u32>,
    /// What fields of classes and names of modules may hold, and who asked.
    slots: FxHashMap<Dependency, Slot>,
    builtins: FxHashMap<Text, u32>,
    members: FxHashMap<(Text, Text), u32>,
    constructed: FxHashMap<Text, u32>,
    starred: Vec<Vec<FileId>>,
    /// Assignments to fields of the repository's classes: the assigned values.
    pub assigned: FxHashMap<(Def, Text), Vec<Node>>,
    /// Module-level names bound from inside functions (`global`).
    pub rebound: FxHashMap<(FileId, Text), Vec<Node>>,
    /// What fills a container behind a name or field: calls and assignments of elements.
    pub filled: FxHashMap<Held, Vec<Node>>,
    /// The classes of the repository that extend a class.
    pub subclasses: FxHashMap<Def, Vec<Def>>,
    /// Classes whose objects may have any field.
    pub open: FxHashSet<Def>,
    /// Who calls a definition.
    pub callers: FxHashMap<Def, Vec<Site>>,
    /// The sets of what literals make, by [`Word`].
    words: [u32; 4],
    /// Functions that build a map anew, and the parameter that it is.
    rebuilders: FxHashMap<Def, u32>,
    /// Functions that are called as decorators.
    wrappers: FxHashSet<Def>,
    /// The bodies that asked for what a definition returns.
    return_readers: Vec<Vec<u32>>,
    /// What calls run, in the order of calls; and where each value's begin.
    callees: Vec<Callee<'a>>,
    callee_starts: Vec<u32>,
    dirty: Vec<bool>,
    /// What calls of methods mean by the shape of their objects' use.
    shapes: Shapes<'a>,
    /// What steps hand to each other by names.
    pub exchange: Exchange,
    /// Bodies that are being looked at because of a call in another.
    depth: usize,
}

/// What literals make; of numbers nothing more is asked.
#[derive(Clone, Copy)]
enum Word {
    Str,
    List,
    Tuple,
    Dict,
}

const WORDS: [&str; 4] = ["builtins.str", "builtins.list", "builtins.tuple", "builtins.dict"];

/// Something that many bodies give values to and many read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Dependency {
    Field(Def, Text),
    Global(FileId, Text),
    /// What options hold by default.
    Default(FileId, Text),
    /// What a container holds.
    Content(Node),
}

#[derive(Default)]
struct Slot {
    /// The set of its types.
    set: u32,
    /// It was given some value.
    given: bool,
    /// The bodies that asked.
    readers: Vec<u32>,
}

impl<'a> Types<'a> {
    /// Finds the types of all values.
    pub fn new(program: &'a Program<'a>, lexicon: &'a Lexicon) -> Self {
        let mut types = Self {
            program,
            lexicon,
            sets: vec![Set::new()],
            set_ids: FxHashMap::default(),
            values: vec![0; program.value_count()],
            params: vec![0; program.value_count()],
            returns: vec![0; program.def_count()],
            slots: FxHashMap::default(),
            builtins: FxHashMap::default(),
            members: FxHashMap::default(),
            constructed: FxHashMap::default(),
            starred: program.files().map(|file| names::starred(program, file)).collect(),
            assigned: FxHashMap::default(),
            rebound: FxHashMap::default(),
            filled: FxHashMap::default(),
            subclasses: FxHashMap::default(),
            open: FxHashSet::default(),
            callers: FxHashMap::default(),
            words: [0; 4],
            wrappers: FxHashSet::default(),
            rebuilders: FxHashMap::default(),
            return_readers: vec![Vec::new(); program.def_count()],
            callees: Vec::new(),
            callee_starts: vec![0; program.value_count() + 1],
            dirty: vec![true; program.def_count()],
            shapes: Shapes::default(),
            exchange: Exchange::default(),
            depth: 0,
        };
        types.set_ids.insert(Set::new(), 0);
        types.words = WORDS.map(|word| types.instance(word));
        types.open = open_classes(program);
        types.settle();
        types.exchange();
        types.shapes = Shapes::new(&types);
        types.collect();
        types.find_rebuilders();
        types
    }

    // ---- the fixed point ----

    fn settle(&mut self) {
        // What modules and classes bind comes first: nearly every function asks for it.
        for index in 0..self.dirty.len() {
            self.dirty[index] = self.program.definition(self.program.def_at(index)).kind != DefKind::Function;
        }
        let functions: Vec<usize> = (0..self.dirty.len()).filter(|i| !self.dirty[*i]).collect();
        self.rounds();
        self.find_subclasses();
        functions.into_iter().for_each(|index| self.dirty[index] = true);
        self.rounds();
    }

    fn rounds(&mut self) {
        for _ in 0..ROUNDS {
            let dirty: Vec<usize> = (0..self.dirty.len()).filter(|i| self.dirty[*i]).collect();
            if dirty.is_empty() {
                break;
            }
            for index in dirty {
                if std::mem::take(&mut self.dirty[index]) {
                    self.body(self.program.def_at(index), index);
                }
            }
        }
    }

    fn body(&mut self, def: Def, index: usize) {
        let definition = self.program.definition(def);
        let reader = u32::try_from(index).unwrap_or(u32::MAX);
        for value in definition.body.clone() {
            let node = Node { file: def.file, value };
            let set = self.transfer(def, node, reader);
            let slot = self.program.value_index(node);
            if set != 0 && set != self.values[slot] {
                self.values[slot] = self.union(self.values[slot], set);
            }
        }
        if definition.kind == DefKind::Module {
            for (name, value) in &definition.bindings {
                let set = self.values[self.program.value_index(Node { file: def.file, value: *value })];
                self.grow_global(def.file, *name, set);
            }
        }
    }

    fn grow_global(&mut self, file: FileId, name: Text, set: u32) {
        self.grow(Dependency::Global(file, name), set);
    }

    fn grow(&mut self, dependency: Dependency, set: u32) {
        if set == 0 {
            return;
        }
        let slot = self.slots.entry(dependency).or_default();
        slot.given = true;
        let old = slot.set;
        let new = self.union(old, set);
        if new == old {
            return;
        }
        if let Some(slot) = self.slots.get_mut(&dependency) {
            slot.set = new;
            for reader in &slot.readers {
                self.dirty[*reader as usize] = true;
            }
        }
    }

    /// What a field or name may hold, if it was given anything; the reader is woken when it grows.
    fn ask(&mut self, dependency: Dependency, reader: u32) -> Option<u32> {
        let slot = self.slots.entry(dependency).or_default();
        // A body asks for the same name many times over; some ask for nobody.
        if reader != u32::MAX && slot.readers.last() != Some(&reader) {
            slot.readers.push(reader);
        }
        slot.given.then_some(slot.set)
    }

    /// What a definition returns.
    fn ask_return(&mut self, def: Def, reader: u32) -> u32 {
        let index = self.program.def_index(def);
        let readers = &mut self.return_readers[index];
        if readers.last() != Some(&reader) {
            readers.push(reader);
        }
        self.returns[index]
    }

    fn transfer(&mut self, def: Def, node: Node, reader: u32) -> u32 {
        let at = |value: Val| Node { value, ..node };
        match self.program.op(node).kind {
            OpKind::Str(_) | OpKind::Format(_) => self.words[Word::Str as usize],
            OpKind::List(operands) => self.holder(def, node, operands, Word::List),
            OpKind::Tuple(operands) => self.holder(def, node, operands, Word::Tuple),
            OpKind::Dict(operands) => self.holder(def, node, operands, Word::Dict),
            OpKind::Param(index) => self.param(def, index),
            OpKind::Global(name) => self.global(def, name, reader),
            OpKind::Path(name) => self.path(def.file, name, reader),
            OpKind::Import(index) => self.import(def.file, index, reader),
            OpKind::Define(id) => {
                let def = Def { file: node.file, id };
                self.decorated(def);
                let ty = if self.program.definition(def).kind == DefKind::Class {
                    Type::Class(def)
                } else {
                    Type::Function(def)
                };
                self.single(ty)
            }
            OpKind::Attr(object, name) => self.attr(at(object), name, reader),
            OpKind::Index(object, index) => {
                let held = self.index(at(object), at(index), reader);
                let made = self.subscript(node, reader);
                self.union(held, made)
            }
            OpKind::Call(function, operands) => self.call(node, at(function), operands, reader),
            OpKind::Either(operands) => {
                let mut set = 0;
                for operand in self.program.operands(node.file, operands) {
                    set = self.union(set, self.set_of(at(operand.value)));
                }
                set
            }
            OpKind::SetIndex(object, _, value) => {
                self.put(at(object), at(value));
                self.subscript(node, reader);
                self.set_of(at(object))
            }
            OpKind::With(value) => self.entered(at(value)),
            OpKind::After(value, _) => self.set_of(at(value)),
            OpKind::Binary(operator, left, right) => {
                let set = self.set_of(at(left));
                let merges = matches!(operator, Operator::Bit | Operator::Or);
                if set != 0 || merges {
                    self.union(set, if merges { self.set_of(at(right)) } else { 0 })
                } else {
                    self.set_of(at(right))
                }
            }
            OpKind::Element(sequence) => self.element(at(sequence), 0),
            OpKind::Part(sequence, index) => self.part(at(sequence), index),
            OpKind::Unknown => self.field_annotation(def, node),
            OpKind::Bind(name, value) => {
                let set = self.set_of(at(value));
                if self.program.definition(def).kind == DefKind::Function {
                    self.grow_global(node.file, name, set);
                }
                0
            }
            OpKind::SetAttr(object, name, value) => {
                let set = self.set_of(at(value));
                if set != 0 {
                    self.grow_fields(at(object), name, set);
                }
                0
            }
            OpKind::Return(value) => {
                let set = self.set_of(at(value));
                let slot = self.program.def_index(def);
                let grown = self.union(self.returns[slot], set);
                if grown != self.returns[slot] {
                    self.returns[slot] = grown;
                    for reader in &self.return_readers[slot] {
                        self.dirty[*reader as usize] = true;
                    }
                }
                0
            }
            _ => 0,
        }
    }

    fn grow_fields(&mut self, object: Node, name: Text, set: u32) {
        for ty in self.set_at(object) {
            match ty {
                Type::Object(class) | Type::Class(class) => self.grow(Dependency::Field(class, name), set),
                Type::Module(file) => self.grow_global(file, name, set),
                _ => {}
            }
        }
    }

    fn param(&mut self, def: Def, index: u32) -> u32 {
        let Some(param) = self.program.definition(def).params.get(index as usize) else { return 0 };
        let mut set = self.params[self.program.value_index(Node { file: def.file, value: param.value })];
        if index == 0
            && let Some(class) = self.program.class_of(def)
        {
            let decorated = self.decorators(def);
            if decorated.contains(&"classmethod") {
                return self.single(Type::Class(class));
            }
            if !decorated.contains(&"staticmethod") {
                return self.single(Type::Object(class));
            }
        }
        if let Some(annotation) = param.annotation {
            let annotated = self.annotated(Node { file: def.file, value: annotation });
            set = self.union(set, annotated);
        }
        if let Some(default) = param.default {
            set = self.union(set, self.set_of(Node { file: def.file, value: default }));
        }
        match param.kind {
            ParamKind::Rest => self.words[Word::Tuple as usize],
            ParamKind::Keywords => self.words[Word::Dict as usize],
            _ => set,
        }
    }

    // ---- sets ----

    /// A copy of a value's types, so that they can grow meanwhile.
    fn set_at(&self, node: Node) -> Set {
        self.sets[self.set_of(node) as usize].clone()
    }

    fn set_of(&self, node: Node) -> u32 {
        self.values[self.program.value_index(node)]
    }

    fn instance(&mut self, name: &str) -> u32 {
        self.single(Type::Instance(Text::from(name)))
    }

    fn single(&mut self, ty: Type) -> u32 {
        self.intern(SmallVec::from_slice(&[ty]))
    }

    fn intern(&mut self, set: Set) -> u32 {
        if let Some(id) = self.set_ids.get(&set) {
            return *id;
        }
        let id = u32::try_from(self.sets.len()).unwrap_or(0);
        self.sets.push(set.clone());
        self.set_ids.insert(set, id);
        id
    }

    fn union(&mut self, left: u32, right: u32) -> u32 {
        if left == right || right == 0 {
            return left;
        }
        if left == 0 {
            return right;
        }
        let mut set = self.sets[left as usize].clone();
        for ty in &self.sets[right as usize] {
            if !set.contains(ty) && set.len() < WIDTH {
                set.push(*ty);
            }
        }
        set.sort_unstable();
        self.intern(set)
    }
}

/// Classes that define what reading or setting any name means.
fn open_classes(program: &Program<'_>) -> FxHashSet<Def> {
    let defs = (0..program.def_count()).map(|index| program.def_at(index));
    let open = |def: &Def| {
        let definition = program.definition(*def);
        definition.kind == DefKind::Class
            && definition.bindings.iter().any(|(name, _)| name == "__getattr__" || name == "__setattr__")
    };
    defs.filter(open).collect()
}
