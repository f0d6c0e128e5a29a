//! How much of the code is learning and how much is glue: numbers to watch over the years, never findings.

use rustc_hash::FxHashSet;

use super::relevance::learns;
use super::{Known, Role, View};
use crate::fact::Val;
use crate::program::Node;
use crate::source::FileId;
use crate::system::graph::System;
use crate::value::types::Callee;

/// Counts statements, those that learn, and those that convert, of which `conversions` are the operations.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, conversions: &[Node]) {
    let real = |file: FileId| known.roles[file.index()] != Role::Test && view.is_code(file);
    let all =
        view.program.files().filter(|file| real(*file)).map(|file| view.program.file(file).statements.len()).sum();
    let learns =
        |call: Node| view.types.callees(call).iter().any(|callee| matches!(callee, Callee::Meaning(m) if learns(m)));
    let learning = view.calls().map(|(_, call)| call).filter(|call| real(call.file) && learns(*call));
    let gauges = &mut system.coverage.gauges;
    gauges.statements = all;
    gauges.learning = statements(view, learning);
    gauges.converting = statements(view, conversions.iter().copied().filter(|node| real(node.file)));
}

/// In how many statements operations stand.
fn statements(view: &View<'_>, operations: impl Iterator<Item = Node>) -> usize {
    let statement = |node: Node| -> Option<(FileId, Val)> {
        // Bodies follow each other, and so do the statements in them.
        let starts = &view.program.file(node.file).statements;
        let index = starts.partition_point(|start| *start <= node.value).checked_sub(1)?;
        Some((node.file, starts[index]))
    };
    operations.filter_map(statement).collect::<FxHashSet<_>>().len()
}
