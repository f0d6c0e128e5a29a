//! The commands in YAML files of workflows (`run:` of a step) and of composed containers (`command:` of a service).

use super::excerpt::Excerpt;
use super::shell::{self, HOLE, Variables};
use crate::fact::{Command, Scalar, Setting, Text};
use crate::source::Span;

/// The commands that the settings of such a file name.
pub fn commands(text: &str, path: &str, settings: &[Setting]) -> Vec<Command> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if path.contains(".github/") {
        return settings.iter().filter(|s| is_step(s)).flat_map(|s| step(text, s, settings)).collect();
    }
    if name == ".gitlab-ci.yml" || path.contains(".gitlab/") {
        return settings.iter().filter(|s| is_script(s)).flat_map(|s| script(text, s)).collect();
    }
    if name.starts_with("docker-compose") || name.starts_with("compose.") {
        return settings
            .iter()
            .filter(|s| is_service(s))
            .filter_map(|s| service(text, s, settings))
            .flatten()
            .collect();
    }
    Vec::new()
}

/// `jobs.x.steps.0.run`
fn is_step(setting: &Setting) -> bool {
    matches!(setting.keys.as_slice(), [.., steps, _, run] if steps == "steps" && run == "run")
}

/// `job.script`, `job.script.0`; lists may hold lists.
fn is_script(setting: &Setting) -> bool {
    let scripts = ["script", "before_script", "after_script"];
    let [first, rest @ ..] = setting.keys.as_slice() else { return false };
    let number = |key: &Text| key.bytes().all(|b| b.is_ascii_digit());
    match rest {
        [key, numbers @ ..] if scripts.contains(&key.as_str()) => numbers.iter().all(number),
        numbers => scripts.contains(&first.as_str()) && numbers.iter().all(number),
    }
}

/// `services.x.command`
fn is_service(setting: &Setting) -> bool {
    matches!(setting.keys.as_slice(), [services, _, command] if services == "services" && matches!(command.as_str(), "command" | "entrypoint"))
}

fn step(text: &str, run: &Setting, settings: &[Setting]) -> Vec<Command> {
    let beside = |name: &str| {
        let (_, above) = run.keys.split_last()?;
        let of = settings.iter().find(|s| s.keys.split_last().is_some_and(|(l, a)| l == name && a == above))?;
        of.value.text()
    };
    // The step may be written in another language.
    if beside("shell").is_some_and(|shell| !shell.contains("sh")) {
        return Vec::new();
    }
    let mut commands = script(text, run);
    if let Some(folder) = beside("working-directory") {
        let folder = without_expressions(&folder);
        for command in &mut commands {
            let below = command.folder.as_str();
            command.folder = Text::from(format!("{folder}/{below}").trim_end_matches('/'));
        }
    }
    commands
}

fn service(text: &str, command: &Setting, settings: &[Setting]) -> Option<Vec<Command>> {
    let Scalar::List(_) = command.value else { return Some(script(text, command)) };
    let words = settings.iter().filter(|s| s.keys.split_last().is_some_and(|(_, above)| above == command.keys));
    let words: Vec<(Text, Span)> = words.filter_map(|s| Some((Text::from(&s.value.text()?), s.value_span))).collect();
    let (first, last) = (words.first()?.1, words.last()?.1);
    let span = Span { start: first.start, end: last.end };
    Some(vec![Command { words: words.into_iter().map(|(w, _)| w).collect(), span, ..Command::default() }])
}

/// The commands of a text that is a value.
fn script(text: &str, setting: &Setting) -> Vec<Command> {
    let Scalar::Text(value) = setting.value else { return Vec::new() };
    let mut excerpt = Excerpt::default();
    let Span { start, end } = setting.value_span;
    let (mut at, end) = (start as usize, end as usize);
    for line in value.lines() {
        let bare = line.trim();
        match text.get(at..end).and_then(|rest| rest.find(bare)) {
            Some(found) => {
                expressions(bare, at + found, &mut excerpt);
                at += found + bare.len();
            }
            // Folded or escaped: the whole value stands for it.
            None => excerpt.fill(&without_expressions(line), start as usize, end),
        }
        excerpt.fill("\n", at, at);
    }
    shell::commands(&excerpt, &Variables::default())
}

/// Adds a line whose `${{ expressions }}` are not known.
fn expressions(line: &str, start: usize, excerpt: &mut Excerpt) {
    let mut at = 0;
    while let Some((from, length)) = expression(line.get(at..).unwrap_or_default()) {
        excerpt.copy(&line[at..at + from], start + at);
        excerpt.fill(HOLE, start + at + from, start + at + from + length);
        at += from + length;
    }
    excerpt.copy(&line[at..], start + at);
}

fn without_expressions(line: &str) -> String {
    let mut excerpt = Excerpt::default();
    expressions(line, 0, &mut excerpt);
    excerpt.text().to_owned()
}

/// Where the first expression of a line stands, and its length.
fn expression(line: &str) -> Option<(usize, usize)> {
    let from = line.find("${{")?;
    let length = line[from..].find("}}").map_or(line.len() - from, |i| i + 2);
    Some((from, length))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::read::settings::yaml;

    fn read(text: &str, path: &str) -> Vec<(String, String, String)> {
        let commands = commands(text, path, &yaml(text).settings);
        let shown = |c: &Command| {
            let words: Vec<&str> = c.words.iter().map(|w| w.as_str()).collect();
            let slice = text[c.span.start as usize..c.span.end as usize].to_owned();
            (words.join("|"), c.folder.as_str().to_owned(), slice)
        };
        commands.iter().map(shown).collect()
    }

    #[test]
    fn steps_of_workflows_are_commands() {
        let text = "jobs:\n  é:\n    steps:\n      - working-directory: a\n        run: |\n          echo é\n          if x; then\n            cd b && wget ${{ env.URL }}/c \\\n              -q\n          fi\n      - run: \"ls 'd'\"\n      - run: python e.py\n      - {run: print(), shell: python}\n      - run: >-\n          f\n          g\n";
        let found = read(text, ".github/workflows/ci.yml");
        let words: Vec<(&str, &str)> = found.iter().map(|(w, f, _)| (w.as_str(), f.as_str())).collect();
        let expected = [
            ("echo|é", "a"),
            ("x", "a"),
            ("cd|b", "a/b"),
            ("wget|{}/c|-q", "a/b"),
            ("ls|d", ""),
            ("python|e.py", ""),
            ("f|g", ""),
        ];
        assert_eq!(words, expected);
        assert_eq!(found[0].2, "echo é");
        assert!(found[3].2.starts_with("wget ${{ env.URL }}/c") && found[3].2.ends_with("-q"));
        assert_eq!((found[4].2.as_str(), found[5].2.as_str()), ("ls 'd'", "python e.py"));
    }

    #[test]
    fn jobs_of_gitlab_are_commands() {
        let text = "before_script: [a]\nfit:\n  stage: train\n  script:\n    - python b.py | tee c\n    - [d, e]\nscore:\n  script: |\n    f\n    g\n";
        let words: Vec<String> = read(text, ".gitlab-ci.yml").into_iter().map(|f| f.0).collect();
        assert_eq!(words, ["a", "python|b.py", "tee|c", "d", "e", "f", "g"]);
    }

    #[test]
    fn commands_of_services_are_commands() {
        let text = "services:\n  a:\n    command: python b.py --c\n  d:\n    command: [python, e.py]\n";
        let found = read(text, "docker-compose.yml");
        assert_eq!(found.iter().map(|f| f.0.as_str()).collect::<Vec<_>>(), ["python|b.py|--c", "python|e.py"]);
    }
}
