//! Jobs of a cluster: what the containers of one run, and when the clock starts it.

use super::script::{exec, variables};
use crate::fact::{Command, Step, Text, Word};
use crate::read::items::Item;
use crate::read::shell::Variables;
use crate::source::Span;

/// Is a document a job that runs to its end?
pub(super) fn is_job(root: Item<'_>) -> bool {
    let is = |key, names: &[&str]| root.text(key).is_some_and(|word| names.iter().any(|name| word.text == *name));
    is("apiVersion", &["batch/v1", "batch/v1beta1", "batch/v2alpha1"]) && is("kind", &["Job", "CronJob"])
}

/// The step that a job is.
pub(super) fn steps(root: Item<'_>) -> Vec<Step> {
    let Some(spec) = root.get("spec") else { return Vec::new() };
    let name = root.get("metadata").and_then(|of| of.text("name").or_else(|| of.text("generateName")));
    let Some(name) = name else { return Vec::new() };
    let schedule = spec.text("schedule").map(|word| word.text).unwrap_or_default();
    let job = spec.get("jobTemplate").and_then(|of| of.get("spec")).unwrap_or(spec);
    let pod = job.get("template").and_then(|of| of.get("spec"));
    let containers =
        pod.into_iter().flat_map(|pod| ["initContainers", "containers"].into_iter().flat_map(move |key| pod.list(key)));
    let commands = containers.flat_map(commands).collect();
    let tool = Text::from("kubernetes");
    vec![Step { name: name.text, tool, span: name.span, commands, schedule, ..Step::default() }]
}

/// What a container runs.
fn commands(container: Item<'_>) -> Vec<Command> {
    let words: Vec<Word> =
        ["command", "args"].iter().flat_map(|key| container.list(key)).filter_map(Item::word).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return Vec::new() };
    let span = Span { start: first.span.start, end: last.span.end };
    let known = variables(container.get("env"), &Variables::default(), &|_| None);
    let folder = container.text("workingDir").map(|word| word.text).unwrap_or_default();
    let mut found = exec(words.iter().map(|word| filled(&word.text, &known)).collect(), span, &known);
    for command in found.iter_mut().filter(|command| command.folder.is_empty()) {
        command.folder = folder;
    }
    found
}

/// A word with the variables of its container: `$(TABLE)`.
fn filled(word: &str, known: &Variables) -> Text {
    let mut out = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once("$(") {
        let (name, behind) = after.split_once(')').unwrap_or((after, ""));
        out.push_str(before);
        match known.get(name) {
            Some(value) => out.push_str(value),
            None => out.push_str(&format!("$({name})")),
        }
        rest = behind;
    }
    out.push_str(rest);
    Text::from(&out)
}
