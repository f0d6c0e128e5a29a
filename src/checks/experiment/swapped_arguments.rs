//! Arguments that are handed over by place, and that are called as another parameter of what is called.

use crate::fact::{OpKind, Operand, Param, ParamKind, Role, Text};
use crate::program::{Def, Node};
use crate::source::Kind;
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "swapped-arguments", find };

/// Shorter names say little: `x`, `df`.
const LEAST: usize = 3;

/// One sighting for each call whose arguments stand in another order than the parameters that they are called as.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    for (within, call) in view.calls() {
        if !grounds.is_product(call.file) || view.program.sources[call.file.index()].kind != Kind::Python {
            continue;
        }
        let OpKind::Call(_, operands) = view.program.op(call).kind else { continue };
        let [Callee::Function(callee, bound)] = view.types.callees(call) else { continue };
        let operands = view.program.operands(call.file, operands);
        // A function that calls itself, or one of its kind, may mean to turn them round.
        let alike = view.program.definition(*callee).name == view.program.definition(within).name;
        if alike || operands.iter().any(|o| matches!(o.role, Role::Star | Role::Spread)) {
            continue;
        }
        let Some((argument, param)) = misplaced(view, within, call, *callee, *bound, operands) else { continue };
        let definition = view.program.definition(*callee);
        let called = match view.program.class_of(*callee) {
            Some(class) if definition.name == "__init__" => view.program.definition(class).name,
            _ => definition.name,
        };
        found.push(Sighting::new(
            view.program.place(call),
            vec![view.symbol(within), Text::from(&format!("{called}:{argument}"))],
            Certainty::Inferred,
            vec![
                ("function", called.into()),
                ("argument", argument.into()),
                ("parameter", param.into()),
                ("definition", view.program.def_place(*callee).into()),
            ],
        ));
    }
    found
}

/// The first argument that is called as another parameter, and the one that it becomes.
fn misplaced(
    view: &View<'_>,
    within: Def,
    call: Node,
    callee: Def,
    bound: bool,
    operands: &[Operand],
) -> Option<(Text, Text)> {
    let params = view.program.definition(callee).params.get(usize::from(bound)..)?;
    let given: Vec<Node> =
        operands.iter().filter(|o| o.role == Role::Plain).map(|o| Node { value: o.value, ..call }).collect();
    let by_place: Vec<Option<Text>> = given.iter().map(|node| said(view, within, *node)).collect();
    let plain: Vec<&Param> = params.iter().take_while(|p| p.kind == ParamKind::Plain).collect();
    if by_place.len() > plain.len() {
        return None;
    }
    let named = |name: Text| operands.iter().any(|o| matches!(o.role, Role::Named(n) if n == name));
    for (at, argument) in by_place.iter().enumerate() {
        let Some(argument) = argument.filter(|name| name.len() >= LEAST) else { continue };
        if plain[at].name == argument {
            continue;
        }
        let Some(meant) = plain.iter().position(|p| p.name == argument) else { continue };
        // What stands in its place is something else, and says so by its own name.
        let other = by_place.get(meant).copied().flatten();
        let elsewhere = other.is_some_and(|other| other != argument && other.len() >= LEAST);
        // A field is called after what it is in its object: `user.password` may well be a hash. Two that changed places
        // are none the less.
        let field = matches!(view.program.op(given[at]).kind, OpKind::Attr(..));
        let sure = !field || other == Some(plain[at].name);
        if sure && elsewhere && !named(argument) && !are_sides(&argument, &plain[at].name) {
            return Some((argument, plain[at].name));
        }
    }
    None
}

/// Do two names tell the sides of one thing apart, by one letter: `rows_a`, `rows_b`? Those may change sides on purpose.
fn are_sides(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).filter(|(a, b)| a != b).count() == 1
}

/// What an argument is called where it is handed over.
fn said(view: &View<'_>, within: Def, node: Node) -> Option<Text> {
    match view.program.op(node).kind {
        OpKind::Param(index) => {
            let owner = view.program.definition(view.program.owner(node));
            owner.params.get(index as usize).map(|param| param.name)
        }
        OpKind::Global(name) | OpKind::Attr(_, name) => Some(name),
        _ => {
            let mut bound = view.program.definition(within).bindings.iter().filter(|(_, value)| *value == node.value);
            match (bound.next(), bound.next()) {
                (Some((name, _)), None) => Some(*name),
                _ => None,
            }
        }
    }
}
