//! Packages that do the learning and stand everywhere, with no module of the repository's own between.

use rustc_hash::FxHashMap;

use super::{Known, Role, View};
use crate::fact::Text;
use crate::program::Imported;
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A module with this share of all calls, in percent, is the adapter through which the others use the package.
const ADAPTER: usize = 60;

/// The modules that import a package, with the place of the import.
type Importers = Vec<(FileId, At)>;

/// Adds a group for each black box that modules import; they are its members.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let real = |file: &FileId| !matches!(known.roles[file.index()], Role::Test | Role::Prototype);
    let code: Vec<FileId> = view.program.files().filter(|file| view.is_code(*file) && real(file)).collect();
    let mut importers: FxHashMap<&str, Importers> = FxHashMap::default();
    for file in &code {
        for (index, import) in (0..).zip(&view.program.file(*file).imports) {
            let Imported::Library(name) = view.program.imported(*file, index) else { continue };
            let Some(package) = black_box(view, name) else { continue };
            let of = importers.entry(package).or_default();
            if of.last().is_none_or(|(last, _)| last != file) {
                of.push((*file, At { file: *file, span: import.span }));
            }
        }
    }
    let mut importers: Vec<(&str, Importers)> = importers.into_iter().collect();
    importers.sort_unstable_by_key(|(package, _)| *package);
    for (package, of) in importers {
        let mut roles: Vec<Role> = Vec::new();
        for (file, _) in &of {
            let role = known.roles[file.index()];
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        let calls = calls(view, package, &of);
        let most = calls.iter().max().copied().unwrap_or(0);
        let all: usize = calls.iter().sum();
        system.coverage.gauges.boxed += all;
        system.coverage.gauges.adapted += most;
        if roles.len() < 2 || most * 100 >= all * ADAPTER {
            continue;
        }
        let Some((_, first)) = of.first() else { continue };
        let group = system.add(NodeKind::Group, Text::from(package), *first, Text::from(package));
        system.say(group, "what", "locked-in");
        system.count(group, "size", of.len());
        system.count(group, "share", of.len() * 100 / code.len().max(1));
        for (file, at) in of {
            system.join(EdgeKind::Imports, known.modules[file.index()], group, at, Certainty::Seen);
        }
    }
}

/// The black box that an imported name belongs to.
fn black_box<'v>(view: &View<'v>, name: Text) -> Option<&'v str> {
    let inside = |package: &&String| {
        name.strip_prefix(package.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    view.lexicon.black_boxes.iter().find(inside).map(String::as_str)
}

/// How often each of the modules calls the package.
fn calls(view: &View<'_>, package: &str, importers: &Importers) -> Vec<usize> {
    let index: FxHashMap<FileId, usize> =
        importers.iter().enumerate().map(|(index, (file, _))| (*file, index)).collect();
    let mut counts = vec![0; importers.len()];
    for (_, call) in view.calls() {
        if let Some(index) = index.get(&call.file)
            && view.types.called_name(call).is_some_and(|name| black_box(view, name) == Some(package))
        {
            counts[*index] += 1;
        }
    }
    counts
}
