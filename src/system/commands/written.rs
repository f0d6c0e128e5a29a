//! The commands that files write down, with what the starters of their scripts tell them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::programs::{program, unwrapped};
use super::{Run, words};
use crate::fact::{Command, Declaration, Text};
use crate::program::parent;
use crate::read::shell::{bound, plain};
use crate::source::{At, FileId, Kind};
use crate::system::steps::included;
use crate::system::{Known, Role, View};
use crate::value::spelling::segments;

/// Scripts that start scripts are no deeper.
const DEPTH: usize = 6;

/// More starts of one script tell nothing new.
const STARTS: usize = 12;

/// What a script is started with.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Start {
    arguments: Vec<String>,
    environment: Vec<(Text, Text)>,
}

/// Commands as files write them; those of a script once for each way in which other scripts start it.
pub(super) fn all(view: &View<'_>, known: &Known) -> Vec<Run> {
    let files: Vec<FileId> = view
        .program
        .files()
        .filter(|file| known.roles[file.index()] != Role::Test || is_workflow(view, *file))
        .collect();
    let mut starts: FxHashMap<FileId, Vec<Start>> = FxHashMap::default();
    let mut fresh: Vec<(FileId, Start)> =
        files.iter().filter(|f| !view.program.file(**f).commands.is_empty()).map(|f| (*f, base(view, *f))).collect();
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for (file, start) in fresh {
            for command in &view.program.file(file).commands {
                let own = words_of(command, &start);
                let Some((script, arguments)) = started(view, file, command, &own) else { continue };
                let mut environment = start.environment.clone();
                environment.extend(command.environment.iter().copied());
                let given = Start { arguments, environment };
                let known = starts.entry(script).or_default();
                if script != file && given != Start::default() && known.len() < STARTS && !known.contains(&given) {
                    known.push(given.clone());
                    next.push((script, given));
                }
            }
        }
        if next.is_empty() {
            break;
        }
        fresh = next;
    }
    files.iter().flat_map(|file| of_file(view, known, *file, starts.get(file).map_or(&[][..], Vec::as_slice))).collect()
}

/// What a file's commands know before anybody starts them: of a Makefile, the variables of those that it may include.
fn base(view: &View<'_>, file: FileId) -> Start {
    let asks = view.program.file(file).commands.iter().any(|command| !command.asked.is_empty());
    match view.program.sources[file.index()].kind {
        Kind::Makefile if asks => {}
        Kind::Shell if asks => return Start { arguments: Vec::new(), environment: taken_in(view, file) },
        _ => return Start::default(),
    }
    Start { arguments: Vec::new(), environment: included(view, file).map(|(word, value)| (word.text, value)).collect() }
}

/// What variables hold that other scripts set, which a script takes in.
fn taken_in(view: &View<'_>, file: FileId) -> Vec<(Text, Text)> {
    let own = parent(view.program.path(file));
    let of = |command: &Command| match command.words.as_slice() {
        [by, path, ..] if by == "source" || by == "." => {
            [own, ""].iter().find_map(|base| view.program.at_path(&segments(base, path)))
        }
        _ => None,
    };
    let others = view.program.file(file).commands.iter().filter_map(of);
    let variables = others.flat_map(|file| &view.program.file(file).environment).filter(|variable| variable.set);
    let value = |name: Text| Some((name, Text::from(&view.evaluator.environment.value(name)?)));
    variables.filter_map(|variable| value(variable.name)).collect()
}

/// The workflows of a forge lie where tests do, and are none.
fn is_workflow(view: &View<'_>, file: FileId) -> bool {
    let declares = || view.program.file(file).declarations.iter().any(|d| matches!(d, Declaration::Step(_)));
    view.program.path(file).contains(".github/workflows/")
        || view.program.sources[file.index()].kind == Kind::Yaml && declares()
}

fn of_file(view: &View<'_>, known: &Known, file: FileId, starts: &[Start]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut said: FxHashSet<(usize, Vec<String>)> = FxHashSet::default();
    let nobody = [base(view, file)];
    for (index, command) in view.program.file(file).commands.iter().enumerate() {
        let asks = !command.asked.is_empty() && !starts.is_empty();
        for start in if asks { starts } else { &nobody } {
            let words = words_of(command, start);
            if said.insert((index, words.clone())) {
                runs.push(Run {
                    code: known.modules[file.index()],
                    symbol: Text::from(view.program.path(file)),
                    at: At { file, span: command.span },
                    folder: command.folder,
                    words,
                    environment: start.environment.iter().chain(&command.environment).copied().collect(),
                    background: command.background,
                    redirects: command
                        .redirects
                        .iter()
                        .map(|(access, place)| (*access, Text::from(&plain(place))))
                        .collect(),
                    fed: command.fed,
                    written: !view.is_code(file),
                });
            }
        }
    }
    runs
}

/// A command's words, with what its script is started with.
fn words_of(command: &Command, start: &Start) -> Vec<String> {
    if command.asked.is_empty() || *start == Start::default() {
        return words(command);
    }
    let value = |name: &str| -> Option<String> {
        if let Ok(number) = name.parse::<usize>() {
            return start.arguments.get(number.checked_sub(1)?).cloned();
        }
        start.environment.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.to_string())
    };
    let mut found = Vec::new();
    for word in &command.asked {
        // `"$@"` is as many words as there are arguments.
        let all = ["\u{2}@\u{2}", "\u{2}*\u{2}"].contains(&word.as_str());
        if all && !start.arguments.is_empty() {
            found.extend(start.arguments.iter().cloned());
        } else {
            found.push(bound(word, &value));
        }
    }
    found
}

/// The shell script that a command starts, and its arguments.
fn started(view: &View<'_>, file: FileId, command: &Command, own: &[String]) -> Option<(FileId, Vec<String>)> {
    let found = program(view, file, command.folder, unwrapped(view, own))?;
    let shell = view.program.sources[found.file.index()].kind == Kind::Shell;
    shell.then_some((found.file, found.arguments))
}
