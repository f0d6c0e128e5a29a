//! Steps that pipeline files declare: what each says it reads and writes, and the programs it runs.

use rustc_hash::{FxHashMap, FxHashSet};

use super::commands::missing;
use super::commands::moved::redirected;
use super::commands::programs::{folders, unwrapped};
use super::data::node;
use super::running::{Running, program_of, run};
use super::{Known, View};
use crate::fact::{Access, Command, Declaration, Scalar, Step, Text, Word};
use crate::program::{join, parent};
use crate::read::dvc::interpolate;
use crate::read::shell::{HOLE, bound};
use crate::source::{At, FileId, Kind};
use crate::system::graph::{NodeId, System};
use crate::value::scripts::{filled, sources};
use crate::value::spelling::{covers, fits, segments};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Tools that start programs for other ends than to put them in order.
const LOOSE: [&str; 18] = [
    "github",
    "gitlab",
    "azure-devops",
    "cloud-build",
    "cron",
    "kubernetes",
    "compose",
    "systemd",
    "prefect-deployment",
    "taskfile",
    "npm",
    "poe",
    "pdm",
    "hatch",
    "circleci",
    "bitbucket",
    "skypilot",
    "just",
];

/// Tools of which each file declares a step of its own.
const SINGLE: [&str; 1] = ["systemd"];

/// Scripts that start scripts are no deeper.
const DEPTH: usize = 5;

/// Entries of a settings file that make steps.
const INSTANCES: usize = 64;

/// Adds steps.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    let mut added: Vec<(FileId, &Step, NodeId)> = Vec::new();
    for file in view.program.files() {
        for declaration in &view.program.file(file).declarations {
            let Declaration::Step(step) = declaration else { continue };
            for (name, values) in instances(view, file, step) {
                let id = add(view, system, known, file, step, (&name, &values));
                added.push((file, step, id));
            }
        }
    }
    told(view, system, &added);
    ordered(view, system, known, &added);
    fitting(view, system, &added);
}

/// Adds what other files than a step's own say of it: when the clock starts it, and after which other it is started.
fn told(view: &View<'_>, system: &mut System, added: &[(FileId, &Step, NodeId)]) {
    let single = added.iter().filter(|(_, step, _)| SINGLE.contains(&step.tool.as_str()));
    let steps: FxHashMap<(&str, Text), NodeId> =
        single.map(|(file, step, id)| ((view.placer.home(*file), step.name), *id)).collect();
    for file in view.program.files() {
        let of = |name: Text| steps.get(&(view.placer.home(file), name)).copied();
        for declaration in &view.program.file(file).declarations {
            match declaration {
                Declaration::Clock(name, when) => {
                    if let Some(step) = of(name.text) {
                        system.say(step, "schedule", when);
                    }
                }
                Declaration::Then(name, later) => {
                    if let (Some(earlier), Some(later)) = (of(name.text), of(*later)) {
                        let at = At { file, span: name.span };
                        system.join(EdgeKind::Follows, later, earlier, at, Certainty::Seen);
                    }
                }
                _ => {}
            }
        }
    }
}

/// What one step takes by its name, and another makes by a pattern that fits it, comes from that.
fn fitting(view: &View<'_>, system: &mut System, added: &[(FileId, &Step, NodeId)]) {
    let mut makers: FxHashMap<(Text, &str), Vec<(NodeId, NodeId)>> = FxHashMap::default();
    for (file, step, id) in added {
        for dataset in system.reaching(*id, EdgeKind::Follows).filter(|dataset| system.is(*dataset, "pattern")) {
            makers.entry((step.tool, view.placer.home(*file))).or_default().push((dataset, *id));
        }
    }
    let mut pairs: Vec<(NodeId, NodeId, At)> = Vec::new();
    for (file, step, id) in added {
        let Some(makers) = makers.get(&(step.tool, view.placer.home(*file))) else { continue };
        let at = At { file: *file, span: step.span };
        for taken in system.reached(*id, EdgeKind::Declares) {
            let name = system.node(taken).name;
            let made = system.reached(taken, EdgeKind::Follows).next().is_some();
            let fits = |(pattern, _): &&(NodeId, NodeId)| fits(&system.node(*pattern).name, &name);
            let maker = makers.iter().filter(|_| !made).find(fits);
            pairs.extend(maker.filter(|(_, maker)| maker != id).map(|(_, maker)| (taken, *maker, at)));
        }
    }
    for (taken, maker, at) in pairs {
        system.join(EdgeKind::Follows, taken, maker, at, Certainty::Inferred);
    }
    silent(system, added);
}

/// A rule of a graph of files that names no input at all begins with what lies there; what others make it must name.
fn silent(system: &mut System, added: &[(FileId, &Step, NodeId)]) {
    for (file, step, id) in added {
        if step.tool != "snakemake" || !step.inputs.is_empty() || step.outputs.is_empty() {
            continue;
        }
        let made = |dataset: &NodeId| system.reached(*dataset, EdgeKind::Follows).any(|maker| maker != *id);
        let (made, found): (Vec<NodeId>, Vec<NodeId>) = system.reached(*id, EdgeKind::Reads).partition(made);
        if made.is_empty() {
            continue;
        }
        system.mark(*id, "declares-inputs");
        for dataset in found {
            let at = At { file: *file, span: step.span };
            system.join(EdgeKind::Declares, *id, dataset, at, Certainty::Inferred);
        }
    }
}

/// Puts steps in the order in which their files say, and ties those that start others to them.
fn ordered(view: &View<'_>, system: &mut System, known: &mut Known, added: &[(FileId, &Step, NodeId)]) {
    let mut named: FxHashMap<(FileId, Text), Vec<NodeId>> = FxHashMap::default();
    let mut single: FxHashMap<(Text, &str, Text), Vec<NodeId>> = FxHashMap::default();
    for (file, step, id) in added {
        named.entry((*file, step.name)).or_default().push(*id);
        if SINGLE.contains(&step.tool.as_str()) {
            single.entry((step.tool, view.placer.home(*file), step.name)).or_default().push(*id);
        }
        if step.tool == "make" {
            known.targets.insert((Text::from(parent(view.program.path(*file))), step.name), *id);
        }
    }
    for (file, step, id) in added {
        let at = At { file: *file, span: step.span };
        for earlier in step.after.iter().filter_map(|name| named.get(&(*file, *name))).flatten() {
            if earlier != id {
                system.join(EdgeKind::Follows, *id, *earlier, at, Certainty::Seen);
            }
        }
        let beside = |name: &Text| single.get(&(step.tool, view.placer.home(*file), *name));
        for earlier in step.after.iter().filter_map(beside).flatten().filter(|earlier| *earlier != id) {
            system.join(EdgeKind::Follows, *id, *earlier, at, Certainty::Seen);
        }
        for command in &step.commands {
            let words: Vec<String> = command.words.iter().map(|word| word.to_string()).collect();
            started(view, system, known, *id, at, &words, &command.folder);
        }
    }
}

/// Ties a step to the targets of a Makefile that a command line asks for.
pub fn started(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    step: NodeId,
    at: At,
    words: &[String],
    below: &str,
) {
    let words = unwrapped(view, words);
    if words.first().is_none_or(|first| first.rsplit('/').next() != Some("make")) {
        return;
    }
    let given = words.iter().position(|word| word == "-C").and_then(|at| words.get(at + 1));
    let below = given.map_or_else(|| below.to_owned(), |folder| join(below, folder));
    for (folder, _) in folders(view, at.file, &below) {
        let targets = words.iter().skip(1).filter(|word| !word.starts_with('-') && !word.contains('='));
        let targets = targets.map(|target| Text::from(target.strip_prefix("./").unwrap_or(target)));
        let found: Vec<NodeId> =
            targets.filter_map(|target| known.targets.get(&(Text::from(&folder), target)).copied()).collect();
        for target in &found {
            if *target != step {
                system.join(EdgeKind::Calls, step, *target, at, Certainty::Seen);
            }
        }
        if !found.is_empty() {
            return;
        }
    }
}

/// The names and values of the steps that a declaration makes: one, or one for each entry of a map or list.
fn instances(view: &View<'_>, file: FileId, step: &Step) -> Vec<(String, Vec<(String, String)>)> {
    let whole = || vec![(step.name.to_string(), Vec::new())];
    if step.each.is_empty() {
        return whole();
    }
    let keys: Vec<Text> = step.each.split('.').map(Text::from).collect();
    let Some(of) = sources(view.program, file, step).into_iter().find(|of| {
        view.program
            .file(*of)
            .settings
            .iter()
            .any(|s| s.keys == keys && matches!(s.value, Scalar::Map(_) | Scalar::List(_)))
    }) else {
        return whole();
    };
    let below =
        view.program.file(of).settings.iter().filter(|s| s.keys.len() > keys.len() && s.keys.starts_with(&keys));
    let mut found: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let stem = step.name.split('@').next().unwrap_or_default();
    for setting in below {
        let (key, inner) = (setting.keys[keys.len()], &setting.keys[keys.len() + 1..]);
        let text = setting.value.text();
        if inner.is_empty() {
            if found.len() >= INSTANCES {
                break;
            }
            let number = key.bytes().all(|b| b.is_ascii_digit());
            let own = text.clone().filter(|_| number).unwrap_or_else(|| key.to_string());
            let mut values = vec![("key".to_owned(), key.to_string())];
            values.extend(text.map(|text| ("item".to_owned(), text)));
            found.push((format!("{stem}@{own}"), values));
        } else if let (Some((_, values)), Some(text)) = (found.last_mut(), text) {
            let inner: Vec<&str> = inner.iter().map(|key| key.as_str()).collect();
            values.push((format!("item.{}", inner.join(".")), text));
        }
    }
    if found.is_empty() { whole() } else { found }
}

/// The variables that other Makefiles set below the folder of one.
pub fn included<'v>(view: &'v View<'_>, file: FileId) -> impl Iterator<Item = (Word, Text)> + 'v {
    let folder = parent(view.program.path(file));
    let beside = view.program.files().filter(move |other| {
        *other != file
            && view.program.sources[other.index()].kind == Kind::Makefile
            && (view.program.path(*other).starts_with(folder) || folder.starts_with(parent(view.program.path(*other))))
    });
    beside.flat_map(|other| &view.program.file(other).declarations).filter_map(|declaration| match declaration {
        Declaration::Variable(word, value) => Some((*word, *value)),
        _ => None,
    })
}

/// What a variable of a Makefile holds that another file beside it sets.
fn variable(view: &View<'_>, file: FileId, name: &str) -> Option<String> {
    included(view, file).find(|(word, _)| word.text == name).map(|(_, value)| value.to_string())
}

fn add(
    view: &View<'_>,
    system: &mut System,
    known: &mut Known,
    file: FileId,
    step: &Step,
    (name, values): (&str, &[(String, String)]),
) -> NodeId {
    let at = At { file, span: step.span };
    let declaring = parent(view.program.path(file));
    let value = |key: &str| {
        let own = values.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
        let keys: Vec<Text> = key.split('.').map(Text::from).collect();
        let told = || {
            sources(view.program, file, step).into_iter().find_map(|of| {
                view.program.file(of).settings.iter().find(|s| s.keys == keys).and_then(|s| s.value.text())
            })
        };
        own.or_else(told)
    };
    let entered = known.entered.get(&(file, step.name)).cloned().unwrap_or_default();
    let resolved = |text: &Text| {
        let text = if text.contains("${") { interpolate(text, &value) } else { text.to_string() };
        // What is handed on to code is text for certain, or not known.
        let text = if step.passed.is_empty() { text } else { filled(view.program, file, step, &text) };
        let told = |name: &str| {
            let given = entered.iter().find(|(own, _)| *own == name);
            given.map(|(_, value)| value.to_string())
        };
        bound(&text, &|name| variable(view, file, name).or_else(|| told(name)).or_else(|| value(name)))
    };
    let name = Text::from(&bound(name, &|name| variable(view, file, name)));
    let folder = segments(declaring, &resolved(&step.folder));
    let id = system.add(NodeKind::Step, name, at, Text::from(view.program.path(file)));
    system.say(id, "tool", &step.tool);
    if !step.schedule.is_empty() {
        system.say(id, "schedule", &step.schedule);
    }
    // Other tools run what they are given; this one asks of every stage what it reads and writes.
    let strict = step.tool == "dvc";
    let loose = LOOSE.contains(&step.tool.as_str()) || (step.tool == "make" && step.outputs.is_empty());
    if loose {
        system.mark(id, "loose");
    }
    for (asked, told) in [("declares-inputs", &step.inputs), ("declares-outputs", &step.outputs)] {
        if strict || !told.is_empty() {
            system.mark(id, asked);
        }
    }
    if step.frozen {
        system.mark(id, "frozen");
    }
    let mut inputs: Vec<String> = Vec::new();
    let mut outputs: Vec<String> = Vec::new();
    for (words, places, makes) in [(&step.inputs, &mut inputs, false), (&step.outputs, &mut outputs, true)] {
        for word in words {
            let text = resolved(&word.text);
            // What no settings tell may be anything.
            if !text.replace(HOLE, "").bytes().any(|b| b.is_ascii_alphanumeric()) {
                continue;
            }
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
    let declared: Vec<String> = inputs.into_iter().chain(outputs).collect();
    for params in &step.params {
        let path = segments(&folder, &resolved(&params.text));
        if let Some(of) = view.program.at_path(&path) {
            system.join(EdgeKind::Declares, id, known.modules[of.index()], at, Certainty::Seen);
        }
    }
    let declaration = Declared { id, at, folder: &folder, places: &declared, strict, loose };
    for command in &step.commands {
        let words: Vec<String> = match command.asked.is_empty() {
            true => command.words.iter().map(resolved).collect(),
            false => command.asked.iter().map(resolved).collect(),
        };
        let redirects: Vec<(Access, Text)> =
            command.redirects.iter().map(|(access, place)| (*access, Text::from(&resolved(place)))).collect();
        command_of(view, system, known, file, (command, &redirects), &words, &declaration);
    }
    id
}

/// What a step declares.
struct Declared<'d> {
    id: NodeId,
    at: At,
    folder: &'d str,
    places: &'d [String],
    strict: bool,
    loose: bool,
}

/// Ties a step to what one of its commands runs.
fn command_of(
    view: &View<'_>,
    system: &mut System,
    known: &mut Known,
    file: FileId,
    (command, redirects): (&Command, &[(Access, Text)]),
    words: &[String],
    step: &Declared<'_>,
) {
    let below = &command.folder;
    let outside = below.starts_with('/') || below.contains("{}");
    let bases: Vec<String> = match outside {
        true => folders(view, file, below).into_iter().map(|(folder, _)| folder).collect(),
        false => vec![segments(step.folder, below), below.to_string(), String::new()],
    };
    let folder = bases.first().cloned().unwrap_or_default();
    redirected(view, system, step.id, step.at, &folder, redirects);
    let script = || {
        let (name, rest) = words.split_first()?;
        Some((*known.scripts.get(&Text::from(name))?, rest.to_vec(), folder.clone()))
    };
    let direct = bases.iter().find_map(|base| {
        let (file, rest) = program_of(view, words, base)?;
        Some((file, rest, base.clone()))
    });
    let Some((program, rest, folder)) = direct.or_else(script) else {
        let gone = step.strict.then(|| missing::path(view, file, &folder, unwrapped(view, words))).flatten();
        if let Some(path) = gone {
            missing::tell(view, system, step.at, &path);
        }
        if !is_plain_tool(command) {
            system.mark(step.id, "opaque");
            handed(view, system, file, &folder, words, step);
        }
        return;
    };
    let mut runs: Vec<(FileId, Vec<String>, String)> = Vec::new();
    if view.is_code(program) {
        runs.push((program, rest, folder));
    } else {
        let module = known.modules[program.index()];
        system.join(EdgeKind::Calls, step.id, module, step.at, Certainty::Seen);
        started_by(known, program, &folder, 0, &mut FxHashSet::default(), &mut runs);
        runs.retain(|(file, ..)| view.is_code(*file));
        // What else a script does is not to be seen.
        system.mark(step.id, "opaque");
    }
    for (program, words, folder) in runs {
        known.orchestrated |= !step.loose;
        // One that declares nothing is run every time, whatever its code.
        if step.strict && !step.places.is_empty() || step.places.iter().any(|d| covers(d, view.program.path(program))) {
            system.mark(step.id, "declares-code");
        }
        let Declared { id, at, places, .. } = *step;
        let running = Running { step: id, at, folder: Some(&folder), program, declared: places, words };
        run(view, system, known, running);
    }
}

/// A tool of others that is given what its step declares takes it, or makes it.
fn handed(view: &View<'_>, system: &mut System, file: FileId, folder: &str, words: &[String], step: &Declared<'_>) {
    let given: FxHashSet<String> =
        words.iter().skip(1).map(|word| view.placer.path(word, file, Some(folder)).name).collect();
    let declared: Vec<NodeId> = system.reached(step.id, EdgeKind::Declares).collect();
    for dataset in declared {
        let node = system.node(dataset);
        if node.kind != NodeKind::Dataset || !given.contains(node.name.as_str()) {
            continue;
        }
        let made = system.reached(dataset, EdgeKind::Follows).any(|maker| maker == step.id);
        let kind = if made { EdgeKind::Writes } else { EdgeKind::Reads };
        system.join(kind, step.id, dataset, step.at, Certainty::Inferred);
    }
}

/// The programs that a script starts, and their arguments.
pub fn inside(known: &Known, script: FileId) -> Vec<(FileId, Vec<String>)> {
    let mut found = Vec::new();
    started_by(known, script, "", 0, &mut FxHashSet::default(), &mut found);
    found.into_iter().map(|(file, arguments, _)| (file, arguments)).collect()
}

/// The programs that a script starts, by way of other scripts too.
fn started_by(
    known: &Known,
    script: FileId,
    folder: &str,
    depth: usize,
    seen: &mut FxHashSet<FileId>,
    found: &mut Vec<(FileId, Vec<String>, String)>,
) {
    if depth > DEPTH || !seen.insert(script) {
        return;
    }
    for start in known.invocations.iter().filter(|start| start.at.file == script) {
        let here = start.folder.clone().unwrap_or_else(|| folder.to_owned());
        found.push((start.program, start.arguments.clone(), here.clone()));
        started_by(known, start.program, &here, depth + 1, seen, found);
    }
}

/// A parameter of `params.yaml` beside the pipeline.
pub fn parameter(view: &View<'_>, folder: &str, key: &str) -> Option<String> {
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
