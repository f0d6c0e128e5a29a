//! Fields of classes that hold settings, deleted where nobody fills them.

use ruff_python_ast::helpers::any_over_body;
use ruff_python_ast::{AnyNodeRef, Expr, StmtClassDef};
use ruff_text_size::Ranged;

use super::options::unpassed;
use super::python::{Code, module, remove, statement};
use super::{Edit, Made, Refusal, Texts, keys, layout};
use crate::finding::Finding;
use crate::source::{Kind, Span};

/// Deletes the field at the primary place.
pub fn delete(texts: &Texts<'_>, finding: &Finding) -> Result<Made, Refusal> {
    let file = finding.at.file;
    let code = Code::new(texts, file)?;
    let node = code.at(finding.at.span)?;
    let unclear = || "it is not written as a field of its own".to_owned();
    let (own, holder) = statement(&node).ok_or_else(unclear)?;
    let AnyNodeRef::StmtClassDef(class) = holder else { return Err(unclear()) };
    let name = match own {
        AnyNodeRef::StmtAnnAssign(assign) => &assign.target,
        _ => return Err(unclear()),
    };
    let Expr::Name(name) = &**name else { return Err(unclear()) };
    unfilled(texts, class, name.id.as_str())?;
    let (range, put) = remove(&code.text, holder, own.range())?;
    // A command line may fill it.
    for flag in [format!("--{}", name.id), format!("--{}", name.id.replace('_', "-"))] {
        unpassed(texts, file, &flag, &code, range.clone())?;
    }
    let loses_comment = layout::has_comment(&code.text, range.clone(), &["#"]);
    let edit = Edit { file, span: Span::new(range.start, range.end), text: put };
    Ok(Made { edits: vec![edit], loses_comment, ..Made::default() })
}

/// Does nobody fill a field: no call by its name or by place, no settings file?
fn unfilled(texts: &Texts<'_>, class: &StmtClassDef, name: &str) -> Result<(), Refusal> {
    let class_name = class.name.as_str();
    for (file, source) in texts.files() {
        let Some(lines) = texts.lines(file) else { continue };
        let text = lines.text();
        match source.kind {
            Kind::Python | Kind::Notebook => {
                if !text.contains(name) && !text.contains(class_name) {
                    continue;
                }
                let Some(parsed) = module(text) else { continue };
                let fills = any_over_body(&parsed.syntax().body, |part| match part {
                    Expr::Call(call) => {
                        let called = match &*call.func {
                            Expr::Name(called) => called.id.as_str(),
                            Expr::Attribute(called) => called.attr.as_str(),
                            _ => "",
                        };
                        let by_place = called == class_name && !call.arguments.args.is_empty();
                        let by_name =
                            call.arguments.keywords.iter().any(|k| k.arg.as_ref().is_some_and(|arg| arg == name));
                        by_place || by_name
                    }
                    Expr::StringLiteral(text) => text.value.to_str() == name,
                    Expr::Attribute(field) => field.attr.as_str() == name,
                    _ => false,
                });
                if fills {
                    return Err(format!("`{}` fills it, or something of its name", source.path));
                }
            }
            kind if text.to_ascii_lowercase().contains(&name.to_ascii_lowercase()) => {
                let is_it = |key: &str| key.eq_ignore_ascii_case(name);
                let has = keys::entries(kind, text).map_or(true, |all| {
                    all.iter().any(|setting| setting.keys.last().is_some_and(|key| is_it(key.as_str())))
                });
                if has {
                    return Err(format!("`{}` names it", source.path));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
