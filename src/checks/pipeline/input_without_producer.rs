//! Inputs of steps that run, which no step that runs makes: its maker is commented out, left out, or was never there.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{OpKind, Text};
use crate::program::Node;
use crate::source::At;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::wired::{Handed, Listing, Wired};
use crate::value::spelling::fits;
use crate::vocabulary::{Certainty, EdgeKind};

pub const CHECK: Check = Check { rule: "input-without-producer", find };

/// Why nothing makes it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The step that makes it is commented out there.
    Omitted(At),
    /// The step that makes it stands there, in a pipeline that is not registered.
    LeftOut(At),
    /// Neither the catalog nor a step knows the name.
    Unknown,
}

impl Why {
    fn kind(self) -> u8 {
        match self {
            Self::Omitted(_) => 0,
            Self::LeftOut(_) => 1,
            Self::Unknown => 2,
        }
    }
}

/// One sighting for each step and reason.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let mut found = Vec::new();
    for listing in &grounds.known.listings {
        let of = |step: &&Wired| step.by_name && step.project == listing.project;
        let steps: Vec<&Wired> = grounds.known.wired.iter().filter(of).collect();
        if listing.names.is_empty() {
            continue;
        }
        let missing = missing(grounds, listing, &steps);
        found.extend(missing.into_iter().map(|(step, why, names)| sighting(grounds, step, why, names)));
    }
    found
}

/// What the steps of a project take in vain.
fn missing<'s>(
    grounds: &Grounds<'_>,
    listing: &Listing,
    steps: &[&'s Wired],
) -> Vec<(&'s Wired, Why, Vec<&'s Handed>)> {
    let live = |step: &&&Wired| step.registered && grounds.is_product(step.at.file);
    let open = steps.iter().filter(live).any(|step| !step.closed.1);
    let made: Vec<&str> =
        steps.iter().filter(live).flat_map(|step| &step.makes).map(|of| listing.bare(&of.name)).collect();
    let is_made = |name: &str| made.iter().any(|made| *made == name || made.contains("{}") && fits(made, name));
    let mut left: FxHashMap<&str, At> = FxHashMap::default();
    for step in steps.iter().filter(|step| !step.registered) {
        for of in &step.makes {
            left.entry(listing.bare(&of.name)).or_insert(grounds.view.program.place(of.node));
        }
    }
    let omitted = omitted(grounds, listing, steps);
    let said = said(grounds, steps);
    let mut found = Vec::new();
    for step in steps.iter().filter(live) {
        let mut reasons: FxHashMap<u8, (Why, Vec<&Handed>)> = FxHashMap::default();
        let mut told: FxHashSet<&str> = FxHashSet::default();
        for taken in &step.takes {
            let name = listing.bare(&taken.name);
            if name.contains('{') || open || is_made(name) || is_there(grounds, steps, taken) || !told.insert(name) {
                continue;
            }
            let why = if let Some(at) = left.get(name) {
                Why::LeftOut(*at)
            } else if let Some(at) = omitted.get(&Text::from(name)) {
                Why::Omitted(*at)
            } else if !listing.has(&taken.name) && !listing.nested && !said.contains(name) {
                Why::Unknown
            } else {
                continue;
            };
            reasons.entry(why.kind()).or_insert_with(|| (why, Vec::new())).1.push(taken);
        }
        let mut reasons: Vec<(u8, (Why, Vec<&Handed>))> = reasons.into_iter().collect();
        reasons.sort_by_key(|(kind, _)| *kind);
        found.extend(reasons.into_iter().map(|(_, (why, names))| (*step, why, names)));
    }
    // One that is not known among hundreds is a slip; where most are not, something else makes them known.
    let unknown = found.iter().filter(|(_, why, _)| *why == Why::Unknown).count();
    if unknown * 2 > steps.len() {
        found.retain(|(_, why, _)| *why != Why::Unknown);
    }
    found
}

/// Does the repository keep what a name stands for, or does other code write it?
fn is_there(grounds: &Grounds<'_>, steps: &[&Wired], taken: &Handed) -> bool {
    let own: FxHashSet<NodeId> = steps.iter().filter(|step| !step.registered).map(|step| step.step).collect();
    taken.data.iter().any(|data| {
        let name = grounds.system.node(*data).name;
        let kept = |path: &str| grounds.view.program.keeps(path);
        kept(&name)
            || grounds.view.program.keeps_folder(&name)
            || kept(&format!("{name}.dvc"))
            || grounds.system.reaching(*data, EdgeKind::Writes).any(|writer| !own.contains(&writer))
    })
}

/// What steps that are commented out make, and where; of what other code names besides, nothing is known.
fn omitted(grounds: &Grounds<'_>, listing: &Listing, steps: &[&Wired]) -> FxHashMap<Text, At> {
    let files: FxHashSet<_> = steps.iter().map(|step| step.at.file).collect();
    let homes: FxHashSet<&str> = files.iter().map(|file| folder(grounds, *file)).collect();
    let mut found = FxHashMap::default();
    for file in grounds.view.program.files().filter(|file| homes.contains(folder(grounds, *file))) {
        for of in &grounds.view.program.file(file).omitted {
            let outputs = grounds.view.lexicon.orchestrators.makes_by_name(of.keyword, of.place);
            let name = of.name.text.split('@').next().unwrap_or_default();
            if outputs {
                found.entry(Text::from(listing.bare(name))).or_insert(At { file, span: of.name.span });
            }
        }
    }
    found
}

fn folder<'a>(grounds: &Grounds<'a>, file: crate::source::FileId) -> &'a str {
    crate::program::parent(grounds.view.program.path(file))
}

/// Texts that stand anywhere but where steps take them.
fn said(grounds: &Grounds<'_>, steps: &[&Wired]) -> FxHashSet<String> {
    let own: FxHashSet<Node> = steps.iter().flat_map(|step| &step.takes).map(|of| of.node).collect();
    let mut found = FxHashSet::default();
    for file in grounds.view.program.files() {
        for (value, op) in (0..).zip(&grounds.view.program.file(file).ops) {
            if let OpKind::Str(text) = op.kind
                && !own.contains(&Node { file, value })
            {
                found.insert(text.to_string());
            }
        }
    }
    found
}

fn sighting(grounds: &Grounds<'_>, step: &Wired, why: Why, names: Vec<&Handed>) -> Sighting {
    let (word, place) = match why {
        Why::Omitted(at) => ("omitted", Some(at)),
        Why::LeftOut(at) => ("left-out", Some(at)),
        Why::Unknown => ("unknown", None),
    };
    let at = grounds.view.program.place(names[0].node);
    let shown: Vec<Text> = names.iter().map(|of| Text::from(&of.name)).collect();
    let mut captures =
        vec![("step", step.step.into()), ("data", Capture::Texts(shown)), ("why", Capture::Text(Text::from(word)))];
    captures.extend(place.map(|at| ("maker", Capture::Place(at))));
    let own = vec![grounds.view.symbol(step.within), Text::from(&format!("{word} {}", names[0].name))];
    Sighting::new(at, own, Certainty::Inferred, captures)
}
