//! Spans of time that begin where they end: what is asked for between them holds nothing.

use crate::fact::{OpKind, Operator, Role as ArgRole, Text, Val};
use crate::program::Node;
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::value::follow::Seen;
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "empty-time-window", find };

/// Operations that one value is put together of, as far as two are compared.
const DEPTH: usize = 6;

/// One sighting for each call whose span is empty.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    for (def, call) in view.calls().filter(|(def, _)| grounds.is_product(def.file)) {
        if let Some((start, end)) = given(view, call) {
            let own = [view.symbol(def), start, end];
            found.push(sighting(grounds, call, own.to_vec()));
        }
    }
    found
}

fn sighting(grounds: &Grounds<'_>, node: Node, identity: Vec<Text>) -> Sighting {
    Sighting::new(
        grounds.view.program.place(node),
        identity,
        Certainty::Inferred,
        vec![("role", grounds.role(node.file).into())],
    )
}

/// The names of two arguments that begin and end a span, if both are the moment of the call.
fn given(view: &View<'_>, call: Node) -> Option<(Text, Text)> {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return None };
    let named: Vec<(Text, Val)> = view
        .program
        .operands(call.file, operands)
        .iter()
        .filter_map(|o| match o.role {
            ArgRole::Named(name) => Some((name, o.value)),
            _ => None,
        })
        .chain(passed(view, call))
        .collect();
    named.iter().find_map(|(start, from)| {
        let (end, to) = named.iter().find(|(end, _)| view.lexicon.words.are_span(start, end))?;
        let at = |value: Val| Node { value, ..call };
        (is_now(view, at(*from), 0) && is_now(view, at(*to), 0) && is_at_once(view, call, *from, *to))
            .then_some((*start, *end))
    })
}

/// Is nothing done between two moments, so that they are the same?
fn is_at_once(view: &View<'_>, call: Node, one: Val, other: Val) -> bool {
    (one.min(other) + 1..one.max(other)).map(|value| Node { value, ..call }).all(|node| {
        !matches!(view.program.op(node).kind, OpKind::Call(..)) || is_now(view, node, 0) || is_nothing(view, node)
    })
}

/// What a function of the repository is given by place, by the names of its parameters.
fn passed(view: &View<'_>, call: Node) -> Vec<(Text, Val)> {
    let [Callee::Function(def, bound)] = view.types.callees(call) else { return Vec::new() };
    let params = &view.program.definition(*def).params;
    let arguments = view.types.arguments(call, *def, *bound);
    arguments.iter().filter_map(|(index, value)| Some((params.get(*index as usize)?.name, *value))).collect()
}

/// Is a value the moment at which it is asked for, to the second?
fn is_now(view: &View<'_>, node: Node, depth: usize) -> bool {
    if depth > DEPTH {
        return false;
    }
    let tells = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(meaning) if meaning.tells_time);
    let day =
        |name: &str| name.ends_with("date.today") || name.ends_with("time.strftime") || name.ends_with("Sys.Date");
    match view.program.op(node).kind {
        OpKind::Call(function, operands) => {
            if view.types.callees(node).iter().any(tells) {
                return !view.types.called_name(node).is_some_and(|name| day(&name));
            }
            // The same moment written in another form.
            match view.program.op(Node { value: function, ..node }).kind {
                OpKind::Attr(of, name) if matches!(name.as_str(), "isoformat" | "timestamp" | "astimezone") => {
                    is_now(view, Node { value: of, ..node }, depth + 1)
                }
                OpKind::Global(name) if matches!(name.as_str(), "int" | "str" | "float") => {
                    let first = view.program.operands(node.file, operands).first().map(|o| o.value);
                    first.is_some_and(|value| is_now(view, Node { value, ..node }, depth + 1))
                }
                _ => false,
            }
        }
        // Nothing is taken off: `now - timedelta(days=0)`.
        OpKind::Binary(Operator::Sub | Operator::Add, of, span) => {
            is_nothing(view, Node { value: span, ..node }) && is_now(view, Node { value: of, ..node }, depth + 1)
        }
        OpKind::Global(_) | OpKind::Attr(..) => {
            let back = view.evaluator.follow.back(&Seen::anywhere(node)).values;
            matches!(back.as_slice(), [only] if is_now(view, only.node, depth + 1))
        }
        _ => false,
    }
}

/// Is a difference of times made of zeros alone?
fn is_nothing(view: &View<'_>, span: Node) -> bool {
    let OpKind::Call(_, operands) = view.program.op(span).kind else { return false };
    let operands = view.program.operands(span.file, operands);
    let zero = |value: Val| match view.program.op(Node { value, ..span }).kind {
        OpKind::Int(number) => number == 0,
        OpKind::Float(bits) => f64::from_bits(bits) == 0.0,
        _ => false,
    };
    view.types.called_name(span).is_some_and(|name| name.ends_with("timedelta") || name.ends_with("Timedelta"))
        && !operands.is_empty()
        && operands.iter().all(|o| zero(o.value))
}
