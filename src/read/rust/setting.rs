//! Fields that a command line or a settings file fills: clap's and serde's derives.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Field, Lit, Meta, Token, UnOp};

use super::{Lowering, at, word};
use crate::fact::{Scalar, Setting, SettingKind, Text};
use crate::source::Span;

impl Lowering {
    /// Notes the fields of a type that is filled from outside.
    pub(super) fn settings<'f>(&mut self, attributes: &[Attribute], fields: impl Iterator<Item = &'f Field>) {
        let Some(kind) = kind(attributes).filter(|_| !is_no_setting(attributes)) else { return };
        for field in fields {
            let Some(ident) = &field.ident else { continue };
            if is_no_setting(&field.attrs) {
                continue;
            }
            let span = at(ident.span());
            let (value, value_span) = default(&field.attrs).unwrap_or((Scalar::Nothing, span));
            let keys = vec![word(ident)];
            let kind = match kind {
                SettingKind::Option if !has_flag(&field.attrs) => SettingKind::Positional,
                kind => kind,
            };
            self.facts.settings.push(Setting { keys, value, span, value_span, repeats: None, shared: false, kind });
        }
    }
}

/// How a type is filled, told by what it derives.
fn kind(attributes: &[Attribute]) -> Option<SettingKind> {
    if derives(attributes, &["Parser", "Args", "Subcommand", "StructOpt"]) {
        Some(SettingKind::Option)
    } else if derives(attributes, &["Deserialize"]) {
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

/// Subcommands and flattened structs hold settings; skipped and hidden fields are none, nor what is allowed to be dead
/// or does its work when it is met.
fn is_no_setting(attributes: &[Attribute]) -> bool {
    const WORDS: [&str; 9] = [
        "subcommand",
        "command_subcommand",
        "flatten",
        "skip",
        "skip_deserializing",
        "hide",
        "hidden",
        "dead_code",
        "unused",
    ];
    let acts = |entry: &Meta| match entry {
        Meta::NameValue(entry) if entry.path.is_ident("action") => {
            let end =
                |path: &syn::Path| path.segments.last().is_some_and(|s| s.ident == "Version" || s.ident == "Help");
            matches!(&entry.value, Expr::Path(of) if end(&of.path))
        }
        _ => false,
    };
    entries(attributes).any(|entry| WORDS.iter().any(|word| entry.path().is_ident(word)) || acts(&entry))
}

/// Is a field filled by an option, not by its place?
fn has_flag(attributes: &[Attribute]) -> bool {
    entries(attributes).any(|entry| entry.path().is_ident("long") || entry.path().is_ident("short"))
}

/// The literal that a field is filled with by default; what an action of its own makes of that is not told.
fn default(attributes: &[Attribute]) -> Option<(Scalar, Span)> {
    const OWN: [&str; 4] = ["action", "num_args", "default_missing_value", "overrides_with"];
    if entries(attributes).any(|entry| OWN.iter().any(|word| entry.path().is_ident(word))) {
        return None;
    }
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

/// Does an attribute say that nobody in sight need use what it stands on?
pub(super) fn is_let_be(attributes: &[Attribute]) -> bool {
    let linked = |a: &Attribute| ["no_mangle", "used", "export_name"].iter().any(|word| a.path().is_ident(word));
    let allowed = |entry: Meta| entry.path().is_ident("dead_code") || entry.path().is_ident("unused");
    attributes.iter().any(linked) || entries(attributes).any(allowed)
}
