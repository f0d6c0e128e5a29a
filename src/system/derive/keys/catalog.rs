//! Entries of catalogs that no step, notebook or setting names.

use super::words::Words;
use crate::fact::{Setting, Text};
use crate::source::{FileId, Kind};
use crate::system::derive::View;

/// Entries of one file that are named, at least, before the others are called unread.
const NAMED: usize = 2;

/// The entries of all catalogs.
pub struct Entries<'a> {
    files: Vec<(FileId, Vec<&'a Setting>)>,
}

impl<'a> Entries<'a> {
    /// Finds them.
    pub fn new(view: &View<'a>) -> Self {
        let forms = &view.lexicon.orchestrators.catalogs;
        let mut files = Vec::new();
        for file in view.program.files().filter(|f| view.program.sources[f.index()].kind == Kind::Yaml) {
            let path = view.program.path(file);
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let inside = |of: &str| folder.split('/').any(|part| part == of);
            if forms.iter().any(|form| inside(&form.folder) && form.is_catalog(name)) {
                let settings = view.program.file(file).settings.iter();
                files.push((file, settings.filter(|s| s.keys.len() == 1 && is_entry(s)).collect()));
            }
        }
        Self { files }
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The names under which entries may be asked for.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.files.iter().flat_map(|(_, entries)| entries).flat_map(|s| spellings(name(s).as_str()))
    }

    /// Those that nobody names.
    pub fn unread(&self, words: &Words) -> Vec<(FileId, &'a Setting)> {
        // An entry may stand in the catalogs of several environments and files.
        let mut unread = Vec::new();
        for (file, entries) in &self.files {
            let said: Vec<bool> = entries.iter().map(|entry| is_named(words, name(entry).as_str())).collect();
            let count = said.iter().filter(|said| **said).count();
            if count >= NAMED && count * 2 >= entries.len() {
                unread.extend(entries.iter().zip(said).filter(|(_, said)| !said).map(|(entry, _)| (*file, *entry)));
            }
        }
        unread
    }
}

/// One entry: no template of others, and no pattern for many.
fn is_entry(setting: &Setting) -> bool {
    setting.keys.first().is_some_and(|key| !key.starts_with(['_', '.']) && !key.contains(['{', '$', '*']))
        && !setting.shared
}

/// The name of an entry without what says how it is read: `nodes@spark`.
fn name(setting: &Setting) -> Text {
    let key = setting.keys.first().copied().unwrap_or_else(|| Text::from(""));
    key.split_once('@').map_or(key, |(name, _)| Text::from(name))
}

/// A name, and what remains of it where a pipeline stands in a name space.
fn spellings(name: &'static str) -> impl Iterator<Item = &'static str> {
    std::iter::successors(Some(name), |name| name.split_once('.').map(|(_, rest)| rest))
}

fn is_named(words: &Words, name: &'static str) -> bool {
    words.say(name) || spellings(name).any(|name| words.quote(name))
}
