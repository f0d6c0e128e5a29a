//! Functions and classes that a later one of the same name replaces before anybody could use them.

use rustc_hash::FxHashMap;

use super::{Dead, View};
use crate::fact::{DefId, DefKind, OpKind, Text, Val};
use crate::program::branches::Arm;
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::{has_other_name, is_value_used};
use crate::vocabulary::Certainty;

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Dead> {
    let facts = view.program.file(file);
    let mut found = Vec::new();
    for (id, definition) in (0..).zip(&facts.definitions) {
        if definition.kind == DefKind::Function {
            continue;
        }
        let mut last: FxHashMap<Text, (Val, DefId, Vec<Arm>)> = FxHashMap::default();
        for value in definition.body.clone() {
            let OpKind::Bind(name, bound) = facts.op(value).kind else { continue };
            let OpKind::Define(of) = facts.op(bound).kind else {
                last.remove(&name);
                continue;
            };
            let around: Vec<Arm> = view.evaluator.branches.around(Node { file, value }).collect();
            if name != "_"
                && let Some((earlier, old, arms)) = last.get(&name)
                && *arms == around
                && is_plain(view, Def { file, id: *old })
                && is_plain(view, Def { file, id: of })
                && !is_value_used(view, file, *earlier)
                && !has_other_name(view, file, *earlier)
                && !may_be_used(view, file, *earlier..bound)
            {
                found.push(dead(view, Def { file, id }, Def { file, id: *old }, Def { file, id: of }));
            }
            last.insert(name, (bound, of, around));
        }
    }
    found
}

/// No decorator has it.
fn is_plain(view: &View<'_>, def: Def) -> bool {
    view.program.definition(def).decorators.is_empty()
}

/// Does anything run in between that may call it by its name?
fn may_be_used(view: &View<'_>, file: FileId, mut between: std::ops::Range<Val>) -> bool {
    between.any(|value| matches!(view.program.op(Node { file, value }).kind, OpKind::Call(..)))
}

fn dead(view: &View<'_>, within: Def, old: Def, new: Def) -> Dead {
    let definition = view.program.definition(old);
    let word = if definition.kind == DefKind::Class { "class" } else { "function" };
    let of = if view.program.definition(within).kind == DefKind::Class { "method" } else { word };
    let line = |def: Def| view.program.definition(def).name;
    Dead {
        what: "unreachable",
        reason: format!("a later {of} `{}` in the same scope replaces this one before anything uses it", line(new)),
        name: view.symbol(old),
        at: view.program.def_place(old),
        within,
        statements: definition.statements as usize,
        certainty: Certainty::Seen,
    }
}
