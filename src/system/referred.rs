//! Functions that are put into containers or handed to calls as they are: who calls them chooses what with.

use rustc_hash::FxHashSet;

use super::View;
use crate::fact::OpKind;
use crate::program::{Def, Node};
use crate::value::types::Type;

/// All of them.
pub fn referred(view: &View<'_>) -> FxHashSet<Def> {
    let mut found = FxHashSet::default();
    for file in view.program.files() {
        let facts = view.program.file(file);
        for (value, op) in (0..).zip(&facts.ops) {
            let operands = match op.kind {
                // What is bound in advance is called with what is bound.
                OpKind::Call(..)
                    if view.types.of(Node { file, value }).iter().any(|t| matches!(t, Type::Partial(_))) =>
                {
                    continue;
                }
                OpKind::Call(_, operands)
                | OpKind::List(operands)
                | OpKind::Tuple(operands)
                | OpKind::Dict(operands)
                | OpKind::Either(operands) => operands,
                _ => continue,
            };
            for operand in facts.operands(operands) {
                found.extend(view.types.of(Node { file, value: operand.value }).iter().filter_map(|t| match t {
                    Type::Function(def) | Type::Method(def) => Some(*def),
                    _ => None,
                }));
            }
        }
    }
    found
}
