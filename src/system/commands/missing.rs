//! Programs that commands name and that are not there.

use crate::fact::{ROOT, Text};
use crate::program::{join, parent};
use crate::source::{At, FileId, Kind};
use crate::system::graph::System;
use crate::system::running::is_script;
use crate::system::{Known, Lost, View};
use crate::value::spelling::segments;
use crate::vocabulary::NodeKind;

/// Commands that bring files which the repository does not hold.
const BRING: [&str; 14] =
    ["git", "wget", "curl", "tar", "unzip", "svn", "aws", "gsutil", "cp", "mv", "ln", "rsync", "scp", "aria2c"];

/// The path of the program that a command names, if there is none: no file of the repository lies there or at a path that ends so,
/// the folder is one of the repository's, and nothing in sight brings it.
pub fn path(view: &View<'_>, file: FileId, folder: &str, words: &[String]) -> Option<String> {
    if let Some(module) = module(view, folder, words) {
        return Some(module);
    }
    let first = words.first()?;
    let runs =
        is_script(first) || view.lexicon.tool(words).is_some_and(|(tool, _)| tool.runs && tool.states.is_empty());
    // Options of the runner stand before the program; what follows one of those may be its value.
    let word = words
        .iter()
        .skip(usize::from(!is_script(first)))
        .take_while(|w| *w != "-c" && *w != "-m")
        .find(|w| !w.starts_with('-'))?;
    let known = !folder.contains("{}") && !folder.starts_with('/');
    let plain = |text: &str| !text.contains(['{', '*', '$', '<', '~', '?', ':', '=']);
    if !runs
        || !is_script(word)
        || word.ends_with(".sql")
        || !known
        || word.starts_with('/') && !word.starts_with(ROOT)
        || !plain(word)
    {
        return None;
    }
    let path = match word.split_once(ROOT) {
        Some((_, inside)) => segments("", inside),
        None => segments(folder, word),
    };
    let tail = segments("", word.rsplit("../").next().unwrap_or(word).rsplit(ROOT).next().unwrap_or(word));
    let ends = |other: &str| other == tail || other.strip_suffix(&tail).is_some_and(|above| above.ends_with('/'));
    let above = parent(&path);
    let there = above.is_empty() || view.program.keeps_folder(above);
    if path.contains("..") || !there || view.program.paths().any(ends) || is_brought(view, file, &tail) {
        return None;
    }
    Some(path)
}

/// The path of the module that `python -m` names, if a package of the repository should hold it and does not.
fn module(view: &View<'_>, folder: &str, words: &[String]) -> Option<String> {
    let (tool, _) = view.lexicon.tool(words)?;
    let named = words.iter().position(|word| word == "-m").filter(|_| tool.runs)?;
    let plain = |name: &&String| {
        name.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
    };
    let path = words.get(named + 1).filter(plain)?.replace('.', "/");
    let package = parent(&path);
    if package.is_empty() || folder.starts_with('/') || folder.contains("{}") {
        return None;
    }
    let ends = [format!("{path}.py"), format!("{path}/__main__.py"), format!("{path}.pyx")];
    let there =
        view.program.paths().any(|other| ends.iter().any(|end| other == end || other.ends_with(&format!("/{end}"))));
    // Only a package that is written out here is known to have no more modules than those that are here.
    let bases = [segments(folder, package), segments("", package), join("src", package)];
    let own = bases.into_iter().find(|at| view.program.at_path(&format!("{at}/__init__.py")).is_some())?;
    let made = path.rsplit('/').next().is_some_and(|name| name.contains("version") || name.contains("_pb2"));
    (!there && !made).then(|| join(&own, &ends[0][package.len() + 1..]))
}

/// Is a folder one of another machine?
fn is_outside(folder: &str) -> bool {
    folder.starts_with('/') || folder.starts_with('~') || folder.contains("{}")
}

/// Remembers what a folder of another machine is here, as a command tells that runs a program in it.
pub fn found(view: &View<'_>, known: &mut Known, at: At, folder: &str, words: &[String], program: FileId) {
    let path = view.program.path(program);
    let above = |word: &String| path.strip_suffix(word.trim_start_matches("./"));
    if is_outside(folder)
        && let Some(above) = words.iter().find_map(above)
    {
        known.rooted.insert((at.file, Text::from(folder)), above.trim_end_matches('/').to_owned());
    }
    // `python /opt/app/train.py`
    for word in words.iter().filter(|word| is_outside(word) && is_script(word)) {
        if let Some(outside) = word.strip_suffix(path) {
            known.rooted.insert((at.file, Text::from(outside)), String::new());
        }
    }
}

/// Remembers a command in a folder of another machine whose program is not found.
pub fn lost(known: &mut Known, at: At, folder: &str, words: &[String]) {
    if is_outside(folder) || words.iter().any(|word| is_outside(word) && is_script(word)) {
        known.lost.push(Lost { at, folder: Text::from(folder), words: words.to_vec() });
    }
}

/// Adds a group for each program that is not there in a folder in which the same file runs others that are.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    for lost in &known.lost {
        let file = lost.at.file;
        let (folder, words) = match known.rooted.get(&(file, lost.folder)) {
            Some(here) => (here.clone(), lost.words.clone()),
            None => {
                let Some(words) = inside(known, lost) else { continue };
                (String::new(), words)
            }
        };
        if let Some(path) = path(view, file, &folder, &words) {
            tell(view, system, lost.at, &path);
        }
    }
}

/// The words of a command with its program by the path that it has here, if the same file runs others below that folder.
fn inside(known: &Known, lost: &Lost) -> Option<Vec<String>> {
    let own = known.rooted.iter().filter(|((of, _), here)| *of == lost.at.file && here.is_empty());
    let outside: Vec<Text> = own.map(|((_, outside), _)| *outside).collect();
    let mut words = lost.words.clone();
    let program = words.iter_mut().find(|word| is_script(word))?;
    let below = outside.iter().find_map(|outside| program.strip_prefix(outside.as_str()))?;
    *program = below.trim_start_matches('/').to_owned();
    Some(words)
}

/// Does the file bring or write what it runs?
fn is_brought(view: &View<'_>, file: FileId, tail: &str) -> bool {
    let facts = view.program.file(file);
    let name = tail.rsplit('/').next().unwrap_or(tail);
    let foreign = view.program.sources[file.index()].kind == Kind::Yaml
        && facts.settings.iter().any(|s| s.keys.last().is_some_and(|key| key == "repository"));
    foreign
        || view.program.sources[file.index()].kind == Kind::Dockerfile
        || facts.commands.iter().any(|command| {
            let first = command.words.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word));
            BRING.contains(&first) || command.redirects.iter().any(|(_, place)| place.ends_with(name))
        })
}

/// Adds a group for a program that is not there.
pub fn tell(view: &View<'_>, system: &mut System, at: At, path: &str) {
    let group = system.add(NodeKind::Group, Text::from(path), at, Text::from(view.program.path(at.file)));
    system.say(group, "what", "missing-program");
    let near = view.program.paths().filter(|other| parent(other) == parent(path) && is_script(other));
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let names: Vec<String> = near.map(name).collect();
    let nearest = crate::mistake::nearest(&name(path), names.iter().map(String::as_str));
    system.say(group, "nearest", nearest.map_or_else(|| "none".to_owned(), |near| join(parent(path), near)).as_str());
}
