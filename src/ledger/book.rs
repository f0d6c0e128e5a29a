//! The ledger file: debts that the team has taken on, each with an owner, a reason and the day it is due.

use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use super::date::Date;
use crate::config::Config;
use crate::mistake::Mistake;
use crate::open;
use crate::whole;

/// A larger file is no ledger.
const LIMIT: u64 = 32 * 1024 * 1024;

/// The debts that the team has taken on.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// The file, if there is one.
    pub path: Option<PathBuf>,
    /// The day on which debts are held against their due dates.
    pub today: Option<Date>,
}

/// A debt that the team has taken on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// The finding's fingerprint.
    pub fingerprint: String,
    /// The rule's name.
    pub rule: String,
    /// The file of its primary place when it was accepted.
    #[serde(default)]
    pub path: String,
    /// What is owed, in one line.
    #[serde(default)]
    pub message: String,
    /// How many places spoke for it when it was accepted; more of them mean that it grew.
    pub places: Option<usize>,
    /// The day it was accepted.
    pub accepted: Option<Date>,
    /// Who looks after it.
    #[serde(default)]
    pub owner: String,
    /// Why it is not paid now.
    #[serde(default)]
    pub reason: String,
    /// The day by which it is paid or looked at again.
    pub due: Option<Date>,
    /// The event at which it is paid or looked at again, where no day can be named.
    pub trigger: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: toml::Spanned<u32>,
    #[serde(default)]
    debt: Vec<toml::Spanned<Entry>>,
}

impl Entry {
    /// What it lacks to be looked after.
    pub fn lacks(&self) -> Option<&'static str> {
        if self.owner.trim().is_empty() {
            Some("owner")
        } else if self.reason.trim().is_empty() {
            Some("reason")
        } else if self.due.is_none() && self.trigger.as_deref().is_none_or(|t| t.trim().is_empty()) {
            Some("due date or trigger")
        } else {
            None
        }
    }

    /// Is another entry of the same debt looked after by others, for another reason or until another day?
    pub fn is_serviced_as(&self, other: &Self) -> bool {
        let terms = |entry: &Self| (entry.owner.clone(), entry.reason.clone(), entry.due, entry.trigger.clone());
        terms(self) == terms(other)
    }

    /// Until when it is taken on, in words.
    pub fn term(&self) -> String {
        match (&self.due, &self.trigger) {
            (Some(due), _) => format!("due {due}"),
            (None, Some(trigger)) => format!("until {trigger}"),
            (None, None) => "without a due date".to_owned(),
        }
    }
}

impl Ledger {
    /// The ledger of a configuration; an empty one if there is none.
    ///
    /// # Errors
    /// If the file is there but is no ledger.
    pub fn load(config: &Config) -> Result<Self, Mistake> {
        let empty = Self { today: Some(Date::today()), ..Self::default() };
        let Some(path) = &config.ledger else { return Ok(empty) };
        let shown = path.display().to_string();
        let refuse = |message: String| Mistake::new(&shown, "", 0..0, message);
        match std::fs::symlink_metadata(path) {
            Err(_) => return Ok(empty),
            Ok(meta) if !meta.is_file() => return Err(refuse("not a regular file".to_owned())),
            Ok(meta) if meta.len() > LIMIT => return Err(refuse(format!("over {LIMIT} bytes are no ledger"))),
            Ok(_) => {}
        }
        let text = open::found(path).and_then(|file| open::text(file, LIMIT)).map_err(|e| refuse(e.to_string()))?;
        Ok(Self { entries: parse(&shown, &text)?, path: Some(path.clone()), ..empty })
    }

    /// This ledger, its debts looked after as a later one says: whoever names an owner, a reason or another day for a debt
    /// services it. What the later one takes on or strikes, and how far it lets a debt grow, does not count.
    pub fn serviced_by(mut self, later: Self) -> Self {
        let mut terms: FxHashMap<String, Entry> =
            later.entries.into_iter().map(|entry| (entry.fingerprint.clone(), entry)).collect();
        for entry in &mut self.entries {
            if let Some(term) = terms.remove(&entry.fingerprint) {
                (entry.owner, entry.reason, entry.due, entry.trigger) =
                    (term.owner, term.reason, term.due, term.trigger);
            }
        }
        self
    }

    /// The entries whose fingerprint begins so.
    pub fn find(&self, start: &str) -> Vec<&Entry> {
        self.entries.iter().filter(|e| e.fingerprint.starts_with(start)).collect()
    }
}

/// Where a repository's ledger lies.
pub fn place(config: &Config) -> PathBuf {
    config.ledger.clone().unwrap_or_else(|| config.root.join(crate::config::LEDGER))
}

/// Reads a ledger's text.
///
/// # Errors
/// If it is no ledger, or names a debt twice.
pub fn parse(shown: &str, text: &str) -> Result<Vec<Entry>, Mistake> {
    let file: File = toml::from_str(text).map_err(|e| Mistake::toml(shown, text, &e))?;
    if *file.version.get_ref() != 1 {
        let message = "this version of mldebt reads ledgers of version 1";
        return Err(Mistake::new(shown, text, file.version.span(), message));
    }
    let mut seen: FxHashSet<String> = FxHashSet::default();
    for entry in &file.debt {
        if !seen.insert(entry.get_ref().fingerprint.clone()) {
            return Err(Mistake::new(shown, text, entry.span(), "the ledger names this debt twice"));
        }
    }
    Ok(file.debt.into_iter().map(toml::Spanned::into_inner).collect())
}

/// Writes a file whole or not at all.
///
/// # Errors
/// If it cannot be written.
pub fn write(path: &Path, text: &str) -> Result<(), Mistake> {
    whole::write(path, &[text.as_bytes()], None).map_err(|e| refuse(path, &e))
}

/// Alters a ledger: nobody else does meanwhile, so that nothing that others add is lost. `edit` hears its text, which is
/// empty if there is none.
///
/// # Errors
/// If it cannot be read or written, or as `edit` says.
pub fn alter(path: &Path, edit: impl FnOnce(&str) -> Result<String, Mistake>) -> Result<(), Mistake> {
    let _held = held(path).map_err(|e| refuse(path, &e))?;
    whole::sweep(path);
    let text = match std::fs::symlink_metadata(path) {
        Ok(_) => open::policy(path).map_err(|e| refuse(path, &e))?,
        Err(_) => String::new(),
    };
    write(path, &edit(&text)?)
}

fn refuse(path: &Path, error: &std::io::Error) -> Mistake {
    Mistake::new(&path.display().to_string(), "", 0..0, error.to_string())
}

/// The folder of a file, of which there is one holder at a time; the system lets go of it when the holder ends.
fn held(path: &Path) -> std::io::Result<Option<std::fs::File>> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Where folders cannot be opened nothing is held.
    let Ok(folder) = std::fs::File::open(folder) else { return Ok(None) };
    folder.lock()?;
    Ok(Some(folder))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_ledger_is_checked_at_its_place() {
        let good =
            "version = 1\n[[debt]]\nfingerprint = 'a'\nrule = 'x'\nowner = '@t'\nreason = 'r'\ndue = 2026-09-01\n";
        let entries = parse("l", good).unwrap();
        assert_eq!((entries[0].lacks(), entries[0].term().as_str()), (None, "due 2026-09-01"));
        let twice = format!("{good}{}", &good[12..]);
        assert!(parse("l", &twice).unwrap_err().message.contains("twice"));
        assert!(parse("l", "version = 2\n").unwrap_err().message.contains("version 1"));
        let slip = good.replace("owner", "ownr");
        assert_eq!(parse("l", &slip).unwrap_err().help.unwrap(), "did you mean `owner`?");
        let bare = "version = 1\n[[debt]]\nfingerprint = 'a'\nrule = 'x'\n";
        assert_eq!(parse("l", bare).unwrap()[0].lacks(), Some("owner"));
    }
}
