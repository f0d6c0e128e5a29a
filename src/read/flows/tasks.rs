//! Lists of tasks in the files of other schedulers: bundles and jobs of Databricks, pipelines of Azure, builds and
//! containers of clusters.

use super::github::names;
use super::script::{commands, exec, line};
use crate::fact::{Command, Step, Text, Word};
use crate::read::command::split;
use crate::read::items::Item;
use crate::read::shell::Variables;
use crate::source::Span;

/// Maps in maps are looked into no deeper.
const DEPTH: usize = 12;

/// The steps that a file lists, and commands that belong to none.
pub(super) fn read(text: &str, root: Item<'_>) -> (Vec<Step>, Vec<Command>) {
    let mut found = Found { text, steps: Vec::new(), commands: Vec::new() };
    if root.get("trigger").is_some() || root.get("pool").is_some() || root.get("stages").is_some() {
        found.azure_devops(root);
    }
    if root.get("steps").is_some()
        && root.list("steps").any(|step| step.get("entrypoint").is_some() || step.get("args").is_some())
    {
        found.cloud_build(root);
    }
    found.inside(root, 0);
    (found.steps, found.commands)
}

struct Found<'t> {
    text: &'t str,
    steps: Vec<Step>,
    commands: Vec<Command>,
}

impl Found<'_> {
    fn inside(&mut self, item: Item<'_>, depth: usize) {
        if depth > DEPTH {
            return;
        }
        for (key, below) in item.entries() {
            match key.as_str() {
                "tasks" if below.entries().any(|(_, task)| task.get("task_key").is_some()) => {
                    below.entries().for_each(|(_, task)| self.databricks(task));
                }
                "jobs" if below.entries().any(|(_, job)| job.text("command").is_some()) => {
                    below.entries().for_each(|(name, job)| self.azure(name, job));
                }
                "deployments" => below.entries().for_each(|(_, deployment)| self.deployment(deployment)),
                "containers" | "initContainers" => below.entries().for_each(|(_, container)| self.container(container)),
                _ => self.inside(below, depth + 1),
            }
        }
    }

    /// A task of a Databricks job.
    fn databricks(&mut self, task: Item<'_>) {
        let Some(name) = task.text("task_key") else { return };
        let after = task.list("depends_on").filter_map(|on| on.text("task_key")).map(|word| word.text).collect();
        let mut commands = Vec::new();
        let run = |program: &str, file: Word, arguments: Vec<Text>| {
            let words = [Text::from(program), file.text].into_iter().chain(arguments).collect();
            Command { words, span: file.span, ..Command::default() }
        };
        let arguments = |of: Item<'_>| names(of.get("parameters"));
        if let Some(of) = task.get("spark_python_task")
            && let Some(file) = of.text("python_file")
        {
            commands.push(run("python", file, arguments(of)));
        }
        if let Some(of) = task.get("notebook_task")
            && let Some(mut file) = of.text("notebook_path")
        {
            let given = of.get("base_parameters").into_iter().flat_map(Item::entries);
            let given: Vec<Text> = given
                .filter_map(|(name, value)| Some([Text::from("-p"), name, value.word()?.text]))
                .flatten()
                .collect();
            if !file.text.rsplit('/').next().unwrap_or_default().contains('.') {
                file.text = Text::from(&format!("{}.py", file.text));
            }
            commands.push(run("python", file, given));
        }
        if let Some(of) = task.get("python_wheel_task")
            && let Some(entry) = of.text("entry_point")
        {
            let words = std::iter::once(entry.text).chain(arguments(of)).collect();
            commands.push(Command { words, span: entry.span, ..Command::default() });
        }
        if let Some(file) = task.get("sql_task").and_then(|of| of.get("file")?.text("path")) {
            commands.push(run("psql", file, Vec::new()));
        }
        let tool = Text::from("databricks");
        self.steps.push(Step { name: name.text, tool, span: name.span, commands, after, ..Step::default() });
    }

    /// A flow of Prefect that is deployed with values for its parameters: `entrypoint: flows/train.py:train`.
    fn deployment(&mut self, deployment: Item<'_>) {
        let Some((file, function)) = deployment
            .text("entrypoint")
            .and_then(|word| word.text.split_once(".py:").map(|(a, b)| (format!("{a}.py"), Text::from(b))))
        else {
            return;
        };
        let (Some(entry), Some(name)) = (deployment.text("entrypoint"), deployment.text("name")) else { return };
        let given = deployment.get("parameters").into_iter().flat_map(Item::entries);
        let given = given.filter_map(|(name, value)| Some([Text::from(&format!("--{name}")), value.word()?.text]));
        let words = [Text::from("python"), Text::from(&file), function].into_iter().chain(given.flatten()).collect();
        let clocks = deployment.get("schedule").into_iter().chain(deployment.list("schedules"));
        let schedule = clocks.filter_map(|clock| clock.text("cron")).next().map(|word| word.text).unwrap_or_default();
        let commands = vec![Command { words, span: entry.span, ..Command::default() }];
        let tool = Text::from("prefect-deployment");
        self.steps.push(Step { name: name.text, tool, span: name.span, commands, schedule, ..Step::default() });
    }

    /// A job of a pipeline of Azure ML: its inputs name the outputs of others.
    fn azure(&mut self, name: Text, job: Item<'_>) {
        let (Some(command), Some(own)) = (job.text("command"), job.own) else { return };
        let inputs = job.get("inputs").into_iter().flat_map(Item::entries);
        let texts = inputs.filter_map(|(_, input)| input.word().or_else(|| input.text("path")));
        let after = texts.filter_map(|word| {
            let rest = word.text.split_once("parent.jobs.")?.1;
            Some(Text::from(rest.split('.').next()?))
        });
        let after = after.collect();
        let folder = job.text("code").map_or("", |code| code.text.as_str());
        let mut commands = split(&holes(&command.text), command.span);
        commands.iter_mut().for_each(|c| c.folder = Text::from(folder));
        self.steps.push(Step { name, tool: Text::from("azureml"), span: own.span, commands, after, ..Step::default() });
    }

    /// A container of a cluster's job.
    fn container(&mut self, container: Item<'_>) {
        let words: Vec<Word> =
            ["command", "args"].iter().flat_map(|key| container.list(key)).filter_map(Item::word).collect();
        if let (Some(first), Some(last)) = (words.first(), words.last()) {
            let span = Span { start: first.span.start, end: last.span.end };
            self.commands.extend(exec(words.iter().map(|word| word.text).collect(), span, &Variables::default()));
        }
    }

    /// Stages and jobs of Azure DevOps.
    fn azure_devops(&mut self, root: Item<'_>) {
        let of_stages = root.list("stages").flat_map(|stage| stage.list("jobs").collect::<Vec<_>>());
        for job in root.list("jobs").chain(of_stages) {
            let Some(name) = job.text("job") else { continue };
            let scripts: Vec<Item<'_>> =
                job.list("steps").filter_map(|step| step.get("script").or_else(|| step.get("bash"))).collect();
            let commands =
                scripts.iter().flat_map(|s| commands(self.text, &[*s], &Variables::default(), &|_| None)).collect();
            let after = names(job.get("dependsOn"));
            let tool = Text::from("azure-devops");
            self.steps.push(Step { name: name.text, tool, span: name.span, commands, after, ..Step::default() });
        }
    }

    /// Steps of a cloud build: in turn, unless they say for which others they wait.
    fn cloud_build(&mut self, root: Item<'_>) {
        let mut before: Vec<Text> = Vec::new();
        for (number, step) in root.list("steps").enumerate() {
            let Some(own) = step.own else { continue };
            let name = step.text("id").map_or_else(|| Text::from(&format!("step-{number}")), |word| word.text);
            let words: Vec<Word> =
                step.text("entrypoint").into_iter().chain(step.list("args").filter_map(Item::word)).collect();
            let span = words.first().map_or(own.value_span, |word| word.span);
            let commands = match step.get("script") {
                Some(script) => line(self.text, script),
                None => exec(words.iter().map(|word| word.text).collect(), span, &Variables::default()),
            };
            let waits = names(step.get("waitFor"));
            let after = if waits.is_empty() { before.clone() } else { waits };
            before = vec![name];
            let tool = Text::from("cloud-build");
            self.steps.push(Step { name, tool, span, commands, after, ..Step::default() });
        }
    }
}

/// A text whose `${{ expressions }}` are not known.
fn holes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        out.push_str(before);
        out.push_str("{}");
        rest = after.split_once("}}").map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    out
}
