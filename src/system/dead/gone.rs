//! References that lead nowhere: an import of a module that is not there, a name that its module does not bind.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Dead, View, renamed};
use crate::fact::{Declaration, Facts, Import, OpKind, Text};
use crate::program::{Def, Imported, Node, join, parent};
use crate::source::{At, FileId, Kind, Span};
use crate::system::data;
use crate::value::types::Type;
use crate::vocabulary::Certainty;

/// The stems of all files of every folder: a module may be there in a form that is not read.
pub struct Stems {
    /// By folder.
    stems: FxHashMap<String, FxHashSet<String>>,
    /// Paths that commands name: what they make is not here yet.
    named: FxHashSet<String>,
    /// Modules of the packages that the repository asks for.
    asked: FxHashSet<String>,
}

impl Stems {
    /// Looks at all paths.
    pub fn new(view: &View<'_>) -> Self {
        let mut stems: FxHashMap<String, FxHashSet<String>> = FxHashMap::default();
        for path in view.program.paths() {
            let name = path.rsplit('/').next().unwrap_or(path);
            let stem = name.split('.').next().unwrap_or(name);
            stems.entry(parent(path).to_owned()).or_default().insert(stem.to_owned());
        }
        let commands = view.program.facts.iter().flat_map(|facts| &facts.commands).flat_map(|c| &c.words);
        let paths = commands.map(|word| word.rsplit('=').next().unwrap_or(word).trim_start_matches("./"));
        let named = paths.filter(|path| path.contains('/')).map(|path| path.trim_end_matches('/').to_owned()).collect();
        let packages = view.program.facts.iter().flat_map(|facts| &facts.declarations);
        let packages =
            packages.filter_map(|d| if let Declaration::Package(p) = d { Some(p.package.text) } else { None });
        let asked = packages.flat_map(|p| view.lexicon.distributions.modules_of(&p).collect::<Vec<_>>()).collect();
        Self { stems, named, asked }
    }

    /// Does the repository ask for a package that is imported under that name?
    pub fn asks_for(&self, module: &str) -> bool {
        self.asked.contains(module)
    }

    /// Is a file or folder of that stem in a folder, or does a command make it there?
    pub fn hold(&self, folder: &str, stem: &str) -> bool {
        self.named.contains(&join(folder, stem)) || self.stems.get(folder).is_some_and(|stems| stems.contains(stem))
    }
}

/// The pieces of a file.
pub(super) fn find(view: &View<'_>, file: FileId, stems: &Stems) -> Vec<Dead> {
    let facts = view.program.file(file);
    let mut found = Vec::new();
    let mut told: FxHashSet<String> = FxHashSet::default();
    for (index, import) in (0..).zip(&facts.imports) {
        let call = Node { file, value: import.value };
        let made = import.name.is_some_and(|name| is_made(&name));
        if import.optional || made || data::is_gated(view, call) {
            continue;
        }
        let mut certainty = Certainty::Inferred;
        let reason = match view.program.imported(file, index) {
            Imported::Library(_) => {
                let missing = missing_module(view, file, import, stems);
                let missing = missing.map(|(reason, sure)| {
                    certainty = sure;
                    reason
                });
                let meant = || {
                    certainty = Certainty::Inferred;
                    renamed::meant(view, file, import)
                };
                missing.or_else(meant)
            }
            Imported::Name(of, name) if of != file => {
                let lacks = name != "*" && others(view, file, index, of) && lacks(view, of, name, stems, 0);
                lacks.then(|| format!("`{}` binds no `{name}`", view.program.path(of)))
            }
            _ => None,
        };
        // Several names of one module that is not there are one.
        if let Some(reason) = reason.filter(|reason| told.insert(reason.clone())) {
            found.push(Dead { certainty, ..dead(view, file, import.value, import.span, import.alias, reason) });
        }
    }
    found.extend(attributes(view, file, facts, stems));
    found
}

fn dead(view: &View<'_>, file: FileId, value: u32, span: Span, name: Text, reason: String) -> Dead {
    let within = view.program.owner(Node { file, value });
    Dead { what: "failing", reason, name, at: At { file, span }, within, statements: 1, certainty: Certainty::Inferred }
}

/// Is the module surely the one that is meant: does the file take something from it that is there?
fn others(view: &View<'_>, file: FileId, index: u32, of: FileId) -> bool {
    let own = &view.program.file(file).imports;
    let Some(meant) = own.get(index as usize) else { return false };
    let sure = is_exact(view, meant, of);
    let bound = |(other, import): (u32, &Import)| match view.program.imported(file, other) {
        _ if import.module != meant.module => false,
        Imported::Name(module, name) => module == of && view.program.binding(Def { file: of, id: 0 }, name).is_some(),
        _ => false,
    };
    sure || (0..).zip(own).any(bound)
}

/// Does an import say where the module lies: from here, or by the folders of the packages that lead to it from the root?
fn is_exact(view: &View<'_>, import: &Import, of: FileId) -> bool {
    let named = import.name.map_or_else(String::new, |name| format!("/{name}"));
    let module = import.module.replace('.', "/");
    let paths = [format!("{module}.py"), format!("{module}{named}.py"), format!("{module}/__init__.py")];
    let path = view.program.path(of);
    let path = path.strip_prefix("src/").unwrap_or(path);
    let package = view.program.at_path(&join(parent(view.program.path(of)), "__init__.py")).is_some();
    import.level > 0 || package && path.matches('/').count() > 0 && paths.iter().any(|exact| exact == path)
}

/// `module.name` of a module of the repository that binds no such name.
fn attributes(view: &View<'_>, file: FileId, facts: &Facts, stems: &Stems) -> Vec<Dead> {
    let mut told: FxHashSet<Text> = FxHashSet::default();
    let mut found = Vec::new();
    for (value, op) in (0..).zip(&facts.ops) {
        let OpKind::Attr(object, name) = op.kind else { continue };
        let object = Node { file, value: object };
        let [Type::Module(of)] = view.types.of(object) else { continue };
        let direct = matches!(view.program.op(object).kind, OpKind::Import(_) | OpKind::Global(_));
        if !direct || *of == file || name.starts_with("__") || data::is_gated(view, Node { file, value }) {
            continue;
        }
        let sure = |value: u32| {
            let taken = |user: &u32| match facts.op(*user).kind {
                OpKind::Attr(_, name) => view.program.binding(Def { file: *of, id: 0 }, name).is_some(),
                _ => false,
            };
            view.users.of(Node { file, value }).iter().any(taken)
        };
        let same = (0..).zip(&facts.ops).filter(|(value, op)| {
            matches!(op.kind, OpKind::Import(_) | OpKind::Global(_))
                && view.types.of(Node { file, value: *value }) == [Type::Module(*of)]
        });
        let exact = || match view.program.op(object).kind {
            OpKind::Import(index) => facts.imports.get(index as usize).is_some_and(|i| is_exact(view, i, *of)),
            OpKind::Global(name) => facts.imports.iter().any(|i| i.alias == name && is_exact(view, i, *of)),
            _ => false,
        };
        let meant = || same.map(|(value, _)| value).any(sure) || exact();
        if lacks(view, *of, name, stems, 0) && meant() && told.insert(name) {
            let reason = format!("`{}` binds no `{name}`", view.program.path(*of));
            found.push(dead(view, file, value, op.span, name, reason));
        }
    }
    found
}

/// Why a module that is taken for a library's is not there: the package around it is the repository's own.
fn missing_module(view: &View<'_>, file: FileId, import: &Import, stems: &Stems) -> Option<(String, Certainty)> {
    let segments: Vec<&str> = import.module.split('.').filter(|s| !s.is_empty()).collect();
    // A library under whose name the repository has a package of its own is meant elsewhere.
    let first = segments.first().copied().unwrap_or_default();
    if import.level == 0 && (stems.asked.contains(first) || view.lexicon.distributions.is_brought(first)) {
        return None;
    }
    let here = parent(view.program.path(file));
    let bases: Vec<String> = if import.level > 0 {
        let mut base = here;
        for _ in 1..import.level {
            base = parent(base);
        }
        vec![base.to_owned()]
    } else {
        // Where Python looks: the folder in which the package of the file lies, the root, the folder of sources.
        let package = |folder: &&str| view.program.at_path(&join(folder, "__init__.py")).is_none();
        let mut above = std::iter::successors(Some(here), |f| if f.is_empty() { None } else { Some(parent(f)) });
        let own = above.find(package).unwrap_or("");
        let mut bases = vec![own.to_owned(), String::new(), "src".to_owned()];
        bases.dedup();
        bases
    };
    for base in bases {
        let mut folder = base;
        for (depth, segment) in segments.iter().enumerate() {
            let inner = join(&folder, segment);
            let package = view.program.at_path(&format!("{inner}/__init__.py")).is_some();
            if package && depth + 1 < segments.len() {
                folder = inner;
                continue;
            }
            let hidden = segment.starts_with('_');
            let own = depth > 0 || import.level > 0;
            let there = stems.hold(&folder, segment) || view.program.keeps_folder(&inner) || package;
            if !own || there || hidden || is_made(segment) {
                break;
            }
            let opened = view.program.at_path(&format!("{folder}/__init__.py"));
            if opened.is_some_and(|init| is_open(view.program.file(init))) {
                break;
            }
            // A file that a rule of git leaves out may be there all the same.
            let may_be = view.lexicon.distributions.is_kept_out(segment);
            let certainty = if may_be { Certainty::Guessed } else { Certainty::Inferred };
            return Some((format!("there is no module `{segment}` in `{folder}`"), certainty));
        }
    }
    None
}

/// Is a module of that name one that a build makes?
pub fn is_made(name: &str) -> bool {
    name.contains("_pb2")
        || name.contains("version")
        || name.ends_with("_ext")
        || name.ends_with("cpp")
        || name.ends_with("cuda")
        || name.contains("cython")
        || name.contains("generated")
}

/// Does a module of the repository surely bind no name, neither of its own nor as a submodule?
pub fn lacks(view: &View<'_>, of: FileId, name: Text, stems: &Stems, depth: usize) -> bool {
    const DEPTH: usize = 6;
    let program = view.program;
    let facts = program.file(of);
    let path = program.path(of);
    let starred = (0..).zip(&facts.imports).filter(|(_, import)| import.name.is_some_and(|n| n == "*"));
    let opens = |(index, _): (u32, &Import)| match program.imported(of, index) {
        Imported::Name(other, _) | Imported::Module(other) => {
            other == of || depth >= DEPTH || !lacks(view, other, name, stems, depth + 1)
        }
        _ => true,
    };
    program.sources[of.index()].kind == Kind::Python
        && facts.problems.is_empty()
        && program.binding(Def { file: of, id: 0 }, name).is_none()
        && !view.types.rebound.contains_key(&(of, name))
        && !name.starts_with("__")
        && !is_open(facts)
        && !starred.into_iter().any(opens)
        && !(path.ends_with("__init__.py")
            && (stems.hold(parent(path), &name) || program.keeps_folder(&join(parent(path), &name)) || is_made(&name)))
        && !path.ends_with(".pyx")
}

/// May a module have names that are not written out in it?
fn is_open(facts: &Facts) -> bool {
    facts.definitions.iter().any(|d| d.parent == 0 && d.name == "__getattr__")
        || facts.ops.iter().any(|op| match op.kind {
            OpKind::Global(name) => {
                matches!(name.as_str(), "globals" | "locals" | "exec" | "vars" | "__path__" | "setattr")
            }
            OpKind::Attr(_, name) => matches!(name.as_str(), "modules" | "__dict__" | "extend_path"),
            _ => false,
        })
}
