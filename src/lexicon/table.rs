//! Values by exact name, or by a pattern of names.

use rustc_hash::FxHashMap;

use crate::fact::Text;

/// A table of values by exact name, or by pattern under the name's first segment.
#[derive(Debug)]
pub struct Table<T> {
    pub(super) values: Vec<T>,
    exact: FxHashMap<Text, usize>,
    patterns: FxHashMap<String, Vec<(Vec<String>, usize)>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { values: Vec::new(), exact: FxHashMap::default(), patterns: FxHashMap::default() }
    }
}

impl<T> Table<T> {
    pub(super) fn add<'a>(&mut self, names: impl Iterator<Item = &'a str>, value: T) {
        let index = self.values.len();
        self.values.push(value);
        for name in names {
            if name.contains('*') {
                let segments: Vec<String> = name.split('.').map(str::to_owned).collect();
                self.patterns.entry(segments[0].clone()).or_default().push((segments, index));
            } else {
                self.exact.insert(Text::from(name), index);
            }
        }
    }

    /// The value of exactly that name.
    pub(super) fn exactly(&self, name: Text) -> Option<usize> {
        self.exact.get(&name).copied()
    }

    pub(super) fn find(&self, name: Text) -> Option<usize> {
        if let Some(index) = self.exactly(name) {
            return Some(index);
        }
        let first = name.split('.').next()?;
        let candidates = self.patterns.get(first)?;
        let segments: Vec<&str> = name.split('.').collect();
        candidates.iter().find(|(pattern, _)| matches_segments(pattern, &segments)).map(|(_, index)| *index)
    }
}

/// Does a name of an entry, in which `*` may stand, fit a qualified name?
pub fn fits_name(pattern: &str, name: &str) -> bool {
    let pattern: Vec<String> = pattern.split('.').map(str::to_owned).collect();
    matches_segments(&pattern, &name.split('.').collect::<Vec<_>>())
}

pub(super) fn matches_segments(pattern: &[String], name: &[&str]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((p, rest)), _) if p == "**" => {
            (0..=name.len()).any(|skip| matches_segments(rest, name.get(skip..).unwrap_or(&[])))
        }
        (Some((p, rest)), Some((n, others))) => matches_segment(p, n) && matches_segments(rest, others),
        _ => false,
    }
}

pub(super) fn matches_segment(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(head) else { return false };
    tail.is_empty() || (0..=rest.len()).any(|i| rest.get(i..).is_some_and(|r| matches_segment(tail, r)))
}
