//! What code says of the keys of settings files: as names, as texts, and as texts that are made at run time.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{DefKind, OpKind, Role, Scalar, Text, Val};
use crate::program::{Def, Node, Program};
use crate::source::FileId;
use crate::value::spelling::fits;

/// Texts longer than this are no words about settings.
const LONG: usize = 4_000;

/// The keys that something says.
#[derive(Default)]
pub struct Words {
    said: FxHashSet<&'static str>,
    /// Texts with holes that are filled at run time.
    patterns: Vec<String>,
    /// The files in which code asks for a word: as an attribute, or as a text that is nothing else.
    asked: FxHashMap<&'static str, Vec<FileId>>,
}

impl Words {
    /// Looks for some words in all files, once; some operations say nothing, nor does what some classes bind.
    pub fn new(
        program: &Program<'_>,
        wanted: &FxHashSet<Text>,
        except: &FxHashSet<Node>,
        silent: &FxHashSet<Def>,
    ) -> Self {
        // Whole names are interned as the wanted ones are; only pieces of texts must be compared letter by letter.
        let pieces: FxHashSet<&'static str> = wanted.iter().map(|word| word.as_str()).collect();
        let files: Vec<FileId> = program.files().collect();
        let find = |file: &FileId| {
            Finder { program, wanted, pieces: &pieces, except, silent, found: Self::default() }.file(*file)
        };
        let each: Vec<Self> = files.par_iter().map(find).collect();
        let mut words = Self::default();
        for of in each {
            words.said.extend(of.said);
            words.patterns.extend(of.patterns);
            for (word, files) in of.asked {
                words.asked.entry(word).or_default().extend(files);
            }
        }
        words.patterns.sort_unstable();
        words.patterns.dedup();
        words
    }

    /// What is said of some words outside of code: in commands, in other settings, in languages that are not followed.
    pub fn elsewhere(program: &Program<'_>, wanted: &FxHashSet<Text>) -> Self {
        let pieces: FxHashSet<&'static str> = wanted.iter().map(|word| word.as_str()).collect();
        let (except, silent) = (FxHashSet::default(), FxHashSet::default());
        let mut words = Self::default();
        for file in program.files() {
            let finder =
                Finder { program, wanted, pieces: &pieces, except: &except, silent: &silent, found: Self::default() };
            words.said.extend(finder.elsewhere(file).said);
        }
        words
    }

    /// Does anything say that key, as it is, with other separators, or as a text with holes?
    pub fn say(&self, key: &str) -> bool {
        if self.said.contains(key) || self.said.contains(key.replace('-', "_").as_str()) {
            return true;
        }
        self.patterns.iter().any(|pattern| fits(pattern, key))
    }

    /// Does code ask for that key by a text or an attribute, anywhere?
    pub fn quote(&self, key: &str) -> bool {
        self.asked.contains_key(key)
    }

    /// Does code of one of these files ask for that key?
    pub fn are_asked(&self, key: &str, near: &FxHashSet<FileId>) -> bool {
        self.asked.get(key).is_some_and(|files| files.iter().any(|file| near.contains(file)))
    }
}

struct Finder<'a> {
    program: &'a Program<'a>,
    wanted: &'a FxHashSet<Text>,
    pieces: &'a FxHashSet<&'static str>,
    except: &'a FxHashSet<Node>,
    silent: &'a FxHashSet<Def>,
    found: Words,
}

impl Finder<'_> {
    fn file(mut self, file: FileId) -> Words {
        let facts = self.program.file(file);
        for (value, op) in (0..).zip(&facts.ops) {
            if !self.except.is_empty() && self.except.contains(&Node { file, value }) {
                continue;
            }
            match op.kind {
                OpKind::Attr(_, name) => self.asked_name(file, name),
                OpKind::SetAttr(_, name, _) | OpKind::Global(name) => self.name(name),
                OpKind::Str(text) => self.quoted(file, text),
                OpKind::Path(path) => self.text(&path),
                OpKind::Format(operands) => {
                    self.made(file, self.program.operands(file, operands).iter().map(|o| o.value))
                }
                _ => {}
            }
        }
        for operand in &facts.operands {
            if let Role::Named(name) = operand.role {
                self.name(name);
            }
        }
        for (id, definition) in (0..).zip(&facts.definitions) {
            self.name(definition.name);
            definition.params.iter().for_each(|p| self.name(p.name));
            if definition.kind == DefKind::Class && !self.silent.contains(&Def { file, id }) {
                definition.bindings.iter().for_each(|(name, _)| self.name(*name));
            }
        }
        facts.imports.iter().filter_map(|i| i.name).for_each(|name| self.name(name));
        facts.commands.iter().flat_map(|c| &c.words).for_each(|word| self.text(word));
        for setting in &facts.settings {
            if let Scalar::Text(text) = setting.value {
                self.setting(&text);
            }
        }
        self.found
    }

    fn elsewhere(mut self, file: FileId) -> Words {
        let facts = self.program.file(file);
        for setting in &facts.settings {
            if let Scalar::Text(text) = setting.value {
                self.references(&text);
            }
        }
        facts.literals.iter().for_each(|literal| self.text(&literal.text));
        facts.commands.iter().flat_map(|c| &c.words).for_each(|word| self.filled(word));
        for op in &facts.ops {
            match op.kind {
                OpKind::Path(path) => self.text(&path),
                // Templates that code fills in, and keys that it joins.
                OpKind::Str(text) if text.len() < LONG => self.filled(&text),
                _ => {}
            }
        }
        self.found
    }

    /// What stands in braces of a text that is filled in by somebody.
    fn filled(&mut self, text: &str) {
        if text.contains("{{") || text.contains("${") {
            fields(text).flat_map(words).for_each(|word| self.word(word));
        }
    }

    fn name(&mut self, name: Text) {
        if self.wanted.contains(&name) {
            self.found.said.insert(name.as_str());
        }
    }

    fn asked_name(&mut self, file: FileId, name: Text) {
        if self.wanted.contains(&name) {
            self.found.said.insert(name.as_str());
            self.found.asked.entry(name.as_str()).or_insert_with(|| vec![file]);
        }
    }

    fn word(&mut self, word: &str) {
        if let Some(word) = self.pieces.get(word) {
            self.found.said.insert(word);
        }
    }

    fn asked(&mut self, file: FileId, word: &str) {
        if let Some(word) = self.pieces.get(word) {
            self.found.said.insert(word);
            self.found.asked.entry(word).or_insert_with(|| vec![file]);
        }
    }

    /// A text of code: a key, keys that are joined (`params:train.rate`), or anything else.
    fn quoted(&mut self, file: FileId, text: Text) {
        self.asked_name(file, text);
        let text = text.as_str();
        // A name has no pieces.
        if text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return;
        }
        if text.len() < 200 && text.contains(['.', ':', '/']) && !text.contains(char::is_whitespace) {
            words(text).for_each(|word| self.asked(file, word));
        }
        self.text(text);
    }

    /// A text as a whole, and every word of it.
    fn text(&mut self, text: &str) {
        if text.len() > LONG {
            return;
        }
        self.word(text);
        match text.contains(char::is_whitespace) {
            // Of a sentence only what is to be filled in counts.
            true => fields(text).flat_map(words).for_each(|word| self.word(word)),
            false => words(text).for_each(|word| self.word(word)),
        }
        if text.len() < 200 && (text.contains('{') || text.contains("%s")) {
            self.pattern(holes(text));
        }
    }

    /// The value of a setting: a name, or references to other settings.
    fn setting(&mut self, text: &str) {
        self.word(text);
        self.references(text);
    }

    /// References to other settings: `${train.rate}`, `{{ rate }}`, `%(rate)s`.
    fn references(&mut self, text: &str) {
        for reference in text.split("%(").skip(1) {
            words(reference.split(')').next().unwrap_or_default()).for_each(|word| self.word(word));
        }
        for reference in text.split("${").skip(1).chain(text.split("{{").skip(1)) {
            words(reference.split('}').next().unwrap_or_default()).for_each(|word| self.word(word));
        }
    }

    /// A text of which parts are known.
    fn made(&mut self, file: FileId, parts: impl Iterator<Item = Val>) {
        let mut pattern = String::new();
        for value in parts {
            match self.program.file(file).op(value).kind {
                OpKind::Str(text) => pattern.push_str(&text),
                _ if pattern.ends_with("{}") => {}
                _ => pattern.push_str("{}"),
            }
        }
        self.pattern(pattern);
    }

    fn pattern(&mut self, pattern: String) {
        let literal = pattern.replace("{}", "");
        let names = literal.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':' | b'@'));
        if pattern.contains("{}") && names && literal.bytes().filter(u8::is_ascii_alphanumeric).count() >= 2 {
            self.found.patterns.push(pattern);
        }
    }
}

/// The words of a text: letters, digits and what stands for a space in a name.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// What stands in braces.
fn fields(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

/// A format's text with its fields as holes.
fn holes(text: &str) -> String {
    let mut made = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(['{', '%']) {
        made.push_str(&rest[..start]);
        let field = &rest[start..];
        let end = match field.starts_with('{') {
            true => field.find('}').map(|end| end + 1),
            false => field.find(|c: char| c.is_ascii_alphabetic()).map(|end| end + 1),
        };
        made.push_str("{}");
        rest = end.and_then(|end| field.get(end..)).unwrap_or_default();
    }
    made.push_str(rest);
    made
}

/// The words under which a key may be said.
pub fn spellings(key: Text) -> impl Iterator<Item = Text> {
    let other = key.contains('-').then(|| Text::from(&key.replace('-', "_")));
    std::iter::once(key).chain(other)
}
