//! Keys of settings files that nobody reads.
//!
//! A key is read if any code, command or other setting says its name. What remains is judged by its neighbours: in a
//! map whose other keys are read by name, a key that nobody names is read by nobody; a map that is handed on as a whole
//! says nothing of its keys.

mod loads;
mod taken;
mod words;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, View};
use crate::fact::{Scalar, Setting, SettingKind, Text};
use crate::source::{At, FileId, Span};
use crate::system::graph::System;
use crate::system::settings::dotted;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};
use loads::Way;
use taken::Taken;
use words::{Words, spellings};

/// Files with more keys than this are data.
const KEYS: usize = 4_000;

/// The keys of one map that are said, at least, before the others are called unread.
const SAID: usize = 2;

/// So many keys of one map at least, if the file is only one of those that may be meant.
const SAID_IN_CHOSEN: usize = 3;

/// Adds a setting for every key that nobody reads.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let loads = loads::loads(view, known);
    let loads: Vec<(FileId, Way)> =
        loads.into_iter().filter(|(file, _)| view.program.file(*file).settings.len() <= KEYS).collect();
    if loads.is_empty() {
        return;
    }
    let keys = loads.iter().flat_map(|(file, _)| &view.program.file(*file).settings).flat_map(|s| s.keys.last());
    let wanted: FxHashSet<&'static str> = keys.flat_map(|key| spellings(*key)).collect();
    let words = Words::new(view.program, &wanted);
    let taken = Taken::new(view);
    let mut unread: Vec<(FileId, &Setting)> = Vec::new();
    for (file, way) in loads {
        let tree = Tree::new(&view.program.file(file).settings);
        let judge = Judge { view, words: &words, taken: &taken, tree: &tree, way };
        let mut found = Vec::new();
        judge.map(None, &mut found);
        unread.extend(found.into_iter().map(|index| (file, &view.program.file(file).settings[index])));
    }
    add(view, system, known, &unread);
}

/// The keys of a file, and what lies below each.
struct Tree<'a> {
    settings: &'a [Setting],
    /// What lies directly below a setting; at the end, what lies below none.
    below: Vec<Vec<usize>>,
    /// Places of keys that stand in more than one map: they are shared by name.
    shared: FxHashSet<Span>,
}

impl<'a> Tree<'a> {
    fn new(settings: &'a [Setting]) -> Self {
        let mut below = vec![Vec::new(); settings.len() + 1];
        let mut open: Vec<usize> = Vec::new();
        let mut seen: FxHashSet<Span> = FxHashSet::default();
        let mut shared: FxHashSet<Span> = FxHashSet::default();
        for (index, setting) in settings.iter().enumerate().filter(|(_, s)| s.kind == SettingKind::Entry) {
            open.truncate(setting.keys.len().saturating_sub(1));
            below[open.last().copied().unwrap_or(settings.len())].push(index);
            open.push(index);
            if !seen.insert(setting.span) {
                shared.insert(setting.span);
            }
        }
        Self { settings, below, shared }
    }

    fn below(&self, of: Option<usize>) -> &[usize] {
        &self.below[of.unwrap_or(self.settings.len())]
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
    tree: &'a Tree<'a>,
    way: Way,
}

impl Judge<'_, '_> {
    /// Looks through what lies below a key, or at the root.
    fn map(&self, of: Option<usize>, unread: &mut Vec<usize>) {
        let below = self.tree.below(of);
        let forms = &self.view.lexicon.keys;
        // The arguments of what is built by its name are read by whoever is built.
        if below.iter().any(|index| forms.is_builder(self.tree.key(*index))) {
            return;
        }
        if let Some(of) = of
            && (self.taken.is_whole(self.tree.key(of)) || below.iter().any(|i| self.is_shared(*i)))
        {
            return;
        }
        let said: Vec<bool> = below.iter().map(|index| self.is_said(*index)).collect();
        let count = said.iter().filter(|said| **said).count();
        let least = if self.way == Way::Named { SAID } else { SAID_IN_CHOSEN };
        // At the root of a file that is only one of many, the keys must be those that code knows.
        let share = if self.way == Way::Chosen { count * 3 >= below.len() * 2 } else { count * 2 >= below.len() };
        let judged = count >= least && share;
        for (index, said) in below.iter().zip(said) {
            let setting = &self.tree.settings[*index];
            if !said {
                if judged && self.is_judged(*index) {
                    unread.push(*index);
                }
                continue;
            }
            if let Scalar::Map(_) = setting.value {
                self.map(Some(*index), unread);
            }
        }
    }

    fn is_said(&self, index: usize) -> bool {
        let key = self.tree.key(index);
        self.words.say(&key)
    }

    fn is_shared(&self, index: usize) -> bool {
        self.tree.shared.contains(&self.tree.settings[index].span)
    }

    /// Is an unsaid key one that code would have to say?
    fn is_judged(&self, index: usize) -> bool {
        let key = self.tree.key(index);
        let named = key.starts_with(|c: char| c.is_ascii_alphabetic())
            && key.len() > 1
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        let below = self.tree.below(Some(index));
        named
            && !self.view.lexicon.keys.is_remark(key)
            && !self.is_shared(index)
            && !below.iter().any(|i| self.is_shared(*i))
    }
}

fn add(view: &View<'_>, system: &mut System, known: &Known, unread: &[(FileId, &Setting)]) {
    let mut first: FxHashMap<Text, crate::system::graph::NodeId> = FxHashMap::default();
    for (file, setting) in unread {
        let at = At { file: *file, span: setting.span };
        let name = dotted(&setting.keys);
        // The same key in many files of a family, or in many maps of a kind, is one debt.
        let node = *first.entry(kind_of(setting)).or_insert_with(|| {
            let node = system.add(NodeKind::Setting, name, at, Text::from(view.program.path(*file)));
            system.say(node, "form", "key");
            system.say(node, "role", known.roles[file.index()].word());
            system.mark(node, "defined");
            system.doubt(node, Certainty::Inferred);
            node
        });
        system.join_again(EdgeKind::Follows, node, known.modules[file.index()], at, Certainty::Inferred);
    }
}

/// What the same key in maps of one kind has in common: its own name, and that of the map two above it.
fn kind_of(setting: &Setting) -> Text {
    let (last, above) = match setting.keys.as_slice() {
        [above @ .., _, last] if above.len() >= 1 => (last, dotted(above)),
        [above, last] => (last, *above),
        [last] => (last, Text::from("")),
        [] => return Text::from(""),
        [above @ .., last] => (last, dotted(above)),
    };
    Text::from(&format!("{above}.{last}"))
}
