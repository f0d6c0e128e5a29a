//! Steps of declared pipelines, tied to the programs they run: what each says it reads and writes, and what it does.

use rustc_hash::FxHashSet;

use super::data::node;
use super::{Known, Role, View};
use crate::fact::{Access, Command, Declaration, Step, Text};
use crate::read::dvc::interpolate;
use crate::source::{At, FileId};
use crate::system::graph::{NodeId, System};
use crate::system::lexicon::Subject;
use crate::system::place::{Bindings, covers, segments};
use crate::system::program::{Def, Node, join, parent};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds steps.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    for file in view.program.files() {
        for declaration in &view.program.file(file).declarations {
            if let Declaration::Step(step) = declaration {
                add(view, system, known, file, step);
            }
        }
    }
}

/// The words of a command line after the program.
struct Arguments<'v, 'a> {
    words: Vec<String>,
    view: &'v View<'a>,
}

impl Bindings for Arguments<'_, '_> {
    fn option(&self, flags: &[Text], positional: bool, number: u32) -> Option<String> {
        if positional {
            let options = &self.view.evaluator.options.all;
            let file = options.get(number as usize)?.call.file;
            let before = options.iter().take(number as usize).filter(|o| o.positional && o.call.file == file).count();
            return self.words.iter().filter(|w| !w.starts_with('-')).nth(before).cloned();
        }
        for (index, word) in self.words.iter().enumerate() {
            for flag in flags {
                if word == flag.as_str() || word.strip_prefix("--") == Some(flag.as_str()) {
                    return self.words.get(index + 1).cloned();
                }
                let long = format!("--{}=", flag.trim_start_matches('-'));
                if let Some(value) = word.strip_prefix(&long) {
                    return Some(value.to_owned());
                }
            }
        }
        None
    }

    fn argument(&self, position: u32) -> Option<String> {
        self.words.get((position as usize).checked_sub(1)?).cloned()
    }
}

fn add(view: &View<'_>, system: &mut System, known: &mut Known, file: FileId, step: &Step) {
    let at = At { file, span: step.span };
    let declaring = parent(view.program.path(file));
    let folder = segments(declaring, &step.folder);
    let id = system.add(NodeKind::Step, step.name, at, Text::from(view.program.path(file)));
    system.say(id, "tool", &step.tool);
    if step.frozen {
        system.mark(id, "frozen");
    }
    let value = |key: &str| parameter(view, declaring, key);
    let resolved = |text: &Text| interpolate(text, &value);
    let mut inputs: Vec<String> = Vec::new();
    let mut outputs: Vec<String> = Vec::new();
    for (words, places, makes) in [(&step.inputs, &mut inputs, false), (&step.outputs, &mut outputs, true)] {
        for word in words {
            let text = resolved(&word.text);
            let place = view.placer.path(&text, file, Some(&folder));
            // Declared data is data even if no code in sight touches it; declared code is a module.
            if view.program.at_path(&place.name).is_none() {
                let dataset = node(system, &place, At { file, span: word.span }, Text::from(view.program.path(file)));
                system.mark(dataset, "declared");
                system.join(EdgeKind::Declares, id, dataset, At { file, span: word.span }, Certainty::Seen);
                if makes {
                    system.join(EdgeKind::Follows, dataset, id, At { file, span: word.span }, Certainty::Seen);
                }
            }
            places.push(place.name);
        }
    }
    let declared: Vec<&String> = inputs.iter().chain(&outputs).collect();
    for params in &step.params {
        let path = segments(&folder, &resolved(&params.text));
        if let Some(of) = view.program.at_path(&path) {
            system.join(EdgeKind::Declares, id, known.modules[of.index()], at, Certainty::Seen);
        }
    }
    for command in &step.commands {
        let words: Vec<String> = command.words.iter().map(resolved).collect();
        let folder = segments(&folder, &command.folder);
        match program_of(view, &words, &folder).or_else(|| program_of(view, &words, "")) {
            Some((program, rest)) => run(
                view,
                system,
                known,
                Running { step: id, at, folder: &folder, program, declared: &declared, words: rest },
            ),
            None => {
                if !is_plain_tool(command) {
                    system.mark(id, "opaque");
                }
            }
        }
    }
}

/// A parameter of `params.yaml` beside the pipeline.
fn parameter(view: &View<'_>, folder: &str, key: &str) -> Option<String> {
    let file = view.program.at_path(&join(folder, "params.yaml"))?;
    let keys: Vec<Text> = key.split('.').map(Text::from).collect();
    let settings = &view.program.file(file).settings;
    settings.iter().find(|s| s.keys == keys).and_then(|s| s.value.text())
}

/// Programs that touch nothing a pipeline needs to know.
fn is_plain_tool(command: &Command) -> bool {
    command
        .words
        .first()
        .is_some_and(|w| matches!(w.as_str(), "echo" | "mkdir" | "cd" | "true" | "export" | "set" | "source"))
}

/// Makes a file that something runs a program.
pub fn start<'k>(view: &View<'_>, system: &mut System, known: &'k mut Known, program: FileId) -> &'k FxHashSet<Def> {
    system.mark(known.modules[program.index()], "entry");
    if !known.programs.contains(&program) {
        known.programs.push(program);
    }
    known.reached.entry(program).or_insert_with(|| view.reach.from(program))
}

/// The program that a command runs and the arguments it gets: `python -u train.py --x 1`, `python -m pkg.train`.
pub fn program_of(view: &View<'_>, words: &[String], folder: &str) -> Option<(FileId, Vec<String>)> {
    for (index, word) in words.iter().enumerate() {
        let rest = || words.get(index + 1..).unwrap_or_default().to_vec();
        if word == "-m" {
            let module = words.get(index + 1)?;
            let rest = words.get(index + 2..).unwrap_or_default().to_vec();
            let path = module.replace('.', "/");
            let candidates = ["", "src"].iter().flat_map(|base| {
                let at = segments(folder, &join(base, &path));
                [format!("{at}.py"), format!("{at}/__main__.py")]
            });
            // A module of a library may launch a program of the repository, which is named after it.
            if let Some(file) = candidates.into_iter().find_map(|c| view.program.at_path(&c)) {
                return Some((file, rest));
            }
        }
        if word.ends_with(".py") || word.ends_with(".ipynb") {
            let path = segments(folder, word);
            return view.program.at_path(&path).map(|file| (file, rest()));
        }
    }
    None
}

struct Running<'a> {
    step: NodeId,
    at: At,
    folder: &'a str,
    program: FileId,
    declared: &'a [&'a String],
    words: Vec<String>,
}

fn run(view: &View<'_>, system: &mut System, known: &mut Known, running: Running<'_>) {
    let Running { step, at, folder, program, declared, words } = running;
    known.orchestrated = true;
    let reached = start(view, system, known, program).clone();
    code(view, system, known, step, at, program, declared, &reached.iter().map(|d| d.file).collect());
    let arguments = Arguments { words, view };
    let mut own: FxHashSet<NodeId> = FxHashSet::default();
    let mut touched = Vec::new();
    for touch in &view.touches.all {
        if !reached.contains(&touch.root) || !matches!(touch.subject, Subject::Data | Subject::Model) {
            continue;
        }
        let top = touch.way.first().map_or(touch.call, |s| s.call);
        let foreign = touch.root.id == 0
            && touch.root.file != program
            && view.reach.is_guarded(Node { file: touch.root.file, value: top.value });
        if foreign || known.roles[touch.root.file.index()] == Role::Test {
            continue;
        }
        let place = view.placer.place(view.evaluator, touch.at(), program, Some(folder), &arguments);
        if !place.known {
            system.mark(step, "opaque");
            continue;
        }
        let dataset = node(system, &place, view.program.place(touch.top(view.program)), view.symbol(touch.root));
        if matches!(touch.access, Access::Write | Access::Append) {
            own.insert(dataset);
        }
        touched.push((touch, dataset));
    }
    for (touch, dataset) in touched {
        let name = system.node(dataset).name;
        let call = view.program.place(touch.top(view.program));
        let kind = match touch.access {
            Access::Read => EdgeKind::Reads,
            Access::Write | Access::Append => EdgeKind::Writes,
            Access::Delete => EdgeKind::Drops,
        };
        let certainty = if touch.followed { Certainty::Inferred } else { Certainty::Seen };
        system.join(kind, step, dataset, call, certainty);
        // What a step makes itself and reads again it need not declare as an input.
        let covered = declared.iter().any(|d| covers(d, &name) || (system.is(dataset, "pattern") && covers(&name, d)));
        if covered || (touch.access == Access::Read && own.contains(&dataset)) {
            system.join(EdgeKind::Declares, step, dataset, at, Certainty::Seen);
        }
    }
}

/// The code a step runs, and which of it the step declares.
#[allow(clippy::too_many_arguments)]
fn code(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    step: NodeId,
    at: At,
    program: FileId,
    declared: &[&String],
    files: &FxHashSet<FileId>,
) {
    let covered = |file: FileId| declared.iter().any(|d| covers(d, view.program.path(file)));
    // A team that declares the modules a program imports means to declare them all; one that never does does not.
    let convention = files.iter().any(|f| *f != program && covered(*f));
    let mut files: Vec<FileId> = files.iter().copied().filter(|f| *f == program || convention).collect();
    files.sort_unstable();
    for file in files {
        let empty = view.program.file(file).definitions.first().is_none_or(|d| d.statements == 0);
        if empty && file != program {
            continue;
        }
        let module = known.modules[file.index()];
        system.join(EdgeKind::Calls, step, module, at, Certainty::Seen);
        if covered(file) {
            system.join(EdgeKind::Declares, step, module, at, Certainty::Seen);
        }
    }
}
