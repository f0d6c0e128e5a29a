//! Keys that a block of text in a settings file has swallowed: code asks for them, and no file defines them.

use rustc_hash::FxHashSet;

use super::{Known, Role, View};
use crate::fact::{OpKind, Text, Val};
use crate::program::Node;
use crate::read::settings::block::{SWALLOWED, TAKEN_IN};
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::vocabulary::{Certainty, NodeKind};

/// Adds a group for the first such key of every file.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let wanted = |text: Text| !view.evaluator.settings.has_key(text);
    let mut asked: Option<FxHashSet<Text>> = None;
    for file in view.program.files().filter(|file| known.roles[file.index()] != Role::Test) {
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
        lost.sort_by_key(|line| !known.swallowed.contains(&(file, line.text)));
        let Some(first) = lost.first() else { continue };
        let at = At { file, span: first.span };
        let group = system.add(NodeKind::Group, first.text, at, Text::from(view.program.path(file)));
        system.say(group, "what", "block-text");
        system.count(group, "size", lost.len());
        // A text may well look like a key that code asks for by chance.
        let sure = first.key == TAKEN_IN || known.swallowed.contains(&(file, first.text));
        system.doubt(group, if sure { Certainty::Inferred } else { Certainty::Guessed });
    }
}

/// Does a block of text in a file hold a line that looks like a key of that name?
pub fn swallows(view: &View<'_>, file: FileId, key: Text) -> bool {
    view.program.file(file).literals.iter().any(|line| line.key == SWALLOWED && line.text == key)
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
