//! Entry points that packages and servers name, and that lead to no module or to no function of it.

use rustc_hash::FxHashSet;

use crate::fact::{Declaration, OpKind, Text};
use crate::program::{Def, join, parent};
use crate::source::{At, FileId, Kind};
use crate::system::View;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::commands::programs::unwrapped;
use crate::value::spelling::segments;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "missing-entry-point", find };

/// What is not there of an entry point.
enum Lacking {
    /// The module, in a package that is there.
    Module(String),
    /// The name in the module.
    Name(FileId),
}

/// One sighting for each entry point that leads nowhere.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    let mut told: FxHashSet<(At, Text)> = FxHashSet::default();
    for file in view.program.files().filter(|file| !view.program.is_test(*file)) {
        for (at, module, name) in entries(view, file) {
            let Some(lacking) = lacking(view, file, &module, &name) else { continue };
            let target = Text::from(&format!("{module}:{name}"));
            if !told.insert((at, target)) {
                continue;
            }
            let (what, place) = match lacking {
                Lacking::Module(path) => ("module", path),
                Lacking::Name(of) => ("name", view.program.path(of).to_owned()),
            };
            found.push(Sighting::new(
                at,
                vec![Text::from(view.program.path(file)), target],
                Certainty::Inferred,
                vec![
                    ("target", Capture::Text(target)),
                    ("lacks", Capture::Text(Text::from(what))),
                    ("place", Capture::Text(Text::from(&place))),
                ],
            ));
        }
    }
    found
}

/// The entry points that a file names: where, the module and the name in it.
fn entries(view: &View<'_>, file: FileId) -> Vec<(At, String, String)> {
    let facts = view.program.file(file);
    let scripts = facts.declarations.iter().filter_map(|declaration| match declaration {
        Declaration::Script(script) => {
            Some((At { file, span: script.name.span }, script.module.to_string(), script.function.to_string()))
        }
        _ => None,
    });
    let steps = facts.declarations.iter().filter_map(|d| if let Declaration::Step(s) = d { Some(s) } else { None });
    let commands = facts.commands.iter().chain(steps.flat_map(|step| &step.commands));
    let served = commands.filter_map(|command| {
        let words: Vec<String> = command.words.iter().map(Text::to_string).collect();
        let words = unwrapped(view, &words);
        let (tool, named) = view.lexicon.tool(words)?;
        let arguments = words.get(named..).filter(|_| tool.serves)?;
        let (module, name) = arguments.iter().find_map(|word| target(word))?;
        Some((At { file, span: command.span }, module, name))
    });
    scripts.chain(served).collect()
}

/// `package.module:app`, `package.module:make()`
fn target(word: &str) -> Option<(String, String)> {
    let (module, name) = word.split_once(':')?;
    let is_name = |text: &str| {
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        text.split('.').all(plain) && !text.starts_with(|c: char| c.is_ascii_digit())
    };
    let name = name.split('(').next().unwrap_or_default();
    (is_name(module) && is_name(name)).then(|| (module.to_owned(), name.to_owned()))
}

fn lacking(view: &View<'_>, file: FileId, module: &str, name: &str) -> Option<Lacking> {
    let path = module.replace('.', "/");
    let here = parent(view.program.path(file));
    let bases = [here.to_owned(), segments(here, "src"), String::new(), "src".to_owned()];
    let ends = [format!("{path}.py"), format!("{path}/__init__.py")];
    let named = bases.iter().flat_map(|base| ends.iter().map(move |end| join(base, end)));
    let mut found: Vec<FileId> = named.filter_map(|path| view.program.at_path(&path)).collect();
    if found.is_empty() {
        // An image puts the files of a folder elsewhere.
        let below =
            |of: &str| ends.iter().any(|end| of.strip_suffix(end.as_str()).is_some_and(|above| above.ends_with('/')));
        found = view.program.files().filter(|of| below(view.program.path(*of))).collect();
    }
    let first = name.split('.').next().unwrap_or(name);
    if let Some(of) = found.first() {
        return (!found.iter().any(|of| may_bind(view, *of, first))).then_some(Lacking::Name(*of));
    }
    // Only of a package that is written out here is it known what it holds.
    let above = parent(&path);
    let package = bases
        .iter()
        .map(|base| join(base, above))
        .find(|package| !above.is_empty() && view.program.at_path(&format!("{package}/__init__.py")).is_some())?;
    let last = path.rsplit('/').next().unwrap_or_default();
    let elsewhere = view.program.keeps_folder(&join(&package, last)) || last.contains("version");
    (!elsewhere).then(|| Lacking::Module(join(&package, &format!("{last}.py"))))
}

/// Binds a module a name, or may it do so in a way that cannot be followed?
fn may_bind(view: &View<'_>, file: FileId, name: &str) -> bool {
    let facts = view.program.file(file);
    let open = |op: &crate::fact::Op| matches!(op.kind, OpKind::Global(name) if matches!(name.as_str(), "globals" | "exec" | "setattr" | "vars"));
    view.program.sources[file.index()].kind != Kind::Python
        || !facts.problems.is_empty()
        || view.program.binding(Def { file, id: 0 }, Text::from(name)).is_some()
        || facts.imports.iter().any(|import| import.alias == name || import.alias == "*")
        || facts.definitions.iter().any(|d| d.parent == 0 && (d.name == name || d.name == "__getattr__"))
        || view.program.submodule(parent(view.program.path(file)), name).is_some()
            && view.program.path(file).ends_with("__init__.py")
        || facts.ops.iter().any(open)
}
