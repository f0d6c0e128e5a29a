//! The runs of statements that two files share: grown from equal fingerprints over small differences.

use std::ops::Range;

use super::tokens::{Token, Tokens};

/// Statements that may stand on one side only, between two that are equal.
const GAP: usize = 3;

/// A run of statements that two files share.
#[derive(Clone, Debug)]
pub struct Region {
    /// Its statements in the one file.
    pub left: Range<usize>,
    /// Those in the other.
    pub right: Range<usize>,
    /// The statements that are equal.
    pub equal: Vec<(usize, usize)>,
    /// Those that differ in a literal only.
    pub literal: Vec<(usize, usize)>,
}

impl Region {
    /// The statements that correspond to each other.
    pub fn size(&self) -> usize {
        self.equal.len() + self.literal.len()
    }
}

/// The runs that two files share, none of whose statements is counted twice.
pub fn regions(left: &Tokens, right: &Tokens) -> Vec<Region> {
    let (mut taken, mut found) = (vec![false; left.all.len()], Vec::new());
    let mut done = 0;
    for (at, seed) in seeds(left, right) {
        if at < done || taken[seed] {
            continue;
        }
        let (bounds, (_, body)) = (left.body(seed).1, right.body(at));
        let region = grow(&left.all, &right.all, (seed, at), (bounds, body.start.max(done)..body.end));
        taken[region.left.clone()].iter_mut().for_each(|t| *t = true);
        done = region.right.end;
        found.push(region);
    }
    found
}

/// The statements at which both have the same fingerprint, in the order of the right ones.
fn seeds(left: &Tokens, right: &Tokens) -> Vec<(usize, usize)> {
    let (mut i, mut j, mut seeds) = (0, 0, Vec::new());
    while let (Some((a, seed)), Some((b, at))) = (left.prints.get(i), right.prints.get(j)) {
        if a == b {
            seeds.push((*at as usize, *seed as usize));
        }
        (i, j) = (i + usize::from(a <= b), j + usize::from(b <= a));
    }
    seeds.sort_unstable();
    seeds
}

fn grow(left: &[Token], right: &[Token], seed: (usize, usize), bounds: (Range<usize>, Range<usize>)) -> Region {
    let mut region = Region { left: seed.0..seed.0, right: seed.1..seed.1, equal: Vec::new(), literal: Vec::new() };
    let (mut a, mut b) = seed;
    // Backwards without gaps: what lies before was met by an earlier seed, or is not the same.
    while a > bounds.0.start && b > bounds.1.start && left[a - 1].shape == right[b - 1].shape {
        (a, b) = (a - 1, b - 1);
    }
    (region.left.start, region.right.start) = (a, b);
    let equal = |a: usize, b: usize| a < bounds.0.end && b < bounds.1.end && left[a].shape == right[b].shape;
    loop {
        while equal(a, b) {
            let list = if left[a].exact == right[b].exact { &mut region.equal } else { &mut region.literal };
            list.push((a, b));
            (a, b) = (a + 1, b + 1);
        }
        (region.left.end, region.right.end) = (a, b);
        // Two equal statements behind a small difference: the run goes on.
        let goes_on = |i: usize, j: usize| {
            equal(a + i, b + j) && left[a + i].exact == right[b + j].exact && equal(a + i + 1, b + j + 1)
        };
        let mut skips = (1..=2 * GAP).flat_map(|both| (0..=both.min(GAP)).map(move |i| (i, both - i)));
        let Some((i, j)) = skips.find(|(i, j)| *j <= GAP && goes_on(*i, *j)) else { return region };
        (a, b) = (a + i, b + j);
    }
}
