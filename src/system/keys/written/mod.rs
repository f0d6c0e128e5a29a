//! Settings that are written out in code: as one dict under a name that says so, as the fields of a class, as the
//! attributes that are set on an object for settings.

mod classes;
mod dicts;
mod trees;

use rustc_hash::FxHashSet;

use crate::fact::Text;
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::{Known, Role, View};

/// Fewer keys are no settings of a system.
const KEYS: usize = 5;

/// A key and what lies below it.
pub struct Key {
    /// The key.
    pub key: Text,
    /// Where it is set, first and again.
    pub nodes: Vec<Node>,
    /// The keys of its dict.
    pub below: Vec<Key>,
}

/// Under which names code gets hold of settings.
pub enum Holder {
    /// A name of the body of a module or class.
    Bound(Def, Text),
    /// A class, or its objects.
    Class(Def),
    /// Names of a module, and what a function gives back.
    Object(FileId, Vec<Text>, Option<Def>),
}

/// The settings that one dict, class or object holds.
pub struct Written {
    /// Who holds them.
    pub holder: Holder,
    /// The keys.
    pub keys: Vec<Key>,
}

/// Finds them.
pub fn all(view: &View<'_>, known: &Known) -> Vec<Written> {
    let files = view
        .program
        .files()
        .filter(|file| view.is_code(*file) && !matches!(known.roles[file.index()], Role::Test | Role::Prototype));
    let of_file = |file: FileId| {
        let mut found = dicts::of_file(view, file);
        found.extend(classes::of_file(view, file));
        found.extend(trees::of_file(view, file));
        found.retain(|written| written.keys.len() >= KEYS);
        found
    };
    files.flat_map(of_file).collect()
}

/// The classes whose fields are settings: what they bind are no readers.
pub fn classes(written: &[Written]) -> FxHashSet<Def> {
    written.iter().filter_map(|w| if let Holder::Class(class) = w.holder { Some(class) } else { None }).collect()
}

/// The operations that write the keys themselves, which are no readers.
pub fn own(written: &[Written]) -> FxHashSet<Node> {
    fn add(keys: &[Key], own: &mut FxHashSet<Node>) {
        for key in keys {
            own.extend(&key.nodes);
            add(&key.below, own);
        }
    }
    let mut nodes = FxHashSet::default();
    written.iter().for_each(|w| add(&w.keys, &mut nodes));
    nodes
}

/// All keys.
pub fn wanted(written: &[Written]) -> FxHashSet<Text> {
    fn add(keys: &[Key], wanted: &mut FxHashSet<Text>) {
        for key in keys {
            wanted.insert(key.key);
            add(&key.below, wanted);
        }
    }
    let mut names = FxHashSet::default();
    written.iter().for_each(|w| add(&w.keys, &mut names));
    names
}
