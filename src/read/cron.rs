//! Tables of cron: each line a step that the clock starts.

use super::comments::{line_comments, notes};
use super::shell::{self, Variables};
use crate::fact::{Declaration, Facts, Step, Text};
use crate::source::Span;

/// Words that begin commands and are no names of users.
const PROGRAMS: [&str; 22] = [
    "cd", "python", "python3", "bash", "sh", "make", "docker", "flock", "source", "test", "curl", "Rscript", "env",
    "nice", "timeout", "sudo", "poetry", "uv", "conda", "psql", "sleep", "find",
];

/// Is a file of that path such a table?
pub fn is_table(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    lower == "crontab"
        || lower.starts_with("crontab.")
        || lower.ends_with(".cron")
        || lower.ends_with(".crontab")
        || matches!(folder, "cron.d" | "crontabs")
}

/// Reads a table.
pub fn read(text: &str) -> Facts {
    let mut facts = Facts::default();
    let mut variables = Variables::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        if let Some((name, value)) = bare.split_once('=').filter(|(name, _)| is_name(name.trim())) {
            variables.insert(name.trim().to_owned(), value.trim().trim_matches(['"', '\'']).to_owned());
            continue;
        }
        let Some((schedule, command)) = entry(bare) else { continue };
        let offset = start + line.find(command).unwrap_or(0);
        let span = Span::new(offset, offset + command.len());
        let commands = shell::commands_at(command, span, &variables);
        let program =
            commands.iter().rev().flat_map(|c| &c.words).find(|word| word.contains('.') && !word.starts_with('-'));
        let name =
            program.map_or_else(|| command.split_whitespace().next().unwrap_or("cron").to_owned(), |w| w.to_string());
        let name = Text::from(name.rsplit('/').next().unwrap_or(&name));
        facts.commands.extend(commands.iter().cloned());
        let (tool, schedule) = (Text::from("cron"), Text::from(schedule));
        facts.declarations.push(Declaration::Step(Step { name, tool, span, commands, schedule, ..Step::default() }));
    }
    facts.notes = notes(text, line_comments(text, &["#"]).into_iter());
    facts
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The schedule and the command of a line; the user between them is left out.
fn entry(line: &str) -> Option<(&str, &str)> {
    let fields = if line.starts_with('@') { 1 } else { 5 };
    let mut end = 0;
    for _ in 0..fields {
        let rest = line.get(end..)?;
        let blank = rest.len() - rest.trim_start().len();
        let word = rest.split_whitespace().next()?;
        let clock = |c: char| c.is_ascii_alphanumeric() || "*/,-@".contains(c);
        if !word.chars().all(clock) {
            return None;
        }
        end += blank + word.len();
    }
    let (schedule, command) = (line.get(..end)?, line.get(end..)?.trim_start());
    let (first, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let user = !rest.is_empty() && is_name(&first.replace('-', "_")) && !PROGRAMS.contains(&first);
    Some((schedule, if user { rest.trim_start() } else { command }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_steps_with_a_schedule() {
        let text = "SHELL=/bin/bash\n# no\n0 2 * * * app cd /srv/x && python a.py >> l\n@daily ./b.sh\nnot one\n";
        let facts = read(text);
        let steps: Vec<String> = facts
            .declarations
            .iter()
            .filter_map(
                |d| if let Declaration::Step(s) = d { Some(format!("{} {}", s.name, s.schedule)) } else { None },
            )
            .collect();
        assert_eq!(steps, ["a.py 0 2 * * *", "b.sh @daily"]);
    }
}
