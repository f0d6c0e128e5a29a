//! Random calls that take a number to fix what they draw: each is given one.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use super::python::{Code, bytes};
use super::{Edit, Made, Refusal, Texts, layout};
use crate::finding::Finding;
use crate::source::Span;

/// The seed that is given: whoever wants another one writes it there.
const SEED: &str = "0";

/// Gives a seed to every call that the evidence names.
pub fn give(texts: &Texts<'_>, finding: &Finding) -> Result<Made, Refusal> {
    let states: Vec<&str> = finding.parts("states").collect();
    if states.len() != finding.evidence.len() || states.is_empty() {
        return Err("the calls that draw are not all known".to_owned());
    }
    let mut made = Made::default();
    for (state, evidence) in states.iter().zip(&finding.evidence) {
        if state.is_empty() {
            return Err("some calls draw from a common state, which is seeded where the program starts".to_owned());
        }
        let file = evidence.at.file;
        let code = Code::new(texts, file)?;
        let node = code.at(evidence.at.span)?;
        let is_it = |call: &ExprCall| Span::new(bytes(call).start, bytes(call).end) == evidence.at.span;
        let call = node.ancestors().find_map(|node| match node {
            AnyNodeRef::ExprCall(call) if is_it(call) => Some(call),
            _ => None,
        });
        let call = call.ok_or("a call that draws is not understood")?;
        let (span, text) = seeded(&code.text, call, state)?;
        made.edits.push(Edit { file, span, text });
    }
    Ok(made)
}

/// Where a call is given its seed: in the place of `None`, or behind its last argument.
fn seeded(text: &str, call: &ExprCall, state: &str) -> Result<(Span, String), Refusal> {
    let named = call.arguments.keywords.iter().find(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg == state));
    if let Some(keyword) = named {
        let value = bytes(&keyword.value);
        return match keyword.value {
            Expr::NoneLiteral(_) => Ok((Span::new(value.start, value.end), SEED.to_owned())),
            _ => Err(format!("a call is given a `{state}` that is not known")),
        };
    }
    let put = format!("{state}={SEED}");
    let last = call.arguments.iter_source_order().map(|argument| argument.range().end().to_usize()).max();
    let (open, close) = (bytes(&call.arguments).start + 1, bytes(&call.arguments).end - 1);
    Ok(match last {
        None => (Span::new(open, open), put),
        Some(end) => {
            // Where arguments have lines of their own, so has this one.
            let start = layout::line_start(text, end);
            let line = layout::part(text, start..end);
            let is_apart = start > open && layout::is_blank(text, layout::line_start(text, close)..close);
            let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
            let gap = if is_apart { format!("\n{indent}") } else { " ".to_owned() };
            (Span::new(end, end), format!(",{gap}{put}"))
        }
    })
}
