//! One run's view of the cache: which files are as they were, and whether the answer is known already.

use std::time::SystemTime;

use rayon::prelude::*;

use super::answer::Answer;
use super::bundles::Bundles;
use super::index::{Entry, Index, Known};
use super::said;
use super::shelf::{Drawer, Shelf};
use super::{BUILD, Hash};
use crate::catalog;
use crate::config::Config;
use crate::discover::Discovered;
use crate::fact::{Facts, Remarks};
use crate::judge::Verdict;
use crate::mistake::Mistake;
use crate::read;
use crate::source::FileId;

/// A file as it is now.
struct Look {
    known: Known,
    /// What it says, if it had to be read for that.
    facts: Option<Facts>,
    /// Its bytes could be had.
    is_read: bool,
    /// They had not to be: its metadata told all.
    is_fresh: bool,
    /// Its facts lie in a bundle.
    is_bundled: bool,
}

/// What is known of the files that were found.
pub struct Memory<'a> {
    config: &'a Config,
    found: &'a Discovered,
    began: SystemTime,
    shelf: Shelf,
    index: Index,
    /// What an answer depends on besides the files.
    terms: Hash,
    looks: Vec<Look>,
}

impl<'a> Memory<'a> {
    /// Looks at the files that were found, as far as they have changed; `tick` is called after each that is read. None if
    /// nothing is to be kept.
    pub fn open(config: &'a Config, found: &'a Discovered, tick: &(dyn Fn() + Sync)) -> Option<Self> {
        let began = SystemTime::now();
        let shelf = super::shelf(config, found)?;
        let index = shelf.load(Drawer::Files, Index::name(config.original(), config.sampled)).unwrap_or_default();
        let terms = terms(config).ok()?;
        let mut memory = Self { config, found, began, shelf, index, terms, looks: Vec::new() };
        let numbers = (0..found.sources.len()).into_par_iter();
        memory.looks = numbers.map(|number| memory.look(number, tick)).collect();
        Some(memory)
    }

    fn look(&self, number: usize, tick: &(dyn Fn() + Sync)) -> Look {
        let source = &self.found.sources[number];
        let entry = self.index.find(&source.path, source.kind);
        // A copy's files are others, if of the same content.
        let stamp = self.found.stamps[number].filter(|_| self.config.copy_of.is_none());
        if let Some((entry, stamp)) = entry.zip(stamp)
            && self.index.trusts(entry, stamp)
        {
            return Look { known: entry.known.clone(), facts: None, is_read: true, is_fresh: true, is_bundled: false };
        }
        let look = examine(self.found, number, entry.map(|entry| &entry.known), false);
        tick();
        look
    }

    /// What the rules found when all files said the same, and what the files say besides; none if that is not known.
    pub fn recall(&mut self) -> Option<(Verdict, Vec<Remarks>)> {
        let name = self.name();
        let mut answer: Answer = self.shelf.load(Drawer::Answers, name)?;
        if !answer.fits(self.looks.len()) {
            return None;
        }
        let is_moved = |(file, content): &(FileId, Hash)| self.looks[file.index()].known.content != *content;
        let moved: Vec<(FileId, Hash)> = answer.contents().filter(is_moved).collect();
        for (file, _) in &moved {
            let look = self.read_again(file.index())?;
            answer.follow(*file, look.known.content, &said::ranks(look.facts.as_ref()?)?.offsets())?;
        }
        if !moved.is_empty() {
            self.shelf.store(Drawer::Answers, name, &answer);
        }
        self.store_index();
        Some((answer.verdict, self.looks.iter().map(|look| look.known.remarks.clone()).collect()))
    }

    /// A file with its facts; none if it is not what it was a moment ago.
    fn read_again(&mut self, number: usize) -> Option<&Look> {
        let look = &mut self.looks[number];
        let content = look.known.content;
        if look.facts.is_none() {
            *look = examine(self.found, number, Some(&look.known), true);
        }
        (look.known.content == content).then_some(&*look)
    }

    /// What all files say; those that had not to be read are read now.
    pub fn facts(&mut self, tick: &(dyn Fn() + Sync)) -> Vec<Facts> {
        let missing: Vec<usize> = (0..self.looks.len()).filter(|number| self.looks[*number].facts.is_none()).collect();
        let files: Vec<_> = missing.iter().map(|number| self.file(*number)).collect();
        for (number, facts) in missing.iter().zip(self.bundles().take(&files)) {
            (self.looks[*number].facts, self.looks[*number].is_bundled) = (facts, true);
        }
        let found = self.found;
        let take = |(number, look): (usize, &mut Look)| {
            if look.facts.is_none() {
                // If it has changed since, it is known as what it is now.
                *look = examine(found, number, Some(&look.known), true);
                tick();
            }
            look.facts.take().unwrap_or_default()
        };
        self.looks.par_iter_mut().enumerate().map(take).collect()
    }

    /// Keeps what the files say.
    pub fn keep_facts(&self, facts: &[Facts]) {
        if self.is_kept() {
            let read = (0..self.looks.len()).filter(|number| self.looks[*number].is_read);
            let files: Vec<_> = read.map(|number| (self.file(number), number)).collect();
            let files: Vec<_> =
                files.iter().map(|((path, content), number)| (*path, *content, &facts[*number])).collect();
            let is_new = |path: &str| {
                let number = self.found.sources.binary_search_by(|source| source.path.as_str().cmp(path));
                number.is_ok_and(|number| !self.looks[number].is_bundled)
            };
            self.bundles().put(&files, is_new);
        }
        self.store_index();
    }

    /// Is what the files say kept? A copy is looked at once, unless it is one of many.
    fn is_kept(&self) -> bool {
        self.config.copy_of.is_none() || self.config.sampled
    }

    fn bundles(&self) -> Bundles<'_> {
        Bundles::new(&self.shelf, Index::name(self.config.original(), self.config.sampled), self.looks.len())
    }

    /// A file's path and content.
    fn file(&self, number: usize) -> (&str, Hash) {
        (&self.found.sources[number].path, self.looks[number].known.content)
    }

    /// Keeps what the rules found in files that say this.
    pub fn keep_answer(&self, verdict: &Verdict, facts: &[Facts]) {
        // Whoever edited a rule meanwhile may have been heard or not.
        if terms(self.config).ok() != Some(self.terms) {
            return;
        }
        let content = |file: FileId| self.looks.get(file.index()).map(|look| look.known.content);
        let ranks = |file: FileId| said::ranks(facts.get(file.index())?);
        if let Some(answer) = Answer::new(verdict, content, ranks) {
            self.shelf.store(Drawer::Answers, self.name(), &answer);
            self.shelf.tidy(Drawer::Answers);
        }
    }

    /// The name of the answer: all that it depends on.
    fn name(&self) -> Hash {
        let mut all = Vec::new();
        let mut add = |part: &[u8]| {
            all.extend((part.len() as u64).to_le_bytes());
            all.extend(part);
        };
        add(&self.terms.0);
        add(&self.looks.len().to_le_bytes());
        for (source, look) in self.found.sources.iter().zip(&self.looks) {
            add(source.path.as_bytes());
            add(format!("{:?}", source.kind).as_bytes());
            add(&source.links.len().to_le_bytes());
            source.links.iter().for_each(|link| add(link.as_bytes()));
            add(&look.known.said.0);
        }
        self.found.kept.iter().for_each(|path| add(path.as_bytes()));
        Hash::of(&all)
    }

    /// Keeps what is known of the files, if that is more than before.
    fn store_index(&self) {
        let kept = |(number, look): (usize, &Look)| {
            let source = &self.found.sources[number];
            let stamp = self.found.stamps[number].filter(|_| look.is_read)?;
            Some(Entry { path: source.path.clone(), kind: source.kind, stamp, known: look.known.clone() })
        };
        let is_new = self.looks.iter().any(|look| look.is_read && !look.is_fresh);
        let is_less = || self.index.len() != self.looks.iter().filter(|look| look.is_read).count();
        if self.is_kept() && (is_new || is_less()) {
            let entries = self.looks.iter().enumerate().filter_map(kept).collect();
            let name = Index::name(self.config.original(), self.config.sampled);
            self.shelf.store(Drawer::Files, name, &Index::new(self.began, entries));
            self.shelf.tidy(Drawer::Files);
        }
    }
}

/// Looks into a file, and reads it as code unless its content is known, or if its facts are wanted.
fn examine(found: &Discovered, number: usize, known: Option<&Known>, wanted: bool) -> Look {
    let (source, refusal) = (&found.sources[number], found.refusal(number));
    let bytes = read::bytes(source);
    let is_read = bytes.is_ok() && refusal.is_none();
    let content = bytes.as_ref().ok().filter(|_| is_read).map(|bytes| Hash::of(bytes));
    let known = known.filter(|known| content == Some(known.content));
    if let Some(known) = known.filter(|_| !wanted) {
        return Look { known: known.clone(), facts: None, is_read, is_fresh: false, is_bundled: false };
    }
    let facts = read::facts(source, bytes, refusal);
    let said = || Known { content: content.unwrap_or_default(), said: said::said(&facts), remarks: facts.remarks() };
    let known = known.cloned().unwrap_or_else(said);
    Look { known, facts: Some(facts), is_read, is_fresh: false, is_bundled: false }
}

/// What an answer depends on besides the files: this program, the rules, and what the team lays over them.
fn terms(config: &Config) -> Result<Hash, Mistake> {
    let file = &config.file;
    let lists = [&file.select, &file.extend_select, &file.ignore];
    let told = format!("{:?} {:?} {:?} {:?}", file.roles, file.world, file.consumer, file.constraint);
    let settings = format!("{lists:?} {:?} {:?} {told}", file.profile, file.rule);
    let rules = catalog::texts(&file.rules)?;
    let rules = rules.iter().flat_map(|(path, text)| [path.as_bytes(), text.as_bytes()]);
    Ok(Hash::of_parts([BUILD.as_bytes(), settings.as_bytes()].into_iter().chain(rules)))
}
