//! The programs that code starts by a call of a library, with a map of what they are told: notebooks, entries of projects.

use super::{Run, with_holes};
use crate::fact::{Declaration, OpKind, Role as ArgRole, Step, Text};
use crate::lexicon::Meaning;
use crate::program::{Def, Node, join, parent};
use crate::read::shell::bound;
use crate::source::FileId;
use crate::system::{Known, Role, View};
use crate::value::follow::{Into, Seen, Spot};
use crate::value::spelling::segments;
use crate::value::text::Memory;
use crate::value::types::Callee;

/// How a notebook is told one value of its parameters.
const TELLS: &str = "-p";

/// The file that makes a folder a project.
const PROJECT: &str = "MLproject";

/// All of them.
pub(super) fn all(view: &View<'_>, known: &mut Known) -> Vec<Run> {
    let mut runs = Vec::new();
    for (def, call) in view.calls() {
        if known.roles[def.file.index()] == Role::Test {
            continue;
        }
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            if let Some(program) = meaning.starts.as_ref().and_then(|slot| view.types.slot(call, slot)) {
                let programs = texts(view, Spot::of(Seen::anywhere(program)));
                let told = ways(view, call, meaning);
                // What varies with the program goes with it.
                let most = programs.len().max(told.iter().map(|(_, values)| values.len()).max().unwrap_or(0));
                for at in 0..most.min(WAYS).min(if programs.is_empty() { 0 } else { WAYS }) {
                    let given = told.iter().filter_map(|(name, values)| Some((name, values.get(at % values.len())?)));
                    let given = given.flat_map(|(name, value)| [TELLS.to_owned(), name.to_string(), value.clone()]);
                    let program = programs.get(at % programs.len()).cloned();
                    let words = program.into_iter().chain(given).collect();
                    runs.push(run(view, known, (def, call), words, Text::default()));
                }
            } else if meaning.enters.is_some() {
                runs.extend(entry(view, known, (def, call), meaning));
            }
        }
    }
    runs
}

/// The commands of an entry that a call starts.
fn entry(view: &View<'_>, known: &mut Known, (def, call): (Def, Node), meaning: &Meaning) -> Vec<Run> {
    let Some(slot) = &meaning.enters else { return Vec::new() };
    let named = view.types.slot(call, slot).map(|value| texts(view, Spot::of(Seen::anywhere(value))));
    let name = match named {
        Some(names) => names.into_iter().next().unwrap_or_default(),
        None => slot.default.clone().unwrap_or_default(),
    };
    let Some((file, step)) = project(view, call, meaning).and_then(|file| Some((file, declared(view, file, &name)?)))
    else {
        return Vec::new();
    };
    let told = told(view, call, meaning);
    let value = |name: &str| told.iter().find(|(own, _)| *own == name).map(|(_, value)| value.to_string());
    let folder = Text::from(parent(view.program.path(file)));
    let commands = step.commands.iter().map(|command| {
        let words = if command.asked.is_empty() { &command.words } else { &command.asked };
        words.iter().map(|word| bound(word, &value)).collect()
    });
    let runs = commands.map(|words| run(view, known, (def, call), words, folder)).collect();
    known.entered.entry((file, step.name)).or_default().extend(told);
    runs
}

/// The project that a call names by its folder, else the only one.
fn project(view: &View<'_>, call: Node, meaning: &Meaning) -> Option<FileId> {
    let uri = meaning.place.as_ref().and_then(|slot| view.types.slot(call, slot));
    let uri = uri.map(|value| texts(view, Spot::of(Seen::anywhere(value)))).and_then(|all| all.into_iter().next());
    let folder = uri.unwrap_or_else(|| ".".to_owned());
    let here = parent(view.program.path(call.file));
    let at = |base: &str| view.program.at_path(&join(&segments(base, &folder), PROJECT));
    at(here).or_else(|| at("")).or_else(|| {
        let mut all = view.program.files().filter(|file| view.program.path(*file).rsplit('/').next() == Some(PROJECT));
        all.next().filter(|_| all.next().is_none())
    })
}

fn declared<'v>(view: &'v View<'_>, file: FileId, name: &str) -> Option<&'v Step> {
    view.program.file(file).declarations.iter().find_map(|declaration| match declaration {
        Declaration::Step(step) if step.name == name => Some(step),
        _ => None,
    })
}

fn run(view: &View<'_>, known: &Known, (def, call): (Def, Node), words: Vec<String>, folder: Text) -> Run {
    Run {
        code: view.code(known, def),
        symbol: view.symbol(def),
        at: view.program.place(call),
        folder,
        words,
        environment: Vec::new(),
        background: false,
        redirects: Vec::new(),
        fed: Text::default(),
        written: false,
    }
}

fn told(view: &View<'_>, call: Node, meaning: &Meaning) -> Vec<(Text, Text)> {
    let map = meaning.tells.as_ref().and_then(|slot| view.types.slot(call, slot));
    map.map(|map| pairs(view, map)).unwrap_or_default()
}

/// The names and values of a map that is written out: `{"a": x}`, `dict(a=x)`.
pub fn pairs(view: &View<'_>, map: Node) -> Vec<(Text, Text)> {
    let value = |name: Text| {
        let spot = Spot::of(Seen::anywhere(map)).down(Into::Key(name));
        texts(view, spot).into_iter().next().map(|text| (name, Text::from(&text)))
    };
    names(view, map).into_iter().filter_map(value).collect()
}

/// The names of such a map.
fn names(view: &View<'_>, map: Node) -> Vec<Text> {
    let mut names: Vec<Text> = Vec::new();
    let mut waiting = vec![Seen::anywhere(map)];
    while let Some(seen) = waiting.pop() {
        match view.program.op(seen.node).kind {
            OpKind::Dict(run) => {
                let keys = view.program.operands(seen.node.file, run).iter().filter(|o| o.role == ArgRole::Key);
                names.extend(keys.filter_map(|o| view.program.literal(seen.beside(o.value).node)));
            }
            OpKind::Call(_, run) => {
                let named = view.program.operands(seen.node.file, run).iter();
                names.extend(named.filter_map(|o| if let ArgRole::Named(name) = o.role { Some(name) } else { None }));
            }
            _ if names.is_empty() && waiting.len() < WAYS => waiting.extend(view.evaluator.follow.back(&seen).values),
            _ => {}
        }
    }
    names
}

/// What a call tells, each name with the values that it may have.
fn ways(view: &View<'_>, call: Node, meaning: &Meaning) -> Vec<(Text, Vec<String>)> {
    let Some(map) = meaning.tells.as_ref().and_then(|slot| view.types.slot(call, slot)) else { return Vec::new() };
    let values = |name: Text| (name, texts(view, Spot::of(Seen::anywhere(map)).down(Into::Key(name))));
    names(view, map).into_iter().map(values).filter(|(_, values)| !values.is_empty()).collect()
}

/// More values that a map may be tell nothing.
const WAYS: usize = 8;

fn texts(view: &View<'_>, spot: Spot) -> Vec<String> {
    let texts = view.evaluator.texts_inside(spot, &mut Memory::default());
    texts.patterns.iter().map(|pattern| with_holes(view, pattern)).collect()
}
