//! What tells the name of a place from others, but for its spelling and its version.

/// Words that say of data that it is some.
const FILLERS: [&str; 7] = ["set", "data", "dataset", "df", "file", "table", "frame"];

/// What tells a name from others but its spelling, and words that tell versions apart.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Named {
    words: Vec<String>,
    ending: String,
}

impl Named {
    /// What tells that name.
    pub(super) fn new(name: &str) -> Self {
        let last = name.rsplit(['/', ':']).next().unwrap_or(name).to_ascii_lowercase();
        let (stem, ending) = last.split_once('.').unwrap_or((&last, ""));
        let version = |w: &str| {
            matches!(w, "new" | "old" | "final" | "latest" | "copy" | "updated")
                || w.strip_prefix('v').unwrap_or(w).bytes().all(|b| b.is_ascii_digit())
        };
        let words: Vec<String> = stem
            .split(['_', '-', ' '])
            .filter(|w| !w.is_empty() && !version(w))
            .map(|w| w.strip_suffix('s').unwrap_or(w).to_owned())
            .collect();
        // What says no more than that it is data tells no two names apart, unless it is all that is said.
        let telling: Vec<String> = words.iter().filter(|w| !FILLERS.contains(&w.as_str())).cloned().collect();
        let words = if telling.is_empty() { words } else { telling };
        Self { words, ending: ending.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(left: &str, right: &str) -> bool {
        Named::new(left) == Named::new(right)
    }

    #[test]
    fn names_are_near_by_spelling_and_by_version() {
        assert!(is_near("table:dataset_2012-23", "table:dataset_2012-24_new"));
        assert!(is_near("data/Feature.csv", "data/features.csv"));
        assert!(is_near("data/train_set.csv", "data/train.csv"));
        assert!(!is_near("data/train.csv", "data/test.csv"));
        assert!(!is_near("data/set.csv", "data/table.csv"));
        assert!(!is_near("data/train.csv", "data/train.parquet"));
    }
}
