//! Programs in Scala and Java, as far as calls on values go: enough to follow jobs and services from place to place.

mod lower;
#[cfg(test)]
mod tests;

use tree_sitter::Tree;

use super::comments::{line_comments, notes};
use super::{foreign, trees};
use crate::fact::{Facts, ProblemKind};
use crate::source::Span;
use lower::Lowering;

/// What a program speaks of that reads or writes data; of others only the texts are kept.
const MOVES: [&str; 9] = [
    "spark",
    "Spark",
    "java.nio.file.",
    "java.io.File",
    "java.io.PrintWriter",
    "java.sql.",
    "scala.io.",
    "org.apache.beam",
    "ml.dmlc",
];

/// Reads a program.
pub fn read(text: &str, path: &str) -> Facts {
    let mut facts = foreign::read(text, path);
    if !MOVES.iter().any(|word| text.contains(word)) {
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
    let language = if scala { tree_sitter_scala::LANGUAGE } else { tree_sitter_java::LANGUAGE };
    trees::parse(text, &language.into(), "a program that nests too deeply")
}
