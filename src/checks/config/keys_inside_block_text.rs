//! Keys that a block of text in a settings file has swallowed: code asks for them, and no file defines them.

use rustc_hash::FxHashSet;

use crate::fact::{OpKind, Text, Val};
use crate::program::Node;
use crate::read::settings::block::{SWALLOWED, TAKEN_IN};
use crate::source::At;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::{Role, View};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "keys-inside-block-text", find };

/// One sighting for the first such key of every file.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    let wanted = |text: Text| !view.evaluator.settings.has_key(text);
    let mut asked: Option<FxHashSet<Text>> = None;
    for file in view.program.files().filter(|file| grounds.role(*file) != Role::Test) {
        let lines = view.program.file(file).literals.iter().filter(|l| l.key == SWALLOWED && wanted(l.text));
        let lines: Vec<_> = lines.collect();
        // What its siblings hold as a key, whoever reads the file asks for.
        let taken_in = view.program.file(file).literals.iter().filter(|l| l.key == TAKEN_IN);
        let mut lost: Vec<_> = taken_in.collect();
        if lines.is_empty() && lost.is_empty() {
            continue;
        }
        let asked = asked.get_or_insert_with(|| asked_for(view));
        lost.extend(lines.into_iter().filter(|line| asked.contains(&line.text)));
        lost.sort_by_key(|line| !grounds.known.swallowed.contains(&(file, line.text)));
        let Some(first) = lost.first() else { continue };
        // A text may well look like a key that code asks for by chance.
        let sure = first.key == TAKEN_IN || grounds.known.swallowed.contains(&(file, first.text));
        let certainty = if sure { Certainty::Inferred } else { Certainty::Guessed };
        found.push(Sighting::new(
            At { file, span: first.span },
            vec![Text::from(view.program.path(file)), first.text],
            certainty,
            vec![("key", first.text.into())],
        ));
    }
    found
}

/// The keys by which code looks something up.
fn asked_for(view: &View<'_>) -> FxHashSet<Text> {
    let mut found = FxHashSet::default();
    for file in view.program.files().filter(|file| view.is_code(*file)) {
        let facts = view.program.file(file);
        let literal = |value: Val| view.program.literal(Node { file, value });
        for op in &facts.ops {
            match op.kind {
                OpKind::Index(_, key) => found.extend(literal(key)),
                OpKind::Call(function, operands) => {
                    if matches!(facts.op(function).kind, OpKind::Attr(_, name) if name == "get") {
                        found.extend(facts.operands(operands).first().and_then(|operand| literal(operand.value)));
                    }
                }
                _ => {}
            }
        }
    }
    found
}
