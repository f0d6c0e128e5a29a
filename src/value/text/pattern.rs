//! Texts as far as they are known, and how they are put together.

use smallvec::{SmallVec, smallvec};

use crate::fact::Text;
use crate::value::environment::is_variable;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// These characters.
    Text(String),
    /// Something unknown.
    Hole,
    /// What the option of that number holds.
    Option(u32),
    /// One of several values that the option of that number holds, by its place among them.
    Each(u32, u32),
    /// The argument at that place of the command line, 1 for the first.
    Argument(u32),
    /// The folder of the system's temporary files.
    Temporary,
    /// What settings hold at a key, joined by dots, which a command line may say anew.
    Key(Text, Text),
    /// Something unknown that is the same wherever it comes from the same source, by the name of that:
    /// a variable of the environment, a parameter, a name of a module that was not read.
    Root(Text),
}

impl Part {
    /// May whoever starts the program say it?
    pub fn is_chosen(&self) -> bool {
        match self {
            Self::Option(_) | Self::Each(..) | Self::Key(..) | Self::Argument(_) => true,
            Self::Root(name) => is_variable(name),
            Self::Text(_) | Self::Hole | Self::Temporary => false,
        }
    }
}

/// A text as far as it is known.
pub type Pattern = SmallVec<[Part; 3]>;

/// The texts that a value may be.
pub type Patterns = SmallVec<[Pattern; 2]>;

pub(super) fn literal(text: &str) -> Pattern {
    if text.is_empty() { Pattern::new() } else { smallvec![Part::Text(text.to_owned())] }
}

/// A text from a settings file: `${x}` and `{x}` in it are holes.
pub(super) fn holes(text: &str) -> Pattern {
    let mut pattern = Pattern::new();
    let mut rest = text;
    while let Some(open) = rest.find(['$', '{']) {
        let after = &rest[open..];
        let from = if after.starts_with("${") {
            2
        } else if after.starts_with('{') {
            1
        } else {
            0
        };
        let Some(close) = after.find('}').filter(|_| from > 0) else { break };
        push(&mut pattern, &rest[..open]);
        pattern.push(Part::Hole);
        rest = &after[close + 1..];
    }
    push(&mut pattern, rest);
    pattern
}

pub(super) fn push(pattern: &mut Pattern, text: &str) {
    if text.is_empty() {
        return;
    }
    match pattern.last_mut() {
        Some(Part::Text(last)) => last.push_str(text),
        _ => pattern.push(Part::Text(text.to_owned())),
    }
}

/// Every text of the one side followed by every text of the other.
pub(super) fn cross(left: &Patterns, right: &Patterns, separator: &str) -> Patterns {
    // Of too many to tell apart, something unknown: a part of them would not be all.
    let unknown: Patterns = smallvec![smallvec![Part::Hole]];
    let right = if right.len() > 1 && left.len() * right.len() > super::WIDTH { &unknown } else { right };
    let mut whole = SmallVec::new();
    for first in left {
        for second in right {
            if whole.len() >= super::WIDTH {
                return whole;
            }
            // An absolute second half replaces the first, as in os.path.join.
            if separator == "/" && matches!(second.first(), Some(Part::Text(t)) if t.starts_with('/')) {
                whole.push(second.clone());
                continue;
            }
            let mut both = first.clone();
            let bare = first.is_empty() || matches!(first.last(), Some(Part::Text(t)) if t.ends_with('/'));
            if !(separator == "/" && bare) {
                push(&mut both, separator);
            }
            for part in second {
                match part {
                    Part::Text(text) => push(&mut both, text),
                    other => both.push(other.clone()),
                }
            }
            whole.push(both);
        }
    }
    whole
}

/// Every place in every container: `bucket` and `key` as `bucket/key`.
pub fn below(containers: &Patterns, places: &Patterns) -> Patterns {
    let hole: Patterns = smallvec![smallvec![Part::Hole]];
    cross(if containers.is_empty() { &hole } else { containers }, places, "/")
}

/// Edits the literal end of each pattern; what cannot be edited becomes a hole.
pub(super) fn edit(patterns: Patterns, change: impl Fn(&str) -> String) -> Patterns {
    patterns
        .into_iter()
        .map(|mut pattern| {
            match pattern.last_mut() {
                Some(Part::Text(text)) => *text = change(text),
                _ => pattern.push(Part::Hole),
            }
            pattern
        })
        .collect()
}

pub(super) fn edit_last(patterns: Patterns, change: impl Fn(&str) -> String) -> Patterns {
    patterns
        .into_iter()
        .map(|pattern| match pattern.as_slice() {
            [.., Part::Text(text)] if text.contains('/') || pattern.len() == 1 => {
                literal(&change(text.rsplit('/').next().unwrap_or(text)))
            }
            _ => smallvec![Part::Hole],
        })
        .collect()
}

/// Changes every literal part; nothing else can be.
pub(super) fn map(patterns: Patterns, change: &dyn Fn(&str) -> String) -> Patterns {
    let changed = |part| match part {
        Part::Text(text) => Part::Text(change(&text)),
        other => other,
    };
    patterns.into_iter().map(|pattern| pattern.into_iter().map(changed).collect()).collect()
}

/// Edits the literal start of each pattern.
pub(super) fn edit_first(patterns: Patterns, change: impl Fn(&str) -> String) -> Patterns {
    let edited = |mut pattern: Pattern| {
        if let Some(Part::Text(text)) = pattern.first_mut() {
            *text = change(text);
        }
        pattern
    };
    patterns.into_iter().map(edited).collect()
}

/// `a%sb%03dc` as `a`, `b` behind nothing, `c` behind `03d`.
pub(super) fn split_printf(text: &str) -> Vec<(String, String)> {
    let mut pieces = vec![(String::new(), String::new())];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let last = pieces.len() - 1;
        if c != '%' {
            pieces[last].0.push(c);
        } else if chars.peek() == Some(&'%') {
            chars.next();
            pieces[last].0.push('%');
        } else {
            let mut shape = String::new();
            while let Some(c) = chars.next_if(|c| !c.is_ascii_alphabetic()) {
                shape.push(c);
            }
            shape.extend(chars.next().filter(|c| *c != 's'));
            pieces.push((String::new(), shape));
        }
    }
    pieces
}

/// The holes of a format: what stands before each, its name and its shape; at the end what stands behind all.
pub(super) type Holes = Vec<(String, Option<(String, String)>)>;

/// `a{}b{name:3}c` as (`a`, ``), (`b`, `name` of shape `3`), (`c`, none).
pub(super) fn split_format(text: &str) -> Holes {
    let mut pieces = Vec::new();
    let mut before = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.peek() == Some(&c) => {
                chars.next();
                before.push(c);
            }
            '{' => {
                let inside: String = chars.by_ref().take_while(|c| *c != '}').collect();
                let name = inside.split([':', '!', '.', '[']).next().unwrap_or_default().to_owned();
                let shape = inside.split_once(':').map_or("", |(_, shape)| shape).to_owned();
                pieces.push((std::mem::take(&mut before), Some((name, shape))));
            }
            _ => before.push(c),
        }
    }
    pieces.push((before, None));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_split_at_their_holes() {
        let pieces: Vec<_> = split_printf("a%s/b%03d%%").into_iter().map(|(text, shape)| text + ":" + &shape).collect();
        assert_eq!(pieces, ["a:", "/b:", "%:03d"]);
        let pieces = split_format("a{}b{n:3}{{c}}");
        assert_eq!(
            pieces,
            [
                ("a".into(), Some((String::new(), String::new()))),
                ("b".into(), Some(("n".into(), "3".into()))),
                ("{c}".into(), None)
            ]
        );
    }

    #[test]
    fn interpolations_of_settings_are_holes() {
        assert_eq!(holes("${dir}/a.csv").as_slice(), [Part::Hole, Part::Text("/a.csv".into())]);
    }
}
