//! What every value may be (a library's object, a class of the repository, a function), to a fixed point over all
//! bodies, and so which code every call runs.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::lexicon::{Lexicon, Meaning, Returns};
use super::program::{Def, Imported, Node, Program};
use crate::fact::{DefKind, OpKind, Operand, Operands, Operator, ParamKind, Role, Text, Val};
use crate::source::FileId;

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
}

type Set = SmallVec<[Type; 2]>;

/// More types than this on one value tell nothing.
const WIDTH: usize = 8;

/// A body is looked at this often at the most; types only grow, and nearly all are settled after three looks.
const ROUNDS: usize = 8;

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
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The call.
    pub call: Node,
    /// The definition in whose body it stands.
    pub within: Def,
    /// The called function's first parameter is the object it is called on.
    pub bound: bool,
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
    /// Classes whose objects may have any field.
    pub open: FxHashSet<Def>,
    /// Who calls a definition.
    pub callers: FxHashMap<Def, Vec<Site>>,
    /// The sets of what literals make, by [`Word`].
    words: [u32; 4],
    /// The bodies that asked for what a definition returns.
    return_readers: Vec<Vec<u32>>,
    /// What calls run, in the order of calls; and where each value's begin.
    callees: Vec<Callee<'a>>,
    callee_starts: Vec<u32>,
    dirty: Vec<bool>,
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
            starred: program.files().map(|file| starred(program, file)).collect(),
            assigned: FxHashMap::default(),
            rebound: FxHashMap::default(),
            open: FxHashSet::default(),
            callers: FxHashMap::default(),
            words: [0; 4],
            return_readers: vec![Vec::new(); program.def_count()],
            callees: Vec::new(),
            callee_starts: vec![0; program.value_count() + 1],
            dirty: vec![true; program.def_count()],
            depth: 0,
        };
        types.set_ids.insert(Set::new(), 0);
        types.words = WORDS.map(|word| types.instance(word));
        types.open = open_classes(program);
        types.settle();
        types.collect();
        types
    }

    /// The types of a value.
    pub fn of(&self, node: Node) -> &[Type] {
        &self.sets[self.values[self.program.value_index(node)] as usize]
    }

    /// The names of library types a value is an instance of.
    pub fn instances(&self, node: Node) -> impl Iterator<Item = Text> {
        self.of(node).iter().filter_map(|t| match t {
            Type::Instance(name) => Some(*name),
            _ => None,
        })
    }

    /// Is the value an instance of that library type?
    pub fn is_a(&self, node: Node, of: &str) -> bool {
        self.instances(node).any(|name| self.lexicon.is_a(name, of))
    }

    /// What the library functions or methods that a call may run mean, and the functions of the repository it may run.
    pub fn callees(&self, call: Node) -> &[Callee<'a>] {
        let index = self.program.value_index(call);
        let range = self.callee_starts.get(index..index + 2).map_or(0..0, |s| s[0] as usize..s[1] as usize);
        self.callees.get(range).unwrap_or(&[])
    }

    fn resolve(&self, call: Node) -> SmallVec<[Callee<'a>; 2]> {
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
        }
        found
    }

    /// The qualified name of what a call calls, as far as a library's: `pandas.read_csv`, `pandas.DataFrame.to_csv`.
    pub fn called_name(&self, call: Node) -> Option<Text> {
        let OpKind::Call(function, _) = self.program.op(call).kind else { return None };
        let function = Node { value: function, ..call };
        if let Some(name) =
            self.of(function).iter().find_map(|t| if let Type::Library(n) = t { Some(*n) } else { None })
        {
            return Some(name);
        }
        let OpKind::Attr(object, name) = self.program.op(function).kind else { return None };
        let of = self.instances(Node { value: object, ..call }).next()?;
        Some(Text::from(&format!("{of}.{name}")))
    }

    /// What reading an attribute of a library's object means.
    pub fn attribute(&self, node: Node) -> Option<&'a Meaning> {
        let OpKind::Attr(object, name) = self.program.op(node).kind else { return None };
        self.instances(Node { value: object, ..node }).find_map(|of| self.lexicon.attribute(of, name))
    }

    /// Pairs a call's arguments with the parameters of a function of the repository.
    pub fn arguments(&self, call: Node, callee: Def, bound: bool) -> SmallVec<[(u32, Val); 8]> {
        let mut pairs = SmallVec::new();
        let OpKind::Call(function, operands) = self.program.op(call).kind else { return pairs };
        let params = &self.program.definition(callee).params;
        let mut position = 0_usize;
        if bound {
            if let OpKind::Attr(object, _) = self.program.op(Node { value: function, ..call }).kind {
                pairs.push((0, object));
            }
            position = 1;
        }
        for operand in self.program.operands(call.file, operands) {
            match operand.role {
                Role::Plain => {
                    let index = match params.get(position) {
                        Some(param) if param.kind == ParamKind::Plain => Some(position),
                        _ => params.iter().position(|p| p.kind == ParamKind::Rest),
                    };
                    if let Some(index) = index {
                        pairs.push((u32::try_from(index).unwrap_or(u32::MAX), operand.value));
                    }
                    position += 1;
                }
                Role::Named(name) => {
                    let index = params.iter().position(|p| p.name == name && p.kind != ParamKind::Rest);
                    if let Some(index) = index.or_else(|| params.iter().position(|p| p.kind == ParamKind::Keywords)) {
                        pairs.push((u32::try_from(index).unwrap_or(u32::MAX), operand.value));
                    }
                }
                Role::Star | Role::Spread | Role::Key => {}
            }
        }
        pairs
    }

    /// The method of that name of a class or its bases.
    pub fn method_of(&self, class: Def, name: &str) -> Option<Def> {
        self.method_within(class, Text::from(name), 0)
    }

    fn method_within(&self, class: Def, name: Text, depth: usize) -> Option<Def> {
        if let Some(member) = self.program.member(class, name) {
            return match self.program.op(member).kind {
                OpKind::Define(id) => {
                    let def = Def { file: class.file, id };
                    (self.program.definition(def).kind == DefKind::Function).then_some(def)
                }
                _ => None,
            };
        }
        if depth > 8 {
            return None;
        }
        self.bases(class).find_map(|base| self.method_within(base, name, depth + 1))
    }

    /// The classes of the repository that a class extends.
    pub fn own_bases(&self, class: Def) -> impl Iterator<Item = Def> {
        self.bases(class)
    }

    fn bases(&self, class: Def) -> impl Iterator<Item = Def> {
        let bases = self.program.definition(class).bases.iter();
        bases
            .flat_map(move |value| self.of(Node { file: class.file, value: *value }).iter())
            .filter_map(move |t| if let Type::Class(base) = t { Some(*base) } else { None })
            .filter(move |base| *base != class)
    }

    /// The library types that a class of the repository extends.
    pub fn library_bases(&self, class: Def) -> Vec<Text> {
        let mut found = Vec::new();
        self.library_bases_into(class, &mut found, 0);
        found
    }

    fn library_bases_into(&self, class: Def, found: &mut Vec<Text>, depth: usize) {
        if depth > 8 {
            return;
        }
        for value in &self.program.definition(class).bases {
            for ty in self.of(Node { file: class.file, value: *value }) {
                match ty {
                    Type::Library(name) => found.push(*name),
                    Type::Class(base) if *base != class => self.library_bases_into(*base, found, depth + 1),
                    _ => {}
                }
            }
        }
    }

    fn called_object(&self, class: Def) -> Option<Def> {
        ["__call__", "forward", "call"].iter().find_map(|name| self.method_of(class, name))
    }

    // ---- the fixed point ----

    fn settle(&mut self) {
        // What modules and classes bind comes first: nearly every function asks for it.
        for index in 0..self.dirty.len() {
            self.dirty[index] = self.program.definition(self.program.def_at(index)).kind != DefKind::Function;
        }
        let functions: Vec<usize> = (0..self.dirty.len()).filter(|i| !self.dirty[*i]).collect();
        self.rounds();
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
        // A body asks for the same name many times over.
        if slot.readers.last() != Some(&reader) {
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
            OpKind::List(_) => self.words[Word::List as usize],
            OpKind::Tuple(_) => self.words[Word::Tuple as usize],
            OpKind::Dict(_) => self.words[Word::Dict as usize],
            OpKind::Param(index) => self.param(def, index),
            OpKind::Global(name) => self.global(def, name, reader),
            OpKind::Path(name) => self.path(def.file, name, reader),
            OpKind::Import(index) => self.import(def.file, index, reader),
            OpKind::Define(id) => {
                let def = Def { file: node.file, id };
                let ty = if self.program.definition(def).kind == DefKind::Class {
                    Type::Class(def)
                } else {
                    Type::Function(def)
                };
                self.single(ty)
            }
            OpKind::Attr(object, name) => self.attr(at(object), name, reader),
            OpKind::Index(object, index) => self.index(at(object), at(index)),
            OpKind::Call(function, operands) => self.call(def, node, at(function), operands, reader),
            OpKind::Either(operands) => {
                let mut set = 0;
                for operand in self.program.operands(node.file, operands) {
                    set = self.union(set, self.set_of(at(operand.value)));
                }
                set
            }
            OpKind::After(value, _) | OpKind::With(value) | OpKind::SetIndex(value, ..) => self.set_of(at(value)),
            OpKind::Binary(operator, left, right) => {
                let set = self.set_of(at(left));
                if set != 0 || operator == Operator::Bit {
                    self.union(set, if operator == Operator::Bit { self.set_of(at(right)) } else { 0 })
                } else {
                    self.set_of(at(right))
                }
            }
            OpKind::Element(sequence) => self.element(at(sequence), 0),
            OpKind::Part(sequence, index) => self.part(at(sequence), index),
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

    /// The plain names of a definition's decorators.
    pub fn decorators(&self, def: Def) -> SmallVec<[&'a str; 2]> {
        let name = |value: &Val| match self.program.op(Node { file: def.file, value: *value }).kind {
            OpKind::Global(name) | OpKind::Attr(_, name) => Some(name.as_str()),
            _ => None,
        };
        self.program.definition(def).decorators.iter().filter_map(name).collect()
    }

    /// What an annotation says a value is: a class, `Optional[class]`, `"class"`.
    fn annotated(&mut self, annotation: Node) -> u32 {
        let at = |value: Val| Node { value, ..annotation };
        match self.program.op(annotation).kind {
            OpKind::Index(object, index) => {
                let outer = self.annotated(at(object));
                if outer != 0 { outer } else { self.annotated(at(index)) }
            }
            OpKind::Binary(Operator::Bit, left, right) => {
                let left = self.annotated(at(left));
                let right = self.annotated(at(right));
                self.union(left, right)
            }
            _ => {
                let mut set = 0;
                for ty in self.set_at(annotation) {
                    let of = match ty {
                        Type::Class(class) => Type::Object(class),
                        Type::Library(name) if !name.starts_with("typing.") && !name.starts_with("builtins.") => {
                            Type::Instance(name)
                        }
                        Type::Library(name) if name.starts_with("builtins.") && name.len() > 9 => Type::Instance(name),
                        _ => continue,
                    };
                    let single = self.single(of);
                    set = self.union(set, single);
                }
                set
            }
        }
    }

    fn global(&mut self, def: Def, name: Text, reader: u32) -> u32 {
        // Enclosing functions first, never enclosing classes; then the module; then the builtins.
        let mut outer = def;
        while outer.id != 0 {
            outer.id = self.program.definition(outer).parent;
            let kind = self.program.definition(outer).kind;
            if kind == DefKind::Function
                && let Some(value) = self.program.binding(outer, name)
            {
                return self.set_of(Node { file: def.file, value });
            }
        }
        if let Some(known) = self.builtins.get(&name)
            && self.starred[def.file.index()].is_empty()
            && self.program.binding(Def { file: def.file, id: 0 }, name).is_none()
            && !self.slots.contains_key(&Dependency::Global(def.file, name))
        {
            return *known;
        }
        if let Some(set) = self.ask(Dependency::Global(def.file, name), reader) {
            return set;
        }
        if self.program.binding(Def { file: def.file, id: 0 }, name).is_some() {
            return 0;
        }
        if let Some(starred) = self.star(def.file, name, reader) {
            return starred;
        }
        if name == "__file__" || name == "__name__" {
            return self.words[Word::Str as usize];
        }
        let set = self.single(Type::Library(Text::from(&format!("builtins.{name}"))));
        self.builtins.insert(name, set);
        set
    }

    /// A name that `from module import *` may bring.
    fn star(&mut self, file: FileId, name: Text, reader: u32) -> Option<u32> {
        for index in 0..self.starred[file.index()].len() {
            let of = self.starred[file.index()][index];
            let set = self.ask(Dependency::Global(of, name), reader);
            if self.program.binding(Def { file: of, id: 0 }, name).is_some() {
                return Some(set.unwrap_or(0));
            }
        }
        None
    }

    fn path(&mut self, file: FileId, name: Text, reader: u32) -> u32 {
        match self.program.rust_path(file, &name) {
            Some(imported) => self.of_import(imported, reader),
            None => {
                let name = self.lexicon.canonical(name);
                self.single(Type::Library(name))
            }
        }
    }

    fn import(&mut self, file: FileId, index: u32, reader: u32) -> u32 {
        let imported = self.program.imported(file, index);
        self.of_import(imported, reader)
    }

    fn of_import(&mut self, imported: Imported, reader: u32) -> u32 {
        match imported {
            Imported::Module(file) => self.single(Type::Module(file)),
            Imported::Name(file, name) => self.module_name(file, name, reader),
            Imported::Folder(_) => 0,
            Imported::Library(name) => {
                let name = self.lexicon.canonical(name);
                self.single(Type::Library(name))
            }
        }
    }

    fn module_name(&mut self, file: FileId, name: Text, reader: u32) -> u32 {
        if let Some(set) = self.ask(Dependency::Global(file, name), reader) {
            return set;
        }
        if self.program.binding(Def { file, id: 0 }, name).is_some() {
            return 0;
        }
        let path = self.program.path(file);
        let folder = path.strip_suffix("/__init__.py");
        match folder.and_then(|folder| self.program.submodule(folder, &name)) {
            Some(Imported::Module(of)) => self.single(Type::Module(of)),
            _ => self.star(file, name, reader).unwrap_or(0),
        }
    }

    fn attr(&mut self, object: Node, name: Text, reader: u32) -> u32 {
        let mut set = 0;
        for ty in self.set_at(object) {
            let found = match ty {
                Type::Module(file) => self.module_name(file, name, reader),
                Type::Library(of) => self.library_member(of, name),
                Type::Instance(of) => match self.lexicon.attribute(of, name).and_then(|m| m.returns) {
                    Some(Returns::Type(name)) => self.single(Type::Instance(name)),
                    Some(_) => self.set_of(object),
                    None => 0,
                },
                Type::Object(class) | Type::Class(class) => {
                    self.field(class, name, matches!(ty, Type::Object(_)), reader, 0)
                }
                Type::Function(_) | Type::Method(_) => 0,
            };
            set = self.union(set, found);
        }
        set
    }

    /// A name of a library's module or class.
    fn library_member(&mut self, of: Text, name: Text) -> u32 {
        if let Some(known) = self.members.get(&(of, name)) {
            return *known;
        }
        let full = self.lexicon.canonical(Text::from(&format!("{of}.{name}")));
        let set = self.single(Type::Library(full));
        self.members.insert((of, name), set);
        set
    }

    fn field(&mut self, class: Def, name: Text, bound: bool, reader: u32, depth: usize) -> u32 {
        let mut set = self.ask(Dependency::Field(class, name), reader).unwrap_or(0);
        if let Some(member) = self.program.member(class, name) {
            if let OpKind::Define(id) = self.program.op(member).kind {
                let def = Def { file: class.file, id };
                if self.program.definition(def).kind == DefKind::Function {
                    let decorated = self.decorators(def);
                    if decorated.iter().any(|d| *d == "property" || *d == "cached_property") {
                        let returned = self.ask_return(def, reader);
                        return self.union(set, returned);
                    }
                    let fixed = decorated.contains(&"staticmethod");
                    let ty = if (bound || decorated.contains(&"classmethod")) && !fixed {
                        Type::Method(def)
                    } else {
                        Type::Function(def)
                    };
                    let single = self.single(ty);
                    return self.union(set, single);
                }
            }
            return self.union(set, self.set_of(member));
        }
        if depth < 8 {
            for base in self.bases(class).collect::<SmallVec<[Def; 2]>>() {
                let inherited = self.field(base, name, bound, reader, depth + 1);
                set = self.union(set, inherited);
            }
        }
        set
    }

    fn index(&mut self, object: Node, index: Node) -> u32 {
        let at = |value: Val| Node { value, ..object };
        // A literal container that is seen right here gives the very element.
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
            let Type::Instance(of) = ty else { continue };
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
        if set == 0 { self.element(object, 0) } else { set }
    }

    /// Does the index surely select rows or a list of columns?
    fn selects_several(&self, node: Node) -> bool {
        let op = self.program.op(node).kind;
        let listed = matches!(
            op,
            OpKind::List(_) | OpKind::Slice(..) | OpKind::Compare(..) | OpKind::Not(_) | OpKind::Binary(..)
        );
        listed || self.holds(node, Word::List)
    }

    fn is_text(&self, node: Node) -> bool {
        matches!(self.program.op(node).kind, OpKind::Str(_)) || self.holds(node, Word::Str)
    }

    fn holds(&self, node: Node, word: Word) -> bool {
        let set = &self.sets[self.words[word as usize] as usize];
        set.iter().any(|ty| self.of(node).contains(ty))
    }

    /// What the elements of a container may be, as far as the container is built in sight.
    fn element(&mut self, sequence: Node, depth: usize) -> u32 {
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
    fn global_value(&self, node: Node) -> Option<Node> {
        let OpKind::Global(name) = self.program.op(node).kind else { return None };
        let value = self.program.binding(Def { file: node.file, id: 0 }, name)?;
        Some(Node { value, ..node })
    }

    fn part(&mut self, sequence: Node, index: u32) -> u32 {
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
                Callee::Meaning(_) => {}
            }
        }
        if set == 0 { self.element(sequence, 0) } else { set }
    }

    /// The values that a function returns.
    pub fn returned(&self, def: Def) -> impl Iterator<Item = Node> + use<'a> {
        let facts = self.program.file(def.file);
        let body = self.program.definition(def).body.clone();
        body.filter_map(move |value| match facts.op(value).kind {
            OpKind::Return(returned) => Some(Node { file: def.file, value: returned }),
            _ => None,
        })
    }

    fn call(&mut self, def: Def, node: Node, function: Node, operands: Operands, reader: u32) -> u32 {
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
                Type::Object(class) if set == 0 => {
                    let meaning = self.library_bases(class).into_iter().find_map(|of| self.lexicon.method(of, name));
                    meaning.map_or(0, |meaning| self.returns(meaning, node, operands, Some(object)))
                }
                _ => 0,
            };
            set = self.union(set, found);
        }
        let _ = def;
        set
    }

    fn library_result(&mut self, name: Text, meaning: Option<&'a Meaning>, node: Node, operands: Operands) -> u32 {
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
    fn construct(&mut self, name: Text) -> u32 {
        let last = name.rsplit('.').next().unwrap_or_default();
        let constructor = ["from_pretrained", "from_path", "open", "new", "create", "default"].contains(&last);
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

    fn returns(&mut self, meaning: &Meaning, node: Node, operands: Operands, receiver: Option<Node>) -> u32 {
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
    fn run(&mut self, call: Node, callee: Def, bound: bool, reader: u32) -> u32 {
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
        if self.dirty[index] && self.depth < NESTED {
            self.dirty[index] = false;
            self.depth += 1;
            self.body(callee, index);
            self.depth -= 1;
        }
        self.ask_return(callee, reader)
    }

    // ---- after the fixed point: who calls and assigns what ----

    fn collect(&mut self) {
        for file in self.program.files() {
            let facts = self.program.file(file);
            let mut owners = vec![0; facts.ops.len()];
            for (id, definition) in (0..).zip(&facts.definitions) {
                owners[definition.body.start as usize..definition.body.end as usize].fill(id);
            }
            for (value, id) in (0..).zip(owners) {
                let node = Node { file, value };
                self.collect_from(Def { file, id }, node);
                let next = self.program.value_index(node) + 1;
                self.callee_starts[next] = u32::try_from(self.callees.len()).unwrap_or(u32::MAX);
            }
        }
    }

    fn collect_from(&mut self, def: Def, node: Node) {
        match self.program.op(node).kind {
            OpKind::Call(..) => {
                let callees = self.resolve(node);
                for callee in &callees {
                    if let Callee::Function(of, bound) = callee {
                        let site = Site { call: node, within: def, bound: *bound };
                        self.callers.entry(*of).or_default().push(site);
                    }
                }
                self.callees.extend(callees);
            }
            OpKind::SetAttr(object, name, value) => {
                let value = Node { value, ..node };
                for ty in self.set_at(Node { value: object, ..node }) {
                    match ty {
                        Type::Object(class) | Type::Class(class) => {
                            self.assigned.entry((class, name)).or_default().push(value)
                        }
                        Type::Module(file) => self.rebound.entry((file, name)).or_default().push(value),
                        _ => {}
                    }
                }
            }
            OpKind::Bind(name, value) if self.program.definition(def).kind == DefKind::Function => {
                self.rebound.entry((def.file, name)).or_default().push(Node { value, ..node });
            }
            _ => {}
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

    /// An operand of a call by the lexicon's slot.
    pub fn slot(&self, call: Node, slot: &super::lexicon::Slot) -> Option<Node> {
        let OpKind::Call(function, operands) = self.program.op(call).kind else {
            // An attribute's receiver.
            return match self.program.op(call).kind {
                OpKind::Attr(object, _) if slot.receiver => Some(Node { value: object, ..call }),
                _ => None,
            };
        };
        let at = |value: Val| Node { value, ..call };
        if slot.result {
            return Some(call);
        }
        let operands: &[Operand] = self.program.operands(call.file, operands);
        if let Some(keyword) = &slot.keyword
            && let Some(named) = operands.iter().find(|o| matches!(o.role, Role::Named(n) if n == keyword.as_str()))
        {
            return Some(at(named.value));
        }
        if let Some(position) = slot.argument
            && let Some(operand) = operands.iter().filter(|o| matches!(o.role, Role::Plain | Role::Star)).nth(position)
        {
            return (operand.role == Role::Plain).then(|| at(operand.value));
        }
        if slot.receiver
            && let OpKind::Attr(object, _) = self.program.op(at(function)).kind
        {
            return Some(at(object));
        }
        None
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

/// The modules of the repository whose names a file takes in whole.
fn starred(program: &Program<'_>, file: FileId) -> Vec<FileId> {
    let imports = (0..).zip(&program.file(file).imports).filter(|(_, import)| import.name.is_some_and(|n| n == "*"));
    let modules = imports.filter_map(|(index, _)| match program.imported(file, index) {
        Imported::Name(of, _) => Some(of),
        _ => None,
    });
    modules.collect()
}
