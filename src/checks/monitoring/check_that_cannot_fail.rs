//! Steps that are there to check, and that end well whatever the data are: they raise nothing, compare nothing that
//! decides, and hand on no verdict.

use rustc_hash::FxHashSet;

use super::gate_without_effect::ends;
use crate::fact::{Access, OpKind, Text};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::View;
use crate::system::check::{Capture, Captures, Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::shown::{looks, shown_only};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

pub const CHECK: Check = Check { rule: "check-that-cannot-fail", find };

/// What a step runs.
struct Checking {
    name: Text,
    at: At,
    symbol: Text,
    file: FileId,
    step: Option<NodeId>,
    reach: FxHashSet<Def>,
}

/// One sighting for each step that is called a check and cannot fail.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut all = functions(grounds);
    all.extend(programs(grounds));
    let mut told: FxHashSet<At> = FxHashSet::default();
    let mut found = Vec::new();
    for checking in all {
        let operations = |def: &Def| {
            let file = def.file;
            view.program.definition(*def).body.clone().map(move |value| Node { file, value })
        };
        let mut shown: Option<Node> = None;
        let stops = checking.reach.iter().flat_map(operations).any(|node| {
            // A check of somebody else's that answers, instead of to raise, and whose answer is only logged.
            let looked = answer_shown(view, node);
            shown = shown.or(looked);
            looked.is_none() && may_stop(view, node)
        });
        if stops || hands_on(grounds, &checking.reach) || !told.insert(checking.at) {
            continue;
        }
        let judges = checking
            .reach
            .iter()
            .flat_map(operations)
            .any(|node| matches!(view.program.op(node).kind, OpKind::If(..) | OpKind::Compare(..)));
        let unused = if shown.is_some() { None } else { unused(grounds, &checking) };
        let how = match (&unused, judges) {
            _ if shown.is_some() => "shown",
            (Some(_), _) => "unused",
            (None, true) => "told",
            (None, false) => "nothing",
        };
        // Who only looks at data may be called anything; a step before others is there to hold them back.
        if how != "unused" && !is_followed(grounds, &checking) {
            continue;
        }
        let mut captures: Captures = vec![
            ("check", checking.name.into()),
            ("how", Text::from(how).into()),
            ("role", grounds.role(checking.file).into()),
        ];
        if let Some((at, function)) = unused {
            captures.extend([("function", function.into()), ("other", Capture::Place(at))]);
        }
        let at = shown.map_or(checking.at, |node| view.program.place(node));
        found.push(Sighting::new(at, vec![checking.symbol, checking.name], Certainty::Inferred, captures));
    }
    found.extend(ignored(grounds));
    found
}

/// Calls of the repository's own checks whose verdict is only logged, before a model is fitted or data are written.
fn ignored(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    for (within, call) in view.calls().filter(|(def, _)| grounds.is_product(def.file)) {
        let [Callee::Function(function, _)] = view.types.callees(call) else { continue };
        let definition = view.program.definition(*function);
        if !view.lexicon.words.verifies(&definition.name) || shown_only(view, call).is_none() {
            continue;
        }
        let operations = || definition.body.clone().map(|value| Node { file: function.file, value });
        let decides = operations().any(|node| matches!(view.program.op(node).kind, OpKind::Compare(..)));
        let gives = view.types.returned(*function).any(|node| {
            matches!(
                view.program.op(node).kind,
                OpKind::Bool(_)
                    | OpKind::Either(_)
                    | OpKind::Dict(_)
                    | OpKind::List(_)
                    | OpKind::Tuple(_)
                    | OpKind::Compare(..)
                    | OpKind::SetIndex(..)
                    | OpKind::After(..)
            )
        });
        if !decides || !gives {
            continue;
        }
        let reach = view.reach.from_function(*function, &|_| false);
        let all = |def: &Def| {
            let file = def.file;
            view.program.definition(*def).body.clone().map(move |value| Node { file, value })
        };
        let Some(next) = next_work(grounds, within, call) else { continue };
        if reach.iter().flat_map(all).any(|node| may_stop(view, node)) || hands_on(grounds, &reach) {
            continue;
        }
        found.push(Sighting::new(
            view.program.place(call),
            vec![view.symbol(within), definition.name],
            Certainty::Inferred,
            vec![
                ("check", definition.name.into()),
                ("how", Text::from("ignored").into()),
                ("next", next.into()),
                ("role", grounds.role(within.file).into()),
            ],
        ));
    }
    found
}

/// Where a body goes on to fit a model or to write data, behind a call.
fn next_work(grounds: &Grounds<'_>, within: Def, call: Node) -> Option<At> {
    let view = grounds.view;
    let fits = grounds.learning.acts.all.iter().filter(|act| grounds.system.node(act.node).kind == NodeKind::Training);
    let fits = fits.map(|act| act.call);
    let writes =
        view.touches.all.iter().filter(|touch| touch.access == Access::Write).map(|touch| touch.top(view.program));
    let later = |node: &Node| node.file == call.file && node.value > call.value && view.program.owner(*node) == within;
    fits.chain(writes).filter(later).min_by_key(|node| node.value).map(|node| view.program.place(node))
}

/// The functions of steps that are called a check.
fn functions(grounds: &Grounds<'_>) -> Vec<Checking> {
    let (view, system) = (grounds.view, grounds.system);
    let verifies = |name: &str| view.lexicon.words.verifies(name);
    let mut steps: Vec<(&NodeId, &Vec<Def>)> = grounds.known.step_functions.iter().collect();
    steps.sort_unstable_by_key(|(step, _)| **step);
    let mut found = Vec::new();
    for (step, functions) in steps {
        let [function] = functions.as_slice() else { continue };
        let name = system.node(*step).name;
        let own = view.program.definition(*function).name;
        if !(verifies(&name) || verifies(&own)) || !grounds.is_product(function.file) || answers(view, *function) {
            continue;
        }
        found.push(Checking {
            name,
            at: view.program.def_place(*function),
            symbol: view.symbol(*function),
            file: function.file,
            step: Some(*step),
            reach: view.reach.from_function(*function, &|_| false),
        });
    }
    found
}

/// The programs called a check that commands start.
fn programs(grounds: &Grounds<'_>) -> Vec<Checking> {
    let (view, known) = (grounds.view, grounds.known);
    let mut told: FxHashSet<FileId> = FxHashSet::default();
    let mut found = Vec::new();
    for start in &known.invocations {
        let name = stem(view.program.path(start.program));
        let own = !view.is_code(start.at.file) || start.step.is_some();
        let is_check = own && view.is_code(start.program) && view.lexicon.words.verifies(name);
        if !is_check || view.program.is_test(start.program) || !told.insert(start.program) {
            continue;
        }
        let Some(reach) = known.reached.get(&start.program) else { continue };
        found.push(Checking {
            name: Text::from(view.program.path(start.program)),
            at: start.at,
            symbol: Text::from(view.program.path(start.at.file)),
            file: start.program,
            step: start.step,
            reach: reach.clone(),
        });
    }
    found
}

/// Does a function give an answer that an orchestrator or a next step may look at?
fn answers(view: &View<'_>, function: Def) -> bool {
    view.types.returned(function).any(|node| {
        !matches!(
            view.program.op(node).kind,
            OpKind::Nothing | OpKind::Bool(true) | OpKind::Param(_) | OpKind::Int(_) | OpKind::Unknown
        )
    })
}

/// The name of a file without its folder and ending.
fn stem(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or(path);
    last.split_once('.').map_or(last, |(stem, _)| stem)
}

/// Where the answer of a check of somebody else's is looked at, if nothing else is done with it.
fn answer_shown(view: &View<'_>, node: Node) -> Option<Node> {
    let OpKind::Call(function, _) = view.program.op(node).kind else { return None };
    let OpKind::Attr(_, name) = view.program.op(Node { value: function, ..node }).kind else { return None };
    let foreign = !view.types.callees(node).iter().any(|callee| matches!(callee, Callee::Function(..)));
    let asks = foreign && (view.lexicon.words.verifies(&name) || view.lexicon.words.has_effect(&name));
    looks(view, node).filter(|_| asks)?.first().copied()
}

/// May an operation end the run, or is it a check of somebody else's?
fn may_stop(view: &View<'_>, node: Node) -> bool {
    if ends(view, node) {
        return true;
    }
    let OpKind::Call(_, operands) = view.program.op(node).kind else { return false };
    let callees = view.types.callees(node);
    let own = callees.iter().any(|callee| matches!(callee, Callee::Function(..)));
    let name = view.types.called_name(node);
    let last = name.as_ref().map(|name| name.rsplit('.').next().unwrap_or(name).to_owned());
    let method = view.types.method_name(node).map(|name| name.to_string());
    let words = &view.lexicon.words;
    let called = [last, method];
    let mut named = called.iter().flatten();
    // A call into what cannot be seen may raise; one that only asks, prints or reads does not do so as a check.
    let foreign = callees.is_empty() || !own && name.is_none();
    let starts = named.any(|name| words.verifies(name) || foreign && (words.has_effect(name) || words.judges(name)));
    let checked = view
        .program
        .operands(node.file, operands)
        .iter()
        .any(|o| matches!(o.role, crate::fact::Role::Named(name) if name == "check"));
    !own && (starts || checked)
}

/// Does any of the code write what others read, or put an answer where a next step may ask for it?
fn hands_on(grounds: &Grounds<'_>, reach: &FxHashSet<Def>) -> bool {
    let (view, system) = (grounds.view, grounds.system);
    let wrote = view.touches.all.iter().zip(&grounds.known.datasets).any(|(touch, dataset)| {
        touch.access != Access::Read
            && reach.contains(&view.program.owner(touch.call))
            && dataset.is_none_or(|dataset| system.reaching(dataset, EdgeKind::Reads).next().is_some())
    });
    let pushes = reach.iter().any(|def| {
        view.program.definition(*def).body.clone().any(|value| {
            let callees = view.types.callees(Node { file: def.file, value });
            callees.iter().any(|c| matches!(c, Callee::Meaning(m) if m.pushes.is_some()))
        })
    });
    let queries = grounds
        .known
        .queries
        .iter()
        .any(|query| query.access != Access::Read && reach.contains(&view.program.owner(query.call)));
    wrote || pushes || queries
}

/// Does another step come after it?
fn is_followed(grounds: &Grounds<'_>, checking: &Checking) -> bool {
    let system = grounds.system;
    let Some(step) = checking.step else {
        let later = grounds.view.program.file(checking.at.file).commands.iter();
        let mut later = later.filter(|command| command.span.start > checking.at.span.end);
        return later.any(|command| command.words.len() > 1);
    };
    let mut next = system.reaching(step, EdgeKind::Follows);
    next.any(|next| system.node(next).kind == NodeKind::Step)
}

/// A function of the repository that checks and raises, is asked elsewhere, and is not asked here.
fn unused(grounds: &Grounds<'_>, checking: &Checking) -> Option<(At, Text)> {
    let view = grounds.view;
    let defs = (0..view.program.def_count()).map(|index| view.program.def_at(index));
    let mut able: Vec<Def> = defs
        .filter(|def| {
            let definition = view.program.definition(*def);
            let operations = || definition.body.clone().map(|value| Node { file: def.file, value });
            def.id != 0
                && grounds.is_product(def.file)
                && !checking.reach.contains(def)
                && !definition.params.is_empty()
                && view.lexicon.words.verifies(&definition.name)
                && operations().any(|node| matches!(view.program.op(node).kind, OpKind::Raise | OpKind::Assert(_)))
                && view.types.callers.get(def).is_some_and(|sites| !sites.is_empty())
        })
        .collect();
    able.sort_unstable();
    let subject = |name: &str| view.lexicon.words.verified(name);
    let own = subject(&checking.name);
    let only = able.iter().filter(|def| {
        let name = view.program.definition(**def).name;
        let path = view.program.path(def.file);
        able.len() == 1 || subject(&name).iter().chain(&subject(stem(path))).any(|word| own.contains(word))
    });
    let def = only.copied().next()?;
    Some((view.program.def_place(def), view.program.definition(def).name))
}
