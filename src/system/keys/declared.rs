//! Keys of settings files that a step's program asks for, and that the step does not declare among its parameters.

use rustc_hash::FxHashSet;

use super::worlds::World;
use crate::fact::{Declaration, Scalar, Step, Text};
use crate::program::{Def, Node, parent};
use crate::source::{At, FileId};
use crate::system::graph::{NodeId, System};
use crate::system::{Known, View};
use crate::value::settings::dotted;
use crate::value::spelling::{covers, segments};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// So many keys are named one by one.
const NAMED: usize = 4;

/// Adds a group for each step whose program asks for keys that the step does not declare.
pub(super) fn derive(view: &View<'_>, system: &mut System, known: &Known, worlds: &[World]) {
    let steps: Vec<(NodeId, At)> =
        system.nodes().filter(|(_, node)| node.kind == NodeKind::Step).map(|(id, node)| (id, node.at)).collect();
    for file in view.program.files() {
        for declaration in &view.program.file(file).declarations {
            let Declaration::Step(step) = declaration else { continue };
            let at = At { file, span: step.span };
            let found = steps.iter().find(|(_, of)| *of == at).filter(|_| step.tool == "dvc" && !step.frozen);
            if let Some((id, _)) = found {
                of_step(view, system, known, worlds, (file, step), *id);
            }
        }
    }
}

fn of_step(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    worlds: &[World],
    (file, step): (FileId, &Step),
    id: NodeId,
) {
    let called: FxHashSet<NodeId> = system.reached(id, EdgeKind::Calls).collect();
    let programs = view.program.files().filter(|program| called.contains(&known.modules[program.index()]));
    let reached: FxHashSet<Def> =
        programs.flat_map(|program| known.reached.get(&program).into_iter().flatten().copied()).collect();
    let started = |file: FileId| known.programs.contains(&file);
    let files = parameters(view, file);
    let runs = |node: Node| reached.contains(&view.program.owner(node));
    for world in worlds.iter().filter(|world| runs(world.load)) {
        let [settings] = world.files.as_slice() else { continue };
        // Other files of settings are data to the tool, and may be made by steps.
        if !files.contains(settings) {
            continue;
        }
        let declared = Declared::new(view, file, step, *settings);
        let mut missing: Vec<(Text, Node)> = Vec::new();
        for (path, lookups) in &world.lookups.read {
            // What a module that all share looks up when it is imported, not every program needs.
            let own = |node: Node| {
                let def = view.program.owner(node);
                runs(node) && (def.id != 0 || called.contains(&known.modules[def.file.index()]) && started(def.file))
            };
            let Some(lookup) = lookups.iter().find(|lookup| own(lookup.node)) else { continue };
            let set = view.program.file(*settings).settings.iter().find(|s| s.keys.as_slice() == path.as_slice());
            let value = set.is_some_and(|s| !matches!(s.value, Scalar::Map(_)));
            let name = dotted(path);
            if value && !declared.has(&name) {
                missing.push((name, lookup.node));
            }
        }
        if let Some((_, first)) = missing.first() {
            let at = At { file, span: step.span };
            let group =
                system.add(NodeKind::Group, Text::from(&shown(&missing)), at, Text::from(view.program.path(file)));
            system.say(group, "what", "undeclared-parameter");
            system.count(group, "size", missing.len());
            system.join(EdgeKind::Follows, group, id, at, Certainty::Seen);
            let (file, place) = (known.modules[settings.index()], view.program.place(*first));
            system.join(EdgeKind::Reads, group, file, place, Certainty::Inferred);
        }
    }
}

/// The files that hold parameters: the usual one beside the pipeline, and those whose keys any step declares.
fn parameters(view: &View<'_>, file: FileId) -> FxHashSet<FileId> {
    let folder = parent(view.program.path(file));
    let usual = view.program.at_path(&segments(folder, "params.yaml"));
    let steps = view.program.file(file).declarations.iter().filter_map(|declaration| match declaration {
        Declaration::Step(step) => Some(step),
        _ => None,
    });
    let named = steps.flat_map(|step| {
        let folder = segments(folder, &step.folder);
        step.params.iter().filter_map(move |word| view.program.at_path(&segments(&folder, &word.text)))
    });
    usual.into_iter().chain(named).collect()
}

/// Names as a reader sees them.
fn shown(missing: &[(Text, Node)]) -> String {
    let names: Vec<String> = missing.iter().take(NAMED).map(|(name, _)| format!("`{name}`")).collect();
    match missing.len().saturating_sub(names.len()) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// What a step declares of one settings file.
struct Declared<'s> {
    keys: Vec<String>,
    whole: bool,
    step: &'s Step,
}

impl<'s> Declared<'s> {
    fn new(view: &View<'_>, file: FileId, step: &'s Step, settings: FileId) -> Self {
        let folder = segments(parent(view.program.path(file)), &step.folder);
        let path = view.program.path(settings);
        let of_file = |word: &str| {
            let (of, key) = word.split_once(':')?;
            (segments(&folder, of) == path).then(|| key.to_owned())
        };
        let keys: Vec<String> = step.keys.iter().filter_map(|word| of_file(&word.text)).collect();
        let taken = step.inputs.iter().any(|input| covers(&segments(&folder, &input.text), path));
        Self { whole: taken || keys.iter().any(String::is_empty), keys, step }
    }

    /// Does a change of that key make the step run again?
    fn has(&self, name: &str) -> bool {
        let below = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        let typed = |word: &Text| word.contains(&format!("${{{name}}}"));
        let places = self.step.inputs.iter().chain(&self.step.outputs);
        self.whole
            || self.keys.iter().any(|key| key == name || below(key, name) || below(name, key))
            || places.into_iter().any(|place| typed(&place.text))
            || self.step.commands.iter().flat_map(|command| &command.words).any(typed)
    }
}
