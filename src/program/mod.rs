//! The facts of all files as one program: every value and definition has one number, every module its names.

pub mod branches;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{DefId, DefKind, Definition, Facts, Import, Op, OpKind, Operand, Operands, Scalar, Text, Val};
use crate::source::{At, FileId, Kind, Source};

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
            modules: modules(sources),
            imports: Vec::new(),
            paths: paths(sources),
            crates: crates(sources, facts),
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

    fn resolve_imports(&self, file: FileId) -> Vec<Imported> {
        let source = &self.sources[file.index()];
        let one = |import: &Import| match source.kind {
            Kind::Rust => self.rust_import(file, import),
            Kind::R => self.r_import(file, import),
            _ => self.import(file, import),
        };
        self.file(file).imports.iter().map(one).collect()
    }

    fn import(&self, file: FileId, import: &Import) -> Imported {
        let here = parent(self.path(file));
        let dotted = import.module.replace('.', "/");
        let found = if import.level > 0 {
            let mut base = here;
            for _ in 1..import.level {
                base = parent(base);
            }
            self.local_name(&join(base, &dotted), import.name)
        } else {
            self.absolute(file, here, &dotted, import)
        };
        found.unwrap_or_else(|| {
            let module = import.module.as_str();
            Imported::Library(match import.name {
                Some(name) if module.is_empty() => name,
                Some(name) => Text::from(&format!("{module}.{name}")),
                // `import a.b` binds `a`, `import a.b as c` binds all of it.
                None if module.split('.').next() == Some(import.alias.as_str()) => import.alias,
                None => import.module,
            })
        })
    }

    /// Looks a dotted module up beside the file, then among all modules by its longest fitting path.
    fn absolute(&self, file: FileId, here: &str, dotted: &str, import: &Import) -> Option<Imported> {
        let whole =
            import.name.is_some() || !dotted.contains('/') || Some(import.alias.as_str()) != dotted.split('/').next();
        let wanted = if whole { dotted } else { dotted.split('/').next().unwrap_or(dotted) };
        if let Some(found) = self.local_name(&join(here, wanted), import.name) {
            return Some(found);
        }
        // The nearest candidate: the one that shares most of its path with the importing file.
        let mut best: Option<(usize, Imported)> = None;
        for candidate in self.modules.get(&Text::from(wanted)).into_iter().flatten() {
            // A lone name is a library's unless the file lies where Python would look for it.
            let root =
                self.path(*candidate).strip_suffix(".py").map_or("", |p| p.strip_suffix("/__init__").unwrap_or(p));
            let root = root.strip_suffix(wanted).unwrap_or("").trim_end_matches('/');
            let on_path =
                root.is_empty() || here == root || here.starts_with(&format!("{root}/")) || root.ends_with("src");
            if !wanted.contains('/') && !on_path && !self.adds_paths(file) {
                continue;
            }
            let shared = self.path(*candidate).bytes().zip(here.bytes()).take_while(|(a, b)| a == b).count();
            if best.is_none_or(|(most, _)| shared > most) {
                let module = module_path(self.path(*candidate));
                if let Some(found) = self.local_name(module, import.name) {
                    best = Some((shared, found));
                }
            }
        }
        if let Some((_, found)) = best {
            return Some(found);
        }
        // `from package import module` of a package without `__init__`.
        let name = import.name?;
        let submodule = Text::from(&format!("{wanted}/{name}"));
        self.modules.get(&submodule)?.first().map(|file| Imported::Module(*file))
    }

    /// Does a file add folders to those where modules are looked for (`sys.path.append(..)`)?
    fn adds_paths(&self, file: FileId) -> bool {
        let facts = self.file(file);
        facts.ops.iter().any(|op| match op.kind {
            OpKind::Attr(module, name) if name == "path" => match facts.op(module).kind {
                OpKind::Import(import) => {
                    facts.imports.get(import as usize).is_some_and(|i| i.module == "sys" && i.name.is_none())
                }
                _ => false,
            },
            _ => false,
        })
    }

    fn local_name(&self, module: &str, name: Option<Text>) -> Option<Imported> {
        let Some(name) = name else { return self.local(module) };
        match self.local(module) {
            Some(Imported::Module(file)) => {
                let bound = self.binding(Def { file, id: 0 }, name).is_some();
                let package = module_path(self.path(file)) == module && is_package(self.path(file));
                if !bound
                    && package
                    && let Some(submodule) = self.submodule(module, &name)
                {
                    return Some(submodule);
                }
                Some(Imported::Name(file, name))
            }
            Some(Imported::Folder(folder)) => self.submodule(&folder, &name),
            other => other,
        }
    }

    /// A module by its path without ending.
    fn local(&self, module: &str) -> Option<Imported> {
        for ending in [".py", "/__init__.py", ".ipynb"] {
            if let Some(file) = self.paths.get(format!("{module}{ending}").as_str()) {
                return Some(Imported::Module(*file));
            }
        }
        None
    }

    /// A script that another takes in: beside it, or from the root, or wherever the end of its path is the only one.
    fn r_import(&self, file: FileId, import: &Import) -> Imported {
        let path = import.module.trim_start_matches("./");
        let beside = join(parent(self.path(file)), path);
        let found = self.at_path(&beside).or_else(|| self.at_path(path));
        match found.filter(|of| *of != file) {
            Some(of) => Imported::Name(of, Text::from("*")),
            None => Imported::Library(import.module),
        }
    }

    fn rust_import(&self, file: FileId, import: &Import) -> Imported {
        let name = import.name.map_or_else(String::new, |n| format!(".{n}"));
        let dotted = format!("{}{name}", import.module);
        self.rust_path(file, &dotted).unwrap_or_else(|| Imported::Library(Text::from(&dotted)))
    }

    /// A Rust path as a module or a name of one: it begins at the crate, at this module or above it, or with the name
    /// of another crate of the repository.
    pub fn rust_path(&self, file: FileId, dotted: &str) -> Option<Imported> {
        let path = self.path(file);
        let segments: Vec<&str> = dotted.split('.').collect();
        let (first, mut rest) = segments.split_first()?;
        let mut base = match *first {
            "crate" => rust_crate(path),
            "self" => rust_module(path),
            "super" => parent(rust_module(path)),
            // A module beside it hides a crate of the same name.
            name if self.rust_file(file, &join(rust_module(path), name)).is_some() => {
                rest = &segments;
                rust_module(path)
            }
            name => self.crates.get(&Text::from(name))?.as_str(),
        };
        while let Some((&"super", further)) = rest.split_first() {
            base = parent(base);
            rest = further;
        }
        (0..=rest.len()).rev().find_map(|split| {
            let module = join(base, &rest[..split].join("/"));
            let found = self.rust_file(file, &module)?;
            Some(match rest.get(split) {
                Some(name) => Imported::Name(found, Text::from(name)),
                None => Imported::Module(found),
            })
        })
    }

    /// The file of a Rust module; the root of a crate is the asking file if that is one.
    fn rust_file(&self, from: FileId, module: &str) -> Option<FileId> {
        if is_rust_root(self.path(from)) && rust_module(self.path(from)) == module {
            return Some(from);
        }
        let endings = [".rs", "/mod.rs", "/lib.rs", "/main.rs"];
        endings.iter().find_map(|ending| self.paths.get(format!("{module}{ending}").as_str()).copied())
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

/// The path by which a file is imported: no ending, a package's folder for its `__init__`.
fn module_path(path: &str) -> &str {
    let stem = path.strip_suffix(".py").or_else(|| path.strip_suffix(".ipynb")).unwrap_or(path);
    stem.strip_suffix("/__init__").unwrap_or(stem)
}

fn is_package(path: &str) -> bool {
    path.ends_with("__init__.py")
}

/// The folder in which a Rust file's submodules lie: its own name, but for files that speak for their folder.
fn rust_module(path: &str) -> &str {
    if is_rust_root(path) || path.ends_with("/mod.rs") {
        parent(path)
    } else {
        path.strip_suffix(".rs").unwrap_or(path)
    }
}

/// Is a Rust file the root of a crate: a library, a program, an example, a test?
fn is_rust_root(path: &str) -> bool {
    let folder = parent(path).rsplit('/').next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "lib.rs" | "main.rs" | "build.rs") || matches!(folder, "bin" | "examples" | "tests" | "benches")
}

/// The folder of the crate that a Rust file belongs to.
fn rust_crate(path: &str) -> &str {
    if is_rust_root(path) {
        return parent(path);
    }
    match path.find("/src/") {
        Some(index) => &path[..index + 4],
        None if path.starts_with("src/") => "src",
        None => parent(path),
    }
}

/// The sources' folder of every crate, by the name that code calls it.
fn crates(sources: &[Source], facts: &[Facts]) -> FxHashMap<Text, String> {
    let mut crates = FxHashMap::default();
    for (source, facts) in sources.iter().zip(facts) {
        if source.path != "Cargo.toml" && !source.path.ends_with("/Cargo.toml") {
            continue;
        }
        for setting in &facts.settings {
            if let ([table, key], Scalar::Text(name)) = (setting.keys.as_slice(), setting.value)
                && (table == "package" || table == "lib")
                && key == "name"
            {
                crates.insert(Text::from(&name.replace('-', "_")), join(parent(&source.path), "src"));
            }
        }
    }
    crates
}

/// Every suffix of every module's path, so that `import a.b` finds `src/a/b.py`.
fn modules(sources: &[Source]) -> FxHashMap<Text, Vec<FileId>> {
    let mut modules: FxHashMap<Text, Vec<FileId>> = FxHashMap::default();
    for (index, source) in sources.iter().enumerate() {
        if source.kind != Kind::Python {
            continue;
        }
        for path in std::iter::once(&source.path).chain(&source.links) {
            let mut rest = module_path(path);
            for _ in 0..6 {
                let files = modules.entry(Text::from(rest)).or_default();
                if files.last() != Some(&file_id(index)) {
                    files.push(file_id(index));
                }
                match rest.split_once('/') {
                    Some((_, shorter)) => rest = shorter,
                    None => break,
                }
            }
        }
    }
    modules
}
