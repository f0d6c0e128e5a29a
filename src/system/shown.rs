//! Values at which code only looks: they are counted, printed or logged, and go nowhere.

use rustc_hash::FxHashSet;

use super::View;
use crate::fact::OpKind;
use crate::program::Node;

/// Names that one value may go by before it is looked at.
const NAMES: usize = 30;

/// Is a value only looked at, if at all? None if it goes on to something else; true if anything looks at it.
pub fn shown_only(view: &View<'_>, call: Node) -> Option<bool> {
    looks(view, call).map(|looks| !looks.is_empty())
}

/// What looks at a value, if nothing does more than that.
pub fn looks(view: &View<'_>, call: Node) -> Option<Vec<Node>> {
    let mut waiting = vec![call];
    let mut known: FxHashSet<Node> = FxHashSet::default();
    let mut looks = Vec::new();
    while let Some(node) = waiting.pop() {
        if !known.insert(node) || known.len() > NAMES {
            continue;
        }
        for user in view.users.of(node) {
            let user = Node { value: *user, ..node };
            match view.program.op(user).kind {
                OpKind::Format(_) | OpKind::Either(_) | OpKind::Part(..) => waiting.push(user),
                OpKind::Attr(_, name) if view.lexicon.words.says_verdict(&name) => waiting.push(user),
                OpKind::Attr(_, name) if view.lexicon.words.looks(&name) => looks.push(user),
                OpKind::Call(function, _) if function != node.value && only_looks(view, user) => looks.push(user),
                // A name of a module that nobody else says.
                OpKind::Bind(name, _) if view.users.of_module(user.file, name).is_empty() => {}
                _ => return None,
            }
        }
    }
    Some(looks)
}

/// Does a call only count or tell of what it is given?
fn only_looks(view: &View<'_>, call: Node) -> bool {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return false };
    match view.program.op(Node { value: function, ..call }).kind {
        OpKind::Global(name) | OpKind::Attr(_, name) => view.lexicon.words.shows(&name),
        _ => false,
    }
}
