//! The data that commands themselves read and write: what is copied, fetched, unpacked and redirected, and the tables of
//! statements on the command line.

use super::Run;
use super::programs::folders;
use crate::fact::{Access, Text};
use crate::lexicon::Tool;
use crate::read::sql;
use crate::source::At;
use crate::system::View;
use crate::system::data;
use crate::system::graph::{NodeId, System};
use crate::value::place::Place;
use crate::vocabulary::{Certainty, EdgeKind};

/// Adds what a command reads and writes; gives what it makes of what, source first.
pub(super) fn derive(view: &View<'_>, system: &mut System, run: &Run, words: &[String]) -> Vec<(NodeId, NodeId)> {
    let (mut fed, mut filled) = (Vec::new(), Vec::new());
    for (access, place) in &run.redirects {
        let touched = touch(view, system, run, *access, place, false);
        if *access == Access::Read { fed.extend(touched) } else { filled.extend(touched) }
    }
    let Some((tool, named)) = view.lexicon.tool(words) else { return Vec::new() };
    let arguments = words.get(named..).unwrap_or_default();
    let Moved { taken, given, folders } = moved(tool, arguments);
    statements(view, system, run, tool, arguments);
    let mut read = if tool.filters { fed } else { Vec::new() };
    for place in &taken {
        // What lies elsewhere is fetched.
        read.extend(touch(view, system, run, Access::Read, place, false).filter(|_| !place.contains("://")));
    }
    let several = taken.len() > 1;
    let mut written = if tool.filters { filled } else { Vec::new() };
    for place in given {
        // A folder takes what is put into it under its own name.
        let named = taken.first().and_then(|first| first.trim_end_matches('/').rsplit('/').next());
        let inside = named.filter(|name| (place.ends_with('/') || place == "." || several) && name.contains('.'));
        let place = inside.map_or_else(|| place.to_owned(), |name| format!("{}/{name}", place.trim_end_matches('/')));
        let far = place.contains("://") || taken.iter().any(|t| t.contains("://"));
        written.extend(touch(view, system, run, Access::Write, &place, far));
    }
    for folder in folders {
        let name = arguments.iter().find(|a| a.contains("://")).and_then(|a| a.rsplit('/').next());
        let place = match name.filter(|_| !tool.unpacks) {
            Some(name) => format!("{}/{name}", folder.trim_end_matches('/')),
            None => folder.to_owned(),
        };
        written.extend(touch(view, system, run, Access::Write, &place, tool.unpacks));
    }
    let made: Vec<(NodeId, NodeId)> =
        written.iter().flat_map(|target| read.iter().map(|source| (*source, *target))).collect();
    for (source, target) in &made {
        system.join(EdgeKind::Derives, *target, *source, run.at, Certainty::Inferred);
    }
    made
}

/// What a command's arguments name.
#[derive(Default)]
struct Moved<'w> {
    taken: Vec<&'w str>,
    given: Vec<&'w str>,
    folders: Vec<&'w str>,
}

fn moved<'w>(tool: &Tool, arguments: &'w [String]) -> Moved<'w> {
    let mut moved = Moved::default();
    let mut plain: Vec<&'w str> = Vec::new();
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let (flag, mut value) = match word.split_once('=') {
            Some((flag, value)) if word.starts_with("--") => (flag, Some(value)),
            _ => (word, None),
        };
        let is = |flags: &[String]| flags.iter().any(|f| f == flag);
        let list = if is(&tool.takes_with) {
            Some(&mut moved.taken)
        } else if is(&tool.gives_with) {
            Some(&mut moved.given)
        } else if is(&tool.gives_in) {
            Some(&mut moved.folders)
        } else {
            None
        };
        match list {
            Some(list) => {
                value = value.or_else(|| words.next());
                list.extend(value);
            }
            None if is(&tool.valued) => drop(value.or_else(|| words.next())),
            None if word.starts_with('-') && word.len() > 1 => {}
            None => plain.push(word),
        }
    }
    moved.taken.extend(tool.takes.map(|takes| takes.of(&plain)).unwrap_or_default());
    moved.given.extend(tool.gives.map(|gives| gives.of(&plain)).unwrap_or_default());
    moved
}

/// Adds the tables of the statements on a command line.
fn statements(view: &View<'_>, system: &mut System, run: &Run, tool: &Tool, arguments: &[String]) {
    if tool.states.is_empty() {
        return;
    }
    let begins = |word: &str| {
        let first = word.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        word.contains(' ')
            && matches!(
                first.as_str(),
                "select" | "insert" | "create" | "delete" | "update" | "merge" | "truncate" | "drop" | "with" | "copy"
            )
    };
    let fed = run.fed.as_str();
    let said = arguments.iter().map(String::as_str).chain(Some(fed).filter(|text| !text.trim().is_empty()));
    for word in said.map(|word| word.trim_start().trim_start_matches('\\')).filter(|word| begins(word)) {
        for table in sql::statement(word) {
            data::use_table(view, system, run.code, run.at, run.symbol, &table, Certainty::Inferred);
        }
    }
}

/// Adds a file that a command touches, if it is data; whatever is `certain` to be data needs no ending that says so.
fn touch(view: &View<'_>, system: &mut System, run: &Run, access: Access, text: &str, certain: bool) -> Option<NodeId> {
    let remote = text.contains("://");
    if text.is_empty() || text.starts_with('-') || (!certain && !remote && !view.lexicon.words.ends_as_data(text)) {
        return None;
    }
    let place = place(view, run, text)?;
    let dataset = data::node(system, &place, run.at, run.symbol);
    system.say(dataset, "content", "data");
    let kind = match access {
        Access::Read => EdgeKind::Reads,
        Access::Write | Access::Append => EdgeKind::Writes,
        Access::Delete => EdgeKind::Drops,
    };
    // What is fetched from elsewhere is told with how far it is fixed.
    if access != Access::Read || !remote {
        system.join(kind, run.code, dataset, run.at, Certainty::Inferred);
    }
    Some(dataset)
}

/// The place that a command names, as seen from where it runs.
pub(super) fn place(view: &View<'_>, run: &Run, text: &str) -> Option<Place> {
    let folders = folders(view, run.at.file, &run.folder);
    // Where a script starts is the root, unless the folder beside it is what the path begins with.
    let first = text.trim_start_matches("./").split('/').next().unwrap_or_default();
    let holds = |base: &str| {
        !first.is_empty() && text.contains('/') && view.program.keeps_folder(&crate::program::join(base, first))
    };
    let folder = match folders.iter().find(|(folder, said)| *said || holds(folder)) {
        Some((folder, _)) => folder.clone(),
        None => String::new(),
    };
    let place = view.placer.path(text, run.at.file, Some(&folder));
    let code = view.program.at_path(&place.name).is_some();
    (place.known && !code && !place.name.contains('*')).then_some(place)
}

/// Joins what a step's commands redirect to the step.
pub fn redirected(
    view: &View<'_>,
    system: &mut System,
    step: NodeId,
    at: At,
    folder: &str,
    redirects: &[(Access, Text)],
) {
    for (access, text) in redirects.iter().filter(|(_, text)| view.lexicon.words.ends_as_data(text)) {
        let place = view.placer.path(text, at.file, Some(folder));
        if !place.known || view.program.at_path(&place.name).is_some() {
            continue;
        }
        let dataset = data::node(system, &place, at, Text::from(view.program.path(at.file)));
        let kind = if *access == Access::Read { EdgeKind::Reads } else { EdgeKind::Writes };
        system.join(kind, step, dataset, at, Certainty::Seen);
        system.join(EdgeKind::Declares, step, dataset, at, Certainty::Seen);
    }
}
