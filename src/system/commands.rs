//! Commands of scripts, images, recipes, workflows and notebooks, and those that code starts: the data they fetch and
//! the programs they run.

use smallvec::smallvec;

use super::running::{program_of, start};
use super::{Invocation, Known, Landing, Role, View, data};
use crate::fact::{Command, OpKind, Text};
use crate::lexicon::{Subject, Tool};
use crate::program::{Node, parent};
use crate::read::command::split;
use crate::source::{At, FileId};
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::place::{NoBindings, Where, segments};
use crate::value::text::{Part, Pattern};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds what commands read and run.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    for run in written(view, known).into_iter().chain(called(view, known)) {
        let words = unwrapped(view, &run.words);
        if let Some((tool, named)) = view.lexicon.tool(words) {
            let arguments = words.get(named..).unwrap_or_default();
            fetch(view, system, &run, tool, arguments);
            if tool.carries {
                known.landings.extend(landing(view, &run, tool, arguments));
            }
        }
        let script = || {
            let (name, rest) = words.split_first()?;
            Some((*known.scripts.get(&Text::from(name))?, rest.to_vec()))
        };
        let runs = program(view, run.at.file, run.folder, words).or_else(script);
        if let Some((program, arguments)) = runs.filter(|(p, _)| *p != run.at.file) {
            start(view, system, known, program);
            let direct = words.first().is_some_and(|first| first.contains("python") || is_script(first));
            known.invocations.push(Invocation { program, arguments, at: run.at, direct, background: run.background });
            system.join(EdgeKind::Calls, run.code, known.modules[program.index()], run.at, Certainty::Seen);
        }
    }
}

/// A command, and what runs it.
struct Run {
    code: NodeId,
    symbol: Text,
    at: At,
    folder: Text,
    words: Vec<String>,
    background: bool,
}

/// Commands as files write them.
fn written(view: &View<'_>, known: &Known) -> Vec<Run> {
    let files = view.program.files().filter(|file| known.roles[file.index()] != Role::Test);
    let of_file = |file: FileId| {
        let symbol = Text::from(view.program.path(file));
        view.program.file(file).commands.iter().map(move |command| Run {
            code: known.modules[file.index()],
            symbol,
            at: At { file, span: command.span },
            folder: command.folder,
            words: words(command),
            background: command.background,
        })
    };
    files.flat_map(of_file).collect()
}

/// Commands that code starts.
fn called(view: &View<'_>, known: &Known) -> Vec<Run> {
    let mut runs = Vec::new();
    for (def, call) in view.calls().filter(|(def, _)| known.roles[def.file.index()] != Role::Test) {
        let slot = view.types.callees(call).iter().find_map(|callee| match callee {
            Callee::Meaning(meaning) => meaning.runs.as_ref(),
            Callee::Function(..) => None,
        });
        let Some(value) = slot.and_then(|slot| view.types.slot(call, slot)) else { continue };
        let run = |(words, background)| Run {
            code: view.code(known, def),
            symbol: view.symbol(def),
            at: view.program.place(call),
            folder: Text::default(),
            words,
            background,
        };
        runs.extend(command_lines(view, value).into_iter().map(run));
    }
    runs
}

/// The commands that a value stands for, and which are left running: a list is one, a text may be several.
fn command_lines(view: &View<'_>, value: Node) -> Vec<(Vec<String>, bool)> {
    let text = |node: Node| {
        let texts = view.evaluator.texts(&Seen::anywhere(node));
        texts.patterns.iter().map(|pattern| with_holes(view, pattern)).collect::<Vec<_>>()
    };
    match view.program.op(value).kind {
        OpKind::List(operands) | OpKind::Tuple(operands) => {
            let elements = view.program.operands(value.file, operands).iter();
            let word = |element: u32| text(Node { value: element, ..value }).into_iter().next();
            vec![(elements.map(|o| word(o.value).unwrap_or_else(|| "{}".to_owned())).collect(), false)]
        }
        // `words.append(x)`: the list without what is added to it.
        OpKind::After(list, _) => command_lines(view, Node { value: list, ..value }),
        _ => {
            let lines = text(value);
            let commands = lines.iter().flat_map(|line| split(line, crate::source::Span::default()));
            commands.map(|command| (words(&command), command.background)).collect()
        }
    }
}

fn words(command: &Command) -> Vec<String> {
    command.words.iter().map(|w| w.as_str().to_owned()).collect()
}

/// A pattern as a text in which unknown parts are `{}`.
fn with_holes(view: &View<'_>, pattern: &Pattern) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Option(number) => view.evaluator.default_text(*number).unwrap_or_else(|| "{}".to_owned()),
        Part::Hole | Part::Argument(_) | Part::Temporary => "{}".to_owned(),
    };
    pattern.iter().map(part).collect()
}

/// The words without those of programs that only run another one.
fn unwrapped<'w>(view: &View<'_>, words: &'w [String]) -> &'w [String] {
    let Some((_, named)) = view.lexicon.tool(words).filter(|(tool, _)| tool.wraps) else { return words };
    let rest = words.get(named..).unwrap_or_default();
    let inner = (0..rest.len()).find(|i| view.lexicon.tool(&rest[*i..]).is_some() || is_script(&rest[*i]));
    inner.map_or(rest, |i| unwrapped(view, &rest[i..]))
}

fn is_script(word: &str) -> bool {
    word.ends_with(".py") || word.ends_with(".ipynb")
}

/// The programs of the repository that the commands of a file run.
pub fn programs(view: &View<'_>, file: FileId) -> Vec<FileId> {
    let commands = view.program.file(file).commands.iter();
    let found = commands.filter_map(|command| {
        let words = words(command);
        Some(program(view, file, command.folder, unwrapped(view, &words))?.0)
    });
    found.filter(|program| *program != file).collect()
}

/// The program of the repository that a command runs, and its arguments: below the folder of its script, or below the root, for where
/// the script starts is not known.
fn program(view: &View<'_>, file: FileId, below: Text, words: &[String]) -> Option<(FileId, Vec<String>)> {
    let first = words.first()?;
    let runs = is_script(first)
        || first.contains("{}")
        || first.starts_with("./")
        || view.lexicon.tool(words).is_some_and(|(tool, _)| tool.runs);
    let folders = [parent(view.program.path(file)), ""];
    let mut bases = folders.into_iter().filter(|_| runs && !below.contains("{}")).map(|base| segments(base, &below));
    bases.find_map(|folder| program_of(view, words, &folder))
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
