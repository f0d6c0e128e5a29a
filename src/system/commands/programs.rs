//! Which file of the repository a command runs.

use crate::fact::{ROOT, Text};
use crate::program::parent;
use crate::source::{FileId, Kind};
use crate::system::View;
use crate::system::running::{is_script, program_of};
use crate::value::spelling::segments;

/// A file that a command runs.
pub struct Program {
    /// The file.
    pub file: FileId,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The folder in which it is run, if the script says.
    pub folder: Option<String>,
}

/// The words without those of programs that only run another one.
pub fn unwrapped<'w>(view: &View<'_>, words: &'w [String]) -> &'w [String] {
    let Some((_, named)) = view.lexicon.tool(words).filter(|(tool, _)| tool.wraps) else { return words };
    let rest = words.get(named..).unwrap_or_default();
    let inner = (0..rest.len()).find(|i| view.lexicon.tool(&rest[*i..]).is_some() || is_script(&rest[*i]));
    inner.map_or(rest, |i| unwrapped(view, &rest[i..]))
}

/// The file that a command runs: below the folder of its script, or below the root, for where the script starts is not known.
pub fn program(view: &View<'_>, file: FileId, below: Text, words: &[String]) -> Option<Program> {
    let first = words.first()?;
    let runs = is_script(first)
        || first.contains("{}")
        || first.starts_with("./")
        || first.starts_with(ROOT)
        || view.lexicon.tool(words).is_some_and(|(tool, _)| tool.runs);
    if !runs {
        return None;
    }
    let folders = folders(view, file, &below);
    folders.into_iter().find_map(|(folder, said)| {
        let (file, arguments) = program_of(view, words, &folder)?;
        Some(Program { file, arguments, folder: said.then_some(folder) })
    })
}

/// The folders in which a command of a script may run, and whether the script says so.
pub fn folders(view: &View<'_>, file: FileId, below: &str) -> Vec<(String, bool)> {
    let own = parent(view.program.path(file));
    if let Some(inside) = below.strip_prefix(ROOT) {
        return vec![(segments("", inside), true)];
    }
    let said = !below.is_empty();
    if below.starts_with('/') || below.contains("{}") {
        return elsewhere(view, below, own);
    }
    let kind = view.program.sources[file.index()].kind;
    // Workflows start at the root, recipes in the folder of their Makefile.
    let bases: &[&str] = match kind {
        Kind::Yaml if view.program.path(file).contains(".git") => &["", own],
        _ => &[own, ""],
    };
    bases.iter().map(|base| (segments(base, below), said)).collect()
}

/// A folder by the path that it has where the script runs: it ends as its path in the repository does.
fn elsewhere(view: &View<'_>, path: &str, own: &str) -> Vec<(String, bool)> {
    let path = path.rsplit("{}").next().unwrap_or(path).trim_matches('/');
    let mut found = Vec::new();
    let mut rest = Some(path).filter(|path| !path.is_empty());
    while let Some(folder) = rest {
        if view.program.keeps_folder(folder) {
            found.push((folder.to_owned(), true));
            break;
        }
        rest = folder.split_once('/').map(|(_, below)| below);
    }
    found.extend([(String::new(), false), (own.to_owned(), false)]);
    found
}
