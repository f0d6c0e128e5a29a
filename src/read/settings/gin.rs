//! Gin files: lines of `function.parameter = value`, macros, and blocks of either.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::{Entry, Tree, Value, flatten, plain};
use crate::fact::{Facts, ProblemKind, Scalar, Text};
use crate::read::comments::{line_comments, notes};
use crate::source::Span;

/// The key below which the files stand that a file takes in.
const INCLUDE: &str = "include";

/// Reads a gin file: every function is a map of the parameters that are bound for it, a macro is a key of its own. What
/// a value refers to is its text: `@rank` is `rank`, `%RATE` stays as it is.
pub fn gin(text: &str) -> Facts {
    let mut facts = Facts::default();
    let mut bindings: Vec<Entry> = Vec::new();
    let mut functions: FxHashMap<Text, usize> = FxHashMap::default();
    let mut block: Option<Range<usize>> = None;
    let mut included: Vec<Tree> = Vec::new();
    for line in statements(text) {
        let Some(words) = text.get(line.clone()) else { continue };
        let inner = words.starts_with([' ', '\t']);
        if words.trim_end().ends_with(':') && !words.contains('=') {
            block = Some(trimmed(text, line.start..line.start + words.trim_end().len() - 1));
            continue;
        }
        if let Some(path) = words.strip_prefix(INCLUDE).filter(|rest| rest.starts_with([' ', '\t'])) {
            included.push(tree(text, trimmed(text, line.end - path.len()..line.end)));
            continue;
        }
        let Some(at) = words.find('=') else {
            // It takes in modules, too, which are for Python.
            if !words.trim().is_empty()
                && !words.starts_with("import ")
                && !words.starts_with("from ")
                && facts.problems.is_empty()
            {
                facts.trouble(ProblemKind::Partial, "a line that binds nothing", span(&line));
            }
            continue;
        };
        let target = trimmed(text, line.start..line.start + at);
        let value = trimmed(text, line.start + at + 1..line.end);
        let name = text.get(target.clone()).unwrap_or_default();
        let (function, parameter) = match (&block, name.rsplit_once('.')) {
            (Some(block), _) if inner => (Some(block.clone()), target.clone()),
            (_, Some((function, _))) => {
                let end = target.start + function.len();
                (Some(target.start..end), end + 1..target.end)
            }
            (_, None) => (None, target.clone()),
        };
        if !inner {
            block = None;
        }
        let bound = entry(text, parameter, tree(text, value));
        match function {
            None => bindings.push(bound),
            Some(function) => {
                let key = Text::from(text.get(function.clone()).unwrap_or_default());
                let index = *functions.entry(key).or_insert_with(|| {
                    let map = Tree { value: Value::Map(Vec::new()), span: span(&function) };
                    bindings.push(entry(text, function, map));
                    bindings.len() - 1
                });
                if let Value::Map(of) = &mut bindings[index].value.value {
                    of.push(bound);
                }
            }
        }
    }
    if let Some(span) = included.first().map(|tree| tree.span) {
        let value = Tree { value: Value::List(included), span };
        bindings.push(Entry { key: Text::from(INCLUDE), key_span: span, merge: false, value });
    }
    flatten(&Tree { value: Value::Map(bindings), span: Span::new(0, text.len()) }, &mut facts);
    facts.notes = notes(text, line_comments(text, &["#"]).into_iter());
    facts
}

fn span(range: &Range<usize>) -> Span {
    Span::new(range.start, range.end)
}

fn entry(text: &str, key: Range<usize>, value: Tree) -> Entry {
    let name = Text::from(text.get(key.clone()).unwrap_or_default());
    Entry { key: name, key_span: span(&key), merge: false, value }
}

/// The logical lines: a bracket that is open goes on in the next one. Comments at their ends are left out.
fn statements(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = None;
    let mut depth = 0_usize;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let end = start + before_comment(line).trim_end().len();
        let words = text.get(start..end).unwrap_or_default();
        depth += words.matches(['(', '[', '{']).count();
        depth = depth.saturating_sub(words.matches([')', ']', '}']).count());
        let first = *from.get_or_insert(start);
        if depth == 0 && !words.trim_end().ends_with('\\') {
            if text.get(first..end).is_some_and(|whole| !whole.trim().is_empty()) {
                found.push(first..end);
            }
            from = None;
        }
    }
    found
}

/// A line up to the `#` that stands in no quotes.
fn before_comment(line: &str) -> &str {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') => return &line[..at],
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    line
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let words = text.get(range.clone()).unwrap_or_default();
    let from = range.start + words.len() - words.trim_start().len();
    from..from + words.trim().len()
}

/// A value; of a list or dict only what it refers to is told apart.
fn tree(text: &str, range: Range<usize>) -> Tree {
    let words = text.get(range.clone()).unwrap_or_default();
    let value = match words.chars().next() {
        Some('[' | '(' | '{') => Value::List(references(words, range.start)),
        Some('@' | '%') => return references(words, range.start).into_iter().next().unwrap_or_else(|| nothing(&range)),
        Some(quote @ ('"' | '\'')) => Value::Scalar(Scalar::Text(Text::from(words.trim_matches(quote)))),
        _ if words == "None" => Value::Scalar(Scalar::Nothing),
        _ => Value::Scalar(plain(words)),
    };
    Tree { value, span: span(&range) }
}

fn nothing(range: &Range<usize>) -> Tree {
    Tree { value: Value::Scalar(Scalar::Nothing), span: span(range) }
}

/// The functions and macros that a value names.
fn references(words: &str, start: usize) -> Vec<Tree> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(from) = words.get(at..).and_then(|rest| rest.find(['@', '%'])) {
        let from = at + from;
        let rest = &words[from + 1..];
        let name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/');
        let length = rest.find(|c| !name(c)).unwrap_or(rest.len());
        let named = &rest[..length];
        let shown = match words.as_bytes()[from] {
            b'@' => named.rsplit(['.', '/']).next().unwrap_or(named).to_owned(),
            _ => format!("%{named}"),
        };
        at = from + 1 + length;
        if !named.is_empty() {
            let span = Span::new(start + from, start + at);
            found.push(Tree { value: Value::Scalar(Scalar::Text(Text::from(&shown))), span });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let path = |keys: &[Text]| keys.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(" ");
        let facts = gin(text);
        facts.settings.iter().map(|s| format!("{} = {}", path(&s.keys), s.value.text().unwrap_or_default())).collect()
    }

    #[test]
    fn bindings_macros_and_blocks_are_keys() {
        let text = "import a.b\ninclude 'base.gin'\n# é = 2\nRATE = 0.1  # é\nfit.rate = %RATE\nnight/m.fit.steps = 5\nfit.parts = [\n    @one, # why\n    @b.two(),\n]\nrank:\n  top = 'x=y'\nfit.rate = 2\n";
        let expected = [
            "RATE = 0.1",
            "fit = ",
            "fit rate = %RATE",
            "fit parts = ",
            "fit parts 0 = one",
            "fit parts 1 = two",
            "fit rate = 2",
            "night/m.fit = ",
            "night/m.fit steps = 5",
            "rank = ",
            "rank top = x=y",
            "include = ",
            "include 0 = base.gin",
        ];
        assert_eq!(shown(text), expected);
        let facts = gin(text);
        let repeated: Vec<_> = facts.settings.iter().filter(|s| s.repeats.is_some()).map(|s| s.value).collect();
        assert_eq!(repeated, [Scalar::Int(2)]);
        let slice = |s: Span| &text[s.start as usize..s.end as usize];
        assert_eq!((slice(facts.settings[2].span), slice(facts.settings[2].value_span)), ("rate", "%RATE"));
    }

    #[test]
    fn hostile_files_end() {
        for text in ["[".repeat(100_000), "a.b = @".to_owned(), "=\n.=\n:\n é:\n .= (".to_owned(), "%".repeat(9_000)] {
            gin(&text);
        }
    }
}
