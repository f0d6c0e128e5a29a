//! TOML with spans.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, Tree, Value, flatten};
use crate::fact::{Facts, ProblemKind, Scalar, Text};
use crate::read::comments::{line_comments, notes};
use crate::source::Span;

/// Reads a TOML file.
pub fn toml(text: &str) -> Facts {
    let mut facts = Facts::default();
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors.iter().take(8) {
        let at = error.span().unwrap_or(0..0);
        let template = text.contains("{{") || text.contains("{%");
        let kind = if template { ProblemKind::Template } else { ProblemKind::Syntax };
        facts.trouble(kind, error.message(), Span::new(at.start, at.end));
    }
    let tree = table_tree(table.get_ref(), table.span());
    let mut comments = line_comments(text, &["#"]);
    if !comments.is_empty() {
        let mut quoted = Vec::new();
        long_texts(text, &tree, &mut quoted);
        comments.retain(|c| !quoted.iter().any(|q| q.start <= c.start && c.start < q.end));
    }
    facts.notes = notes(text, comments.into_iter());
    flatten(&tree, &mut facts);
    facts
}

/// Texts of more than one line: a comment marker within them marks nothing.
fn long_texts(text: &str, tree: &Tree, found: &mut Vec<Span>) {
    match &tree.value {
        Value::Map(entries) => entries.iter().for_each(|e| long_texts(text, &e.value, found)),
        Value::List(elements) => elements.iter().for_each(|e| long_texts(text, e, found)),
        Value::Scalar(Scalar::Text(_)) => {
            let long = text.get(tree.span.start as usize..tree.span.end as usize).is_some_and(|t| t.contains('\n'));
            found.extend(long.then_some(tree.span));
        }
        Value::Scalar(_) | Value::Shared(_) => {}
    }
}

fn table_tree(table: &DeTable<'_>, span: std::ops::Range<usize>) -> Tree {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: Text::from(key.get_ref()),
            key_span: Span::new(key.span().start, key.span().end),
            merge: false,
            value: tree(value),
        })
        .collect();
    entries.sort_by_key(|e| e.key_span);
    Tree { value: Value::Map(entries), span: Span::new(span.start, span.end) }
}

fn tree(value: &Spanned<DeValue<'_>>) -> Tree {
    let span = Span::new(value.span().start, value.span().end);
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Scalar(Scalar::Text(Text::from(text))),
        DeValue::Integer(int) => Value::Scalar(
            i64::from_str_radix(&int.as_str().replace('_', ""), int.radix()).map_or(Scalar::Nothing, Scalar::Int),
        ),
        DeValue::Float(float) => {
            Value::Scalar(float.as_str().replace('_', "").parse().map_or(Scalar::Nothing, Scalar::Float))
        }
        DeValue::Boolean(on) => Value::Scalar(Scalar::Bool(*on)),
        DeValue::Datetime(time) => Value::Scalar(Scalar::Text(Text::from(&time.to_string()))),
        DeValue::Array(elements) => Value::List(elements.iter().map(tree).collect()),
        DeValue::Table(table) => return table_tree(table, value.span()),
    };
    Tree { value, span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_in_a_long_text_is_text() {
        let text = "a = '''\nx = 1 # mldebt: ignore[b] no\n'''\nc = 2 # mldebt: ignore[d] yes\n";
        let rules: Vec<Text> = toml(text).notes.iter().flat_map(|n| n.rules.clone()).collect();
        assert_eq!(rules, [Text::from("d")]);
    }
}
