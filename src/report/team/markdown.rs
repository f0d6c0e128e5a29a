//! The team's report as Markdown.

use std::fmt::Write;

use super::{Bar, Block};
use crate::report::escape::markdown;

pub fn render(blocks: &[Block]) -> String {
    let mut out = String::from("# Technical debt\n");
    for block in blocks {
        match block {
            Block::Heading(text) => {
                let _ = writeln!(out, "\n## {text}");
            }
            Block::Text(text) => {
                let _ = writeln!(out, "\n{}", markdown(text));
            }
            Block::List(lines) => {
                out.push('\n');
                for line in lines {
                    let _ = writeln!(out, "- {}", markdown(line));
                }
            }
            Block::Bars(bars) => table(&["", "High", "Medium", "Low"], bars.iter().map(row), &mut out),
            Block::Table { head, rows } => table(head, rows.iter().cloned(), &mut out),
            Block::Drawing(_) => {}
        }
    }
    out
}

fn row(bar: &Bar) -> Vec<String> {
    std::iter::once(bar.name.clone()).chain(bar.counts.map(|n| n.to_string())).collect()
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>, out: &mut String) {
    let _ = writeln!(out, "\n| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| markdown(cell)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}
