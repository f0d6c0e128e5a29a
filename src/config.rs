//! The team's configuration: `mldebt.toml`, `.mldebt.toml` or `[tool.mldebt]` in `pyproject.toml`, checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use crate::catalog::Catalog;
use crate::finding::Severity;
use crate::mistake::{Mistake, nearest};
use crate::rule::{Profile, Rule, Stance};
use crate::system::told::Told;
use crate::vocabulary::{Certainty, Role};

/// What one run looks at and shows.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder that is looked at.
    pub root: PathBuf,
    /// If a file was named: the only path findings are shown for, relative to the root.
    pub only: Option<String>,
    /// What the team wrote.
    pub file: ConfigFile,
    /// Where it was written, for messages.
    pub path: Option<PathBuf>,
}

/// The keys of the configuration file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ConfigFile {
    /// Globs of paths that are not looked at.
    pub exclude: Vec<String>,
    /// Globs of paths that are looked at although they are ignored or generated.
    pub include: Vec<String>,
    /// Rules or families that are asked; all if empty.
    pub select: Vec<String>,
    /// Rules or families that are asked besides.
    pub extend_select: Vec<String>,
    /// Rules or families that are not asked.
    pub ignore: Vec<String>,
    /// The least severity that is shown.
    pub min_severity: Severity,
    /// The least confidence that is shown.
    pub min_confidence: Certainty,
    /// Folders with the team's own rules and lexicon.
    pub rules: Vec<PathBuf>,
    /// The largest file that is read, in bytes; notebooks, whose outputs are skipped, may be 32 times as large.
    pub size_limit: u64,
    /// How much the team asks of its code.
    pub profile: Profile,
    /// What the code below certain paths is for, by glob: train, serve, plain, prototype, test.
    pub roles: BTreeMap<String, Role>,
    /// Values laid over rules.
    pub rule: toml::Table,
}

impl Default for ConfigFile {
    fn default() -> Self {
        Self {
            exclude: Vec::new(),
            include: Vec::new(),
            select: Vec::new(),
            extend_select: Vec::new(),
            ignore: Vec::new(),
            min_severity: Severity::Low,
            min_confidence: Certainty::Inferred,
            rules: Vec::new(),
            size_limit: 2 * 1024 * 1024,
            profile: Profile::Team,
            roles: BTreeMap::new(),
            rule: toml::Table::new(),
        }
    }
}

#[derive(Deserialize)]
struct Pyproject {
    tool: Option<Tool>,
}

#[derive(Deserialize)]
struct Tool {
    mldebt: Option<toml::Spanned<toml::Table>>,
}

impl Config {
    /// The configuration for looking at `path`: the given file, else the closest one at or above it.
    ///
    /// # Errors
    /// If the path is not there or the configuration says what nobody understands.
    pub fn find(path: &Path, given: Option<&Path>, isolated: bool) -> Result<Self, Mistake> {
        let shown = path.display().to_string();
        let meta = std::fs::metadata(path).map_err(|e| Mistake::new(&shown, "", 0..0, e.to_string()))?;
        let (root, only) = if meta.is_file() {
            let folder = path
                .parent()
                .filter(|p| !p.as_os_str().is_empty())
                .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
            (folder, path.file_name().map(|n| n.to_string_lossy().into_owned()))
        } else {
            (path.to_path_buf(), None)
        };
        let mut config = Self { root, only, file: ConfigFile::default(), path: None };
        let found = match given {
            Some(given) => Some(given.to_path_buf()),
            None if isolated => None,
            None => closest(&config.root),
        };
        if let Some(file) = found {
            let shown = file.display().to_string();
            let text = std::fs::read_to_string(&file).map_err(|e| Mistake::new(&shown, "", 0..0, e.to_string()))?;
            config.file = read(&shown, &text)?;
            let base = file.parent().map(Path::to_path_buf).unwrap_or_default();
            for folder in &mut config.file.rules {
                *folder = base.join(&*folder);
            }
            config.path = Some(file);
        }
        config.globs(&config.file.exclude)?;
        config.globs(&config.file.include)?;
        Ok(config)
    }

    /// A configuration with every default, for in-memory use.
    pub fn plain(root: &Path) -> Self {
        Self { root: root.to_path_buf(), only: None, file: ConfigFile::default(), path: None }
    }

    /// Globs as one matcher.
    ///
    /// # Errors
    /// If one of them is no glob.
    pub fn globs(&self, globs: &[String]) -> Result<GlobSet, Mistake> {
        let shown = self.path.as_ref().map_or_else(|| "command line".to_owned(), |p| p.display().to_string());
        let refuse = |e: globset::Error| Mistake::new(&shown, "", 0..0, e.to_string());
        let mut builder = GlobSetBuilder::new();
        for glob in globs {
            builder.add(Glob::new(glob).map_err(refuse)?);
            // A folder's name means all below it.
            builder.add(Glob::new(&format!("{}/**", glob.trim_end_matches('/'))).map_err(refuse)?);
        }
        builder.build().map_err(refuse)
    }

    /// What the team says of its system.
    ///
    /// # Errors
    /// If a glob is none.
    pub fn told(&self) -> Result<Told, Mistake> {
        let mut roles = Vec::new();
        for (glob, role) in &self.file.roles {
            roles.push((self.globs(std::slice::from_ref(glob))?, glob.len(), *role));
        }
        // The more exact word wins.
        roles.sort_by_key(|(_, length, _)| *length);
        Ok(Told { roles: roles.into_iter().map(|(glob, _, role)| (glob, role)).collect() })
    }

    /// The rules that are asked, as the profile and the team set them.
    ///
    /// # Errors
    /// If a selection names what is no rule and no family.
    pub fn selected(&self, catalog: &Catalog) -> Result<Catalog, Mistake> {
        let names = catalog.names();
        for name in self.file.select.iter().chain(&self.file.extend_select).chain(&self.file.ignore) {
            if !names.contains(&name.as_str()) {
                let shown = self.path.as_ref().map_or_else(|| "command line".to_owned(), |p| p.display().to_string());
                let mistake = Mistake::new(&shown, "", 0..0, format!("there is no rule or family `{name}`"));
                return Err(match nearest(name, names.iter().copied()) {
                    Some(near) => mistake.help(format!("did you mean `{near}`?")),
                    None => mistake.help("`mldebt rules` lists them".to_owned()),
                });
            }
        }
        let named = |list: &[String], rule: &Rule| list.iter().any(|n| *n == rule.name || *n == rule.family);
        let profile = self.file.profile;
        let own = |rule: &Rule| self.file.rule.get(&rule.name).is_some_and(|table| table.get("severity").is_some());
        let catalog = catalog.clone().in_profile(profile, &own);
        Ok(catalog.filtered(|rule| {
            let asked =
                self.file.select.is_empty() || named(&self.file.select, rule) || named(&self.file.extend_select, rule);
            // The more exact word wins: `--select RULE --ignore FAMILY` asks the rule.
            let by_name = self.file.select.contains(&rule.name) || self.file.extend_select.contains(&rule.name);
            let ignored = self.file.ignore.contains(&rule.name) || (!by_name && named(&self.file.ignore, rule));
            let wanted = rule.optional.is_none() && rule.stance(profile) != Some(Stance::Off);
            asked && !ignored && rule.off.is_none() && (wanted || by_name)
        }))
    }
}

/// Reads a configuration file's text.
///
/// # Errors
/// If it holds an unknown key or a wrong value.
pub fn read(shown: &str, text: &str) -> Result<ConfigFile, Mistake> {
    if shown.ends_with("pyproject.toml") {
        let project: Pyproject = toml::from_str(text).map_err(|e| Mistake::toml(shown, text, &e))?;
        let Some(table) = project.tool.and_then(|t| t.mldebt) else { return Ok(ConfigFile::default()) };
        let span = table.span();
        return toml::Value::Table(table.into_inner())
            .try_into()
            .map_err(|e: toml::de::Error| Mistake { span, ..Mistake::toml(shown, text, &e) });
    }
    toml::from_str(text).map_err(|e| Mistake::toml(shown, text, &e))
}

/// The closest configuration at or above a folder, not beyond the repository's root.
fn closest(root: &Path) -> Option<PathBuf> {
    let mut folder = std::fs::canonicalize(root).ok()?;
    loop {
        for name in ["mldebt.toml", ".mldebt.toml"] {
            let file = folder.join(name);
            if file.is_file() {
                return Some(file);
            }
        }
        let project = folder.join("pyproject.toml");
        if std::fs::read_to_string(&project).is_ok_and(|t| t.contains("[tool.mldebt")) {
            return Some(project);
        }
        if folder.join(".git").exists() || !folder.pop() {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn unknown_keys_are_mistakes_with_a_place() {
        let text = "exclude = []\nmin-severty = 'low'\n";
        let error = read("mldebt.toml", text).unwrap_err();
        assert_eq!((&text[error.span], error.help.unwrap().as_str()), ("min-severty", "did you mean `min-severity`?"));
        let text = "[tool.other]\n[tool.mldebt]\nselekt = []\n";
        assert!(read("pyproject.toml", text).unwrap_err().help.is_some());
        assert_eq!(read("pyproject.toml", "[tool.mldebt]\nselect=['data']\n").unwrap().select, ["data"]);
    }
}
