//! Code that is commented out, and comments that admit work still to be done.

use std::sync::LazyLock;

use regex::Regex;
use ruff_python_ast::{Expr, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

use crate::fact::{Aside, Omitted, Text, Word};
use crate::source::Span;

/// Lines that say nothing of their own before code that is commented out.
const INTRODUCTION: usize = 2;

/// Statements from which on comments are code that was taken out, and not a hint or an example.
const LEAST: u32 = 3;

/// More than this in one block, in bytes, is no code that anybody took out: it is not parsed.
const LIMIT: usize = 64 * 1024;

/// The comments that hold code.
pub fn set_aside(text: &str, comments: impl Iterator<Item = Span>) -> Vec<Aside> {
    let mut found = Vec::new();
    let mut block: Vec<Span> = Vec::new();
    for comment in comments.filter(|comment| is_alone(text, *comment)) {
        if block.last().is_some_and(|last| !follows(text, *last, comment)) {
            found.extend(judge(text, &std::mem::take(&mut block)));
        }
        block.push(comment);
    }
    found.extend(judge(text, &block));
    found
}

/// Does the comment have its line for itself?
fn is_alone(text: &str, comment: Span) -> bool {
    let before = text.get(..comment.start as usize).unwrap_or_default();
    before.bytes().rev().take_while(|byte| *byte != b'\n').all(|byte| byte.is_ascii_whitespace())
}

/// Stands the one comment on the line after the other's?
fn follows(text: &str, last: Span, next: Span) -> bool {
    let between = text.get(last.end as usize..next.start as usize).unwrap_or_default();
    between.bytes().filter(|byte| *byte == b'\n').count() == 1
}

fn judge(text: &str, block: &[Span]) -> Option<Aside> {
    // Prose has neither; what has, is parsed.
    let lines: Vec<&str> = block.iter().map(|line| uncommented(text, *line)).collect();
    let size: usize = lines.iter().map(|line| line.len()).sum();
    if size > LIMIT || lines.iter().filter(|line| line.contains(['=', '('])).count() < LEAST as usize {
        return None;
    }
    (0..=INTRODUCTION).find_map(|first| {
        let statements = statements(lines.get(first..)?);
        let (start, end) = (block.get(first)?.start, block.last()?.end);
        (statements >= LEAST).then_some(Aside { span: Span { start, end }, statements })
    })
}

fn uncommented(text: &str, line: Span) -> &str {
    let line = text.get(line.start as usize..line.end as usize).unwrap_or_default();
    let line = line.trim_start_matches('#');
    line.strip_prefix(' ').unwrap_or(line).trim_end()
}

/// How many statements the lines are, if they are a program; a name or a number alone is a word of prose.
fn statements(lines: &[&str]) -> u32 {
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let margin = filled.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let code: Vec<&str> = lines.iter().map(|line| line.get(margin..).unwrap_or_default()).collect();
    let parsed = parse_unchecked(&code.join("\n"), ParseOptions::from(Mode::Module));
    if !parsed.errors().is_empty() {
        return 0;
    }
    let Some(module) = parsed.try_into_module() else { return 0 };
    let body = &module.syntax().body;
    if body.iter().all(does_something) { count(body) } else { 0 }
}

fn does_something(statement: &Stmt) -> bool {
    match statement {
        Stmt::Expr(only) => matches!(*only.value, Expr::Call(_) | Expr::Await(_) | Expr::Yield(_)),
        // `name: what it is` is how a table of names is written.
        Stmt::AnnAssign(assign) => assign.value.is_some(),
        _ => true,
    }
}

fn count(body: &[Stmt]) -> u32 {
    let inner = |statement: &Stmt| match statement {
        Stmt::FunctionDef(function) => count(&function.body),
        Stmt::ClassDef(class) => count(&class.body),
        Stmt::For(each) => count(&each.body) + count(&each.orelse),
        Stmt::While(each) => count(&each.body) + count(&each.orelse),
        Stmt::If(choice) => {
            count(&choice.body) + choice.elif_else_clauses.iter().map(|clause| count(&clause.body)).sum::<u32>()
        }
        Stmt::With(with) => count(&with.body),
        Stmt::Try(tried) => count(&tried.body) + count(&tried.orelse) + count(&tried.finalbody),
        _ => 0,
    };
    body.iter().map(|statement| 1 + inner(statement)).sum()
}

/// Longer texts are no names.
const NAME: usize = 80;

/// The quoted names in comments that have a line of their own, with the keyword or the place in a call at which each stands.
pub fn omitted(text: &str, comments: impl Iterator<Item = Span>) -> Vec<Omitted> {
    let mut found = Vec::new();
    let (mut last, mut keyword, mut place): (Option<Span>, Text, u32) = (None, Text::default(), 0);
    for comment in comments.filter(|comment| is_alone(text, *comment)) {
        if last.is_none_or(|last| !follows(text, last, comment)) {
            (keyword, place) = (Text::default(), 0);
        }
        last = Some(comment);
        let line = text.get(comment.start as usize..comment.end as usize).unwrap_or_default();
        let line = line.get(..LIMIT.min(line.len())).unwrap_or_default();
        let (mut word, mut rest) = (0, 0);
        while let Some(c) = line.get(rest..).and_then(|rest| rest.chars().next()) {
            let next = rest + c.len_utf8();
            match c {
                '(' | ')' => (keyword, place) = (Text::default(), 0),
                '=' if rest > word => (keyword, place) = (Text::from(&line[word..rest]), 0),
                '"' | '\'' => {
                    let Some(length) = line.get(next..).and_then(|behind| behind.find(c)) else { break };
                    let name = &line[next..next + length];
                    let start = comment.start as usize + next;
                    if is_name(name) {
                        let name = Word { text: Text::from(name), span: Span::new(start, start + length) };
                        found.push(Omitted { name, keyword, place });
                    }
                    place += 1;
                    rest = next + length + 1;
                    word = rest;
                    continue;
                }
                _ => {}
            }
            rest = next;
            if !(c.is_alphanumeric() || c == '_') {
                word = next;
            }
        }
    }
    found
}

fn is_name(text: &str) -> bool {
    (2..=NAME).contains(&text.len())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:@/{}#".contains(&b))
}

/// Words with which whoever writes admits that something is not as it should be.
static ADMITTED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(TODO|FIXME|HACK|XXX|KLUDGE)\b").ok());

/// Something that leads to where the work is kept track of: `#12`, `ABC-12`, a link.
static TICKET: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"#\d+|\b[A-Z][A-Z0-9]+-\d+\b|https?://").ok());

/// The comments that admit a debt and name no ticket.
pub fn admitted(text: &str, comments: impl Iterator<Item = Span>) -> Vec<Span> {
    let (Some(words), Some(ticket)) = (ADMITTED.as_ref(), TICKET.as_ref()) else { return Vec::new() };
    // Most files admit nothing.
    if !words.is_match(text) {
        return Vec::new();
    }
    let said =
        |span: Span| text.get(span.start as usize..span.end as usize).unwrap_or_default().trim_start_matches('#');
    comments.filter(|span| words.is_match(said(*span)) && !ticket.is_match(said(*span))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::comments::line_comments;

    fn comments(text: &str) -> Vec<Span> {
        line_comments(&format!("{text}# mldebt:\n"), &["#"])
    }

    #[test]
    fn code_is_told_from_prose() {
        let code =
            "# The old way:\n# net = Wide(10)\n# for batch in data:\n#     step(net, batch)\n# save(net)\nx = 1\n";
        let found = set_aside(code, comments(code).into_iter());
        assert_eq!(found.iter().map(|aside| aside.statements).collect::<Vec<_>>(), [4]);
        assert_eq!(found[0].span.start, 15);
        let prose = "# We call fit(x) first, since (as said) = is no ==.\n# alpha = how much\n# beta (see above)\n";
        assert!(set_aside(prose, comments(prose).into_iter()).is_empty());
        let shapes = "# x: (batch, time)\n# y: (batch,)\n# z: (batch, 1)\n";
        assert!(set_aside(shapes, comments(shapes).into_iter()).is_empty());
    }

    #[test]
    fn what_nobody_took_out_is_not_parsed() {
        let long = format!("# x = {}f(1)\n", "-".repeat(LIMIT / 2)).repeat(3);
        assert!(set_aside(&long, comments(&long).into_iter()).is_empty());
    }

    #[test]
    fn blocks_end_where_the_comments_do() {
        let code = "# a = f(1)\n# b = f(2)\n\n# c = f(3)\nd = 1  # e = f(4)\n# g = f(5)\n";
        assert!(set_aside(code, comments(code).into_iter()).is_empty());
    }

    #[test]
    fn names_in_omitted_calls_keep_their_place() {
        let text =
            "# node(fit, [\"x\", 'features'], \"model\"),\n# node(\n#   func=score,\n#   outputs=['kept', \"rank\"])\n";
        let comments = [Span::new(0, 40), Span::new(41, 48), Span::new(49, 64), Span::new(65, 94)];
        let found = omitted(text, comments.into_iter());
        let shown: Vec<_> = found.iter().map(|o| (o.name.text.as_str(), o.keyword.as_str(), o.place)).collect();
        assert_eq!(shown, [("features", "", 1), ("model", "", 2), ("kept", "outputs", 0), ("rank", "outputs", 1)]);
        let span = found[1].name.span;
        assert_eq!(&text[span.start as usize..span.end as usize], "model");
    }

    #[test]
    fn a_ticket_keeps_track_of_what_is_admitted() {
        let text = "# TODO: weights\n# TODO(#12): weights\n# FIXME see AB-7\n# todo list\n# HACK\n";
        let found: Vec<u32> = admitted(text, comments(text).into_iter()).iter().map(|span| span.start).collect();
        assert_eq!(found, [0, 66]);
    }
}
