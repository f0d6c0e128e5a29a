//! Entries of catalogs that nobody names, and those that are taken though nobody makes them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::catalog::{Catalog, Entry};
use super::data::Declared;
use super::order::untyped;
use crate::fact::{Facts, OpKind, Operator, Role as ArgRole, Scalar, Text, Val};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::graph::System;
use crate::system::{Known, Role, View};
use crate::value::spelling::fits;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// So many entries of the same layer are made by steps, for one that is not to be missing.
const MADE: usize = 3;

/// A pattern with fewer letters than that fits too much to say anything.
const TOLD: usize = 4;

/// Adds a group for each entry that no code names, and for each that is taken and that no step makes.
pub(super) fn derive(view: &View<'_>, system: &mut System, known: &Known, catalog: &Catalog<'_>, told: &[Declared]) {
    let entries = catalog.entries();
    if entries.is_empty() {
        return;
    }
    let made: FxHashSet<&str> = told.iter().flat_map(|d| &d.output_names).map(|name| untyped(name)).collect();
    unmade(view, system, known, catalog, &made);
    let names = Names::new(view, known);
    let mut unused: FxHashMap<&str, Vec<&Entry>> = FxHashMap::default();
    let mut all: FxHashMap<&str, FxHashSet<&str>> = FxHashMap::default();
    for entry in entries {
        all.entry(&entry.project).or_default().insert(&entry.name);
        if !names.have(&entry.name) {
            unused.entry(&entry.project).or_default().push(entry);
        }
    }
    let mut unused: Vec<(&str, Vec<&Entry>)> = unused.into_iter().collect();
    unused.sort_unstable_by_key(|(project, _)| *project);
    for (project, entries) in unused {
        let mut seen = FxHashSet::default();
        let distinct = entries.iter().map(|e| e.name.as_str()).collect::<FxHashSet<_>>().len();
        // Where most entries seem unused, something names them in a way that is not followed.
        if distinct * 2 > all[project].len() {
            continue;
        }
        for entry in entries.into_iter().filter(|entry| seen.insert(entry.name.as_str())) {
            let name = Text::from(&entry.name);
            let group = system.add(NodeKind::Group, name, entry.at, Text::from(view.program.path(entry.at.file)));
            system.say(group, "what", "unused-entry");
        }
    }
}

/// Adds a group for each entry that code loads by its name, and that no step makes as it makes its neighbours.
fn unmade(view: &View<'_>, system: &mut System, known: &Known, catalog: &Catalog<'_>, made: &FxHashSet<&str>) {
    let layer = |name: &str| name.rsplit_once('.').map(|(layer, _)| layer.to_owned());
    let mut made_of: FxHashMap<String, usize> = FxHashMap::default();
    for name in made {
        *made_of.entry(layer(name).unwrap_or_default()).or_default() += 1;
    }
    let mut seen = FxHashSet::default();
    for (within, call, name) in loads(view, known, catalog) {
        let Some(layer) = layer(&name) else { continue };
        let is_made = made.iter().any(|made| fits(made, &name));
        if is_made || made_of.get(&layer).is_none_or(|n| *n < MADE) || !seen.insert(name.clone()) {
            continue;
        }
        for dataset in catalog.data(view, system, call.file, &name) {
            // What a step writes under another name is made as well.
            if system.reaching(dataset, EdgeKind::Writes).next().is_some() {
                continue;
            }
            let at = view.program.place(call);
            let group = system.add(NodeKind::Group, Text::from(&name), at, view.symbol(within));
            system.say(group, "what", "never-written");
            // Whoever loads it, the catalog promises it: notebooks are its readers as well.
            system.say(group, "role", Role::Plain.word());
            system.join(EdgeKind::Reads, group, dataset, at, Certainty::Inferred);
        }
    }
}

/// Calls that load an entry of a catalog by its name: `catalog.load("users")`.
fn loads(view: &View<'_>, known: &Known, catalog: &Catalog<'_>) -> Vec<(Def, Node, String)> {
    let mut found = Vec::new();
    for (def, call) in view.calls().filter(|(def, _)| known.roles[def.file.index()] != Role::Test) {
        let facts = view.program.file(call.file);
        let OpKind::Call(function, operands) = facts.op(call.value).kind else { continue };
        let OpKind::Attr(_, method) = facts.op(function).kind else { continue };
        let first = view.program.operands(call.file, operands).first().filter(|o| o.role == ArgRole::Plain);
        if let Some(argument) = first
            && catalog.is_load(&method)
            && let OpKind::Str(name) = facts.op(argument.value).kind
            && catalog.entries().iter().any(|entry| entry.name == untyped(&name))
        {
            found.push((def, call, untyped(&name).to_owned()));
        }
    }
    found
}

/// Everything that may name an entry.
struct Names {
    texts: FxHashSet<Text>,
    patterns: Vec<String>,
    /// Pipelines may be put under a name, which then stands in front of their entries' names.
    nested: bool,
}

impl Names {
    fn new(view: &View<'_>, known: &Known) -> Self {
        let mut names = Self { texts: FxHashSet::default(), patterns: Vec::new(), nested: false };
        for file in view.program.files() {
            names.read(view, file, known.roles[file.index()]);
        }
        names.patterns.sort_unstable();
        names.patterns.dedup();
        names
    }

    fn read(&mut self, view: &View<'_>, file: FileId, role: Role) {
        let facts = view.program.file(file);
        for (value, op) in (0..).zip(&facts.ops) {
            match op.kind {
                OpKind::Str(text) => drop(self.texts.insert(Text::from(untyped(&text)))),
                OpKind::Format(_) | OpKind::Binary(Operator::Add, ..) => {
                    let pattern = pattern(view, Node { file, value });
                    let told = pattern.replace("{}", "").bytes().filter(u8::is_ascii_alphanumeric).count();
                    if told >= TOLD && !pattern.contains(char::is_whitespace) {
                        self.patterns.push(pattern);
                    }
                }
                _ => {}
            }
        }
        let settings = facts.settings.iter().filter_map(|setting| match setting.value {
            Scalar::Text(text) => Some(text),
            _ => None,
        });
        let words = facts.commands.iter().flat_map(|command| command.words.iter().copied());
        self.texts.extend(settings.chain(words).map(|text| Text::from(untyped(&text))));
        self.nested |= has_namespaces(facts, role);
    }

    fn have(&self, name: &str) -> bool {
        let mut rest = name;
        loop {
            if self.texts.contains(&Text::from(rest)) || self.patterns.iter().any(|pattern| fits(pattern, rest)) {
                return true;
            }
            match rest.split_once('.').filter(|_| self.nested) {
                Some((_, below)) => rest = below,
                None => return false,
            }
        }
    }
}

/// Does code that is no test put pipelines under names?
pub(super) fn has_namespaces(facts: &Facts, role: Role) -> bool {
    let names_whole = |role: ArgRole| matches!(role, ArgRole::Named(name) if name == "namespace");
    role != Role::Test && facts.operands.iter().any(|operand| names_whole(operand.role))
}

/// A text with holes for what is not written there.
pub(super) fn pattern(view: &View<'_>, node: Node) -> String {
    let part = |value: Val| match view.program.op(Node { value, ..node }).kind {
        OpKind::Str(text) => text.as_str().to_owned(),
        _ => "{}".to_owned(),
    };
    match view.program.op(node).kind {
        OpKind::Format(operands) => view.program.operands(node.file, operands).iter().map(|o| part(o.value)).collect(),
        OpKind::Binary(_, left, right) => part(left) + &part(right),
        _ => String::new(),
    }
}
