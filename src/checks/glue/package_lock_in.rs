//! Packages that do the learning and stand everywhere, with no module of the repository's own between.

use rustc_hash::FxHashSet;

use crate::source::FileId;
use crate::system::Role;
use crate::system::boxed::Boxed;
use crate::system::check::{Check, Grounds, Sighting};
use crate::vocabulary::Certainty;

/// A module with this share of all calls, in percent, is the adapter through which the others use the package.
const ADAPTER: usize = 60;

pub const CHECK: Check = Check { rule: "package-lock-in", find };

/// One sighting for each such package that modules of several roles import.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let code = view.program.files().filter(|file| view.is_code(*file) && grounds.is_product(*file)).count();
    let sighting = |boxed: &Boxed| {
        let roles: FxHashSet<Role> = boxed.importers.iter().map(|(file, _)| grounds.role(*file)).collect();
        if roles.len() < 2 || boxed.most * 100 >= boxed.calls * ADAPTER {
            return None;
        }
        let (file, first) = *boxed.importers.first()?;
        let modules = boxed.importers.len();
        let module = |file: FileId| grounds.known.modules[file.index()];
        let mut sighting = Sighting::new(
            first,
            vec![boxed.package, boxed.package],
            grounds.certainty(Certainty::Seen, &[module(file)]),
            vec![
                ("package", boxed.package.into()),
                ("modules", modules.into()),
                ("share", (modules * 100 / code.max(1)).into()),
            ],
        );
        sighting.more = boxed.importers.iter().map(|(file, _)| vec![("module", module(*file).into())]).collect();
        Some(sighting)
    };
    grounds.known.boxed.iter().filter_map(sighting).collect()
}
