//! Variables of the environment that images, composed containers, workflows, scripts and `.env` files set, and that no
//! code reads.
//!
//! A variable is judged by its family, the names with the same first word: where code reads several of them by their
//! names, one that nobody names is read by nobody. Variables of libraries have families that code does not read.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::{Known, Role, View};
use crate::fact::{Declaration, DefKind, Facts, OpKind, Role as ArgRole, Text, Val};
use crate::lexicon::TextRule;
use crate::program::{Def, Imported, Node};
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// So many variables of a family at least are read by code before another one is called unread.
const FAMILY: usize = 2;

/// Shorter names differ by chance.
const LEAST: usize = 6;

/// What a settings class calls the beginning of its variables' names.
const PREFIX: &str = "env_prefix";

/// Adds a setting for every variable that is set and read nowhere.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let set = set(view, known);
    if set.is_empty() {
        return;
    }
    let read = read(view);
    let said = Said::new(view, &read);
    let packages = packages(view);
    for (name, places) in &set {
        if said.says(*name) {
            continue;
        }
        let meant = read.iter().find(|of| !set.contains_key(of) && !said.scripts.contains(of) && is_slip(name, of));
        let read_by_a_tool = family(name).is_some_and(|family| {
            let word = Text::from(&family.to_ascii_lowercase());
            view.lexicon.keys.is_of_a_tool(word) || packages.contains(&word)
        });
        let relatives = read.iter().filter(|of| family(of).is_some() && family(of) == family(name)).count();
        if meant.is_none() && (relatives < FAMILY || read_by_a_tool) {
            continue;
        }
        let Some(at) = places.first().copied() else { continue };
        let node = system.add(NodeKind::Setting, *name, at, Text::from(view.program.path(at.file)));
        system.say(node, "form", "key");
        let role = known.roles[at.file.index()];
        system.say(node, "role", if role == Role::Test { Role::Plain.word() } else { role.word() });
        system.mark(node, "defined");
        system.doubt(node, Certainty::Inferred);
        if let Some(meant) = meant {
            system.mark(node, "misspelled");
            system.say(node, "nearest", meant);
        }
        for at in places {
            system.join_again(EdgeKind::Follows, node, known.modules[at.file.index()], *at, Certainty::Inferred);
        }
    }
}

/// The first words of the packages that are imported or asked for, which may have variables of their own.
fn packages(view: &View<'_>) -> FxHashSet<Text> {
    let word = |name: &str| {
        let first = name.split(['.', '-', '_']).next().unwrap_or_default();
        Text::from(&first.to_ascii_lowercase())
    };
    let mut found = FxHashSet::default();
    for file in view.program.files() {
        let facts = view.program.file(file);
        for (index, import) in (0..).zip(&facts.imports) {
            if matches!(view.program.imported(file, index), Imported::Library(_)) {
                found.insert(word(&import.module));
            }
        }
        found.extend(facts.declarations.iter().filter_map(|declaration| match declaration {
            Declaration::Package(package) => Some(word(&package.package.text)),
            _ => None,
        }));
    }
    found
}

/// The variables that are set, and where.
fn set(view: &View<'_>, known: &Known) -> BTreeMap<Text, Vec<At>> {
    let mut found: BTreeMap<Text, Vec<At>> = BTreeMap::new();
    // Workflows test, but they train and deploy as well.
    let workflow = |file: &FileId| view.program.path(*file).starts_with(".github/workflows/");
    for file in view.program.files().filter(|f| known.roles[f.index()] != Role::Test || workflow(f)) {
        let variables = view.program.file(file).environment.iter();
        for variable in variables.filter(|v| v.set && v.name.bytes().all(|b| !b.is_ascii_lowercase())) {
            found.entry(variable.name).or_default().push(At { file, span: variable.span });
        }
    }
    found
}

/// The first word of a name of several.
fn family(name: &str) -> Option<&str> {
    name.split_once('_').map(|(first, _)| first).filter(|first| first.len() > 2)
}

/// One slip of the pen, or other separators, lie between two names; a number is none.
fn is_slip(one: &str, other: &str) -> bool {
    let bare = |text: &str, without: fn(char) -> bool| -> String { text.chars().filter(|c| !without(*c)).collect() };
    let number = bare(one, |c| c.is_ascii_digit()) == bare(other, |c| c.is_ascii_digit());
    let separators = bare(one, |c| c == '_') == bare(other, |c| c == '_');
    let near = strsim::damerau_levenshtein(one, other) == 1;
    one.len() >= LEAST && other.len() >= LEAST && !number && (near || separators)
}

/// The variables that code reads by their names.
fn read(view: &View<'_>) -> BTreeSet<Text> {
    let mut found = BTreeSet::new();
    for (_, call) in view.calls() {
        let reads = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.text == Some(TextRule::Environment));
        if let OpKind::Call(_, operands) = view.program.op(call).kind
            && view.types.callees(call).iter().any(reads)
        {
            let first = view.program.operands(call.file, operands).first();
            found.extend(first.and_then(|o| view.program.literal(Node { value: o.value, ..call })));
        }
    }
    for (_, node) in view.sorted.indexings.iter().copied() {
        let OpKind::Index(object, key) = view.program.op(node).kind else { continue };
        if view.types.library_name(Node { value: object, ..node }).is_some_and(|name| is_environment(view, name)) {
            found.extend(view.program.literal(Node { value: key, ..node }));
        }
    }
    found.extend(taken(view).into_iter().map(|(name, _)| name));
    found
}

/// The variables from which settings classes take their fields, and what each holds if nobody sets it.
pub fn taken(view: &View<'_>) -> Vec<(Text, Node)> {
    let classes = (0..view.program.def_count()).map(|index| view.program.def_at(index)).filter(|class| {
        view.program.definition(*class).kind == DefKind::Class
            && view.types.library_bases(*class).iter().any(|base| is_environment(view, *base))
    });
    classes.flat_map(|class| fields(view, class)).collect()
}

fn is_environment(view: &View<'_>, name: Text) -> bool {
    view.lexicon.of_type(name, &|t| t.environment.then_some(())).is_some()
}

/// The variables from which a settings class takes its fields: prefix and name.
fn fields(view: &View<'_>, class: Def) -> Vec<(Text, Node)> {
    let facts = view.program.file(class.file);
    let definition = view.program.definition(class);
    let within = |value: &u32| definition.body.contains(value);
    // `model_config = SettingsConfigDict(env_prefix="X_")`, or `env_prefix = "X_"` in a class within.
    let named = facts.operands.iter().find_map(|o| match o.role {
        ArgRole::Named(name) if name == PREFIX && within(&o.value) => Some(o.value),
        _ => None,
    });
    let inner = || {
        let inside = facts.definitions.iter().filter(|d| d.kind == DefKind::Class && d.parent == class.id);
        let mut prefixes = inside.flat_map(|d| &d.bindings).filter(|(name, _)| name == PREFIX);
        prefixes.next().map(|(_, value)| *value)
    };
    let literal = |value: u32| view.program.literal(Node { file: class.file, value });
    let prefix = named.or_else(inner).and_then(literal).unwrap_or_else(|| Text::from(""));
    let bound = definition.body.clone().filter_map(|value| match facts.op(value).kind {
        OpKind::Bind(name, value) => Some((name, Node { file: class.file, value })),
        _ => None,
    });
    bound.map(|(name, value)| (Text::from(&format!("{prefix}{name}").to_ascii_uppercase()), value)).collect()
}

/// The prefixes of settings classes: their fields are known one by one.
fn prefixes(facts: &Facts) -> FxHashSet<Val> {
    let named = facts.operands.iter().filter(|o| matches!(o.role, ArgRole::Named(name) if name == PREFIX));
    let classes = facts.definitions.iter().filter(|d| d.kind == DefKind::Class).flat_map(|d| &d.bindings);
    named.map(|o| o.value).chain(classes.filter(|(name, _)| name == PREFIX).map(|(_, value)| *value)).collect()
}

/// What is said of variables, besides where they are set.
struct Said<'r> {
    read: &'r BTreeSet<Text>,
    /// What scripts, images and settings files ask for.
    scripts: FxHashSet<Text>,
    /// All texts of the code that may be names.
    texts: FxHashSet<Text>,
    /// Those that may be the beginning of one.
    prefixes: BTreeSet<Text>,
}

impl<'r> Said<'r> {
    fn new(view: &View<'_>, read: &'r BTreeSet<Text>) -> Self {
        let mut said =
            Self { read, scripts: FxHashSet::default(), texts: FxHashSet::default(), prefixes: BTreeSet::new() };
        for facts in view.program.facts {
            said.scripts.extend(facts.environment.iter().filter(|v| !v.set).map(|v| v.name));
            let prefixes = prefixes(facts);
            for (value, op) in (0..).zip(&facts.ops) {
                if let OpKind::Str(text) = op.kind
                    && !prefixes.contains(&value)
                    && text.len() < 100
                    && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
                {
                    said.texts.insert(text);
                    if text.ends_with('_') {
                        said.prefixes.insert(text);
                    }
                }
            }
        }
        // What a settings class takes in is nested by two underscores.
        said.prefixes.extend(read.iter().map(|name| Text::from(&format!("{name}__"))));
        said
    }

    fn says(&self, name: Text) -> bool {
        self.read.contains(&name)
            || self.scripts.contains(&name)
            || self.texts.contains(&name)
            || self.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
    }
}
