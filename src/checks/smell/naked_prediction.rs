//! Answers of services that are a score alone: nothing in them says which model gave it, or what it means.

use crate::fact::{OpKind, Operand, Role as ArgRole, Text};
use crate::program::{Def, Node};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::learning::origins::origins;
use crate::value::follow::Seen;
use crate::value::types::Type;
use crate::vocabulary::Certainty;

/// Values looked at for what an answer is built of.
const STEPS: usize = 40;

/// Words in the names of an answer's parts that say where it comes from or what it means.
const TELLING: [&str; 8] = ["model", "version", "run", "id", "uri", "unit", "threshold", "kind"];

pub const CHECK: Check = Check { rule: "naked-prediction", find };

/// One sighting for each function that answers requests with a bare prediction.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, known, acts) = (grounds.view, grounds.known, &grounds.learning.acts);
    let mut found = Vec::new();
    let real = |def: &&Def| grounds.is_product(def.file);
    let mut handlers: Vec<Def> = known.handlers.iter().filter(real).copied().collect();
    handlers.sort_unstable();
    for handler in handlers.into_iter().filter(|handler| !is_typed(view, *handler) && !tells(view, *handler)) {
        let naked = view.program.definition(handler).body.clone().find_map(|value| {
            let OpKind::Return(answer) = view.program.op(Node { file: handler.file, value }).kind else { return None };
            let answer = Seen::anywhere(Node { file: handler.file, value: answer });
            let prediction = origins(view, answer.clone(), acts).predictions.into_iter().next()?;
            is_bare(view, answer.clone()).then_some((answer.node, prediction))
        });
        let Some((answer, prediction)) = naked else { continue };
        let (name, prediction) = (view.program.definition(handler).name, acts.by_call[&prediction]);
        found.push(Sighting::new(
            view.program.place(answer),
            vec![view.symbol(handler), name],
            grounds.certainty(Certainty::Inferred, &[prediction]),
            vec![
                ("function", name.into()),
                ("prediction", prediction.into()),
                ("role", grounds.role(handler.file).into()),
            ],
        ));
    }
    found
}

/// Does the route's decorator, or the function's own signature, say what the answer looks like?
fn is_typed(view: &View<'_>, def: Def) -> bool {
    let file = def.file;
    let typed = |operand: &Operand| matches!(operand.role, ArgRole::Named(name) if name == "response_model");
    view.program.definition(def).decorators.iter().any(|value| {
        match view.program.op(Node { file, value: *value }).kind {
            OpKind::Call(_, operands) => view.program.operands(file, operands).iter().any(typed),
            _ => false,
        }
    })
}

/// Does the function's body name a part that says more, wherever in the answer it is put?
fn tells(view: &View<'_>, def: Def) -> bool {
    let mut body = view.program.definition(def).body.clone();
    body.any(|value| match view.program.op(Node { file: def.file, value }).kind {
        OpKind::Str(text) => !text.contains([' ', '/']) && !says_nothing(text),
        _ => false,
    })
}

/// Is the answer a number, a list of such, or a map none of whose keys says more?
fn is_bare(view: &View<'_>, start: Seen) -> bool {
    let mut waiting = vec![start];
    for _ in 0..STEPS {
        let Some(seen) = waiting.pop() else { return false };
        // Objects have a class that says what they are.
        if view.types.of(seen.node).iter().any(|ty| matches!(ty, Type::Object(_))) {
            return false;
        }
        let op = view.program.op(seen.node).kind;
        let operands = match op {
            OpKind::Dict(run) | OpKind::List(run) | OpKind::Tuple(run) | OpKind::Call(_, run) => {
                view.program.operands(seen.node.file, run)
            }
            _ => &[],
        };
        let first = operands.iter().find(|operand| operand.role == ArgRole::Plain);
        let is_text =
            |operand: &Operand| matches!(view.program.op(seen.beside(operand.value).node).kind, OpKind::Str(_));
        match op {
            OpKind::Dict(_) => {
                let keys = operands.iter().filter(|operand| operand.role == ArgRole::Key);
                let names = keys.map(|key| match view.program.op(seen.beside(key.value).node).kind {
                    OpKind::Str(name) => Some(name),
                    _ => None,
                });
                let spread = operands.iter().any(|operand| operand.role == ArgRole::Spread);
                return !spread && names.into_iter().all(|name| name.is_some_and(says_nothing));
            }
            // Messages and pages are for people.
            OpKind::Str(_) | OpKind::Format(_) | OpKind::Nothing => return false,
            // An answer and its status; rows, of which the first tells how each is made.
            OpKind::List(_) | OpKind::Tuple(_) => waiting.extend(first.map(|operand| seen.beside(operand.value))),
            OpKind::Call(..) if first.is_some_and(is_text) => return false,
            OpKind::Call(function, _) => {
                let inner = view.evaluator.follow.back(&seen).values;
                let named: Vec<Text> = operands.iter().filter_map(name).collect();
                let object = match view.program.op(seen.beside(function).node).kind {
                    OpKind::Attr(object, _) if view.types.called_name(seen.node).is_none() => Some(object),
                    _ => None,
                };
                match (inner.is_empty(), first, named.is_empty()) {
                    (false, ..) => waiting.extend(inner),
                    (true, Some(first), _) => waiting.push(seen.beside(object.unwrap_or(first.value))),
                    (true, None, false) => return named.into_iter().all(says_nothing),
                    (true, None, true) => match object {
                        Some(object) => waiting.push(seen.beside(object)),
                        None => return true,
                    },
                }
            }
            _ => {
                let inner = view.evaluator.follow.back(&seen).values;
                if inner.is_empty() {
                    return true;
                }
                waiting.extend(inner);
            }
        }
    }
    false
}

fn name(operand: &Operand) -> Option<Text> {
    if let ArgRole::Named(name) = operand.role { Some(name) } else { None }
}

fn says_nothing(name: Text) -> bool {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    !words.any(|word| TELLING.iter().any(|telling| word.eq_ignore_ascii_case(telling)))
}
