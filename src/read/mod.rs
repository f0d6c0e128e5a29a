//! One reader a language or format: text in, facts out; reading never fails.

pub mod command;
pub mod comments;
pub mod conditions;
pub mod cron;
pub mod dbt;
pub mod docker;
pub mod dvc;
pub mod entries;
pub mod environment;
pub mod excerpt;
pub mod flows;
pub mod foreign;
pub mod items;
pub mod just;
pub mod jvm;
pub mod make;
pub mod mlproject;
pub mod notebook;
pub mod origin;
pub mod owners;
pub mod python;
pub mod r;
pub mod requirements;
pub mod rust;
pub mod scope;
pub mod settings;
pub mod shell;
pub mod snakemake;
mod trees;
pub mod sql;
pub mod systemd;

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rayon::prelude::*;

use crate::fact::{Facts, Problem, ProblemKind};
use crate::open;
use crate::source::{Cell, Content, Kind, Lines, Source, Span};

/// Reads all sources, in parallel; `tick` is called after each.
pub fn all(sources: &[Source], tick: &(dyn Fn() + Sync)) -> Vec<Facts> {
    listed(sources, |_| None, tick)
}

/// Reads sources, but for those that are refused for a reason.
pub fn listed<'a>(
    sources: &[Source],
    refusal: impl Fn(usize) -> Option<&'a Problem> + Sync,
    tick: &(dyn Fn() + Sync),
) -> Vec<Facts> {
    let read = |(number, source): (usize, &Source)| {
        let refusal = refusal(number);
        let facts = facts(source, bytes(source), refusal);
        tick();
        facts
    };
    sources.par_iter().enumerate().map(read).collect()
}

/// What a source's bytes say; a reader that panics makes the file unread, not the run.
pub fn facts(source: &Source, bytes: Result<Vec<u8>, Problem>, refusal: Option<&Problem>) -> Facts {
    let attempt = catch_unwind(AssertUnwindSafe(|| match bytes.and_then(|bytes| decoded(source, bytes)) {
        Ok(text) => of_text(source, &text),
        Err(problem) => Facts { problems: vec![problem], ..Facts::default() },
    }));
    let mut facts = attempt.unwrap_or_else(|_| {
        let mut facts = Facts::default();
        facts.trouble(ProblemKind::Panic, "the reader failed", Span::default());
        facts
    });
    facts.problems.extend(refusal.cloned());
    facts
}

/// A source's bytes; none of one that is withheld.
pub fn bytes(source: &Source) -> Result<Vec<u8>, Problem> {
    let unreadable = |e: std::io::Error| trouble(ProblemKind::Unreadable, e.to_string());
    match &source.content {
        Content::Withheld => Ok(Vec::new()),
        Content::Memory(text) => Ok(text.as_bytes().to_vec()),
        Content::Disk(path) => {
            let file = open::found(path).map_err(unreadable)?;
            let mut bytes = Vec::with_capacity(usize::try_from(source.size).unwrap_or(0).saturating_add(1));
            // The file may have grown since it was listed: no more than was listed is read.
            file.take(source.size).read_to_end(&mut bytes).map_err(unreadable)?;
            Ok(bytes)
        }
    }
}

/// Bytes as a source's text.
fn decoded(source: &Source, mut bytes: Vec<u8>) -> Result<String, Problem> {
    // A byte order mark is no part of the text.
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).or_else(|error| {
        // Of a program that is not followed, only names are wanted, and those are plain.
        if source.kind == Kind::Foreign {
            return Ok(String::from_utf8_lossy(error.as_bytes()).into_owned());
        }
        let latin = latin(source, &error.into_bytes());
        latin.ok_or_else(|| trouble(ProblemKind::Encoding, "not UTF-8".to_owned()))
    })
}

/// A source's text.
fn text(source: &Source) -> Result<String, Problem> {
    decoded(source, bytes(source)?)
}

fn trouble(kind: ProblemKind, reason: String) -> Problem {
    Problem { kind, reason, span: Span::default() }
}

/// Python says in its first lines if it is written in Latin-1.
fn latin(source: &Source, bytes: &[u8]) -> Option<String> {
    let start = bytes.get(..bytes.len().min(200))?;
    let declared = String::from_utf8_lossy(start).lines().take(2).any(|l| {
        let l = l.to_ascii_lowercase();
        l.contains("coding") && (l.contains("latin-1") || l.contains("latin1") || l.contains("iso-8859-1"))
    });
    (source.kind == Kind::Python && declared).then(|| bytes.iter().map(|b| char::from(*b)).collect())
}

fn of_text(source: &Source, text: &str) -> Facts {
    let name = source.path.rsplit('/').next().unwrap_or(&source.path);
    let mut facts = match source.kind {
        Kind::Python => python::read(text),
        Kind::Notebook => match notebook::python_text(text) {
            Ok(notebook) if notebook.language.contains("python") || notebook.language.contains("conda") => {
                let mut facts = python::read(&notebook.text);
                notebook::bring_names(&mut facts, &notebook.runs);
                facts.commands = notebook.runs;
                facts.parameters = notebook.parameters;
                facts
            }
            // A notebook of another language is seen but holds nothing that can be followed.
            Ok(notebook) => {
                let mut facts = Facts::default();
                let reason = format!("its cells are said to be in `{}`, which is not read", notebook.language);
                facts.trouble(ProblemKind::Partial, reason, Span::default());
                facts
            }
            Err(_) if text.trim().is_empty() => Facts::default(),
            Err(problem) => Facts { problems: vec![problem], ..Facts::default() },
        },
        Kind::Yaml => {
            let mut facts = settings::yaml(text);
            if name.starts_with("environment") || name.starts_with("conda") {
                facts.declarations = requirements::conda(&facts);
            }
            facts.declarations.extend(dbt::declarations(&facts.settings));
            flows::read(&mut facts, text, &source.path);
            facts.literals = settings::block::swallowed(text, &facts.settings);
            if name.eq_ignore_ascii_case("mlproject") {
                mlproject::read(&mut facts);
            }
            facts
        }
        Kind::Toml => {
            let mut facts = settings::toml(text);
            if name == "pyproject.toml" {
                facts.declarations = requirements::pyproject(&facts);
                flows::read(&mut facts, text, &source.path);
            }
            facts
        }
        Kind::Json => {
            let mut facts = settings::json(text);
            flows::read(&mut facts, text, &source.path);
            facts.literals = foreign::statements(&facts.settings);
            facts
        }
        // Some libraries keep JSON under this ending.
        Kind::Ini if text.trim_start().starts_with('{') => settings::json(text),
        Kind::Ini => settings::ini(text),
        Kind::Env => settings::env(text),
        Kind::Gin => settings::gin(text),
        Kind::Names => settings::names(text),
        Kind::Dvc => dvc::read(text, &source.path),
        Kind::Requirements => requirements::requirements(text),
        Kind::Owners => owners::read(text),
        Kind::Foreign => foreign::read(text, &source.path),
        Kind::Rust => rust::read(text),
        Kind::Sql => sql::file(text, name.trim_end_matches(".sql")),
        Kind::Shell => shell::read(text, &source.path),
        Kind::Makefile if just::is_recipes(name) => just::read(text),
        Kind::Makefile => make::read(text),
        Kind::Cron => cron::read(text),
        Kind::Unit => systemd::read(text, name),
        Kind::Jvm => jvm::read(text, &source.path),
        Kind::R => {
            // Its texts may name data to others, too.
            let literals = foreign::read(text, "a.r").literals;
            Facts { literals, ..r::read(text, &source.path) }
        }
        Kind::Dockerfile => docker::read(text),
        Kind::Snakemake => snakemake::read(text, &source.path),
    };
    add_environment(source, text, &mut facts);
    facts.declarations.extend(entries::scripts(name, text, &facts));
    for problem in facts.problems.iter_mut().filter(|p| p.kind == ProblemKind::Syntax) {
        if is_templated(text, problem.span) {
            problem.kind = ProblemKind::Template;
        }
    }
    facts.lines = u32::try_from(memchr::memchr_iter(b'\n', text.as_bytes()).count()).unwrap_or(u32::MAX);
    facts
}

/// Adds the variables of the environment that a file which is no code sets or asks for.
fn add_environment(source: &Source, text: &str, facts: &mut Facts) {
    if matches!(
        source.kind,
        Kind::Python | Kind::Notebook | Kind::Rust | Kind::Json | Kind::Requirements | Kind::Owners
    ) {
        return;
    }
    let set = match source.kind {
        Kind::Yaml if source.path.starts_with(".github/workflows/") => environment::workflow(&facts.settings),
        Kind::Yaml => environment::composed(&source.path, &facts.settings),
        Kind::Shell | Kind::Makefile => environment::exported(text),
        Kind::Unit => systemd::environment(text),
        Kind::Env => environment::listed(&facts.settings),
        _ => Vec::new(),
    };
    facts.environment.extend(set);
    facts.environment.extend(environment::asked(text));
    if source.kind == Kind::Yaml {
        facts.mounts = environment::mounted(&source.path, &facts.settings);
    }
    let words = facts.commands.iter().flat_map(|command| command.words.windows(2));
    let volumes = words.filter(|pair| matches!(pair[0].as_str(), "-v" | "--volume" | "-B" | "--bind"));
    facts.mounts.extend(volumes.filter_map(|pair| environment::mount(&pair[1])).collect::<Vec<_>>());
}

/// Does a placeholder of a template stand on the line of the trouble, or on the one before it?
fn is_templated(text: &str, at: Span) -> bool {
    let at = (at.start as usize).min(text.len());
    let start = text.get(..at).map_or(0, |before| before.rmatch_indices('\n').nth(1).map_or(0, |(i, _)| i + 1));
    let end = text.get(at..).and_then(|after| after.find('\n')).map_or(text.len(), |i| at + i);
    text.get(start..end).is_some_and(|lines| lines.contains("{{") || lines.contains("{%"))
}

/// A source's text with its lines, for showing places in it: what its spans count in.
pub fn lines(source: &Source) -> Option<Lines> {
    let text = text(source).ok()?;
    let (text, cells): (Arc<str>, Vec<Cell>) = match source.kind {
        Kind::Notebook => {
            let notebook = notebook::python_text(&text).ok()?;
            (notebook.text.into(), notebook.cells)
        }
        _ => (text.into(), Vec::new()),
    };
    Some(Lines::new(text, cells))
}

/// Where a notebook's code stands in its file.
pub fn origin(source: &Source) -> Option<origin::Origin> {
    (source.kind == Kind::Notebook).then(|| origin::Origin::new(&text(source).ok()?))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(path: &str, kind: Kind, text: &str) -> Source {
        Source { path: path.to_owned(), kind, content: Content::Memory(text.into()), size: 0, links: Vec::new() }
    }

    fn one(source: &Source) -> Facts {
        facts(source, bytes(source), None)
    }

    #[test]
    fn whatever_a_file_holds_reading_it_ends() {
        let deep = format!("x = {}", "(".repeat(100_000));
        let chain = format!("x = {}", "1+".repeat(200_000));
        let soup = "def f(:\n  x = [1, \nclass \0 {]\n,";
        for kind in [
            Kind::Python,
            Kind::Notebook,
            Kind::Yaml,
            Kind::Toml,
            Kind::Json,
            Kind::Ini,
            Kind::Env,
            Kind::Gin,
            Kind::Names,
            Kind::Dvc,
            Kind::Sql,
            Kind::Requirements,
            Kind::Rust,
            Kind::Shell,
            Kind::Makefile,
            Kind::Dockerfile,
            Kind::Snakemake,
            Kind::Foreign,
            Kind::Cron,
            Kind::Unit,
            Kind::R,
            Kind::Jvm,
        ] {
            for text in [deep.as_str(), chain.as_str(), soup, "", "\u{feff}", "\r\r\n\0"] {
                one(&memory("x", kind, text));
            }
        }
    }

    #[test]
    fn calls_around_a_syntax_error_are_still_seen() {
        let facts = one(&memory("a.py", Kind::Python, "a(1)\ndef f(:\n    b(2)\nc(3)\n"));
        // The parser goes on after the error, but it takes the `b` within it for a parameter.
        let is_call = |o: &&crate::fact::Op| matches!(o.kind, crate::fact::OpKind::Call(..));
        let calls: Vec<u32> = facts.ops.iter().filter(is_call).map(|o| o.span.start).collect();
        assert_eq!(calls, [0, 22]);
        assert!(!facts.problems.is_empty() && facts.problems.iter().all(|p| p.kind == ProblemKind::Syntax));
    }
}
