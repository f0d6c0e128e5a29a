//! What must be known of a Rust file's tokens before they are parsed: how deeply they nest, where literals stand.

use proc_macro2::{Delimiter, TokenStream, TokenTree, token_stream};

use super::at;
use crate::source::Span;

/// Brackets and unbroken runs of tokens nest no deeper than this in code that people write.
const LIMIT: usize = 8000;

/// A level of brackets costs the parser about as much as this many tokens in a run.
const BRACKET: usize = 12;

/// Stack that the parser may need for one token of a run, in bytes; frames of unoptimised code are larger.
const FRAME: usize = if cfg!(debug_assertions) { 96 * 1024 } else { 24 * 1024 };

/// How deeply a parser may recurse over some tokens: operators, `else` and prefixes nest as brackets do.
#[derive(Clone, Copy)]
pub struct Depth(usize);

impl Depth {
    /// Measures tokens, on a stack of its own making.
    pub fn of(tokens: &TokenStream) -> Self {
        let mut deepest = 0;
        let mut levels = vec![Level::new(tokens.clone(), 0)];
        while let Some(level) = levels.last_mut() {
            let Some(token) = level.rest.next() else {
                levels.pop();
                continue;
            };
            level.count(&token);
            let here = level.above + level.run;
            deepest = deepest.max(here);
            if deepest > LIMIT {
                break;
            }
            if let TokenTree::Group(group) = token {
                levels.push(Level::new(group.stream(), here + BRACKET));
            }
        }
        Self(deepest)
    }

    /// Is it deeper than the parser is let go?
    pub fn is_too_deep(self) -> bool {
        self.0 > LIMIT
    }

    /// The stack in bytes on which parsing, lowering and dropping are safe.
    pub fn stack(self) -> usize {
        2 * 1024 * 1024 + self.0 * FRAME
    }
}

struct Level {
    rest: token_stream::IntoIter,
    above: usize,
    run: usize,
    /// A braced group was the last token: unless `else` follows, the statement is over.
    braced: bool,
    /// `#` or `#!` was: brackets that follow are an attribute, and those do not nest.
    hashed: bool,
}

impl Level {
    fn new(tokens: TokenStream, above: usize) -> Self {
        Self { rest: tokens.into_iter(), above, run: 0, braced: false, hashed: false }
    }

    fn count(&mut self, token: &TokenTree) {
        if std::mem::take(&mut self.braced) && !matches!(token, TokenTree::Ident(word) if word == "else") {
            self.run = 0;
        }
        let hashed = std::mem::take(&mut self.hashed);
        match token {
            TokenTree::Punct(mark) if matches!(mark.as_char(), ',' | ';') => self.run = 0,
            TokenTree::Punct(mark) if mark.as_char() == '#' || (hashed && mark.as_char() == '!') => self.hashed = true,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket && hashed => {}
            TokenTree::Group(group) => {
                self.run += 1;
                self.braced = group.delimiter() == Delimiter::Brace;
            }
            _ => self.run += 1,
        }
    }
}

/// The comments that could hold an ignore note: `//` outside of literals, to the end of the line.
pub fn comments(text: &str, tokens: &TokenStream) -> Vec<Span> {
    if !text.contains("mldebt:") {
        return Vec::new();
    }
    let literals = literals(tokens);
    let quoted = |offset: usize| {
        let after = literals.partition_point(|span| span.start as usize <= offset);
        after.checked_sub(1).and_then(|i| literals.get(i)).is_some_and(|span| offset < span.end as usize)
    };
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some((slashes, _)) = line.match_indices("//").find(|(i, _)| !quoted(start + i)) {
            found.push(Span::new(start + slashes, start + line.trim_end().len()));
        }
        start += line.len();
    }
    found
}

/// Literals in source order, doc comments among them.
fn literals(tokens: &TokenStream) -> Vec<Span> {
    let mut found = Vec::new();
    let mut levels = vec![tokens.clone().into_iter()];
    while let Some(level) = levels.last_mut() {
        match level.next() {
            None => drop(levels.pop()),
            Some(TokenTree::Group(group)) => levels.push(group.stream().into_iter()),
            Some(TokenTree::Literal(literal)) => found.push(at(literal.span())),
            Some(_) => {}
        }
    }
    found
}
