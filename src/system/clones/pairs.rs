//! Files that share runs of statements, found by the fingerprints they share: near-linear in the statements of all.

use std::cmp::Reverse;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use super::tokens::Tokens;

/// Statements in a fingerprint.
pub const RUN: usize = 3;

/// Of so many fingerprints in a row one is kept: a run of `RUN + WINDOW - 1` equal statements is always met.
const WINDOW: usize = 2;

/// Fingerprints that files share at least before they are compared: a dozen statements give two or more.
const SHARED: u32 = 2;

/// A file is compared with so many earlier ones at the most.
const PARTNERS: usize = 3;

/// Two files, by their position, the earlier first.
pub type Pair = (u32, u32);

/// The fingerprints that are kept of a file's runs, each with the statement it begins at.
pub fn fingerprints(tokens: &Tokens) -> Vec<(u64, u32)> {
    let mut prints = Vec::with_capacity(tokens.all.len() / 2);
    let mut hashes: Vec<u64> = Vec::new();
    for body in tokens.ranges() {
        hashes.clear();
        hashes.extend(tokens.all[body.clone()].windows(RUN).map(|run| {
            let mut hasher = FxHasher::default();
            run.iter().for_each(|token| hasher.write_u64(token.exact));
            hasher.finish()
        }));
        let mut kept = None;
        for (start, window) in hashes.windows(WINDOW.min(hashes.len()).max(1)).enumerate() {
            let least = window.iter().enumerate().min_by_key(|(_, hash)| **hash).map_or(start, |(i, _)| start + i);
            if kept.replace(least) != Some(least) {
                prints.push((hashes[least], u32::try_from(body.start + least).unwrap_or(u32::MAX)));
            }
        }
    }
    prints
}

/// Who had a fingerprint first, and who last.
struct Owners {
    first: u32,
    last: u32,
}

/// The pairs that share some fingerprints. A file is compared with the first that had a fingerprint and
/// with the latest, not with all: copies of copies form chains.
pub fn candidates(files: &[Tokens]) -> Vec<Pair> {
    let total: usize = files.iter().map(|tokens| tokens.prints.len()).sum();
    let mut owners: FxHashMap<u64, Owners> = FxHashMap::default();
    owners.reserve(total);
    let mut shared: FxHashMap<Pair, u32> = FxHashMap::default();
    for (number, tokens) in (0..).zip(files) {
        for (print, _) in &tokens.prints {
            let owner = owners.entry(*print).or_insert(Owners { first: number, last: number });
            if owner.last == number {
                continue;
            }
            *shared.entry((owner.last, number)).or_default() += 1;
            if owner.first != owner.last {
                *shared.entry((owner.first, number)).or_default() += 1;
            }
            owner.last = number;
        }
    }
    let mut pairs: Vec<(Pair, u32)> = shared.into_iter().filter(|(_, count)| *count >= SHARED).collect();
    pairs.sort_unstable_by_key(|((left, right), count)| (*right, Reverse(*count), *left));
    // Those that share most come first; in a large family they hold all the others together.
    let mut place = (u32::MAX, 0);
    pairs.retain(|((_, right), _)| {
        place = if place.0 == *right { (*right, place.1 + 1) } else { (*right, 0) };
        place.1 < PARTNERS
    });
    let mut pairs: Vec<Pair> = pairs.into_iter().map(|(pair, _)| pair).collect();
    pairs.sort_unstable();
    pairs
}
