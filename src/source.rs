//! A source file as text: spans, lines, notebook cells; knows no language.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// How a path is spelled: with `/`, and bytes that are no UTF-8 as `%XX`; a `%` that would read like such a byte is `%25`,
/// so that two paths are never spelled alike.
pub fn spelled(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        let valid = chunk.valid();
        let mut rest = valid;
        while let Some(at) = rest.find('%') {
            let (before, after) = (&rest[..at], &rest[at + 1..]);
            text.push_str(before);
            text.push_str(if is_escape(after) { "%25" } else { "%" });
            rest = after;
        }
        text.push_str(rest);
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("%{byte:02X}")));
    }
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}

/// Would a `%` before this be read as a byte, or as a percent sign?
fn is_escape(after: &str) -> bool {
    let hex = |byte: &u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(byte);
    match after.as_bytes() {
        [b'2', b'5', ..] => true,
        [first, second, ..] => *first >= b'8' && hex(first) && hex(second),
        _ => false,
    }
}

/// A half-open range of byte offsets into a file's text (for a notebook: into its joined code cells).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Of a quoted text of that length, the part from that byte on.
    pub fn inside_quotes(self, length: usize, from: usize) -> Self {
        let quotes = ((self.end - self.start) as usize).saturating_sub(length) / 2;
        let start = u32::try_from(quotes + from).map_or(self.start, |offset| self.start + offset);
        if start < self.end { Self { start, ..self } } else { self }
    }

    /// The span from `start` to `end`, in bytes; offsets beyond 4 GiB saturate (larger files are never read).
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end) }
    }

    /// Where a part of a text stands that is quoted here and so many bytes long, if nothing in it is escaped.
    pub fn quoted(&self, length: usize, part: Self) -> Option<Self> {
        let whole = self.end.checked_sub(self.start)? as usize;
        let quote = match whole.checked_sub(length)? {
            2 => 1,
            6 => 3,
            _ => return None,
        };
        let at = |offset: u32| self.start as usize + quote + offset as usize;
        Some(Self::new(at(part.start), at(part.end)))
    }
}

/// A file's position in the list of sources, which is sorted by path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub u32);

impl FileId {
    /// The position as an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A place in the repository: a span of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct At {
    /// The file.
    pub file: FileId,
    /// Where in it.
    pub span: Span,
}

/// What a file is, told by its name and, where that says nothing, by its first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A Python module or script.
    Python,
    /// A Jupyter notebook.
    Notebook,
    /// A Rust source file.
    Rust,
    /// A file of SQL statements (dbt models included).
    Sql,
    /// A YAML settings file.
    Yaml,
    /// A TOML settings file.
    Toml,
    /// A JSON or JSONC settings file.
    Json,
    /// An INI or cfg file.
    Ini,
    /// A file of `NAME=value` lines: `.env`.
    Env,
    /// A gin file: parameters that are bound by name.
    Gin,
    /// A text that lists names, one a line.
    Names,
    /// `dvc.yaml`, `dvc.lock` or `*.dvc`.
    Dvc,
    /// `requirements*.txt`.
    Requirements,
    /// A shell script.
    Shell,
    /// A Makefile.
    Makefile,
    /// A Snakefile, or a `.smk` that one includes.
    Snakemake,
    /// A Dockerfile.
    Dockerfile,
    /// A script of R, or a notebook of Markdown with chunks of it.
    R,
    /// A program in Scala or Java.
    Jvm,
    /// A table of cron.
    Cron,
    /// A unit of systemd: a service, or the timer that starts one.
    Unit,
    /// A CODEOWNERS file: who owns which paths.
    Owners,
    /// A program in a language of which only the texts are read.
    Foreign,
}

/// Where a source's bytes come from.
#[derive(Clone, Debug)]
pub enum Content {
    /// A regular file on disk.
    Disk(PathBuf),
    /// Text held in memory: a rule's example, or a test.
    Memory(Arc<str>),
    /// Not to be read: it is listed, and why it is refused is said.
    Withheld,
}

/// One file that mldebt reads.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path relative to the root, with `/`.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Where its bytes come from.
    pub content: Content,
    /// Its size in bytes, where known.
    pub size: u64,
    /// Other paths by which symbolic links inside the repository name it.
    pub links: Vec<String>,
}

/// A code cell of a notebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Offset of its first byte in the joined text.
    pub start: u32,
    /// Its number among all cells of the notebook, 1-based.
    pub number: u32,
}

/// A line and column, both 1-based; columns count UTF-8 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line; in a notebook, within the cell.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// In a notebook, the cell's number.
    pub cell: Option<u32>,
}

/// A file's text with the offsets at which its lines begin: made when something is to be shown.
#[derive(Clone, Debug)]
pub struct Lines {
    text: Arc<str>,
    starts: Vec<u32>,
    cells: Vec<Cell>,
}

impl Lines {
    /// Finds the lines of `text`; `cells` is empty unless it is a notebook's.
    pub fn new(text: Arc<str>, cells: Vec<Cell>) -> Self {
        let mut starts = vec![0];
        starts
            .extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| Span::new(i + 1, i + 1).start));
        Self { text, starts, cells }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The 0-based number of the line that holds the byte at `offset`.
    pub fn line_index(&self, offset: u32) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The bytes of a 0-based line, its line break included; an empty span behind the last.
    pub fn line_span(&self, line: usize) -> Span {
        let end = self.text.len();
        let start = self.starts.get(line).map_or(end, |s| *s as usize);
        Span::new(start, self.starts.get(line + 1).map_or(end, |s| *s as usize))
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The cell that holds the byte at `offset`.
    pub fn cell(&self, offset: u32) -> Option<Cell> {
        self.cells.partition_point(|c| c.start <= offset).checked_sub(1).and_then(|i| self.cells.get(i).copied())
    }

    /// Line and column of the byte at `offset` (clamped to the text, and to a character's first byte).
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_index(Span::new(offset, offset).start);
        let start = self.starts.get(line).map_or(0, |s| *s as usize);
        let column = self.text.get(start..offset).map_or(0, |s| s.chars().count());
        let cell = self.cell(Span::new(offset, offset).start);
        let first = cell.map_or(0, |c| self.line_index(c.start));
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: number(line - first.min(line) + 1), column: number(column + 1), cell: cell.map(|c| c.number) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn no_two_paths_are_spelled_alike() {
        use std::os::unix::ffi::OsStrExt;
        let spell = |bytes: &[u8]| spelled(Path::new(std::ffi::OsStr::from_bytes(bytes)));
        assert_eq!(spell(b"src/b.py"), "src/b.py");
        assert_eq!(spell("100 %/é%20.py".as_bytes()), "100 %/é%20.py");
        let names: [&[u8]; 8] =
            [b"b\xff.py", b"b%FF.py", b"b%25FF.py", b"b%2525FF.py", b"src\\a.py", b"src/a.py", b"b%\xff", b"b%%FF"];
        let mut spelt: Vec<String> = names.iter().map(|name| spell(name)).collect();
        spelt.sort();
        spelt.dedup();
        assert_eq!(spelt.len(), names.len(), "{spelt:?}");
    }

    #[test]
    fn positions_count_characters_and_cells() {
        let lines =
            Lines::new("é = 1\nb\nc = 2\n".into(), vec![Cell { start: 0, number: 1 }, Cell { start: 9, number: 4 }]);
        assert_eq!(lines.position(3), Position { line: 1, column: 3, cell: Some(1) });
        assert_eq!(lines.position(9), Position { line: 1, column: 1, cell: Some(4) });
        assert_eq!(lines.line_span(1), Span::new(7, 9));
    }
}
