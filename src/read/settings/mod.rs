//! Settings files (YAML, TOML, JSON, INI, env, gin) as flat key paths with spans; every format first becomes the same tree.

pub mod block;
mod gin;
mod ini;
mod json;
mod names;
mod toml;
mod yaml;

pub use gin::gin;
pub use ini::{env, ini};
pub use json::json;
pub use names::names;
pub use toml::toml;
pub use yaml::yaml;

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::fact::{Facts, ProblemKind, Scalar, Setting, SettingKind, Text};
use crate::source::Span;

/// More settings than this in one file are data.
const LIMIT: usize = 20_000;

/// Deeper nesting than this is not settings.
const DEPTH: usize = 64;

/// A value of a settings file.
#[derive(Debug)]
struct Tree {
    value: Value,
    span: Span,
}

#[derive(Debug)]
enum Value {
    Scalar(Scalar),
    List(Vec<Tree>),
    Map(Vec<Entry>),
    /// Another node that is used again here.
    Shared(Rc<Tree>),
}

#[derive(Debug)]
struct Entry {
    key: Text,
    key_span: Span,
    /// A merge key: the value's entries stand here unless the map has them itself.
    merge: bool,
    value: Tree,
}

/// Adds every node below a root to the facts.
fn flatten(root: &Tree, facts: &mut Facts) {
    let mut keys = Vec::new();
    children(root, &mut keys, facts);
}

/// Says once that a file holds more than is looked at.
fn cut(reason: &str, span: Span, facts: &mut Facts) {
    if facts.problems.iter().all(|problem| problem.reason != reason) {
        facts.trouble(ProblemKind::Partial, reason, span);
    }
}

fn children(tree: &Tree, keys: &mut Vec<Text>, facts: &mut Facts) {
    if keys.len() >= DEPTH {
        if !matches!(tree.value, Value::Scalar(_)) {
            cut("settings nest deeper than 64 levels", tree.span, facts);
        }
        return;
    }
    match &tree.value {
        Value::Scalar(_) => {}
        Value::Shared(of) => children(of, keys, facts),
        Value::List(elements) => {
            for (index, element) in elements.iter().enumerate() {
                add(Text::from(&index.to_string()), element.span, element, None, keys, facts);
            }
        }
        Value::Map(entries) => {
            let mut seen: FxHashMap<Text, Span> = FxHashMap::default();
            for entry in entries.iter().filter(|e| !e.merge) {
                let earlier = seen.insert(entry.key, entry.key_span);
                add(entry.key, entry.key_span, &entry.value, earlier, keys, facts);
            }
            for entry in entries.iter().filter(|e| e.merge) {
                merged(&entry.value, &seen, keys, facts);
            }
        }
    }
}

/// The entries that a merge key brings, without those that the map has itself.
fn merged(tree: &Tree, own: &FxHashMap<Text, Span>, keys: &mut Vec<Text>, facts: &mut Facts) {
    if facts.settings.len() >= LIMIT {
        return;
    }
    match &tree.value {
        Value::Shared(of) => merged(of, own, keys, facts),
        Value::List(maps) => maps.iter().for_each(|map| merged(map, own, keys, facts)),
        Value::Map(entries) => {
            for entry in entries {
                if entry.merge {
                    merged(&entry.value, own, keys, facts);
                } else if !own.contains_key(&entry.key) {
                    add(entry.key, entry.key_span, &entry.value, None, keys, facts);
                }
            }
        }
        Value::Scalar(_) => {}
    }
}

fn add(key: Text, span: Span, tree: &Tree, repeats: Option<Span>, keys: &mut Vec<Text>, facts: &mut Facts) {
    if facts.settings.len() >= LIMIT {
        return cut("more than 20,000 settings", span, facts);
    }
    keys.push(key);
    facts.settings.push(Setting {
        keys: keys.clone(),
        value: scalar(tree),
        span,
        value_span: tree.span,
        repeats,
        shared: matches!(tree.value, Value::Shared(_)),
        kind: SettingKind::Entry,
    });
    children(tree, keys, facts);
    keys.pop();
}

fn scalar(tree: &Tree) -> Scalar {
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    match &tree.value {
        Value::Scalar(scalar) => *scalar,
        Value::List(elements) => Scalar::List(size(elements.len())),
        Value::Map(entries) => Scalar::Map(size(entries.len())),
        Value::Shared(of) => scalar(of),
    }
}

/// A plain word as YAML's core schema (and INI by habit) reads it.
fn plain(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Nothing,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        _ => {}
    }
    let number = text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+' || c == '.');
    if number && let Ok(int) = text.parse::<i64>() {
        return Scalar::Int(int);
    }
    if number
        && text.bytes().any(|b| b.is_ascii_digit())
        && let Ok(float) = text.parse::<f64>()
    {
        return Scalar::Float(float);
    }
    Scalar::Text(Text::from(text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at<'a>(facts: &'a Facts, path: &str) -> &'a Setting {
        let keys: Vec<Text> = path.split('.').map(Text::from).collect();
        facts.settings.iter().find(|s| s.keys == keys).unwrap_or_else(|| panic!("no {path} in {:?}", facts.settings))
    }

    fn slice(text: &str, span: Span) -> &str {
        &text[span.start as usize..span.end as usize]
    }

    #[test]
    fn yaml_has_spans_anchors_and_merge_keys() {
        let text = "é: 1\nbase: &b {lr: 0.1, n: 2}\nrun:\n  <<: *b\n  n: 3\nlist: [a, *b]\n";
        let facts = yaml(text);
        assert_eq!(slice(text, at(&facts, "base.lr").span), "lr");
        assert_eq!(slice(text, at(&facts, "base.lr").value_span), "0.1");
        assert_eq!(at(&facts, "run.lr").value, Scalar::Float(0.1));
        assert_eq!(at(&facts, "run.n").value, Scalar::Int(3));
        assert_eq!(at(&facts, "list.1.n").value, Scalar::Int(2));
        assert!(facts.settings.iter().all(|s| s.repeats.is_none()));
    }

    #[test]
    fn repeated_keys_are_seen_in_the_same_map_only() {
        let text = "a: 1\nb: {a: 2}\na: 3\n---\na: 4\n";
        let facts = yaml(text);
        let repeated: Vec<_> = facts.settings.iter().filter(|s| s.repeats.is_some()).collect();
        assert_eq!(repeated.len(), 1);
        assert_eq!((repeated[0].value, repeated[0].repeats), (Scalar::Int(3), Some(Span::new(0, 1))));
        assert!(json(r#"{"a": 1, "a": 2}"#).settings[1].repeats.is_some());
        assert!(ini("[s]\na = 1\na = 2\n").settings.iter().any(|s| s.repeats.is_some()));
    }

    #[test]
    fn other_formats_give_the_same_paths() {
        let text = "[a.b]\nc = 1 # x\nd = ['y']\n";
        assert_eq!(slice(text, at(&toml(text), "a.b.c").span), "c");
        assert_eq!(at(&toml(text), "a.b.d.0").value, Scalar::Text("y".into()));
        let text = "{ // c\n \"a\": {\"b\": [1, true,]} }";
        assert_eq!(at(&json(text), "a.b.1").value, Scalar::Bool(true));
        let text = "export A='x y' # no\nB=1\n";
        assert_eq!(at(&env(text), "A").value, Scalar::Text("x y".into()));
        assert_eq!(slice(text, at(&env(text), "B").span), "B");
    }

    #[test]
    fn bad_and_hostile_input_is_a_problem() {
        use crate::fact::ProblemKind;
        assert_eq!(yaml("a: [1\nb: {").problems[0].kind, ProblemKind::Syntax);
        assert_eq!(yaml("a: {{ x }}{% if %}\nb: [").problems[0].kind, ProblemKind::Template);
        assert!(!yaml(&"[".repeat(100_000)).problems.is_empty());
        assert!(!json("{\"a\": ").problems.is_empty());
        assert!(!toml("a = = 1").problems.is_empty());
        let mut bomb = String::from("a0: &a0 [x, x]\n");
        for level in 1..30 {
            bomb.push_str(&format!("a{level}: &a{level} [*a{0}, *a{0}, *a{0}]\n", level - 1));
        }
        assert!(yaml(&bomb).settings.len() <= LIMIT);
    }
}
