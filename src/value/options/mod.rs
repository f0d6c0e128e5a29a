//! Command-line options: those that calls define, and those that are the parameters of functions and the fields of
//! classes; looked up by the name that code reads, or by the parameter or field.

mod cells;
mod defined;
mod given;
mod shaped;
mod usage;

use rustc_hash::{FxHashMap, FxHashSet};

use super::types::{Type, Types};
use crate::fact::{OpKind, Text, Val};
use crate::program::{Def, Node, Program};
use crate::source::FileId;

/// A command-line option.
#[derive(Clone, Debug)]
pub struct CliOption {
    /// The call that defines it, or the parameter or field that it is.
    pub call: Node,
    /// The definition in whose body it is defined.
    pub within: Def,
    /// As typed: `--data-dir`, or a positional's name.
    pub flag: Text,
    /// All spellings.
    pub flags: Vec<Text>,
    /// The name by which code reads it.
    pub name: Text,
    /// Its default.
    pub default: Option<Node>,
    /// Its default, where a text on how the program is used says it.
    pub said: Option<Text>,
    /// How many values it takes.
    pub takes: Takes,
    /// Its `action`, if one is given.
    pub action: Option<Text>,
    /// Whatever text is typed for it is true.
    pub always_true: bool,
    /// Its action does what there is to do, and nobody need read it: it shows the version, or a class of its own acts.
    pub acts: bool,
    /// It is taken by position alone.
    pub positional: bool,
    /// Its place among what is taken by position.
    pub place: Option<usize>,
    /// No value stands behind it.
    pub switch: bool,
    /// The command that has to be chosen for it.
    pub command: Option<Text>,
    /// The function's parameter that it is.
    pub param: Option<Val>,
    /// The class whose field it is.
    pub class: Option<Def>,
    /// It is a value of a notebook's cell of parameters.
    pub cell: bool,
}

/// How many values an option takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Takes {
    /// One, or none.
    #[default]
    One,
    /// So many words.
    Count(usize),
    /// All words up to the next option.
    Words,
    /// One word, cut at its commas.
    Commas,
    /// One word each time that it is said.
    Repeated,
}

/// All command-line options.
#[derive(Default)]
pub struct Options {
    /// In source order, those that calls define first.
    pub all: Vec<CliOption>,
    by_name: FxHashMap<Text, Vec<u32>>,
    by_flag: FxHashMap<Text, Vec<u32>>,
    by_call: FxHashMap<Node, u32>,
    by_param: FxHashMap<Node, u32>,
    by_field: FxHashMap<(Def, Text), u32>,
    /// Those that are values of a notebook's cell of parameters.
    cells: FxHashMap<Node, u32>,
    /// Where attributes of what is parsed are set, by their names.
    set: FxHashMap<Text, Vec<Node>>,
    /// The classes whose fields are options.
    filled: FxHashSet<Def>,
    /// The commands of a file.
    commands: FxHashMap<FileId, FxHashSet<Text>>,
    /// The commands that run functions.
    runs: FxHashMap<Def, Text>,
    /// Parts that several options have in common, where not all of them are to be seen: a library's class among them.
    pub foreign: FxHashMap<FileId, Vec<Text>>,
    /// The files in whose hands the options of a file may come.
    near: FxHashMap<FileId, FxHashSet<FileId>>,
    /// The top folder of every file: what lies in another is another project.
    projects: Vec<Text>,
}

impl Options {
    /// Finds every option.
    pub fn new(program: &Program<'_>, types: &Types<'_>) -> Self {
        let project = |file| Text::from(program.path(file).split_once('/').map_or("", |(top, _)| top));
        let mut options = Self { projects: program.files().map(project).collect(), ..Self::default() };
        defined::find(program, types, &mut options);
        shaped::find(program, types, &mut options);
        usage::find(program, types, &mut options);
        cells::find(program, &mut options);
        let files: FxHashSet<FileId> = options.all.iter().map(|o| o.call.file).collect();
        if !files.is_empty() {
            let importers = importers(program);
            options.set = sets(program, types, &options.by_name);
            options.near = files.into_iter().map(|file| (file, neighbours(program, &importers, file))).collect();
        }
        options
    }

    fn add(&mut self, option: CliOption) {
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        for flag in &option.flags {
            self.by_flag.entry(*flag).or_default().push(number);
        }
        if let Some(command) = option.command {
            self.commands.entry(option.call.file).or_default().insert(command);
        }
        self.by_call.insert(option.call, number);
        match (option.class, option.param) {
            (Some(class), _) => {
                self.filled.insert(class);
                self.by_field.insert((class, option.name), number);
            }
            (None, Some(value)) => {
                self.by_param.insert(Node { value, ..option.call }, number);
                self.by_name.entry(option.name).or_default().push(number);
            }
            (None, None) => self.by_name.entry(option.name).or_default().push(number),
        }
        self.all.push(option);
    }

    /// The option that the code of a definition reads by that name: of the command that runs it, of the same file, or
    /// the only one of those that may come into its hands, or the only one at all, if it is not another project's.
    pub fn find(&self, within: Def, name: Text) -> Option<u32> {
        let file = within.file;
        let candidates = self.by_name.get(&name)?;
        let command = self.runs.get(&within);
        let chosen = |n: &&u32| command.is_some() && self.all[**n as usize].command.as_ref() == command;
        if let Some(chosen) = candidates.iter().find(chosen) {
            return Some(*chosen);
        }
        if let Some(here) = candidates.iter().find(|n| self.all[**n as usize].call.file == file) {
            return Some(*here);
        }
        let of = |n: &u32| self.all[*n as usize].call.file;
        let mut handed = candidates.iter().filter(|n| self.near(of(n)).is_some_and(|near| near.contains(&file)));
        if let (Some(only), None) = (handed.next(), handed.next()) {
            return Some(*only);
        }
        let project = |file: FileId| self.projects.get(file.index());
        let near = |n: &&u32| {
            let of = of(n);
            project(of) == project(file) || [of, file].iter().any(|f| project(*f).is_some_and(|p| p.is_empty()))
        };
        if candidates.len() == 1 { candidates.first().filter(near).copied() } else { None }
    }

    /// Where code sets an attribute of that name on what is parsed, in source order.
    pub fn set(&self, name: Text) -> &[Node] {
        self.set.get(&name).map_or(&[], Vec::as_slice)
    }

    /// The option that a call defines.
    pub fn of_call(&self, call: Node) -> Option<u32> {
        self.by_call.get(&call).copied()
    }

    /// The same of a call whose value is read in place of the option's.
    pub fn defined_by(&self, call: Node) -> Option<u32> {
        let number = self.of_call(call)?;
        self.get(number).filter(|option| option.class.is_none()).map(|_| number)
    }

    /// The option that a parameter is.
    pub fn of_param(&self, param: Node) -> Option<u32> {
        self.by_param.get(&param).copied()
    }

    /// The option that a class's field is.
    pub fn of_field(&self, class: Def, name: Text) -> Option<u32> {
        self.by_field.get(&(class, name)).copied()
    }

    /// Are the fields of a class options?
    pub fn is_filled(&self, class: Def) -> bool {
        self.filled.contains(&class)
    }

    /// The option that a value of a notebook's cell of parameters is.
    pub fn cell(&self, node: Node) -> Option<u32> {
        self.cells.get(&node).copied()
    }

    /// All that programs define for their command lines.
    pub fn defined(&self) -> impl Iterator<Item = &CliOption> {
        self.all.iter().filter(|option| !option.cell)
    }

    /// An option.
    pub fn get(&self, number: u32) -> Option<&CliOption> {
        self.all.get(number as usize)
    }

    /// The files in whose hands the options of a file may come.
    pub fn near(&self, file: FileId) -> Option<&FxHashSet<FileId>> {
        self.near.get(&file)
    }
}

/// Where attributes that go by the names of options are set, on objects that are of no class of the repository.
fn sets(program: &Program<'_>, types: &Types<'_>, names: &FxHashMap<Text, Vec<u32>>) -> FxHashMap<Text, Vec<Node>> {
    let mut found: FxHashMap<Text, Vec<Node>> = FxHashMap::default();
    for file in program.files() {
        for (value, op) in (0..).zip(&program.file(file).ops) {
            let OpKind::SetAttr(object, name, _) = op.kind else { continue };
            let own = |ty: &Type| matches!(ty, Type::Object(_) | Type::Class(_) | Type::Module(_));
            if names.contains_key(&name) && !types.of(Node { file, value: object }).iter().any(own) {
                found.entry(name).or_default().push(Node { file, value });
            }
        }
    }
    found
}

/// The files that import each file.
fn importers(program: &Program<'_>) -> Vec<Vec<FileId>> {
    let mut importers = vec![Vec::new(); program.sources.len()];
    for file in program.files() {
        for (of, _) in program.imported_files(file) {
            importers[of.index()].push(file);
        }
    }
    importers
}

/// The files in whose hands parsed options may come: those that import the file, and all that any of these import.
fn neighbours(program: &Program<'_>, importers: &[Vec<FileId>], file: FileId) -> FxHashSet<FileId> {
    let mut above = FxHashSet::from_iter([file]);
    let mut waiting = vec![file];
    while let Some(file) = waiting.pop() {
        for by in &importers[file.index()] {
            if above.insert(*by) {
                waiting.push(*by);
            }
        }
    }
    let mut all = above.clone();
    let mut waiting: Vec<FileId> = above.into_iter().collect();
    while let Some(file) = waiting.pop() {
        for (of, _) in program.imported_files(file) {
            if all.insert(of) {
                waiting.push(of);
            }
        }
    }
    all
}
