//! Macro calls: their arguments as expressions, their format strings as parts.

use proc_macro2::{TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitStr, Macro, Token};

use super::expression::Gathered;
use super::names::segments;
use super::{Lowering, Made, across, at, plain};
use crate::fact::{OpKind, Role, Text, Val};
use crate::source::Span;

impl Lowering {
    /// A macro call is a call of `name!`; the language's own formatting and lists are what they make.
    pub(super) fn macro_call(&mut self, call: &Macro) -> Made {
        let from = super::names::place(&call.path);
        let span = across(from, at(call.delimiter.span().close()));
        let arguments = arguments(call);
        let mut path = segments(&call.path);
        let name = path.pop().unwrap_or_default();
        let gathered = self.macro_operands(&arguments);
        let value = match name.as_str() {
            "format" | "format_args" => match gathered.as_slice() {
                [only, ..] => only.value,
                [] => self.emit(OpKind::Unknown, span),
            },
            "concat" => {
                let operands = self.operands(&gathered);
                self.emit(OpKind::Format(operands), span)
            }
            "vec" => {
                let operands = self.operands(&gathered);
                self.emit(OpKind::List(operands), span)
            }
            _ => {
                path.push(Text::from(&format!("{name}!")));
                let dotted = path.iter().map(|t| t.as_str()).collect::<Vec<_>>().join(".");
                let function = self.emit(OpKind::Path(Text::from(&dotted)), from);
                let operands = self.operands(&gathered);
                self.emit(OpKind::Call(function, operands), span)
            }
        };
        if matches!(name.as_str(), "panic" | "unreachable" | "todo" | "unimplemented") {
            return self.leave(span);
        }
        (value, span)
    }

    /// The arguments' values; those behind a format string are its parts.
    fn macro_operands(&mut self, arguments: &[Expr]) -> Gathered {
        let mut gathered = Gathered::new();
        for (index, argument) in arguments.iter().enumerate() {
            if let Some(format) = format_string(argument) {
                let rest = arguments.get(index + 1..).unwrap_or_default();
                gathered.push(plain(self.format(format, rest)));
                return gathered;
            }
            gathered.push(self.argument(argument));
        }
        gathered
    }

    fn format(&mut self, format: &LitStr, arguments: &[Expr]) -> Val {
        let values: Vec<(Option<Text>, Val)> = arguments
            .iter()
            .map(|argument| match self.argument(argument) {
                operand if matches!(operand.role, Role::Plain) => (None, operand.value),
                operand => match operand.role {
                    Role::Named(name) => (Some(name), operand.value),
                    _ => (None, operand.value),
                },
            })
            .collect();
        let span = at(format.span());
        let mut next = 0;
        let mut gathered = Gathered::new();
        for piece in pieces(&format.value()) {
            let value = match piece {
                Piece::Text(text) => self.text(&text, span),
                Piece::Next => {
                    next += 1;
                    self.filled(values.get(next - 1), span)
                }
                Piece::At(index) => self.filled(values.get(index), span),
                Piece::Named(name) => match values.iter().find(|(known, _)| *known == Some(name)) {
                    Some((_, value)) => *value,
                    None => self.name(name, span),
                },
            };
            gathered.push(plain(value));
        }
        let operands = self.operands(&gathered);
        self.emit(OpKind::Format(operands), span)
    }

    fn filled(&mut self, value: Option<&(Option<Text>, Val)>, span: Span) -> Val {
        match value {
            Some((_, value)) => *value,
            None => self.emit(OpKind::Unknown, span),
        }
    }
}

/// A literal that has holes, or that may: a macro's first text.
fn format_string(argument: &Expr) -> Option<&LitStr> {
    match argument {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().contains('{') => Some(text),
        _ => None,
    }
}

/// A piece of a format string.
#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    Next,
    At(usize),
    Named(Text),
}

/// `a{}b{0}{name:>8}{{` as a, the next argument, b, the first one, the one called `name`, `{`.
fn pieces(format: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.peek() == Some(&c) => {
                chars.next();
                text.push(c);
            }
            '{' => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                let hole: String = chars.by_ref().take_while(|c| *c != '}').collect();
                let name = hole.split(':').next().unwrap_or_default().trim();
                pieces.push(match name.parse() {
                    _ if name.is_empty() => Piece::Next,
                    Ok(index) => Piece::At(index),
                    Err(_) => Piece::Named(Text::from(name)),
                });
            }
            _ => text.push(c),
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// A macro's arguments where they read as expressions; else whatever expressions stand between its marks.
fn arguments(call: &Macro) -> Vec<Expr> {
    match call.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) {
        Ok(list) => list.into_iter().collect(),
        Err(_) => {
            let mut found = Vec::new();
            between(call.tokens.clone(), &mut found);
            found
        }
    }
}

fn between(tokens: TokenStream, found: &mut Vec<Expr>) {
    let mut piece: Vec<TokenTree> = Vec::new();
    for token in tokens {
        match &token {
            TokenTree::Punct(mark) if is_separator(&piece, mark.as_char(), mark.spacing()) => take(&mut piece, found),
            _ => piece.push(token),
        }
    }
    take(&mut piece, found);
}

/// `,`, `;`, a lone `:` and the `>` of `=>`.
fn is_separator(before: &[TokenTree], mark: char, spacing: proc_macro2::Spacing) -> bool {
    let after = |c: char| matches!(before.last(), Some(TokenTree::Punct(p)) if p.as_char() == c);
    match mark {
        ',' | ';' => true,
        ':' => spacing == proc_macro2::Spacing::Alone && !after(':'),
        '>' => after('='),
        _ => false,
    }
}

fn take(piece: &mut Vec<TokenTree>, found: &mut Vec<Expr>) {
    if matches!(piece.last(), Some(TokenTree::Punct(mark)) if mark.as_char() == '=') {
        piece.pop();
    }
    let piece = std::mem::take(piece);
    if piece.is_empty() {
        return;
    }
    match syn::parse2::<Expr>(piece.iter().cloned().collect()) {
        Ok(expression) => found.push(expression),
        Err(_) => {
            for token in piece {
                if let TokenTree::Group(group) = token {
                    between(group.stream(), found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_string_falls_into_texts_and_holes() {
        let expected =
            [Piece::Text("a".into()), Piece::Next, Piece::Text("b{".into()), Piece::At(0), Piece::Named("name".into())];
        assert_eq!(pieces("a{:?}b{{{0}{name:>8}"), expected);
        assert_eq!(pieces("{"), [Piece::Next]);
    }
}
