//! Commands of scripts, images, recipes, workflows and notebooks, and those that code starts: the data they fetch and
//! the programs they run.

pub mod asked;
pub mod called;
mod jobs;
mod learners;
pub mod missing;
pub mod moved;
pub mod programs;
pub mod told;
mod written;

use smallvec::smallvec;

use super::running::start;
use super::{Invocation, Known, Landing, View, data};
use crate::fact::{Access, Command, Text};
use crate::lexicon::{Subject, Tool};
use crate::program::parent;
use crate::read::shell::{Variables, commands_at, plain};
use crate::source::{At, FileId};
use crate::system::graph::{NodeId, System};
use crate::value::environment::is_variable;
use crate::value::place::{NoBindings, Where};
use crate::value::spelling::segments;
use crate::value::text::{Part, Pattern};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};
use programs::{Program, program, unwrapped};

/// Adds what commands read and run.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    let mut runs: Vec<Run> = written::all(view, known).into_iter().chain(called::all(view, known)).collect();
    runs.extend(told::all(view, known));
    for run in runs.into_iter().flat_map(|run| opened(view, run, 0)) {
        let words = unwrapped(view, &run.words);
        if let Some((tool, named)) = view.lexicon.tool(words) {
            let arguments = words.get(named..).unwrap_or_default();
            fetch(view, system, &run, tool, arguments);
            if tool.carries {
                known.landings.extend(landing(view, &run, tool, arguments));
            }
        }
        if known.roles[run.at.file.index()] != super::Role::Test {
            known.asked.extend(asked::of(view, run.at, words));
        }
        let moved = moved::derive(view, system, &run, words).into_iter();
        known.moved.extend(moved.map(|(source, target)| (source, target, run.at)));
        known.learners.extend(learners::derive(view, system, &run, words));
        let script = || {
            let (name, rest) = words.split_first()?;
            Some(Program { file: *known.scripts.get(&Text::from(name))?, arguments: rest.to_vec(), folder: None })
        };
        let found = program(view, run.at.file, run.folder, words).or_else(script).or_else(|| fed(view, &run, words));
        if found.is_none() && run.written && known.roles[run.at.file.index()] != super::Role::Test {
            for (folder, _) in programs::folders(view, run.at.file, &run.folder).into_iter().take(1) {
                if let Some(path) = missing::path(view, run.at.file, &folder, words) {
                    missing::tell(view, system, run.at, &path);
                }
            }
            missing::lost(known, run.at, &run.folder, words);
        }
        if let Some(program) = found.as_ref().filter(|_| run.written) {
            missing::found(view, known, run.at, &run.folder, words, program.file);
        }
        if let Some(Program { file, arguments, folder }) = found.filter(|p| p.file != run.at.file) {
            if view.is_code(file) {
                start(view, system, known, file);
            }
            // `[sys.executable, "train.py", ..]`
            let unnamed = words.first().is_some_and(|first| first == "{}");
            let direct =
                unnamed || words.first().is_some_and(|first| first.contains("python") || first.ends_with(".py"));
            let environment = handed(&run, words.len());
            let background = run.background || is_queued(view, words);
            let Run { at, .. } = run;
            let spots = Vec::new();
            known.invocations.push(Invocation {
                program: file,
                arguments,
                environment,
                at,
                spots,
                direct,
                background,
                folder,
                step: None,
            });
            system.join(EdgeKind::Calls, run.code, known.modules[file.index()], run.at, Certainty::Seen);
        }
    }
    jobs::derive(view, system, known);
}

/// A command, and what runs it.
struct Run {
    code: NodeId,
    symbol: Text,
    at: At,
    folder: Text,
    words: Vec<String>,
    /// What it hands on in variables of the environment.
    environment: Vec<(Text, Text)>,
    background: bool,
    redirects: Vec<(Access, Text)>,
    /// The text that it is fed with, if that is written there.
    fed: Text,
    /// A file that is no code says it.
    written: bool,
}

/// Texts in texts of commands are no deeper.
const DEPTH: usize = 3;

/// A command that hands a text to a shell (`bash -c "..."`) is the commands of that text.
fn opened(view: &View<'_>, run: Run, depth: usize) -> Vec<Run> {
    let text = match unwrapped(view, &run.words) {
        [shell, rest @ ..] if is_shell(shell) => {
            let flag = rest.iter().position(|w| w.starts_with('-') && !w.starts_with("--") && w.ends_with('c'));
            flag.and_then(|at| rest.get(at + 1)).cloned()
        }
        words => view.lexicon.tool(words).and_then(|(tool, named)| {
            let arguments = words.get(named..).unwrap_or_default();
            tool.says.iter().find_map(|flag| option(arguments, flag)).map(str::to_owned)
        }),
    };
    let Some(text) = text.filter(|_| depth < DEPTH) else { return vec![run] };
    let inner = commands_at(&text, run.at.span, &Variables::default()).into_iter().flat_map(|command| {
        let folder = match (run.folder.as_str(), command.folder.as_str()) {
            (here, "") => here.to_owned(),
            (_, there) if there.starts_with('/') => there.to_owned(),
            (here, there) => format!("{here}/{there}"),
        };
        let inner = Run {
            words: words(&command),
            folder: Text::from(&folder),
            background: run.background || command.background,
            fed: command.fed,
            environment: run.environment.iter().chain(&command.environment).copied().collect(),
            redirects: command.redirects.iter().map(|(access, place)| (*access, Text::from(&plain(place)))).collect(),
            ..run
        };
        opened(view, inner, depth + 1)
    });
    inner.collect()
}

/// The variables of the environment that a program gets: those of its script, and those set in front of its name.
fn handed(run: &Run, own: usize) -> Vec<(Text, Text)> {
    let front = run.words.get(..run.words.len().saturating_sub(own)).unwrap_or_default();
    let set = front.iter().filter_map(|word| word.split_once('=')).filter(|(name, _)| is_variable(name));
    let set = set.map(|(name, value)| (Text::from(name), Text::from(value)));
    run.environment.iter().copied().chain(set).collect()
}

/// Is a command run later by somebody else, and waits for nothing?
fn is_queued(view: &View<'_>, words: &[String]) -> bool {
    let Some((tool, _)) = view.lexicon.tool(words) else { return false };
    let waits = |word: &String| tool.queues_unless.iter().any(|o| word == o || word.starts_with(&format!("{o}=")));
    !tool.queues_unless.is_empty() && !words.iter().any(waits)
}

fn is_shell(word: &str) -> bool {
    matches!(word.rsplit('/').next().unwrap_or(word), "sh" | "bash" | "zsh" | "dash" | "ksh")
}

fn words(command: &Command) -> Vec<String> {
    command.words.iter().map(|w| w.as_str().to_owned()).collect()
}

/// The file of statements, or the program, that a command is fed with: `psql < a.sql`.
fn fed(view: &View<'_>, run: &Run, words: &[String]) -> Option<Program> {
    view.lexicon.tool(words).filter(|(tool, _)| tool.runs)?;
    let fed = run.redirects.iter().find(|(access, _)| *access == Access::Read)?;
    let words: Vec<String> = words.iter().cloned().chain([fed.1.to_string()]).collect();
    program(view, run.at.file, run.folder, &words)
}

/// The programs of the repository that the commands of a file run.
pub fn programs(view: &View<'_>, file: FileId) -> Vec<FileId> {
    let commands = view.program.file(file).commands.iter();
    let found = commands.filter_map(|command| {
        let words = words(command);
        Some(program(view, file, command.folder, unwrapped(view, &words))?.file)
    });
    found.filter(|program| *program != file).collect()
}

/// A pattern as a text in which unknown parts are `{}`.
fn with_holes(view: &View<'_>, pattern: &Pattern) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Key(_, value) => value.to_string(),
        Part::Option(number) => view.evaluator.default_text(*number).unwrap_or_else(|| "{}".to_owned()),
        Part::Each(number, at) => view.evaluator.default_at(*number, *at).unwrap_or_else(|| "{}".to_owned()),
        Part::Hole | Part::Root(_) | Part::Argument(_) | Part::Temporary => "{}".to_owned(),
    };
    pattern.iter().map(part).collect()
}

/// Adds the data that a command fetches from elsewhere.
fn fetch(view: &View<'_>, system: &mut System, run: &Run, tool: &Tool, arguments: &[String]) {
    let target = tool.target.iter().find_map(|flag| option(arguments, flag)).filter(|t| !is_address(t));
    let data = tool.data_with.iter().any(|(flag, value)| option(arguments, flag) == Some(value.as_str()));
    for address in places(tool, arguments) {
        let Some(subject) = tool.subject(address, target) else { continue };
        let pattern = smallvec![Part::Text(address.to_owned())];
        let scheme = tool.scheme.as_deref();
        let place = view.placer.place(
            view.evaluator,
            Where { pattern: &pattern, scheme, environment: false },
            run.at.file,
            None,
            &NoBindings,
        );
        if !place.remote || !place.known {
            continue;
        }
        let dataset = data::node(system, &place, run.at, run.symbol);
        let model = subject == Subject::Model && !data;
        system.say(dataset, "content", if model { "model" } else { "data" });
        let revision = tool.pinned_by.iter().find_map(|flag| option(arguments, flag));
        if revision.is_some() && scheme.is_none() {
            system.mark(dataset, "pinned");
        }
        data::fix(system, dataset, &place, scheme, &|| revision.map(str::to_owned));
        system.join(EdgeKind::Reads, run.code, dataset, run.at, Certainty::Seen);
        if model && system.get(dataset, "mutable").is_some() {
            let name = system.node(dataset).name;
            let name = Text::from(scheme.and_then(|s| name.strip_prefix(s)?.strip_prefix(':')).unwrap_or(&name));
            let model = system.named(NodeKind::Model, name, run.at, run.symbol);
            system.mark(model, "remote");
            system.join(EdgeKind::Reads, run.code, model, run.at, Certainty::Seen);
        }
    }
}

/// `rsync -a raw/2024 stage/` puts the files into `stage/2024`, not into `stage`.
fn landing(view: &View<'_>, run: &Run, tool: &Tool, arguments: &[String]) -> Option<Landing> {
    let mut places = Vec::new();
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if tool.target.iter().any(|flag| flag == word) {
            words.next();
        } else if !word.starts_with('-') {
            places.push(word);
        }
    }
    let [source, target] = places.as_slice() else { return None };
    let name = source.rsplit('/').next().filter(|name| !name.is_empty() && !name.contains(['.', '*', '{']))?;
    if target.contains([':', '{']) {
        return None;
    }
    let target = segments(&segments(parent(view.program.path(run.at.file)), &run.folder), target);
    let folder = segments(&target, name);
    Some(Landing { at: run.at, target, folder })
}

/// What among the arguments names a place: all addresses, or the first argument.
fn places<'w>(tool: &Tool, arguments: &'w [String]) -> Vec<&'w str> {
    if tool.scheme.is_none() && !tool.copies {
        return arguments.iter().map(String::as_str).filter(|word| is_address(word)).collect();
    }
    let named = tool.place.iter().find_map(|flag| option(arguments, flag));
    let first = named.or_else(|| first_plain(tool, arguments));
    first.filter(|word| tool.scheme.is_some() || is_address(word)).into_iter().collect()
}

fn is_address(word: &str) -> bool {
    word.contains("://") && !word.starts_with('-')
}

/// The first argument that is neither an option nor the value of one.
fn first_plain<'w>(tool: &Tool, arguments: &'w [String]) -> Option<&'w str> {
    let valued = |flag: &str| tool.target.iter().chain(&tool.pinned_by).any(|f| f == flag);
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if valued(word) {
            words.next();
        } else if !word.starts_with('-') {
            return Some(word);
        }
    }
    None
}

/// The value of an option: `--flag value`, `--flag=value`.
fn option<'w>(arguments: &'w [String], flag: &str) -> Option<&'w str> {
    let mut words = arguments.iter().map(String::as_str);
    words
        .find_map(|word| word.strip_prefix(flag))
        .map(|rest| rest.strip_prefix('=').or_else(|| words.next()).unwrap_or_default())
}
