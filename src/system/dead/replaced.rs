//! Options that the program itself sets to another value before anything reads them.

use super::{Dead, View};
use crate::fact::{OpKind, Operator, Text};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::options::is_parsed;
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Dead> {
    let facts = view.program.file(file);
    let mut found = Vec::new();
    for (id, definition) in (0..).zip(&facts.definitions) {
        let within = Def { file, id };
        for value in definition.body.clone() {
            let node = Node { file, value };
            let OpKind::SetAttr(object, name, set) = facts.op(value).kind else { continue };
            let object = Node { value: object, ..node };
            if is_written_out(view, Node { value: set, ..node })
                && is_option(view, object, name)
                && same_condition(view, object, node)
                && !may_be_read(view, within, object, node)
            {
                found.push(Dead {
                    what: "overwritten",
                    reason: format!("the option `{name}` is set to another value here, before anything reads it"),
                    name,
                    at: At { file, span: facts.op(value).span },
                    within,
                    statements: 1,
                    certainty: Certainty::Inferred,
                });
            }
        }
    }
    found
}

/// Does the one run whenever the other does?
fn same_condition(view: &View<'_>, one: Node, other: Node) -> bool {
    let arms = |node: Node| view.evaluator.branches.around(node).map(|arm| (arm.start, arm.first));
    arms(one).eq(arms(other))
}

/// Is a value the same in each run, whatever the settings say?
fn is_written_out(view: &View<'_>, node: Node) -> bool {
    match view.program.op(node).kind {
        OpKind::Str(_) | OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_) => true,
        // `-1`
        OpKind::Binary(Operator::Sub, left, right) => {
            [left, right].iter().all(|side| is_written_out(view, Node { value: *side, ..node }))
        }
        OpKind::List(operands) | OpKind::Tuple(operands) => {
            let operands = view.program.operands(node.file, operands);
            !operands.is_empty() && operands.iter().all(|o| is_written_out(view, Node { value: o.value, ..node }))
        }
        _ => false,
    }
}

/// Is that an option's value?
fn is_option(view: &View<'_>, object: Node, name: Text) -> bool {
    let option =
        || view.evaluator.options.find(view.program.owner(object), name).and_then(|n| view.evaluator.options.get(n));
    is_parsed(view, object) && option().is_some_and(|option| !option.acts)
}

/// May anything have looked at the options between where they are parsed and where one is set: any operation that takes
/// them, or any call of the repository's own that could have them from a name?
fn may_be_read(view: &View<'_>, within: Def, object: Node, set: Node) -> bool {
    let definition = view.program.definition(within);
    let facts = view.program.file(set.file);
    // Options that were parsed elsewhere may have been read there.
    if !definition.body.contains(&object.value) || !matches!(facts.op(object.value).kind, OpKind::Call(..)) {
        return true;
    }
    let aside = |value: u32| matches!(facts.op(value).kind, OpKind::SetAttr(..) | OpKind::Bind(..));
    let mut between = object.value + 1..set.value;
    between.any(|value| {
        let node = Node { value, ..set };
        let mut takes = false;
        facts.each_operand(facts.op(value).kind, &mut |operand| takes |= operand == object.value);
        let own = view.types.callees(node).iter().any(|c| matches!(c, Callee::Function(..)));
        (takes && !aside(value)) || own || matches!(facts.op(value).kind, OpKind::Loop)
    })
}
