//! Which code runs when a program is started: from its module through imports and calls.

use rustc_hash::{FxHashMap, FxHashSet};

use super::types::{Callee, Type, Types};
use crate::fact::{Comparison, DefKind, OpKind, Val};
use crate::lexicon::{MadeBy, Meaning};
use crate::program::{Def, Node, Program};
use crate::source::{FileId, Kind};

/// The code that can be reached, and the programs from which.
pub struct Reach<'a> {
    program: &'a Program<'a>,
    /// What a definition's body calls, with the place of the call in the body.
    calls: FxHashMap<Def, Vec<(Val, Def)>>,
    /// What a definition's body imports.
    imports: FxHashMap<Def, Vec<FileId>>,
    /// The operations under `if __name__ == "__main__"`, by file.
    guarded: Vec<Option<(Val, Val)>>,
    /// Somebody imports the file.
    imported: Vec<bool>,
}

impl<'a> Reach<'a> {
    /// Turns the calls around.
    pub fn new(program: &'a Program<'a>, types: &Types<'a>) -> Self {
        let mut calls: FxHashMap<Def, Vec<(Val, Def)>> = FxHashMap::default();
        for (callee, sites) in &types.callers {
            for site in sites {
                calls.entry(site.within).or_default().push((site.call.value, *callee));
            }
        }
        // A function that is handed on (a callback, a task, a thread's target) may run as well.
        for index in 0..program.def_count() {
            let def = program.def_at(index);
            for value in program.definition(def).body.clone() {
                let node = Node { file: def.file, value };
                let kind = program.op(node).kind;
                if let OpKind::Call(_, operands)
                | OpKind::List(operands)
                | OpKind::Tuple(operands)
                | OpKind::Dict(operands) = kind
                {
                    for operand in program.operands(def.file, operands) {
                        for ty in types.of(Node { value: operand.value, ..node }) {
                            if let Type::Function(of) | Type::Method(of) = ty {
                                calls.entry(def).or_default().push((value, *of));
                            }
                        }
                    }
                    for callee in types.callees(node) {
                        match *callee {
                            Callee::Function(of, _) => calls.entry(def).or_default().push((value, of)),
                            Callee::Meaning(meaning) => {
                                let commands = commands(program, types, node, meaning);
                                calls.entry(def).or_default().extend(commands.into_iter().map(|of| (value, of)));
                            }
                        }
                    }
                }
            }
        }
        for index in 0..program.def_count() {
            let def = program.def_at(index);
            if let Some(within) = registered(program, types, def) {
                calls.entry(within).or_default().push((program.definition(def).body.start, def));
            }
        }
        for list in calls.values_mut() {
            list.sort_unstable();
            list.dedup();
        }
        let mut imported = vec![false; program.sources.len()];
        let mut imports: FxHashMap<Def, Vec<FileId>> = FxHashMap::default();
        for file in program.files() {
            for (of, import) in program.imported_files(file) {
                if of != file {
                    imported[of.index()] = true;
                    let mut owner = program.owner(Node { file, value: import.value });
                    // A class's body runs with the body it stands in.
                    while program.definition(owner).kind == DefKind::Class {
                        owner.id = program.definition(owner).parent;
                    }
                    imports.entry(owner).or_default().push(of);
                }
            }
        }
        let guarded = program.files().map(|file| main_guard(program, file)).collect();
        Self { program, calls, imports, guarded, imported }
    }

    /// Is the operation of a module's body run only when the module is the program?
    pub fn is_guarded(&self, node: Node) -> bool {
        self.guarded[node.file.index()].is_some_and(|(from, to)| (from..to).contains(&node.value))
    }

    /// Does a file run as a program by its own looks: a main guard, a notebook, or a script that nobody imports?
    pub fn is_program(&self, file: FileId) -> bool {
        let kind = self.program.sources[file.index()].kind;
        match kind {
            Kind::Notebook => true,
            Kind::R => !self.imported[file.index()] && self.acts(file),
            Kind::Jvm => self.acts(file) || self.program.file(file).definitions.iter().any(|d| d.name == "main"),
            Kind::Python => self.guarded[file.index()].is_some() || (!self.imported[file.index()] && self.acts(file)),
            Kind::Rust => {
                let path = self.program.path(file);
                path.ends_with("main.rs")
                    || path.contains("/bin/")
                    || path.starts_with("examples/")
                    || path.contains("/examples/")
            }
            _ => false,
        }
    }

    /// Does somebody import the file?
    pub fn is_imported(&self, file: FileId) -> bool {
        self.imported[file.index()]
    }

    /// Does the module's own body call anything besides making definitions?
    fn acts(&self, file: FileId) -> bool {
        let facts = self.program.file(file);
        let Some(module) = facts.definitions.first() else { return false };
        let (mut calls, mut definitions) = (0, 0);
        for value in module.body.clone() {
            match facts.op(value).kind {
                OpKind::Call(..) => calls += 1,
                OpKind::Define(_) => definitions += 1,
                _ => {}
            }
        }
        calls >= 2 && calls > definitions
    }

    /// All definitions whose bodies may run when `file` is the program, itself included.
    pub fn from(&self, file: FileId) -> FxHashSet<Def> {
        self.from_all(file, vec![Def { file, id: 0 }])
    }

    /// All definitions whose bodies may run when these do, `file` being the program.
    pub fn from_all(&self, file: FileId, mut waiting: Vec<Def>) -> FxHashSet<Def> {
        // A Rust program begins at its main function.
        if matches!(self.program.sources[file.index()].kind, Kind::Rust | Kind::Jvm) {
            let definitions = self.program.file(file).definitions.iter().enumerate();
            let mains = definitions.filter(|(_, d)| d.name == "main").filter_map(|(i, _)| u32::try_from(i).ok());
            waiting.extend(mains.map(|id| Def { file, id }));
        }
        self.closure(waiting, &|of| of == file, &|_| false)
    }

    /// All definitions whose bodies may run when any program of the repository does.
    pub fn from_programs(&self) -> FxHashSet<Def> {
        let programs = self.program.files().filter(|file| self.is_program(*file));
        self.closure(programs.map(|file| Def { file, id: 0 }).collect(), &|of| self.is_program(of), &|_| false)
    }

    /// All definitions whose bodies may run when a function is called, itself included, but for those that are `apart`.
    pub fn from_function(&self, function: Def, apart: &dyn Fn(Def) -> bool) -> FxHashSet<Def> {
        self.closure(vec![function], &|_| false, &|def| def != function && apart(def))
    }

    /// What is reached from some definitions; `programs` are the files that are run and not only imported.
    fn closure(
        &self,
        mut waiting: Vec<Def>,
        programs: &dyn Fn(FileId) -> bool,
        apart: &dyn Fn(Def) -> bool,
    ) -> FxHashSet<Def> {
        let mut seen: FxHashSet<Def> = FxHashSet::default();
        while let Some(def) = waiting.pop() {
            if apart(def) || !seen.insert(def) {
                continue;
            }
            let imports = self.imports.get(&def).into_iter().flatten();
            waiting.extend(imports.map(|of| Def { file: *of, id: 0 }));
            for (value, callee) in self.calls.get(&def).into_iter().flatten() {
                let elsewhere = def.id == 0 && !programs(def.file);
                if !elsewhere || !self.is_guarded(Node { file: def.file, value: *value }) {
                    waiting.push(*callee);
                }
            }
        }
        seen
    }
}

fn main_guard(program: &Program<'_>, file: FileId) -> Option<(Val, Val)> {
    let facts = program.file(file);
    let body = facts.definitions.first()?.body.clone();
    for value in body.clone() {
        let OpKind::If(condition, _) = facts.op(value).kind else { continue };
        let OpKind::Compare(Comparison::Equal, left, right) = facts.op(condition).kind else { continue };
        let is_name = |v: Val| matches!(facts.op(v).kind, OpKind::Global(n) if n == "__name__");
        if is_name(left) || is_name(right) {
            let end = body
                .clone()
                .skip_while(|v| *v <= value)
                .find(|v| matches!(facts.op(*v).kind, OpKind::End(s) | OpKind::Else(s, _) if s == value));
            return Some((value, end.unwrap_or(body.end)));
        }
    }
    None
}

/// The body that hands a function to a library, which runs it: by a decorator that makes a command of it, or a step of a
/// method.
fn registered(program: &Program<'_>, types: &Types<'_>, def: Def) -> Option<Def> {
    let definition = program.definition(def);
    if definition.kind != DefKind::Function || definition.decorators.is_empty() {
        return None;
    }
    let nodes = || definition.decorators.iter().map(|value| Node { file: def.file, value: *value });
    if let Some(class) = program.class_of(def) {
        let steps = &types.lexicon().orchestrators;
        let name = |node: Node| match program.op(node).kind {
            OpKind::Call(function, _) => types.library_name(Node { value: function, ..node }),
            _ => types.library_name(node),
        };
        let step = nodes().filter_map(name).any(|name| steps.step(MadeBy::Decorator, name).is_some());
        let outer = Def { file: def.file, id: program.definition(class).parent };
        return step.then_some(outer);
    }
    let makes = |meaning: &Meaning| meaning.options_of.is_some() || meaning.defines_option || meaning.parses_options;
    let called = |node: Node| types.callees(node).iter().any(|c| matches!(c, Callee::Meaning(m) if makes(m)));
    let command = nodes().any(|node| called(node) || types.meanings(node).any(makes));
    command.then_some(Def { file: def.file, id: definition.parent })
}

/// The functions and methods of which a call makes commands that its program runs.
fn commands(program: &Program<'_>, types: &Types<'_>, call: Node, meaning: &Meaning) -> Vec<Def> {
    let Some(of) = meaning.options_of.as_ref().filter(|of| of.commands) else { return Vec::new() };
    let value = of.value.as_ref().and_then(|slot| types.slot(call, slot));
    let holders: Vec<Def> = match value {
        Some(value) => {
            let class = |ty: &Type| if let Type::Class(class) | Type::Object(class) = ty { Some(*class) } else { None };
            types.of(value).iter().filter_map(class).flat_map(|class| types.lineage(class)).collect()
        }
        None => vec![Def { file: call.file, id: 0 }],
    };
    let named = holders.iter().flat_map(|holder| {
        let bindings = program.definition(*holder).bindings.iter();
        bindings.filter_map(|(name, value)| match program.op(Node { file: holder.file, value: *value }).kind {
            OpKind::Define(id) if !name.starts_with('_') => Some(Def { file: holder.file, id }),
            _ => None,
        })
    });
    named.filter(|def| program.definition(*def).kind == DefKind::Function).collect()
}
