//! Syntax trees of languages whose grammar is one of tree-sitter's, with an end for texts that would take for ever.

use std::cell::Cell;
use std::ops::ControlFlow;

use tree_sitter::{Language, ParseOptions, ParseState, Parser, Tree};

use crate::fact::ProblemKind;

/// The parser asks this often whether to go on; it takes ever longer from one time to the next.
const PATIENCE: usize = 2_000;

/// The tree of a text; `none` says what is wrong with one that is given up.
pub fn parse(text: &str, language: &Language, none: &'static str) -> Result<Tree, (ProblemKind, &'static str)> {
    let mut parser = Parser::new();
    parser.set_language(language).map_err(|_| (ProblemKind::Panic, "no grammar"))?;
    let asked = Cell::new(0_usize);
    let mut watch = |_: &ParseState| {
        asked.set(asked.get() + 1);
        if asked.get() > PATIENCE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let bytes = text.as_bytes();
    let mut take = |at: usize, _| bytes.get(at..).unwrap_or_default();
    let tree = parser.parse_with_options(&mut take, None, Some(ParseOptions::new().progress_callback(&mut watch)));
    tree.ok_or((ProblemKind::TooDeep, none))
}
