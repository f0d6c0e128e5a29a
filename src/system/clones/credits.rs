//! Code that says it is somebody else's: copied, adapted or generated, and so not for the team to merge.

use std::cmp::Reverse;

use super::super::View;
use super::tokens::{self, Tokens};
use crate::fact::{DefId, OpKind};
use crate::program::Def;
use crate::source::{FileId, Span};

/// The statements of a file without those that are said to come from elsewhere.
pub fn own_statements(view: &View<'_>, file: FileId) -> Tokens {
    let facts = view.program.file(file);
    if facts.credits.is_empty() {
        return tokens::of_file(view, file, &|_| false);
    }
    let begin = beginning(view, file);
    let credited: Vec<DefId> = facts.credits.iter().map(|credit| credited(view, file, *credit, begin)).collect();
    if credited.contains(&0) {
        return Tokens::default();
    }
    let foreign = |def: Def| {
        let mut id = def.id;
        while id != 0 {
            if credited.contains(&id) {
                return true;
            }
            id = facts.definitions[id as usize].parent;
        }
        false
    };
    tokens::of_file(view, file, &foreign)
}

/// Where the code of a file begins, behind its imports.
fn beginning(view: &View<'_>, file: FileId) -> u32 {
    let facts = view.program.file(file);
    let code = facts.ops.iter().filter(|op| !matches!(op.kind, OpKind::Import(_) | OpKind::Bind(..)));
    code.map(|op| op.span.start).filter(|start| *start > 0).min().unwrap_or(u32::MAX)
}

/// The definition of which a comment or docstring says that it comes from elsewhere: the one it stands in or right
/// above; before all code, the file.
fn credited(view: &View<'_>, file: FileId, credit: Span, begin: u32) -> DefId {
    if credit.start < begin {
        return 0;
    }
    let facts = view.program.file(file);
    let definitions = || (0..).zip(&facts.definitions).skip(1);
    let inside = definitions().filter(|(_, d)| d.whole.start <= credit.start && credit.end <= d.whole.end);
    if let Some((id, _)) = inside.min_by_key(|(_, d)| (Reverse(d.whole.start), d.whole.end)) {
        return id;
    }
    let next = definitions().filter(|(_, d)| d.whole.start >= credit.end).min_by_key(|(_, d)| d.whole.start);
    // Behind all definitions it speaks of a few statements, which nobody would tell from others.
    next.map_or(DefId::MAX, |(id, _)| id)
}
