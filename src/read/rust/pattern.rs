//! Patterns: the names that they bind, and the parts of the subject that these are.

use syn::{Expr, Lit, Member, Pat};

use super::names::segments;
use super::{Lowering, at, word};
use crate::fact::{Comparison, OpKind, Text, Val};
use crate::source::Span;

impl Lowering {
    /// Binds the names of a pattern up to the end of the block around.
    pub(super) fn pattern(&mut self, pattern: &Pat, value: Val) {
        match pattern {
            Pat::Ident(of) => {
                let name = word(&of.ident);
                if let Some((_, inner)) = &of.subpat {
                    self.pattern(inner, value);
                }
                // `None`, `MAX`: a capital names a variant or a constant.
                if of.subpat.is_some() || !name.starts_with(char::is_uppercase) {
                    self.declare(name, value);
                }
            }
            Pat::Type(of) => self.pattern(&of.pat, value),
            Pat::Reference(of) => self.pattern(&of.pat, value),
            Pat::Paren(of) => self.pattern(&of.pat, value),
            Pat::Or(of) => of.cases.iter().for_each(|case| self.pattern(case, value)),
            Pat::Guard(of) => {
                self.pattern(&of.pat, value);
                self.expression(&of.guard);
            }
            Pat::Tuple(of) => self.parts(of.elems.iter(), value),
            Pat::Slice(of) => {
                for inner in &of.elems {
                    let element = self.emit(OpKind::Element(value), Span::default());
                    self.pattern(inner, element);
                }
            }
            Pat::TupleStruct(of) => self.variant(&segments(&of.path), of.elems.iter(), value),
            Pat::Struct(of) => {
                for field in &of.fields {
                    let held = self.emit(OpKind::Attr(value, member(&field.member)), Span::default());
                    self.pattern(&field.pat, held);
                }
            }
            _ => {}
        }
    }

    /// The parts of a tuple; those of a literal one are its elements themselves.
    fn parts<'p>(&mut self, patterns: impl ExactSizeIterator<Item = &'p Pat>, value: Val) {
        let known = match self.facts.op(value).kind {
            OpKind::Tuple(operands) if operands.len as usize == patterns.len() => Some(operands),
            _ => None,
        };
        for (index, inner) in patterns.enumerate() {
            let part = known.and_then(|operands| self.facts.operands(operands).get(index).map(|o| o.value));
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let part = part.unwrap_or_else(|| self.emit(OpKind::Part(value, index), Span::default()));
            self.pattern(inner, part);
        }
    }

    /// `Some(x)` and `Ok(x)` stand for what they hold, as `?` does; other variants hold fields.
    fn variant<'p>(&mut self, path: &[Text], patterns: impl Iterator<Item = &'p Pat>, value: Val) {
        let name = path.last().copied().unwrap_or_default();
        for (index, inner) in patterns.enumerate() {
            let held = match name.as_str() {
                "Some" | "Ok" => value,
                "Err" => self.emit(OpKind::Unknown, Span::default()),
                _ => self.emit(OpKind::Attr(value, Text::from(&index.to_string())), Span::default()),
            };
            self.pattern(inner, held);
        }
    }

    /// Whether a subject fits a pattern, as a value.
    pub(super) fn fits(&mut self, pattern: &Pat, subject: Val, span: Span) -> Val {
        let expected = match pattern {
            Pat::Guard(of) => return self.fits(&of.pat, subject, span),
            Pat::Lit(of) => self.literal(&of.lit, at(of.lit.span())),
            Pat::Path(of) => self.path(&of.path),
            _ => return self.emit(OpKind::Unknown, span),
        };
        self.emit(OpKind::Compare(Comparison::Equal, subject, expected), span)
    }

    /// The value of a literal.
    pub(super) fn literal(&mut self, literal: &Lit, span: Span) -> Val {
        let kind = match literal {
            Lit::Str(text) => return self.text(&text.value(), span),
            Lit::Char(char) => OpKind::Str(Text::from(char.value().encode_utf8(&mut [0; 4]))),
            Lit::Int(int) => int.base10_parse().map_or(OpKind::Unknown, OpKind::Int),
            Lit::Float(float) => float.base10_parse::<f64>().map_or(OpKind::Unknown, |f| OpKind::Float(f.to_bits())),
            Lit::Bool(value) => OpKind::Bool(value.value),
            _ => OpKind::Unknown,
        };
        self.emit(kind, span)
    }

    pub(super) fn text(&mut self, text: &str, span: Span) -> Val {
        let kind = if text.len() > super::TEXT_LIMIT { OpKind::Unknown } else { OpKind::Str(Text::from(text)) };
        self.emit(kind, span)
    }
}

/// The name of a field, or its number.
pub(super) fn member(member: &Member) -> Text {
    match member {
        Member::Named(name) => word(name),
        Member::Unnamed(index) => Text::from(&index.index.to_string()),
    }
}

/// The local name that an expression is: behind `&`, `?`, `.await` and parentheses.
pub(super) fn bare_name(expression: &Expr) -> Option<Text> {
    match expression {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident().map(word),
        Expr::Reference(of) => bare_name(&of.expr),
        Expr::Paren(of) => bare_name(&of.expr),
        Expr::Try(of) => bare_name(&of.expr),
        Expr::Await(of) => bare_name(&of.base),
        _ => None,
    }
}
