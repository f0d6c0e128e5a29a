//! What the shell makes of a word: quotes undone, variables filled in.

use super::folder::within;
use super::{HOLE, LONGEST, Variables};
use crate::fact::ROOT;
use crate::read::command::closing;
use crate::read::command::parent;

/// Around the name of a variable that only who starts the script can tell, and what stands in for it.
pub const MARK: char = '\u{2}';

/// Between words that one word becomes.
const BREAK: char = '\u{1f}';

/// A text in which what only the starter can tell is what stands in for it, or a hole.
pub fn plain(text: &str) -> String {
    bound(text, &|_| None)
}

/// A text in which what only the starter can tell is what `value` says of it.
pub fn bound(text: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    if !text.contains(MARK) {
        return text.to_owned();
    }
    let mut out = String::new();
    for (index, piece) in text.split(MARK).enumerate() {
        if index % 2 == 0 {
            out.push_str(piece);
            continue;
        }
        let (name, default) = piece.split_once('=').map_or((piece, None), |(name, default)| (name, Some(default)));
        out.push_str(value(name).as_deref().or(default).unwrap_or(HOLE));
    }
    out
}

/// Does a text ask the starter for something?
pub(super) fn asks(text: &str) -> bool {
    text.contains(MARK)
}

/// What a script knows while a word is made.
pub(super) struct Scope<'s> {
    pub(super) variables: &'s Variables,
    pub(super) lists: &'s rustc_hash::FxHashMap<String, Vec<String>>,
    /// The arguments of the function that runs; none at the script's own level.
    pub(super) arguments: Option<&'s [String]>,
    /// The folder in hand.
    pub(super) here: &'s str,
    /// Where the script lies; empty if it stands in another file.
    pub(super) path: &'s str,
}

impl Scope<'_> {
    /// The words that a word becomes.
    pub(super) fn expand(&self, word: &str) -> Vec<String> {
        braces(word).iter().flat_map(|word| self.one(word)).collect()
    }

    fn one(&self, word: &str) -> Vec<String> {
        let text = self.word(word, 0);
        let quoted = word.starts_with(['"', '\'']);
        let words = text.split(BREAK).filter(|w| quoted || !w.is_empty());
        words.map(str::to_owned).collect()
    }

    /// A word as one text. The grammar's own view of a word is not asked: it loses blanks and dollars.
    pub(super) fn text(&self, word: &str) -> String {
        self.word(word, 0).replace(BREAK, " ")
    }

    fn word(&self, word: &str, depth: usize) -> String {
        let mut out = String::new();
        let mut rest = word;
        let mut quoted = false;
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            if out.len() > LONGEST * 4 {
                break;
            }
            rest = match c {
                '"' => {
                    quoted = !quoted;
                    after
                }
                '\'' if !quoted => {
                    let (text, behind) = after.split_once('\'').unwrap_or((after, ""));
                    out.push_str(text);
                    behind
                }
                '\\' => escaped(after, quoted, &mut out),
                '`' => {
                    let (inner, behind) = after.split_once('`').unwrap_or((after, ""));
                    out.push_str(self.computed(inner, depth).as_deref().unwrap_or(HOLE));
                    behind
                }
                '<' | '>' if !quoted && after.starts_with('(') => {
                    out.push_str(HOLE);
                    &after[closing(after)..]
                }
                '$' => self.expansion(after, quoted, depth, &mut out),
                _ => {
                    out.push(c);
                    after
                }
            };
        }
        out
    }

    /// Adds what an expansion stands for whose dollar has been read; what follows it.
    fn expansion<'w>(&self, text: &'w str, quoted: bool, depth: usize, out: &mut String) -> &'w str {
        let name = name_of(text);
        let (value, length) = match text.chars().next() {
            Some('(') if text.starts_with("((") => (None, closing(text)),
            Some('(') => {
                let length = closing(text);
                let inner = text.get(1..length.saturating_sub(1)).unwrap_or_default();
                (self.computed(inner, depth), length)
            }
            Some('{') => {
                let length = closing(text);
                (self.parameter(text.get(1..length).unwrap_or_default(), depth), length)
            }
            Some(c @ ('@' | '*' | '0'..='9')) => (self.argument(&c.to_string()), 1),
            Some('#' | '?' | '$' | '!' | '-') => (None, 1),
            _ if !name.is_empty() => (Some(self.variable(name)), name.len()),
            // The dollar of `$'..'` and `$".."`, else one that stands for itself.
            other => {
                out.push_str(if matches!(other, Some('\'' | '"')) { "" } else { "$" });
                return text;
            }
        };
        let value = value.unwrap_or_else(|| HOLE.to_owned());
        match quoted || value.contains(MARK) {
            true => out.push_str(&value),
            false => out.extend(value.chars().map(|c| if c.is_ascii_whitespace() { BREAK } else { c })),
        }
        text.get(length..).unwrap_or_default()
    }

    /// What a variable holds; one that the script never sets is the starter's.
    fn variable(&self, name: &str) -> String {
        match (self.variables.get(name), name) {
            (Some(value), _) => value.clone(),
            (None, "PWD") if !self.here.is_empty() => self.here.to_owned(),
            (None, "PWD") => ".".to_owned(),
            (None, _) => match self.lists.get(name).and_then(|list| list.first()) {
                Some(first) => first.clone(),
                None => format!("{MARK}{name}{MARK}"),
            },
        }
    }

    /// An argument of the function, else of the script.
    fn argument(&self, name: &str) -> Option<String> {
        if name == "0" {
            return self.own();
        }
        let Some(arguments) = self.arguments else { return Some(format!("{MARK}{name}{MARK}")) };
        match name.parse::<usize>() {
            Ok(number) => Some(arguments.get(number.checked_sub(1)?).cloned().unwrap_or_default()),
            Err(_) => Some(arguments.join(&BREAK.to_string())),
        }
    }

    /// The script's own path.
    fn own(&self) -> Option<String> {
        (!self.path.is_empty()).then(|| format!("{ROOT}{}", self.path))
    }

    /// What `name}`, `name:-default}` or `name[@]}` stands for; what computes another text from it is known if the text is.
    fn parameter(&self, inner: &str, depth: usize) -> Option<String> {
        let inner = inner.strip_suffix('}').unwrap_or(inner);
        let inner = inner.strip_prefix('!').map_or(inner, |_| "");
        let length = match inner.chars().next()? {
            c @ ('@' | '*' | '0'..='9') => c.len_utf8(),
            _ => name_of(inner).len(),
        };
        let (name, operator) = inner.split_at(length);
        if name.is_empty() || depth > 4 {
            return None;
        }
        if let Some(index) = operator.strip_prefix('[') {
            let index = index.split(']').next().unwrap_or_default();
            if name == "BASH_SOURCE" {
                return self.own();
            }
            let list = self.lists.get(name)?;
            return match index {
                "@" | "*" => Some(list.join(&BREAK.to_string())),
                number => list.get(number.parse::<usize>().ok()?).cloned(),
            };
        }
        let value = match name {
            "BASH_SOURCE" => self.own()?,
            _ if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => self.argument(name)?,
            _ => self.variable(name),
        };
        let unset = value.is_empty() || value == format!("{MARK}{name}{MARK}");
        if operator.is_empty() || operator.starts_with(['?']) || operator.starts_with(":?") {
            return Some(value);
        }
        let default = operator.strip_prefix(':').unwrap_or(operator).strip_prefix(['-', '=']);
        if let Some(default) = default.filter(|_| !operator.starts_with(":+")) {
            let default = plain(&self.word(default, depth + 1));
            return Some(match (unset, value.is_empty()) {
                (false, _) => value,
                (true, true) => default,
                (true, false) => format!("{MARK}{name}={default}{MARK}"),
            });
        }
        let value = plain(&value);
        if value.contains(HOLE) {
            return None;
        }
        cut(&value, operator)
    }

    /// What a command in a word prints, of the few whose answer is known: where the script lies, where it runs.
    fn computed(&self, inner: &str, depth: usize) -> Option<String> {
        if depth > 4 {
            return None;
        }
        let parts: Vec<&str> = inner.split("&&").flat_map(|part| part.split(';')).map(str::trim).collect();
        let words = |line: &str| -> Vec<String> {
            pieces(line).iter().filter(|w| **w != "--").map(|w| plain(&self.word(w, depth + 1))).collect()
        };
        let mut here = self.here.to_owned();
        let mut printed = None;
        for part in parts {
            let part = part.split("2>").next().unwrap_or(part).split(">").next().unwrap_or(part);
            let words = words(part);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            printed = match words.as_slice() {
                ["cd", target] | ["cd", "-P", target] => {
                    here = within(&here, target);
                    None
                }
                ["pwd"] | ["pwd", "-P"] => Some(if here.is_empty() { ".".to_owned() } else { here.clone() }),
                ["dirname", of] => Some(match of.strip_prefix(ROOT) {
                    Some(inside) => format!("{ROOT}{}", parent(inside)),
                    None => match parent(of) {
                        "" => ".".to_owned(),
                        folder => folder.to_owned(),
                    },
                }),
                ["basename", of] => of.rsplit('/').next().map(str::to_owned),
                ["basename", of, ending] => {
                    of.rsplit('/').next().map(|n| n.strip_suffix(ending).unwrap_or(n).to_owned())
                }
                ["realpath" | "echo", of] | ["readlink", "-f", of] => Some((*of).to_owned()),
                ["git", "rev-parse", "--show-toplevel"] => Some(ROOT.to_owned()),
                _ => return None,
            };
        }
        printed.filter(|text| !text.contains(HOLE))
    }
}

/// `%.csv`, `#data/`, `/a/b`: a text without an ending, without a beginning, with another part.
fn cut(value: &str, operator: &str) -> Option<String> {
    let is_literal = |pattern: &str| !pattern.contains(['*', '?', '[', '$']);
    if let Some(pattern) = operator.strip_prefix("%%").or_else(|| operator.strip_prefix('%')) {
        return match pattern {
            "/*" => Some(parent(value).to_owned()),
            ".*" => value.rsplit_once('.').map(|(stem, _)| stem.to_owned()),
            ending if is_literal(ending) => Some(value.strip_suffix(ending).unwrap_or(value).to_owned()),
            _ => None,
        };
    }
    if let Some(pattern) = operator.strip_prefix("##").or_else(|| operator.strip_prefix('#')) {
        return match pattern {
            "*/" => value.rsplit('/').next().map(str::to_owned),
            start if is_literal(start) => Some(value.strip_prefix(start).unwrap_or(value).to_owned()),
            _ => None,
        };
    }
    let rest = operator.strip_prefix("//").or_else(|| operator.strip_prefix('/'))?;
    let (old, new) = rest.split_once('/').unwrap_or((rest, ""));
    (is_literal(old) && !old.is_empty()).then(|| value.replace(old, new))
}

/// The words of a command line, as they are written.
fn pieces(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut quote, mut depth) = (None, None, 0_usize);
    for (index, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '{') => depth += 1,
            (None, ')' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        let blank = c.is_ascii_whitespace() && quote.is_none() && depth == 0;
        match (start, blank) {
            (None, false) => start = Some(index),
            (Some(from), true) => {
                found.extend(line.get(from..index));
                start = None;
            }
            _ => {}
        }
    }
    found.extend(start.and_then(|from| line.get(from..)));
    found
}

/// `a{b,c}d` and `{1..3}` are several words.
fn braces(word: &str) -> Vec<String> {
    let whole = || vec![word.to_owned()];
    let Some(open) = word.find('{').filter(|at| !word[..*at].ends_with('$') && !word.contains(['"', '\''])) else {
        return whole();
    };
    let Some(close) = word[open..].find('}').map(|at| open + at) else { return whole() };
    let (before, inner, after) = (&word[..open], &word[open + 1..close], &word[close + 1..]);
    let around = |text: &str| format!("{before}{text}{after}");
    if let Some((from, to)) = inner.split_once("..") {
        let (Ok(from), Ok(to)) = (from.parse::<i64>(), to.parse::<i64>()) else { return whole() };
        return if (0..16).contains(&(to - from)) {
            (from..=to).map(|number| around(&number.to_string())).collect()
        } else {
            vec![around(HOLE)]
        };
    }
    if !inner.contains(',') || inner.contains('{') {
        return whole();
    }
    inner.split(',').take(16).map(around).collect()
}

/// Adds the character behind a backslash; what follows it. A line end is no character but joins the lines.
fn escaped<'w>(text: &'w str, quoted: bool, out: &mut String) -> &'w str {
    let Some(c) = text.chars().next() else { return text };
    match c {
        '\n' => {}
        _ if quoted && !matches!(c, '"' | '\\' | '$' | '`') => out.extend(['\\', c]),
        _ => out.push(c),
    }
    &text[c.len_utf8()..]
}

/// The name at the beginning of a text.
fn name_of(text: &str) -> &str {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return "";
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}
