//! R scripts, and the chunks of R in notebooks of Markdown, as the operations of their functions.

mod calls;
mod lower;
#[cfg(test)]
mod tests;

use tree_sitter::Tree;

use super::comments::{line_comments, notes};
use super::trees;
use crate::fact::{Facts, ProblemKind};
use crate::source::Span;
use lower::Lowering;

/// Larger scripts were made by a tool.
const LIMIT: usize = 512 * 1024;

/// Reads a script or a notebook of Markdown.
pub fn read(text: &str, path: &str) -> Facts {
    let mut facts = Facts::default();
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let code = if matches!(ending.as_str(), "rmd" | "qmd") { chunks(text) } else { text.to_owned() };
    match parse(&code) {
        Ok(tree) => Lowering::new(&code, &mut facts).module(tree.root_node()),
        Err((kind, reason)) => facts.trouble(kind, reason, Span::default()),
    }
    facts.notes = notes(&code, line_comments(&code, &["#"]).into_iter());
    facts
}

fn parse(text: &str) -> Result<Tree, (ProblemKind, &'static str)> {
    if text.len() > LIMIT {
        return Err((ProblemKind::TooLarge, "an R script of more than 512 KiB"));
    }
    trees::parse(text, &tree_sitter_r::LANGUAGE.into(), "an R script that nests too deeply")
}

/// The chunks of R of a notebook, each where it stands; all else is blank.
fn chunks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = None;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start();
        let fence = bare.starts_with("```");
        let keep = match inside {
            None if fence => {
                inside = Some(bare.trim_start_matches('`').trim_start().starts_with("{r"));
                false
            }
            None => false,
            Some(_) if fence => {
                inside = None;
                false
            }
            Some(r) => r,
        };
        match keep {
            true => out.push_str(line),
            false => out.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' })),
        }
    }
    out
}
