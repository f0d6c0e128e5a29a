//! Packages that do the learning: which modules import each, and how often they call it.

use rustc_hash::FxHashMap;

use super::graph::System;
use super::{Known, Role, View};
use crate::fact::Text;
use crate::program::Imported;
use crate::source::{At, FileId};

/// The modules that import a package, with the place of the import.
type Importers = Vec<(FileId, At)>;

/// A package that does the learning, and that modules import.
pub struct Boxed {
    /// The package.
    pub package: Text,
    /// The modules that import it, with the place of the import.
    pub importers: Vec<(FileId, At)>,
    /// How often the one that calls it most does so.
    pub most: usize,
    /// How often all of them do.
    pub calls: usize,
}

/// Finds the black boxes, and measures how much of them goes through one module.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    let real = |file: &FileId| !matches!(known.roles[file.index()], Role::Test | Role::Prototype);
    let mut importers: FxHashMap<&str, Importers> = FxHashMap::default();
    for file in view.program.files().filter(|file| view.is_code(*file) && real(file)) {
        for (index, import) in (0..).zip(&view.program.file(file).imports) {
            let Imported::Library(name) = view.program.imported(file, index) else { continue };
            let Some(package) = black_box(view, name) else { continue };
            let of = importers.entry(package).or_default();
            if of.last().is_none_or(|(last, _)| *last != file) {
                of.push((file, At { file, span: import.span }));
            }
        }
    }
    let mut importers: Vec<(&str, Importers)> = importers.into_iter().collect();
    importers.sort_unstable_by_key(|(package, _)| *package);
    for (package, importers) in importers {
        let counts = calls(view, package, &importers);
        let (most, calls) = (counts.iter().max().copied().unwrap_or(0), counts.iter().sum());
        system.coverage.gauges.boxed += calls;
        system.coverage.gauges.adapted += most;
        known.boxed.push(Boxed { package: Text::from(package), importers, most, calls });
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
