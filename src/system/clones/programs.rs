//! Programs and modules that fit models with the same code: one set for each family of them.

use petgraph::unionfind::UnionFind;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::View;
use super::copies::Copies;
use super::{Code, Shared, Told, differences};
use crate::program::{Def, parent};
use crate::source::{At, Kind};

/// Statements that two files share at least, and their share of the smaller file in percent: few may be nearly all.
const ALIKE: [(usize, usize); 2] = [(20, 50), (12, 70)];

/// Of a much larger file the shared statements are a small matter.
const SHARE_OF_LARGER: usize = 20;

/// Finds the sets of files that share the code around fitting.
pub fn derive(view: &View<'_>, code: &Code, shared: &[Shared], told: &mut Told) -> Vec<Copies> {
    let alike = |s: &&Shared| {
        let enough = |(least, share): &(usize, usize)| s.size() >= *least && s.share(code) >= *share;
        ALIKE.iter().any(enough) && s.share_of_larger(code) >= SHARE_OF_LARGER && !told.knows(s.pair)
    };
    let alike: Vec<&Shared> = shared.iter().filter(alike).filter(|s| fits(view, code, s)).collect();
    let mut together = UnionFind::<usize>::new(code.files.len());
    for s in &alike {
        together.union(s.pair.0 as usize, s.pair.1 as usize);
    }
    let mut families: FxHashMap<usize, Vec<&Shared>> = FxHashMap::default();
    for s in alike {
        families.entry(together.find(s.pair.0 as usize)).or_default().push(s);
    }
    told.families = together.into_labeling();
    let mut families: Vec<Vec<&Shared>> = families.into_values().collect();
    families.sort_by_key(|family| (std::cmp::Reverse(family.len()), family[0].pair));
    // Folders that were copied whole hold many sets of copies: the largest stands for all.
    let mut known: FxHashSet<&str> = FxHashSet::default();
    families.retain(|family| {
        let folders: FxHashSet<&str> =
            family.iter().flat_map(|s| [s.pair.0, s.pair.1]).map(|n| parent(view.program.path(code.file(n)))).collect();
        let told =
            folders.len() > 1 && folders.iter().filter(|folder| known.contains(*folder)).count() * 2 >= folders.len();
        if folders.len() > 1 {
            known.extend(folders);
        }
        !told
    });
    families.iter().map(|family| copies(view, code, family)).collect()
}

/// Do the shared statements fit a model, in code and not in notes for trying things out?
fn fits(view: &View<'_>, code: &Code, shared: &Shared) -> bool {
    let (a, b) = shared.pair;
    let is_note = |n: u32| view.program.sources[code.file(n).index()].kind == Kind::Notebook;
    let fits = |region: &super::Region| code.work(a, &region.left).iter().any(|work| work.fits);
    !is_note(a) && !is_note(b) && shared.regions.iter().any(fits)
}

fn copies(view: &View<'_>, code: &Code, family: &[&Shared]) -> Copies {
    let mut members: Vec<u32> = family.iter().flat_map(|s| [s.pair.0, s.pair.1]).collect();
    members.sort_unstable();
    members.dedup();
    let statements = family.iter().map(|s| s.size()).min().unwrap_or(0);
    let closest = family.iter().max_by_key(|s| (s.share(code), std::cmp::Reverse(s.pair)));
    let mut differs = closest.map_or_else(String::new, |s| s.differs(view, code));
    if let Some(closest) = closest.filter(|_| members.len() > 2) {
        let [a, b] = [closest.pair.0, closest.pair.1].map(|n| view.program.path(code.file(n)));
        differs = format!("{differs} between `{a}` and `{b}`");
    }
    let mut firsts: FxHashMap<u32, At> = FxHashMap::default();
    for (pair, region) in family.iter().flat_map(|s| s.regions.iter().map(move |region| (s.pair, region))) {
        for (number, run) in [(pair.0, &region.left), (pair.1, &region.right)] {
            let (_, at) = code.run(view, number, run);
            firsts.entry(number).and_modify(|first| *first = at.min(*first)).or_insert(at);
        }
    }
    // The two that are nearly the same come first, at the place where they differ.
    let mut shown = Vec::new();
    if let Some(closest) = closest {
        let (a, b) = closest.pair;
        let regions: Vec<_> = closest.regions.iter().collect();
        let sides = (code.file(a), code.file(b));
        if let Some((left, right)) = differences::first(view, sides, (code.of(a), code.of(b)), &regions) {
            firsts.extend([(a, left), (b, right)]);
        }
        shown.extend([a, b]);
    }
    members.retain(|number| !shown.contains(number));
    let members = shown.iter().chain(&members);
    let members = members.filter_map(|number| Some((Def { file: code.file(*number), id: 0 }, *firsts.get(number)?)));
    let members = members.collect();
    Copies { kind: "training", members, statements, differs, used: String::new() }
}
