//! Some commits of the way to the present one, spread evenly over its time.

use std::collections::BTreeSet;
use std::path::Path;

use super::git::{self, Objects};
use crate::mistake::Mistake;

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: String,
    /// When it was made, in seconds since 1970.
    pub time: i64,
}

/// The commits that stand for a history.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// The oldest first; the last is the present one.
    pub commits: Vec<Commit>,
    /// Of so many they were chosen.
    pub of: usize,
    /// Where only the last commits were brought here: the oldest that was.
    pub cut: Option<Commit>,
}

/// Chooses up to `wanted` commits of those along first parents that were made since a moment; the present one is always
/// among them.
///
/// # Errors
/// If there is no commit here, or git cannot be asked.
pub fn samples(repository: &Path, wanted: usize, since: Option<i64>) -> Result<Samples, Mistake> {
    let refuse = |message: String| Mistake::new("trend", "", 0..0, message);
    let head = Objects::open(repository).and_then(|mut objects| objects.info("HEAD^{commit}")).map_err(refuse)?;
    head.ok_or_else(|| refuse("nothing is committed yet".to_owned()))?;
    let mut line = git::line(repository).map_err(refuse)?;
    line.reverse();
    let oldest = line.first().map(|(time, id)| Commit { id: id.clone(), time: *time });
    let cut = oldest.filter(|_| git::is_shallow(repository));
    let last = line.len().saturating_sub(1);
    let mut number = 0;
    line.retain(|(time, _)| {
        number += 1;
        number > last || since.is_none_or(|since| *time >= since)
    });
    let times: Vec<i64> = line.iter().map(|(time, _)| *time).collect();
    let chosen = pick(&times, wanted).into_iter().map(|at| Commit { id: line[at].1.clone(), time: line[at].0 });
    Ok(Samples { commits: chosen.collect(), of: line.len(), cut })
}

/// Of moments, the oldest first, the numbers of so many that lie as evenly in time as may be: the first and the last, and
/// between them for each step the last that was made until then. Where that falls on one twice, the widest gaps are halved.
fn pick(times: &[i64], wanted: usize) -> Vec<usize> {
    let Some(last) = times.len().checked_sub(1) else { return Vec::new() };
    if times.len() <= wanted {
        return (0..times.len()).collect();
    }
    let Some(steps) = wanted.checked_sub(1).filter(|steps| *steps > 0) else { return vec![last] };
    // A clock that was wrong for a while is no way back in time.
    let latest = times.iter().scan(i64::MIN, |latest, time| {
        *latest = (*latest).max(*time);
        Some(i128::from(*latest))
    });
    let times: Vec<i128> = latest.collect();
    let mut chosen: BTreeSet<usize> = BTreeSet::from([0, last]);
    for step in 1..steps {
        let (step, steps) = (step as i128, steps as i128);
        let moment = times[0] + (times[last] - times[0]) * step / steps;
        chosen.insert(times.partition_point(|time| *time <= moment).saturating_sub(1));
    }
    while chosen.len() < wanted {
        let gaps = chosen.iter().zip(chosen.iter().skip(1));
        let Some((from, to)) = gaps.max_by_key(|(from, to)| *to - *from) else { break };
        if !chosen.insert(from.midpoint(*to)) {
            break;
        }
    }
    chosen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::pick;

    #[test]
    fn samples_lie_evenly_in_time() {
        assert_eq!(pick(&[], 3), [0; 0]);
        assert_eq!(pick(&[5, 6], 3), [0, 1]);
        assert_eq!(pick(&[5, 6, 7], 1), [2]);
        assert_eq!(pick(&[0, 1, 2, 50, 60, 99, 100], 3), [0, 3, 6]);
        // A day of work and a year of rest.
        assert_eq!(pick(&[0, 1, 2, 3, 4, 1000], 4), [0, 2, 4, 5]);
        // All at once; and by a clock that was set back.
        assert_eq!(pick(&[7; 5], 3), [0, 2, 4]);
        assert_eq!(pick(&[0, 90, 20, 30, 100], 3).len(), 3);
    }
}
