//! Hides from the SQL parser what is no SQL, keeping every byte's place: unknown parts, templates, parameters.

use std::ops::Range;

use super::jinja;
use super::split::{is_word, skip};

/// A text in which everything that is no SQL is a name or a blank of the same length.
#[derive(Debug)]
pub struct Mask {
    /// The text to parse.
    pub text: String,
    /// It held more than plain SQL.
    pub template: bool,
    /// The tables that templates name where no table can stand: in loops, macros and arguments.
    pub referred: Vec<(String, Range<usize>)>,
    /// The two letters, absent from the text, that every hidden part begins with.
    code: [u8; 2],
    holes: Vec<Hole>,
}

/// A hidden part that stands in the text as a name.
#[derive(Clone, Debug)]
struct Hole {
    span: Range<usize>,
    /// The table it means, if that is known.
    name: Option<String>,
    /// The name of what fills it, if it has one.
    asked: Option<String>,
}

/// Letters that make rare pairs, none of them a word of SQL.
const RARE: &[u8] = b"qzjxvk";
const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

impl Mask {
    /// Hides what is no SQL in `text`.
    pub fn new(text: &str) -> Self {
        let mut painter =
            Painter { bytes: text.as_bytes().to_vec(), code: code(text), holes: Vec::new(), referred: Vec::new() };
        let template = text.contains("{{") || text.contains("{%");
        if template {
            jinja::hide(text, &mut painter);
        }
        if text.starts_with('\u{feff}') {
            painter.blank(0..3);
        }
        painter.braces();
        if text.contains('%') {
            painter.parameters();
        }
        if text.contains(":'") || text.contains(":\"") {
            painter.variables();
        }
        let text = String::from_utf8(painter.bytes).unwrap_or_default();
        Self {
            text,
            template: template || !painter.holes.is_empty(),
            referred: painter.referred,
            code: painter.code.unwrap_or_default(),
            holes: painter.holes,
        }
    }

    /// A name as it was before: hidden parts that are known as what they mean, others as `{}`.
    pub fn restore(&self, name: &str) -> String {
        self.restored(name, &|hole| hole.name.clone().unwrap_or_else(|| "{}".to_owned()))
    }

    /// The same with what fills the hidden parts by name in braces; empty if nothing does.
    pub fn asked(&self, name: &str) -> String {
        let whole = self.restored(name, &|hole| match (&hole.name, &hole.asked) {
            (Some(name), _) => name.clone(),
            (None, Some(asked)) => format!("{{{asked}}}"),
            (None, None) => "{}".to_owned(),
        });
        if whole.contains('{') && !whole.contains("{}") { whole } else { String::new() }
    }

    fn restored(&self, name: &str, of: &dyn Fn(&Hole) -> String) -> String {
        let code = self.code.map(char::from);
        let mut restored = String::with_capacity(name.len());
        let mut rest = name;
        while let Some(at) = rest.find(String::from_iter(code).as_str()) {
            restored.push_str(&rest[..at]);
            rest = &rest[at..];
            match self.hole(rest) {
                Some(hole) => {
                    restored.push_str(&of(hole));
                    rest = &rest[hole.span.len()..];
                }
                None => {
                    restored.push_str("{}");
                    rest = &rest[code.len()..];
                }
            }
        }
        restored + rest
    }

    /// The hole whose stand-in the text begins with.
    fn hole(&self, text: &str) -> Option<&Hole> {
        let digits = text.as_bytes().get(2..4)?;
        let digit = |b: u8| DIGITS.iter().position(|d| *d == b);
        let index = digit(digits[0])? * DIGITS.len() + digit(digits[1])?;
        let hole = self.holes.get(index)?;
        let filler = text.as_bytes().get(4..hole.span.len())?;
        filler.iter().all(|b| *b == b'_').then_some(hole)
    }

    /// Is the whole name a hidden part whose table is known?
    pub fn is_table(&self, name: &str) -> bool {
        self.begins(name) && self.hole(name).is_some_and(|h| h.name.is_some() && h.span.len() == name.len())
    }

    /// A hidden part stands at the start of that text.
    pub fn begins(&self, text: &str) -> bool {
        self.code != [0, 0] && text.as_bytes().starts_with(&self.code)
    }

    /// The known tables hidden in a part of the text, and where.
    pub fn known<'a>(&'a self, within: &'a Range<usize>) -> impl Iterator<Item = (&'a str, Range<usize>)> {
        let inside = self.holes.iter().filter(|h| within.contains(&h.span.start));
        inside.filter_map(|h| Some((h.name.as_deref()?, h.span.clone())))
    }
}

/// A text's bytes while parts of them are hidden.
pub struct Painter {
    /// The bytes.
    pub bytes: Vec<u8>,
    code: Option<[u8; 2]>,
    holes: Vec<Hole>,
    referred: Vec<(String, Range<usize>)>,
}

impl Painter {
    /// Blanks a part, its line breaks kept.
    pub fn blank(&mut self, span: Range<usize>) {
        for byte in self.bytes.get_mut(span).into_iter().flatten() {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }

    /// Notes that a part names a table.
    pub fn refer(&mut self, span: Range<usize>, name: String) {
        self.referred.push((name, span));
    }

    /// Makes a part a name.
    pub fn hole(&mut self, span: Range<usize>, name: Option<String>) {
        self.asked_hole(span, name, None);
    }

    /// The same, of a part that goes by a name.
    pub fn asked_hole(&mut self, span: Range<usize>, name: Option<String>, asked: Option<String>) {
        let index = self.holes.len();
        let Some(code) = self.code.filter(|_| span.len() >= 2 && index < DIGITS.len() * DIGITS.len()) else {
            return self.blank(span);
        };
        self.blank(span.clone());
        let Some(part) = self.bytes.get_mut(span.clone()) else { return };
        part.fill(b'_');
        part[..2].copy_from_slice(&code);
        if part.len() >= 4 {
            part[2] = DIGITS[index / DIGITS.len()];
            part[3] = DIGITS[index % DIGITS.len()];
            self.holes.push(Hole { span, name, asked });
        }
    }

    /// `{}`, `{name}` and `${name}`.
    fn braces(&mut self) {
        let mut at = 0;
        while let Some(found) = self.bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'{')) {
            let open = at + found;
            let inner = self.bytes[open + 1..].iter().take_while(|b| is_word(**b) || **b == b'.').count();
            at = open + 1 + inner;
            let named = inner == 0 || !self.bytes[open + 1].is_ascii_digit() || inner == 1;
            if named && self.bytes.get(at) == Some(&b'}') {
                let start = open - usize::from(open > 0 && self.bytes[open - 1] == b'$');
                let asked = self.bytes.get(open + 1..at).and_then(|inner| std::str::from_utf8(inner).ok());
                let asked = asked.filter(|inner| !inner.is_empty()).map(str::to_owned);
                self.asked_hole(start..at + 1, None, asked);
            }
        }
    }

    /// `%s`, `%(name)s` and `%%`, as database drivers know them.
    fn parameters(&mut self) {
        let mut at = 0;
        while at < self.bytes.len() {
            if let Some((end, _)) = skip(&self.bytes, at) {
                at = end;
            } else if self.bytes[at] == b'%' {
                at = self.parameter(at).max(at + 1);
            } else {
                at += 1;
            }
        }
    }

    /// `:'name'` and `:"name"`, as psql knows them: a text, or a name.
    fn variables(&mut self) {
        let mut at = 0;
        while at < self.bytes.len() {
            if let Some((end, _)) = skip(&self.bytes, at) {
                at = end;
                continue;
            }
            let before = at.checked_sub(1).map_or(b' ', |before| self.bytes[before]);
            let opens = matches!(before, b'=' | b'(' | b',' | b'<' | b'>') || before.is_ascii_whitespace();
            if self.bytes[at] == b':' && opens && matches!(self.bytes.get(at + 1), Some(b'\'' | b'"')) {
                self.bytes[at] = b' ';
            }
            at += 1;
        }
    }

    /// Hides the parameter that begins there; where it ends.
    fn parameter(&mut self, at: usize) -> usize {
        let rest = &self.bytes[at + 1..];
        let length = match rest.first() {
            Some(b'%') => {
                self.blank(at + 1..at + 2);
                return at + 2;
            }
            Some(b's') => 2,
            Some(b'(') => {
                let inner = rest[1..].iter().take_while(|b| is_word(**b)).count();
                if rest.get(inner + 1..inner + 3) != Some(b")s") {
                    return at;
                }
                inner + 4
            }
            _ => return at,
        };
        if self.bytes.get(at + length).is_some_and(|b| is_word(*b)) {
            return at;
        }
        if at > 0 && is_word(self.bytes[at - 1]) {
            self.hole(at..at + length, None);
        } else if self.bytes[..at].trim_ascii_end().last_chunk::<6>().is_some_and(|w| w.eq_ignore_ascii_case(b"values"))
        {
            // All rows at once: `VALUES %s`.
            self.blank(at..at + length);
            self.bytes[at] = b'(';
            self.bytes[at + length - 1] = b')';
        } else {
            self.bytes[at..at + length].fill(b'1');
        }
        at + length
    }
}

/// A pair of letters that the text does not hold.
fn code(text: &str) -> Option<[u8; 2]> {
    let mut seen = [[false; 256]; 256];
    for pair in text.as_bytes().windows(2) {
        seen[usize::from(pair[0].to_ascii_lowercase())][usize::from(pair[1].to_ascii_lowercase())] = true;
    }
    let pairs = RARE.iter().flat_map(|a| RARE.iter().map(move |b| [*a, *b]));
    pairs.filter(|[a, b]| a != b).find(|[a, b]| !seen[usize::from(*a)][usize::from(*b)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_parts_keep_their_length_and_come_back() {
        let text = "\u{feff}select é from odds_{}_new, ${project}.x, {{ ref('a') }} -- {% if é %}";
        let mask = Mask::new(text);
        assert_eq!(mask.text.len(), text.len());
        let names: Vec<String> = mask.text.split([' ', ',']).map(|w| mask.restore(w)).collect();
        assert!(["odds_{}_new", "{}.x", "a"].iter().all(|n| names.iter().any(|w| w == n)), "{names:?}");
        assert_eq!(mask.known(&(0..text.len())).map(|(n, _)| n).collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn parameters_become_numbers_outside_quotes() {
        let mask = Mask::new("a = %s, '%s', %(name)s, t_%s, b %% 2, c %size");
        assert_eq!(&mask.text[..22], "a = 11, '%s', 11111111");
        assert!(mask.text.ends_with("b %  2, c %size"), "{}", mask.text);
        assert_eq!(mask.restore(&mask.text[24..28]), "t_{}");
        assert_eq!(Mask::new("insert into t (a) values %s").text, "insert into t (a) values ()");
    }
}
