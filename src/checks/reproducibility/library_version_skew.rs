//! Libraries that keep a model in one version and load it in another.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::fact::Text;
use crate::program::parent;
use crate::source::{At, FileId};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::{NodeId, System, Value};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A package that a file asks for in one version.
struct Pin {
    package: Text,
    version: Text,
    node: NodeId,
    at: At,
}

pub const CHECK: Check = Check { rule: "library-version-skew", find };

/// One sighting for each package that fits a model in one version, where a program of another version loads it.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let mut found = Vec::new();
    let pins = pins(system);
    if pins.len() < 2 {
        return found;
    }
    let folders: FxHashSet<&str> = pins.keys().map(|file| parent(view.program.path(*file))).collect();
    let mut told: FxHashSet<(NodeId, NodeId)> = FxHashSet::default();
    for (fit, asked) in pairs(system) {
        let (from, to) = (system.node(fit).at.file, system.node(asked).at.file);
        if !grounds.is_product(from) || !grounds.is_product(to) {
            continue;
        }
        let home = |file: FileId| home(&folders, view.program.path(file));
        let environment = |file: FileId| {
            let told = image(grounds, &pins, file);
            if told.is_empty() { home(file).map(|folder| in_folder(view, &pins, folder)) } else { Some(told) }
        };
        let (Some(trains), Some(serves)) = (environment(from), environment(to)) else { continue };
        if trains.iter().any(|file| serves.contains(file)) {
            continue;
        }
        let Some(Value::Text(library)) = system.get(fit, "library") else { continue };
        let keeps = |package: &Text| {
            view.lexicon.is_learning_package(*package) && view.lexicon.distributions.is_package_of(package, &library)
        };
        for pin in of(&pins, &trains).filter(|pin| keeps(&pin.package)) {
            let Some(other) =
                of(&pins, &serves).find(|other| other.package == pin.package && other.version != pin.version)
            else {
                continue;
            };
            if !told.insert((pin.node, other.node)) {
                continue;
            }
            let (trained, served) = (Text::from(plain(&pin.version)), Text::from(plain(&other.version)));
            let name = Text::from(&format!("{} {trained} and {served}", pin.package));
            found.push(Sighting::new(
                other.at,
                vec![Text::from(view.program.path(other.at.file)), name],
                grounds.certainty(Certainty::Inferred, &[pin.node, asked]),
                vec![
                    ("package", pin.package.into()),
                    ("trained", trained.into()),
                    ("served", served.into()),
                    ("pin", pin.at.into()),
                    ("prediction", asked.into()),
                ],
            ));
        }
    }
    found
}

/// What files ask for.
fn of<'p>(pins: &'p BTreeMap<FileId, Vec<Pin>>, files: &[FileId]) -> impl Iterator<Item = &'p Pin> {
    files.iter().filter_map(|file| pins.get(file)).flatten()
}

/// The files of a folder that ask for packages.
fn in_folder(view: &View<'_>, pins: &BTreeMap<FileId, Vec<Pin>>, folder: &str) -> Vec<FileId> {
    pins.keys().filter(|file| parent(view.program.path(**file)) == folder).copied().collect()
}

/// The files that ask for packages where a program is started: the one that starts it, and those that it installs from.
fn image(grounds: &Grounds<'_>, pins: &BTreeMap<FileId, Vec<Pin>>, program: FileId) -> Vec<FileId> {
    let view = grounds.view;
    let mut found = Vec::new();
    for start in grounds.known.invocations.iter().filter(|start| start.program == program) {
        let own = start.at.file;
        let commands = view.program.file(own).commands.iter();
        let installs = commands.filter(|command| command.words.iter().any(|word| view.lexicon.words.installs(word)));
        let named = installs.flat_map(|command| command.words.iter()).filter_map(|word| {
            let name = word.rsplit('/').next()?;
            let same = |file: &&FileId| view.program.path(**file).rsplit('/').next() == Some(name);
            let mut files = pins.keys().filter(same);
            files.next().filter(|_| files.next().is_none()).copied()
        });
        found.extend(named.chain(pins.contains_key(&own).then_some(own)));
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn plain(version: &str) -> &str {
    version.trim_start_matches(['=', ' '])
}

/// The exact versions that files ask for.
fn pins(system: &System) -> BTreeMap<FileId, Vec<Pin>> {
    let mut pins: BTreeMap<FileId, Vec<Pin>> = BTreeMap::new();
    for (node, package) in system.nodes().filter(|(id, n)| n.kind == NodeKind::Package && system.is(*id, "pinned")) {
        let Some(Value::Text(version)) = system.get(node, "version") else { continue };
        pins.entry(package.at.file).or_default().push(Pin { package: package.name, version, node, at: package.at });
    }
    pins
}

/// The trainings and the predictions of one model.
fn pairs(system: &System) -> Vec<(NodeId, NodeId)> {
    let kind = |id: NodeId| system.node(id).kind;
    let feeds = system.edges().filter(|e| e.kind == EdgeKind::Feeds);
    let joined = feeds.filter(|e| kind(e.from) == NodeKind::Training && kind(e.to) == NodeKind::Prediction);
    joined.map(|e| (e.from, e.to)).collect()
}

/// The nearest folder above a program that asks for packages.
fn home<'f>(folders: &FxHashSet<&'f str>, path: &str) -> Option<&'f str> {
    let mut folder = parent(path);
    loop {
        if let Some(found) = folders.get(folder) {
            return Some(found);
        }
        if folder.is_empty() {
            return None;
        }
        folder = parent(folder.trim_end_matches('/'));
    }
}
