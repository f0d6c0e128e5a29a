//! Data of which somebody measures how good it is.

use super::super::{Known, Role, View, operands_of};
use super::origins::origins;
use super::{Acts, datasets};
use crate::program::Node;
use crate::system::graph::System;
use crate::value::follow::Seen;
use crate::value::types::Callee;

/// Marks the data that measures are made of.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>) {
    for (def, call) in view.calls() {
        let measures = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.measures);
        if known.roles[def.file.index()] == Role::Test || !view.types.callees(call).iter().any(measures) {
            continue;
        }
        for value in operands_of(view, call).into_iter().skip(1) {
            for read in origins(view, Seen::anywhere(Node { value, ..call }), acts).reads {
                datasets(&read, acts).into_iter().for_each(|data| system.mark(data, "judged"));
            }
        }
    }
}
