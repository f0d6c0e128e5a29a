//! Programs in Scala and Java, as far as calls on values go: enough to follow jobs of Spark.

mod lower;
#[cfg(test)]
mod tests;

use tree_sitter::Tree;

use super::comments::{line_comments, notes};
use super::{foreign, trees};
use crate::fact::{Facts, ProblemKind};
use crate::source::Span;
use lower::Lowering;

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
    let language = if scala { tree_sitter_scala::LANGUAGE } else { tree_sitter_java::LANGUAGE };
    trees::parse(text, &language.into(), "a program that nests too deeply")
}
