//! A shell command line split into the programs it runs.

use crate::fact::{Command, Text};
use crate::source::Span;

/// The commands of a line: separated by `&&`, `||`, `;`, `|` or line ends; assignments in front are left out.
pub fn split(text: &str, span: Span) -> Vec<Command> {
    let mut commands = Vec::new();
    for line in text.replace("\\\n", " ").split(['\n', ';']) {
        // A line that the shell itself could not split (an open quote) is split at blanks.
        let words = shlex::split(line).unwrap_or_else(|| line.split_whitespace().map(str::to_owned).collect());
        for part in words.split_inclusive(|w| is_separator(w)) {
            let background = part.last().is_some_and(|w| w == "&");
            let words = part.iter().filter(|w| !is_separator(w)).skip_while(|w| is_assignment(w));
            let words: Vec<Text> = words.map(|w| Text::from(w.as_str())).collect();
            if !words.is_empty() {
                commands.push(Command { words, background, span, ..Command::default() });
            }
        }
    }
    wait(&mut commands);
    commands
}

/// What a script waits for is not left running.
pub fn wait(commands: &mut [Command]) {
    let Some(last) = commands.iter().rposition(|command| command.words.first().is_some_and(|w| w == "wait")) else {
        return;
    };
    commands[..last].iter_mut().for_each(|command| command.background = false);
}

fn is_separator(word: &str) -> bool {
    matches!(word, "&&" | "||" | "|" | "&")
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

/// The folder of a path; the root is empty.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
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
    fn what_is_started_with_an_ampersand_and_not_waited_for_is_left_running() {
        let left = |text: &str| split(text, Span::default()).iter().map(|c| c.background).collect::<Vec<_>>();
        assert_eq!(left("python a.py & python b.py\nnohup python c.py > log &"), [true, false, true]);
        assert_eq!(left("python a.py &\nwait\npython b.py &"), [false, false, true]);
    }

    #[test]
    fn a_line_is_several_commands() {
        let commands = split("A=1 python t.py --x 'a b' && echo done; ls | wc", Span::default());
        let words: Vec<Vec<&str>> = commands.iter().map(|c| c.words.iter().map(|w| w.as_str()).collect()).collect();
        assert_eq!(words, [vec!["python", "t.py", "--x", "a b"], vec!["echo", "done"], vec!["ls"], vec!["wc"]]);
    }
}
