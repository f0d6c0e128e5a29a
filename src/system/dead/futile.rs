//! Work whose result is lost: a copy that is changed in place, a new table that nobody keeps.

use rustc_hash::FxHashSet;

use super::{Dead, View};
use crate::fact::{DefKind, Facts, OpKind, Operand, Role, Text, Val};
use crate::lexicon::Meaning;
use crate::program::branches::Arm;
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::value::follow::Seen;
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// The keyword that makes a table's method change the table itself.
const IN_PLACE: &str = "inplace";

/// What the lexicon calls that which a network is asked about.
const TENSOR: &str = "tensor";

/// What moves itself in place.
const NETWORK: &str = "protocol.Network";

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Dead> {
    let facts = view.program.file(file);
    let mut used: Option<FxHashSet<Val>> = None;
    let mut found = Vec::new();
    for (id, definition) in (0..).zip(&facts.definitions) {
        let within = Def { file, id };
        for value in definition.body.clone() {
            let OpKind::Call(function, operands) = facts.op(value).kind else { continue };
            let OpKind::Attr(object, method) = facts.op(function).kind else { continue };
            let call = Node { file, value };
            let operands = facts.operands(operands);
            // What has a name keeps what is done to it.
            let named = matches!(facts.op(value + 1).kind, OpKind::After(_, of) if of == value);
            let reason = if is_in_place(facts, operands) {
                copied(view, Node { value: object, ..call })
                    .filter(|_| !named)
                    .map(|how| format!("`{method}` changes in place what {how} gives: a copy that nobody keeps"))
            } else if let Some(thing) = made(view, call, method, object)
                && !(definition.kind == DefKind::Module && is_shown(facts, value))
                && !is_tried(view, call)
            {
                let used = used.get_or_insert_with(|| used_values(facts));
                let lost = !used.contains(&value) && !operands.iter().any(names_place);
                lost.then(|| format!("`{method}` gives a new {thing} that nothing uses; the old one stays as it was"))
            } else {
                None
            };
            let Some(reason) = reason else { continue };
            found.push(Dead {
                what: "futile",
                reason,
                name: method,
                at: At { file, span: facts.op(value).span },
                within,
                statements: 1,
                certainty: Certainty::Inferred,
            });
        }
    }
    found.extend(unraised(view, file));
    found
}

/// Errors that are made and never raised.
fn unraised(view: &View<'_>, file: FileId) -> Vec<Dead> {
    let facts = view.program.file(file);
    let error = |node: Node| match view.program.op(node).kind {
        OpKind::Global(name) if name.ends_with("Error") || name == "Exception" => {
            view.types.library_name(node).is_some_and(|of| of.starts_with("builtins.")).then_some(name)
        }
        _ => None,
    };
    let bound = |value: Val| facts.definitions.iter().any(|d| d.bindings.iter().any(|(_, of)| *of == value));
    let made = (0..).zip(&facts.ops).filter_map(|(value, op)| match op.kind {
        OpKind::Call(function, _) => Some((Node { file, value }, error(Node { file, value: function })?)),
        _ => None,
    });
    made.filter(|(node, _)| view.users.of(*node).is_empty() && !bound(node.value))
        .map(|(node, name)| Dead {
            what: "futile",
            reason: format!("`{name}` is made here and never raised: the program goes on"),
            name,
            at: At { file, span: facts.op(node.value).span },
            within: view.program.owner(node),
            statements: 1,
            certainty: Certainty::Seen,
        })
        .collect()
}

fn names_place(operand: &Operand) -> bool {
    matches!(operand.role, Role::Named(name) if name == IN_PLACE) || operand.role == Role::Spread
}

fn is_in_place(facts: &Facts, operands: &[Operand]) -> bool {
    let on = |o: &Operand| matches!(facts.op(o.value).kind, OpKind::Bool(true));
    operands.iter().any(|o| matches!(o.role, Role::Named(name) if name == IN_PLACE) && on(o))
}

/// What a method makes, if that is all that it does.
fn made(view: &View<'_>, call: Node, method: Text, object: Val) -> Option<&'static str> {
    let pure = |meaning: &Meaning| meaning.pure && meaning.converts.is_none();
    let known = view.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(meaning) if pure(meaning)));
    if known {
        let tensor = |of: Text| view.lexicon.of_type(of, &|t| (t.represents.as_deref() == Some(TENSOR)).then_some(()));
        return Some(if view.types.instances(call).any(|of| tensor(of).is_some()) { TENSOR } else { "table" });
    }
    // What comes out of a file and is handed to a network is a tensor, whatever else the file may hold.
    (is_asked_about(view, call, object) && view.lexicon.pure_methods().contains(&method)).then_some(TENSOR)
}

/// Is an object, after a call on it, handed to a network and no network itself?
fn is_asked_about(view: &View<'_>, call: Node, object: Val) -> bool {
    let loaded = Node { value: object, ..call };
    let unknown = view.types.of(loaded).is_empty() && matches!(view.program.op(loaded).kind, OpKind::Call(..));
    let after = |user: &Val| match view.program.op(Node { value: *user, ..call }).kind {
        OpKind::After(of, by) if of == object && by == call.value => Some(*user),
        _ => None,
    };
    let Some(after) = view.users.of(loaded).iter().find_map(after).filter(|_| unknown) else { return false };
    let handed = |user: &Val| {
        let user = Node { value: *user, ..call };
        let OpKind::Call(function, _) = view.program.op(user).kind else { return false };
        function != after && view.types.is_a(Node { value: function, ..user }, NETWORK)
    };
    let users = view.users.of(Node { value: after, ..call });
    !users.is_empty() && users.iter().all(handed)
}

/// May a cell of a notebook show what stands there: is it a statement of the module itself, in no block?
fn is_shown(facts: &Facts, value: Val) -> bool {
    let mut open = 0_u32;
    for before in facts.definitions.first().map_or(0..0, |module| module.body.start..value) {
        match facts.op(before).kind {
            OpKind::If(..) | OpKind::Loop | OpKind::Try | OpKind::With(_) => open += 1,
            OpKind::End(_) => open = open.saturating_sub(1),
            _ => {}
        }
    }
    open == 0
}

/// What stands in a `try` may be asked only whether it works.
fn is_tried(view: &View<'_>, call: Node) -> bool {
    let tries = |arm: Arm| matches!(view.program.op(Node { value: arm.start, ..call }).kind, OpKind::Try);
    view.evaluator.branches.around(call).any(tries)
}

/// A table of which several columns, or some rows, are taken: that is a copy. How they are taken, in words.
fn copied(view: &View<'_>, object: Node) -> Option<&'static str> {
    let OpKind::Index(_, index) = view.program.op(object).kind else { return None };
    let mut waiting = vec![Seen::anywhere(Node { value: index, ..object })];
    let mut lists = 0;
    for _ in 0..8 {
        let Some(seen) = waiting.pop() else { break };
        match view.program.op(seen.node).kind {
            OpKind::List(_) => lists += 1,
            OpKind::Compare(..) if seen.node.value == index => return Some("a choice of rows"),
            _ => {
                let steps = view.evaluator.follow.back(&seen).values;
                if steps.is_empty() {
                    return None;
                }
                waiting.extend(steps);
            }
        }
    }
    (lists > 0 && waiting.is_empty()).then_some("a list of columns")
}

/// The values of a file that anything uses, keeps or gives back.
fn used_values(facts: &Facts) -> FxHashSet<Val> {
    let mut used: FxHashSet<Val> = FxHashSet::default();
    for (value, op) in (0..).zip(&facts.ops) {
        match op.kind {
            // The object, after a call on it whose own result is the second.
            OpKind::After(object, _) => used.extend([object]),
            OpKind::Define(id) => used.extend(captured(facts, value, id)),
            kind => facts.each_operand(kind, &mut |taken| used.extend([taken])),
        }
    }
    used
}

/// What the bodies around a nested function bind to the names that it uses.
fn captured(facts: &Facts, made: Val, id: u32) -> Vec<Val> {
    let Some(inner) = facts.definitions.get(id as usize) else { return Vec::new() };
    let outer = facts.definitions.iter().find(|d| d.body.contains(&made) && d.kind == DefKind::Function);
    let Some(outer) = outer else { return Vec::new() };
    let names: FxHashSet<Text> = facts
        .ops
        .get(inner.body.start as usize..inner.body.end as usize)
        .unwrap_or(&[])
        .iter()
        .filter_map(|op| if let OpKind::Global(name) = op.kind { Some(name) } else { None })
        .collect();
    outer.bindings.iter().filter(|(name, _)| names.contains(name)).map(|(_, value)| *value).collect()
}
