//! Shell scripts, and the shell texts of other files, as the simple commands they run, in the order in which they run them.

mod folder;
mod outcomes;
mod redirects;
mod run;
#[cfg(test)]
mod tests;
mod words;

use std::cell::Cell;
use std::ops::ControlFlow;

use rustc_hash::FxHashMap;
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use super::command::wait;
use super::comments::{line_comments, notes};
use super::excerpt::Excerpt;
use crate::fact::{Command, Facts, ProblemKind};
use crate::source::Span;
use run::Script;
pub use words::{MARK, bound, plain};

/// Larger scripts carry data, not commands.
const LIMIT: usize = 1024 * 1024;

/// The parser takes the text in pieces of that many bytes.
const CHUNK: usize = 512;

/// For a plain script it takes each piece once or twice; where it looks ahead to the end at every word, there is none.
const AGAIN: usize = 64;

/// The parser asks this often whether to go on: for a plain script once in 100 to 200 bytes, but it takes ever longer
/// from one time to the next if the script nests without end.
const PATIENCE: usize = 1_000;

/// What stands for a part of a word that is not known.
pub const HOLE: &str = "{}";

/// A variable's longest value: values that are made of each other double at each step.
pub const LONGEST: usize = 4096;

/// What variables hold, as far as that is known.
pub type Variables = FxHashMap<String, String>;

/// Reads a script that lies at a path.
pub fn read(text: &str, path: &str) -> Facts {
    let mut facts = Facts::default();
    match parse(text) {
        Ok(tree) => {
            facts.commands = Script::new(text, path, &Variables::default()).commands(&tree);
            if let Some(span) = odd(&tree) {
                facts.trouble(ProblemKind::Partial, "this part of the script is not understood", span);
            }
        }
        Err((kind, reason)) => facts.trouble(kind, reason, Span::default()),
    }
    facts.notes = notes(text, line_comments(text, &["#"]).into_iter());
    facts
}

/// The first part of a script that the grammar has no place for.
fn odd(tree: &Tree) -> Option<Span> {
    let mut node = tree.root_node();
    // The way down leads from one part with an error to the next.
    while node.has_error() && !node.is_error() && !node.is_missing() {
        let mut cursor = node.walk();
        match node.children(&mut cursor).find(tree_sitter::Node::has_error) {
            Some(child) => node = child,
            None => break,
        }
    }
    let found = node.has_error() || node.is_error() || node.is_missing();
    found.then(|| Span::new(node.start_byte(), node.end_byte()))
}

/// The commands of a shell text that stands in another file; `known` variables are filled in.
pub fn commands(excerpt: &Excerpt, known: &Variables) -> Vec<Command> {
    let text = excerpt.text();
    let Ok(tree) = parse(text) else { return Vec::new() };
    let mut commands = Script::new(text, "", known).commands(&tree);
    for command in &mut commands {
        command.span = excerpt.span(command.span);
        command.excused = command.excused.map(|span| excerpt.span(span));
        command.wanting = command.wanting.map(|(path, span)| (path, excerpt.span(span)));
    }
    commands
}

/// The commands of a shell text whose place is told as a whole.
pub fn commands_at(text: &str, span: Span, known: &Variables) -> Vec<Command> {
    let mut excerpt = Excerpt::default();
    excerpt.fill(text, span.start as usize, span.end as usize);
    commands(&excerpt, known)
}

fn parse(text: &str) -> Result<Tree, (ProblemKind, &'static str)> {
    if text.len() > LIMIT {
        return Err((ProblemKind::TooLarge, "a shell script of more than 1 MiB"));
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).map_err(|_| (ProblemKind::Panic, "no grammar"))?;
    let bytes = text.as_bytes();
    let (asked, taken) = (Cell::new(0_usize), Cell::new(0_usize));
    let enough = 1_000 + AGAIN * (bytes.len() / CHUNK);
    let mut watch = |_: &ParseState| {
        asked.set(asked.get() + 1);
        if asked.get() > PATIENCE || taken.get() > enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut take = |at: usize, _| {
        taken.set(taken.get() + 1);
        let rest = bytes.get(at..).unwrap_or_default();
        rest.get(..CHUNK).unwrap_or(rest)
    };
    let tree = parser.parse_with_options(&mut take, None, Some(ParseOptions::new().progress_callback(&mut watch)));
    tree.ok_or((ProblemKind::TooDeep, "a shell script that nests too deeply, or is too long"))
}
