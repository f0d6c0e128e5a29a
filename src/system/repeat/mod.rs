//! What keeps a run from being repeated: places of one machine, today's date, listings in no order, versions left open.

mod absolute;
mod clock;
mod cuda;
mod environment;
mod listing;
mod pairing;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::learning::Sites;
use super::{Known, Role, View};
use crate::fact::Text;
use crate::program::{Def, parent};
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Something that another run, or another machine, does not find again.
struct Odd {
    what: &'static str,
    name: Text,
    reason: String,
    at: At,
    symbol: Text,
    size: usize,
    certainty: Certainty,
    /// The listing that it rests on, where that could be sorted.
    listed: Option<At>,
}

/// Adds a group for each.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, sites: &Sites) {
    let files: Vec<FileId> = view.program.files().filter(|f| known.roles[f.index()] != Role::Test).collect();
    let learning = learning(known, sites);
    let found: Vec<Vec<Odd>> = files
        .par_iter()
        .map(|file| {
            let mut found = absolute::find(view, *file);
            if view.is_code(*file) {
                found.extend(clock::find(view, *file, &learning));
                found.extend(listing::find(view, *file));
                found.extend(pairing::find(view, *file));
            }
            found.extend(environment::find(view, *file));
            found.extend(environment::heads(view, *file));
            found.extend(cuda::find(view, *file));
            found
        })
        .collect();
    for odd in once_a_folder(view, known, found.into_iter().flatten().collect()) {
        let group = system.add(NodeKind::Group, odd.name, odd.at, odd.symbol);
        system.say(group, "what", odd.what);
        system.say(group, "because", &odd.reason);
        system.say(group, "role", known.roles[odd.at.file.index()].word());
        system.count(group, "size", odd.size);
        system.doubt(group, odd.certainty);
        if odd.what == listing::WHAT {
            let file = known.modules[odd.at.file.index()];
            if odd.listed.is_some() {
                system.mark(group, "sortable");
            }
            system.join(EdgeKind::Follows, group, file, odd.listed.unwrap_or(odd.at), Certainty::Seen);
        }
    }
}

/// One machine that many files of a folder speak of is one finding.
fn once_a_folder(view: &View<'_>, known: &Known, found: Vec<Odd>) -> Vec<Odd> {
    let mut kept: Vec<Odd> = Vec::with_capacity(found.len());
    let mut first: FxHashMap<(Text, &str, Role), usize> = FxHashMap::default();
    for odd in found {
        let file = odd.at.file;
        let key = (odd.name, parent(view.program.path(file)), known.roles[file.index()]);
        match first.get(&key).copied().filter(|_| odd.what == absolute::WHAT) {
            Some(at) => kept[at].size += odd.size,
            None => {
                if odd.what == absolute::WHAT {
                    first.insert(key, kept.len());
                }
                kept.push(odd);
            }
        }
    }
    kept
}

/// The definitions that run in programs which fit a model.
fn learning(known: &Known, sites: &Sites) -> FxHashSet<Def> {
    let fits: FxHashSet<Def> = sites.trainings.iter().map(|(_, def)| *def).collect();
    let programs = known.reached.values().filter(|reached| reached.iter().any(|def| fits.contains(def)));
    programs.flatten().copied().chain(fits.iter().copied()).collect()
}
