//! The folder that a script's commands are run in.

use super::HOLE;
use crate::fact::{ROOT, Text};

/// The folder that commands are run in.
#[derive(Clone, Default)]
pub(super) struct Folder {
    pub(super) here: String,
    /// Where the script was before.
    before: String,
    /// Where it means to return to.
    kept: Vec<String>,
}

impl Folder {
    /// Follows a command that changes the folder.
    pub(super) fn follow(&mut self, words: &[Text]) {
        let target = words.iter().skip(1).find(|w| w.as_str() == "-" || !w.starts_with('-'));
        let target = target.map_or("~", |w| w.as_str());
        match words.first().map(|w| w.as_str()) {
            Some("cd" | "chdir") if target == "-" => std::mem::swap(&mut self.here, &mut self.before),
            Some("cd" | "chdir") => self.go(target),
            Some("pushd") => {
                self.kept.push(self.here.clone());
                self.go(target);
            }
            Some("popd") => self.here = self.kept.pop().unwrap_or_else(|| HOLE.to_owned()),
            _ => {}
        }
    }

    fn go(&mut self, target: &str) {
        let next = within(&self.here, target);
        self.before = std::mem::replace(&mut self.here, next);
    }
}

/// A folder as seen from another one; what is named from the root or from the repository stays as it is.
pub(super) fn within(here: &str, target: &str) -> String {
    match target {
        "" | "." => here.to_owned(),
        inside if inside.starts_with(ROOT) => inside.to_owned(),
        outside if outside.starts_with('/') => outside.trim_end_matches('/').to_owned(),
        unknown if unknown.starts_with(['~', '$', '{']) => HOLE.to_owned(),
        inside if here.is_empty() => inside.to_owned(),
        inside => format!("{here}/{inside}"),
    }
}
