//! What cloned statements are for: they prepare data, or they fit a model.

use super::super::View;
use super::tokens::{Token, Tokens};
use crate::fact::OpKind;
use crate::program::Node;
use crate::source::FileId;
use crate::value::types::Callee;

/// What a statement is for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Work {
    /// It looks into a table or changes one.
    pub table: bool,
    /// It changes a table: sets a column, joins, fills, groups.
    pub changes: bool,
    /// It fits a model.
    pub fits: bool,
}

/// What the statements of a file are for.
pub fn of(view: &View<'_>, file: FileId, tokens: &Tokens) -> Vec<Work> {
    let work = |token: &Token| {
        let mut work = Work::default();
        for node in (token.start..token.end).map(|value| Node { file, value }) {
            if subject(view, node).is_some_and(|object| is_table(view, object)) {
                work.table = true;
                work.changes |= makes_table(view, node);
            }
            work.fits |= fits(view, node);
        }
        work
    };
    tokens.all.iter().map(work).collect()
}

fn fits(view: &View<'_>, node: Node) -> bool {
    let OpKind::Call(function, _) = view.program.op(node).kind else { return false };
    let callees = view.types.callees(node);
    if callees.iter().any(|c| matches!(c, Callee::Meaning(m) if m.learns() || m.fits)) {
        return true;
    }
    // Of an object whose type nobody knows the method's name is all there is; here it only says what a clone is for.
    match view.program.op(Node { value: function, ..node }).kind {
        OpKind::Attr(object, name) => {
            callees.is_empty()
                && view.types.of(Node { value: object, ..node }).is_empty()
                && view.lexicon.may_train(name)
        }
        _ => false,
    }
}

/// The value that an operation works on.
fn subject(view: &View<'_>, node: Node) -> Option<Node> {
    let object = match view.program.op(node).kind {
        OpKind::SetIndex(object, ..) | OpKind::Index(object, _) => object,
        OpKind::Call(function, _) => match view.program.op(Node { value: function, ..node }).kind {
            OpKind::Attr(object, _) => object,
            _ => return None,
        },
        _ => return None,
    };
    Some(Node { value: object, ..node })
}

/// Does an operation on a table make it another: is a column set, or does a method give a table again?
fn makes_table(view: &View<'_>, node: Node) -> bool {
    match view.program.op(node).kind {
        OpKind::SetIndex(..) => true,
        OpKind::Call(..) => is_table(view, node),
        _ => false,
    }
}

fn is_table(view: &View<'_>, node: Node) -> bool {
    view.types.instances(node).any(|of| view.lexicon.of_type(of, &|t| t.columns.then_some(())).is_some())
}
