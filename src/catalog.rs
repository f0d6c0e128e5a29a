//! All rules and lexicon files: those embedded in the program and those of the user's folders.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use walkdir::WalkDir;

use crate::fact::Text;
use crate::lexicon::{Lexicon, fits_name};
use crate::mistake::{Mistake, nearest};
use crate::open;
use crate::rule::{Profile, Rule};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// The rules that are asked, sorted by family and name.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    rules: Vec<Rule>,
}

impl Catalog {
    /// The embedded rules and those of the given folders, with a team's values laid over.
    ///
    /// # Errors
    /// If a file is no valid rule, a folder cannot be read, or a value is laid over a rule that is not there.
    pub fn load(folders: &[PathBuf], overrides: &toml::Table) -> Result<Self, Mistake> {
        let mut catalog = Self::default();
        for (path, text) in embedded() {
            catalog.add(&path, &text)?;
        }
        for folder in folders {
            for (path, text) in files(folder)? {
                catalog.add(&path, &text)?;
            }
        }
        catalog.rules.sort_by(|a, b| (&a.family, &a.name).cmp(&(&b.family, &b.name)));
        for (name, value) in overrides {
            let known: Vec<String> = catalog.rules.iter().map(|r| r.name.clone()).collect();
            let Some(rule) = catalog.rules.iter_mut().find(|r| r.name == *name) else {
                let mistake = Mistake::new("mldebt.toml", "", 0..0, format!("there is no rule `{name}`"));
                return Err(match nearest(name, known.iter().map(String::as_str)) {
                    Some(near) => mistake.help(format!("did you mean `{near}`?")),
                    None => mistake,
                });
            };
            let toml::Value::Table(table) = value else {
                return Err(Mistake::new("mldebt.toml", "", 0..0, format!("[rule.{name}] is a table")));
            };
            rule.lay_over(table).map_err(|m| Mistake::new("mldebt.toml", "", 0..0, format!("[rule.{name}]: {m}")))?;
        }
        Ok(catalog)
    }

    /// The rules of one folder alone, for checking them.
    ///
    /// # Errors
    /// As [`Catalog::load`].
    pub fn of_folder(folder: &Path) -> Result<Self, Mistake> {
        let mut catalog = Self::default();
        for (path, text) in files(folder)? {
            catalog.add(&path, &text)?;
        }
        Ok(catalog)
    }

    fn add(&mut self, path: &str, text: &str) -> Result<(), Mistake> {
        let mut parts = path.trim_end_matches(".toml").rsplit('/');
        let (Some(name), Some(family)) = (parts.next(), parts.next()) else {
            return Err(Mistake::new(path, text, 0..0, "a rule lies in the folder of its family"));
        };
        if family != "lexicon" {
            let rule = Rule::parse(path, family, name, text)?;
            self.rules.retain(|r| r.name != rule.name);
            self.rules.push(rule);
        }
        Ok(())
    }

    /// All rules, sorted by family and name.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of that name.
    pub fn find(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.name == name)
    }

    /// The same catalog with the rules that `keep` says.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&Rule) -> bool) -> Self {
        Self { rules: self.rules.iter().filter(|r| keep(r)).cloned().collect() }
    }

    /// The same catalog with its rules as they stand in a profile, but for those that `own` says the team has set itself.
    #[must_use]
    pub fn in_profile(mut self, profile: Profile, own: &dyn Fn(&Rule) -> bool) -> Self {
        self.rules.iter_mut().filter(|rule| !own(rule)).for_each(|rule| rule.stand(profile));
        self
    }

    /// The names of all rules and families.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.rules.iter().flat_map(|r| [r.name.as_str(), r.family.as_str()]).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// The lexicon: the embedded files, then those of the user's folders.
///
/// # Errors
/// If a file is no lexicon.
pub fn lexicon(folders: &[PathBuf]) -> Result<Lexicon, Mistake> {
    let mut lexicon = Lexicon::default();
    let own = |path: &str| path.contains("lexicon/");
    for (path, text) in embedded().filter(|(p, _)| own(p)) {
        lexicon.extend(&path, &text)?;
    }
    for folder in folders {
        for (path, text) in files(folder)?.into_iter().filter(|(p, _)| own(p)) {
            lexicon.extend(&path, &text)?;
        }
    }
    Ok(lexicon)
}

/// The lexicon's entries for a call, an attribute, a type or a command of that name, each with its file and as it is
/// written there; what the types above it say counts too.
///
/// # Errors
/// If a file is no lexicon.
pub fn entries(folders: &[PathBuf], name: &str) -> Result<Vec<(String, String)>, Mistake> {
    let lexicon = lexicon(folders)?;
    let name = lexicon.canonical(name.into());
    let mut names = lexicon.lineage_of(name);
    if let Some((of, member)) = name.rsplit_once('.') {
        names.extend(lexicon.lineage_of(of.into()).iter().map(|of| Text::from(&format!("{of}.{member}"))));
    }
    let mut found = Vec::new();
    for (path, text) in embedded().chain(texts(folders)?).filter(|(path, _)| path.contains("lexicon/")) {
        let file: toml::Table = toml::from_str(&text).map_err(|e| Mistake::toml(&path, &text, &e))?;
        for (table, entries) in &file {
            let entries = entries.as_array().into_iter().flatten().filter_map(toml::Value::as_table);
            for entry in entries.filter(|entry| entry_names(entry).any(|of| names.iter().any(|n| fits_name(of, n)))) {
                let mut shown = entry.clone();
                // Of a long list of names, those that were asked for are enough.
                if let Some(toml::Value::Array(all)) = shown.get_mut("name") {
                    all.retain(|of| of.as_str().is_some_and(|of| names.iter().any(|n| fits_name(of, n))));
                }
                let written = toml::to_string(&shown).unwrap_or_default();
                found.push((path.clone(), format!("[[{table}]]\n{written}")));
            }
        }
    }
    Ok(found)
}

fn entry_names(entry: &toml::Table) -> impl Iterator<Item = &str> {
    let name = entry.get("name");
    let many = name.and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_str);
    name.and_then(toml::Value::as_str).into_iter().chain(many)
}

/// The texts of the user's folders, each with its path.
///
/// # Errors
/// If a folder cannot be read.
pub fn texts(folders: &[PathBuf]) -> Result<Vec<(String, String)>, Mistake> {
    folders.iter().map(|folder| files(folder)).collect::<Result<Vec<_>, _>>().map(|texts| texts.concat())
}

fn embedded() -> impl Iterator<Item = (String, String)> {
    let mut files = Vec::new();
    collect(&EMBEDDED, &mut files);
    files.sort();
    files.into_iter()
}

fn collect(folder: &Dir<'_>, into: &mut Vec<(String, String)>) {
    for file in folder.files() {
        let path = file.path().to_string_lossy().replace('\\', "/");
        if path.ends_with(".toml")
            && let Some(text) = file.contents_utf8()
        {
            into.push((format!("rules/{path}"), text.to_owned()));
        }
    }
    folder.dirs().for_each(|d| collect(d, into));
}

/// The TOML files below a user's folder, by path.
fn files(folder: &Path) -> Result<Vec<(String, String)>, Mistake> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let refuse = |error: String| Mistake::new(&folder.display().to_string(), "", 0..0, error);
        let entry = entry.map_err(|e| refuse(e.to_string()))?;
        if entry.file_type().is_file() && entry.path().extension().is_some_and(|e| e == "toml") {
            let text = open::policy(entry.path()).map_err(|e| refuse(e.to_string()))?;
            files.push((entry.path().to_string_lossy().replace('\\', "/"), text));
        }
    }
    Ok(files)
}
