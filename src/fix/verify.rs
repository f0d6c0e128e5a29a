//! Says an edited file still what it said, but for what was meant to change?

use rustc_hash::FxHashMap;

use super::{Edit, Refusal};
use crate::fact::{Facts, Scalar, Setting};
use crate::read;
use crate::source::{Content, Kind, Source};

/// Reads an edited text.
fn facts(source: &Source, text: &str) -> Facts {
    let edited = Source { content: Content::Memory(text.into()), size: text.len() as u64, ..source.clone() };
    read::facts(&edited, read::bytes(&edited), None)
}

/// Holds a file before and after its edits against each other.
///
/// # Errors
/// If it cannot be read any more, or if another setting of it has changed.
pub fn holds(source: &Source, before: &str, after: &str, edits: &[Edit]) -> Result<(), Refusal> {
    let (old, new) = (facts(source, before), facts(source, after));
    if new.problems.len() > old.problems.len() {
        let said = new.problems.first().map_or("", |problem| problem.reason.as_str());
        return Err(format!("the edited file could not be read: {said}"));
    }
    // Of a pipeline's own file the reader keeps no settings.
    let (old, new) = if matches!(source.kind, Kind::Dvc) {
        (read::settings::yaml(before).settings, read::settings::yaml(after).settings)
    } else {
        (old.settings, new.settings)
    };
    let inside = |setting: &Setting| {
        edits.iter().any(|edit| edit.span.start <= setting.span.start && setting.span.end <= edit.span.end)
    };
    let mut counts = count(old.iter().filter(|setting| !inside(setting)));
    for (leaf, number) in count(new.iter()) {
        *counts.entry(leaf).or_default() -= number;
    }
    let adds = edits.iter().any(|edit| !edit.text.trim().is_empty());
    let lost = counts.values().any(|left| *left > 0);
    let gained = counts.values().any(|left| *left < 0) && !adds;
    if lost || gained { Err("the edit would change another setting".to_owned()) } else { Ok(()) }
}

/// How often each setting stands in a file: its keys, with the numbers of lists left out, and its value.
fn count<'s>(settings: impl Iterator<Item = &'s Setting>) -> FxHashMap<(String, String), i64> {
    let mut counts: FxHashMap<(String, String), i64> = FxHashMap::default();
    for setting in settings.filter(|setting| !matches!(setting.value, Scalar::Map(_) | Scalar::List(_))) {
        let plain =
            |key: &str| if key.bytes().all(|byte| byte.is_ascii_digit()) { "#".to_owned() } else { key.to_owned() };
        let keys: Vec<String> = setting.keys.iter().map(|key| plain(key)).collect();
        *counts.entry((keys.join("\0"), format!("{:?}", setting.value))).or_default() += 1;
    }
    counts
}
