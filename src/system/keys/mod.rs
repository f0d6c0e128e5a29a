//! Keys of settings files that nobody reads.
//!
//! A key is read if any code, command or other setting says its name. What remains is judged by its neighbours: in a
//! map whose other keys are read by name, a key that nobody names is read by nobody; a map that is handed on as a whole
//! says nothing of its keys.

mod built;
mod closed;
mod contexts;
mod declared;
pub mod loads;
pub mod near;
mod offered;
mod own;
mod refused;
mod spaces;
mod table;
mod taken;
mod variants;
pub mod words;
mod worlds;
mod written;

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, View};
use crate::fact::{Access, OpKind, Scalar, Setting, SettingKind, Text};
use crate::program::Node;
use crate::read::settings::block::SWALLOWED;
use crate::source::{At, FileId, Span};
use crate::system::graph::{NodeId, System};
use crate::value::lookups::Tracer;
use crate::value::settings::dotted;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};
use built::Built;
use loads::Load;
use near::Near;
use taken::Taken;
use words::{Words, spellings};
use written::{Key, Written};

/// Files with more keys than this are data.
const KEYS: usize = 4_000;

/// The keys of one map that are asked for, at least, before the others are called unread.
const ASKED: usize = 2;

/// So many keys of one map at least, if the file is only one of those that may be meant.
const ASKED_IN_CHOSEN: usize = 4;

/// Adds a setting for every key that nobody reads.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    let mut loads = loads::loads(view, known);
    loads.retain(|file, _| view.program.file(*file).settings.len() <= KEYS);
    variants::derive(view, system, known, &loads);
    let written = written::all(view, known);
    let tracer = Tracer { read_back: read_back(view, known), ..view.tracer() };
    let mut worlds = worlds::worlds(view, known, &tracer);
    declared::derive(view, system, known, &worlds);
    let mut handed = spaces::unread(view, known, &tracer);
    handed.extend(contexts::unread(view, known, &tracer));
    if loads.is_empty() && written.is_empty() && worlds.is_empty() && handed.is_empty() {
        return refused::derive(view, system, known, &worlds);
    }
    let taken = Taken::new(view);
    let judged = closed::judge(view, known, &mut worlds, &loads);
    refused::derive(view, system, known, &worlds);
    loads.retain(|file, _| !judged.files.contains(file));
    let mut unread = in_files(view, &loads, &taken);
    unread.extend(judged.unread);
    unread.retain(|key| !known.judged.contains(&key.at));
    unread.extend(handed);
    unread.extend(in_code(view, &written, &taken));
    add(system, known, view, &unread, &taken);
    let lost = |unknown: &closed::Unknown| unknown.keys.last().is_some_and(|key| swallows(view, unknown.file, *key));
    for unknown in &judged.unknown {
        match lost(unknown) {
            true => known.swallowed.extend(unknown.keys.last().map(|key| (unknown.file, *key))),
            false => add_unknown(view, system, known, unknown),
        }
    }
}

/// The calls that write what code reads.
fn read_back(view: &View<'_>, known: &Known) -> FxHashSet<Node> {
    let touches = || view.touches.all.iter().zip(&known.datasets);
    let read = touches().filter(|(touch, _)| touch.access == Access::Read).filter_map(|(_, dataset)| *dataset);
    let read: FxHashSet<NodeId> = read.collect();
    let kept = touches().filter(|(touch, dataset)| {
        matches!(touch.access, Access::Write | Access::Append) && dataset.is_some_and(|dataset| read.contains(&dataset))
    });
    kept.map(|(touch, _)| touch.call).collect()
}

/// Adds a setting for a key that code looks up and nobody defines.
fn add_unknown(view: &View<'_>, system: &mut System, known: &Known, unknown: &closed::Unknown) {
    let def = view.program.owner(unknown.node);
    let at = match view.program.op(unknown.node).kind {
        OpKind::Index(_, key) => view.program.place(Node { value: key, ..unknown.node }),
        _ => view.program.place(unknown.node),
    };
    let setting = system.add(NodeKind::Setting, dotted(&unknown.keys), at, view.symbol(def));
    system.say(setting, "form", "key");
    system.say(setting, "role", known.roles[def.file.index()].word());
    system.say(setting, "nearest", unknown.nearest.as_deref().unwrap_or("none"));
    let file = known.modules[unknown.file.index()];
    system.join_again(EdgeKind::Uses, view.code(known, def), setting, at, Certainty::Inferred);
    let loaded = At { file: unknown.file, span: Span::default() };
    system.join_again(EdgeKind::Follows, setting, file, loaded, Certainty::Inferred);
}

/// A key that nobody reads: its path, and where it stands.
struct Unread {
    keys: Vec<Text>,
    at: At,
    /// The key that it was meant to be, ...
    meant: Option<Text>,
    /// ... and where that is looked up.
    read: Option<Node>,
    /// Every use of the map is known.
    sure: bool,
}

impl Unread {
    fn new(keys: Vec<Text>, at: At) -> Self {
        Self { keys, at, meant: None, read: None, sure: false }
    }
}

fn in_files(view: &View<'_>, loads: &BTreeMap<FileId, Load>, taken: &Taken) -> Vec<Unread> {
    let keys = loads.keys().flat_map(|file| &view.program.file(*file).settings).flat_map(|s| s.keys.last());
    let wanted: FxHashSet<Text> = keys.flat_map(|key| spellings(*key)).collect();
    let words = Words::new(view.program, &wanted, &FxHashSet::default(), &FxHashSet::default());
    let built = Built::new(view, loads);
    let mut near = Near::new(view);
    let mut unread = Vec::new();
    for (file, load) in loads {
        let near = near.of(view, load);
        let judge = Judge { view, words: &words, taken, built: &built, load, file: *file, near };
        let settings = &view.program.file(*file).settings;
        let mut found = Vec::new();
        judge.map(&Tree::new(settings), None, &mut found);
        unread.extend(found.into_iter().map(|index| (*file, &settings[index])));
    }
    let of = |(file, setting): (FileId, &Setting)| Unread::new(setting.keys.clone(), At { file, span: setting.span });
    unread.into_iter().map(of).collect()
}

/// Settings that are written out in code: those keys that only their own dict says, among others that code asks for.
fn in_code(view: &View<'_>, written: &[Written], taken: &Taken) -> Vec<Unread> {
    fn dict(of: &[Key], above: &[Text], words: &Words, taken: &Taken, view: &View<'_>, unread: &mut Vec<Unread>) {
        let asked = of.iter().filter(|key| words.quote(&key.key)).count();
        let judged = asked >= ASKED_IN_CHOSEN && asked * 4 >= of.len() * 3;
        for key in of {
            let keys: Vec<Text> = above.iter().copied().chain([key.key]).collect();
            if words.say(&key.key) {
                if !taken.is_whole(key.key) {
                    dict(&key.below, &keys, words, taken, view, unread);
                }
            } else if judged && !view.lexicon.keys.is_remark(key.key) {
                unread.extend(key.nodes.first().map(|node| Unread::new(keys, view.program.place(*node))));
            }
        }
    }
    let mut unread = Vec::new();
    if written.is_empty() {
        return unread;
    }
    let words = Words::new(view.program, &written::wanted(written), &written::own(written), &written::classes(written));
    for settings in written.iter().filter(|w| !taken.holds_whole(&w.holder)) {
        dict(&settings.keys, &[], &words, taken, view, &mut unread);
    }
    unread
}

/// The keys of a file, and what lies below each.
struct Tree<'a> {
    settings: &'a [Setting],
    /// What lies directly below a setting; at the end, what lies below none.
    below: Vec<Vec<usize>>,
}

impl<'a> Tree<'a> {
    fn new(settings: &'a [Setting]) -> Self {
        let mut below = vec![Vec::new(); settings.len() + 1];
        let mut open: Vec<usize> = Vec::new();
        for (index, setting) in settings.iter().enumerate().filter(|(_, s)| s.kind == SettingKind::Entry) {
            open.truncate(setting.keys.len().saturating_sub(1));
            below[open.last().copied().unwrap_or(settings.len())].push(index);
            open.push(index);
        }
        Self { settings, below }
    }

    fn below(&self, of: Option<usize>) -> &[usize] {
        &self.below[of.unwrap_or(self.settings.len())]
    }

    /// The end of what lies below a setting, however deep.
    fn end(&self, index: usize) -> usize {
        let depth = self.settings[index].keys.len();
        let below = self.settings[index + 1..].iter().take_while(|s| s.keys.len() > depth).count();
        index + 1 + below
    }

    fn key(&self, index: usize) -> Text {
        self.settings[index].keys.last().copied().unwrap_or_else(|| Text::from(""))
    }
}

/// Judges the keys of one file.
struct Judge<'a, 'v> {
    view: &'a View<'v>,
    words: &'a Words,
    taken: &'a Taken,
    built: &'a Built,
    file: FileId,
    load: &'a Load,
    /// The code that may get the settings; none: all of it.
    near: Option<Rc<FxHashSet<FileId>>>,
}

impl Judge<'_, '_> {
    /// Looks through what lies below a key, or at the root.
    fn map(&self, tree: &Tree<'_>, of: Option<usize>, unread: &mut Vec<usize>) {
        let keys = of.map_or(&[][..], |of| &tree.settings[of].keys);
        if self.built.holds(self.view, self.file, self.load, keys) {
            return;
        }
        if of.is_some_and(|of| tree.settings[of].shared || self.taken.is_whole(tree.key(of))) {
            return;
        }
        if of.is_some_and(|of| self.taken.has_only_keys_read(tree.key(of))) {
            self.below_keys(tree, of, unread);
            return;
        }
        // A list is data.
        if tree.below(of).iter().any(|index| tree.key(*index).starts_with(|c: char| c.is_ascii_digit())) {
            return;
        }
        let judged = self.is_read_by_name(tree, of);
        for index in tree.below(of) {
            let key = tree.key(*index);
            if self.view.lexicon.keys.is_remark(key) {
                continue;
            }
            if self.words.say(&key) {
                if let Scalar::Map(_) = tree.settings[*index].value {
                    self.map(tree, Some(*index), unread);
                }
            } else if judged && self.is_judged(tree, *index) {
                unread.push(*index);
            }
        }
    }

    /// Of a map only the keys are looked at: what lies in the maps below them is unread.
    fn below_keys(&self, tree: &Tree<'_>, of: Option<usize>, unread: &mut Vec<usize>) {
        let below = tree.below(of);
        if !below.iter().any(|index| self.taken.is_looked_up(tree.key(*index))) {
            unread.extend(below.iter().flat_map(|index| tree.below(Some(*index))));
        }
    }

    /// Does code ask for the keys of a map by their names, for enough of them to say that it asks for no others?
    fn is_read_by_name(&self, tree: &Tree<'_>, of: Option<usize>) -> bool {
        let root_taken = of.is_none() && self.load.by.iter().any(|call| self.taken.is_loaded_whole(*call));
        if root_taken || is_data(tree, of) {
            return false;
        }
        let keys = tree.below(of).iter().map(|index| tree.key(*index));
        let keys: Vec<Text> = keys.filter(|key| !self.view.lexicon.keys.is_remark(*key)).collect();
        let asked = keys.iter().filter(|key| self.is_asked(**key)).count();
        match self.load.named {
            true => asked >= ASKED && asked * 2 >= keys.len(),
            // In a file that is only one of many, the keys must be those that code knows.
            false => asked >= ASKED_IN_CHOSEN && asked * 4 >= keys.len() * 3,
        }
    }

    fn is_asked(&self, key: Text) -> bool {
        match &self.near {
            Some(near) => self.words.are_asked(&key, near),
            None => self.words.say(&key),
        }
    }

    /// Is an unsaid key one that code would have to say?
    fn is_judged(&self, tree: &Tree<'_>, index: usize) -> bool {
        let key = tree.key(index);
        let keys = &self.view.lexicon.keys;
        let end = tree.end(index);
        let path = self.view.program.path(self.file);
        let root = tree.settings[index].keys.len() == 1;
        let of_a_tool = root && keys.is_half_foreign(path.rsplit('/').next().unwrap_or(path), key);
        key.len() > 1
            && !of_a_tool
            && key.starts_with(|c: char| c.is_ascii_alphabetic())
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            && !keys.is_remark(key)
            && tree.settings[index].value != Scalar::Map(0)
            && !tree.settings[index..end].iter().any(|s| s.shared || s.keys.last().is_some_and(|k| keys.is_builder(*k)))
    }
}

/// Is a map a table of data: three and more maps below it with the same keys each?
fn is_data(tree: &Tree<'_>, of: Option<usize>) -> bool {
    let below = tree.below(of);
    let keys = |index: usize| -> Vec<Text> { tree.below(Some(index)).iter().map(|i| tree.key(*i)).collect() };
    let Some(first) = below.first().map(|index| keys(*index)) else { return false };
    below.len() >= 3 && !first.is_empty() && below.iter().all(|index| keys(*index) == first)
}

fn add(system: &mut System, known: &Known, view: &View<'_>, unread: &[Unread], taken: &Taken) {
    let mut first: FxHashMap<Text, NodeId> = FxHashMap::default();
    for Unread { keys, at, meant, read, sure } in unread {
        // The same key in many files of a family, or in many maps of a kind, is one debt.
        let node = *first.entry(kind_of(keys)).or_insert_with(|| {
            let node = system.add(NodeKind::Setting, dotted(keys), *at, Text::from(view.program.path(at.file)));
            system.say(node, "form", "key");
            system.say(node, "role", known.roles[at.file.index()].word());
            system.mark(node, "defined");
            system.doubt(node, Certainty::Inferred);
            let slip = || keys.last().filter(|_| !sure).and_then(|key| taken.misspelled(view, *key));
            if let Some(meant) = meant.or_else(slip) {
                system.mark(node, "misspelled");
                system.say(node, "nearest", &meant);
            }
            node
        });
        system.join_again(EdgeKind::Follows, node, known.modules[at.file.index()], *at, Certainty::Inferred);
        if let Some(read) = read {
            let module = known.modules[read.file.index()];
            system.join_again(EdgeKind::Follows, node, module, view.program.place(*read), Certainty::Inferred);
        }
    }
}

/// What the same key in maps of one kind has in common: its own name, and that of the map two above it.
fn kind_of(keys: &[Text]) -> Text {
    let above = match keys {
        [above @ .., _, _] if !above.is_empty() => dotted(above),
        [above, _] => *above,
        _ => Text::from(""),
    };
    let last = keys.last().copied().unwrap_or_else(|| Text::from(""));
    Text::from(&format!("{above}.{last}"))
}
/// Does a block of text in a file hold a line that looks like a key of that name?
fn swallows(view: &View<'_>, file: FileId, key: Text) -> bool {
    view.program.file(file).literals.iter().any(|line| line.key == SWALLOWED && line.text == key)
}
