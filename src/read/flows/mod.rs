//! Pipelines that YAML and JSON files declare as lists of jobs: what each runs, and which come before it.

mod argo;
mod cluster;
mod compose;
mod github;
mod gitlab;
mod runners;
mod script;
mod tasks;
#[cfg(test)]
mod tests;

use super::items::Item;
use crate::fact::{Command, Declaration, Facts, Step};

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
    } else if name.starts_with("docker-compose") || name.starts_with("compose.") {
        (compose::services(text, root), Vec::new())
    } else {
        let documents = Item::documents(&facts.settings).into_iter().map(|document| match () {
            () if argo::is_workflow(document) => (argo::steps(document), Vec::new()),
            () if cluster::is_job(document) => (cluster::steps(document), Vec::new()),
            () => match runners::read(text, document, path) {
                Some(steps) => (steps, Vec::new()),
                None if name == "pyproject.toml" => (Vec::new(), Vec::new()),
                None => tasks::read(text, document),
            },
        });
        let (steps, commands): (Vec<Vec<Step>>, Vec<Vec<Command>>) = documents.unzip();
        (steps.concat(), commands.concat())
    };
    facts.commands.extend(steps.iter().flat_map(|step| step.commands.iter().cloned()).chain(commands));
    facts.declarations.extend(steps.into_iter().filter(runs).map(Declaration::Step));
}

fn runs(step: &Step) -> bool {
    !step.commands.is_empty()
}
