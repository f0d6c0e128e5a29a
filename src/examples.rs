//! Examples of rules run as their tests.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::lexicon::Lexicon;
use crate::rule::{Example, Rule};
use crate::source::{Content, Kind, Lines, Source};

/// Marks the primary line of an expected finding.
const MARK: &str = "<- debt";

/// Runs a rule's examples; each failure in words.
pub fn check(rule: &Rule, catalog: &Catalog, lexicon: &Lexicon) -> Vec<String> {
    let alone = catalog.filtered(|r| r.name == rule.name);
    let mut failures = Vec::new();
    if rule.examples.is_empty() {
        failures.push(format!("{}: has no example", rule.name));
    }
    for example in &rule.examples {
        for problem in [debt(example, &alone, lexicon), clean(example, &alone, lexicon)].into_iter().flatten() {
            failures.push(format!("{}, example \"{}\": {problem}", rule.name, example.name));
        }
    }
    failures
}

fn debt(example: &Example, catalog: &Catalog, lexicon: &Lexicon) -> Option<String> {
    if example.debt.is_empty() {
        return None;
    }
    let expected = marked(&example.debt);
    if expected.is_empty() {
        return Some(format!("no line of `debt` is marked with `{MARK}`"));
    }
    let found = found(&example.debt, catalog, lexicon);
    (found != expected).then(|| format!("expected findings at {expected:?}, found {found:?}"))
}

fn clean(example: &Example, catalog: &Catalog, lexicon: &Lexicon) -> Option<String> {
    let found = found(&example.clean, catalog, lexicon);
    (!found.is_empty()).then(|| format!("`clean` must be silent, found {found:?}"))
}

/// The marked lines, as path and line.
fn marked(files: &BTreeMap<String, String>) -> Vec<(String, u32)> {
    let mut lines = Vec::new();
    for (path, text) in files {
        for (number, line) in text.lines().enumerate() {
            if line.contains(MARK) {
                lines.push((path.clone(), u32::try_from(number + 1).unwrap_or(u32::MAX)));
            }
        }
    }
    lines
}

fn found(files: &BTreeMap<String, String>, catalog: &Catalog, lexicon: &Lexicon) -> Vec<(String, u32)> {
    let sources = sources(files);
    let kept: Vec<String> = files.keys().filter(|path| sources.iter().all(|s| s.path != **path)).cloned().collect();
    let (facts, mut findings) = crate::examine(&sources, &kept, lexicon, catalog);
    crate::ledger::allow(&mut findings, &sources, &facts, catalog);
    let mut lines: Vec<(String, u32)> = findings
        .iter()
        .filter_map(|finding| {
            let source = sources.get(finding.at.file.index())?;
            let text = files.get(&source.path)?;
            let line = match source.kind {
                // The example's own lines, not the cell's.
                Kind::Notebook => notebook_line(text, &crate::read::lines(source)?, finding.at.span.start),
                _ => crate::read::lines(source)?.position(finding.at.span.start).line,
            };
            Some((source.path.clone(), line))
        })
        .collect();
    lines.sort();
    lines.dedup();
    lines
}

/// Sources held in memory; an `.ipynb` is written as `# %%` cells.
pub fn sources(files: &BTreeMap<String, String>) -> Vec<Source> {
    let mut sources = Vec::new();
    for (path, text) in files {
        let Some(kind) = crate::discover::kind(path, None, 0) else { continue };
        let content = if kind == Kind::Notebook { notebook(text) } else { text.clone() };
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        sources.push(Source {
            path: path.clone(),
            kind,
            content: Content::Memory(content.into()),
            size,
            links: Vec::new(),
        });
    }
    sources.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    sources
}

fn notebook(text: &str) -> String {
    let cells: Vec<serde_json::Value> =
        cells(text).iter().map(|(_, cell)| serde_json::json!({"cell_type": "code", "source": cell})).collect();
    serde_json::json!({"cells": cells, "nbformat": 4, "metadata": {}}).to_string()
}

/// The cells and the line of the text at which each begins.
fn cells(text: &str) -> Vec<(usize, String)> {
    let mut cells: Vec<(usize, String)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("# %%") || cells.is_empty() {
            cells.push((number + usize::from(line.starts_with("# %%")), String::new()));
        }
        if !line.starts_with("# %%")
            && let Some((_, cell)) = cells.last_mut()
        {
            cell.push_str(line);
            cell.push('\n');
        }
    }
    cells
}

fn notebook_line(text: &str, lines: &Lines, offset: u32) -> u32 {
    let position = lines.position(offset);
    let cell = position.cell.and_then(|n| cells(text).get(n as usize - 1).map(|(start, _)| *start)).unwrap_or(0);
    u32::try_from(cell).unwrap_or(u32::MAX).saturating_add(position.line)
}
