//! Fields that a command line or a settings file fills: clap's and serde's derives.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Field, Ident, Lit, Meta, Token, UnOp};

use super::{Lowering, at, word};
use crate::fact::{Scalar, Setting, SettingKind, Text};
use crate::source::Span;

/// Names of types that are filled from a settings file end so.
const SETTINGS: [&str; 5] = ["Config", "Settings", "Args", "Options", "Params"];

impl Lowering {
    /// Notes the fields of a type that is filled from outside.
    pub(super) fn settings<'f>(
        &mut self,
        attributes: &[Attribute],
        name: &Ident,
        fields: impl Iterator<Item = &'f Field>,
    ) {
        let Some(kind) = kind(attributes, &word(name)) else { return };
        for field in fields {
            let Some(ident) = &field.ident else { continue };
            if is_no_setting(&field.attrs) {
                continue;
            }
            let span = at(ident.span());
            let (value, value_span) = default(&field.attrs).unwrap_or((Scalar::Nothing, span));
            let keys = vec![word(ident)];
            self.facts.settings.push(Setting { keys, value, span, value_span, repeats: None, shared: false, kind });
        }
    }
}

/// How a type is filled, told by what it derives.
fn kind(attributes: &[Attribute], name: &str) -> Option<SettingKind> {
    if derives(attributes, &["Parser", "Args", "Subcommand", "StructOpt"]) {
        Some(SettingKind::Option)
    } else if derives(attributes, &["Deserialize"]) && SETTINGS.iter().any(|end| name.ends_with(end)) {
        Some(SettingKind::Field)
    } else {
        None
    }
}

fn derives(attributes: &[Attribute], names: &[&str]) -> bool {
    let derived = attributes
        .iter()
        .filter(|a| a.path().is_ident("derive"))
        .filter_map(|a| a.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated).ok());
    derived.flatten().any(|path| path.segments.last().is_some_and(|last| names.iter().any(|n| last.ident == n)))
}

/// The entries of a field's attributes: `long`, `default_value = "x"`.
fn entries(attributes: &[Attribute]) -> impl Iterator<Item = Meta> {
    attributes.iter().filter_map(|a| a.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()).flatten()
}

/// Subcommands and flattened structs hold settings, skipped fields are none.
fn is_no_setting(attributes: &[Attribute]) -> bool {
    entries(attributes).any(|entry| {
        ["subcommand", "command_subcommand", "flatten", "skip", "skip_deserializing"]
            .iter()
            .any(|word| entry.path().is_ident(word))
    })
}

/// The literal that a field is filled with by default.
fn default(attributes: &[Attribute]) -> Option<(Scalar, Span)> {
    entries(attributes).find_map(|entry| {
        let Meta::NameValue(entry) = entry else { return None };
        let named = ["default_value", "default_value_t"].iter().any(|word| entry.path.is_ident(word));
        named.then(|| scalar(&entry.value)).flatten()
    })
}

fn scalar(value: &Expr) -> Option<(Scalar, Span)> {
    match value {
        Expr::Lit(of) => Some((literal(&of.lit)?, at(of.lit.span()))),
        Expr::Unary(of) if matches!(of.op, UnOp::Neg(_)) => {
            let (value, span) = scalar(&of.expr)?;
            let negative = match value {
                Scalar::Int(int) => Scalar::Int(int.checked_neg()?),
                Scalar::Float(float) => Scalar::Float(-float),
                _ => return None,
            };
            Some((negative, span))
        }
        _ => None,
    }
}

fn literal(literal: &Lit) -> Option<Scalar> {
    match literal {
        Lit::Str(text) => Some(Scalar::Text(Text::from(&text.value()))),
        Lit::Int(int) => int.base10_parse().ok().map(Scalar::Int),
        Lit::Float(float) => float.base10_parse().ok().map(Scalar::Float),
        Lit::Bool(value) => Some(Scalar::Bool(value.value)),
        _ => None,
    }
}
