//! How many calls look like learning or asking, and which of them were not understood.

use rustc_hash::FxHashMap;

use super::super::{Known, View};
use super::Acts;
use super::protocol::last_name;
use crate::fact::{OpKind, Text};
use crate::program::Node;
use crate::system::Role;
use crate::system::graph::{System, Unlearnt};
use crate::value::types::Type;

/// Counts them by syntax alone, outside of tests.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>) {
    let protocols = &view.lexicon.protocols;
    let mut missed: FxHashMap<Text, u32> = FxHashMap::default();
    for (def, call) in view.calls() {
        if known.roles[def.file.index()] == Role::Test {
            continue;
        }
        let OpKind::Call(function, operands) = view.program.op(call).kind else { continue };
        let OpKind::Attr(object, _) = view.program.op(Node { value: function, ..call }).kind else { continue };
        let Some(name) = last_name(view, call) else { continue };
        let gradient = protocols.is_backward(name);
        if !gradient && (operands.len == 0 || !protocols.looks(name)) {
            continue;
        }
        let understood = acts.by_call.contains_key(&call) || !view.types.callees(call).is_empty();
        if !understood && is_none(view, Node { value: object, ..call }) {
            continue;
        }
        system.coverage.learning += 1;
        if understood {
            system.coverage.understood += 1;
        } else {
            let shown = view.types.called_name(call).unwrap_or_else(|| Text::from(&format!(".{name}")));
            *missed.entry(shown).or_default() += 1;
        }
    }
    let mut missed: Vec<Unlearnt> = missed.into_iter().map(|(name, calls)| Unlearnt { name, calls }).collect();
    missed.sort_by(|a, b| b.calls.cmp(&a.calls).then(a.name.as_str().cmp(b.name.as_str())));
    for (slot, of) in system.coverage.unlearnt.iter_mut().zip(missed) {
        *slot = Some(of);
    }
}

/// Is an object known to be no model: of a library that fits other things, or of a class of the repository?
fn is_none(view: &View<'_>, object: Node) -> bool {
    view.types.of(object).iter().any(|ty| match ty {
        Type::Instance(name) | Type::Library(name) => view.lexicon.protocols.excludes(*name),
        Type::Object(_) | Type::Class(_) | Type::Module(_) => true,
        Type::Function(_) | Type::Method(_) | Type::Partial(_) | Type::Holder(_) | Type::Folder(_) => false,
    })
}
