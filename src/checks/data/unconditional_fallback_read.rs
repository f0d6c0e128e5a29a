//! Files of an earlier run that are read in any case, though what they say is used only where a parameter is not given.

use rustc_hash::FxHashSet;

use crate::fact::{Access, Comparison, DefKind, OpKind, Text, Val};
use crate::program::branches::Arm;
use crate::program::{Def, Node};
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::{Role, View, operands_of};
use crate::vocabulary::{Certainty, EdgeKind};

pub const CHECK: Check = Check { rule: "unconditional-fallback-read", find };

/// One sighting for each such reading of data that a program of the repository writes.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let mut told: FxHashSet<Node> = FxHashSet::default();
    let mut sightings = Vec::new();
    for (touch, dataset) in view.touches.all.iter().zip(&grounds.known.datasets) {
        let Some(dataset) = *dataset else { continue };
        let kept = system.reaching(dataset, EdgeKind::Writes).next().is_some();
        let role = grounds.role(touch.call.file);
        if touch.access != Access::Read || role == Role::Test || !kept || touch.chosen() {
            continue;
        }
        let calls = touch.way.iter().map(|site| site.call).chain([touch.call]);
        let found = calls.into_iter().find_map(|call| Some((call, stand_in(view, call)?)));
        let Some((call, parameter)) = found.filter(|(call, _)| told.insert(*call)) else { continue };
        sightings.push(Sighting {
            at: view.program.place(call),
            identity: vec![view.symbol(view.program.owner(call)), system.node(dataset).name],
            certainty: Certainty::Seen,
            captures: vec![("data", Capture::Node(dataset)), ("parameter", Capture::Text(parameter))],
            more: Vec::new(),
        });
    }
    sightings
}

/// The parameter without which alone anybody asks what a call returned.
fn stand_in(view: &View<'_>, call: Node) -> Option<Text> {
    let def = view.program.owner(call);
    let nested =
        view.program.file(call.file).definitions.iter().any(|d| d.parent == def.id && d.kind != DefKind::Module);
    if nested || view.program.definition(def).kind != DefKind::Function {
        return None;
    }
    let content = content(view, def, call);
    let mut parameter = None;
    for user in users(view, def, content) {
        let without = |arm: Arm| if arm.operations().contains(&content.value) { None } else { absent(view, def, arm) };
        let name = view.evaluator.branches.around(user).find_map(without)?;
        parameter = parameter.or(Some(name));
    }
    parameter
}

/// What is read: of a file that is opened by a `with`, what the one call makes of it that gets it.
fn content(view: &View<'_>, def: Def, call: Node) -> Node {
    let only = |of: Node, is: fn(OpKind) -> bool| {
        let found = users(view, def, of);
        match found.as_slice() {
            [one] if is(view.program.op(*one).kind) => Some(*one),
            _ => None,
        }
    };
    let opened = only(call, |kind| matches!(kind, OpKind::With(_)));
    opened.and_then(|file| only(file, |kind| matches!(kind, OpKind::Call(..)))).unwrap_or(call)
}

/// The operations of a body that use a value.
fn users(view: &View<'_>, def: Def, value: Node) -> Vec<Node> {
    let body = view.program.definition(def).body.clone().map(|op| Node { value: op, ..value });
    let uses = |node: &Node| match view.program.op(*node).kind {
        OpKind::If(of, _) | OpKind::Test(of) | OpKind::Assert(of) | OpKind::Delete(of) => of == value.value,
        _ => operands_of(view, *node).contains(&value.value),
    };
    body.filter(uses).collect()
}

/// The parameter that is not given where an arm runs.
fn absent(view: &View<'_>, def: Def, arm: Arm) -> Option<Text> {
    let kind = |value: Val| view.program.op(Node { file: def.file, value }).kind;
    let OpKind::If(condition, _) = kind(arm.start) else { return None };
    let (asked, lacking) = match kind(condition) {
        OpKind::Compare(how @ (Comparison::Equal | Comparison::Unequal), asked, nothing)
            if matches!(kind(nothing), OpKind::Nothing) =>
        {
            (asked, how == Comparison::Equal)
        }
        OpKind::Not(asked) => (asked, true),
        _ => (condition, false),
    };
    let OpKind::Param(index) = kind(asked) else { return None };
    let parameter = view.program.definition(def).params.get(index as usize)?;
    let optional = matches!(kind(parameter.default?), OpKind::Nothing);
    (optional && lacking == arm.first).then_some(parameter.name)
}
