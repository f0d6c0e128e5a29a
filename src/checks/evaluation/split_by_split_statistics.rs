//! Functions that sum up whatever rows they are given and change them by that: the training's and the test's alike.

use rustc_hash::FxHashSet;

use crate::fact::{DefKind, OpKind, Operator, Role as ArgRole, Val};
use crate::program::branches::Arm;
use crate::program::{Def, Node};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::learning::parts::meant;
use crate::system::learning::picks::{Part, part};
use crate::value::follow::Seen;
use crate::vocabulary::{Certainty, Role};

pub const CHECK: Check = Check { rule: "split-by-split-statistics", find };

/// Steps between a statistic and the rows that it changes.
const STEPS: usize = 4;
/// Steps from a value to the parameter that it is a part of.
const ROOTS: usize = 12;

/// One sighting for each such function.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let defs = (0..view.program.def_count()).map(|index| view.program.def_at(index));
    let real = |def: &Def| {
        let function = view.program.definition(*def).kind == DefKind::Function;
        function && view.is_code(def.file) && grounds.role(def.file) != Role::Test
    };
    defs.filter(real).filter_map(|def| judge(grounds, def)).collect()
}

/// A function that sums up rows it is given and changes them by that, and that is given the training's and others.
fn judge(grounds: &Grounds<'_>, def: Def) -> Option<Sighting> {
    let view = grounds.view;
    for value in view.program.definition(def).body.clone() {
        let call = Node { file: def.file, value };
        let Some(parameter) = summed_up(view, call) else { continue };
        let mut fitted = false;
        let mut held = None;
        for given in view.evaluator.follow.back(&Seen::anywhere(parameter)).values {
            match part(view, given.node) {
                Some(Part::Fitted) => fitted = true,
                Some(_) => held = held.or(Some(given.node)),
                None => {}
            }
        }
        let Some(given) = held.filter(|_| fitted) else { continue };
        let name = view.program.definition(def).name;
        return Some(Sighting::new(
            view.program.place(call),
            vec![view.symbol(def), name],
            Certainty::Inferred,
            vec![
                ("own", name.into()),
                ("given", view.program.place(given).into()),
                ("role", grounds.role(def.file).into()),
            ],
        ));
    }
    None
}

/// The parameter whose rows a call sums up for all that is done with them there, whatever else was given.
fn summed_up(view: &View<'_>, call: Node) -> Option<Node> {
    let OpKind::Call(function, operands) = view.program.op(call).kind else { return None };
    meant(view, call, |m| m.summarises.is_some() && !m.groups)?;
    let operands = view.program.operands(call.file, operands);
    let across =
        |role: ArgRole| matches!(role, ArgRole::Named(name) if name == "axis" || name == "dim" || name == "keepdims");
    if operands.iter().any(|o| across(o.role)) {
        return None;
    }
    let beside = |value: Val| Node { value, ..call };
    let rows = match view.program.op(beside(function)).kind {
        OpKind::Attr(object, _) if view.types.library_name(beside(function)).is_none() => beside(object),
        _ => beside(operands.first()?.value),
    };
    let parameter = root(view, rows)?;
    // `if "rides" in frame.columns` asks the rows themselves; any other condition may ask for what was learnt before.
    let of_rows = |value: Val| root(view, beside(value)) == Some(parameter);
    let elsewhere = |arm: Arm| match view.program.op(beside(arm.start)).kind {
        OpKind::If(condition, _) => match view.program.op(beside(condition)).kind {
            OpKind::Compare(_, left, right) => !of_rows(left) && !of_rows(right),
            _ => true,
        },
        _ => false,
    };
    if view.evaluator.branches.around(call).any(elsewhere) {
        return None;
    }
    changes(view, call, parameter).then_some(parameter)
}

/// The parameter of the same body that a value is, or is a part or a copy of.
fn root(view: &View<'_>, value: Node) -> Option<Node> {
    let mut node = value;
    for _ in 0..ROOTS {
        let beside = |value: Val| Node { value, ..node };
        node = match view.program.op(node).kind {
            OpKind::Param(_) => return (!view.types.is_itself(node)).then_some(node),
            OpKind::Attr(of, _) | OpKind::Index(of, _) | OpKind::SetIndex(of, ..) | OpKind::After(of, _) => beside(of),
            OpKind::Call(function, _) if meant(view, node, |m| m.groups || m.summarises.is_some()).is_none() => {
                match view.program.op(beside(function)).kind {
                    OpKind::Attr(of, _) if view.types.library_name(beside(function)).is_none() => beside(of),
                    _ => return None,
                }
            }
            _ => return None,
        };
    }
    None
}

/// Are rows of that parameter scaled, filled or compared by a statistic?
fn changes(view: &View<'_>, statistic: Node, parameter: Node) -> bool {
    let mut waiting = vec![(statistic, 0)];
    let mut known = FxHashSet::default();
    while let Some((node, depth)) = waiting.pop() {
        if depth > STEPS || !known.insert(node) {
            continue;
        }
        for user in view.users.of(node) {
            let beside = |value: Val| Node { value, ..node };
            let user = beside(*user);
            let of_rows = |value: Val| value != node.value && root(view, beside(value)) == Some(parameter);
            match view.program.op(user).kind {
                OpKind::Binary(Operator::Sub | Operator::Div, left, _) if of_rows(left) => return true,
                OpKind::Compare(_, left, right) if of_rows(left) || of_rows(right) => return true,
                OpKind::Call(function, _) if meant(view, user, |m| m.spreads).is_some() => {
                    if matches!(view.program.op(beside(function)).kind, OpKind::Attr(of, _) if of_rows(of)) {
                        return true;
                    }
                }
                OpKind::Binary(..) | OpKind::Either(_) => waiting.push((user, depth + 1)),
                _ => {}
            }
        }
    }
    false
}
