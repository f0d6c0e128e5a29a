//! Workflows of Argo: tasks of a graph, or groups of steps, that run templates with arguments.

use super::script::exec;
use crate::fact::{Command, Step, Text};
use crate::read::items::Item;
use crate::read::shell::{Variables, commands_at};

/// Is a document such a workflow?
pub(super) fn is_workflow(root: Item<'_>) -> bool {
    root.text("apiVersion").is_some_and(|word| word.text.starts_with("argoproj.io/"))
        && root
            .text("kind")
            .is_some_and(|word| word.text.ends_with("Workflow") || word.text.ends_with("WorkflowTemplate"))
}

/// What parameters hold.
type Values = Vec<(String, String)>;

/// The tasks of a workflow.
pub(super) fn steps(root: Item<'_>) -> Vec<Step> {
    let Some(spec) = root.get("spec") else { return Vec::new() };
    let schedule = spec.text("schedule").map(|word| word.text).unwrap_or_default();
    let spec = spec.get("workflowSpec").unwrap_or(spec);
    let templates: Vec<Item<'_>> = spec.list("templates").collect();
    let shared = parameters(spec.get("arguments"), "workflow.parameters");
    let mut found = Vec::new();
    let mut used: Vec<Text> = Vec::new();
    for template in &templates {
        let mut tasks: Vec<(Item<'_>, Vec<Text>)> = Vec::new();
        for task in template.get("dag").into_iter().flat_map(|dag| dag.list("tasks")) {
            tasks.push((task, dependencies(task)));
        }
        let mut before: Vec<Text> = Vec::new();
        for group in template.list("steps") {
            let group: Vec<Item<'_>> = group.entries().map(|(_, step)| step).collect();
            tasks.extend(group.iter().map(|step| (*step, before.clone())));
            let names: Vec<Text> = group.iter().filter_map(|step| step.text("name")).map(|word| word.text).collect();
            before = if names.is_empty() { before } else { names };
        }
        for (task, after) in tasks {
            let Some(name) = task.text("name") else { continue };
            let of = task.text("template").or_else(|| task.get("templateRef")?.text("template"));
            let named = of.and_then(|of| templates.iter().find(|t| t.text("name").is_some_and(|n| n.text == of.text)));
            used.extend(of.map(|word| word.text));
            let mut values = parameters(task.get("arguments"), "inputs.parameters");
            if let Some(template) = named {
                values.extend(parameters(template.get("inputs"), "inputs.parameters"));
            }
            values.extend(shared.iter().cloned());
            let commands =
                named.copied().or_else(|| task.get("inline")).map(|t| commands(t, &values)).unwrap_or_default();
            let tool = Text::from("argo");
            found.push(Step { name: name.text, tool, span: name.span, commands, after, schedule, ..Step::default() });
        }
    }
    // A template that no task runs is the whole workflow.
    for template in templates {
        let Some(name) = template.text("name").filter(|name| !used.contains(&name.text)) else { continue };
        let commands = commands(template, &shared);
        found.push(Step {
            name: name.text,
            tool: Text::from("argo"),
            span: name.span,
            commands,
            schedule,
            ..Step::default()
        });
    }
    found
}

/// The names of parameters, as a text asks for them, and what they hold.
fn parameters(item: Option<Item<'_>>, prefix: &str) -> Values {
    let listed = item.into_iter().flat_map(|item| item.list("parameters"));
    let pairs =
        listed.filter_map(|entry| Some((entry.text("name")?, entry.text("value").or_else(|| entry.text("default"))?)));
    pairs.map(|(name, value)| (format!("{prefix}.{}", name.text), value.text.to_string())).collect()
}

/// `dependencies: [a, b]`, `depends: "a && b.Succeeded"`
fn dependencies(task: Item<'_>) -> Vec<Text> {
    let listed = task.list("dependencies").filter_map(Item::word).map(|word| word.text);
    let told = task.text("depends").map(|word| word.text.to_string()).unwrap_or_default();
    let names = told.split(|c: char| c.is_whitespace() || "&|!()".contains(c)).filter(|name| !name.is_empty());
    listed.chain(names.map(|name| Text::from(name.split('.').next().unwrap_or(name)))).collect()
}

/// What the container or script of a template runs.
fn commands(template: Item<'_>, values: &Values) -> Vec<Command> {
    let fill = |text: &str| Text::from(&templated(text, values));
    let mut found = Vec::new();
    if let Some(container) = template.get("container") {
        let words: Vec<_> =
            ["command", "args"].iter().flat_map(|key| container.list(key)).filter_map(Item::word).collect();
        if let (Some(first), Some(last)) = (words.first(), words.last()) {
            let span = crate::source::Span { start: first.span.start, end: last.span.end };
            found.extend(exec(words.iter().map(|word| fill(&word.text)).collect(), span, &Variables::default()));
        }
    }
    if let Some(script) = template.get("script")
        && let Some(source) = script.text("source")
        && script.list("command").filter_map(Item::word).any(|word| word.text.ends_with("sh"))
    {
        found.extend(commands_at(&fill(&source.text), source.span, &Variables::default()));
    }
    found
}

/// A text whose `{{ parameters }}` are filled in.
pub(super) fn templated(text: &str, values: &Values) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (name, behind) = after.split_once("}}").unwrap_or((after, ""));
        let name = name.trim().trim_start_matches('=');
        out.push_str(values.iter().find(|(n, _)| n == name).map_or("{}", |(_, value)| value.as_str()));
        rest = behind;
    }
    out.push_str(rest);
    out
}
