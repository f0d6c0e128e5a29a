//! Steps that are put in order together: those of a block, those of a function.

use rustc_hash::FxHashMap;

use super::Steps;
use super::find::decorator;
use crate::fact::OpKind;
use crate::program::{Def, Node};
use crate::system::View;
use crate::value::types::Callee;

/// The steps of every group.
pub(super) struct Groups {
    /// By the call that opens the block.
    blocks: FxHashMap<Node, Vec<usize>>,
    /// By the decorated function.
    functions: FxHashMap<Def, Vec<usize>>,
}

impl Groups {
    pub(super) fn new(view: &View<'_>, steps: &Steps<'_>) -> Self {
        let mut groups = Self { blocks: FxHashMap::default(), functions: FxHashMap::default() };
        let orchestrators = &view.lexicon.orchestrators;
        for file in steps.files() {
            let facts = view.program.file(file);
            for (value, op) in (0..).zip(&facts.ops) {
                let OpKind::With(opened) = op.kind else { continue };
                let call = Node { file, value: opened };
                if view.types.called_name(call).is_some_and(|name| orchestrators.is_group(name)) {
                    let ends = |end: &u32| matches!(facts.op(*end).kind, OpKind::End(start) if start == value);
                    let end = (value..facts.next_value()).find(ends).unwrap_or(value);
                    groups.blocks.insert(call, used(view, steps, (value..end).map(|value| Node { file, value })));
                }
            }
            for (id, definition) in (0..).zip(&facts.definitions) {
                let grouped = definition.decorators.iter().any(|value| {
                    let names = decorator(view, Node { file, value: *value });
                    names.into_iter().any(|name| orchestrators.is_group(name))
                });
                if grouped {
                    let body = definition.body.clone().map(|value| Node { file, value });
                    groups.functions.insert(Def { file, id }, used(view, steps, body));
                }
            }
        }
        groups
    }

    /// The steps of the group that a call opens or runs.
    pub(super) fn of(&self, view: &View<'_>, call: Node) -> Vec<usize> {
        if let Some(steps) = self.blocks.get(&call) {
            return steps.clone();
        }
        let run = view.types.callees(call).iter().find_map(|callee| match callee {
            Callee::Function(def, _) => self.functions.get(def),
            Callee::Meaning(_) => None,
        });
        run.cloned().unwrap_or_default()
    }
}

/// The steps that operations make or call.
fn used(view: &View<'_>, steps: &Steps<'_>, nodes: impl Iterator<Item = Node>) -> Vec<usize> {
    let calls = nodes.filter(|node| matches!(view.program.op(*node).kind, OpKind::Call(..)));
    calls.filter_map(|call| steps.of_call(view, call)).collect()
}
