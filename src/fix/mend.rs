//! Tries fixes on copies of the files in memory: what does not hold is taken back, with the reason.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Edit, Fix, Refusal, Texts, layout, propose, verify};
use crate::fact::Text;
use crate::finding::Finding;
use crate::ledger::Statement;
use crate::read;
use crate::source::{Content, FileId, Source, Span};

/// How often fixes are made and looked at: what is left then is for the next run.
pub const ROUNDS: usize = 40;

/// A file that is to be written.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The file as it was looked at.
    pub source: Source,
    /// What it held then.
    pub old: String,
    /// What it is to hold.
    pub new: String,
}

/// A finding that could be mended and is not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// The rule's name.
    pub rule: Text,
    /// What is owed.
    pub message: String,
    /// Why it is not mended.
    pub reason: Refusal,
    /// Whoever asks for unsafe fixes has it mended.
    pub is_risk: bool,
}

/// What one finding is known by from one round to the next: its rule, its words and its file.
type Mark = (Text, String, FileId);

fn mark(finding: &Finding) -> Mark {
    (finding.rule, finding.message.clone(), finding.at.file)
}

/// A fix that was made in a round.
struct Applied {
    mark: Mark,
    files: Vec<FileId>,
}

/// What came of a round.
#[derive(Debug, PartialEq, Eq)]
pub enum Round {
    /// These files have changed and are to be read again.
    Changed(Vec<FileId>),
    /// Nothing more can be mended.
    Done,
}

/// The files on which fixes are tried.
pub struct Desk {
    /// As they were found.
    found: Vec<Source>,
    /// As they were read.
    first: Vec<Source>,
    /// As they are now.
    pub sources: Vec<Source>,
    /// Make fixes that are unsafe, too.
    wide: bool,
    /// What the round before the present one made, the findings before it, and the files as they were before it.
    last: Option<(Vec<Applied>, Vec<Finding>, Vec<Source>)>,
    /// What is not to be tried again, why, and whether that is a risk which can be taken.
    barred: BTreeMap<Mark, (Refusal, bool)>,
    /// Files in which one of several fixes went wrong: there each is made alone.
    careful: FxHashSet<FileId>,
    fixed: Vec<Text>,
}

impl Desk {
    /// Takes what the files hold now: this is what is looked at, and what is compared with the disk before it is written.
    pub fn new(found: &[Source], wide: bool) -> Self {
        let held = |source: &Source| {
            let text = String::from_utf8(read::bytes(source).ok()?).ok()?;
            let is_text = matches!(source.content, Content::Disk(_));
            is_text.then(|| Source { size: text.len() as u64, content: Content::Memory(text.into()), ..source.clone() })
        };
        let first: Vec<Source> = found.iter().map(|s| held(s).unwrap_or_else(|| s.clone())).collect();
        let (found, sources) = (found.to_vec(), first.clone());
        let (barred, careful) = (BTreeMap::new(), FxHashSet::default());
        Self { found, first, sources, wide, last: None, barred, careful, fixed: Vec::new() }
    }

    /// Mends what it can of what is owed now, after holding what the last round has made against it.
    pub fn round(&mut self, statement: &Statement, shows: &dyn Fn(&str) -> bool) -> Round {
        let back = self.review(statement);
        if !back.is_empty() {
            return Round::Changed(back);
        }
        let before = self.sources.clone();
        let (applied, changed) = self.apply(statement, shows);
        if changed.is_empty() {
            return Round::Done;
        }
        self.last = Some((applied, statement.findings.clone(), before));
        Round::Changed(changed)
    }

    /// Takes back what did not do what it was to do; the files that this changes.
    fn review(&mut self, statement: &Statement) -> Vec<FileId> {
        let Some((applied, findings, before)) = self.last.take() else { return Vec::new() };
        let mut counts: FxHashMap<Mark, i64> = FxHashMap::default();
        statement.findings.iter().for_each(|finding| *counts.entry(mark(finding)).or_default() += 1);
        findings.iter().for_each(|finding| *counts.entry(mark(finding)).or_default() -= 1);
        applied.iter().for_each(|fix| *counts.entry(fix.mark.clone()).or_default() += 1);
        let texts = Texts::new(&self.sources);
        let known: FxHashSet<&str> = findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
        let is_new = |finding: &&Finding| {
            let mended = || propose(finding, &statement.catalog, &texts).is_some_and(|fix| fix.is_ok());
            !known.contains(finding.fingerprint.as_str())
                && counts.get(&mark(finding)).is_some_and(|left| *left > 0)
                && !mended()
        };
        let new: Vec<&Finding> = statement.findings.iter().filter(is_new).collect();
        let mut back: FxHashSet<FileId> = FxHashSet::default();
        for fix in &applied {
            let stands = counts.get(&fix.mark).is_some_and(|left| *left > 0);
            let brought = new.iter().find(|finding| self.speaks_of(finding, &fix.files));
            let reason = match (stands, brought) {
                (true, _) => "it stands after the edit, too".to_owned(),
                (_, Some(finding)) => format!("the edit would bring up `{}`", finding.rule),
                _ => continue,
            };
            back.extend(&fix.files);
            let shares = |other: &&Applied| other.files.iter().any(|file| fix.files.contains(file));
            if stands || applied.iter().filter(shares).count() == 1 {
                self.barred.insert(fix.mark.clone(), (reason, false));
            } else {
                self.careful.extend(&fix.files);
            }
        }
        // Whatever was done together with it is undone with it, and done again.
        while let Some(fix) = applied.iter().find(|fix| {
            fix.files.iter().any(|file| back.contains(file)) && fix.files.iter().any(|file| !back.contains(file))
        }) {
            back.extend(&fix.files);
        }
        let held = applied.iter().filter(|fix| fix.files.iter().all(|file| !back.contains(file)));
        self.fixed.extend(held.map(|fix| fix.mark.0));
        let mut files: Vec<FileId> = back.into_iter().collect();
        files.sort_unstable();
        for file in &files {
            self.sources[file.index()] = before[file.index()].clone();
        }
        files
    }

    /// Is a finding about one of these files?
    fn speaks_of(&self, finding: &Finding, files: &[FileId]) -> bool {
        let mut places = std::iter::once(finding.at.file).chain(finding.evidence.iter().map(|e| e.at.file));
        places.any(|place| files.contains(&place))
            || files.iter().any(|file| finding.message.contains(self.sources[file.index()].path.as_str()))
    }

    /// Makes all fixes that do not get in each other's way.
    fn apply(&mut self, statement: &Statement, shows: &dyn Fn(&str) -> bool) -> (Vec<Applied>, Vec<FileId>) {
        let sources = self.sources.clone();
        let texts = Texts::new(&sources);
        let mut accepted: FxHashMap<FileId, Vec<Edit>> = FxHashMap::default();
        let mut applied = Vec::new();
        for finding in &statement.findings {
            let mark = mark(finding);
            if self.barred.contains_key(&mark) {
                continue;
            }
            let Some(proposed) = propose(finding, &statement.catalog, &texts) else { continue };
            let tried = proposed
                .map_err(|reason| (reason, false))
                .and_then(|fix| self.fits(&fix, &accepted, &texts, shows).map(|fits| (fix, fits)));
            match tried {
                // What another fix of this round touches is tried again in the next one.
                Ok((_, false)) => {}
                Ok((fix, true)) => {
                    let files = fix.files();
                    fix.edits.into_iter().for_each(|edit| accepted.entry(edit.file).or_default().push(edit));
                    applied.push(Applied { mark, files });
                }
                Err(reason) => {
                    self.barred.insert(mark, reason);
                }
            }
        }
        let mut changed: Vec<FileId> = accepted.keys().copied().collect();
        changed.sort_unstable();
        for file in &changed {
            let (source, edits) = (&mut self.sources[file.index()], &accepted[file]);
            if let (Ok(text), Content::Memory(old)) = (texts.text(*file), &source.content) {
                let mark = if old.starts_with(layout::MARK) { layout::MARK.to_string() } else { String::new() };
                let new = mark + &edited(&text, edits);
                source.size = new.len() as u64;
                source.content = Content::Memory(new.into());
            }
        }
        (applied, changed)
    }

    /// Can a fix be made besides those that are made already?
    fn fits(
        &self,
        fix: &Fix,
        accepted: &FxHashMap<FileId, Vec<Edit>>,
        texts: &Texts<'_>,
        shows: &dyn Fn(&str) -> bool,
    ) -> Result<bool, (Refusal, bool)> {
        if let Some(risk) = fix.risk.as_ref().filter(|_| !self.wide) {
            return Err((risk.clone(), true));
        }
        for file in fix.files() {
            let refuse = |reason: Refusal| (reason, false);
            let source = texts.source(file).map_err(refuse)?;
            if !shows(&source.path) {
                return Err(refuse(format!("`{}` is not among what was asked for", source.path)));
            }
            let own: Vec<Edit> = fix.edits.iter().filter(|edit| edit.file == file).cloned().collect();
            let others = accepted.get(&file).map_or(&[][..], Vec::as_slice);
            let is_taken = self.careful.contains(&file) && !others.is_empty();
            if is_taken || own.iter().any(|edit| others.iter().any(|other| meet(edit.span, other.span))) {
                return Ok(false);
            }
            let text = texts.text(file).map_err(refuse)?;
            let all: Vec<Edit> = others.iter().chain(&own).cloned().collect();
            match verify::holds(source, &text, &edited(&text, &all), &all) {
                Ok(()) => {}
                // It may hold alone.
                Err(_) if !others.is_empty() => return Ok(false),
                Err(reason) => return Err(refuse(reason)),
            }
        }
        Ok(true)
    }

    /// The files that have changed.
    pub fn changed(&self) -> Vec<Changed> {
        let all = self.found.iter().zip(self.first.iter().zip(&self.sources));
        let changed = all.filter_map(|(found, (first, now))| match (&first.content, &now.content) {
            (Content::Memory(old), Content::Memory(new)) if old != new => {
                Some(Changed { source: found.clone(), old: old.to_string(), new: new.to_string() })
            }
            _ => None,
        });
        changed.collect()
    }

    /// Takes the last round back, whose work nobody has looked at.
    pub fn withdraw(&mut self) {
        if let Some((.., before)) = self.last.take() {
            self.sources = before;
        }
    }

    /// The rules of which something was mended, once for each finding.
    pub fn fixed(&self) -> &[Text] {
        &self.fixed
    }

    /// What could be mended and is not.
    pub fn refused(&self) -> Vec<Refused> {
        let refused = self.barred.iter().map(|((rule, message, _), (reason, is_risk))| Refused {
            rule: *rule,
            message: message.clone(),
            reason: reason.clone(),
            is_risk: *is_risk,
        });
        refused.collect()
    }
}

/// Do two edits touch each other? Two that put something in at one place do, for their order would count.
fn meet(one: Span, other: Span) -> bool {
    one.start.max(other.start) < one.end.min(other.end) || one.start == other.start || one.end == other.end
}

/// A text with edits, none of which overlaps another.
fn edited(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let (mut new, mut at) = (String::with_capacity(text.len()), 0);
    for edit in edits {
        new.push_str(layout::part(text, at..edit.span.start as usize));
        new.push_str(&edit.text);
        at = edit.span.end as usize;
    }
    new.push_str(layout::part(text, at..text.len()));
    new
}
