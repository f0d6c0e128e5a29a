//! A verdict, with its places told in such a way that they are found again when lines have moved.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::Hash;
use super::said::Ranks;
use crate::finding::Finding;
use crate::judge::Verdict;
use crate::source::{At, FileId, Span};

/// A verdict, and the content of the files it was given for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// What the rules found.
    pub verdict: Verdict,
    marks: Vec<Marks>,
}

/// The offsets that an answer names in a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Marks {
    file: FileId,
    /// The content in which they stand.
    content: Hash,
    /// Each with its rank among the offsets of the file's facts; nothing if one of them is no offset of its facts.
    ranks: Option<Vec<(u32, u32)>>,
}

impl Answer {
    /// An answer given for files of that content, whose facts name those offsets.
    pub fn new(
        verdict: &Verdict,
        content: impl Fn(FileId) -> Option<Hash>,
        ranks: impl Fn(FileId) -> Option<Ranks>,
    ) -> Option<Self> {
        let mut offsets: FxHashMap<FileId, FxHashSet<u32>> = FxHashMap::default();
        for at in verdict.findings.iter().flat_map(places) {
            offsets.entry(at.file).or_default().extend([at.span.start, at.span.end]);
        }
        let mut marks = Vec::with_capacity(offsets.len());
        for (file, offsets) in offsets {
            let ranks = ranks(file);
            let rank = |offset: u32| Some((offset, ranks.as_ref()?.of(offset)?));
            marks.push(Marks { file, content: content(file)?, ranks: offsets.into_iter().map(rank).collect() });
        }
        Some(Self { verdict: verdict.clone(), marks })
    }

    /// Names the answer only files that are there?
    pub fn fits(&self, files: usize) -> bool {
        let owners = self.verdict.owners.keys().copied();
        let named = self.verdict.findings.iter().flat_map(places).map(|at| at.file);
        let marked = self.marks.iter().map(|marks| marks.file);
        named.chain(owners).chain(marked).all(|file| file.index() < files)
    }

    /// The files that it names, and the content in which it names places.
    pub fn contents(&self) -> impl Iterator<Item = (FileId, Hash)> {
        self.marks.iter().map(|marks| (marks.file, marks.content))
    }

    /// Names the places of a file as they are in a text that says the same, whose facts have those offsets.
    pub fn follow(&mut self, file: FileId, content: Hash, offsets: &[u32]) -> Option<()> {
        let marks = self.marks.iter_mut().find(|marks| marks.file == file)?;
        marks.content = content;
        let mut moved: FxHashMap<u32, u32> = FxHashMap::default();
        for (offset, rank) in marks.ranks.as_mut()? {
            let new = *offsets.get(*rank as usize)?;
            moved.insert(std::mem::replace(offset, new), new);
        }
        for at in self.verdict.findings.iter_mut().flat_map(places_mut).filter(|at| at.file == file) {
            at.span = Span { start: *moved.get(&at.span.start)?, end: *moved.get(&at.span.end)? };
        }
        Some(())
    }
}

/// All places that a finding names.
fn places(finding: &Finding) -> impl Iterator<Item = At> {
    let evidence = finding.evidence.iter().map(|evidence| evidence.at);
    std::iter::once(finding.at).chain(evidence).chain(finding.trail.iter().map(|hop| hop.at))
}

fn places_mut(finding: &mut Finding) -> impl Iterator<Item = &mut At> {
    let evidence = finding.evidence.iter_mut().map(|evidence| &mut evidence.at);
    std::iter::once(&mut finding.at).chain(evidence).chain(finding.trail.iter_mut().map(|hop| &mut hop.at))
}
