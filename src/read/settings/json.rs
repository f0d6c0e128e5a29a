//! JSON and JSONC with ranges; comments and trailing commas are fine.

use jsonc_parser::ast::Value as Ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{Entry, Tree, Value, flatten, plain};
use crate::fact::{Facts, ProblemKind, Scalar, Text};
use crate::read::comments::{line_comments, notes};
use crate::source::Span;

/// Reads a JSON file.
pub fn json(text: &str) -> Facts {
    let mut facts = Facts::default();
    match parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()) {
        Ok(parsed) => {
            if let Some(value) = &parsed.value {
                flatten(&tree(value), &mut facts);
            }
        }
        // One value a line, whatever the ending says: records, and no settings.
        Err(error) if matches!(error.kind(), ParseErrorKind::MultipleRootJsonValues) => {}
        Err(error) => {
            let range = error.range();
            let template = text.contains("{{") || text.contains("{%");
            let kind = if template { ProblemKind::Template } else { ProblemKind::Syntax };
            facts.trouble(kind, error.kind().to_string(), Span::new(range.start, range.end));
        }
    }
    facts.notes = notes(text, line_comments(text, &["//"]).into_iter());
    facts
}

fn tree(value: &Ast<'_>) -> Tree {
    let range = value.range();
    let span = Span::new(range.start, range.end);
    let value = match value {
        Ast::StringLit(text) => Value::Scalar(Scalar::Text(Text::from(&text.value))),
        Ast::NumberLit(number) => Value::Scalar(plain(number.value)),
        Ast::BooleanLit(on) => Value::Scalar(Scalar::Bool(on.value)),
        Ast::NullKeyword(_) => Value::Scalar(Scalar::Nothing),
        Ast::Array(array) => Value::List(array.elements.iter().map(tree).collect()),
        Ast::Object(object) => {
            let entries = object.properties.iter().map(|property| {
                let at = property.name.range();
                Entry {
                    key: Text::from(property.name.as_str()),
                    key_span: Span::new(at.start, at.end),
                    merge: false,
                    value: tree(&property.value),
                }
            });
            Value::Map(entries.collect())
        }
    };
    Tree { value, span }
}
