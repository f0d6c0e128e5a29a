//! Ignore comments that suppress nothing: the comment goes, or the one rule of it that finds nothing.

use super::{Edit, Made, Refusal, Texts, layout};
use crate::finding::Finding;
use crate::source::Span;

/// Deletes the comment, or the rule's name from it where it names others.
pub fn delete(texts: &Texts<'_>, finding: &Finding) -> Result<Made, Refusal> {
    let at = finding.at;
    let text = texts.text(at.file)?;
    let (start, end) = (at.span.start as usize, at.span.end as usize);
    let comment = layout::part(&text, start..end);
    let unclear = || "the comment is not understood".to_owned();
    let rule = finding.parts("rule").next().ok_or_else(unclear)?;
    let open =
        comment.find("mldebt:").and_then(|at| Some(at + comment.get(at..)?.find('[')? + 1)).ok_or_else(unclear)?;
    let close = open + comment.get(open..).and_then(|rest| rest.find(']')).ok_or_else(unclear)?;
    let names: Vec<&str> = layout::part(comment, open..close).split(',').map(str::trim).collect();
    let is_own = |name: &&str| name.to_ascii_lowercase().replace('_', "-") == rule;
    let kept: Vec<&str> = names.iter().copied().filter(|name| !is_own(name)).collect();
    let (range, put) = if !kept.is_empty() {
        (start + open..start + close, kept.join(", "))
    } else if !comment.split("mldebt:").next().is_some_and(|head| head.chars().all(|c| !c.is_alphanumeric())) {
        return Err("the comment says something else, too".to_owned());
    } else if layout::is_blank(&text, layout::line_start(&text, start)..start) {
        (layout::line_start(&text, start)..layout::line_end(&text, end), String::new())
    } else {
        let head = layout::part(&text, 0..start);
        (head.trim_end().len()..end, String::new())
    };
    let edit = Edit { file: at.file, span: Span::new(range.start, range.end), text: put };
    Ok(Made { edits: vec![edit], ..Made::default() })
}
