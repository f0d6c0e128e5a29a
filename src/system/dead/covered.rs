//! Handlers below one that catches all that they would.

use super::{Dead, View};
use crate::fact::{Facts, OpKind, Text, Val};
use crate::program::Def;
use crate::source::{At, FileId};
use crate::vocabulary::Certainty;

/// What catches every error that a program may go on after.
const ALL: [&str; 2] = ["Exception", "BaseException"];

/// Errors that are no `Exception`.
const OUTSIDE: [&str; 4] = ["BaseException", "KeyboardInterrupt", "SystemExit", "GeneratorExit"];

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Dead> {
    let facts = view.program.file(file);
    let mut found = Vec::new();
    for (id, definition) in (0..).zip(&facts.definitions) {
        // Every `try` of which a handler caught everything so far, and how that is called.
        let mut wide: Vec<(Val, Text)> = Vec::new();
        for value in definition.body.clone() {
            let OpKind::Handler(of) = facts.op(value).kind else { continue };
            let names = caught(facts, value, definition.body.end);
            let inside = |name: &Text| !OUTSIDE.contains(&name.as_str());
            match wide.iter().find(|(start, _)| *start == of) {
                Some((_, all)) if !names.is_empty() && names.iter().all(inside) => {
                    let name = names[0];
                    found.push(Dead {
                        what: "unreachable",
                        reason: format!("the handler of `{all}` above catches `{name}` too, so this one never runs"),
                        name: Text::from(&format!("{}:{name}", view.program.path(file))),
                        at: At { file, span: facts.op(value).span },
                        within: Def { file, id },
                        statements: 1,
                        certainty: Certainty::Seen,
                    });
                }
                Some(_) => {}
                None => wide.extend(names.iter().find(|n| ALL.contains(&n.as_str())).map(|name| (of, *name))),
            }
        }
    }
    found
}

/// The names of what a handler catches; none if one of them is not known, or it catches whatever there is.
fn caught(facts: &Facts, handler: Val, end: Val) -> Vec<Text> {
    let named = |value: Val| match facts.op(value).kind {
        OpKind::Global(name) | OpKind::Attr(_, name) => Some(name),
        OpKind::Import(index) => facts.imports.get(index as usize).map(|import| import.alias),
        _ => None,
    };
    // What it catches stands before its first statement.
    let first = facts.statements.iter().copied().filter(|value| *value > handler).min().unwrap_or(end);
    let values = (handler + 1..first.min(end)).rev();
    let Some(root) =
        values.into_iter().find(|value| !matches!(facts.op(*value).kind, OpKind::Unknown | OpKind::Bind(..)))
    else {
        return Vec::new();
    };
    match facts.op(root).kind {
        OpKind::Tuple(operands) => {
            let names: Option<Vec<Text>> = facts.operands(operands).iter().map(|o| named(o.value)).collect();
            names.unwrap_or_default()
        }
        _ => named(root).into_iter().collect(),
    }
}
