//! Maps of settings that hold the arguments of something that is built by its name, here or in another file of the
//! same composition: whoever is built reads them.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::loads::Load;
use crate::fact::{Scalar, Text};
use crate::program::parent;
use crate::source::FileId;
use crate::system::View;

/// The places of such maps.
#[derive(Default)]
pub struct Built {
    /// By file and key path.
    own: FxHashSet<(FileId, String)>,
    /// By composition and key path in the whole.
    composed: FxHashSet<(String, String)>,
}

impl Built {
    /// Finds all of them.
    pub fn new(view: &View<'_>, loads: &BTreeMap<FileId, Load>) -> Self {
        let mut built = Self::default();
        for (file, load) in loads {
            for setting in &view.program.file(*file).settings {
                let Some((key, above)) = setting.keys.split_last() else { continue };
                if !view.lexicon.keys.is_builder(*key) || matches!(setting.value, Scalar::Map(_)) {
                    continue;
                }
                built.own.insert((*file, path(above)));
                if let Some(root) = &load.root {
                    let inner = package(view, *file, root);
                    built.composed.insert((root.clone(), whole(inner, above)));
                    built.composed.insert((root.clone(), path(above)));
                }
            }
        }
        built
    }

    /// Is the map at these keys one of them?
    pub fn holds(&self, view: &View<'_>, file: FileId, load: &Load, keys: &[Text]) -> bool {
        if self.own.contains(&(file, path(keys))) {
            return true;
        }
        let Some(root) = &load.root else { return false };
        let inner = whole(package(view, file, root), keys);
        [inner, path(keys)].into_iter().any(|at| !at.is_empty() && self.composed.contains(&(root.clone(), at)))
    }
}

fn path(keys: &[Text]) -> String {
    keys.iter().map(Text::as_str).collect::<Vec<_>>().join("/")
}

/// The folder of a file below the root of its composition: that is where its keys come to lie.
fn package<'p>(view: &View<'p>, file: FileId, root: &str) -> &'p str {
    let folder = parent(view.program.path(file));
    folder.strip_prefix(root).unwrap_or(folder).trim_start_matches('/')
}

fn whole(package: &str, keys: &[Text]) -> String {
    let below = path(keys);
    match (package.is_empty(), below.is_empty()) {
        (true, _) => below,
        (_, true) => package.to_owned(),
        _ => format!("{package}/{below}"),
    }
}
