//! Task runners, and forges beside the two that have files of their own: Taskfile, tables of scripts, CircleCI, Bitbucket,
//! Tekton, SkyPilot.

use super::argo::templated;
use super::github::names;
use super::script::{commands, exec, line, variables};
use crate::fact::{Command, Step, Text, Word};
use crate::read::items::Item;
use crate::read::shell::{Variables, commands_at};
use crate::source::Span;

/// The steps of a file that one of them reads; none if it is no such file.
pub(super) fn read(text: &str, root: Item<'_>, path: &str) -> Option<Vec<Step>> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let kind = |key: &str| root.text(key).map(|word| word.text);
    match name.to_ascii_lowercase().as_str() {
        "taskfile.yml" | "taskfile.yaml" | "taskfile.dist.yml" | "taskfile.dist.yaml" => Some(taskfile(root)),
        "bitbucket-pipelines.yml" => Some(bitbucket(text, root)),
        "package.json" => Some(scripts(text, root.get("scripts"), "npm")),
        "pyproject.toml" => Some(project(text, root)),
        _ if path.contains(".circleci/") => Some(circleci(text, root)),
        _ if kind("apiVersion").is_some_and(|version| version.starts_with("tekton.dev/")) => Some(tekton(text, root)),
        _ if root.get("resources").is_some() && kind("run").is_some_and(|run| run.contains(' ')) => {
            Some(sky(text, root, name))
        }
        _ => None,
    }
}

fn step(tool: &str, name: Text, span: Span, commands: Vec<Command>, after: Vec<Text>) -> Step {
    Step { name, tool: Text::from(tool), span, commands, after, ..Step::default() }
}

fn span(item: Item<'_>) -> Span {
    item.own.map(|own| own.span).unwrap_or_default()
}

/// The commands of one script.
fn script(text: &str, item: Item<'_>) -> Vec<Command> {
    commands(text, &[item], &Variables::default(), &|_| None)
}

fn inside(mut commands: Vec<Command>, folder: Option<Word>) -> Vec<Command> {
    if let Some(folder) = folder {
        commands
            .iter_mut()
            .filter(|command| command.folder.is_empty())
            .for_each(|command| command.folder = folder.text);
    }
    commands
}

/// `tasks: {fit: {deps: [prep], cmds: [python fit.py {{.TABLE}}]}}`
fn taskfile(root: Item<'_>) -> Vec<Step> {
    let values = |item: Option<Item<'_>>| {
        let pairs = item.into_iter().flat_map(Item::entries).filter_map(|(name, value)| Some((name, value.word()?)));
        pairs.map(|(name, value)| (format!(".{name}"), value.text.to_string())).collect::<Vec<_>>()
    };
    let shared = values(root.get("vars"));
    let task = |(name, task): (Text, Item<'_>)| {
        let mut known = values(task.get("vars"));
        known.extend(shared.iter().cloned());
        let listed: Vec<Item<'_>> = match task.get("cmds") {
            Some(cmds) => cmds.entries().map(|(_, command)| command).collect(),
            None => task.get("cmd").into_iter().chain(Some(task).filter(|task| task.word().is_some())).collect(),
        };
        let mut after = names(task.get("deps"));
        after.extend(task.list("deps").filter_map(|dep| dep.text("task")).map(|word| word.text));
        after.extend(listed.iter().filter_map(|command| command.text("task")).map(|word| word.text));
        let lines = listed.iter().filter_map(|command| command.word().or_else(|| command.text("cmd")));
        let filled = lines.flat_map(|word| {
            commands_at(
                &templated(&word.text, &known),
                word.span,
                &variables(task.get("env"), &Variables::default(), &|_| None),
            )
        });
        step("taskfile", name, span(task), inside(filled.collect(), task.text("dir")), after)
    };
    root.get("tasks").into_iter().flat_map(Item::entries).map(task).collect()
}

/// A table of names and lines; an entry may say more of its line: `{cmd: .., deps: [..]}`.
fn scripts(text: &str, table: Option<Item<'_>>, tool: &str) -> Vec<Step> {
    let entry = |(name, entry): (Text, Item<'_>)| {
        let own = ["cmd", "shell"].iter().find_map(|key| entry.get(key)).unwrap_or(entry);
        step(tool, name, span(entry), script(text, own), names(entry.get("deps")))
    };
    table.into_iter().flat_map(Item::entries).map(entry).collect()
}

/// The tasks of a project of Python: those of poe and of pdm, and the scripts of hatch's environments.
fn project(text: &str, root: Item<'_>) -> Vec<Step> {
    let tool = |name: &str| root.get("tool").and_then(|tool| tool.get(name));
    let mut found = scripts(text, tool("poe").and_then(|of| of.get("tasks")), "poe");
    found.extend(scripts(text, tool("pdm").and_then(|of| of.get("scripts")), "pdm"));
    let environments = tool("hatch").and_then(|of| of.get("envs")).into_iter().flat_map(Item::entries);
    found.extend(environments.flat_map(|(_, environment)| scripts(text, environment.get("scripts"), "hatch")));
    found
}

/// Jobs, and the workflows in which one requires others.
fn circleci(text: &str, root: Item<'_>) -> Vec<Step> {
    let mut required: Vec<(Text, Vec<Text>)> = Vec::new();
    for (_, workflow) in root.get("workflows").into_iter().flat_map(Item::entries) {
        let jobs = workflow.list("jobs").flat_map(Item::entries);
        required.extend(jobs.map(|(name, job)| (name, names(job.get("requires")))));
    }
    let job = |(name, job): (Text, Item<'_>)| {
        let runs = job.list("steps").filter_map(|step| step.get("run"));
        let of_run = |run: Item<'_>| {
            let own = run.get("command").unwrap_or(run);
            inside(script(text, own), run.text("working_directory").or_else(|| job.text("working_directory")))
        };
        let after = required.iter().filter(|(of, _)| *of == name).flat_map(|(_, others)| others.iter().copied());
        step("circleci", name, span(job), runs.flat_map(of_run).collect(), after.collect())
    };
    root.get("jobs").into_iter().flat_map(Item::entries).map(job).collect()
}

/// Steps in turn, of each branch.
fn bitbucket(text: &str, root: Item<'_>) -> Vec<Step> {
    let mut found = Vec::new();
    let pipelines = root.get("pipelines").into_iter().flat_map(Item::entries);
    let rows = pipelines.flat_map(|(name, pipeline)| match name.as_str() {
        "default" => vec![pipeline],
        _ => pipeline.entries().map(|(_, row)| row).collect(),
    });
    for row in rows {
        let mut before: Vec<Text> = Vec::new();
        for (number, one) in row.entries().filter_map(|(_, entry)| entry.get("step")).enumerate() {
            let name = one.text("name").map_or_else(|| Text::from(&format!("step-{number}")), |word| word.text);
            let scripts: Vec<Item<'_>> = one.list("script").collect();
            let own = commands(text, &scripts, &Variables::default(), &|_| None);
            found.push(step("bitbucket", name, span(one), own, std::mem::replace(&mut before, vec![name])));
        }
    }
    found
}

/// Tasks of a pipeline, or a task by itself.
fn tekton(text: &str, root: Item<'_>) -> Vec<Step> {
    let Some(spec) = root.get("spec") else { return Vec::new() };
    let own = |of: Item<'_>| -> Vec<Command> {
        let containers = of.list("steps").flat_map(|container| {
            if let Some(of_script) = container.get("script") {
                return script(text, of_script);
            }
            let words: Vec<Word> =
                ["command", "args"].iter().flat_map(|key| container.list(key)).filter_map(Item::word).collect();
            let place = words.first().map(|word| word.span).unwrap_or_default();
            exec(words.iter().map(|word| word.text).collect(), place, &Variables::default())
        });
        containers.collect()
    };
    let spec = spec.get("pipelineSpec").unwrap_or(spec);
    let mut found: Vec<Step> = Vec::new();
    for task in spec.list("tasks") {
        let Some(name) = task.text("name") else { continue };
        let commands = task.get("taskSpec").map(own).unwrap_or_default();
        found.push(step("tekton", name.text, name.span, commands, names(task.get("runAfter"))));
    }
    if let Some(name) = root.get("metadata").and_then(|of| of.text("name")).filter(|_| found.is_empty()) {
        found.push(step("tekton", name.text, name.span, own(spec), Vec::new()));
    }
    found
}

/// A task that is run on machines of a cloud.
fn sky(text: &str, root: Item<'_>, file: &str) -> Vec<Step> {
    let runs = ["setup", "run"].iter().filter_map(|key| root.get(key));
    let commands = runs.flat_map(|run| line(text, run)).collect();
    let name = root.text("name");
    let place = name.map(|word| word.span).unwrap_or_default();
    let name = name.map_or_else(|| Text::from(file.split('.').next().unwrap_or(file)), |word| word.text);
    vec![step("skypilot", name, place, inside(commands, root.text("workdir")), Vec::new())]
}
