//! Functions that put steps together to a pipeline which no registry takes up.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::fact::{DefKind, Text};
use crate::program::{Def, parent};
use crate::system::Role;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::wired::Listing;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "unregistered-pipeline", find };

/// One sighting for each function that makes steps and that no registry reaches.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let mut found = Vec::new();
    for listing in &grounds.known.listings {
        let Some(registry) = listing.registry else { continue };
        let mut makers: BTreeMap<Def, usize> = BTreeMap::new();
        let own = grounds.known.wired.iter().filter(|step| step.by_name && step.project == listing.project);
        for step in own.filter(|step| !step.registered && grounds.role(step.at.file) != Role::Test) {
            *makers.entry(step.within).or_default() += 1;
        }
        let all: FxHashSet<Def> = makers.keys().copied().collect();
        for (maker, steps) in makers {
            if grounds.view.program.definition(maker).kind != DefKind::Function || runs(grounds, maker, &all) {
                continue;
            }
            found.push(sighting(grounds, listing, registry, maker, steps));
        }
    }
    found
}

/// Does anything call the function but what is itself never called?
fn runs(grounds: &Grounds<'_>, maker: Def, all: &FxHashSet<Def>) -> bool {
    let callers = grounds.view.types.callers.get(&maker).map_or(&[][..], Vec::as_slice);
    callers.iter().any(|site| !all.contains(&site.within) && grounds.role(site.within.file) != Role::Test)
}

fn sighting(grounds: &Grounds<'_>, listing: &Listing, registry: Def, maker: Def, steps: usize) -> Sighting {
    let program = grounds.view.program;
    let path = program.path(maker.file);
    // What is looked for by itself is not found where the package does not bring it.
    let inside = listing.finds.as_ref().and_then(|folder| path.strip_prefix(folder.as_str())?.strip_prefix('/'));
    let package = inside.and_then(|rest| rest.split_once('/')).filter(|(_, below)| !below.contains('/'));
    let why = match (&listing.finds, package) {
        (None, _) => "registry",
        (Some(_), Some(_)) => "package",
        (Some(_), None) => "found",
    };
    let name = program.definition(maker).name;
    let count = Text::from(if steps == 1 { "one" } else { "several" });
    Sighting::new(
        program.def_place(maker),
        vec![grounds.view.symbol(maker), Text::from(path)],
        Certainty::Inferred,
        vec![
            ("maker", Capture::Text(name)),
            ("path", Capture::Text(Text::from(path))),
            ("package", Capture::Text(Text::from(&format!("{}/__init__.py", parent(path))))),
            ("steps", steps.into()),
            ("count", count.into()),
            ("end", count.into()),
            ("why", Capture::Text(Text::from(why))),
            ("registry", Capture::Place(program.def_place(registry))),
            ("role", grounds.role(maker.file).into()),
        ],
    )
}
