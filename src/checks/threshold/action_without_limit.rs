//! What models do in the world without anybody's leave: mails, orders and charges that only a prediction decides on.

use crate::fact::{Comparison, OpKind, Text, Val};
use crate::program::{Def, Node};
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::learning::parts::meant;
use crate::system::learning::wide::bearing;
use crate::system::{View, operands_of};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// Values looked at behind what an act gets.
const STEPS: usize = 80;

pub const CHECK: Check = Check { rule: "action-without-limit", find };

/// One sighting for each act that is done over and over as predictions say, and that nothing limits.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, known) = (grounds.view, grounds.known);
    let (acts, tables) = (&grounds.learning.acts, &grounds.learning.tables);
    let mut found = Vec::new();
    for (def, call) in view.calls() {
        let does = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.acts);
        if !grounds.is_product(def.file) || !view.types.callees(call).iter().any(does) {
            continue;
        }
        let again = known.handlers.contains(&def) || is_looped(view, def, call);
        let asked = |condition: Node| {
            bearing(view, tables, acts, Seen::anywhere(condition)).predictions.first().map(|(node, _)| *node)
        };
        let chosen = || chosen(view, call).into_iter().find_map(|choice| Some((choice, asked(choice)?)));
        let decided = conditions(view, call).into_iter().find_map(|condition| Some((condition, asked(condition)?)));
        let decided = decided.or_else(chosen);
        let Some((condition, prediction)) = decided.filter(|_| again) else { continue };
        if is_limited(view, def, &asked) {
            continue;
        }
        let name = view.types.called_name(call).unwrap_or_default();
        let (name, prediction) = (Text::from(name.rsplit('.').next().unwrap_or_default()), acts.by_call[&prediction]);
        found.push(Sighting::new(
            view.program.place(call),
            vec![view.symbol(def), name],
            grounds.certainty(Certainty::Inferred, &[prediction]),
            vec![
                ("act", name.into()),
                ("prediction", prediction.into()),
                ("decided", view.program.place(condition).into()),
            ],
        ));
    }
    found
}

/// The conditions that an operation stands under.
fn conditions(view: &View<'_>, node: Node) -> Vec<Node> {
    let arms = view.evaluator.branches.around(node);
    let condition = |start: Val| match view.program.op(Node { value: start, ..node }).kind {
        OpKind::If(condition, _) => Some(Node { value: condition, ..node }),
        _ => None,
    };
    arms.filter_map(|arm| condition(arm.start)).collect()
}

/// The masks by which the rows are chosen that a call gets one by one; none if only so many are taken.
fn chosen(view: &View<'_>, call: Node) -> Vec<Node> {
    let mut masks = Vec::new();
    let mut steps = 0;
    let mut each = false;
    let starts = operands_of(view, call).into_iter().skip(1).map(|value| Node { value, ..call });
    for start in starts {
        let limited = walk(view.evaluator.follow, Seen::anywhere(start), &mut |seen| {
            steps += 1;
            match view.program.op(seen.node).kind {
                OpKind::Element(_) => each = true,
                OpKind::Index(_, by) if each => match view.program.op(seen.beside(by).node).kind {
                    OpKind::Slice(..) => return Go::Done,
                    OpKind::Str(_) | OpKind::Int(_) => {}
                    _ => masks.push(seen.beside(by).node),
                },
                OpKind::Call(..) if each && meant(view, seen.node, |m| m.limits).is_some() => return Go::Done,
                OpKind::Call(..) => {
                    let slot = meant(view, seen.node, |m| m.filters.is_some()).and_then(|m| m.filters.as_ref());
                    masks.extend(slot.and_then(|slot| view.types.slot(seen.node, slot)));
                }
                _ => {}
            }
            if steps > STEPS { Go::Stop } else { Go::On }
        });
        if limited {
            return Vec::new();
        }
    }
    masks
}

/// Stands a call in a loop of its body?
fn is_looped(view: &View<'_>, def: Def, call: Node) -> bool {
    let mut open: Vec<Val> = Vec::new();
    for value in view.program.definition(def).body.clone().take_while(|value| *value < call.value) {
        match view.program.op(Node { value, ..call }).kind {
            OpKind::Loop => open.push(value),
            OpKind::End(start) => open.retain(|loops| *loops != start),
            _ => {}
        }
    }
    !open.is_empty()
}

/// Compares the body anything that no prediction made: a count, a sum, a budget?
fn is_limited(view: &View<'_>, def: Def, asked: &dyn Fn(Node) -> Option<Node>) -> bool {
    view.program.definition(def).body.clone().any(|value| {
        let node = Node { file: def.file, value };
        let OpKind::Compare(Comparison::Less | Comparison::Greater | Comparison::AtMost | Comparison::AtLeast, ..) =
            view.program.op(node).kind
        else {
            return false;
        };
        asked(node).is_none()
    })
}
