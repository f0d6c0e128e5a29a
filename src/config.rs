//! The team's configuration: `mldebt.toml`, `.mldebt.toml` or `[tool.mldebt]` in `pyproject.toml`, checked.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use globset::{Glob, GlobSet, GlobSetBuilder};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::catalog::Catalog;
use crate::finding::Severity;
use crate::lexicon::Constraint;
use crate::mistake::{Mistake, nearest};
use crate::open;
use crate::rule::{Laid, Profile, Rule, Stance};
use crate::source::spelled;
use crate::system::told::{Consumer, Told, World};
use crate::vocabulary::{Certainty, Role};

/// The ledger's name, unless the configuration gives another.
pub const LEDGER: &str = "mldebt-ledger.toml";

/// Whose word counts where a change is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Policy {
    /// That of the revision which is compared with: a change cannot excuse itself.
    #[default]
    Base,
    /// That of the change.
    Head,
}

/// What one run looks at and shows.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The folder that is looked at.
    pub root: PathBuf,
    /// The files and folders that findings are shown for, relative to the root; all if empty.
    pub only: Vec<String>,
    /// Files that are looked at, whatever git leaves out or the name of their folder says, relative to the root.
    pub wanted: Vec<PathBuf>,
    /// The root's path below the repository's own root: empty or ending in `/`.
    pub prefix: String,
    /// The ledger of the debts that are known, if there is to be one.
    pub ledger: Option<PathBuf>,
    /// What the team wrote.
    pub file: ConfigFile,
    /// Where it was written, for messages.
    pub path: Option<PathBuf>,
    /// Was it looked for? One that was named on the command line, or is not wanted, is the same for all revisions.
    pub searched: bool,
    /// Where what is found out is kept for later runs, if anywhere.
    pub keeping: Option<Keeping>,
    /// The root of which this is a copy, at another revision.
    pub copy_of: Option<PathBuf>,
    /// Is it one of many revisions, which share what their files say apart from the root's own?
    pub sampled: bool,
}

/// Where what is found out is kept for later runs.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// The folder.
    pub folder: PathBuf,
    /// Somebody asked for it, so that it is not asked whether it pays.
    pub asked: bool,
}

/// The keys of the configuration file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    /// The ledger of known debts, relative to the configuration file.
    pub ledger: Option<PathBuf>,
    /// How much the team asks of its code.
    pub profile: Profile,
    /// What the code below certain paths is for, by glob: train, serve, plain, prototype, test.
    pub roles: BTreeMap<String, Role>,
    /// What goes on outside of the code, between what models say and the data that they later learn from.
    pub world: Vec<World>,
    /// Who uses data that the team makes.
    pub consumer: Vec<SaidConsumer>,
    /// Values of settings that must not meet in one map.
    pub constraint: Vec<Constraint>,
    /// Values laid over rules.
    #[schemars(with = "BTreeMap<String, Laid>")]
    pub rule: toml::Table,
}

/// Somebody who uses data, and the team knows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SaidConsumer {
    data: String,
    by: String,
    #[serde(default)]
    owner: String,
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
            ledger: None,
            profile: Profile::Team,
            roles: BTreeMap::new(),
            world: Vec::new(),
            consumer: Vec::new(),
            constraint: Vec::new(),
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
    /// A file is looked at within its project, so that what it owes to others is seen; so is a folder of a project that
    /// keeps a ledger, as the ledger counts the debts of the whole.
    ///
    /// # Errors
    /// If the path is not there or the configuration says what nobody understands.
    pub fn find(path: &Path, given: Option<&Path>, isolated: bool) -> Result<Self, Mistake> {
        let shown = path.display().to_string();
        let meta = std::fs::metadata(path).map_err(|e| Mistake::new(&shown, "", 0..0, e.to_string()))?;
        let mut config = Self { root: path.to_path_buf(), ..Self::default() };
        if meta.is_file() {
            let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let root = above(parent, is_project).unwrap_or_else(|| parent.to_path_buf());
            let name = spelled(Path::new(path.file_name().unwrap_or_default()));
            let folder = below(&root, parent).unwrap_or_default();
            config.only = vec![if folder.is_empty() { name } else { format!("{folder}/{name}") }];
            // The root is named as it was given, if that is what it is.
            config.root = if folder.is_empty() { parent.to_path_buf() } else { root };
            // Whoever names a file wants it looked at, whatever git or the name of its folder says.
            config.wanted =
                if folder.is_empty() { vec![name_of(path)] } else { vec![Path::new(&folder).join(name_of(path))] };
        } else if !meta.is_dir() {
            return Err(Mistake::new(&shown, "", 0..0, "neither a regular file nor a folder"));
        } else if let Some(root) = above(path, |folder| folder.join(LEDGER).is_file()).filter(|_| !isolated) {
            config.only = below(&root, path).into_iter().filter(|only| !only.is_empty()).collect();
            config.root = if config.only.is_empty() { config.root } else { root };
        }
        config.prefix = above(&config.root, |folder| folder.join(".git").exists())
            .and_then(|repository| below(&repository, &config.root))
            .map_or_else(String::new, |below| if below.is_empty() { below } else { below + "/" });
        config.searched = given.is_none() && !isolated;
        match given {
            Some(given) => config.take(given, open::named_policy)?,
            None if isolated => {}
            None => config.search()?,
        }
        if config.ledger.is_none() && !isolated {
            config.ledger = Some(config.root.join(LEDGER)).filter(|file| is_there(file));
        }
        Ok(config)
    }

    fn search(&mut self) -> Result<(), Mistake> {
        closest(&self.root).map_or(Ok(()), |file| self.take(&file, open::policy))
    }

    /// The repository's own root.
    pub fn repository(&self) -> Option<PathBuf> {
        above(&self.root, |folder| folder.join(".git").exists())
    }

    /// The configuration of the same root in another copy of the repository.
    ///
    /// # Errors
    /// If it says what nobody understands.
    pub fn elsewhere(&self, copy: &Path) -> Result<Self, Mistake> {
        let root = copy.join(&self.prefix);
        let refuse = |e: std::io::Error| Mistake::new(&root.display().to_string(), "", 0..0, e.to_string());
        // What is new with the change was empty before.
        std::fs::create_dir_all(&root).map_err(refuse)?;
        let mut other = Self { root, copy_of: Some(self.root.clone()), ..self.clone() };
        if self.searched {
            (other.file, other.path) = (ConfigFile::default(), None);
            other.ledger = Some(other.root.join(LEDGER));
            other.search()?;
        }
        Ok(other)
    }

    /// The same root under the rules of another configuration.
    #[must_use]
    pub fn governed_by(&self, other: &Self) -> Self {
        Self { root: self.root.clone(), copy_of: self.copy_of.clone(), ..other.clone() }
    }

    /// The root, or that of which it is a copy.
    pub fn original(&self) -> &Path {
        self.copy_of.as_deref().unwrap_or(&self.root)
    }

    /// Takes over what a configuration file says.
    fn take(&mut self, file: &Path, open: fn(&Path) -> std::io::Result<String>) -> Result<(), Mistake> {
        let shown = file.display().to_string();
        let text = open(file).map_err(|e| Mistake::new(&shown, "", 0..0, e.to_string()))?;
        self.file = read(&shown, &text)?;
        let base = file.parent().map(Path::to_path_buf).unwrap_or_default();
        for folder in &mut self.file.rules {
            *folder = base.join(&*folder);
        }
        let outside = |what: &str| Mistake::new(&shown, "", 0..0, format!("{what} outside of the repository"));
        // Whoever names a configuration on the command line answers for what it names.
        if self.searched && !self.file.rules.iter().all(|folder| is_below(&base, folder)) {
            return Err(outside("`rules` names a folder"));
        }
        if let Some(ledger) = &self.file.ledger {
            let inside = ledger.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
            if !inside {
                return Err(Mistake::new(
                    &shown,
                    "",
                    0..0,
                    "the ledger lies beside the configuration file or below it",
                ));
            }
            let ledger = base.join(ledger);
            if !is_below(&base, &ledger) {
                return Err(outside("the ledger would lie behind a link,"));
            }
            self.ledger = Some(ledger);
        }
        self.path = Some(file.to_path_buf());
        self.globs(&self.file.exclude)?;
        self.globs(&self.file.include)?;
        Ok(())
    }

    /// Are findings of this path shown?
    pub fn shows(&self, path: &str) -> bool {
        let holds =
            |only: &String| path.strip_prefix(only.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'));
        self.only.is_empty() || self.only.iter().any(holds)
    }

    /// A configuration with every default, for in-memory use.
    pub fn plain(root: &Path) -> Self {
        Self { root: root.to_path_buf(), ..Self::default() }
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
        let roles = roles.into_iter().map(|(glob, _, role)| (glob, role)).collect();
        let worlds = self.file.world.clone();
        let consumer = |said: &SaidConsumer| {
            let paths = self.globs(std::slice::from_ref(&said.by))?;
            Ok(Consumer { data: said.data.clone(), by: said.by.clone(), paths, owner: said.owner.clone() })
        };
        let consumers = self.file.consumer.iter().map(consumer).collect::<Result<_, Mistake>>()?;
        Ok(Told { roles, worlds, consumers, constraints: self.file.constraint.clone() })
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
    above(root, |folder| configuration(folder).is_some()).and_then(|folder| configuration(&folder))
}

/// The configuration file of a folder.
pub fn configuration(folder: &Path) -> Option<PathBuf> {
    let own = ["mldebt.toml", ".mldebt.toml"].map(|name| folder.join(name)).into_iter().find(|file| is_there(file));
    own.or_else(|| {
        let project = folder.join("pyproject.toml");
        open::policy(&project).is_ok_and(|t| t.contains("[tool.mldebt")).then_some(project)
    })
}

fn name_of(path: &Path) -> PathBuf {
    PathBuf::from(path.file_name().unwrap_or_default())
}

/// Does a path lead to something below the repository in which a folder lies, or below the folder itself if that lies in none?
fn is_below(base: &Path, path: &Path) -> bool {
    let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    let root = above(base, |folder| folder.join(".git").exists()).or_else(|| std::fs::canonicalize(base).ok());
    // What is not there yet would lie in the closest folder that is.
    let real = path.ancestors().find_map(|part| {
        let part = if part.as_os_str().is_empty() { Path::new(".") } else { part };
        std::fs::canonicalize(part).ok()
    });
    root.zip(real).is_some_and(|(root, real)| real.starts_with(root))
}

/// Does a policy file lie there, whatever it is? One that cannot be read is a mistake, and not as if there were none.
fn is_there(file: &Path) -> bool {
    std::fs::symlink_metadata(file).is_ok_and(|meta| !meta.is_dir())
}

/// Is a folder the root of what belongs together?
fn is_project(folder: &Path) -> bool {
    folder.join(".git").exists() || folder.join(LEDGER).is_file() || configuration(folder).is_some()
}

/// The closest folder at or above one, up to the repository's root, of which `wanted` holds.
fn above(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let mut at = std::fs::canonicalize(folder).ok()?;
    while !wanted(&at) {
        if at.join(".git").exists() || !at.pop() {
            return None;
        }
    }
    Some(at)
}

/// The path of something at or below a folder, with `/`.
fn below(folder: &Path, path: &Path) -> Option<String> {
    let [folder, path] = [folder, path].map(std::fs::canonicalize);
    let (folder, path) = (folder.ok()?, path.ok()?);
    Some(spelled(path.strip_prefix(folder).ok()?))
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
