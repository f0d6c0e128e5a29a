//! Every map of settings that code loads: from which files, and all that becomes of it.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::loads;
use crate::fact::{DefKind, OpKind, Role as ArgRole, Scalar, Text};
use crate::lexicon::Meaning;
use crate::program::{Def, Node, join, parent};
use crate::source::FileId;
use crate::system::{Known, Role, View, groups};
use crate::value::follow::{Seen, Stack};
use crate::value::lookups::{Lookups, Tracer};
use crate::value::settings::SettingsIndex;
use crate::value::text::{Part, Pattern, ROOT};
use crate::value::types::{Callee, Site};

/// Callers of a loading function that are told apart.
const CALLERS: usize = 24;

/// Functions around a load that are told apart.
const DEPTH: usize = 3;

/// How a library finds a key in what it loads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spelling {
    /// Capital letters make no difference.
    pub any_case: bool,
    /// The first keys of a file are layers, of which one is laid over another.
    pub layered: bool,
}

impl Spelling {
    /// A key as all spellings of it are known.
    pub fn of(self, key: Text) -> Text {
        if self.any_case { Text::from(&key.to_lowercase()) } else { key }
    }
}

/// A map that is loaded, as one way through the program sees it.
pub struct World {
    /// The call that loads it, or the function that gets it.
    pub load: Node,
    /// The files it may come from; none: nobody knows.
    pub files: Vec<FileId>,
    /// The folder of which the files are put together.
    pub root: Option<String>,
    /// What becomes of it.
    pub lookups: Lookups,
    /// How keys are found in it.
    pub spelling: Spelling,
}

/// Finds them all.
pub fn worlds(view: &View<'_>, known: &Known, tracer: &Tracer<'_>) -> Vec<World> {
    let mut found = Vec::new();
    // What only a test looks up no program reads.
    let real = |call: &Node| known.roles[call.file.index()] != Role::Test;
    for (_, call) in view.calls().filter(|(_, call)| real(call)) {
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            if meaning.parses_settings {
                Loading { view, known, tracer, meaning, call, found: &mut found }.from(&[]);
            }
        }
    }
    composed(view, tracer, &mut found);
    found
}

/// One call that loads settings.
struct Loading<'l, 'v> {
    view: &'l View<'v>,
    known: &'l Known,
    tracer: &'l Tracer<'l>,
    meaning: &'l Meaning,
    call: Node,
    found: &'l mut Vec<World>,
}

impl Loading<'_, '_> {
    /// What is loaded where the functions around the call are called from there; the outermost first.
    fn from(&mut self, way: &[(Def, Site)]) {
        let view = self.view;
        let start = self.meaning.place.as_ref().and_then(|slot| view.types.slot(self.call, slot));
        let stack: Stack = way.iter().map(|(_, site)| *site).collect();
        let Some(place) = start.map(|node| view.evaluator.opened(Seen { node, stack: stack.clone() })) else {
            let usual = self.meaning.place.as_ref().and_then(|slot| slot.default.as_deref());
            let file = usual.and_then(|path| SettingsIndex::file(view.program, self.call.file, path));
            return self.add(file.into_iter().collect(), way);
        };
        // Of several files each is one.
        if let OpKind::List(operands) | OpKind::Tuple(operands) = view.program.op(place.node).kind {
            let operands = view.program.operands(place.node.file, operands);
            let patterns = operands.iter().flat_map(|o| view.evaluator.texts(&place.beside(o.value)).patterns);
            let files: BTreeSet<FileId> =
                patterns.flat_map(|pattern| loads::files(view, self.call.file, &pattern)).collect();
            return self.add(files.into_iter().collect(), way);
        }
        let texts = view.evaluator.texts(&place);
        let outer = way.first().map_or_else(|| view.program.owner(self.call), |(_, site)| site.within);
        let callers = view.types.callers.get(&outer).map_or(&[][..], Vec::as_slice);
        let depends = texts.parameters.contains(&outer) && view.program.definition(outer).kind == DefKind::Function;
        if depends && way.len() < DEPTH && !callers.is_empty() && callers.len() <= CALLERS {
            for site in callers.iter().filter(|site| !way.iter().any(|(_, of)| of.call == site.call)) {
                let longer: Vec<(Def, Site)> = std::iter::once((outer, *site)).chain(way.iter().copied()).collect();
                self.from(&longer);
            }
            return;
        }
        let mut files: BTreeSet<FileId> = BTreeSet::new();
        for pattern in &texts.patterns {
            let given = given(view, self.known, pattern);
            let own = || loads::files(view, self.call.file, pattern);
            files.extend(if given.is_empty() { own() } else { given });
        }
        self.add(files.into_iter().collect(), way);
    }

    fn add(&mut self, files: Vec<FileId>, way: &[(Def, Site)]) {
        let calls: Vec<(Def, Node)> = way.iter().map(|(def, site)| (*def, site.call)).collect();
        let view = self.view;
        let result = self.meaning.fills.as_ref().and_then(|slot| view.types.slot(self.call, slot));
        let mut lookups = self.tracer.follow(result.unwrap_or(self.call), &calls);
        if let Some(filled) = result {
            // The object was there before it was filled.
            let back = view.evaluator.follow.back(&Seen::anywhere(filled));
            for origin in back.values {
                lookups.add(&self.tracer.follow(origin.node, &[]));
            }
        }
        let spelling = self.spelling();
        if spelling.any_case {
            lookups = lookups.spelled(&|key| spelling.of(key));
        }
        self.found.push(World { load: self.call, files, root: None, lookups, spelling });
    }

    fn spelling(&self) -> Spelling {
        let OpKind::Call(_, operands) = self.view.program.op(self.call).kind else { return Spelling::default() };
        let layered = self.view.program.operands(self.call.file, operands).iter().any(|o| {
            match (o.role, &self.meaning.layered_with) {
                (ArgRole::Named(name), Some(word)) => {
                    let given = self.view.program.op(Node { value: o.value, ..self.call }).kind;
                    name == word.as_str() && !matches!(given, OpKind::Bool(false) | OpKind::Nothing)
                }
                _ => false,
            }
        });
        Spelling { any_case: self.meaning.any_case, layered }
    }
}

/// The files that commands name for an option or argument which is the whole path.
fn given(view: &View<'_>, known: &Known, pattern: &Pattern) -> Vec<FileId> {
    let (flags, position, file) = match pattern.as_slice() {
        [Part::Option(number)] => match view.evaluator.options.get(*number) {
            Some(option) if option.positional => return Vec::new(),
            Some(option) => (option.flags.clone(), None, Some(option.call.file)),
            None => return Vec::new(),
        },
        [Part::Argument(position)] => (Vec::new(), Some(*position as usize), None),
        _ => return Vec::new(),
    };
    let mut files = Vec::new();
    for invocation in &known.invocations {
        let own = file.is_none_or(|file| {
            file == invocation.program || view.program.imported_files(invocation.program).any(|(of, _)| of == file)
        });
        if !own {
            continue;
        }
        let words = &invocation.arguments;
        let value = |word: &String, next: Option<&String>| {
            flags.iter().find_map(|flag| match word.strip_prefix(flag.as_str()) {
                Some("") => next.cloned(),
                Some(rest) => rest.strip_prefix('=').map(str::to_owned),
                None => None,
            })
        };
        match position {
            Some(position) => {
                let word = position.checked_sub(1).and_then(|at| words.get(at));
                files.extend(word.and_then(|word| SettingsIndex::file(view.program, invocation.program, word)));
            }
            None => {
                for (at, word) in words.iter().enumerate() {
                    let path = value(word, words.get(at + 1));
                    files.extend(path.and_then(|path| SettingsIndex::file(view.program, invocation.program, &path)));
                }
            }
        }
    }
    files
}

/// Functions that get settings which are put together of the files of a folder.
fn composed(view: &View<'_>, tracer: &Tracer<'_>, found: &mut Vec<World>) {
    let roots = groups::compositions(view);
    for index in 0..view.program.def_count() {
        let def = view.program.def_at(index);
        let definition = view.program.definition(def);
        for decorator in &definition.decorators {
            let call = Node { file: def.file, value: *decorator };
            let meaning = view.types.callees(call).iter().find_map(|c| match c {
                Callee::Meaning(m) if m.composes => Some(*m),
                _ => None,
            });
            if let (Some(meaning), Some(param)) = (meaning, definition.params.first()) {
                let files = primary(view, call, meaning, &roots);
                let load = Node { file: def.file, value: param.value };
                add_composed(view, tracer, &roots, load, files, found);
            }
        }
    }
    for (_, call) in view.calls() {
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            let decorates = view.program.file(call.file).definitions.iter().any(|d| d.decorators.contains(&call.value));
            if meaning.composes && !decorates {
                let files = primary(view, call, meaning, &roots);
                add_composed(view, tracer, &roots, call, files, found);
            }
        }
    }
}

/// Files and those of their folder that they list as their defaults; none if one of these is not there.
fn with_defaults(view: &View<'_>, folder: &str, files: &[FileId]) -> Option<Vec<FileId>> {
    let mut all = files.to_vec();
    let mut next = 0;
    while let Some(file) = all.get(next).copied() {
        next += 1;
        for setting in &view.program.file(file).settings {
            let ([list, _], Scalar::Text(name)) = (setting.keys.as_slice(), setting.value) else { continue };
            if list != "defaults" || name == "_self_" {
                continue;
            }
            let at = |ending: &str| view.program.at_path(&join(folder, &format!("{name}{ending}")));
            let listed = [".yaml", ".yml", ""].iter().find_map(|ending| at(ending))?;
            if !all.contains(&listed) {
                all.push(listed);
            }
        }
    }
    Some(all)
}

fn add_composed(
    view: &View<'_>,
    tracer: &Tracer<'_>,
    roots: &[String],
    load: Node,
    primary: Vec<FileId>,
    found: &mut Vec<World>,
) {
    let Some(first) = primary.first() else {
        // What is named is not there: a copy of another file of its kind, which everybody makes for himself.
        let (files, root) = (Vec::new(), None);
        found.push(World { load, files, root, lookups: tracer.follow(load, &[]), spelling: Spelling::default() });
        return;
    };
    let folder = parent(view.program.path(*first)).to_owned();
    let lookups = tracer.follow(load, &[]);
    if !roots.contains(&folder) {
        // Without groups, what a file lists as its defaults lies beside it.
        if let Some(files) = with_defaults(view, &folder, &primary) {
            found.push(World { load, files, root: None, lookups, spelling: Spelling::default() });
        }
        return;
    }
    let below = |file: &FileId| {
        let path = view.program.path(*file);
        folder.is_empty() || path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    let files = view.program.files().filter(|f| !view.program.file(*f).settings.is_empty()).filter(below).collect();
    found.push(World { load, files, root: Some(folder), lookups, spelling: Spelling::default() });
}

/// The file that a decorator or call names as the first of those that are put together.
fn primary(view: &View<'_>, call: Node, meaning: &Meaning, roots: &[String]) -> Vec<FileId> {
    let text = |slot: &Option<crate::lexicon::Slot>| {
        let node = slot.as_ref().and_then(|slot| view.types.slot(call, slot))?;
        let texts = view.evaluator.texts(&Seen::anywhere(node));
        texts.patterns.first().and_then(|pattern| view.evaluator.plain(pattern))
    };
    let Some(name) = text(&meaning.named) else { return Vec::new() };
    let name = name.trim_end_matches(".yaml").trim_end_matches(".yml").to_owned();
    let mut folders: Vec<String> = text(&meaning.place).into_iter().collect();
    if folders.is_empty() {
        folders.extend(roots.iter().cloned());
    }
    let paths = folders.iter().flat_map(|folder| {
        let folder = folder.strip_prefix(ROOT).unwrap_or(folder);
        [".yaml", ".yml"].map(|ending| join(folder, &format!("{name}{ending}")))
    });
    paths.filter_map(|path| SettingsIndex::file(view.program, call.file, &path)).take(1).collect()
}

/// The keys that a file's own stand below, where it is put together with others.
pub fn package(view: &View<'_>, root: &str, file: FileId, names: &FxHashSet<String>) -> Option<Vec<Text>> {
    let folder = parent(view.program.path(file));
    let rest = folder.strip_prefix(root).unwrap_or(folder).trim_start_matches('/');
    if rest.is_empty() {
        return Some(Vec::new());
    }
    // What stands in a group and sets keys of other groups is laid over the whole.
    let settings = view.program.file(file).settings.iter().filter(|s| s.keys.len() == 1);
    let global = settings.filter_map(|s| s.keys.first()).any(|key| names.contains(key.as_str()));
    if global {
        return Some(Vec::new());
    }
    // A group under another name is not followed.
    let renamed = |key: &Text| {
        let plain = key.trim_start_matches("override ").trim_start_matches("optional ").trim_start_matches('/');
        plain.split_once('@').is_some_and(|(group, _)| rest == group || rest.starts_with(&format!("{group}/")))
    };
    let composed = view.program.files().filter(|f| view.program.path(*f).starts_with(root));
    let mut defaults = composed
        .flat_map(|f| &view.program.file(f).settings)
        .filter(|s| s.keys.first().is_some_and(|k| k == "defaults"));
    if defaults.any(|s| s.keys.last().is_some_and(renamed)) {
        return None;
    }
    Some(rest.split('/').map(Text::from).collect())
}

/// The groups of a composition: the folders directly below its root.
pub fn groups_of(view: &View<'_>, root: &str) -> FxHashSet<String> {
    let folders = view.program.files().filter_map(|file| {
        let rest = view.program.path(file).strip_prefix(root)?.trim_start_matches('/');
        rest.split_once('/').map(|(group, _)| group.to_owned())
    });
    folders.collect()
}
