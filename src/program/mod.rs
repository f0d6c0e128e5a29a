//! The facts of all files as one program: every value and definition has one number, every module its names.

pub mod branches;
mod imports;
mod lazy;
mod rust;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{DefId, DefKind, Definition, Facts, Import, Op, OpKind, Operand, Operands, Text, Val};
use crate::source::{At, FileId, Source};
use imports::Layout;

/// A value of the program: an operation of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// The file.
    pub file: FileId,
    /// The operation in it.
    pub value: Val,
}

/// A definition of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Def {
    /// The file.
    pub file: FileId,
    /// The definition in it; 0 is the module.
    pub id: DefId,
}

/// What an import brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Imported {
    /// A module of the repository.
    Module(FileId),
    /// A name of a module of the repository.
    Name(FileId, Text),
    /// A folder of the repository that is imported as a package without an `__init__`.
    Folder(Text),
    /// A library's module, function, class or constant, by its dotted name.
    Library(Text),
}

/// All files of the repository, linked by name.
#[derive(Debug)]
pub struct Program<'a> {
    /// The files, sorted by path.
    pub sources: &'a [Source],
    /// What each says.
    pub facts: &'a [Facts],
    kept: FxHashSet<&'a str>,
    /// The folders that hold any file of the repository.
    folders: FxHashSet<&'a str>,
    value_base: Vec<u32>,
    def_base: Vec<u32>,
    modules: FxHashMap<Text, Vec<FileId>>,
    imports: Vec<Vec<Imported>>,
    /// The folder of the sources of every Rust crate of the repository.
    crates: FxHashMap<Text, String>,
    paths: FxHashMap<&'a str, FileId>,
    layout: Layout<'a>,
    /// Which files are tests.
    tests: Vec<bool>,
}

impl<'a> Program<'a> {
    /// Numbers all values and resolves all imports.
    pub fn new(sources: &'a [Source], kept: &'a [String], facts: &'a [Facts]) -> Self {
        let mut program = Self {
            sources,
            facts,
            kept: kept.iter().map(String::as_str).collect(),
            folders: folders(sources.iter().map(|s| s.path.as_str()).chain(kept.iter().map(String::as_str))),
            value_base: bases(facts.iter().map(|f| f.ops.len())),
            def_base: bases(facts.iter().map(|f| f.definitions.len())),
            modules: imports::modules(sources, facts),
            imports: Vec::new(),
            paths: paths(sources),
            crates: rust::crates(sources, facts),
            layout: Layout::new(sources, facts),
            tests: sources.iter().map(|source| is_test(&source.path)).collect(),
        };
        program.imports = program.files().map(|file| program.resolve_imports(file)).collect();
        program
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.sources.len()).map(file_id)
    }

    /// What a file says.
    pub fn file(&self, file: FileId) -> &'a Facts {
        &self.facts[file.index()]
    }

    /// A file's path.
    pub fn path(&self, file: FileId) -> &'a str {
        &self.sources[file.index()].path
    }

    /// Is a file a test, by where it lies and how it is called?
    pub fn is_test(&self, file: FileId) -> bool {
        self.tests.get(file.index()).copied().unwrap_or(false)
    }

    /// The file at a path.
    pub fn at_path(&self, path: &str) -> Option<FileId> {
        self.paths.get(path).copied()
    }

    /// Does the repository itself hold a file at that path?
    pub fn keeps(&self, path: &str) -> bool {
        self.kept.contains(path) || self.paths.contains_key(path)
    }

    /// The paths of all files of the repository.
    pub fn paths(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.sources.iter().map(|source| source.path.as_str()).chain(self.kept.iter().copied())
    }

    /// Does the repository itself hold files in that folder?
    pub fn keeps_folder(&self, path: &str) -> bool {
        self.folders.contains(path)
    }

    /// How many values there are.
    pub fn value_count(&self) -> usize {
        self.value_base.last().map_or(0, |n| *n as usize)
    }

    /// How many definitions there are.
    pub fn def_count(&self) -> usize {
        self.def_base.last().map_or(0, |n| *n as usize)
    }

    /// A value's number in the whole program.
    pub fn value_index(&self, node: Node) -> usize {
        (self.value_base[node.file.index()] + node.value) as usize
    }

    /// A definition's number in the whole program.
    pub fn def_index(&self, def: Def) -> usize {
        (self.def_base[def.file.index()] + def.id) as usize
    }

    /// The definition of that number.
    pub fn def_at(&self, index: usize) -> Def {
        let wanted = u32::try_from(index).unwrap_or(u32::MAX);
        let file = self.def_base.partition_point(|base| *base <= wanted).saturating_sub(1);
        Def { file: file_id(file), id: wanted - self.def_base[file] }
    }

    /// A definition.
    pub fn definition(&self, def: Def) -> &'a Definition {
        &self.file(def.file).definitions[def.id as usize]
    }

    /// The definition in whose body a value stands.
    pub fn owner(&self, node: Node) -> Def {
        let definitions = &self.file(node.file).definitions;
        // Readers lower bodies in the order of their definitions; where one does not, the slow way finds it.
        let guess = definitions.partition_point(|d| d.body.start <= node.value).saturating_sub(1);
        let inside = |d: &Definition| d.body.contains(&node.value);
        let id =
            if definitions.get(guess).is_some_and(inside) { Some(guess) } else { definitions.iter().position(inside) };
        let id = id.unwrap_or(0);
        Def { file: node.file, id: u32::try_from(id).unwrap_or(0) }
    }

    /// An operation.
    pub fn op(&self, node: Node) -> Op {
        self.file(node.file).op(node.value)
    }

    /// A run of operands.
    pub fn operands(&self, file: FileId, run: Operands) -> &'a [Operand] {
        self.file(file).operands(run)
    }

    /// Where a value is written.
    pub fn place(&self, node: Node) -> At {
        At { file: node.file, span: self.op(node).span }
    }

    /// Where a literal goes on from that byte of its text, with the quotes in front of it.
    pub fn place_within(&self, literal: Node, from: usize) -> At {
        let At { file, span } = self.place(literal);
        let length = self.literal(literal).map_or(0, |text| text.len());
        At { file, span: span.inside_quotes(length, from) }
    }

    /// Where a definition's name is written.
    pub fn def_place(&self, def: Def) -> At {
        At { file: def.file, span: self.definition(def).span }
    }

    /// The literal text of a value, if it is one.
    pub fn literal(&self, node: Node) -> Option<Text> {
        match self.op(node).kind {
            OpKind::Str(text) => Some(text),
            _ => None,
        }
    }

    /// A definition's dotted path within its file, after the file's own: `src/a.py`, `src/a.py:Class.method`.
    pub fn symbol(&self, def: Def) -> Text {
        let mut names = Vec::new();
        let mut id = def.id;
        while id != 0 {
            let Some(definition) = self.file(def.file).definitions.get(id as usize) else { break };
            names.push(definition.name.as_str());
            id = definition.parent;
        }
        names.reverse();
        let path = self.path(def.file);
        if names.is_empty() { Text::from(path) } else { Text::from(&format!("{path}:{}", names.join("."))) }
    }

    /// What a file's import brings.
    pub fn imported(&self, file: FileId, import: u32) -> Imported {
        self.imports[file.index()].get(import as usize).copied().unwrap_or(Imported::Library(Text::from("")))
    }

    /// The files that a file imports.
    pub fn imported_files(&self, file: FileId) -> impl Iterator<Item = (FileId, &'a Import)> {
        let imports = &self.file(file).imports;
        self.imports[file.index()].iter().zip(imports).filter_map(|(imported, import)| match imported {
            Imported::Module(of) | Imported::Name(of, _) => Some((*of, import)),
            _ => None,
        })
    }

    /// What `name` is in the module that lies in `folder`: a submodule of a package.
    pub fn submodule(&self, folder: &str, name: &str) -> Option<Imported> {
        self.local(&join(folder, name))
    }

    /// The binding of a module-level name of a file.
    pub fn binding(&self, def: Def, name: Text) -> Option<Val> {
        let bindings = &self.definition(def).bindings;
        // Interned names are equal if they are the same: few are looked through faster than they are compared by letters.
        if bindings.len() <= 64 {
            return bindings.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
        }
        bindings.binary_search_by(|(n, _)| n.as_str().cmp(name.as_str())).ok().map(|i| bindings[i].1)
    }

    /// A method or nested name of a class, without its bases.
    pub fn member(&self, class: Def, name: Text) -> Option<Node> {
        self.binding(class, name).map(|value| Node { file: class.file, value })
    }

    /// Does a definition stand in a class's body?
    pub fn class_of(&self, def: Def) -> Option<Def> {
        let definition = self.definition(def);
        let parent = self.file(def.file).definitions.get(definition.parent as usize)?;
        (def.id != 0 && parent.kind == DefKind::Class).then_some(Def { file: def.file, id: definition.parent })
    }
}

/// Every path by which a file is known; its own path wins over a link of the same name.
fn paths(sources: &[Source]) -> FxHashMap<&str, FileId> {
    let mut paths = FxHashMap::default();
    for (index, source) in sources.iter().enumerate() {
        paths.extend(source.links.iter().map(|link| (link.as_str(), file_id(index))));
    }
    paths.extend(sources.iter().enumerate().map(|(i, s)| (s.path.as_str(), file_id(i))));
    paths
}

fn bases(lengths: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut total = 0_u32;
    let mut bases = vec![0];
    for length in lengths {
        total = total.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
        bases.push(total);
    }
    bases
}

fn file_id(index: usize) -> FileId {
    FileId(u32::try_from(index).unwrap_or(u32::MAX))
}

/// The folders in which files lie, and those around them.
fn folders<'p>(paths: impl Iterator<Item = &'p str>) -> FxHashSet<&'p str> {
    let mut folders = FxHashSet::default();
    for path in paths {
        let mut folder = parent(path);
        while !folder.is_empty() && folders.insert(folder) {
            folder = parent(folder);
        }
    }
    folders
}

fn is_test(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or_default();
    let tried = |folder: &str| matches!(folder, "tests" | "test" | "testing");
    folders.split('/').any(tried) || stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest"
}

/// The folder of a path; the root is empty.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path in a folder.
pub fn join(folder: &str, rest: &str) -> String {
    match (folder.is_empty(), rest.is_empty()) {
        (true, _) => rest.to_owned(),
        (_, true) => folder.to_owned(),
        _ => format!("{folder}/{rest}"),
    }
}
