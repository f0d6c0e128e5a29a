//! Checks whose answer is no and after which everything goes on: steps whose orchestrator looks at no answer, calls
//! whose answer nobody takes.

use rustc_hash::FxHashSet;

use crate::fact::{OpKind, Operator, Text, Val};
use crate::lexicon::{MadeBy, Subject};
use crate::program::{Def, Node};
use crate::source::At;
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::value::follow::Seen;
use crate::value::types::{Callee, Type};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind, Role};

pub const CHECK: Check = Check { rule: "gate-without-effect", find };

/// One sighting for each step and each call whose no stops nothing.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let mut found = steps(grounds);
    found.extend(calls(grounds));
    found
}

/// Steps whose function may answer no, where the next step runs whatever it answers.
fn steps(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut made: Vec<(Def, At, Vec<Node>)> = Vec::new();
    for (def, call) in view.calls().filter(|(def, _)| grounds.role(def.file) != Role::Test) {
        let Some(name) = view.types.called_name(call) else { continue };
        let Some(form) = view.lexicon.orchestrators.step(MadeBy::Call, name).filter(|form| form.goes_on) else {
            continue;
        };
        let function = form.function.as_ref().and_then(|slot| view.types.slot(call, slot));
        let function = function.into_iter().flat_map(|value| view.types.of(value)).find_map(|ty| match ty {
            Type::Function(def) => Some(*def),
            _ => None,
        });
        if let Some(function) = function.filter(|_| def.file == call.file) {
            made.push((function, view.program.place(call), vec![call]));
        }
    }
    for def in (0..view.program.def_count()).map(|index| view.program.def_at(index)) {
        let orchestrators = &view.lexicon.orchestrators;
        let mut names = view.program.definition(def).decorators.iter().filter_map(|value| decorator(view, def, *value));
        let goes_on = names.any(|name| orchestrators.step(MadeBy::Decorator, name).is_some_and(|form| form.goes_on));
        if goes_on && grounds.role(def.file) != Role::Test {
            let sites = view.types.callers.get(&def).map_or(&[][..], Vec::as_slice);
            made.push((def, view.program.def_place(def), sites.iter().map(|site| site.call).collect()));
        }
    }
    let mut found = Vec::new();
    for (function, at, calls) in made {
        let Some(no) = refusal(view, function) else { continue };
        let step = grounds.system.nodes().find(|(_, node)| node.kind == NodeKind::Step && node.at == at);
        let Some((step, node)) = step else { continue };
        let next = grounds.system.reaching(step, EdgeKind::Follows);
        let Some(next) = next.into_iter().find(|next| grounds.system.node(*next).kind == NodeKind::Step) else {
            continue;
        };
        if calls.iter().any(|call| is_taken(view, *call)) || is_pulled(view, &node.name) {
            continue;
        }
        found.push(sighting(grounds, function, no, at, grounds.system.node(next).name, "runs"));
    }
    found
}

/// The name of a decorator, called or not.
fn decorator(view: &View<'_>, def: Def, value: Val) -> Option<Text> {
    let node = Node { file: def.file, value };
    match view.program.op(node).kind {
        OpKind::Call(function, _) => view.types.library_name(Node { value: function, ..node }),
        _ => view.types.library_name(node),
    }
}

/// Calls of checks whose answer is thrown away, where something is learnt, kept or put into use afterwards.
fn calls(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    for (within, call) in view.calls().filter(|(def, _)| grounds.is_product(def.file)) {
        let checks = view.types.callees(call).iter().find_map(|callee| match callee {
            Callee::Function(def, _) => Some(*def),
            Callee::Meaning(_) => None,
        });
        let Some(function) = checks.filter(|def| view.lexicon.words.judges(&view.program.definition(*def).name)) else {
            continue;
        };
        if !view.users.of(call).is_empty() || bound(view, call) {
            continue;
        }
        let Some(no) = refusal(view, function) else { continue };
        let after = call.value + 1..view.program.definition(within).body.end;
        let later = after.map(|value| Node { value, ..call }).find_map(|node| goes_into_use(view, node));
        if let Some(next) = later {
            found.push(sighting(grounds, function, no, view.program.place(call), next, "goes-on"));
        }
    }
    found
}

/// Is a value given a name in a module's body?
fn bound(view: &View<'_>, node: Node) -> bool {
    let owner = view.program.definition(view.program.owner(node));
    owner.bindings.iter().any(|(_, value)| *value == node.value)
}

/// The name of a call that fits a model, keeps one or puts one into use, here or in the function that it runs.
fn goes_into_use(view: &View<'_>, node: Node) -> Option<Text> {
    let uses = |call: Node| {
        view.types.callees(call).iter().any(|callee| match callee {
            Callee::Meaning(m) => m.promotes.is_some() || m.writes == Some(Subject::Model),
            Callee::Function(..) => false,
        })
    };
    let OpKind::Call(function, _) = view.program.op(node).kind else { return None };
    let inner = view.types.callees(node).iter().any(|callee| match callee {
        Callee::Function(def, _) => {
            view.program.definition(*def).body.clone().any(|value| uses(Node { file: def.file, value }))
        }
        Callee::Meaning(_) => false,
    });
    if !inner && !uses(node) {
        return None;
    }
    match view.program.op(Node { value: function, ..node }).kind {
        OpKind::Attr(_, name) | OpKind::Global(name) => Some(name),
        OpKind::Define(id) => Some(view.program.definition(Def { file: node.file, id }).name),
        _ => view.types.called_name(node),
    }
}

/// Where a function answers no, if it answers nothing but yes or no and raises nothing.
fn refusal(view: &View<'_>, function: Def) -> Option<Node> {
    let body = view.program.definition(function).body.clone();
    if body.clone().any(|value| ends(view, Node { file: function.file, value })) {
        return None;
    }
    let answers: Vec<Node> = view.types.returned(function).collect();
    let kind = |node: &Node| view.program.op(*node).kind;
    let says = |node: &Node| matches!(kind(node), OpKind::Bool(_) | OpKind::Compare(..) | OpKind::Not(_));
    let no = answers.iter().find(|node| matches!(kind(node), OpKind::Bool(false)));
    let yes = answers.iter().any(|node| !matches!(kind(node), OpKind::Bool(false)));
    no.copied().filter(|_| yes && answers.iter().all(says))
}

/// Does an operation end the run: by an error, or by leaving the program?
pub(super) fn ends(view: &View<'_>, node: Node) -> bool {
    match view.program.op(node).kind {
        OpKind::Raise | OpKind::Assert(_) => true,
        OpKind::Call(..) => view.types.callees(node).iter().any(|c| matches!(c, Callee::Meaning(m) if m.ends)),
        _ => false,
    }
}

/// Does something take what a step gives, rather than only stand before or after it?
fn is_taken(view: &View<'_>, step: Node) -> bool {
    let mut waiting = vec![step];
    let mut known = FxHashSet::default();
    while let Some(node) = waiting.pop() {
        if !known.insert(node) || known.len() > 40 {
            continue;
        }
        for user in view.users.of(node) {
            let user = Node { value: *user, ..node };
            match view.program.op(user).kind {
                OpKind::Binary(Operator::ShiftLeft | Operator::ShiftRight, ..) => {}
                OpKind::List(_) | OpKind::Tuple(_) | OpKind::Either(_) | OpKind::Bind(..) | OpKind::After(..) => {
                    waiting.push(user);
                }
                // `check.set_downstream(train)`
                OpKind::Attr(_, name) if view.lexicon.orchestrators.order(name).is_some() => {}
                OpKind::Call(..)
                    if view.types.called_name(user).is_some_and(|n| view.lexicon.orchestrators.is_chain(n)) => {}
                _ => return true,
            }
        }
    }
    false
}

/// Does anybody ask for what the step of that name answered?
fn is_pulled(view: &View<'_>, step: &str) -> bool {
    view.calls().any(|(_, call)| {
        view.types.callees(call).iter().any(|callee| {
            let Callee::Meaning(meaning) = callee else { return false };
            let Some(slot) = &meaning.pulls else { return false };
            let keyed = meaning.pulled_by.as_ref().and_then(|slot| view.types.slot(call, slot));
            if keyed.and_then(|key| view.program.literal(key)).is_some_and(|key| key != "return_value") {
                return false;
            }
            let Some(asked) = view.types.slot(call, slot) else { return true };
            let texts = view.evaluator.texts(&Seen::anywhere(asked)).patterns;
            texts.is_empty() || texts.iter().any(|pattern| crate::value::frame::plain(pattern).contains(step))
        })
    })
}

fn sighting(grounds: &Grounds<'_>, function: Def, no: Node, at: At, next: Text, how: &'static str) -> Sighting {
    let view = grounds.view;
    let name = view.program.definition(function).name;
    Sighting::new(
        at,
        vec![view.symbol(function), next],
        Certainty::Inferred,
        vec![
            ("check", name.into()),
            ("next", next.into()),
            ("how", Text::from(how).into()),
            ("refusal", view.program.place(no).into()),
            ("role", grounds.role(at.file).into()),
        ],
    )
}
