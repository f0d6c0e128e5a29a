//! How calls look that read and write data, whatever library they belong to.

use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::words::split;
use super::{Meaning, Subject};

/// The words and endings by which a call is known to touch data.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Shapes {
    /// The first words of functions that read.
    reads: FxHashSet<String>,
    /// The first words of functions that write.
    writes: FxHashSet<String>,
    /// The last words of classes whose objects read.
    readers: FxHashSet<String>,
    /// The last words of classes whose objects write.
    writers: FxHashSet<String>,
    /// The words of functions that touch tables.
    tables: FxHashSet<String>,
    /// The endings of files that hold data.
    endings: FxHashSet<String>,
    /// The beginnings of places in stores.
    stores: Vec<String>,
    #[serde(skip, default = "reading")]
    reading: Meaning,
    #[serde(skip, default = "writing")]
    writing: Meaning,
}

fn reading() -> Meaning {
    Meaning { reads: Some(Subject::Data), ..Meaning::default() }
}

fn writing() -> Meaning {
    Meaning { writes: Some(Subject::Data), ..Meaning::default() }
}

impl Default for Shapes {
    fn default() -> Self {
        Self {
            reads: FxHashSet::default(),
            writes: FxHashSet::default(),
            readers: FxHashSet::default(),
            writers: FxHashSet::default(),
            tables: FxHashSet::default(),
            endings: FxHashSet::default(),
            stores: Vec::new(),
            reading: reading(),
            writing: writing(),
        }
    }
}

impl Shapes {
    /// Adds what another file says.
    pub(super) fn add(&mut self, other: Self) {
        self.reads.extend(other.reads);
        self.writes.extend(other.writes);
        self.readers.extend(other.readers);
        self.writers.extend(other.writers);
        self.tables.extend(other.tables);
        self.endings.extend(other.endings);
        self.stores.extend(other.stores);
    }

    /// What calling a function or class of that name would do to data.
    pub fn meaning(&self, name: &str) -> Option<&Meaning> {
        let words = split(name);
        let (first, last) = (words.first()?, words.last()?);
        let class = name.starts_with(char::is_uppercase);
        let is = |function: &FxHashSet<String>, of_class: &FxHashSet<String>| match class {
            true => of_class.contains(last),
            false => function.contains(first),
        };
        match () {
            () if is(&self.reads, &self.readers) => Some(&self.reading),
            () if is(&self.writes, &self.writers) => Some(&self.writing),
            () => None,
        }
    }

    /// Does a function of that name touch tables?
    pub fn takes_table(&self, name: &str) -> bool {
        split(name).iter().any(|word| self.tables.contains(word))
    }

    /// Does a text name data: by its ending, or by the store that it begins with?
    pub fn names_data(&self, text: &str) -> bool {
        let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or(text);
        let ended = last.rsplit_once('.').is_some_and(|(_, end)| self.endings.contains(&end.to_ascii_lowercase()));
        let stored = self.stores.iter().any(|store| text.starts_with(store.as_str()));
        (ended || stored) && !text.contains(char::is_whitespace)
    }
}

/// Is a text the name of a table with its schema: `risk.loans`?
pub fn is_table(text: &str) -> bool {
    let name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    text.contains('.') && text.split('.').all(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_say_by_their_first_word_what_they_do() {
        let set = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
        let shapes = Shapes {
            reads: set(&["read", "load"]),
            writes: set(&["to"]),
            writers: set(&["writer"]),
            endings: set(&["csv"]),
            stores: vec!["s3://".to_owned()],
            ..Shapes::default()
        };
        assert!(shapes.meaning("read_tiles").is_some_and(|m| m.reads.is_some()));
        assert!(shapes.meaning("loadFrame").is_some() && shapes.meaning("reads").is_none());
        assert!(shapes.meaning("to_x").is_some_and(|m| m.writes.is_some()) && shapes.meaning("TarWriter").is_some());
        assert!(shapes.names_data("a/b.CSV") && shapes.names_data("s3://a/b") && !shapes.names_data("save as .csv ?"));
        assert!(is_table("a.b") && !is_table("a") && !is_table("a.b c"));
    }
}
