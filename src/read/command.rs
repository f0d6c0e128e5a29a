//! A shell command line split into the programs it runs.

use crate::fact::{Command, Text};
use crate::source::Span;

/// The commands of a line: separated by `&&`, `||`, `;`, `|` or line ends; assignments in front are left out.
pub fn split(text: &str, span: Span) -> Vec<Command> {
    let mut commands = Vec::new();
    for line in text.replace("\\\n", " ").split(['\n', ';']) {
        // A line that the shell itself could not split (an open quote) is split at blanks.
        let words = shlex::split(line).unwrap_or_else(|| line.split_whitespace().map(str::to_owned).collect());
        for part in words.split(|w| matches!(w.as_str(), "&&" | "||" | "|" | "&")) {
            let words: Vec<Text> =
                part.iter().skip_while(|w| is_assignment(w)).map(|w| Text::from(w.as_str())).collect();
            if !words.is_empty() {
                commands.push(Command { words, span, ..Command::default() });
            }
        }
    }
    commands
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

/// Where the bracket closes that opens a text.
pub fn closing(text: &str) -> usize {
    let mut depth = 0_usize;
    for (index, c) in text.char_indices() {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index + c.len_utf8();
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_several_commands() {
        let commands = split("A=1 python t.py --x 'a b' && echo done; ls | wc", Span::default());
        let words: Vec<Vec<&str>> = commands.iter().map(|c| c.words.iter().map(|w| w.as_str()).collect()).collect();
        assert_eq!(words, [vec!["python", "t.py", "--x", "a b"], vec!["echo", "done"], vec!["ls"], vec!["wc"]]);
    }
}
