//! Programs in Scala and Java, as far as calls on values go: enough to follow jobs of Spark.

mod lower;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use super::comments::{line_comments, notes};
use super::foreign;
use crate::fact::{Facts, ProblemKind};
use crate::source::Span;
use lower::Lowering;

/// The parser asks this often whether to go on; it takes ever longer from one time to the next.
const PATIENCE: usize = 2_000;

/// Reads a program; only one that speaks of Spark is followed, of others the texts are kept.
pub fn read(text: &str, path: &str) -> Facts {
    let mut facts = foreign::read(text, path);
    if !["spark", "Spark"].iter().any(|word| text.contains(word)) {
        return facts;
    }
    match parse(text, path.ends_with(".scala")) {
        Ok(tree) => Lowering::new(text, &mut facts).module(tree.root_node()),
        Err((kind, reason)) => facts.trouble(kind, reason, Span::default()),
    }
    facts.notes = notes(text, line_comments(text, &["//"]).into_iter());
    facts
}

fn parse(text: &str, scala: bool) -> Result<Tree, (ProblemKind, &'static str)> {
    let mut parser = Parser::new();
    let language = if scala { tree_sitter_scala::LANGUAGE.into() } else { tree_sitter_java::LANGUAGE.into() };
    parser.set_language(&language).map_err(|_| (ProblemKind::Panic, "no grammar"))?;
    let asked = Cell::new(0_usize);
    let mut watch = |_: &ParseState| {
        asked.set(asked.get() + 1);
        if asked.get() > PATIENCE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let bytes = text.as_bytes();
    let mut take = |at: usize, _| bytes.get(at..).unwrap_or_default();
    let tree = parser.parse_with_options(&mut take, None, Some(ParseOptions::new().progress_callback(&mut watch)));
    tree.ok_or((ProblemKind::TooDeep, "a program that nests too deeply"))
}
