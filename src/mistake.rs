//! A mistake in mldebt's own input (its configuration, a rule, a lexicon file), with its place.

use std::ops::Range;
use std::path::Path;

/// A mistake in a file that somebody wrote for mldebt; ends the run with exit code 2.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {message}")]
pub struct Mistake {
    /// The file's path as the user knows it.
    pub file: String,
    /// Its text, for showing the place.
    pub text: String,
    /// The bytes in question; empty if the whole file is meant.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it: a did-you-mean, the words that would do.
    pub help: Option<String>,
}

impl Mistake {
    /// A mistake at some bytes of a file.
    pub fn new(file: &str, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), text: text.to_owned(), span, message: message.into(), help: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same in a copy of a revision: the file is named as the repository knows it.
    #[must_use]
    pub fn below(mut self, copy: &Path, revision: &str) -> Self {
        if let Ok(path) = Path::new(&self.file).strip_prefix(copy) {
            self.file = format!("{revision}:{}", path.display());
        }
        self
    }

    /// What a TOML error says, at its place.
    pub fn toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let message = error.message().to_owned();
        let help = did_you_mean_in(&message);
        Self { help, ..Self::new(file, text, error.span().unwrap_or(0..0), message) }
    }
}

/// The candidate that is spelled most like `word`, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let own = letters(word);
    let allowed = |c: &str| 1 + c.len().min(word.len()) / 4;
    candidates
        .into_iter()
        // Most words are far apart, which their letters tell at once: one slip brings or takes one of them.
        .filter(|c| apart(own, letters(c)) <= allowed(c))
        .map(|c| (strsim::damerau_levenshtein(word, c), c))
        .filter(|(distance, c)| *distance <= allowed(c))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c)
}

/// Which letters a word is made of, and of how many.
fn letters(word: &str) -> (u64, usize) {
    let mark = |(marks, count): (u64, usize), c: char| (marks | 1 << (u32::from(c) % 64), count + 1);
    word.chars().fold((0, 0), mark)
}

/// So many slips at least lie between two words of these letters.
fn apart(one: (u64, usize), other: (u64, usize)) -> usize {
    let only = |a: u64, b: u64| (a & !b).count_ones() as usize;
    one.1.abs_diff(other.1).max(only(one.0, other.0)).max(only(other.0, one.0))
}

/// Serde's "unknown field `x`, expected one of `a`, `b`" turned into advice.
fn did_you_mean_in(message: &str) -> Option<String> {
    let mut words = message.split('`').skip(1).step_by(2);
    let wrong = words.next()?;
    if !message.contains("expected") {
        return None;
    }
    let expected: Vec<&str> = words.collect();
    nearest(wrong, expected.iter().copied()).map(|right| format!("did you mean `{right}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_gets_advice() {
        assert_eq!(nearest("severty", ["severity", "source"]), Some("severity"));
        assert_eq!(nearest("banana", ["severity", "source"]), None);
        assert_eq!(nearest("ab", ["ba", "é"]), Some("ba"));
        let advice = did_you_mean_in("unknown field `wher`, expected one of `select`, `where`");
        assert_eq!(advice.as_deref(), Some("did you mean `where`?"));
    }
}
