//! Scripts that are values of settings files.

use crate::fact::{Command, Scalar, Text};
use crate::read::excerpt::Excerpt;
use crate::read::items::Item;
use crate::read::shell::{self, HOLE, Variables};
use crate::source::Span;

/// What an expression of a forge (`${{ .. }}`) stands for; none if that is not known.
pub(super) type Resolve<'r> = &'r dyn Fn(&str) -> Option<String>;

/// The commands of texts that one shell runs one after the other.
pub(super) fn commands(text: &str, scripts: &[Item<'_>], known: &Variables, resolve: Resolve<'_>) -> Vec<Command> {
    let mut excerpt = Excerpt::default();
    for script in scripts {
        lines(text, *script, resolve, &mut excerpt);
    }
    shell::commands(&excerpt, known)
}

/// The commands of a value that is a line, or the words of one command.
pub(super) fn line(text: &str, item: Item<'_>) -> Vec<Command> {
    let words: Vec<(Text, Span)> =
        item.entries().filter_map(|(_, word)| word.word()).map(|word| (word.text, word.span)).collect();
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => {
            let span = Span { start: first.1.start, end: last.1.end };
            exec(words.iter().map(|(word, _)| *word).collect(), span, &Variables::default())
        }
        _ => commands(text, &[item], &Variables::default(), &|_| None),
    }
}

/// The command of some words; those that hand a text to a shell are its commands.
pub(super) fn exec(words: Vec<Text>, span: Span, known: &Variables) -> Vec<Command> {
    match words.as_slice() {
        [shell, flags @ .., script]
            if shell.ends_with("sh") && flags.last().is_some_and(|f| f.starts_with('-') && f.ends_with('c')) =>
        {
            shell::commands_at(script, span, known)
        }
        [] => Vec::new(),
        _ => vec![Command { words, span, ..Command::default() }],
    }
}

/// The variables of a map, filled with those that are known before.
pub(super) fn variables(item: Option<Item<'_>>, known: &Variables, resolve: Resolve<'_>) -> Variables {
    let mut found = known.clone();
    for (name, value) in item.into_iter().flat_map(Item::entries) {
        // `A: 1`, `- A=1`, `- {name: A, value: 1}`
        let own = value.text("name").map_or(name, |word| word.text);
        let Some(word) = value.word().or_else(|| value.text("value")) else { continue };
        let numbered = own.bytes().all(|b| b.is_ascii_digit());
        let (name, value) = word.text.split_once('=').filter(|_| numbered).unwrap_or((&own, &word.text));
        found.insert(name.to_owned(), filled(value, resolve));
    }
    found
}

/// A text with its expressions filled in.
pub(super) fn filled(text: &str, resolve: Resolve<'_>) -> String {
    let mut excerpt = Excerpt::default();
    expressions(text, 0, resolve, &mut excerpt);
    excerpt.text().to_owned()
}

/// Adds the lines of a text that is a value, each where it stands.
fn lines(text: &str, item: Item<'_>, resolve: Resolve<'_>, excerpt: &mut Excerpt) {
    let Some(own) = item.own else { return };
    let Scalar::Text(value) = own.value else { return };
    let Span { start, end } = own.value_span;
    let (mut at, end) = (start as usize, end as usize);
    for line in value.lines() {
        let bare = line.trim();
        match text.get(at..end).and_then(|rest| rest.find(bare)) {
            Some(found) => {
                expressions(bare, at + found, resolve, excerpt);
                at += found + bare.len();
            }
            // Folded or escaped: the whole value stands for it.
            None => excerpt.fill(&filled(line, resolve), start as usize, end),
        }
        excerpt.fill("\n", at, at);
    }
}

/// Adds a line whose expressions are filled in.
fn expressions(line: &str, start: usize, resolve: Resolve<'_>, excerpt: &mut Excerpt) {
    let mut at = 0;
    while let Some((from, length)) = expression(line.get(at..).unwrap_or_default()) {
        excerpt.copy(&line[at..at + from], start + at);
        let inner = line.get(at + from + 3..(at + from + length).saturating_sub(2)).unwrap_or_default();
        let value = resolve(inner.trim());
        excerpt.fill(value.as_deref().unwrap_or(HOLE), start + at + from, start + at + from + length);
        at += from + length;
    }
    excerpt.copy(&line[at..], start + at);
}

/// Where the first expression of a line stands, and its length.
fn expression(line: &str) -> Option<(usize, usize)> {
    let from = line.find("${{")?;
    let length = line[from..].find("}}").map_or(line.len() - from, |i| i + 2);
    Some((from, length))
}
