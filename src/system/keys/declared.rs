//! Keys of settings files that a step's program asks for, and that the step does not declare among its parameters.

use rustc_hash::{FxHashMap, FxHashSet};

use super::worlds::World;
use crate::fact::{Declaration, OpKind, Scalar, Step, Text, Val};
use crate::program::{Def, Node, parent};
use crate::source::{At, FileId, Kind};
use crate::system::graph::{NodeId, System};
use crate::system::{Known, View};
use crate::value::follow::Seen;
use crate::value::settings::dotted;
use crate::value::spelling::{covers, segments};
use crate::value::text::Part;
use crate::value::types::Callee;
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
    for settings in &files {
        let declared = Declared::new(view, file, step, *settings);
        let missing = chains(view, &reached, *settings).into_iter().filter(|(name, _)| !declared.has(name)).collect();
        tell(view, system, known, (file, step), id, *settings, missing);
    }
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
        tell(view, system, known, (file, step), id, *settings, missing);
    }
}

/// The keys of a settings file that scripts look up in a map of it, each by the whole chain of names:
/// `params$model$seed`. In R the map is a name that all scripts of a program share.
fn chains(view: &View<'_>, reached: &FxHashSet<Def>, settings: FileId) -> Vec<(Text, Node)> {
    let path = view.program.path(settings);
    let file_name = path.rsplit('/').next().unwrap_or(path);
    let stem = file_name.split('.').next().unwrap_or(file_name);
    let mut defs: Vec<Def> = reached.iter().copied().filter(|def| is_script(view, def.file)).collect();
    defs.sort_unstable();
    let loads = |node: Node| {
        let OpKind::Call(_, operands) = view.program.op(node).kind else { return false };
        let parses = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.parses_settings);
        let first = view.program.operands(node.file, operands).first().map(|o| Node { value: o.value, ..node });
        view.types.callees(node).iter().any(parses)
            && first.is_some_and(|value| {
                let texts = view.evaluator.texts(&Seen::anywhere(value));
                let ends = |part: &Part| matches!(part, Part::Text(text) if text.ends_with(file_name));
                texts.patterns.iter().any(|pattern| pattern.last().is_some_and(ends))
            })
    };
    let bound = |name: Text| {
        let bindings = defs
            .iter()
            .filter(|def| def.id == 0)
            .filter_map(|def| view.program.binding(*def, name).map(|value| Node { file: def.file, value }));
        let mut values: Vec<Node> = bindings.collect();
        values.retain(|value| !matches!(view.program.op(*value).kind, OpKind::Nothing));
        values
    };
    let is_map = |node: Node| match view.program.op(node).kind {
        // Under the file's own name the scripts share what it holds, whoever loads it.
        OpKind::Global(name) => {
            let values = bound(name);
            values.iter().any(|value| loads(*value)) || values.is_empty() && name == stem
        }
        OpKind::Call(..) => loads(node),
        _ => false,
    };
    let mut found: FxHashMap<Text, Node> = FxHashMap::default();
    for def in &defs {
        let body = view.program.definition(*def).body.clone();
        let inner: FxHashSet<Val> = body
            .clone()
            .filter_map(|value| match view.program.op(Node { file: def.file, value }).kind {
                OpKind::Attr(object, _) | OpKind::Index(object, _) => Some(object),
                _ => None,
            })
            .collect();
        for value in body.filter(|value| !inner.contains(value)) {
            let (mut at, mut keys) = (Node { file: def.file, value }, Vec::new());
            loop {
                match view.program.op(at).kind {
                    OpKind::Attr(object, name) => {
                        keys.push(name);
                        at.value = object;
                    }
                    OpKind::Index(object, index) => {
                        let OpKind::Str(name) = view.program.op(Node { value: index, ..at }).kind else { break };
                        keys.push(name);
                        at.value = object;
                    }
                    _ => break,
                }
            }
            keys.reverse();
            let set = view.program.file(settings).settings.iter().any(|setting| setting.keys == keys);
            if !keys.is_empty() && set && is_map(at) {
                found.entry(dotted(&keys)).or_insert(Node { file: def.file, value });
            }
        }
    }
    let mut found: Vec<(Text, Node)> = found.into_iter().collect();
    found.sort_by_key(|(_, node)| *node);
    found
}

/// A script of R, but no report: there the name of the map is taken.
fn is_script(view: &View<'_>, file: FileId) -> bool {
    view.program.sources[file.index()].kind == Kind::R && !view.program.path(file).ends_with("md")
}

fn tell(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    (file, step): (FileId, &Step),
    id: NodeId,
    settings: FileId,
    missing: Vec<(Text, Node)>,
) {
    if let Some((_, first)) = missing.first() {
        let at = At { file, span: step.span };
        let group = system.add(NodeKind::Group, Text::from(&shown(&missing)), at, Text::from(view.program.path(file)));
        system.say(group, "what", "undeclared-parameter");
        system.count(group, "size", missing.len());
        system.join(EdgeKind::Follows, group, id, at, Certainty::Seen);
        let (file, place) = (known.modules[settings.index()], view.program.place(*first));
        system.join(EdgeKind::Reads, group, file, place, Certainty::Inferred);
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
