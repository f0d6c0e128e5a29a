//! Notebooks as the joined text of their code cells, with magics made harmless in place.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::command::split;
use crate::fact::{Command, Facts, Import, Problem, ProblemKind, Text};
use crate::source::{Cell, Span};

/// A notebook's code.
#[derive(Debug)]
pub struct Notebook {
    /// The code cells, each followed by one line break.
    pub text: String,
    /// Where each begins.
    pub cells: Vec<Cell>,
    /// Programs that `%run` and `!python` start.
    pub runs: Vec<Command>,
    /// The kernel's language, lower case.
    pub language: String,
    /// Cells that say of themselves that they hold parameters.
    pub parameters: Vec<Span>,
}

/// How a cell says that whoever runs the notebook may replace what it binds.
const PARAMETERS: &str = "parameters";

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow, default)]
    cells: Vec<RawCell<'a>>,
    #[serde(borrow, default)]
    worksheets: Vec<Worksheet<'a>>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Worksheet<'a> {
    #[serde(borrow, default)]
    cells: Vec<RawCell<'a>>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    kernelspec: Option<Kernel>,
    #[serde(default)]
    language_info: Option<Language>,
}

#[derive(Default, Deserialize)]
struct Kernel {
    #[serde(default)]
    language: Option<String>,
}

#[derive(Default, Deserialize)]
struct Language {
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
struct RawCell<'a> {
    #[serde(default)]
    cell_type: Cow<'a, str>,
    #[serde(borrow, default, alias = "input")]
    source: Lines<'a>,
    #[serde(default, rename = "outputs")]
    _outputs: IgnoredAny,
    #[serde(default)]
    metadata: CellMetadata,
}

#[derive(Default, Deserialize)]
struct CellMetadata {
    #[serde(default)]
    tags: Vec<String>,
}

/// A cell's source: one text, or a list of lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lines<'a> {
    One(String),
    Many(#[serde(borrow)] Vec<Cow<'a, str>>),
}

impl Default for Lines<'_> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// The Python text of a notebook.
///
/// # Errors
/// If the text is no notebook.
pub fn python_text(text: &str) -> Result<Notebook, Problem> {
    let text = text.trim_start_matches('\u{feff}');
    match serde_json::from_str::<Raw<'_>>(text) {
        Ok(raw) => Ok(joined(&raw)),
        Err(first) => match serde_json::from_str::<Raw<'_>>(&mended(text)) {
            Ok(raw) => Ok(joined(&raw)),
            Err(_) => Err(Problem { kind: ProblemKind::Syntax, reason: first.to_string(), span: Span::default() }),
        },
    }
}

/// Python's json writes NaN and Infinity, which stand in outputs only; no line becomes another by taking them out.
pub fn mended(text: &str) -> Cow<'_, str> {
    if ![": NaN", ": Infinity", ": -Infinity"].iter().any(|odd| text.contains(odd)) {
        return Cow::Borrowed(text);
    }
    text.replace(": NaN", ": null").replace(": Infinity", ": null").replace(": -Infinity", ": null").into()
}

fn joined(raw: &Raw<'_>) -> Notebook {
    let kernel = raw.metadata.language_info.as_ref().and_then(|l| l.name.clone());
    let kernel = kernel.or_else(|| raw.metadata.kernelspec.as_ref().and_then(|k| k.language.clone()));
    let language = kernel.unwrap_or_else(|| "python".to_owned()).to_ascii_lowercase();
    let mut notebook =
        Notebook { text: String::new(), cells: Vec::new(), runs: Vec::new(), language, parameters: Vec::new() };
    let all = raw.cells.iter().chain(raw.worksheets.iter().flat_map(|w| w.cells.iter()));
    for (index, cell) in all.enumerate() {
        if cell.cell_type != "code" {
            continue;
        }
        let start = Span::new(notebook.text.len(), 0).start;
        notebook.cells.push(Cell { start, number: Span::new(index + 1, 0).start });
        let mut code = String::new();
        match &cell.source {
            Lines::One(text) => code.push_str(text),
            Lines::Many(lines) => lines.iter().for_each(|line| code.push_str(line)),
        }
        plain(&dedented(&code), start as usize, &mut notebook);
        while notebook.text.ends_with('\n') && notebook.text.len() > start as usize {
            notebook.text.pop();
        }
        if cell.metadata.tags.iter().any(|tag| tag == PARAMETERS) {
            notebook.parameters.push(Span::new(start as usize, notebook.text.len()));
        }
        notebook.text.push('\n');
    }
    notebook
}

/// A cell without the indentation of its first line, which IPython takes off every line.
fn dedented(code: &str) -> Cow<'_, str> {
    let first = code.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let indent = &first[..first.len() - first.trim_start_matches([' ', '\t']).len()];
    if indent.is_empty() {
        return code.into();
    }
    code.split_inclusive('\n').map(|line| line.strip_prefix(indent).unwrap_or(line)).collect::<String>().into()
}

/// Cell magics whose cell is still Python.
const TRANSPARENT: [&str; 4] = ["%%time", "%%timeit", "%%capture", "%%prun"];

/// Does a cell write a module of Python that it holds? Its code is the notebook's, wherever it runs.
fn writes_module(cell: &str) -> bool {
    let head = cell.lines().next().unwrap_or_default();
    head.starts_with("%%writefile ") && head.trim_end().ends_with(".py")
}

/// Adds a cell with every magic replaced by as many bytes of plain Python.
fn plain(code: &str, start: usize, notebook: &mut Notebook) {
    let first = code.trim_start();
    let whole = first.starts_with("%%") && !TRANSPARENT.iter().any(|m| first.starts_with(m)) && !writes_module(first);
    // Inside brackets and triple quotes a `%` begins no magic.
    let (mut depth, mut quote) = (0_i32, None::<&str>);
    // A magic goes on behind a backslash.
    let mut continued = false;
    for line in code.split_inclusive('\n') {
        let bare = line.trim_start();
        let offset = start + notebook.text.len() - start;
        let magic = depth == 0 && quote.is_none();
        if whole {
            blank(line, "", &mut notebook.text);
        } else if std::mem::take(&mut continued) {
            continued = line.trim_end().ends_with('\\');
            blank(line, "", &mut notebook.text);
        } else if magic && (bare.starts_with(['%', '!', '?']) || is_automagic(bare)) {
            continued = line.trim_end().ends_with('\\');
            run(bare, Span::new(offset, offset + line.trim_end().len()), &mut notebook.runs);
            blank(line, "0", &mut notebook.text);
        } else if magic && let Some(at) = assigned_magic(line) {
            notebook.text.push_str(&line[..at]);
            blank(&line[at..], "0", &mut notebook.text);
        } else if magic && bare.trim_end().ends_with('?') && !bare.contains(['"', '\'', '#']) {
            blank(line, "0", &mut notebook.text);
        } else {
            notebook.text.push_str(line);
            (depth, quote) = nesting(line, depth, quote);
        }
    }
}

/// `%run other.py` brings the other file's names, as `from other import *` does.
pub fn bring_names(facts: &mut Facts, runs: &[Command]) {
    for command in runs {
        let Some(path) = command.words.first() else { continue };
        let Some(stem) = path.strip_suffix(".py").or_else(|| path.strip_suffix(".ipynb")) else { continue };
        let (mut stem, mut level) = (stem.trim_start_matches("./"), 1);
        while let Some(above) = stem.strip_prefix("../") {
            (stem, level) = (above, level + 1);
        }
        let star = Text::from("*");
        let module = Text::from(&stem.replace('/', "."));
        facts.imports.push(Import {
            module,
            level,
            name: Some(star),
            alias: star,
            value: 0,
            span: command.span,
            optional: false,
        });
    }
}

/// Commands that a notebook takes without a mark.
fn is_automagic(line: &str) -> bool {
    ["pip install ", "conda install ", "pip uninstall "].iter().any(|command| line.starts_with(command))
}

/// Replaces a line by a value and blanks, byte for byte; indentation and line break stay.
fn blank(line: &str, value: &str, out: &mut String) {
    let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
    let body = line.trim_end_matches(['\n', '\r']).len();
    out.push_str(&line[..indent.min(body)]);
    if body > indent {
        out.push_str(value);
        out.extend(std::iter::repeat_n(' ', (body - indent).saturating_sub(value.len())));
    }
    out.push_str(&line[body..]);
}

/// Where the magic begins in `x = !cmd` and `x = %magic`.
fn assigned_magic(line: &str) -> Option<usize> {
    let (name, rest) = line.split_once('=')?;
    let name = name.trim();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_., ".contains(c));
    let value = rest.trim_start();
    (plain && value.starts_with(['!', '%'])).then(|| line.len() - value.len())
}

fn run(line: &str, span: Span, runs: &mut Vec<Command>) {
    let command = line.strip_prefix("%run").or_else(|| line.strip_prefix('!')).map(str::trim);
    runs.extend(command.into_iter().flat_map(|c| split(c, span)));
}

/// Bracket depth and open triple quote after a line.
pub fn nesting<'a>(line: &'a str, mut depth: i32, mut quote: Option<&'a str>) -> (i32, Option<&'static str>) {
    let mut rest = line;
    let mut single: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        let triple = ["\"\"\"", "'''"].into_iter().find(|q| rest.starts_with(q));
        let mut step = c.len_utf8();
        match (quote, single, triple) {
            (Some(open), _, Some(q)) if q == open => {
                quote = None;
                step = 3;
            }
            (Some(_), ..) => {}
            (None, None, Some(q)) => {
                quote = Some(q);
                step = 3;
            }
            (None, Some(open), _) => {
                if c == '\\' {
                    step += rest[step..].chars().next().map_or(0, char::len_utf8);
                } else if c == open {
                    single = None;
                }
            }
            (None, None, None) => match c {
                '"' | '\'' => single = Some(c),
                '#' => break,
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            },
        }
        rest = &rest[step.min(rest.len())..];
    }
    let quote = match quote {
        Some("\"\"\"") => Some("\"\"\""),
        Some(_) => Some("'''"),
        None => None,
    };
    (depth.max(0), quote)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn notebook(cells: &[&str]) -> Notebook {
        let cells: Vec<serde_json::Value> = cells
            .iter()
            .map(|c| serde_json::json!({"cell_type": "code", "source": c, "outputs": [{"x": 1.5}]}))
            .collect();
        python_text(&serde_json::json!({"cells": cells, "nbformat": 4}).to_string()).unwrap()
    }

    #[test]
    fn cells_are_joined_and_magics_keep_their_room() {
        let notebook = notebook(&[
            "%matplotlib inline\nx = !ls\n",
            "%%bash\nrm -rf /",
            "%run a.py b\ny = [\n%s]",
            "?x",
            "!a \\\n  b\nz",
        ]);
        assert_eq!(
            notebook.text,
            "0                 \nx = 0  \n      \n        \n0          \ny = [\n%s]\n0 \n0   \n   \nz\n"
        );
        assert_eq!(notebook.cells.iter().map(|c| c.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(notebook.runs[0].words[0], "a.py");
    }

    #[test]
    fn odd_notebooks_are_read() {
        let text = "\u{feff}{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"a = 1\\n\", \"b\"], \"outputs\": [{\"v\": NaN}]}]}";
        assert_eq!(python_text(text).unwrap().text, "a = 1\nb\n");
        let text = "{\"worksheets\": [{\"cells\": [{\"cell_type\": \"code\", \"input\": \"c\"}]}]}";
        assert_eq!(python_text(text).unwrap().text, "c\n");
        assert!(python_text("{\"cells\": [").is_err());
    }
}
