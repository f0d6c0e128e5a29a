//! Statements that code keeps in files of their own, and what it fills into them when it runs them.

use std::borrow::Cow;

use super::View;
use crate::fact::{OpKind, Role as ArgRole, TableUse, Text};
use crate::program::Node;
use crate::source::{FileId, Kind};
use crate::value::follow::Seen;
use crate::value::settings::SettingsIndex;
use crate::value::slice::{Go, walk};
use crate::value::text::ROOT;
use crate::value::types::Callee;

/// What is filled into a statement, by name.
pub type Filled = Vec<(Text, String)>;

/// The files of statements from which a statement is read, with what is filled into them on the way.
pub fn kept(view: &View<'_>, statement: Node) -> Vec<(FileId, Filled)> {
    let mut files: Vec<(FileId, Filled)> = Vec::new();
    let mut filled = Filled::new();
    walk(view.evaluator.follow, Seen::anywhere(statement), &mut |seen| {
        let reads = |c: &Callee<'_>| match c {
            Callee::Meaning(m) if m.reads.is_some() || m.opens || m.template => m.place.clone(),
            _ => None,
        };
        let slot = view.types.callees(seen.node).iter().find_map(reads);
        let Some(place) = slot.and_then(|slot| view.types.slot(seen.node, &slot)) else {
            filled.extend(named(view, seen));
            return Go::On;
        };
        let texts = view.evaluator.texts(&Seen { node: place, stack: seen.stack.clone() });
        for path in texts.patterns.iter().filter_map(|pattern| view.evaluator.plain(pattern)) {
            let path = path.strip_prefix(ROOT).unwrap_or(&path);
            let file = SettingsIndex::file(view.program, seen.node.file, path);
            let file = file.filter(|file| view.program.sources[file.index()].kind == Kind::Sql);
            if let Some(file) = file.filter(|file| files.iter().all(|(known, _)| known != file)) {
                files.push((file, Filled::new()));
            }
        }
        Go::Stop
    });
    files.into_iter().map(|(file, _)| (file, filled.clone())).collect()
}

/// What a call is given by name, as far as that is one text: `text.format(source="core.orders")`.
fn named(view: &View<'_>, seen: &Seen) -> Filled {
    let OpKind::Call(_, operands) = view.program.op(seen.node).kind else { return Filled::new() };
    let given = view.program.operands(seen.node.file, operands).iter().filter_map(|operand| match operand.role {
        ArgRole::Named(name) => Some((name, seen.beside(operand.value))),
        _ => None,
    });
    let plain = |value: &Seen| {
        let texts = view.evaluator.texts(value);
        match texts.patterns.as_slice() {
            [only] => view.evaluator.plain(only),
            _ => None,
        }
    };
    given.filter_map(|(name, value)| Some((name, plain(&value)?))).collect()
}

/// A table of a statement, its name with what is filled in.
pub fn filled<'t>(table: &'t TableUse, given: &Filled) -> Cow<'t, TableUse> {
    if table.asked.is_empty() || given.is_empty() {
        return Cow::Borrowed(table);
    }
    let mut name = table.asked.to_string();
    for (of, value) in given {
        name = name.replace(&format!("{{{}}}", of.to_lowercase()), &value.to_lowercase());
    }
    if name.contains('{') {
        Cow::Borrowed(table)
    } else {
        Cow::Owned(TableUse { table: Text::from(&name), ..table.clone() })
    }
}
