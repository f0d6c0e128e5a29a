//! Listings of files, sorted where they are made.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use super::python::{Code, bytes};
use super::{Edit, Made, Refusal, Texts};
use crate::finding::Finding;
use crate::source::Span;

/// Sorts the listing that the evidence names.
pub fn sort(texts: &Texts<'_>, finding: &Finding) -> Result<Made, Refusal> {
    let unclear = || "where the files are listed, or how they could be sorted, is not known".to_owned();
    let listed = finding.evidence.first().map(|evidence| evidence.at);
    let listed = listed.filter(|_| finding.parts("group.sortable").next().is_some()).ok_or_else(unclear)?;
    let code = Code::new(texts, listed.file)?;
    let node = code.at(listed.span)?;
    let nodes: Vec<AnyNodeRef<'_>> = node.ancestors().collect();
    let own = |node: &AnyNodeRef<'_>| matches!(node, AnyNodeRef::ExprCall(call) if Span::new(bytes(*call).start, bytes(*call).end) == listed.span);
    let at = nodes.iter().position(own).ok_or_else(unclear)?;
    let listing = bytes(&nodes[at]);
    if matches!(nodes.get(at + 1), Some(AnyNodeRef::WithItem(_) | AnyNodeRef::ExprAwait(_))) {
        return Err("the listing is held open".to_owned());
    }
    let taker = nodes[at + 1..].iter().take(2).find_map(|node| match node {
        AnyNodeRef::ExprCall(call) => Some(*call),
        _ => None,
    });
    let put = |start: usize, end: usize, text: &str| Edit {
        file: listed.file,
        span: Span::new(start, end),
        text: text.to_owned(),
    };
    let edits = match taker.and_then(|call| taken(call, nodes[at])) {
        Some(("list", name)) => vec![put(bytes(name).start, bytes(name).end, "sorted")],
        // What is sorted is a list, of which there is no next one.
        Some(("next", _)) => {
            vec![put(listing.start, listing.start, "iter(sorted("), put(listing.end, listing.end, "))")]
        }
        Some(("sorted", _)) => return Err("it is sorted already".to_owned()),
        _ => vec![put(listing.start, listing.start, "sorted("), put(listing.end, listing.end, ")")],
    };
    Ok(Made { edits, ..Made::default() })
}

/// The name of a call whose first argument a node is.
fn taken<'a>(call: &'a ExprCall, node: AnyNodeRef<'_>) -> Option<(&'a str, &'a Expr)> {
    let first = call.arguments.args.first()?;
    match &*call.func {
        Expr::Name(name) if first.range() == node.range() => Some((name.id.as_str(), &call.func)),
        _ => None,
    }
}
