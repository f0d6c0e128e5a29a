//! Programs in languages that are not followed: only the texts in them that may name data, each with the name before it.

use rustc_hash::FxHashSet;

use super::sql;
use crate::fact::{Access, Facts, Literal, Scalar, Setting, Text};
use crate::source::Span;

/// The endings of their files.
pub const ENDINGS: [&str; 20] = [
    "cs", "fs", "vb", "java", "kt", "kts", "scala", "groovy", "go", "ts", "tsx", "js", "jsx", "mjs", "r", "jl", "rb",
    "php", "swift", "ex",
];

/// Longer texts name nothing.
const LONGEST: usize = 160;
/// Longer texts are no statement that is looked into.
const STATEMENT: usize = 8000;

/// Reads a file by its ending.
pub fn read(text: &str, path: &str) -> Facts {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let mut scan = Scan { text, at: 0, style: Style::of(&ending), key: (0, 0), facts: Facts::default() };
    scan.run();
    let mut seen = FxHashSet::default();
    scan.facts.literals.retain(|literal| seen.insert((literal.text, literal.key)));
    scan.facts
}

/// The tables of the statements among the values of a file: of a dashboard's panels, a report's queries.
pub fn statements(settings: &[Setting]) -> Vec<Literal> {
    let mut found = Vec::new();
    for setting in settings {
        let Scalar::Text(text) = setting.value else { continue };
        let first = text.split_whitespace().next().unwrap_or_default();
        let begins = first.eq_ignore_ascii_case("select") || first.eq_ignore_ascii_case("with");
        if begins && text.len() <= STATEMENT && text.len() > first.len() {
            let tables = sql::statement(&text).into_iter().filter(|table| table.access == Access::Read && !table.file);
            found.extend(tables.map(|t| Literal { text: t.table, key: Text::from("sql"), span: setting.value_span }));
        }
    }
    found
}

/// How a language writes comments and texts.
#[derive(Clone, Copy)]
struct Style {
    /// `#` begins a comment; else `//` and `/*` do.
    hash: bool,
    /// `'` begins a text; else it is a single character.
    single: bool,
    /// `` ` `` begins a text.
    tick: bool,
}

impl Style {
    fn of(ending: &str) -> Self {
        let hash = matches!(ending, "r" | "jl" | "rb" | "ex");
        let script = matches!(ending, "ts" | "tsx" | "js" | "jsx" | "mjs");
        let single = script || matches!(ending, "r" | "rb" | "php" | "groovy");
        Self { hash, single, tick: script || ending == "go" }
    }
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    style: Style,
    /// The last name, as a range of the text.
    key: (usize, usize),
    facts: Facts,
}

impl Scan<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn run(&mut self) {
        while self.at < self.text.len() {
            let byte = self.byte(0);
            match byte {
                b'#' if self.style.hash => self.skip_past(b"\n"),
                b'/' if !self.style.hash && self.byte(1) == b'/' => self.skip_past(b"\n"),
                b'/' if !self.style.hash && self.byte(1) == b'*' => self.skip_past(b"*/"),
                b'"' if self.byte(1) == b'"' && self.byte(2) == b'"' => self.quoted(3, byte),
                b'"' => self.quoted(1, byte),
                b'\'' if self.style.single => self.quoted(1, byte),
                b'\'' => self.character(),
                b'`' if self.style.tick => self.quoted(1, byte),
                b'_' | b'a'..=b'z' | b'A'..=b'Z' => self.name(),
                // A name has its say up to the next argument or statement.
                b',' | b';' | b'{' | b'}' => {
                    self.key = (0, 0);
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
    }

    fn skip_past(&mut self, end: &[u8]) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += memchr::memmem::find(rest, end).map_or(rest.len(), |found| found + end.len());
    }

    /// `'a'`, `'\n'`: anything else is a mark of another kind.
    fn character(&mut self) {
        let length = if self.byte(1) == b'\\' { 2 } else { 1 };
        self.at += if self.byte(length + 1) == b'\'' { length + 2 } else { 1 };
    }

    fn name(&mut self) {
        let start = self.at;
        while self.byte(0) == b'_' || self.byte(0).is_ascii_alphanumeric() {
            self.at += 1;
        }
        self.key = (start, self.at);
    }

    /// A text between marks of that many quotes; one quote's ends with the line unless it is a verbatim one.
    fn quoted(&mut self, marks: usize, quote: u8) {
        let before = |n: usize| self.at.checked_sub(n).and_then(|i| self.text.as_bytes().get(i)).copied();
        let verbatim =
            quote == b'"' && (before(1) == Some(b'@') || (before(1) == Some(b'$') && before(2) == Some(b'@')));
        let several = marks == 3 || quote == b'`' || verbatim;
        let escapes = marks == 1 && !verbatim;
        let start = self.at + marks;
        self.at = start;
        loop {
            match self.byte(0) {
                0 if self.at >= self.text.len() => break,
                b'\\' if escapes => self.at += 2,
                b'\n' if !several => break,
                byte if byte == quote && (1..marks).all(|n| self.byte(n) == quote) => break,
                _ => self.at += 1,
            }
        }
        let end = self.at.min(self.text.len());
        self.at = end + marks;
        self.keep(start, end);
    }

    fn keep(&mut self, start: usize, end: usize) {
        let Some(text) = self.text.get(start..end).filter(|text| text.len() >= 3 && text.len() <= STATEMENT) else {
            return;
        };
        let span = Span::new(start, end);
        if text.bytes().any(|b| b.is_ascii_whitespace()) {
            let begins = |word: &str| text.trim_start().get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word));
            if begins("select") || begins("with") {
                let tables =
                    sql::statement(text).into_iter().filter(|table| table.access == Access::Read && !table.file);
                let literals = tables.map(|t| Literal { text: t.table, key: Text::from("sql"), span });
                self.facts.literals.extend(literals);
            }
            return;
        }
        let names = |b: u8| b.is_ascii_alphanumeric() || b"_-./:\\$".contains(&b);
        if text.len() <= LONGEST && text.bytes().all(names) && text.bytes().any(|b| b.is_ascii_alphabetic()) {
            let key = self.text.get(self.key.0..self.key.1).unwrap_or_default();
            self.facts.literals.push(Literal { text: Text::from(text), key: Text::from(key), span });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    fn literals(text: &str, path: &str) -> Vec<(String, String)> {
        read(text, path).literals.iter().map(|l| (l.key.to_string(), l.text.to_string())).collect()
    }

    fn pair(key: &str, text: &str) -> (String, String) {
        (key.to_owned(), text.to_owned())
    }

    #[test]
    fn texts_keep_the_name_before_them() {
        let text = "// \"not this\"\n[Trigger(databaseName: \"scores\", containerName: \"daily\")]\nvar x = '\"'; Get(\"a b\");";
        assert_eq!(literals(text, "a.cs"), [pair("databaseName", "scores"), pair("containerName", "daily")]);
        assert_eq!(literals("load('out/scores.csv') # 'no'", "a.R"), [pair("load", "out/scores.csv")]);
    }

    #[test]
    fn a_statement_gives_the_tables_that_it_reads() {
        let text = "db.Query(`SELECT id, score\nFROM risk.scores WHERE id = $1`)";
        assert_eq!(literals(text, "a.go"), [pair("sql", "risk.scores")]);
    }

    #[test]
    fn texts_that_never_end_end_the_file() {
        for text in ["\"", "'", "`", "\"\"\"abc", "x = \"abc\\", "/* ", "@\"", "\"é\\é"] {
            read(text, "a.ts");
        }
    }
}
