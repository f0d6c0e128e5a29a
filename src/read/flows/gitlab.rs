//! Pipelines of GitLab: jobs in stages, or in the order of what they need.

use super::github::names;
use super::script::{commands, variables};
use crate::fact::{Command, Step, Text};
use crate::read::items::Item;
use crate::read::shell::Variables;

/// Keys of a pipeline that are no jobs.
const OTHERS: [&str; 11] = [
    "stages",
    "variables",
    "default",
    "include",
    "workflow",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "pages_config",
];

/// Templates of templates are no deeper.
const DEPTH: usize = 5;

/// The jobs, and the commands that belong to all of them.
pub(super) fn jobs(text: &str, root: Item<'_>) -> (Vec<Step>, Vec<Command>) {
    let shared = variables(root.get("variables"), &Variables::default(), &|_| None);
    let mut stages = names(root.get("stages"));
    if stages.is_empty() {
        stages = ["build", "test", "deploy"].map(Text::from).to_vec();
    }
    let before = root.get("default").and_then(|d| d.get("before_script")).or_else(|| root.get("before_script"));
    let loose: Vec<Command> = ["before_script", "after_script", "script"]
        .iter()
        .filter_map(|key| root.get(key))
        .flat_map(|item| commands(text, &scripts(item), &shared, &|_| None))
        .collect();
    let mut found: Vec<(Text, Step)> = Vec::new();
    for (name, job) in root.entries().filter(|(name, _)| !OTHERS.contains(&name.as_str())) {
        let Some(script) = inherited(root, job, "script", 0) else { continue };
        // The scripts of a job run in one shell, those of the whole first.
        let first = inherited(root, job, "before_script", 0).or(before);
        let own = variables(inherited(root, job, "variables", 0), &shared, &|_| None);
        let mut parts: Vec<Item<'_>> = first.map(scripts).unwrap_or_default();
        parts.extend(scripts(script));
        parts.extend(job.get("after_script").map(scripts).unwrap_or_default());
        let commands = commands(text, &parts, &own, &|_| None);
        let stage = inherited(root, job, "stage", 0).and_then(Item::word).map_or(Text::from("test"), |word| word.text);
        let needs = job.get("needs").or_else(|| job.get("dependencies"));
        let after = match needs {
            Some(needs) => {
                let named = needs.entries().filter_map(|(_, entry)| entry.word().or_else(|| entry.text("job")));
                named.map(|word| word.text).collect()
            }
            None => earlier(&stages, stage, &found),
        };
        let span = job.own.map(|own| own.span).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        found.push((stage, Step { name, tool: Text::from("gitlab"), span, commands, after, ..Step::default() }));
    }
    // Jobs may be written down in another order than they run.
    let all = found.clone();
    for (stage, step) in &mut found {
        if step.after.is_empty() {
            step.after = earlier(&stages, *stage, &all);
        }
    }
    (found.into_iter().map(|(_, step)| step).collect(), loose)
}

/// The jobs of all stages before one.
fn earlier(stages: &[Text], stage: Text, found: &[(Text, Step)]) -> Vec<Text> {
    let Some(own) = stages.iter().position(|s| *s == stage) else { return Vec::new() };
    let before = &stages[..own];
    found.iter().filter(|(stage, _)| before.contains(stage)).map(|(_, step)| step.name).collect()
}

/// What a job says under a key, or a template that it extends.
fn inherited<'a>(root: Item<'a>, job: Item<'a>, key: &str, depth: usize) -> Option<Item<'a>> {
    if let Some(own) = job.get(key) {
        return Some(own);
    }
    let templates = names(job.get("extends"));
    let mut above = templates.iter().rev().filter(|_| depth < DEPTH).filter_map(|name| root.get(name));
    above.find_map(|template| inherited(root, template, key, depth + 1))
}

/// The texts of a script: one, or those of a list, which may hold lists.
fn scripts(item: Item<'_>) -> Vec<Item<'_>> {
    if item.word().is_some() {
        return vec![item];
    }
    let entries = item.entries().map(|(_, entry)| entry);
    entries
        .flat_map(|entry| if entry.word().is_some() { vec![entry] } else { entry.entries().map(|(_, e)| e).collect() })
        .collect()
}
