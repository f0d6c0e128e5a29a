//! What steps written in code run besides functions: command lines, programs and notebooks, statements of SQL.

use super::find::{slot_texts, texts};
use super::{Made, Task};
use crate::fact::{Access, TableUse, Text};
use crate::lexicon::Slot;
use crate::program::{Node, parent};
use crate::read::shell::{Variables, commands_at};
use crate::read::sql;
use crate::source::{At, FileId, Kind};
use crate::system::commands::programs::unwrapped;
use crate::system::commands::told::pairs;
use crate::system::commands::{asked, called, missing};
use crate::system::graph::System;
use crate::system::running::{Running, program_of, run};
use crate::system::{Invocation, Known, Queried, View, data, steps};
use crate::value::follow::Seen;
use crate::value::place::templated;
use crate::value::spelling::segments;
use crate::vocabulary::{Certainty, EdgeKind};

/// Ties a step to what its call says it runs.
pub(super) fn derive(view: &View<'_>, system: &mut System, known: &mut Known, task: &Task<'_>, declared: &[String]) {
    if task.form.returns_command {
        for value in task.functions.iter().flat_map(|def| view.types.returned(*def)) {
            for (words, folder) in returned(view, value) {
                command(view, system, known, task, declared, (&words, task.at), &folder);
            }
        }
        return;
    }
    let call = match task.made {
        Made::Call(call) => call,
        // `return ContainerSpec(command=[..], args=[..])`
        Made::Function(def, _) => {
            let says =
                |value: &Node| view.types.called_name(*value).is_some_and(|name| task.form.told_by.contains(&name));
            let Some(call) = view.types.returned(def).find(says) else { return };
            call
        }
        Made::Class(_) => return,
    };
    let line = task.form.command.as_ref().and_then(|slot| view.types.slot(call, slot));
    let at = line.map_or(task.at, |node| view.program.place(node));
    for (words, folder) in lines(view, call, task) {
        command(view, system, known, task, declared, (&words, at), &folder);
    }
    for slot in &task.form.sql {
        let Some(value) = view.types.slot(call, slot) else { continue };
        for (text, node) in chosen(texts(view, value), task) {
            statement(view, system, known, task, &text, view.program.place(node));
        }
    }
}

/// Of as many texts as a loop makes steps, the one of this step; else all.
fn chosen<T>(all: Vec<T>, task: &Task<'_>) -> Vec<T> {
    let (turn, turns) = task.turn;
    if turns > 1 && all.len() == turns { all.into_iter().skip(turn).take(1).collect() } else { all }
}

/// The command lines that a call says, as words and the folder in which they run.
fn lines(view: &View<'_>, call: Node, task: &Task<'_>) -> Vec<(Vec<String>, String)> {
    let form = task.form;
    let mut found = Vec::new();
    if let Some(slot) = &form.command {
        let value = view.types.slot(call, slot);
        let parts = value.map(|value| texts(view, value)).unwrap_or_default();
        match parts.len() {
            0 | 1 => {
                let lines = chosen(slot_texts(view, call, Some(slot)), task);
                found.extend(lines.iter().take(1).flat_map(|line| split(line)));
            }
            _ => found.extend(opened(parts.into_iter().map(|(text, _)| text).collect())),
        }
    }
    let several = |slots: &[Slot]| -> Vec<String> {
        let values = slots.iter().filter_map(|slot| view.types.slot(call, slot));
        values.flat_map(|value| words_of(view, value)).collect()
    };
    let words = several(&form.words);
    let program = chosen(slot_texts(view, call, form.program.as_ref()), task).into_iter().take(1);
    let told = form.tells.as_ref().and_then(|slot| view.types.slot(call, slot));
    let told = told.map(|map| pairs(view, map)).unwrap_or_default().into_iter();
    let told = told.flat_map(|(name, value)| ["-p".to_owned(), name.to_string(), value.to_string()]);
    let words: Vec<String> = program.chain(words).chain(told).collect();
    if !words.is_empty() {
        found.extend(opened(words));
    }
    found
}

/// The commands that a function returns: a line, or the words of one.
fn returned(view: &View<'_>, value: Node) -> Vec<(Vec<String>, String)> {
    match called::list(view, &Seen::anywhere(value), 0) {
        Some(_) => opened(words_of(view, value)),
        None => texts(view, value).iter().flat_map(|(line, _)| split(line)).collect(),
    }
}

/// The words of a list, a place for each; those that are not known are holes.
fn words_of(view: &View<'_>, value: Node) -> Vec<String> {
    match called::list(view, &Seen::anywhere(value), 0) {
        Some(words) => words
            .into_iter()
            .map(|mut word| if word.is_empty() { "{}".to_owned() } else { word.swap_remove(0) })
            .collect(),
        None => texts(view, value).into_iter().map(|(text, _)| text).collect(),
    }
}

/// The commands of a line, whose `{{ templates }}` are holes.
fn split(line: &str) -> Vec<(Vec<String>, String)> {
    let commands = commands_at(&templated(line), crate::source::Span::default(), &Variables::default());
    let words = |words: &[Text]| words.iter().map(|word| word.to_string()).collect();
    commands.iter().map(|command| (words(&command.words), command.folder.to_string())).collect()
}

/// The words of a command; those that hand a text to a shell are the commands of the text.
fn opened(words: Vec<String>) -> Vec<(Vec<String>, String)> {
    match words.as_slice() {
        [shell, .., flag, text] if shell.ends_with("sh") && flag.starts_with('-') && flag.ends_with('c') => split(text),
        _ => vec![(words.iter().map(|word| templated(word)).collect(), String::new())],
    }
}

fn command(
    view: &View<'_>,
    system: &mut System,
    known: &mut Known,
    task: &Task<'_>,
    declared: &[String],
    (words, at): (&[String], At),
    folder: &str,
) {
    steps::started(view, system, known, task.id, task.at, words, folder);
    known.asked.extend(asked::of(view, at, unwrapped(view, words)));
    let here = parent(view.program.path(task.at.file));
    let inside = if folder.contains("{}") { String::new() } else { segments("", folder) };
    let bases = [inside.as_str(), "", here];
    let script = || Some((*known.scripts.get(&Text::from(words.first()?))?, words.get(1..)?.to_vec()));
    let found = bases.iter().find_map(|base| program_of(view, words, base));
    let Some((program, rest)) = found.or_else(|| named(view, words)).or_else(script) else {
        missing::lost(known, task.at, folder, words);
        return;
    };
    missing::found(view, known, task.at, folder, words, program);
    let mut runs = vec![(program, rest)];
    if !view.is_code(program) {
        let module = known.modules[program.index()];
        system.join(EdgeKind::Calls, task.id, module, task.at, Certainty::Seen);
        runs = steps::inside(known, program).into_iter().filter(|(file, _)| view.is_code(*file)).collect();
        let tables = &view.program.file(program).tables;
        tables.iter().for_each(|table| queried(view, system, known, task, table, task.at, program));
    }
    for (program, words) in runs {
        let told = Invocation {
            program,
            arguments: words.clone(),
            environment: Vec::new(),
            at,
            spots: Vec::new(),
            direct: true,
            background: false,
            folder: None,
            step: Some(task.id),
        };
        known.invocations.push(told);
        run(view, system, known, Running { step: task.id, at: task.at, folder: None, program, declared, words });
    }
}

/// A program that is named by the path it has where the step runs, which ends as its path in the repository does.
fn named(view: &View<'_>, words: &[String]) -> Option<(FileId, Vec<String>)> {
    let position = words.iter().position(|word| word.ends_with(".py") || word.ends_with(".ipynb"))?;
    let mut path = words.get(position)?.as_str();
    while let Some((_, shorter)) = path.split_once('/') {
        if let Some(file) = view.program.at_path(shorter) {
            return Some((file, words.get(position + 1..).unwrap_or_default().to_vec()));
        }
        path = shorter;
    }
    None
}

/// Adds the tables of a statement, or of the file of that name.
fn statement(view: &View<'_>, system: &mut System, known: &mut Known, task: &Task<'_>, text: &str, at: At) {
    let bare = text.trim();
    if !bare.contains(char::is_whitespace) && bare.ends_with(".sql") {
        let Some(file) = template(view, task.at.file, bare) else { return };
        let module = known.modules[file.index()];
        system.join(EdgeKind::Calls, task.id, module, task.at, Certainty::Seen);
        for table in &view.program.file(file).tables {
            queried(view, system, known, task, table, At { file, span: table.span }, file);
        }
        return;
    }
    for table in sql::statement(&templated(text)) {
        queried(view, system, known, task, &table, at, task.at.file);
    }
}

/// The file of statements that a name means: beside the flow, or wherever a path ends so.
fn template(view: &View<'_>, from: FileId, name: &str) -> Option<FileId> {
    let name = name.trim_start_matches('/').trim_start_matches("./");
    let beside = segments(parent(view.program.path(from)), name);
    let ends = |file: &FileId| {
        let path = view.program.path(*file);
        view.program.sources[file.index()].kind == Kind::Sql
            && path.strip_suffix(name).is_some_and(|above| above.is_empty() || above.ends_with('/'))
    };
    view.program.at_path(&beside).or_else(|| view.program.files().find(ends))
}

fn queried(
    view: &View<'_>,
    system: &mut System,
    known: &mut Known,
    task: &Task<'_>,
    table: &TableUse,
    at: At,
    file: FileId,
) {
    let symbol = Text::from(view.program.path(file));
    let Some(dataset) = data::use_table(view, system, task.id, at, symbol, table, Certainty::Inferred) else { return };
    if table.access != Access::Delete {
        known.queried.push(Queried { step: task.id, access: table.access, dataset, at });
    }
}
