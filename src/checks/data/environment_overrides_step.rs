//! Variables of the environment that decide what a step reads, or overrule its parameters, unseen by the tool that
//! compares them.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use crate::fact::{Access, OpKind, Role as ArgRole, Scalar, Text};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::graph::{NodeId, Value};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

pub const CHECK: Check = Check { rule: "environment-overrides-step", find };

/// What the variables of a file decide: each with where it is read, and the steps it decides for.
#[derive(Default)]
struct Decided {
    variables: BTreeMap<Node, Text>,
    steps: BTreeSet<NodeId>,
}

/// One sighting for each file that asks for such variables, and what they decide.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let system = grounds.system;
    let tool = Some(Value::Text(Text::from("dvc")));
    let steps = system.nodes().filter(|(_, node)| node.kind == NodeKind::Step).map(|(id, _)| id);
    let steps: Vec<NodeId> = steps.filter(|id| system.get(*id, "tool") == tool && !system.is(*id, "frozen")).collect();
    if steps.is_empty() {
        return Vec::new();
    }
    // Where services are, and who may use them, changes no result.
    let words = |name: &Text| name.to_ascii_lowercase();
    let first = |name: &Text| Text::from(words(name).split('_').next().unwrap_or_default());
    let of_tool = |name: &Text| grounds.view.lexicon.keys.is_of_a_tool(first(name));
    let mut overruling = overruling(grounds);
    overruling.retain(|_, name| !of_tool(name) && !grounds.view.lexicon.words.is_harmless(&words(name)));
    let mut choosing = choosing(grounds);
    choosing.retain(|_, name| !of_tool(name) && !grounds.view.lexicon.keys.is_secret(&words(name)));
    let mut found: BTreeMap<(FileId, &'static str), Decided> = BTreeMap::new();
    for step in steps {
        let reached = reached(grounds, step);
        for (kind, variables) in [("parameters", &overruling), ("input", &choosing)] {
            for (node, name) in
                variables.iter().filter(|(node, _)| reached.contains(&grounds.view.program.owner(**node)))
            {
                let decided = found.entry((node.file, kind)).or_default();
                decided.variables.insert(*node, *name);
                decided.steps.insert(step);
            }
        }
    }
    found.into_iter().map(|((file, kind), decided)| sighting(grounds, file, kind, &decided)).collect()
}

/// The code that a step runs.
fn reached(grounds: &Grounds<'_>, step: NodeId) -> FxHashSet<Def> {
    let known = grounds.known;
    let called: FxHashSet<NodeId> = grounds.system.reached(step, EdgeKind::Calls).collect();
    let programs = grounds.view.program.files().filter(|file| called.contains(&known.modules[file.index()]));
    programs.flat_map(|program| known.reached.get(&program).into_iter().flatten().copied()).collect()
}

/// Where a variable is asked for, with a looked-up setting to be taken if it is not set: `getenv("X", params["x"])`,
/// `getenv("X") or params["x"]`.
fn overruling(grounds: &Grounds<'_>) -> BTreeMap<Node, Text> {
    let view = grounds.view;
    let mut found = BTreeMap::new();
    for file in view.program.files().filter(|file| view.is_code(*file) && grounds.is_product(*file)) {
        for (value, op) in (0..).zip(&view.program.file(file).ops) {
            let node = Node { file, value };
            let operands = match op.kind {
                OpKind::Call(_, run) | OpKind::Either(run) => view.program.operands(file, run),
                _ => continue,
            };
            // The first argument is the variable's name.
            let first = usize::from(matches!(op.kind, OpKind::Call(..)));
            let operands = operands.get(first..).unwrap_or_default().iter();
            let at = |value| Node { value, ..node };
            let asked: Vec<Node> = match op.kind {
                OpKind::Call(..) => view.evaluator.variable_of(node).map(|_| node).into_iter().collect(),
                _ => operands.clone().filter_map(|o| asked(grounds, at(o.value))).collect(),
            };
            let named = |role: ArgRole| matches!(role, ArgRole::Plain | ArgRole::Named(_));
            let mut others = operands.filter(|o| named(o.role)).map(|o| at(o.value));
            if !asked.is_empty() && others.any(|other| is_looked_up(grounds, other)) {
                found.extend(asked.into_iter().filter_map(|node| Some((node, view.evaluator.variable_of(node)?))));
            }
        }
    }
    found
}

/// What asks for the variable that a value is, be it turned into a number.
fn asked(grounds: &Grounds<'_>, node: Node) -> Option<Node> {
    let view = grounds.view;
    if view.evaluator.variable_of(node).is_some() {
        return Some(node);
    }
    let OpKind::Call(_, run) = view.program.op(node).kind else { return None };
    let first = view.program.operands(node.file, run).first()?;
    let inner = Node { value: first.value, ..node };
    view.evaluator.variable_of(inner).map(|_| inner)
}

/// Is a value looked up in a map by a name, two levels down or in one that was parsed from a settings file?
fn is_looked_up(grounds: &Grounds<'_>, node: Node) -> bool {
    let view = grounds.view;
    let below = |node: Node| match view.program.op(node).kind {
        OpKind::Attr(object, _) => Some(Node { value: object, ..node }),
        OpKind::Index(object, index) => {
            let literal = view.program.literal(Node { value: index, ..node }).is_some();
            literal.then_some(Node { value: object, ..node })
        }
        _ => None,
    };
    let Some(object) = below(node) else { return false };
    let library = view.types.library_name(node).is_some() || view.evaluator.variable_of(node).is_some();
    let parsed = || {
        walk(view.evaluator.follow, Seen::anywhere(object), &mut |seen| {
            let parses = view.types.callees(seen.node).iter();
            let parses = parses
                .into_iter()
                .any(|callee| matches!(callee, crate::value::types::Callee::Meaning(m) if m.parses_settings));
            if parses { Go::Done } else { Go::On }
        })
    };
    !library && (below(object).is_some() || parsed())
}

/// Where a variable is asked for that is, whole, the place of data which is read, and that something in sight sets.
fn choosing(grounds: &Grounds<'_>) -> BTreeMap<Node, Text> {
    let view = grounds.view;
    let mut found = BTreeMap::new();
    for touch in view.touches.all.iter().filter(|touch| touch.access == Access::Read && touch.environment) {
        let Some(place) = touch.place.filter(|_| grounds.is_product(touch.root.file)) else { continue };
        walk(view.evaluator.follow, Seen::anywhere(place), &mut |seen| {
            if let Some(name) = view.evaluator.variable_of(seen.node) {
                found.insert(seen.node, name);
                return Go::Stop;
            }
            match view.program.op(seen.node).kind {
                // What is put together has a folder or a part from there, and is told by the rest.
                OpKind::Format(_) | OpKind::Binary(..) => Go::Stop,
                OpKind::Call(_, run) if view.program.operands(seen.node.file, run).len() > 1 => Go::Stop,
                _ => Go::On,
            }
        });
    }
    let names: FxHashSet<Text> = found.values().copied().collect();
    let set = set(grounds, &names, &found);
    found.retain(|_, name| set.contains(name));
    found
}

/// Those of the variables that a file sets or hands on.
fn set(grounds: &Grounds<'_>, names: &FxHashSet<Text>, asked: &BTreeMap<Node, Text>) -> FxHashSet<Text> {
    let program = grounds.view.program;
    let mut found = FxHashSet::default();
    let own: FxHashSet<FileId> = asked.keys().map(|node| node.file).collect();
    for file in program.files().filter(|file| !program.is_test(*file)) {
        let facts = program.file(file);
        let variables = facts.environment.iter().filter(|variable| variable.set).map(|variable| variable.name);
        let keys = facts.settings.iter().filter_map(|setting| setting.keys.last().copied());
        let handed = facts.commands.iter().flat_map(|command| command.environment.iter().map(|(name, _)| *name));
        let texts = facts.ops.iter().filter(|_| !own.contains(&file)).filter_map(|op| match op.kind {
            OpKind::Str(text) => Some(text),
            _ => None,
        });
        let values = facts.settings.iter().filter_map(|s| match s.value {
            Scalar::Text(text) => text.split_once('=').map(|(name, _)| Text::from(name.trim())),
            _ => None,
        });
        let said = variables.chain(keys).chain(handed).chain(texts).chain(values);
        found.extend(said.filter(|name| names.contains(name)));
    }
    found
}

fn sighting(grounds: &Grounds<'_>, file: FileId, kind: &'static str, decided: &Decided) -> Sighting {
    let (program, system) = (grounds.view.program, grounds.system);
    let first = decided.variables.keys().next().map_or_else(Default::default, |node| program.place(*node));
    let names: BTreeSet<&str> = decided.variables.values().map(Text::as_str).collect();
    let names: Vec<Text> = names.into_iter().map(Text::from).collect();
    let steps: Vec<Text> = decided.steps.iter().map(|step| system.node(*step).name).collect();
    let one = |of: &[Text]| Text::from(if of.len() == 1 { "one" } else { "several" });
    Sighting::new(
        first,
        vec![Text::from(program.path(file)), Text::from(kind)],
        Certainty::Inferred,
        vec![
            ("kind", Capture::Text(Text::from(kind))),
            ("number", one(&names).into()),
            ("decide", one(&names).into()),
            ("overrule", one(&names).into()),
            ("of", one(&steps).into()),
            ("read", one(&steps).into()),
            ("variables", Capture::Texts(names)),
            ("steps", Capture::Texts(steps)),
            ("declared", Capture::Place(decided.steps.first().map_or(first, |step| system.node(*step).at))),
            ("role", grounds.role(file).into()),
        ],
    )
}
