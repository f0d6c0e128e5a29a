//! Rows of features that are put together by position, for a model that was fitted on columns with names.

use rustc_hash::FxHashMap;

use super::super::View;
use super::origins::Selection;
use super::{Act, Acts, Found, starts};
use crate::fact::{OpKind, Operand, Role};
use crate::lexicon::{Learns, Returns};
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::EdgeKind;

/// Values looked at for one row.
const STEPS: usize = 60;

/// Says of each prediction how many features it puts together by their places, if its model knows names.
pub fn derive(view: &View<'_>, system: &mut System, acts: &Acts<'_>, found: &[Found]) {
    let named = |act: &Act<'_>, found: &Found| {
        let x = found.iter().find(|(is_x, _)| *is_x);
        act.meaning.trains == Some(Learns::Model) && x.is_some_and(|(_, origins)| origins.selection.is_some())
    };
    let learnt: Vec<_> =
        acts.all.iter().zip(found).filter(|(act, of)| named(act, of)).map(|(act, _)| act.node).collect();
    let known: FxHashMap<NodeId, usize> =
        acts.all.iter().zip(found).filter_map(|(act, of)| Some((act.node, columns(of)?))).collect();
    for act in acts.all.iter().filter(|act| act.meaning.predicts) {
        let fitted = system.reaching(act.node, EdgeKind::Feeds).find_map(|fit| known.get(&fit).copied());
        if !system.reaching(act.node, EdgeKind::Feeds).any(|from| learnt.contains(&from)) {
            continue;
        }
        let Some((_, x)) = starts(view, act).into_iter().find(|(is_x, _)| *is_x) else { continue };
        if let Some(size) = row(view, Seen::anywhere(x), fitted) {
            system.count(act.node, "positional", size);
        }
    }
}

/// How many columns a model was fitted on.
fn columns(found: &Found) -> Option<usize> {
    let (_, x) = found.iter().find(|(is_x, _)| *is_x)?;
    match x.selection.as_ref()? {
        Selection::Closed(Some(names)) => Some(names.len()),
        _ => None,
    }
}

/// Does a comprehension collect an operand: one for each element of what it walks over?
fn is_each(view: &View<'_>, list: &Seen, operand: &Operand) -> bool {
    let whole = view.program.op(list.node).span;
    walk(view.evaluator.follow, list.beside(operand.value), &mut |seen| match view.program.op(seen.node).kind {
        OpKind::Element(_) if seen.node.file == list.node.file => {
            let own = view.program.op(seen.node).span;
            if whole.start <= own.start && own.end <= whole.end { Go::Done } else { Go::Stop }
        }
        OpKind::Call(..) | OpKind::Either(_) | OpKind::Part(..) => Go::On,
        _ => Go::Stop,
    })
}

/// How many values that are not written out make up the row that a value is.
fn row(view: &View<'_>, start: Seen, fitted: Option<usize>) -> Option<usize> {
    let mut waiting = vec![start];
    for _ in 0..STEPS {
        let seen = waiting.pop()?;
        let file = seen.node.file;
        match view.program.op(seen.node).kind {
            OpKind::List(operands) | OpKind::Tuple(operands) => {
                let operands = view.program.operands(file, operands);
                // The rows of a table: the first tells how each is made.
                let inner = operands.first().map(|o| seen.beside(o.value));
                if let Some(inner) =
                    inner.filter(|i| matches!(view.program.op(i.node).kind, OpKind::List(_) | OpKind::Tuple(_)))
                {
                    waiting.push(inner);
                    continue;
                }
                if let [only] = operands {
                    // As many as there are in the request.
                    if is_each(view, &seen, only) {
                        return fitted;
                    }
                    waiting.push(seen.beside(only.value));
                    continue;
                }
                let plain = operands.iter().all(|o| o.role == Role::Plain);
                return plain.then(|| operands.iter().filter(|o| is_computed(view, &seen, o)).count());
            }
            OpKind::Call(function, operands) => {
                let passes = view.types.callees(seen.node).iter().find_map(|callee| match callee {
                    Callee::Meaning(m) if m.returns == Some(Returns::Receiver) => Some(true),
                    Callee::Meaning(m) if m.gathers || m.converts.is_some() || m.returns == Some(Returns::Argument) => {
                        Some(false)
                    }
                    _ => None,
                });
                let named = |o: &Operand| matches!(o.role, Role::Named(name) if name == "columns");
                let operands = view.program.operands(file, operands);
                match (passes, view.program.op(seen.beside(function).node).kind) {
                    (Some(true), OpKind::Attr(object, _)) => waiting.push(seen.beside(object)),
                    (Some(_), _) if !operands.iter().any(named) => {
                        waiting.extend(operands.first().map(|o| seen.beside(o.value)));
                    }
                    (Some(_), _) => {}
                    _ => waiting.extend(view.evaluator.follow.back(&seen).values),
                }
            }
            _ => waiting.extend(view.evaluator.follow.back(&seen).values),
        }
    }
    None
}

fn is_computed(view: &View<'_>, seen: &Seen, operand: &Operand) -> bool {
    !matches!(
        view.program.op(seen.beside(operand.value).node).kind,
        OpKind::Str(_) | OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_) | OpKind::Nothing
    )
}
