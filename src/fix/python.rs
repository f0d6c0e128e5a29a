//! Python code that is edited: statements with their blocks, and the constants that are deleted.

use std::ops::Range;
use std::rc::Rc;

use ruff_python_ast::find_node::{CoveringNode, covering_node};
use ruff_python_ast::helpers::{any_over_body, any_over_expr};
use ruff_python_ast::{AnyNodeRef, Expr, ModModule, Stmt};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::{Edit, Made, Refusal, Texts, layout};
use crate::finding::Finding;
use crate::source::{At, FileId, Kind, Span};

/// A module of Python with its text.
pub struct Code {
    pub text: Rc<str>,
    parsed: Parsed<ModModule>,
}

impl Code {
    /// Parses a file.
    pub fn new(texts: &Texts<'_>, file: FileId) -> Result<Self, Refusal> {
        if texts.source(file)?.kind != Kind::Python {
            return Err("only Python is edited here".to_owned());
        }
        let text = texts.text(file)?;
        let parsed = module(&text).ok_or("its file is not understood whole")?;
        Ok(Self { text, parsed })
    }

    /// The smallest node that holds a span.
    pub fn at(&self, span: Span) -> Result<CoveringNode<'_>, Refusal> {
        let range = TextRange::new(TextSize::new(span.start), TextSize::new(span.end));
        let root = AnyNodeRef::from(self.parsed.syntax());
        let within =
            span.start <= span.end && span.end as usize <= self.text.len() && root.range().contains_range(range);
        if within { Ok(covering_node(root, range)) } else { Err("its place is not there any more".to_owned()) }
    }

    /// The module's statements.
    pub fn body(&self) -> &[Stmt] {
        &self.parsed.syntax().body
    }
}

/// A text as a module, if it is one.
pub fn module(text: &str) -> Option<Parsed<ModModule>> {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    if parsed.errors().is_empty() { parsed.try_into_module() } else { None }
}

/// The bytes of a node.
pub fn bytes(node: &impl Ranged) -> Range<usize> {
    node.range().start().to_usize()..node.range().end().to_usize()
}

/// The innermost statement that holds a node, and what holds that.
pub fn statement<'a>(node: &CoveringNode<'a>) -> Option<(AnyNodeRef<'a>, AnyNodeRef<'a>)> {
    let nodes: Vec<AnyNodeRef<'a>> = node.ancestors().collect();
    let at = nodes.iter().position(|node| node.is_statement())?;
    Some((nodes[at], *nodes.get(at + 1)?))
}

/// The statements of the block of `holder` in which one stands.
fn block<'a>(holder: AnyNodeRef<'a>, statement: TextRange) -> Option<&'a [Stmt]> {
    let blocks: Vec<&'a [Stmt]> = match holder {
        AnyNodeRef::ModModule(module) => vec![&module.body],
        AnyNodeRef::StmtFunctionDef(function) => vec![&function.body],
        AnyNodeRef::StmtClassDef(class) => vec![&class.body],
        AnyNodeRef::StmtIf(choice) => vec![&choice.body],
        AnyNodeRef::ElifElseClause(clause) => vec![&clause.body],
        AnyNodeRef::StmtFor(each) => vec![&each.body, &each.orelse],
        AnyNodeRef::StmtWhile(again) => vec![&again.body, &again.orelse],
        AnyNodeRef::StmtWith(with) => vec![&with.body],
        AnyNodeRef::StmtTry(attempt) => vec![&attempt.body, &attempt.orelse, &attempt.finalbody],
        AnyNodeRef::ExceptHandlerExceptHandler(handler) => vec![&handler.body],
        AnyNodeRef::MatchCase(case) => vec![&case.body],
        _ => Vec::new(),
    };
    blocks.into_iter().find(|block| block.iter().any(|own| own.range() == statement))
}

/// Deletes a statement with its lines; where it stands alone in a block, something stays there.
pub fn remove(text: &str, holder: AnyNodeRef<'_>, statement: TextRange) -> Result<(Range<usize>, String), Refusal> {
    let range = bytes(&statement);
    let block = block(holder, statement).ok_or("the block in which it stands is not understood")?;
    if block.len() < 2 && !matches!(holder, AnyNodeRef::ModModule(_)) {
        return Ok((range, "pass".to_owned()));
    }
    let rest = layout::part(text, range.end..layout::line_stop(text, range.end)).trim_start();
    let is_alone = layout::is_blank(text, layout::line_start(text, range.start)..range.start);
    if !is_alone || !(rest.is_empty() || rest.starts_with('#')) {
        return Err("other code stands on its line".to_owned());
    }
    Ok((layout::whole_lines(text, range.start, range.end), String::new()))
}

/// Deletes the constants that a finding names.
pub fn delete_constants(texts: &Texts<'_>, finding: &Finding) -> Result<Made, Refusal> {
    let mut places: Vec<At> = std::iter::once(finding.at).chain(finding.evidence.iter().map(|e| e.at)).collect();
    places.sort_unstable();
    places.dedup();
    let mut made = Made::default();
    for at in places {
        let code = Code::new(texts, at.file)?;
        let node = code.at(at.span)?;
        let unclear = || "it is not assigned by a statement of its own".to_owned();
        let (statement, holder) = statement(&node).ok_or_else(unclear)?;
        let (target, value) = match statement {
            AnyNodeRef::StmtAssign(assign) => match assign.targets.as_slice() {
                [Expr::Name(name)] => (name, Some(&*assign.value)),
                _ => return Err(unclear()),
            },
            AnyNodeRef::StmtAnnAssign(assign) => match &*assign.target {
                Expr::Name(name) => (name, assign.value.as_deref()),
                _ => return Err(unclear()),
            },
            _ => return Err(unclear()),
        };
        free(texts, &code, at.file, target.id.as_str())?;
        if value.is_some_and(acts) {
            made.risk = Some("a call that makes its value is no longer made");
        }
        let (range, put) = remove(&code.text, holder, statement.range())?;
        made.loses_comment |= layout::has_comment(&code.text, range.clone(), &["#"]);
        made.edits.push(Edit { file: at.file, span: Span::new(range.start, range.end), text: put });
    }
    Ok(made)
}

/// Does an expression do something besides giving a value?
fn acts(value: &Expr) -> bool {
    any_over_expr(value, |part| {
        matches!(part, Expr::Call(_) | Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Named(_))
    })
}

/// Is a name of a module used by nobody: not by the module itself, and by no import of another?
fn free(texts: &Texts<'_>, code: &Code, file: FileId, name: &str) -> Result<(), Refusal> {
    let named = any_over_body(code.body(), |part| match part {
        Expr::Name(used) => used.id.as_str() == name && used.ctx.is_load(),
        Expr::StringLiteral(text) => text.value.to_str() == name,
        _ => false,
    });
    if named {
        return Err(format!("`{name}` is named once more in its file"));
    }
    for (other, source) in texts.files().filter(|(other, _)| *other != file) {
        if !matches!(source.kind, Kind::Python | Kind::Notebook) {
            continue;
        }
        let lines = texts.lines(other);
        let Some(lines) = lines.filter(|lines| lines.text().contains(name) && lines.text().contains("import")) else {
            continue;
        };
        let is_import = |line: &str| {
            let words = || line.split(|c: char| !c.is_alphanumeric() && c != '_');
            words().any(|word| word == name) && (words().any(|word| word == "import") || is_listed(line))
        };
        if lines.text().lines().any(is_import) {
            return Err(format!("`{}` imports the name `{name}`", source.path));
        }
    }
    Ok(())
}

/// Is a line one of a list of names in parentheses, as a long import has them?
fn is_listed(line: &str) -> bool {
    let bare = line.trim().trim_end_matches([',', ')']);
    !bare.is_empty() && bare.split([',', ' ']).all(|word| word.chars().all(|c| c.is_alphanumeric() || c == '_'))
}
