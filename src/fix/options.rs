//! Options of a command line, deleted where they are defined: a call of their own, a decorator, or a parameter's default.

use std::ops::Range;

use ruff_python_ast::find_node::CoveringNode;
use ruff_python_ast::helpers::any_over_body;
use ruff_python_ast::{AnyNodeRef, Decorator, Expr, ExprCall, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};

use super::python::{Code, bytes, module, remove, statement};
use super::{Edit, Made, Refusal, Texts, layout};
use crate::finding::Finding;
use crate::source::{FileId, Kind, Span};

/// Deletes an option that no command of the repository passes.
pub fn delete(texts: &Texts<'_>, finding: &Finding) -> Result<Made, Refusal> {
    let file = finding.at.file;
    let code = Code::new(texts, file)?;
    let node = code.at(finding.at.span)?;
    let call = node.ancestors().find_map(|node| match node {
        AnyNodeRef::ExprCall(call) => Some(call),
        _ => None,
    });
    let call = call.ok_or("it is not defined by a call")?;
    let edits = ranges(&code, &node, call)?;
    let flags: Vec<&str> = texts_of(call).filter(|text| text.starts_with('-')).collect();
    for flag in &flags {
        unpassed(texts, file, flag, &code, edits.first().map_or(0..0, |(range, _)| range.clone()))?;
    }
    let mut made = Made::default();
    for (range, put) in edits {
        made.loses_comment |= layout::has_comment(&code.text, range.clone(), &["#"]);
        made.edits.push(Edit { file, span: Span::new(range.start, range.end), text: put });
    }
    Ok(made)
}

/// The plain texts that a call is given by position.
fn texts_of(call: &ExprCall) -> impl Iterator<Item = &str> {
    call.arguments.args.iter().filter_map(|value| match value {
        Expr::StringLiteral(text) => Some(text.value.to_str()),
        _ => None,
    })
}

fn ranges(code: &Code, node: &CoveringNode<'_>, call: &ExprCall) -> Result<Vec<(Range<usize>, String)>, Refusal> {
    let (text, own) = (&code.text, call.range());
    let nodes: Vec<AnyNodeRef<'_>> = node.ancestors().collect();
    let function = nodes.iter().find_map(|node| match node {
        AnyNodeRef::StmtFunctionDef(function) => Some(*function),
        _ => None,
    });
    if let Some((decorator, function)) = decorator(&nodes, own).zip(function) {
        let range = bytes(decorator);
        if !layout::is_blank(text, layout::line_start(text, range.start)..range.start) {
            return Err("it does not begin its line".to_owned());
        }
        let mut edits = vec![(layout::line_start(text, range.start)..layout::line_end(text, range.end), String::new())];
        let name = parameter_name(call).ok_or("the parameter that it fills is not known")?;
        edits.extend(parameter(function, |own, _| own == name).map(|range| (range, String::new())));
        return Ok(edits);
    }
    let (own_statement, holder) = statement(node).ok_or("it stands in no statement")?;
    match (own_statement, function) {
        (AnyNodeRef::StmtExpr(only), _) if only.value.range() == own => Ok(vec![remove(text, holder, only.range())?]),
        (AnyNodeRef::StmtFunctionDef(_), Some(function)) => {
            let holds = |_: &str, range: TextRange| range.contains_range(own);
            let range = parameter(function, holds).ok_or("the parameter that it fills is not known")?;
            Ok(vec![(range, String::new())])
        }
        _ => Err("what its definition gives is used".to_owned()),
    }
}

fn decorator<'a>(nodes: &[AnyNodeRef<'a>], call: TextRange) -> Option<&'a Decorator> {
    nodes.iter().find_map(|node| match node {
        AnyNodeRef::Decorator(decorator) if decorator.expression.range() == call => Some(*decorator),
        _ => None,
    })
}

/// The parameter that an option of a decorator fills: the name without dashes, or the longest flag.
fn parameter_name(call: &ExprCall) -> Option<String> {
    let name = texts_of(call).find(|text| !text.starts_with('-'));
    let flag = || texts_of(call).max_by_key(|text| text.len()).map(|flag| flag.split('/').next().unwrap_or(flag));
    let name = name.or_else(flag)?;
    Some(name.trim_start_matches('-').replace('-', "_").to_ascii_lowercase())
}

/// The bytes of a parameter with the comma that sets it apart.
fn parameter(function: &StmtFunctionDef, is_it: impl Fn(&str, TextRange) -> bool) -> Option<Range<usize>> {
    let all: Vec<(&str, TextRange)> =
        function.parameters.iter().map(|parameter| (parameter.name().as_str(), parameter.range())).collect();
    let at = all.iter().position(|(name, range)| is_it(name, *range))?;
    let own = bytes(&all[at].1);
    Some(match (all.get(at + 1), at.checked_sub(1).and_then(|before| all.get(before))) {
        (Some((_, next)), _) => own.start..next.start().to_usize(),
        (None, Some((_, last))) => last.end().to_usize()..own.end,
        (None, None) => own,
    })
}

/// Does nobody pass a flag: no command, no script, no list of arguments?
pub fn unpassed(texts: &Texts<'_>, own: FileId, flag: &str, code: &Code, cut: Range<usize>) -> Result<(), Refusal> {
    let passed = |path: &str| Err(format!("`{path}` passes `{flag}`"));
    for (file, source) in texts.files() {
        let is_code = matches!(source.kind, Kind::Python | Kind::Notebook);
        if file == own {
            let rest = [layout::part(&code.text, 0..cut.start), layout::part(&code.text, cut.end..code.text.len())];
            if rest.iter().any(|rest| has_word(rest, flag)) && code_passes(&code.text, flag, Some(&cut)) {
                return passed(&source.path);
            }
        } else if let Some(lines) = texts.lines(file).filter(|lines| has_word(lines.text(), flag))
            && (!is_code || code_passes(lines.text(), flag, None))
        {
            return passed(&source.path);
        }
    }
    Ok(())
}

/// Stands a flag there as a whole?
fn has_word(text: &str, flag: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(flag)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + flag.len()..].starts_with(is_part))
}

/// Hands a program a flag over: in a list of arguments, or in a longer text, as a command line is? A call that names it
/// alone defines it.
fn code_passes(text: &str, flag: &str, cut: Option<&Range<usize>>) -> bool {
    let Some(parsed) = module(text) else { return true };
    let is_kept =
        |range: TextRange| cut.is_none_or(|cut| !(cut.start <= bytes(&range).start && bytes(&range).end <= cut.end));
    let is_flag = |value: &Expr| matches!(value, Expr::StringLiteral(text) if text.value.to_str() == flag);
    any_over_body(&parsed.syntax().body, |part| match part {
        Expr::List(list) => is_kept(list.range()) && list.elts.iter().any(is_flag),
        Expr::Tuple(tuple) => is_kept(tuple.range()) && tuple.elts.iter().any(is_flag),
        Expr::StringLiteral(text) => {
            let text_is = text.value.to_str();
            is_kept(text.range()) && text_is != flag && has_word(text_is, flag)
        }
        Expr::FString(text) => {
            let mut parts = text.value.elements().filter_map(|element| element.as_literal());
            is_kept(text.range()) && parts.any(|part| has_word(&part.value, flag))
        }
        _ => false,
    })
}
