//! Splits SQL text into statements, so that one that cannot be read loses no other.

use std::ops::Range;

/// A statement's text, and what it would ask of a parser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// All of it, its `;` included.
    pub span: Range<usize>,
    /// Its first word; empty if it does not begin with one.
    pub head: Range<usize>,
    /// How deep its parentheses nest.
    pub depth: usize,
    /// How many joins it has.
    pub joins: usize,
    /// How many unions and the like it has.
    pub unions: usize,
}

/// The statements of a text that hold anything but comments.
pub fn split(text: &str) -> Vec<Piece> {
    let mut splitter = Splitter { bytes: text.as_bytes(), ..Splitter::default() };
    while splitter.at < text.len() {
        splitter.step();
    }
    splitter.end(text.len());
    splitter.pieces
}

/// Where the quoted text or comment that begins at `at` ends, and whether it is a comment.
pub fn skip(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    let next = bytes.get(at + 1).copied();
    match *bytes.get(at)? {
        b'-' if next == Some(b'-') => Some((line_end(bytes, at), true)),
        // Elsewhere in a line `#` is an operator or begins a temporary table's name.
        b'#' if line_start(bytes, at) && next.is_none_or(|b| b.is_ascii_whitespace() || b == b'#') => {
            Some((line_end(bytes, at), true))
        }
        b'/' if next == Some(b'*') => Some((find(bytes, at + 2, b"*/"), true)),
        quote @ (b'\'' | b'"' | b'`') => Some((quote_end(bytes, at, quote), false)),
        b'$' if at == 0 || !is_word(bytes[at - 1]) => {
            let tag = bytes.get(at + 1..)?.iter().position(|b| !is_word(*b))?;
            let opening = bytes.get(at..at + tag + 2).filter(|o| o.ends_with(b"$"))?;
            Some((find(bytes, at + opening.len(), opening), false))
        }
        _ => None,
    }
}

/// Is part of a name.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[derive(Default)]
struct Splitter<'a> {
    bytes: &'a [u8],
    at: usize,
    start: usize,
    /// The statement holds more than comments.
    begun: bool,
    nesting: usize,
    /// The statement ends there.
    until: Option<usize>,
    piece: Piece,
    pieces: Vec<Piece>,
}

impl Splitter<'_> {
    fn step(&mut self) {
        if self.until.is_some_and(|until| self.at >= until) {
            self.until = None;
            self.end(self.at);
        }
        let at = self.at;
        let byte = self.bytes[at];
        if let Some((end, comment)) = skip(self.bytes, at) {
            self.begun |= !comment;
            self.at = end;
            return;
        }
        if self.is_batch_end(at) {
            self.end(at);
            self.at = line_end(self.bytes, at);
            self.start = self.at;
            return;
        }
        self.at = at + 1;
        match byte {
            b';' => self.semicolon(),
            // A copy by the shell that runs the file is a statement of one line.
            b'\\' if !self.begun && line_start(self.bytes, at) && copies(self.bytes, at + 1) => {
                self.start = at + 1;
                self.until = Some(line_end(self.bytes, at));
            }
            // A command of the shell that runs the file.
            b'\\' if !self.begun && line_start(self.bytes, at) => {
                self.at = line_end(self.bytes, at);
                self.start = self.at;
            }
            b'(' => {
                self.nesting += 1;
                self.piece.depth = self.piece.depth.max(self.nesting);
            }
            b')' => self.nesting = self.nesting.saturating_sub(1),
            _ if is_word(byte) => self.word(at),
            _ => self.begun |= !byte.is_ascii_whitespace() && byte != b'(',
        }
    }

    fn word(&mut self, at: usize) {
        self.at = at + self.bytes[at..].iter().take_while(|b| is_word(**b)).count();
        if !self.begun {
            self.piece.head = at..self.at;
            self.begun = true;
        }
        let word = &self.bytes[at..self.at];
        let is = |words: &[&str]| words.iter().any(|w| word.eq_ignore_ascii_case(w.as_bytes()));
        self.piece.joins += usize::from(is(&["join"]));
        self.piece.unions += usize::from(is(&["union", "except", "intersect", "minus"]));
    }

    fn semicolon(&mut self) {
        let statement = &self.bytes[self.start..self.at - 1];
        let inline = ends_with_words(statement, b"stdin");
        self.end(self.at);
        if inline {
            // Rows of data follow, up to a line `\.`.
            self.at = find(self.bytes, self.at, b"\n\\.");
        }
        self.start = self.at;
    }

    fn end(&mut self, at: usize) {
        let piece = std::mem::take(&mut self.piece);
        if self.begun && self.bytes[self.start..at].iter().any(|b| !b.is_ascii_whitespace() && *b != b';') {
            self.pieces.push(Piece { span: self.start..at, ..piece });
        }
        (self.begun, self.nesting, self.start) = (false, 0, at);
    }

    /// A line `GO`.
    fn is_batch_end(&self, at: usize) -> bool {
        self.bytes[at] | 0x20 == b'g'
            && line_start(self.bytes, at)
            && self.bytes[at..line_end(self.bytes, at)].trim_ascii().eq_ignore_ascii_case(b"go")
    }
}

fn copies(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..at + 5).is_some_and(|word| word[..4].eq_ignore_ascii_case(b"copy") && word[4].is_ascii_whitespace())
}

fn ends_with_words(statement: &[u8], word: &[u8]) -> bool {
    let statement = statement.trim_ascii_end();
    statement.len() >= word.len() && statement[statement.len() - word.len()..].eq_ignore_ascii_case(word)
}

/// Nothing but blanks stands before it in its line.
fn line_start(bytes: &[u8], at: usize) -> bool {
    bytes[..at].iter().rev().find(|b| !matches!(b, b' ' | b'\t')).is_none_or(|b| *b == b'\n')
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| at + n)
}

/// Behind the next `needle`, or the end of all.
fn find(bytes: &[u8], from: usize, needle: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.windows(needle.len()).position(|w| w == needle).map_or(bytes.len(), |n| from + n + needle.len())
}

fn quote_end(bytes: &[u8], at: usize, quote: u8) -> usize {
    let mut at = at + 1;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'\\' && bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2).is_some_and(|b| is_word(*b)) {
            // Not all dialects escape so; what follows tells `it\'s` from a path's last `\`.
            at += 2;
        } else if *byte == quote {
            return at + 1;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|p| text[p.span].trim()).collect()
    }

    #[test]
    fn semicolons_split_only_outside_quotes_and_comments() {
        assert_eq!(
            texts("a ';' ; b -- ; don't\n; c /* ; ' */ ;; # it's;\nd"),
            ["a ';' ;", "b -- ; don't\n;", "c /* ; ' */ ;", "# it's;\nd"]
        );
        assert_eq!(
            texts("f $$ a; b $$; g $x$ ; $$ $x$; 'it\\'s;'; 'C:\\'; z"),
            ["f $$ a; b $$;", "g $x$ ; $$ $x$;", "'it\\'s;';", "'C:\\';", "z"]
        );
    }

    #[test]
    fn batches_shell_commands_and_inline_rows_are_set_apart() {
        assert_eq!(
            texts("\\connect db\na\nGO\nb\n go \nCOPY t FROM stdin;\n1;2'\n\\.\nc"),
            ["a", "b", "COPY t FROM stdin;", "c"]
        );
    }

    #[test]
    fn a_piece_knows_its_first_word_and_its_shape() {
        let piece = &split(" -- x\n ((select 1 from a join b union (((select 2))))) ")[0];
        assert_eq!((piece.head.clone(), piece.depth, piece.joins, piece.unions), (9..15, 5, 1, 1));
        assert_eq!(split("-- nothing\n ; /* here */ "), []);
    }
}
