//! Places that are written and never read, whose name is that of a place which is read and never written, but for one part.

use rustc_hash::{FxHashMap, FxHashSet};

use super::View;
use super::graph::{NodeId, System, Value};
use super::whereabouts::{folder, last};
use crate::fact::Text;
use crate::lexicon::Words;
use crate::source::FileId;
use crate::value::spelling::covers;
use crate::vocabulary::{EdgeKind, NodeKind};

/// So many letters and digits of a name tell it from any other.
const TOLD: usize = 6;

/// What is written, by what its names have in common with others.
pub struct Renamed {
    /// By folder and the name up to its ending.
    by_stem: FxHashMap<(String, String), Vec<NodeId>>,
    by_last: FxHashMap<Text, Vec<NodeId>>,
    /// Those with unknown parts, by their folders.
    patterns: FxHashMap<String, Vec<NodeId>>,
    written: Vec<Text>,
    /// What is registered, by its name.
    registered: Vec<(Text, NodeId)>,
}

impl Renamed {
    /// Looks at all that is written.
    pub fn new(system: &System) -> Self {
        let mut renamed = Self {
            by_stem: FxHashMap::default(),
            by_last: FxHashMap::default(),
            patterns: FxHashMap::default(),
            written: Vec::new(),
            registered: Vec::new(),
        };
        for (id, node) in system.nodes().filter(|(_, node)| node.kind == NodeKind::Dataset) {
            if let Some(name) = registered(&node.name)
                && system.reaching(id, EdgeKind::Writes).next().is_some()
            {
                renamed.registered.push((Text::from(name), id));
                continue;
            }
            if system.is(id, "remote") || system.reaching(id, EdgeKind::Writes).next().is_none() {
                continue;
            }
            renamed.written.push(node.name);
            if system.is(id, "pattern") {
                renamed.patterns.entry(folder(&node.name).to_owned()).or_default().push(id);
                continue;
            }
            let (stem, _) = parts(&node.name);
            renamed.by_stem.entry((folder(&node.name).to_owned(), stem.to_owned())).or_default().push(id);
            renamed.by_last.entry(last(&node.name)).or_default().push(id);
        }
        renamed
    }

    /// What is written under the same name but for its ending, or for one folder on the way.
    pub fn instead(&self, view: &View<'_>, system: &System, name: &str, read: NodeId) -> Option<NodeId> {
        if let Some(name) = registered(name) {
            let same = self.registered.iter().any(|(other, _)| *other == name);
            let near = self.registered.iter().filter(|(other, _)| words(other) == words(name)).map(|(_, id)| *id);
            return only(near.filter(|_| !same && !name.contains("{}")));
        }
        let (stem, ending) = parts(name);
        let alike = self.by_stem.get(&(folder(name).to_owned(), stem.to_owned()));
        let other = |id: &NodeId| {
            let name = system.node(*id).name;
            let (_, written) = parts(&name);
            written != ending && view.lexicon.words.are_alike(ending, written) && !is_converted(system, read, *id)
        };
        let by_ending = only(alike.into_iter().flatten().copied().filter(other));
        by_ending.or_else(|| {
            let same = self.by_last.get(&last(name)).filter(|_| is_telling(stem)).into_iter().flatten().copied();
            let moved = |id: &NodeId| {
                let other = system.node(*id).name;
                one_apart(folder(name), folder(&other))
                    && system.reaching(*id, EdgeKind::Reads).next().is_none()
                    && !is_converted(system, read, *id)
            };
            only(same.filter(moved))
        })
    }

    /// What is written under the same name but for one word of it, where both have unknown parts.
    pub fn pattern(&self, view: &View<'_>, system: &System, read: NodeId) -> Option<NodeId> {
        let name = system.node(read).name;
        if system.reaching(read, EdgeKind::Writes).next().is_some()
            || self.written.iter().any(|written| covers(written, &name) || covers(&name, written))
        {
            return None;
        }
        let kind = |id: NodeId| match system.get(id, "content") {
            Some(Value::Text(kind)) => Some(kind),
            _ => None,
        };
        let model = Some(Text::from("model"));
        let near = |id: &NodeId| {
            let other = system.node(*id).name;
            system.reaching(*id, EdgeKind::Reads).next().is_none()
                && kind(*id) == kind(read)
                && one_word_apart(&view.lexicon.words, &last(&name), &last(&other), kind(read) == model)
                && !is_converted(system, read, *id)
        };
        only(self.patterns.get(folder(&name)).into_iter().flatten().copied().filter(near))
    }
}

/// The name under which a registry keeps a model.
fn registered(place: &str) -> Option<&str> {
    let name = place.strip_prefix("model:")?;
    let name = name.strip_prefix("models:/").unwrap_or(name);
    name.split(['@', '/']).next()
}

/// The words of a name, one and many of a thing taken for the same.
fn words(name: &str) -> Vec<String> {
    let parts = name.split(['_', '-', '.', ' ']).filter(|part| !part.is_empty());
    parts.map(|part| part.strip_suffix('s').unwrap_or(part).to_lowercase()).collect()
}

/// The only one of some nodes.
fn only(mut nodes: impl Iterator<Item = NodeId>) -> Option<NodeId> {
    let first = nodes.next()?;
    nodes.next().is_none().then_some(first)
}

/// The last name of a place, up to its ending and after.
fn parts(name: &str) -> (&str, &str) {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.split_once('.').unwrap_or((last, ""))
}

/// Does a name say enough to be the name of one thing?
fn is_telling(stem: &str) -> bool {
    stem.bytes().filter(u8::is_ascii_alphanumeric).count() >= TOLD && stem.contains(['_', '-'])
}

/// Does a program that writes the one read the other, or is the one made from the other?
fn is_converted(system: &System, read: NodeId, written: NodeId) -> bool {
    let files = |of: NodeId, kind: EdgeKind| -> FxHashSet<FileId> {
        system.into(of).iter().map(|edge| system.edge(*edge)).filter(|e| e.kind == kind).map(|e| e.at.file).collect()
    };
    let writers = files(written, EdgeKind::Writes);
    files(read, EdgeKind::Reads).iter().any(|file| writers.contains(file))
        || system.reached(written, EdgeKind::Derives).any(|of| of == read)
}

/// Do two folders differ in one segment?
fn one_apart(one: &str, other: &str) -> bool {
    let (one, other): (Vec<&str>, Vec<&str>) = (one.split('/').collect(), other.split('/').collect());
    one.len() == other.len() && one.len() > 1 && one.iter().zip(&other).filter(|(a, b)| a != b).count() == 1
}

/// Are two names the same but for one word: of models for whatever word, of other data for one that is cut short?
fn one_word_apart(words: &Words, one: &str, other: &str, model: bool) -> bool {
    let split = |name: &str| -> Vec<String> {
        name.split(['_', '-', '.', ' ']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (left, right) = (split(one), split(other));
    let letters = |word: &str| word.bytes().any(|b| b.is_ascii_alphabetic());
    let differing: Vec<(&String, &String)> = left.iter().zip(&right).filter(|(a, b)| a != b).collect();
    let [(a, b)] = differing.as_slice() else { return false };
    let is_word = |word: &str| letters(word) && !words.is_part(word);
    let cut = a.starts_with(b.as_str()) || b.starts_with(a.as_str());
    left.len() == right.len()
        && left.last() == right.last()
        && left.iter().any(|part| part.contains("{}"))
        && is_word(a)
        && is_word(b)
        && !a.contains("{}")
        && !b.contains("{}")
        && (model || cut)
}
