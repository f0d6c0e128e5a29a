//! What names and attributes may be: of a body, a module, a class, a library.

use smallvec::SmallVec;

use super::{Dependency, Type, Types, Word};
use crate::fact::{DefKind, OpKind, Operator, Text, Val};
use crate::lexicon::Returns;
use crate::program::{Def, Imported, Node, Program};
use crate::source::{FileId, Kind};

/// Of a class with more classes below it, the others are left out.
const BELOW: usize = 8;

/// Modules that take in modules in whole.
const STARS: usize = 12;

impl<'a> Types<'a> {
    /// What an annotation says a value is: a class, `Optional[class]`, `"class"`.
    pub(super) fn annotated(&mut self, annotation: Node) -> u32 {
        let at = |value: Val| Node { value, ..annotation };
        match self.program.op(annotation).kind {
            OpKind::Index(object, index) => {
                let outer = self.annotated(at(object));
                if outer != 0 { outer } else { self.annotated(at(index)) }
            }
            OpKind::Binary(Operator::Bit | Operator::Or, left, right) => {
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

    /// What a class says of a field to which it gives no value: the annotation stands right before it.
    pub(super) fn field_annotation(&mut self, def: Def, value: Node) -> u32 {
        if self.program.definition(def).kind != DefKind::Class || value.value == 0 {
            return 0;
        }
        let facts = self.program.file(def.file);
        let bound = facts.ops.get(value.value as usize + 1);
        let field = bound.is_some_and(|op| matches!(op.kind, OpKind::Bind(_, of) if of == value.value));
        if field { self.annotated(Node { value: value.value - 1, ..value }) } else { 0 }
    }

    pub(super) fn global(&mut self, def: Def, name: Text, reader: u32) -> u32 {
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
        let r = self.program.sources[def.file.index()].kind == Kind::R;
        if let Some(known) = self.builtins.get(&name)
            && !r
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
        // What a tool puts there before a script runs is no library's.
        if self.lexicon.orchestrators.is_handed_as(name) {
            return 0;
        }
        // Whatever package brings a name of R, it is known by that name alone.
        if r {
            return self.single(Type::Library(Text::from(&format!("r.{name}"))));
        }
        let full = self.lexicon.canonical(Text::from(&format!("builtins.{name}")));
        let set = self.single(Type::Library(full));
        self.builtins.insert(name, set);
        set
    }

    /// A name that `from module import *` may bring, from there or from where that module has it.
    pub(super) fn star(&mut self, file: FileId, name: Text, reader: u32) -> Option<u32> {
        let mut waiting = self.starred[file.index()].clone();
        let mut known = vec![file];
        while let Some(of) = waiting.pop() {
            if known.contains(&of) || known.len() > STARS {
                continue;
            }
            known.push(of);
            let set = self.ask(Dependency::Global(of, name), reader);
            if self.program.binding(Def { file: of, id: 0 }, name).is_some() {
                return Some(set.unwrap_or(0));
            }
            waiting.extend(self.starred[of.index()].iter().copied());
        }
        None
    }

    pub(super) fn path(&mut self, file: FileId, name: Text, reader: u32) -> u32 {
        match self.program.rust_path(file, &name) {
            Some(imported) => self.of_import(imported, reader),
            None => {
                let name = self.lexicon.canonical(name);
                self.single(Type::Library(name))
            }
        }
    }

    pub(super) fn import(&mut self, file: FileId, index: u32, reader: u32) -> u32 {
        let imported = self.program.imported(file, index);
        self.of_import(imported, reader)
    }

    pub(super) fn of_import(&mut self, imported: Imported, reader: u32) -> u32 {
        match imported {
            Imported::Module(file) => self.single(Type::Module(file)),
            Imported::Name(file, name) => self.module_name(file, name, reader),
            Imported::Folder(folder) => self.single(Type::Folder(folder)),
            Imported::Library(name) => {
                let name = self.lexicon.canonical(name);
                self.single(Type::Library(name))
            }
        }
    }

    pub(super) fn module_name(&mut self, file: FileId, name: Text, reader: u32) -> u32 {
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
            _ => match self.star(file, name, reader) {
                Some(set) => set,
                None => self.program.lazy(file, name).map_or(0, |found| self.of_import(found, reader)),
            },
        }
    }

    pub(super) fn attr(&mut self, object: Node, name: Text, reader: u32) -> u32 {
        let mut set = 0;
        for ty in self.set_at(object) {
            let found = match ty {
                Type::Module(file) => self.module_name(file, name, reader),
                Type::Library(of) => self.library_member(of, name),
                Type::Instance(of) => match self.lexicon.attribute(of, name).and_then(|m| m.returns) {
                    Some(Returns::Type(name)) => self.single(Type::Instance(name)),
                    Some(_) => self.set_of(object),
                    None => self.ask(Dependency::Default(object.file, name), reader).unwrap_or(0),
                },
                Type::Object(class) | Type::Class(class) => {
                    let bound = matches!(ty, Type::Object(_));
                    let own = self.field(class, name, bound, reader, 0);
                    let below = self.overridden(object, class, name, bound, reader);
                    self.union(own, below)
                }
                // `task.submit(x)` calls the task.
                Type::Function(def) if self.is_called_by(def, name) => self.single(ty),
                Type::Folder(folder) => self.in_folder(folder, name),
                Type::Function(_) | Type::Method(_) | Type::Partial(_) | Type::Holder(_) => 0,
            };
            set = self.union(set, found);
        }
        for base in self.above(object) {
            let found = self.field(base, name, true, reader, 0);
            set = self.union(set, found);
        }
        set
    }

    /// A module or folder of a package without an `__init__`.
    fn in_folder(&mut self, folder: Text, name: Text) -> u32 {
        let inner = crate::program::join(&folder, &name);
        match self.program.submodule(&folder, &name) {
            Some(imported) => self.of_import(imported, 0),
            None if self.program.keeps_folder(&inner) => self.single(Type::Folder(Text::from(&inner))),
            None => 0,
        }
    }

    /// What subclasses make of a name that a method asks of its own object.
    fn overridden(&mut self, object: Node, class: Def, name: Text, bound: bool, reader: u32) -> u32 {
        if !self.is_itself(object) {
            return 0;
        }
        let mut set = 0;
        let mut waiting: SmallVec<[Def; 8]> = self.subclasses.get(&class).into_iter().flatten().copied().collect();
        let mut known = 0;
        while let Some(below) = waiting.pop() {
            known += 1;
            if known > BELOW {
                break;
            }
            if self.program.member(below, name).is_some() {
                let found = self.field(below, name, bound, reader, STARS);
                set = self.union(set, found);
            }
            waiting.extend(self.subclasses.get(&below).into_iter().flatten().copied());
        }
        set
    }

    /// Is that a method that a decorator gives to a function in order to call it?
    fn is_called_by(&self, def: Def, method: Text) -> bool {
        !self.program.definition(def).decorators.is_empty() && self.lexicon.orchestrators.calls_function(method)
    }

    /// A name of a library's module or class.
    pub(super) fn library_member(&mut self, of: Text, name: Text) -> u32 {
        if let Some(known) = self.members.get(&(of, name)) {
            return *known;
        }
        let full = self.lexicon.canonical(Text::from(&format!("{of}.{name}")));
        let set = self.single(Type::Library(full));
        self.members.insert((of, name), set);
        set
    }

    pub(super) fn field(&mut self, class: Def, name: Text, bound: bool, reader: u32, depth: usize) -> u32 {
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
}

/// The modules of the repository whose names a file takes in whole.
pub(super) fn starred(program: &Program<'_>, file: FileId) -> Vec<FileId> {
    let imports = (0..).zip(&program.file(file).imports).filter(|(_, import)| import.name.is_some_and(|n| n == "*"));
    let modules = imports.filter_map(|(index, _)| match program.imported(file, index) {
        Imported::Name(of, _) => Some(of),
        _ => None,
    });
    modules.collect()
}
