//! What make computes in a reference: the functions on texts and lists of names, and substitutions in a variable.

use super::expand;
use crate::read::excerpt::Excerpt;
use crate::read::shell::{HOLE, LONGEST, Variables};

/// References in the arguments of references are no deeper.
const DEPTH: usize = 12;

/// What a reference stands for, without its brackets: a variable, `X:.csv=.pkl`, `patsubst %,%.csv,$(X)`; none if that
/// is not known.
pub(super) fn value(inner: &str, variables: &Variables, depth: usize) -> Option<String> {
    if let Some(value) = variables.get(inner) {
        return Some(value.clone());
    }
    if depth > DEPTH {
        return None;
    }
    let found = match inner.split_once(char::is_whitespace) {
        Some((name, arguments)) => called(name, arguments.trim_start(), variables, depth),
        None => {
            let (name, change) = inner.split_once(':')?;
            let (from, to) = change.split_once('=')?;
            let words = variables.get(name).filter(|value| !value.contains(HOLE))?;
            let suffix = !from.contains('%');
            let pattern = |text: &str| if suffix { format!("%{text}") } else { text.to_owned() };
            Some(each(words, |word| substituted(&pattern(from), &pattern(to), word)))
        }
    };
    found.filter(|value| value.len() <= LONGEST)
}

/// What a function of make gives.
fn called(name: &str, arguments: &str, variables: &Variables, depth: usize) -> Option<String> {
    let raw = split(arguments);
    let text = |place: usize| -> Option<String> {
        let mut excerpt = Excerpt::default();
        expand(raw.get(place)?, 0, variables, &mut excerpt, depth + 1);
        Some(excerpt.text().to_owned()).filter(|text| !text.contains(HOLE))
    };
    let file = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
    let stem = |word: &str| {
        let dot = word.rfind('.').filter(|dot| !word[*dot..].contains('/'));
        dot.map_or(word, |dot| &word[..dot]).to_owned()
    };
    match name {
        "patsubst" => {
            let (from, to) = (text(0)?, text(1)?);
            Some(each(&text(2)?, |word| substituted(&from, &to, word)))
        }
        "subst" => Some(text(2)?.replace(&text(0)?, &text(1)?)),
        "addprefix" => text(0).zip(text(1)).map(|(front, words)| each(&words, |word| format!("{front}{word}"))),
        "addsuffix" => text(0).zip(text(1)).map(|(end, words)| each(&words, |word| format!("{word}{end}"))),
        "notdir" => Some(each(&text(0)?, file)),
        "basename" => Some(each(&text(0)?, stem)),
        "dir" => Some(each(&text(0)?, |word| word[..word.len() - file(word).len()].to_owned())),
        "strip" | "sort" => Some(each(&text(0)?, str::to_owned)),
        "filter" | "filter-out" => {
            let (patterns, words) = (text(0)?, text(1)?);
            let fits = |word: &str| patterns.split_whitespace().any(|pattern| stem_of(pattern, word).is_some());
            let kept = words.split_whitespace().filter(|word| fits(word) == (name == "filter"));
            Some(kept.collect::<Vec<_>>().join(" "))
        }
        "foreach" => {
            let (variable, words, body) = (text(0)?, text(1)?, raw.get(2)?);
            let mut found: Vec<String> = Vec::new();
            for word in words.split_whitespace() {
                let mut inner = variables.clone();
                inner.insert(variable.clone(), word.to_owned());
                let mut excerpt = Excerpt::default();
                expand(body, 0, &inner, &mut excerpt, depth + 1);
                found.push(excerpt.text().to_owned());
                if found.iter().map(String::len).sum::<usize>() > LONGEST {
                    return None;
                }
            }
            Some(found.join(" "))
        }
        _ => None,
    }
}

/// The words of a list, each changed.
fn each(words: &str, change: impl Fn(&str) -> String) -> String {
    words.split_whitespace().map(change).collect::<Vec<_>>().join(" ")
}

/// A word that fits a pattern in the form of another.
fn substituted(from: &str, to: &str, word: &str) -> String {
    match stem_of(from, word) {
        Some(stem) => to.replacen('%', stem, 1),
        None => word.to_owned(),
    }
}

/// What stands for `%` where a word fits a pattern; a pattern without one has only itself.
fn stem_of<'w>(pattern: &str, word: &'w str) -> Option<&'w str> {
    match pattern.split_once('%') {
        Some((before, after)) => word.strip_prefix(before)?.strip_suffix(after),
        None => (pattern == word).then_some(""),
    }
}

/// Arguments between commas; those in brackets are not looked into.
fn split(arguments: &str) -> Vec<&str> {
    let (mut found, mut start, mut nested) = (Vec::new(), 0, 0_usize);
    for (at, c) in arguments.char_indices() {
        match c {
            '(' | '{' => nested += 1,
            ')' | '}' => nested = nested.saturating_sub(1),
            ',' if nested == 0 => {
                found.push(&arguments[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&arguments[start..]);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_lists_are_computed() {
        let mut variables = Variables::default();
        variables.insert("X".to_owned(), "raw/a.csv raw/b.csv".to_owned());
        let told = |inner: &str| value(inner, &variables, 0).unwrap_or_default();
        assert_eq!(told("X:.csv=.pkl"), "raw/a.pkl raw/b.pkl");
        assert_eq!(told("X:raw/%.csv=m/%"), "m/a m/b");
        assert_eq!(told("patsubst raw/%.csv,m/%.joblib,$(X)"), "m/a.joblib m/b.joblib");
        assert_eq!(told("addprefix out/,$(notdir $(basename $(X)))"), "out/a out/b");
        assert_eq!(told("foreach y,1 2,f$(y).csv"), "f1.csv f2.csv");
        assert_eq!(told("filter-out %/b.csv,$(X)"), "raw/a.csv");
        assert_eq!((value("shell date", &variables, 0), value("wildcard *.csv", &variables, 0)), (None, None));
    }
}
