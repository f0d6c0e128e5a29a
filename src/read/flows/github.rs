//! Workflows of GitHub: jobs that need each other, each a row of scripts.

use super::script::{Resolve, commands, filled, variables};
use crate::fact::{Command, Step, Text};
use crate::read::items::Item;
use crate::read::shell::Variables;

/// More instances of one job tell nothing new.
const INSTANCES: usize = 12;

/// The jobs of a workflow.
pub(super) fn jobs(text: &str, root: Item<'_>) -> Vec<Step> {
    let shared = variables(root.get("env"), &Variables::default(), &|_| None);
    let schedule = root.entries().find_map(|(_, on)| on.list("schedule").find_map(|entry| entry.text("cron")));
    let folder = defaults(root);
    let jobs = root.get("jobs").into_iter().flat_map(Item::entries);
    let step = |(name, job): (Text, Item<'_>)| {
        let mut found: Vec<Command> = Vec::new();
        for chosen in instances(job) {
            let of_matrix = |expression: &str| {
                let key = expression.strip_prefix("matrix.")?;
                chosen.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
            };
            let resolve = |expression: &str| {
                let of_env = || shared.get(expression.strip_prefix("env.")?).cloned();
                of_matrix(expression).or_else(of_env)
            };
            let own = variables(job.get("env"), &shared, &resolve);
            let folder = defaults(job).or_else(|| folder.clone()).unwrap_or_default();
            for command in steps(text, job, &own, &folder, &resolve) {
                if !found.iter().any(|c| c.words == command.words && c.span == command.span) {
                    found.push(command);
                }
            }
        }
        let after = names(job.get("needs"));
        let span = job.own.map(|own| own.span).unwrap_or_default();
        let schedule = schedule.map(|word| word.text).unwrap_or_default();
        Step { name, tool: Text::from("github"), span, commands: found, after, schedule, ..Step::default() }
    };
    jobs.map(step).collect()
}

/// The commands of steps that belong to no job: those of an action.
pub(super) fn loose(text: &str, root: Item<'_>) -> Vec<Command> {
    let runs = root.get("runs").into_iter();
    runs.flat_map(|runs| steps(text, runs, &Variables::default(), "", &|_| None)).collect()
}

/// The texts of a list, or the one that stands in its place.
pub(super) fn names(item: Option<Item<'_>>) -> Vec<Text> {
    let Some(item) = item else { return Vec::new() };
    match item.word() {
        Some(word) => vec![word.text],
        None => item.entries().filter_map(|(_, entry)| entry.word()).map(|word| word.text).collect(),
    }
}

/// `defaults.run.working-directory`
fn defaults(of: Item<'_>) -> Option<String> {
    Some(of.get("defaults")?.get("run")?.text("working-directory")?.text.to_string())
}

fn steps(text: &str, holder: Item<'_>, known: &Variables, folder: &str, resolve: Resolve<'_>) -> Vec<Command> {
    let mut found = Vec::new();
    for step in holder.list("steps") {
        let Some(run) = step.get("run") else { continue };
        // The step may be written in another language.
        if step.text("shell").is_some_and(|shell| !shell.text.contains("sh")) {
            continue;
        }
        let own = variables(step.get("env"), known, resolve);
        let with_env = |expression: &str| {
            let of_env = || own.get(expression.strip_prefix("env.")?).cloned();
            resolve(expression).or_else(of_env)
        };
        let folder =
            step.text("working-directory").map_or_else(|| folder.to_owned(), |word| filled(&word.text, &with_env));
        for mut command in commands(text, &[run], &own, &with_env) {
            if !folder.is_empty() && !command.folder.starts_with('/') {
                command.folder = Text::from(format!("{folder}/{}", command.folder).trim_end_matches('/'));
            }
            found.push(command);
        }
    }
    found
}

/// The values that each instance of a job is given.
fn instances(job: Item<'_>) -> Vec<Vec<(String, String)>> {
    let mut combinations: Vec<Vec<(String, String)>> = vec![Vec::new()];
    let matrix = job.get("strategy").and_then(|strategy| strategy.get("matrix"));
    for (axis, choices) in matrix.into_iter().flat_map(Item::entries) {
        let texts: Vec<String> =
            choices.entries().filter_map(|(_, choice)| choice.word()).map(|word| word.text.to_string()).collect();
        if matches!(axis.as_str(), "include" | "exclude") || texts.is_empty() {
            continue;
        }
        let mut longer = Vec::new();
        for combination in &combinations {
            for text in &texts {
                let mut one = combination.clone();
                one.push((axis.to_string(), text.clone()));
                longer.push(one);
            }
        }
        longer.truncate(INSTANCES);
        combinations = longer;
    }
    combinations
}
