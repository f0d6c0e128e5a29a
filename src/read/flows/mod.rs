//! Pipelines that YAML and JSON files declare as lists of jobs: what each runs, and which come before it.

mod argo;
mod github;
mod gitlab;
mod script;
mod tasks;
#[cfg(test)]
mod tests;

use super::items::Item;
use crate::fact::{Command, Declaration, Facts, Setting, Step};

/// Adds the commands and the steps of a file that is already read as settings.
pub fn read(facts: &mut Facts, text: &str, path: &str) {
    let name = path.rsplit('/').next().unwrap_or(path);
    let root = Item::root(&facts.settings);
    let (steps, commands) = if path.contains(".github/") || matches!(name, "action.yml" | "action.yaml") {
        let jobs = if path.contains(".github/workflows/") { github::jobs(text, root) } else { Vec::new() };
        let commands = github::loose(text, root);
        (jobs, commands)
    } else if name == ".gitlab-ci.yml" || path.contains(".gitlab/") || name.ends_with(".gitlab-ci.yml") {
        gitlab::jobs(text, root)
    } else if argo::is_workflow(root) {
        (argo::steps(root), Vec::new())
    } else if name.starts_with("docker-compose") || name.starts_with("compose.") {
        (Vec::new(), services(text, &facts.settings))
    } else {
        tasks::read(text, root)
    };
    facts.commands.extend(steps.iter().flat_map(|step| step.commands.iter().cloned()).chain(commands));
    facts.declarations.extend(steps.into_iter().filter(runs).map(Declaration::Step));
}

fn runs(step: &Step) -> bool {
    !step.commands.is_empty()
}

/// The commands of composed containers.
fn services(text: &str, settings: &[Setting]) -> Vec<Command> {
    let services = Item::root(settings).get("services").into_iter().flat_map(Item::entries);
    let parts = services.flat_map(|(_, service)| {
        let part = |key| service.get(key);
        [part("entrypoint"), part("command")].into_iter().flatten().collect::<Vec<_>>()
    });
    parts.flat_map(|part| script::line(text, part)).collect()
}
