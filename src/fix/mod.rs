//! What mends a finding: the bytes of files that are to be replaced, for debts whose remedy is a declaration or a deletion.
//!
//! A fix is proposed from the text as it stands, tried in memory, held against what the readers and rules say of the
//! edited files, and only then given out to be written.

mod fields;
mod keys;
mod layout;
mod listings;
mod mend;
mod options;
mod python;
mod remarks;
mod seeds;
mod snakemake;
mod steps;
mod verify;

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::catalog::Catalog;
use crate::fact::Setting;
use crate::finding::Finding;
use crate::read;
use crate::rule::{Remedy, Way};
use crate::source::{Content, FileId, Kind, Lines, Source, Span};

pub use mend::{Changed, Desk, ROUNDS, Refused, Round};

/// Bytes of a file that are to be replaced; offsets count in the text without its byte order mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub file: FileId,
    /// What is replaced; empty where something is put in.
    pub span: Span,
    /// What stands there then.
    pub text: String,
}

/// What mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in a few words.
    pub title: String,
    /// Why it is made only if unsafe fixes are asked for; none if it is safe.
    pub risk: Option<String>,
    /// The edits, none of which overlaps another.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// The files that it edits.
    pub fn files(&self) -> Vec<FileId> {
        let mut files: Vec<FileId> = self.edits.iter().map(|edit| edit.file).collect();
        files.sort_unstable();
        files.dedup();
        files
    }
}

/// Why a finding is not mended, in words that follow its name.
pub type Refusal = String;

/// Edits, and whether a comment goes with what they delete.
#[derive(Debug, Default)]
struct Made {
    edits: Vec<Edit>,
    loses_comment: bool,
    risk: Option<&'static str>,
}

/// The entries of a settings file, or why they are not to be had.
type Entries = Result<Rc<[Setting]>, Refusal>;

/// The texts of files, each loaded once.
pub struct Texts<'a> {
    sources: &'a [Source],
    loaded: RefCell<FxHashMap<FileId, Result<Rc<str>, Refusal>>>,
    code: RefCell<FxHashMap<FileId, Option<Rc<Lines>>>>,
    entries: RefCell<FxHashMap<FileId, Entries>>,
}

impl<'a> Texts<'a> {
    /// Nothing is loaded yet.
    pub fn new(sources: &'a [Source]) -> Self {
        Self { sources, loaded: RefCell::default(), code: RefCell::default(), entries: RefCell::default() }
    }

    fn source(&self, file: FileId) -> Result<&'a Source, Refusal> {
        self.sources.get(file.index()).ok_or_else(|| "its file is not known".to_owned())
    }

    /// A file's text as spans count in it.
    fn text(&self, file: FileId) -> Result<Rc<str>, Refusal> {
        let source = self.source(file)?;
        let load = || match source.kind {
            Kind::Notebook => Err("notebooks are not edited".to_owned()),
            _ => plain(source),
        };
        self.loaded.borrow_mut().entry(file).or_insert_with(load).clone()
    }

    /// The entries of a settings file.
    fn entries(&self, file: FileId) -> Entries {
        let (text, kind) = (self.text(file)?, self.source(file)?.kind);
        let read = || keys::entries(kind, &text).map(Rc::from);
        self.entries.borrow_mut().entry(file).or_insert_with(read).clone()
    }

    /// What a file says, of a notebook the code of its cells.
    fn lines(&self, file: FileId) -> Option<Rc<Lines>> {
        let load = || self.sources.get(file.index()).and_then(read::lines).map(Rc::new);
        self.code.borrow_mut().entry(file).or_insert_with(load).clone()
    }

    /// All files, with their numbers.
    fn files(&self) -> impl Iterator<Item = (FileId, &'a Source)> {
        self.sources.iter().enumerate().map(|(number, source)| (FileId(Span::new(number, number).start), source))
    }
}

/// The text of a file that is written as UTF-8.
fn plain(source: &Source) -> Result<Rc<str>, Refusal> {
    if matches!(source.content, Content::Withheld) {
        return Err("its file is not read".to_owned());
    }
    let bytes = read::bytes(source).map_err(|problem| problem.reason)?;
    let text = String::from_utf8(bytes).map_err(|_| "its file is not UTF-8".to_owned())?;
    Ok(Rc::from(text.strip_prefix(layout::MARK).unwrap_or(&text)))
}

/// What mends a finding, or why nothing does; nothing for one whose rule knows no fix.
pub fn propose(finding: &Finding, catalog: &Catalog, texts: &Texts<'_>) -> Option<Result<Fix, Refusal>> {
    let remedy = catalog.find(&finding.rule)?.fix.as_ref()?;
    Some(made(finding, remedy.edit, texts).map(|made| finished(made, remedy, texts)))
}

fn made(finding: &Finding, way: Way, texts: &Texts<'_>) -> Result<Made, Refusal> {
    match way {
        Way::DeleteKey => keys::delete(texts, finding.at),
        Way::DeleteEarlierKey => keys::delete_earlier(texts, finding),
        Way::DeleteOption => options::delete(texts, finding),
        Way::DeleteField => fields::delete(texts, finding),
        Way::DeleteConstant => python::delete_constants(texts, finding),
        Way::DeleteComment => remarks::delete(texts, finding),
        Way::DeclareInput => steps::declare(texts, finding, steps::List::Inputs),
        Way::DeclareOutput => steps::declare(texts, finding, steps::List::Outputs),
        Way::DeclareParameter => steps::declare(texts, finding, steps::List::Parameters),
        Way::DeleteInput => steps::delete(texts, finding),
        Way::SortListing => listings::sort(texts, finding),
        Way::SeedCalls => seeds::give(texts, finding),
    }
}

/// A fix of whose edits each ends its lines as its file does.
fn finished(made: Made, remedy: &Remedy, texts: &Texts<'_>) -> Fix {
    let comment = made.loses_comment.then(|| "a comment goes with what is deleted".to_owned());
    let risk = remedy.risk.clone().or_else(|| made.risk.map(str::to_owned)).or(comment);
    let mut edits = made.edits;
    for edit in &mut edits {
        if texts.text(edit.file).is_ok_and(|text| text.contains("\r\n")) {
            edit.text = edit.text.replace("\r\n", "\n").replace('\n', "\r\n");
        }
    }
    edits.sort_by_key(|edit| (edit.file, edit.span));
    Fix { title: remedy.title.clone(), risk, edits }
}
