//! What a file's tokens mention where no expression stands: constants in types, features in attributes, fields in
//! the macros that it defines.

use proc_macro2::{TokenStream, TokenTree, token_stream};
use rustc_hash::FxHashSet;
use syn::LitStr;
use syn::parse::Parser;

use super::{Lowering, at, word};
use crate::fact::{OpKind, Text};
use crate::source::Span;

/// A word that is mentioned.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Word {
    /// A constant's name.
    Constant(Text),
    /// A field that a macro of the file reads.
    Field(Text),
    /// A feature that a condition names.
    Feature(Text),
}

/// Tokens of one pair of brackets, and those that came last.
struct Level {
    rest: token_stream::IntoIter,
    /// They are a macro's own text.
    own: bool,
    before: Option<TokenTree>,
    earlier: Option<TokenTree>,
}

/// The words that a file mentions, each once, in source order.
pub(super) fn all(tokens: &TokenStream) -> Vec<(Word, Span)> {
    let mut found = Vec::new();
    let mut known: FxHashSet<Word> = FxHashSet::default();
    let level = |stream: TokenStream, own| Level { rest: stream.into_iter(), own, before: None, earlier: None };
    let mut levels = vec![level(tokens.clone(), false)];
    let mut macros = false;
    while let Some(here) = levels.last_mut() {
        let Some(token) = here.rest.next() else {
            levels.pop();
            continue;
        };
        let mention = here.mention(&token);
        found.extend(mention.filter(|w| known.insert(*w)).map(|word| (word, at(token.span()))));
        let own = here.own;
        macros |= is_word(Some(&token), "macro_rules");
        here.earlier = here.before.replace(token.clone());
        if let TokenTree::Group(group) = token {
            levels.push(level(group.stream(), own || std::mem::take(&mut macros)));
        }
    }
    found
}

impl Level {
    fn mention(&self, token: &TokenTree) -> Option<Word> {
        let before = self.before.as_ref();
        match token {
            TokenTree::Ident(ident) => {
                let name = word(ident);
                let defined = ["const", "static", "mut"].iter().any(|w| is_word(before, w));
                if !defined && is_constant(&name) {
                    return Some(Word::Constant(name));
                }
                (self.own && is_mark(before, '.')).then_some(Word::Field(name))
            }
            TokenTree::Literal(literal) => {
                let asked = is_mark(before, '=') && is_word(self.earlier.as_ref(), "feature");
                let text = |stream: TokenStream| <LitStr as syn::parse::Parse>::parse.parse2(stream).ok();
                let text = asked.then(|| text(TokenTree::Literal(literal.clone()).into())).flatten()?;
                Some(Word::Feature(Text::from(&text.value())))
            }
            _ => None,
        }
    }
}

fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

fn is_mark(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

fn is_constant(name: &str) -> bool {
    name.len() > 2 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

impl Lowering {
    /// Notes in the module's body what its tokens mention.
    pub(super) fn mention(&mut self, words: &[(Word, Span)]) {
        for (word, span) in words {
            match word {
                Word::Constant(name) => {
                    self.emit(OpKind::Global(*name), *span);
                }
                Word::Field(name) => {
                    let object = self.emit(OpKind::Unknown, *span);
                    self.emit(OpKind::Attr(object, *name), *span);
                }
                Word::Feature(name) => {
                    self.emit(OpKind::Str(*name), *span);
                }
            }
        }
    }
}
