//! Hides Jinja: templates are never rendered, one way through them is kept.

use std::ops::Range;

use super::mask::Painter;
use super::split::skip;

/// Blocks whose bodies are no statements of this file.
const APART: &[&str] = &["macro", "test", "data_test", "docs", "materialization", "call"];

/// Hides all Jinja of `text`.
pub fn hide(text: &str, painter: &mut Painter) {
    let mut hider = Hider { text, painter, blocks: Vec::new(), hidden: 0, statement: 0, seen: 0 };
    let mut at = 0;
    while let Some(part) = next(text, at) {
        at = part.span.end;
        hider.part(&part);
    }
    while let Some(block) = hider.blocks.pop() {
        hider.close(&block, text.len());
    }
}

/// A piece of Jinja: its first two characters tell what it is.
struct Part<'a> {
    span: Range<usize>,
    kind: u8,
    content: &'a str,
}

fn next(text: &str, from: usize) -> Option<Part<'_>> {
    let bytes = text.as_bytes();
    let starts = bytes.get(from..)?.windows(2);
    let start = from + starts.into_iter().position(|w| w[0] == b'{' && matches!(w[1], b'{' | b'%' | b'#'))?;
    let kind = bytes[start + 1];
    let close = if kind == b'{' { b'}' } else { kind };
    let mut quote = None;
    let mut at = start + 2;
    while at + 1 < bytes.len() {
        match (quote, bytes[at]) {
            (None, b) if b == close && bytes[at + 1] == b'}' => {
                let content = text.get(start + 2..at)?.trim_matches(|c: char| c.is_whitespace() || "-+".contains(c));
                return Some(Part { span: start..at + 2, kind, content });
            }
            (Some(q), b) if b == q => quote = None,
            (None, b @ (b'\'' | b'"')) if kind != b'#' => quote = Some(b),
            _ => {}
        }
        at += 1;
    }
    None
}

struct Block {
    word: String,
    /// Where the part of it that is not kept begins.
    hides: Option<usize>,
    /// One of its arms was kept.
    kept: bool,
}

struct Hider<'a> {
    text: &'a str,
    painter: &'a mut Painter,
    blocks: Vec<Block>,
    /// How many open blocks hide what now comes.
    hidden: usize,
    /// Between the last `;` and here stands nothing but blanks and comments.
    statement: usize,
    /// Up to here the last `;` was looked for.
    seen: usize,
}

impl Hider<'_> {
    fn part(&mut self, part: &Part<'_>) {
        let span = part.span.clone();
        if part.kind != b'#' && (self.hidden > 0 || part.kind == b'%' || table(part.content).is_none()) {
            calls(part.content).for_each(|name| self.painter.refer(span.clone(), name));
        }
        match part.kind {
            b'{' if self.hidden == 0 => self.expression(part),
            b'%' => {
                self.painter.blank(span.clone());
                self.tag(part.content, &span);
            }
            _ => self.painter.blank(span),
        }
    }

    fn expression(&mut self, part: &Part<'_>) {
        let span = part.span.clone();
        let separator = part.content.contains(" if not loop.");
        match table(part.content) {
            Some(name) => self.painter.hole(span, Some(name)),
            None if separator || part.content.is_empty() || self.stands_alone(span.start) => {
                self.painter.blank(span.clone());
                self.statement = self.statement.max(span.end);
            }
            None => {
                let plain = part.content.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.".contains(&b));
                let asked = plain.then(|| part.content.to_owned());
                self.painter.asked_hole(span, None, asked);
            }
        }
    }

    /// No statement has begun yet.
    fn stands_alone(&mut self, at: usize) -> bool {
        let new = self.seen.max(self.statement).min(at);
        if let Some(end) = self.text.as_bytes()[new..at].iter().rposition(|b| *b == b';') {
            self.statement = new + end + 1;
        }
        self.seen = at;
        while self.statement < at {
            match skip(&self.painter.bytes, self.statement) {
                Some((end, true)) => self.statement = end,
                _ if self.painter.bytes[self.statement].is_ascii_whitespace() => self.statement += 1,
                _ => return false,
            }
        }
        true
    }

    fn tag(&mut self, content: &str, span: &Range<usize>) {
        let (word, rest) = content.split_once(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or((content, ""));
        match word {
            // Of a loop one round is kept, and that is the last.
            "if" => self.open(word, span.end, rest.trim_start().starts_with("not loop.")),
            "for" => self.open(word, span.end, false),
            "set" => {
                if !rest.contains('=') {
                    self.open(word, span.end, true);
                }
            }
            "elif" | "else" => self.other(span),
            _ if APART.contains(&word) => self.open(word, span.end, true),
            _ => {
                let ends = word.strip_prefix("end");
                if let Some(block) = self.blocks.pop_if(|b| Some(b.word.as_str()) == ends) {
                    self.close(&block, span.start);
                }
            }
        }
    }

    fn open(&mut self, word: &str, at: usize, hides: bool) {
        self.hidden += usize::from(hides);
        self.blocks.push(Block { word: word.to_owned(), hides: hides.then_some(at), kept: !hides });
    }

    /// Another arm: kept if none was.
    fn other(&mut self, span: &Range<usize>) {
        let Some(mut block) = self.blocks.pop() else { return };
        if block.hides.is_none() {
            self.hidden += 1;
            block.hides = Some(span.end);
        } else if !block.kept {
            self.close(&block, span.start);
            (block.hides, block.kept) = (None, true);
        }
        self.blocks.push(block);
    }

    fn close(&mut self, block: &Block, at: usize) {
        let Some(start) = block.hides else { return };
        self.hidden -= 1;
        if self.hidden == 0 {
            self.painter.blank(start..at);
        }
    }
}

/// The table that `ref('x')` or `source('s', 't')` means.
pub fn table(expression: &str) -> Option<String> {
    let (function, rest) = expression.split_once('(')?;
    let names = names(rest.split_once(')')?.0);
    match (function.trim(), names.as_slice()) {
        ("ref", [.., name]) => Some((*name).to_owned()),
        ("source", [source, table]) => Some(format!("{source}.{table}")),
        _ => None,
    }
}

/// The name that a file's own settings give to its table: `config(alias='x')`; and where.
pub fn alias(text: &str) -> Option<(String, Range<usize>)> {
    let mut at = 0;
    while let Some(part) = next(text, at) {
        at = part.span.end;
        let said = part.content.strip_prefix("config").filter(|_| part.kind == b'{').map(str::trim_start);
        let Some(inside) = said.and_then(|said| said.strip_prefix('(')) else { continue };
        let arguments = inside.trim_end_matches(')').split(',').filter_map(|argument| argument.split_once('='));
        let mut own = arguments.filter(|(key, _)| key.trim() == "alias").map(|(_, value)| value.trim());
        let name = own.next().map(|value| value.trim_matches(['"', '\'']).to_lowercase());
        if let Some(name) = name.filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')) {
            return Some((name, part.span));
        }
    }
    None
}

/// The tables that an expression names somewhere in it: `union([ref('a'), ref('b')])`.
fn calls(expression: &str) -> impl Iterator<Item = String> {
    let starts = ["ref(", "source("].into_iter().flat_map(|call| expression.match_indices(call));
    let whole = |at: usize| !expression[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    starts.filter(move |(at, _)| whole(*at)).filter_map(|(at, _)| table(&expression[at..]))
}

/// The quoted arguments of a call; keywords are left out, and if another is not quoted, nothing is known.
fn names(arguments: &str) -> Vec<&str> {
    let plain = arguments.split(',').map(str::trim).filter(|a| !a.contains('='));
    let quoted = |a: &'_ str| a.len() > 2 && a.starts_with(['\'', '"']) && a.ends_with(['\'', '"']);
    let all: Vec<&str> = plain.collect();
    if all.iter().all(|a| quoted(a)) { all.iter().map(|a| &a[1..a.len() - 1]).collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::super::mask::Mask;
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mask = Mask::new(text);
        assert_eq!(mask.text.len(), text.len());
        mask.text.split_whitespace().map(|w| mask.restore(w)).collect()
    }

    #[test]
    fn the_first_arm_is_kept() {
        assert_eq!(words("a {% if x %} b {% elif y %} c {% else %} d {% endif %} e"), ["a", "b", "e"]);
        assert_eq!(words("{% for x in y %}a{% if not loop.last %},{% else %};{% endif %}{% endfor %}"), ["a", ";"]);
        assert_eq!(words("a{{ ',' if not loop.last }} {# b #} {%- set x = 1 -%} {% set y %} c {% endset %}"), ["a"]);
    }

    #[test]
    fn bodies_of_macros_and_expressions_between_statements_are_blank() {
        assert_eq!(words("{% macro m(a) %} select {% if a %} 1 {% endif %} {% endmacro %} x"), ["x"]);
        assert_eq!(
            words("-- it's\n{{ config(a='}}') }} {{ log('x') }} a {{ b }}; {{ c() }} d"),
            ["--", "it's", "a", "{};", "d"]
        );
        assert_eq!(words("{% if x %} open").len(), 1);
        assert_eq!(words("{{ open").len(), 2);
    }

    #[test]
    fn tables_are_found_within_expressions() {
        let mask = Mask::new(
            "{% set a = ref('x') %}{{ m.union([ref('y'), source('s', 't'), my_ref('n')]) }}{# ref('z') #} {{ ref('w') }}",
        );
        let names: Vec<&str> = mask.referred.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["x", "y", "s.t"]);
    }

    #[test]
    fn refs_and_sources_are_tables() {
        assert_eq!(table("ref('a')"), Some("a".to_owned()));
        assert_eq!(table("ref(\"p\", \"a\", v=2)"), Some("a".to_owned()));
        assert_eq!(table("source('s', 't')"), Some("s.t".to_owned()));
        assert_eq!(table("ref(name)"), None);
    }
}
