//! Units of systemd: services that run commands and start each other, and timers that start them.

use super::comments::{line_comments, notes};
use super::shell::{self, Variables};
use crate::fact::{Declaration, Facts, Step, Text, Variable, Word};
use crate::source::Span;

/// A line of a unit: its section, its key, its value and where that stands.
struct Entry<'t> {
    section: &'t str,
    key: &'t str,
    value: &'t str,
    span: Span,
}

/// Reads a unit of that file name.
pub fn read(text: &str, name: &str) -> Facts {
    let mut facts = Facts::default();
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    let entries = entries(text);
    match kind {
        "timer" => facts.declarations.extend(clock(&entries, stem)),
        _ => {
            let step = service(&entries, stem);
            facts.commands.extend(step.iter().flat_map(|step| step.commands.iter().cloned()));
            facts.declarations.extend(step.map(Declaration::Step));
            facts.declarations.extend(followers(&entries, stem));
        }
    }
    facts.notes = notes(text, line_comments(text, &["#", ";"]).into_iter());
    facts
}

/// The variables that a service sets for what it runs.
pub fn environment(text: &str) -> Vec<Variable> {
    let pairs = variables(&entries(text));
    let variable = |(name, value, span): (&str, &str, Span)| Variable {
        name: Text::from(name),
        span,
        set: true,
        value: Some(Text::from(value)),
    };
    pairs.into_iter().map(variable).collect()
}

fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut found = Vec::new();
    let (mut section, mut at) = ("", 0);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim();
        if let Some(name) = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        } else if let Some((key, value)) = bare.split_once('=').filter(|_| !bare.starts_with(['#', ';'])) {
            let value = value.trim();
            let offset = start + line.find('=').map_or(0, |sign| line[sign..].find(value).map_or(sign, |i| sign + i));
            let span = Span::new(offset, offset + value.len());
            found.push(Entry { section, key: key.trim(), value, span });
        }
    }
    found
}

/// `Environment="A=1" B=2`
fn variables<'t>(entries: &[Entry<'t>]) -> Vec<(&'t str, &'t str, Span)> {
    let lines = entries.iter().filter(|entry| entry.key == "Environment");
    let pairs = lines.flat_map(|entry| {
        let words = entry.value.split(['"', ' ']).filter(|word| !word.is_empty());
        words.filter_map(|word| word.split_once('=')).map(|(name, value)| (name, value, entry.span))
    });
    pairs.collect()
}

/// What a service runs, after which others, and which it starts.
fn service(entries: &[Entry<'_>], stem: &str) -> Option<Step> {
    let known: Variables =
        variables(entries).into_iter().map(|(name, value, _)| (name.to_owned(), value.to_owned())).collect();
    let of = |key: &'static str| entries.iter().filter(move |entry| entry.key == key);
    let folder = of("WorkingDirectory").next().map_or("", |entry| entry.value.trim_start_matches('-'));
    let lines: Vec<&Entry<'_>> = ["ExecStartPre", "ExecStart", "ExecStartPost"]
        .into_iter()
        .flat_map(of)
        .filter(|e| e.section == "Service")
        .collect();
    let span = of("ExecStart").next()?.span;
    let mut commands = Vec::new();
    for line in lines {
        // Marks in front say how it is run and what follows when it fails.
        let bare = line.value.trim_start_matches(['-', '@', '+', '!', ':']);
        let span = Span::new(line.span.end as usize - bare.len(), line.span.end as usize);
        commands.extend(shell::commands_at(bare, span, &known));
    }
    for command in commands.iter_mut().filter(|command| command.folder.is_empty()) {
        command.folder = Text::from(folder);
    }
    let after = of("After").flat_map(|entry| services(entry.value)).collect();
    let (name, tool) = (Text::from(stem), Text::from("systemd"));
    Some(Step { name, tool, span, commands, after, ..Step::default() })
}

/// The services that one starts when it has ended well.
fn followers(entries: &[Entry<'_>], stem: &str) -> Vec<Declaration> {
    let own = |entry: &Entry<'_>| Word { text: Text::from(stem), span: entry.span };
    let told = entries.iter().filter(|entry| entry.section == "Unit" && entry.key == "OnSuccess");
    told.flat_map(|entry| services(entry.value).map(move |other| Declaration::Then(own(entry), other))).collect()
}

/// The names of the services in a list of units.
fn services(list: &str) -> impl Iterator<Item = Text> {
    list.split_whitespace().filter_map(|unit| unit.strip_suffix(".service")).map(Text::from)
}

/// The service that a timer starts, and when.
fn clock(entries: &[Entry<'_>], stem: &str) -> Option<Declaration> {
    let when = entries.iter().find(|e| e.section == "Timer" && matches!(e.key, "OnCalendar" | "OnUnitActiveSec"))?;
    let unit = entries.iter().find(|e| e.section == "Timer" && e.key == "Unit");
    let unit = unit.map_or(stem, |unit| unit.value.strip_suffix(".service").unwrap_or(unit.value));
    Some(Declaration::Clock(Word { text: Text::from(unit), span: when.span }, Text::from(when.value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_steps_and_timers_their_clocks() {
        let text = "[Unit]\nOnSuccess=b.service\nAfter=network.target a0.service\n[Service]\nEnvironment=\"OUT=x.csv\" N=1\nWorkingDirectory=/srv/a\nExecStartPre=-/bin/mkdir d\nExecStart=/v/bin/python a.py $OUT\n";
        let facts = read(text, "a.service");
        let Some(Declaration::Step(step)) = facts.declarations.first() else { panic!("no step") };
        let words: Vec<&str> = step.commands[1].words.iter().map(|word| word.as_str()).collect();
        assert_eq!((step.name.as_str(), words), ("a", vec!["/v/bin/python", "a.py", "x.csv"]));
        assert_eq!((step.commands[1].folder.as_str(), step.after.len()), ("/srv/a", 1));
        assert!(matches!(&facts.declarations[1], Declaration::Then(own, other) if own.text == "a" && *other == "b"));
        assert_eq!(environment(text).len(), 2);
        let timer = read("[Timer]\nOnCalendar=daily\n", "a.timer");
        assert!(matches!(&timer.declarations[0], Declaration::Clock(unit, at) if unit.text == "a" && *at == "daily"));
    }
}
