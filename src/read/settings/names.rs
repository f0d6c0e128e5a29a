//! A file that lists names, one a line: columns, labels. It is read like a list in JSON.

use super::{Tree, Value, flatten};
use crate::fact::{Facts, Scalar, Text};
use crate::source::Span;

/// A longer file lists something else.
const LIMIT: usize = 3000;

/// Reads the lines, if all of them are names.
pub fn names(text: &str) -> Facts {
    let mut facts = Facts::default();
    let mut found = Vec::new();
    let mut start = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim();
        if !line.is_empty() && !line.starts_with('#') {
            let from = start + whole.find(line).unwrap_or_default();
            let span = Span::new(from, from + line.len());
            found.push(Tree { value: Value::Scalar(Scalar::Text(Text::from(line))), span });
            if !is_name(line) || found.len() > LIMIT {
                return facts;
            }
        }
        start += whole.len();
    }
    if found.len() > 1 {
        flatten(&Tree { value: Value::List(found), span: Span::new(0, text.len()) }, &mut facts);
    }
    facts
}

fn is_name(line: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ' ' | '/' | '(' | ')' | '%');
    line.len() <= 80 && line.starts_with(|c: char| c.is_alphabetic() || c == '_') && line.chars().all(part)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn lines_of_names_are_a_list() {
        let of = |text: &str| names(text).settings.iter().filter_map(|s| s.value.text()).collect::<Vec<_>>();
        assert_eq!(of("# columns\nage\n\nincome_log\n"), ["age", "income_log"]);
        assert!(of("age, income\n1, 2\n").is_empty() && of("only one").is_empty());
    }
}
