//! Which module of the repository an import of Python means, and which ones are a library's.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Def, Imported, Program, file_id, join, parent};
use crate::fact::{Comparison, Declaration, Facts, Import, OpKind, Text};
use crate::source::{FileId, Kind, Source};

/// What the layout of the repository says about where modules are looked for.
#[derive(Debug, Default)]
pub(super) struct Layout<'a> {
    /// Folders in which a program lies that runs by itself: they are searched when it does.
    scripts: FxHashSet<&'a str>,
    /// Packages that the repository declares to need.
    required: FxHashSet<String>,
}

impl<'a> Layout<'a> {
    /// Looks at all files once.
    pub(super) fn new(sources: &'a [Source], facts: &[Facts]) -> Self {
        let mut layout = Self::default();
        for (source, facts) in sources.iter().zip(facts) {
            let runs = match source.kind {
                Kind::Notebook => true,
                Kind::Python => runs_by_itself(facts),
                _ => false,
            };
            if runs {
                layout.scripts.insert(parent(&source.path));
            }
            for declaration in &facts.declarations {
                if let Declaration::Package(requirement) = declaration {
                    layout.required.insert(requirement.package.text.replace('-', "_"));
                }
            }
        }
        layout
    }
}

/// Does a module look like a program: it has a main guard, or its body does more than define?
fn runs_by_itself(facts: &Facts) -> bool {
    let Some(module) = facts.definitions.first() else { return false };
    let (mut calls, mut definitions) = (0, 0);
    for value in module.body.clone() {
        match facts.op(value).kind {
            OpKind::Call(..) => calls += 1,
            OpKind::Define(_) => definitions += 1,
            OpKind::Compare(Comparison::Equal, left, right) => {
                let is_name = |v| matches!(facts.op(v).kind, OpKind::Global(name) if name == "__name__");
                if is_name(left) || is_name(right) {
                    return true;
                }
            }
            _ => {}
        }
    }
    calls >= 2 && calls > definitions
}

impl Program<'_> {
    pub(super) fn resolve_imports(&self, file: FileId) -> Vec<Imported> {
        let source = &self.sources[file.index()];
        let python = !matches!(source.kind, Kind::Rust | Kind::R);
        let adds_paths = python && self.adds_paths(file);
        let one = |import: &Import| match source.kind {
            Kind::Rust => self.rust_import(file, import),
            Kind::R => self.r_import(file, import),
            _ => self.import(file, import, adds_paths),
        };
        self.file(file).imports.iter().map(one).collect()
    }

    /// A script of R that another takes in: beside it, or from the root; of a folder that is taken in, the script of that
    /// number.
    fn r_import(&self, file: FileId, import: &Import) -> Imported {
        let path = import.module.trim_start_matches("./").trim_end_matches('/');
        let beside = join(parent(self.path(file)), path);
        let found = match import.level {
            0 => self.at_path(&beside).or_else(|| self.at_path(path)),
            number => {
                let folder = [path, &beside].into_iter().find(|folder| self.keeps_folder(folder));
                let inside = |of: &FileId| {
                    folder == Some(parent(self.path(*of)))
                        && self.sources[of.index()].kind == Kind::R
                        && !self.path(*of).ends_with("md")
                };
                let found = self.files().filter(|of| inside(of)).nth(number as usize - 1);
                let Some(of) = found.filter(|of| *of != file) else { return Imported::Library(Text::default()) };
                Some(of)
            }
        };
        match found.filter(|of| *of != file) {
            Some(of) => Imported::Name(of, Text::from("*")),
            None => Imported::Library(import.module),
        }
    }

    fn import(&self, file: FileId, import: &Import, adds_paths: bool) -> Imported {
        let here = parent(self.path(file));
        let dotted = import.module.replace('.', "/");
        let found = if import.level > 0 {
            let mut base = here;
            for _ in 1..import.level {
                base = parent(base);
            }
            self.local_name(&join(base, &dotted), import.name)
        } else {
            self.absolute(file, here, &dotted, import, adds_paths)
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

    /// Looks a dotted module up where Python would: beside a script, at the root and in folders of sources; else by the
    /// longest fitting path, where that is no part of a package.
    fn absolute(&self, file: FileId, here: &str, dotted: &str, import: &Import, adds_paths: bool) -> Option<Imported> {
        let first = dotted.split('/').next().unwrap_or(dotted);
        let whole = import.name.is_some() || !dotted.contains('/') || import.alias != first;
        let wanted = if whole { dotted } else { first };
        if self.is_searched(here, first)
            && let Some(found) = self.name_in(file, here, dotted, wanted, import.name)
        {
            return Some(found);
        }
        // The nearest candidate: the one that shares most of its path with the importing file.
        let mut best: Option<(usize, Imported)> = None;
        let modules = self.modules.get(&Text::from(dotted)).into_iter().flatten();
        for candidate in modules.filter(|candidate| **candidate != file) {
            let module = module_path(self.path(*candidate));
            let root = module.strip_suffix(dotted).unwrap_or("").trim_end_matches('/');
            // A lone name is a library's unless the file lies where Python would look for it.
            let lone = !wanted.contains('/');
            let above = root.is_empty() || here == root || here.starts_with(&format!("{root}/"));
            let sources = root.rsplit('/').next() == Some("src");
            if lone && !above && !sources && !adds_paths {
                continue;
            }
            if self.is_inside_package(root) && !adds_paths && (lone || self.layout.required.contains(first)) {
                continue;
            }
            let shared = self.path(*candidate).bytes().zip(here.bytes()).take_while(|(a, b)| a == b).count();
            if best.as_ref().is_none_or(|(most, _)| shared > *most)
                && let Some(found) = self.name_in(file, root, dotted, wanted, import.name)
                && !(lone && self.is_namesake(found, here))
            {
                best = Some((shared, found));
            }
        }
        if let Some((_, found)) = best {
            return Some(found);
        }
        // `from package import module` of a package without `__init__`.
        let name = import.name?;
        let submodule = Text::from(&format!("{dotted}/{name}"));
        self.modules.get(&submodule)?.iter().find(|found| **found != file).map(|file| Imported::Module(*file))
    }

    /// Does Python look for that absolute name in the folder of the file that imports it? It does when a program of that
    /// folder runs, so not in a package of which nothing runs; and what is installed is rather meant elsewhere.
    fn is_searched(&self, here: &str, first: &str) -> bool {
        let package = self.is_package_folder(here) && !here.is_empty();
        match self.layout.scripts.contains(here) {
            true => !package || !self.layout.required.contains(first),
            false => !package && !self.layout.required.contains(first),
        }
    }

    /// Is a folder a package whose modules are known by the package's name, and not by their own?
    fn is_inside_package(&self, folder: &str) -> bool {
        !folder.is_empty() && self.is_package_folder(folder) && !self.layout.scripts.contains(folder)
    }

    fn is_package_folder(&self, folder: &str) -> bool {
        self.paths.contains_key(join(folder, "__init__.py").as_str())
    }

    /// What an import of `dotted` brings if it is looked for in that folder: `wanted` of it, or a name of it.
    fn name_in(&self, file: FileId, folder: &str, dotted: &str, wanted: &str, name: Option<Text>) -> Option<Imported> {
        let found = self.local_name(&join(folder, wanted), name);
        let found = found.or_else(|| {
            // `import a.b` of a package without `__init__` binds the package.
            let package = wanted != dotted && self.local(&join(folder, dotted)).is_some();
            package.then(|| Imported::Folder(Text::from(&join(folder, wanted))))
        })?;
        // No module imports itself: what has its name is a library.
        (!matches!(found, Imported::Module(of) | Imported::Name(of, _) if of == file)).then_some(found)
    }

    /// Is what is found a name of a package around the importing file that is empty? A folder that is called like a library,
    /// and only to hold files for it, is not what they import from.
    fn is_namesake(&self, found: Imported, here: &str) -> bool {
        let Imported::Name(of, _) = found else { return false };
        let (path, facts) = (self.path(of), self.file(of));
        let inside = |folder: &str| here == folder || here.starts_with(&format!("{folder}/"));
        is_package(path)
            && inside(parent(path))
            && facts.imports.is_empty()
            && facts.definitions.len() <= 1
            && !facts.ops.iter().any(|op| matches!(op.kind, OpKind::Bind(..)))
    }

    /// Does a file add folders to those where modules are looked for (`sys.path.append(..)`)?
    fn adds_paths(&self, file: FileId) -> bool {
        let facts = self.file(file);
        facts.ops.iter().any(|op| match op.kind {
            OpKind::Attr(module, name) if name == "path" => match facts.op(module).kind {
                OpKind::Import(import) => {
                    facts.imports.get(import as usize).is_some_and(|i| i.module == "sys" && i.name.is_none())
                }
                // Inside of a function the module's own name for it.
                OpKind::Global(name) => name == "sys",
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
            None => self.submodule(module, &name),
            other => other,
        }
    }

    /// The modules whose dotted name is that text, or begins and ends with two texts; none if there are too many.
    pub fn named(&self, before: &str, after: &str, open: bool, most: usize) -> Vec<FileId> {
        let (before, after) = (before.replace('.', "/"), after.replace('.', "/"));
        if !open {
            let found = match self.local(&before) {
                Some(Imported::Module(file)) => Some(file),
                _ => self.modules.get(&Text::from(&before)).and_then(|files| files.first().copied()),
            };
            return found.into_iter().collect();
        }
        if !before.contains('/') {
            return Vec::new();
        }
        let fits = |file: &FileId| {
            let path = module_path(self.path(*file));
            let inner = path.strip_prefix(before.as_str()).and_then(|rest| rest.strip_suffix(after.as_str()));
            inner.is_some_and(|inner| !inner.is_empty() && !inner.contains('/'))
                && self.sources[file.index()].kind == Kind::Python
                && !self.file(*file).definitions.is_empty()
        };
        let found: Vec<FileId> = self.files().filter(fits).take(most + 1).collect();
        if found.len() > most { Vec::new() } else { found }
    }

    /// A module by its path without ending.
    pub(super) fn local(&self, module: &str) -> Option<Imported> {
        for ending in [".py", "/__init__.py", ".ipynb"] {
            if let Some(file) = self.paths.get(format!("{module}{ending}").as_str())
                // What could not be read has no names.
                && !self.file(*file).definitions.is_empty()
            {
                return Some(Imported::Module(*file));
            }
        }
        None
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

/// Every suffix of every module's path, so that `import a.b` finds `src/a/b.py`.
pub(super) fn modules(sources: &[Source], facts: &[Facts]) -> FxHashMap<Text, Vec<FileId>> {
    let mut modules: FxHashMap<Text, Vec<FileId>> = FxHashMap::default();
    for (index, (source, facts)) in sources.iter().zip(facts).enumerate() {
        if source.kind != Kind::Python || facts.definitions.is_empty() {
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
