//! Who owns code and data, as CODEOWNERS says, and which models learn from what others own.

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, Role, View};
use crate::fact::{Declaration, Ownership, Text};
use crate::source::{At, FileId, Kind};
use crate::system::graph::{NodeId, System, Value};
use crate::vocabulary::{EdgeKind, NodeKind};

/// Where platforms look for the file, in the order of GitHub.
const PLACES: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// Adds owners, and says of data whether those who learn from it own it.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let Some(file) = PLACES.iter().find_map(|place| view.program.at_path(place)) else { return };
    let owners = Owners::new(view.program.file(file).declarations.iter());
    for (file, module) in view.program.files().zip(&known.modules) {
        own(system, *module, owners.of(view.program.path(file)));
    }
    let datasets: Vec<NodeId> = system.nodes().filter(|(_, n)| n.kind == NodeKind::Dataset).map(|(id, _)| id).collect();
    for dataset in &datasets {
        let node = system.node(*dataset);
        // Who owns the data itself, or else the code that first names it.
        let of = match owners.of(&node.name) {
            [] if system.is(*dataset, "remote") || node.name.contains(':') => {
                owners.of(view.program.path(node.at.file))
            }
            of => of,
        };
        own(system, *dataset, of);
    }
    for dataset in datasets {
        foreign(view, system, known, dataset);
    }
    unowned(view, system, known, &owners);
}

/// Adds a group for each file that fits a model, or writes what one learns from, and that nobody owns, where other
/// code is owned.
fn unowned(view: &View<'_>, system: &mut System, known: &Known, owners: &Owners<'_>) {
    let mut code = view.program.files().filter(|file| view.is_code(*file));
    if !code.any(|file| !owners.of(view.program.path(file)).is_empty()) {
        return;
    }
    let is_fit = |id: NodeId| system.get(id, "learns") == Some(Value::Text(Text::from("model")));
    let fits = system.nodes().filter(|(id, node)| node.kind == NodeKind::Training && is_fit(*id));
    let fits = fits.map(|(_, node)| (node.at, "fits a model"));
    let learnt = |data: NodeId| system.reached(data, EdgeKind::Feeds).any(is_fit);
    let writes = system.edges().filter(|edge| edge.kind == EdgeKind::Writes && learnt(edge.to));
    let writes = writes.map(|edge| (edge.at, "writes what a model learns from"));
    let free = |file: FileId| {
        let real = !matches!(known.roles[file.index()], Role::Test | Role::Prototype);
        real && view.is_code(file) && owners.of(view.program.path(file)).is_empty()
    };
    let mut told: FxHashSet<FileId> = FxHashSet::default();
    let found = fits.chain(writes).filter(|(at, _)| free(at.file) && told.insert(at.file));
    let found: Vec<(At, &str)> = found.collect();
    for (at, because) in found {
        let path = Text::from(view.program.path(at.file));
        let group = system.add(NodeKind::Group, path, at, path);
        system.say(group, "what", "unowned");
        system.say(group, "because", because);
        system.say(group, "role", known.roles[at.file.index()].word());
    }
}

fn own(system: &mut System, id: NodeId, owners: &[Text]) {
    if !owners.is_empty() {
        let names: Vec<&str> = owners.iter().map(|owner| owner.as_str()).collect();
        system.say(id, "owner", &names.join(" "));
    }
}

/// Names the owners of data that a model of others learns from.
fn foreign(view: &View<'_>, system: &mut System, known: &Known, dataset: NodeId) {
    let owner = |system: &System, id: NodeId| match system.get(id, "owner") {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    };
    let module = |id: NodeId| known.modules[system.node(id).at.file.index()];
    let code = |file: FileId| view.program.sources[file.index()].kind != Kind::Owners;
    let writers = system.reaching(dataset, EdgeKind::Writes).filter(|id| code(system.node(*id).at.file));
    let made_by: FxHashSet<Text> = writers.filter_map(|id| owner(system, module(id))).collect();
    let makers: Vec<Text> =
        if made_by.is_empty() { owner(system, dataset).into_iter().collect() } else { made_by.into_iter().collect() };
    let trainings = system.reached(dataset, EdgeKind::Feeds).filter(|id| system.node(*id).kind == NodeKind::Training);
    let learners: FxHashSet<Text> = trainings.filter_map(|id| owner(system, module(id))).collect();
    let shares = |a: &Text, b: &Text| a.split(' ').any(|one| b.split(' ').any(|other| one == other));
    let apart = !makers.is_empty()
        && !learners.is_empty()
        && !makers.iter().any(|maker| learners.iter().any(|learner| shares(maker, learner)));
    if apart {
        let mut makers: Vec<&str> = makers.iter().map(|maker| maker.as_str()).collect();
        makers.sort_unstable();
        system.say(dataset, "foreign", &makers.join(" "));
    }
}

/// The owners of paths.
struct Owners<'a> {
    patterns: Gitignore,
    owners: FxHashMap<String, &'a [Text]>,
}

impl<'a> Owners<'a> {
    fn new(declarations: impl Iterator<Item = &'a Declaration>) -> Self {
        let mut builder = GitignoreBuilder::new("");
        let mut owners = FxHashMap::default();
        let lines = declarations.filter_map(|d| if let Declaration::Owner(line) = d { Some(line) } else { None });
        for Ownership { pattern, owners: named } in lines {
            // A folder's pattern speaks of all that lies in it.
            for pattern in [pattern.text.to_string(), format!("{}/**", pattern.text.trim_end_matches('/'))] {
                // A pattern that is none owns nothing; one that ends in a star names files, not folders.
                if !pattern.ends_with("*/**") && builder.add_line(None, &pattern).is_ok() {
                    owners.insert(pattern, named.as_slice());
                }
            }
        }
        Self { patterns: builder.build().unwrap_or_else(|_| Gitignore::empty()), owners }
    }

    /// Who owns a path relative to the root: the last pattern that fits says.
    fn of(&self, path: &str) -> &'a [Text] {
        // What lies outside of the root, or is no path at all, fits no pattern.
        if path.starts_with(['/', '.']) || path.contains(':') {
            return &[];
        }
        let fits = self.patterns.matched(path, false);
        fits.inner().and_then(|glob| self.owners.get(glob.original())).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_wins_and_may_name_nobody() {
        let facts = crate::read::owners::read("* @team\n/data/ @data @ops\n*.sql @sql\n/data/free/\n");
        let owners = Owners::new(facts.declarations.iter());
        assert_eq!(owners.of("train.py"), ["@team"]);
        assert_eq!(owners.of("data/raw/a.csv"), ["@data", "@ops"]);
        assert_eq!(owners.of("data/a.sql"), ["@sql"]);
        assert!(owners.of("data/free/a.csv").is_empty());
    }
}
