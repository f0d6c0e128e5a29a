//! Keys judged in a closed world: where every use of a loaded map is known, a key that is not looked up is read by nobody,
//! and one that is looked up and stands in no file of the family is defined by nobody.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::Unread;
use super::loads::{self, Load};
use super::own;
use super::words::Words;
use super::worlds::{self, Spelling, World};
use crate::fact::{OpKind, Scalar, Setting, SettingKind, Text};
use crate::mistake::nearest;
use crate::program::{Node, parent};
use crate::source::{At, FileId};
use crate::system::settings::{Asked, PAIRS, set_by_code};
use crate::system::{Known, View, data};
use crate::value::lookups::{ANY, How, Lookup, Lookups, Path};
use crate::value::types::Type;

/// A file of which nobody said that it is loaded holds at least so many of the keys that code asks for.
const ASKED: usize = 2;

/// A key that code looks up and nobody defines.
pub struct Unknown {
    /// Its path.
    pub keys: Vec<Text>,
    /// Where it is looked up.
    pub node: Node,
    /// The file that is loaded there.
    pub file: FileId,
    /// The key there that is spelled most like it.
    pub nearest: Option<Text>,
}

/// What was judged.
#[derive(Default)]
pub struct Judged {
    /// Keys that nobody reads.
    pub unread: Vec<Unread>,
    /// Keys that nobody defines.
    pub unknown: Vec<Unknown>,
    /// The files of which no more need be said.
    pub files: FxHashSet<FileId>,
}

/// Judges all files whose maps are followed to their ends.
pub fn judge(view: &View<'_>, known: &Known, worlds: &mut [World], loads: &BTreeMap<FileId, Load>) -> Judged {
    let mut judged = Judged::default();
    choose(view, known, worlds);
    let by_file = by_file(worlds);
    let keys = by_file.keys().flat_map(|file| &view.program.file(*file).settings).flat_map(|s| s.keys.last());
    let wanted: FxHashSet<Text> = keys.flat_map(|key| super::words::spellings(*key)).collect();
    let elsewhere = Words::elsewhere(view.program, &wanted);
    let slips = Slips::default();
    let unknown = unknown(view, known, worlds, &slips);
    let written = loads::written(view);
    for (file, of) in &by_file {
        let own = own::tables(view, *file);
        let settings = !own.is_empty() || loads::is_settings(view, known, *file) && !written.contains(file);
        if !settings || !known_to(loads, *file, worlds, of) || is_handed_away(view, *file) {
            continue;
        }
        let mut lookups = Lookups::default();
        of.iter().for_each(|index| lookups.add(&worlds[*index].lookups));
        for other in worlds.iter().filter(|w| w.files.is_empty() && may_load(view, w, *file)) {
            lookups.add(&other.lookups);
        }
        if lookups.is_whole(&[]) || lookups.read.is_empty() {
            continue;
        }
        let prefixes = prefixes(view, worlds, of, *file);
        if prefixes.is_empty() {
            continue;
        }
        judged.files.insert(*file);
        let judge =
            Judge { view, lookups: &lookups, elsewhere: &elsewhere, prefixes: &prefixes, own: &own, file: *file };
        for setting in judge.unread() {
            let asked = unknown.iter().filter(|u| u.family.contains(file));
            let meant = meant(setting, &prefixes, asked, &slips);
            judged.unread.push(Unread {
                keys: setting.keys.clone(),
                at: At { file: *file, span: setting.span },
                meant: meant.map(|(key, _)| key),
                read: meant.map(|(_, node)| node),
                sure: true,
            });
        }
    }
    let explained: FxHashSet<Node> = judged.unread.iter().filter_map(|u| u.read).collect();
    for lookup in unknown.into_iter().filter(|u| u.hard && !explained.contains(&u.node)) {
        let Some(file) = lookup.family.first() else { continue };
        judged.unknown.push(Unknown {
            keys: lookup.path.to_vec(),
            node: lookup.node,
            file: *file,
            nearest: lookup.nearest,
        });
    }
    judged
}

/// Somebody loads it by its name, or it fits what is asked by whoever loads anything.
fn known_to(loads: &BTreeMap<FileId, Load>, file: FileId, worlds: &[World], of: &[usize]) -> bool {
    loads.contains_key(&file) || of.iter().any(|index| !worlds[*index].files.is_empty())
}

fn by_file(worlds: &[World]) -> BTreeMap<FileId, Vec<usize>> {
    let mut found: BTreeMap<FileId, Vec<usize>> = BTreeMap::new();
    for (index, world) in worlds.iter().enumerate() {
        for file in &world.files {
            found.entry(*file).or_default().push(index);
        }
    }
    found
}

/// Where nobody knows which file is loaded, those may be meant that hold all keys which are asked for.
fn choose(view: &View<'_>, known: &Known, worlds: &mut [World]) {
    let named: FxHashSet<FileId> = worlds.iter().flat_map(|w| w.files.iter().copied()).collect();
    for world in worlds.iter_mut().filter(|world| world.files.is_empty()) {
        let asked = asked(&world.lookups);
        if asked.len() < ASKED {
            continue;
        }
        let fits = |file: &FileId| {
            let holds = |path: &Path| view.evaluator.settings.at(*file, path).is_some();
            !named.contains(file)
                && near(view, world.load.file, *file)
                && loads::is_settings(view, known, *file)
                && asked.iter().all(|path| holds(path))
        };
        let files: Vec<FileId> =
            view.program.files().filter(|f| !view.program.file(*f).settings.is_empty()).filter(fits).collect();
        let folders: FxHashSet<&str> = files.iter().map(|file| parent(view.program.path(*file))).collect();
        if folders.len() == 1 {
            world.files = files;
        }
    }
}

/// The paths that code asks for without reckoning with nothing.
fn asked(lookups: &Lookups) -> Vec<&Path> {
    let hard = |of: &&Lookup| matches!(of.how, How::Index | How::Attribute) && !of.default;
    let asked = lookups.read.iter().filter(|(path, of)| {
        of.iter().any(|l| hard(&l)) && !lookups.set.contains_key(*path) && !path.iter().any(|key| *key == ANY)
    });
    asked.map(|(path, _)| path).collect()
}

/// Do two files belong to one project?
fn near(view: &View<'_>, one: FileId, other: FileId) -> bool {
    let project = |file: FileId| view.program.path(file).split_once('/').map_or("", |(top, _)| top);
    let (one, other) = (project(one), project(other));
    one == other || one.is_empty() || other.is_empty() || matches!(one, "src" | "scripts")
}

/// May a load of which nobody knows the file be one of this?
fn may_load(view: &View<'_>, world: &World, file: FileId) -> bool {
    let asked = asked(&world.lookups);
    let held = asked.iter().filter(|path| view.evaluator.settings.at(file, path).is_some()).count();
    near(view, world.load.file, file) && held > 0 && held * 2 >= asked.len()
}

/// Is a file's path given to something that reads it by itself?
fn is_handed_away(view: &View<'_>, file: FileId) -> bool {
    let path = view.program.path(file);
    let name = path.rsplit('/').next().unwrap_or(path);
    view.calls().any(|(_, call)| {
        let OpKind::Call(_, operands) = view.program.op(call).kind else { return false };
        let callees = view.types.callees(call);
        let foreign = callees.is_empty() && view.types.called_name(call).is_some();
        foreign
            && view.program.operands(call.file, operands).iter().any(|operand| {
                let text = view.program.literal(Node { value: operand.value, ..call });
                text.is_some_and(|text| text.ends_with(name) && text.rsplit('/').next() == Some(name))
            })
    })
}

/// The keys below which a file's own lie in what is loaded.
fn prefixes(view: &View<'_>, worlds: &[World], of: &[usize], file: FileId) -> Vec<Laid> {
    let mut found: BTreeSet<Laid> = BTreeSet::new();
    for index in of {
        match &worlds[*index].root {
            Some(root) => {
                let below = worlds::package(view, root, file, &worlds::groups_of(view, root));
                found.extend(below.map(|below| Laid { below, spelling: Spelling::default() }));
            }
            None => drop(found.insert(Laid { below: Vec::new(), spelling: worlds[*index].spelling })),
        }
    }
    found.into_iter().collect()
}

/// How a file's keys lie in what is loaded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Laid {
    /// The keys above them.
    below: Vec<Text>,
    spelling: Spelling,
}

impl Laid {
    /// The path of a file's key in what is loaded.
    fn path(&self, keys: &[Text]) -> Vec<Text> {
        let keys = if self.spelling.layered { keys.get(1..).unwrap_or_default() } else { keys };
        full(&self.below, &keys.iter().map(|key| self.spelling.of(*key)).collect::<Vec<_>>())
    }
}

struct Judge<'a, 'v> {
    view: &'a View<'v>,
    lookups: &'a Lookups,
    elsewhere: &'a Words,
    prefixes: &'a [Laid],
    /// The only maps of another tool's file that are judged.
    own: &'a [Vec<Text>],
    file: FileId,
}

impl<'v> Judge<'_, 'v> {
    /// The keys that nobody looks up, those below one that is told left out.
    fn unread(&self) -> Vec<&'v Setting> {
        let mut found: Vec<&Setting> = Vec::new();
        let mut settled: Vec<&[Text]> = Vec::new();
        let mut settings = view_settings(self.view, self.file);
        let below = |s: &&Setting| self.own.iter().any(|own| s.keys.len() > own.len() && s.keys.starts_with(own));
        settings.retain(|s| self.own.is_empty() || below(s));
        for setting in &settings {
            if settled.iter().any(|above| setting.keys.starts_with(above)) {
                continue;
            }
            if self.is_settled(setting) {
                settled.push(&setting.keys);
            } else if !self.is_read(setting) {
                settled.push(&setting.keys);
                if self.is_judged(setting) {
                    found.push(setting);
                }
            }
        }
        found
    }

    /// Is what lies there, and below, nothing to be judged?
    fn is_settled(&self, setting: &Setting) -> bool {
        let keys = &self.view.lexicon.keys;
        let whole = |prefix: &Laid| self.lookups.is_whole(&prefix.path(&setting.keys));
        setting.shared
            || setting.keys.last().is_some_and(|key| keys.is_remark(*key) || keys.is_builder(*key))
            || self.prefixes.iter().any(whole)
            || self.is_built(setting)
    }

    /// Holds a map the arguments of something that is built by its name?
    fn is_built(&self, setting: &Setting) -> bool {
        let below = self.view.program.file(self.file).settings.iter();
        let mut below = below.filter(|s| s.keys.len() == setting.keys.len() + 1 && s.keys.starts_with(&setting.keys));
        below.any(|s| s.keys.last().is_some_and(|key| self.view.lexicon.keys.is_builder(*key)))
    }

    fn is_read(&self, setting: &Setting) -> bool {
        let read = |prefix: &Laid| self.lookups.is_read(&prefix.path(&setting.keys));
        let common = setting.keys.first().is_some_and(|key| key == "DEFAULT");
        let by_section = || {
            let last = setting.keys.last();
            common && (setting.keys.len() == 1 || self.lookups.read.keys().any(|path| path.last() == last))
        };
        let walked = |prefix: &Laid| {
            let path = prefix.path(&setting.keys);
            path.split_last().is_some_and(|(_, above)| self.lookups.walked.contains(above))
        };
        // The first keys of layers only say where the rest holds.
        let layer = |laid: &Laid| laid.spelling.layered && setting.keys.len() == 1;
        self.prefixes.iter().any(|laid| layer(laid) || read(laid))
            || self.prefixes.iter().any(walked)
            || setting.keys.last().is_some_and(|key| self.elsewhere.say(key))
            || by_section()
    }

    /// Is an unread key one that code would have to say?
    fn is_judged(&self, setting: &Setting) -> bool {
        let Some(key) = setting.keys.last() else { return false };
        let keys = &self.view.lexicon.keys;
        let path = self.view.program.path(self.file);
        let of_a_tool = setting.keys.len() == 1 && keys.is_half_foreign(path.rsplit('/').next().unwrap_or(path), *key);
        let inside = self.view.program.file(self.file).settings.iter().filter(|s| s.keys.starts_with(&setting.keys));
        key.len() > 1
            && !of_a_tool
            && key.starts_with(|c: char| c.is_ascii_alphabetic())
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            && setting.value != Scalar::Map(0)
            && !inside.into_iter().any(|s| s.shared || s.keys.last().is_some_and(|k| keys.is_builder(*k)))
    }
}

/// The keys of a file, elements of lists and what lies below them left out.
fn view_settings<'v>(view: &View<'v>, file: FileId) -> Vec<&'v Setting> {
    let listed = |key: &Text| key.starts_with(|c: char| c.is_ascii_digit());
    let settings = view.program.file(file).settings.iter();
    settings.filter(|s| s.kind == SettingKind::Entry && !s.keys.iter().any(listed)).collect()
}

fn full(prefix: &[Text], keys: &[Text]) -> Vec<Text> {
    prefix.iter().chain(keys).copied().collect()
}

/// A lookup of a key that is in no file.
struct Missing {
    path: Path,
    node: Node,
    family: Vec<FileId>,
    /// The program fails if nothing is there.
    hard: bool,
    nearest: Option<Text>,
}

/// What is looked up and stands in no file of its family.
fn unknown(view: &View<'_>, known: &Known, worlds: &[World], slips: &Slips) -> Vec<Missing> {
    let set = set_by_code(view);
    let mut before = Asked::default();
    let mut found: Vec<Missing> = Vec::new();
    let mut told: FxHashSet<Node> = FxHashSet::default();
    for world in worlds.iter().filter(|w| !w.files.is_empty()) {
        let readable = |file: &FileId| {
            let facts = view.program.file(*file);
            !facts.settings.is_empty() && facts.problems.is_empty()
        };
        if !world.files.iter().all(readable) {
            continue;
        }
        let Some(defined) = defined(view, world).filter(|_| world.spelling == Spelling::default()) else { continue };
        let mut siblings: FxHashMap<&[Text], Vec<&str>> = FxHashMap::default();
        for (key, above) in defined.keys().filter_map(|path| path.split_last()) {
            siblings.entry(above).or_default().push(key.as_str());
        }
        for (path, lookups) in &world.lookups.read {
            let Some((key, above)) = path.split_last().filter(|_| !path.iter().any(|key| *key == ANY)) else {
                continue;
            };
            let map = above.is_empty() || matches!(defined.get(above), Some(Scalar::Map(n)) if *n > 0);
            if defined.contains_key(path.as_slice()) || !map || is_set(&world.lookups, path) {
                continue;
            }
            let siblings = siblings.get(above).into_iter().flatten().copied();
            let nearest = slips.nearest(key, siblings).map(Text::from);
            // A map that gets keys in a loop may hold any; what is a slip of a key that is there is one all the same.
            if nearest.is_none() && world.lookups.is_filled(above) {
                continue;
            }
            for lookup in lookups.iter().filter(|l| is_real(view, known, l, *key)) {
                let gated =
                    before.holds(view, view.program.owner(lookup.node), path) || data::is_gated(view, lookup.node);
                let asked = world.lookups.read[path].iter().any(|l| l.how == How::Name);
                let hard = !lookup.default
                    && matches!(lookup.how, How::Index | How::Attribute)
                    && !gated
                    && !asked
                    && !set.contains(key);
                if told.insert(lookup.node) {
                    let (family, node) = (world.files.clone(), lookup.node);
                    found.push(Missing { path: path.clone(), node, family, hard, nearest });
                }
            }
        }
    }
    found
}

/// Does code itself set a key, or one above it?
fn is_set(lookups: &Lookups, path: &[Text]) -> bool {
    (1..=path.len()).any(|end| lookups.set.contains_key(&path[..end]))
}

/// All that the files of a family define, by key path in what is loaded.
fn defined(view: &View<'_>, world: &World) -> Option<FxHashMap<Vec<Text>, Scalar>> {
    let mut defined = FxHashMap::default();
    let names = world.root.as_deref().map(|root| worlds::groups_of(view, root));
    for file in &world.files {
        let prefix = match (&world.root, &names) {
            (Some(root), Some(names)) => worlds::package(view, root, *file, names)?,
            _ => Vec::new(),
        };
        for end in 1..=prefix.len() {
            defined.entry(prefix[..end].to_vec()).or_insert(Scalar::Map(1));
        }
        for setting in &view.program.file(*file).settings {
            defined.insert(full(&prefix, &setting.keys), setting.value);
        }
        // What is laid over others, or taken from a base, is not seen whole.
        let based = |s: &Setting| {
            s.keys
                .first()
                .is_some_and(|k| matches!(k.as_str(), "_base_" | "_BASE_" | "base" | "extends" | "inherit" | "include"))
        };
        if view.program.file(*file).settings.iter().any(based) {
            return None;
        }
    }
    Some(defined)
}

/// Is a lookup one of a key, and not of something that the object itself has?
fn is_real(view: &View<'_>, known: &Known, lookup: &Lookup, key: Text) -> bool {
    use crate::system::Role;
    if matches!(known.roles[lookup.node.file.index()], Role::Test | Role::Prototype) || lookup.how == How::Name {
        return false;
    }
    let OpKind::Attr(object, _) = view.program.op(lookup.node).kind else { return true };
    let object = Node { value: object, ..lookup.node };
    let own = view.types.of(object).iter().any(|ty| match ty {
        Type::Object(class) | Type::Class(class) => {
            view.program.member(*class, key).is_some() || view.types.assigned.contains_key(&(*class, key))
        }
        _ => false,
    });
    !own && !key.starts_with('_') && !view.types.is_a(object, "builtins.dict")
}

/// The lookup that an unread key was meant for: one slip away, in the same map, and defined by nobody.
fn meant<'m>(
    setting: &Setting,
    prefixes: &[Laid],
    asked: impl Iterator<Item = &'m Missing>,
    slips: &Slips,
) -> Option<(Text, Node)> {
    let (key, above) = setting.keys.split_last()?;
    let above: Vec<Vec<Text>> = prefixes.iter().map(|prefix| prefix.path(above)).collect();
    let mut candidates = asked.filter(|missing| {
        let (last, rest) = match missing.path.split_last() {
            Some((last, rest)) => (last, rest),
            None => return false,
        };
        above.iter().any(|above| above == rest) && slips.are_alike(key, last)
    });
    candidates.next().and_then(|missing| missing.path.last().map(|key| (*key, missing.node)))
}

/// How many pairs of names are still compared for a slip: where that many keys are wrong nobody needs to be told of each
/// what was meant.
struct Slips(Cell<usize>);

impl Default for Slips {
    fn default() -> Self {
        Self(Cell::new(PAIRS))
    }
}

impl Slips {
    fn take(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }

    /// The name that is spelled most like another.
    fn nearest<'a>(&self, word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        nearest(word, candidates.take_while(|_| self.take()))
    }

    /// Are two names one slip apart: a letter or two, or a word more?
    fn are_alike(&self, one: &str, other: &str) -> bool {
        let bare = |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_digit()).collect() };
        let long = one.len().min(other.len()) >= 4;
        long && self.take() && nearest(one, [other]).is_some() && bare(one) != bare(other)
    }
}
