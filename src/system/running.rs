//! Programs that steps run, with their arguments: what each touches, tied to what its step declares.

use rustc_hash::FxHashSet;

use super::data::node;
use super::gates::gate;
use super::{Known, Role, View};
use crate::fact::{Access, ROOT, Text};
use crate::lexicon::Subject;
use crate::program::{Def, Node, join, parent};
use crate::source::{At, FileId, Kind};
use crate::system::graph::{NodeId, System};
use crate::value::place::{Bindings, Place, is_rooted};
use crate::value::spelling::{covers, fits, segments};
use crate::value::touches::Touch;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// The words of a command line after the program.
pub struct Arguments<'v, 'a> {
    /// The words.
    pub words: Vec<String>,
    /// What its starter hands to it in variables of the environment.
    pub environment: &'v [(Text, Text)],
    /// The program's options.
    pub view: &'v View<'a>,
}

impl Bindings for Arguments<'_, '_> {
    fn option(&self, number: u32) -> Option<String> {
        self.view.evaluator.options.given(number, &self.words)
    }

    fn option_at(&self, number: u32, place: u32) -> Option<String> {
        self.view.evaluator.options.given_at(number, place, &self.words)
    }

    fn is_said(&self, number: u32) -> bool {
        self.view.evaluator.options.is_said(number, &self.words)
    }

    fn setting(&self, key: &str) -> Option<String> {
        let said = |word: &String| {
            let (own, value) = word.trim_start_matches(['+', '-']).split_once('=')?;
            (own == key && !value.is_empty()).then(|| value.to_owned())
        };
        self.words.iter().find_map(said)
    }

    fn variable(&self, name: &str) -> Option<String> {
        let held = self.environment.iter().rev().find(|(of, _)| of == name).map(|(_, value)| value.to_string());
        held.filter(|value| !value.contains(['$', '`']) && !value.is_empty())
    }

    fn argument(&self, position: u32) -> Option<String> {
        self.words.get((position as usize).checked_sub(1)?).cloned()
    }
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
    if let Some(found) = of_class(view, words) {
        return Some(found);
    }
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
        // A script without an ending is run by its path.
        let runs = |file: &FileId| view.is_code(*file) || view.program.sources[file.index()].kind == Kind::Shell;
        if index == 0
            && word.contains('/')
            && let Some(file) = view.program.at_path(&segments(folder, word)).filter(runs)
        {
            return Some((file, rest()));
        }
        if is_script(word) {
            return named(view, folder, word).map(|file| (file, rest()));
        }
    }
    None
}

/// The program of a class in an archive: `--class acme.Train jobs.jar a b`.
fn of_class(view: &View<'_>, words: &[String]) -> Option<(FileId, Vec<String>)> {
    let flag = words.iter().position(|word| word == "--class" || word.starts_with("--class="))?;
    let class = words[flag].strip_prefix("--class=").or_else(|| words.get(flag + 1).map(String::as_str))?;
    let archive = words.iter().position(|word| word.ends_with(".jar"))?;
    let path = class.trim_end_matches('$').replace('.', "/");
    let ends = |file: &FileId| {
        let own = view.program.path(*file);
        [".scala", ".java", ".kt"].iter().any(|ending| own.ends_with(&format!("/{path}{ending}")))
    };
    let mut found = view.program.files().filter(ends);
    let file = found.next().filter(|_| found.next().is_none())?;
    Some((file, words.get(archive + 1..).unwrap_or_default().to_vec()))
}

/// Does a word name a file that can be run?
pub fn is_script(word: &str) -> bool {
    let ending = word.rsplit_once('.').map_or("", |(_, ending)| ending);
    matches!(ending, "py" | "ipynb" | "sh" | "bash" | "sbatch" | "slurm" | "R" | "r" | "Rmd" | "qmd" | "sql")
}

/// The file that a word names as seen from a folder; from a folder of another machine, by the path that it has here.
fn named(view: &View<'_>, folder: &str, word: &str) -> Option<FileId> {
    if let Some((_, inside)) = word.split_once(ROOT) {
        return view.program.at_path(&segments("", inside));
    }
    let known = word.rsplit("{}/").next().unwrap_or(word);
    if known == word && !word.starts_with('/') {
        return view.program.at_path(&segments(folder, word));
    }
    let mut path = known.trim_start_matches('/');
    loop {
        if let Some(file) = view.program.at_path(path) {
            return Some(file);
        }
        path = path.split_once('/')?.1;
    }
}

/// A program that a step runs.
pub struct Running<'a> {
    /// The step.
    pub step: NodeId,
    /// Where the step stands.
    pub at: At,
    /// The folder it runs in, if that is told.
    pub folder: Option<&'a str>,
    /// The program.
    pub program: FileId,
    /// The places that the step declares.
    pub declared: &'a [String],
    /// The program's arguments.
    pub words: Vec<String>,
}

/// Ties a step to the program it runs and to what that touches.
pub fn run(view: &View<'_>, system: &mut System, known: &mut Known, running: Running<'_>) {
    let Running { step, at, folder, program, declared, words } = running;
    let reached = start(view, system, known, program).clone();
    code(view, system, known, step, at, program, declared, &reached);
    let arguments = Arguments { words, environment: &[], view };
    let mut touched = Vec::new();
    for (number, touch) in view.touches.all.iter().enumerate() {
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
        let place = view.placer.place(view.evaluator, touch.at(), program, folder, &arguments);
        if !place.known || may_be_anything(&place, folder.unwrap_or_default()) {
            system.mark(step, "opaque");
            continue;
        }
        let dataset = node(system, &place, view.program.place(touch.top(view.program)), view.symbol(touch.root));
        if touch.access == Access::Read {
            gated(view, system, step, program, folder, touch, dataset);
        }
        if touch.chosen()
            && let Some(unknown @ None) = known.datasets.get_mut(number)
        {
            *unknown = Some(dataset);
            let content = if touch.subject == Subject::Model { "model" } else { "data" };
            system.say(dataset, "content", content);
        }
        touched.push((touch, dataset));
    }
    tie(view, system, step, at, declared, &touched);
    stated(view, system, known, step, &reached);
}

/// Ties a step to the tables of the statements that its code runs. Tools that ask for all data know none but files: what
/// they are not told of a table is no omission.
fn stated(view: &View<'_>, system: &mut System, known: &Known, step: NodeId, reached: &FxHashSet<Def>) {
    for query in known.queries.iter().filter(|query| reached.contains(&query.within)) {
        let (kind, asked) = match query.access {
            Access::Read => (EdgeKind::Reads, "declares-inputs"),
            Access::Write | Access::Append => (EdgeKind::Writes, "declares-outputs"),
            Access::Delete => (EdgeKind::Drops, "declares-outputs"),
        };
        if known.roles[query.within.file.index()] != Role::Test && !system.is(step, asked) {
            system.join(kind, step, query.dataset, view.program.place(query.call), Certainty::Inferred);
        }
    }
}

/// Is nothing known of a place but the folder in which the step runs and how the file's name ends?
fn may_be_anything(place: &Place, folder: &str) -> bool {
    let last = place.name.rsplit('/').next().unwrap_or_default();
    place.pattern && last.starts_with("{}") && parent(&place.name) == folder
}

/// Adds the branch under which a step reads data only if it is there.
fn gated(
    view: &View<'_>,
    system: &mut System,
    step: NodeId,
    program: FileId,
    folder: Option<&str>,
    touch: &Touch<'_>,
    dataset: NodeId,
) {
    let name = system.node(dataset).name;
    let Some(gate) = gate(view, touch, program, folder, &name) else { return };
    let at = view.program.place(gate);
    let call = view.program.place(touch.top(view.program));
    let branch = system.add(NodeKind::Branch, name, at, view.symbol(touch.root));
    system.say(branch, "asks", "existence");
    system.join(EdgeKind::Reads, branch, dataset, call, Certainty::Inferred);
    system.join(EdgeKind::Follows, branch, step, at, Certainty::Inferred);
}

/// Ties a step to what its code touches, and says which of it the step declares.
pub fn tie(
    view: &View<'_>,
    system: &mut System,
    step: NodeId,
    at: At,
    declared: &[String],
    touched: &[(&Touch<'_>, NodeId)],
) {
    let written = |(touch, _): &&(&Touch<'_>, NodeId)| matches!(touch.access, Access::Write | Access::Append);
    let own: FxHashSet<NodeId> = touched.iter().filter(written).map(|(_, dataset)| *dataset).collect();
    for (touch, dataset) in touched {
        let name = system.node(*dataset).name;
        let call = view.program.place(touch.top(view.program));
        let kind = match touch.access {
            Access::Read => EdgeKind::Reads,
            Access::Write | Access::Append => EdgeKind::Writes,
            Access::Delete => EdgeKind::Drops,
        };
        let certainty = if touch.followed { Certainty::Inferred } else { Certainty::Seen };
        system.join(kind, step, *dataset, call, certainty);
        // What a step makes itself and reads again it need not declare as an input.
        // Which folder is meant by a symbolic root, the run decides.
        // So it does where only the end of a path is known.
        let ends = name.starts_with("{}/") && declared.iter().any(|d| fits(&name, d));
        let covered = (is_rooted(&name) && !declared.is_empty())
            || ends
            || declared.iter().any(|d| covers(d, &name) || (system.is(*dataset, "pattern") && covers(&name, d)));
        if covered || (touch.access == Access::Read && own.contains(dataset)) {
            system.join(EdgeKind::Declares, step, *dataset, at, Certainty::Seen);
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
    declared: &[String],
    reached: &FxHashSet<Def>,
) {
    let covered = |file: FileId| declared.iter().any(|d| covers(d, view.program.path(file)));
    let files: FxHashSet<FileId> = reached.iter().map(|def| def.file).collect();
    // A team that declares the modules a program imports means to declare them all. Of one that does not, what prepares
    // the data or learns changes the result when it changes.
    let convention = files.iter().any(|file| *file != program && covered(*file));
    // A script of R takes in the functions that it is made of.
    let parts = |def: &Def| view.program.sources[def.file.index()].kind == Kind::R || view.relevance.is_of(*def);
    let works: FxHashSet<FileId> = reached.iter().filter(|def| def.id != 0 && parts(def)).map(|def| def.file).collect();
    let counts = |file: &FileId| *file == program || convention || works.contains(file);
    let mut files: Vec<FileId> = files.into_iter().filter(counts).collect();
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
