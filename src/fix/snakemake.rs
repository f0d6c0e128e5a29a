//! Rules of Snakemake: what a rule reads is added to its inputs.

use super::steps::{List, joined, named, relative};
use super::{Edit, Made, Refusal, Texts, layout};
use crate::fact::{Declaration, Step};
use crate::finding::Finding;
use crate::read;
use crate::source::Span;

/// Adds what a finding names to a rule's inputs.
pub fn declare(texts: &Texts<'_>, finding: &Finding, list: List) -> Result<Made, Refusal> {
    if list != List::Inputs {
        return Err("of such a rule only the inputs are edited".to_owned());
    }
    let file = finding.at.file;
    let (text, source) = (texts.text(file)?, texts.source(file)?);
    let facts = read::snakemake::read(&text, &source.path);
    let steps =
        || facts.declarations.iter().filter_map(|d| if let Declaration::Step(step) = d { Some(step) } else { None });
    let step = steps().find(|step| step.span == finding.at.span).ok_or("the rule is no longer there")?;
    let start = step.span.end as usize;
    let end = steps().map(|other| other.span.start as usize).filter(|at| *at > start).min().unwrap_or(text.len());
    let body = layout::part(&text, start..end);
    // `{input}` and `snakemake.input` without a name stand for all of them.
    if ["{input}", "{input:q}", "input[-1]", "list(input)", "*input"].iter().any(|all| body.contains(all)) {
        return Err("the rule hands all of its inputs on".to_owned());
    }
    let folder = source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let base = joined(folder, &step.folder);
    let places: Vec<String> = named(finding)?.iter().map(|place| relative(&base, place)).collect();
    let (at, put) = match last_input(step) {
        Some((last, is_named)) => behind(&text, last, is_named, &places)?,
        None => begun(&text, start, &places)?,
    };
    Ok(Made { edits: vec![Edit { file, span: Span::new(at, at), text: put }], ..Made::default() })
}

/// Where the last input stands, and whether inputs have names.
fn last_input(step: &Step) -> Option<(Span, bool)> {
    let inputs = || step.passed.iter().filter(|passed| passed.kind == "input");
    let last = inputs().flat_map(|passed| &passed.words).map(|word| word.span).max()?;
    Some((last, inputs().any(|passed| !passed.name.is_empty())))
}

fn behind(text: &str, last: Span, is_named: bool, places: &[String]) -> Result<(usize, String), Refusal> {
    let (start, end) = (last.start as usize, last.end as usize);
    let rest = layout::part(text, end..layout::line_stop(text, end)).trim_start();
    let is_plain = layout::part(text, start..end).starts_with(['"', '\'']);
    if !is_plain || !(rest.is_empty() || rest.starts_with(',') || rest.starts_with('#')) {
        return Err("its last input is computed".to_owned());
    }
    let margin = layout::part(text, layout::line_start(text, start)..start);
    let indent: String = margin.chars().take_while(|c| c.is_whitespace()).collect();
    let is_apart = margin.split('=').next().is_some_and(|name| !name.contains(':'));
    let gap = if is_apart { format!("\n{indent}") } else { " ".to_owned() };
    Ok((end, places.iter().map(|place| format!(",{gap}{}", word(place, is_named))).collect()))
}

/// Before the rule's first directive.
fn begun(text: &str, head: usize, places: &[String]) -> Result<(usize, String), Refusal> {
    let at = layout::line_end(text, head);
    let line = layout::part(text, at..layout::line_stop(text, at));
    let indent = &line[..line.len() - line.trim_start().len()];
    if indent.is_empty() || !line.trim_end().contains(':') {
        return Err("the rule is not understood".to_owned());
    }
    let inputs: String = places.iter().map(|place| format!("{indent}    {},\n", word(place, false))).collect();
    Ok((at, format!("{indent}input:\n{inputs}")))
}

/// A path as an argument.
fn word(place: &str, is_named: bool) -> String {
    if !is_named {
        return format!("\"{place}\"");
    }
    let stem = place.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
    let name: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let first = if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() { "input_" } else { "" };
    format!("{first}{name}=\"{place}\"")
}
