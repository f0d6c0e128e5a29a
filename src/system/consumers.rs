//! Who reads what models predict without being declared to: programs in other languages, and code of other teams.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, Role, View};
use crate::fact::{Literal, Text};
use crate::program::parent;
use crate::source::{At, FileId, Kind};
use crate::system::graph::{NodeId, System, Value};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A reader: its module, where it reads, and what it is in words.
struct Reader {
    file: FileId,
    at: At,
    words: String,
}

/// Adds a group for each dataset that holds predictions and is read by somebody whom nobody declared.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    declared(view, system);
    let held = held(system, known);
    if held.is_empty() {
        return;
    }
    let foreign = Foreign::new(view, known);
    for (data, at) in held {
        system.mark(data, "predicted");
        if is_open(system, data) {
            continue;
        }
        let mut readers = foreign.readers(view, system, data);
        readers.extend(of_others(view, system, known, data, at));
        // What names it because it makes it is no consumer.
        let makers: FxHashSet<FileId> = makers(system, data).collect();
        readers.retain(|reader| !makers.contains(&reader.file));
        readers.retain(|reader| !view.told.consumes(&system.node(data).name, view.program.path(reader.file)));
        if !readers.is_empty() {
            tell(view, system, known, data, at, &readers);
        }
    }
}

/// Adds the consumers that the team declares.
fn declared(view: &View<'_>, system: &mut System) {
    for consumer in &view.told.consumers {
        let datasets: Vec<NodeId> = system
            .nodes()
            .filter(|(_, n)| n.kind == NodeKind::Dataset && consumer.uses(&n.name))
            .map(|(id, _)| id)
            .collect();
        for data in datasets {
            let at = system.node(data).at;
            let id = system.named(NodeKind::Consumer, Text::from(&consumer.by), at, Text::default());
            if !consumer.owner.is_empty() {
                system.say(id, "owner", &consumer.owner);
            }
            system.join(EdgeKind::Declares, id, data, at, Certainty::Seen);
        }
    }
}

/// The datasets that predictions are written to, each with the first place where they are.
fn held(system: &System, known: &Known) -> Vec<(NodeId, At)> {
    let tried = |at: At| matches!(known.roles[at.file.index()], Role::Test | Role::Prototype);
    let mut held: BTreeMap<NodeId, At> = BTreeMap::new();
    for edge in system.edges().filter(|e| e.kind == EdgeKind::Feeds) {
        let (from, to) = (system.node(edge.from).kind, system.node(edge.to).kind);
        if from == NodeKind::Prediction && to == NodeKind::Dataset && !tried(edge.at) {
            let at = held.entry(edge.to).or_insert(edge.at);
            *at = (*at).min(edge.at);
        }
    }
    held.into_iter().collect()
}

/// The files that write the data.
fn makers(system: &System, data: NodeId) -> impl Iterator<Item = FileId> {
    system.into(data).iter().map(|e| system.edge(*e)).filter(|e| e.kind == EdgeKind::Writes).map(|e| e.at.file)
}

/// Does the team keep count of who uses it, or give it to everybody?
fn is_open(system: &System, data: NodeId) -> bool {
    let public = system.get(data, "access") == Some(Value::Text(Text::from("public")));
    let counted = system.reaching(data, EdgeKind::Declares).any(|by| {
        let node = system.node(by);
        // What the configuration declares holds for those that it names.
        node.kind == NodeKind::Consumer && !node.symbol.is_empty()
    });
    public || counted || system.is(data, "temporary")
}

/// Code that reads the data and belongs to none of those who make it.
fn of_others(view: &View<'_>, system: &System, known: &Known, data: NodeId, made: At) -> Vec<Reader> {
    let owner = |file: FileId| match system.get(known.modules[file.index()], "owner") {
        Some(Value::Text(owner)) => Some(owner),
        _ => None,
    };
    let Some(maker) = owner(made.file) else { return Vec::new() };
    let apart = |other: &Text| !other.split(' ').any(|one| maker.split(' ').any(|own| own == one));
    let mut found = Vec::new();
    let mut told = FxHashSet::default();
    for edge in system.into(data).iter().map(|e| system.edge(*e)).filter(|e| e.kind == EdgeKind::Reads) {
        let file = edge.at.file;
        let code = matches!(system.node(edge.from).kind, NodeKind::Module | NodeKind::Function);
        if !code || known.roles[file.index()] == Role::Test || !told.insert(file) {
            continue;
        }
        if let Some(other) = owner(file).filter(apart) {
            found.push(Reader { file, at: edge.at, words: format!("{} of {other}", view.program.path(file)) });
        }
    }
    found
}

/// The texts of the programs in other languages.
struct Foreign<'a> {
    /// The files that hold a text, each with it.
    by_text: FxHashMap<Text, Vec<(FileId, &'a Literal)>>,
    /// The last part of a path.
    by_end: FxHashMap<&'a str, Vec<(FileId, &'a Literal)>>,
}

impl<'a> Foreign<'a> {
    fn new(view: &View<'a>, known: &Known) -> Self {
        let mut found = Self { by_text: FxHashMap::default(), by_end: FxHashMap::default() };
        for file in view.program.files() {
            let foreign =
                matches!(view.program.sources[file.index()].kind, Kind::Foreign | Kind::Json | Kind::R | Kind::Jvm);
            if !foreign || matches!(known.roles[file.index()], Role::Test | Role::Prototype) {
                continue;
            }
            for literal in &view.program.file(file).literals {
                found.by_text.entry(literal.text).or_default().push((file, literal));
                let text = Text::as_str(&literal.text);
                if let Some((_, end)) = text.rsplit_once('/') {
                    found.by_end.entry(end).or_default().push((file, literal));
                }
            }
        }
        found
    }

    /// The programs whose texts name the data, one reader each.
    fn readers(&self, view: &View<'_>, system: &System, data: NodeId) -> Vec<Reader> {
        let name = system.node(data).name;
        let found = match name.strip_prefix("table:") {
            Some(table) => self.of_table(view, table),
            None => self.of_path(&name),
        };
        let mut readers: BTreeMap<FileId, Reader> = BTreeMap::new();
        for (file, literal) in found {
            let words = view.program.path(file).to_owned();
            let at = At { file, span: literal.span };
            readers.entry(file).or_insert(Reader { file, at, words });
        }
        readers.into_values().collect()
    }

    /// A table's name alone may be any word: it counts in a statement, or with its database or schema beside it, or where
    /// it is given to what takes the names of data and is no common word.
    fn of_table(&self, view: &View<'_>, table: &str) -> Vec<(FileId, &'a Literal)> {
        let words = &view.lexicon.words;
        if table.contains("{}") {
            return Vec::new();
        }
        let whole = self.of_text(table).iter().filter(|(_, literal)| {
            let says = literal.key == "sql" || words.holds_data(&literal.key);
            says && (literal.key == "sql" || table.contains(['.', '/']) || is_special(table))
        });
        let mut found: Vec<_> = whole.copied().collect();
        if let Some((above, last)) = table.rsplit_once(['/', '.']) {
            let above: FxHashMap<FileId, &Literal> = self.of_text(above).iter().copied().collect();
            found.extend(self.of_text(last).iter().filter(|(file, literal)| {
                above.get(file).is_some_and(|a| words.holds_data(&literal.key) && words.holds_data(&a.key))
            }));
        }
        found
    }

    /// A path counts from its last folder on.
    fn of_path(&self, path: &str) -> Vec<(FileId, &'a Literal)> {
        let end = path.rsplit('/').next().unwrap_or_default();
        if path.contains("{}") || !path.contains('/') || !end.contains('.') {
            return Vec::new();
        }
        let fits = |literal: &Literal| {
            let text = literal.text.trim_start_matches(['.', '/']);
            let whole = path == text;
            whole || (text.contains('/') && path.strip_suffix(text).is_some_and(|above| above.ends_with('/')))
        };
        let named = self.by_end.get(end).map_or(&[][..], Vec::as_slice);
        named.iter().filter(|(_, literal)| fits(literal)).copied().collect()
    }

    fn of_text(&self, text: &str) -> &[(FileId, &'a Literal)] {
        self.by_text.get(&Text::from(text)).map_or(&[][..], Vec::as_slice)
    }
}

/// Is a name made of several words?
fn is_special(name: &str) -> bool {
    name.len() >= 8 && name.split(['_', '-']).filter(|word| word.len() > 1).count() >= 2
}

fn tell(view: &View<'_>, system: &mut System, known: &Known, data: NodeId, at: At, readers: &[Reader]) {
    let group = system.add(NodeKind::Group, system.node(data).name, at, Text::from(parent(view.program.path(at.file))));
    system.say(group, "what", "undeclared-consumer");
    let because = match readers {
        [only] => format!("{} reads", only.words),
        [first, second] => format!("{} and {} read", first.words, second.words),
        [first, second, rest @ ..] => format!("{}, {} and {} more read", first.words, second.words, rest.len()),
        [] => return,
    };
    system.say(group, "because", &because);
    system.count(group, "size", readers.len());
    system.join(EdgeKind::Writes, group, data, at, Certainty::Inferred);
    for reader in readers {
        system.join(EdgeKind::Reads, group, known.modules[reader.file.index()], reader.at, Certainty::Inferred);
    }
}
