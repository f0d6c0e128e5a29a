//! Where data lives: the one name under which the same file, table or object is known everywhere.

mod store;

use rustc_hash::{FxHashMap, FxHashSet};

use super::environment::is_variable;
use super::options::CliOption;
use super::spelling::segments;
use super::text::{Evaluator, Part, Pattern, ROOT};
use crate::fact::OpKind;
use crate::program::{Program, join, parent};
use crate::source::{FileId, Kind};

/// A place of data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The name: `data/train.csv`, `s3://bucket/{}/x.parquet`, `table:scores`. Unknown parts are `{}`.
    pub name: String,
    /// file, http, s3, gs, table, hub, ...
    pub scheme: String,
    /// The authority of a remote place.
    pub host: String,
    /// On another machine.
    pub remote: bool,
    /// Has unknown parts.
    pub pattern: bool,
    /// In a temporary or cache folder.
    pub temporary: bool,
    /// At least one segment is literal.
    pub known: bool,
}

/// What a call says about where its data lies.
#[derive(Clone, Copy)]
pub struct Where<'a> {
    /// The text of the place.
    pub pattern: &'a Pattern,
    /// Tables and the like are told by their scheme.
    pub scheme: Option<&'a str>,
    /// The environment has its say: every program that is started in it sees the same folder.
    pub environment: bool,
}

/// The values that a step's command line gives to a program's options and arguments.
pub trait Bindings {
    /// What the option of that number holds.
    fn option(&self, number: u32) -> Option<String>;
    /// Of several values that the option of that number holds, the one at that place.
    fn option_at(&self, number: u32, place: u32) -> Option<String>;
    /// Is the option of that number said at all?
    fn is_said(&self, number: u32) -> bool;
    /// What the command line says of a key of the settings.
    fn setting(&self, key: &str) -> Option<String>;
    /// What a variable of the environment holds.
    fn variable(&self, name: &str) -> Option<String>;
    /// The argument at that place.
    fn argument(&self, position: u32) -> Option<String>;
}

/// Nobody gives anything: defaults hold.
pub struct NoBindings;

impl Bindings for NoBindings {
    fn option(&self, _: u32) -> Option<String> {
        None
    }
    fn option_at(&self, _: u32, _: u32) -> Option<String> {
        None
    }
    fn is_said(&self, _: u32) -> bool {
        false
    }
    fn setting(&self, _: &str) -> Option<String> {
        None
    }
    fn variable(&self, _: &str) -> Option<String> {
        None
    }
    fn argument(&self, _: u32) -> Option<String> {
        None
    }
}

/// Makes places out of patterns.
pub struct Placer<'a> {
    program: &'a Program<'a>,
    folders: FxHashSet<&'a str>,
    /// Folders that hold a project of their own, in which its programs are started.
    homes: FxHashSet<&'a str>,
    /// Folders that hold a workspace of Rust crates: their programs are started there.
    workspaces: FxHashSet<&'a str>,
    /// Folders that hold shell scripts.
    scripted: FxHashSet<&'a str>,
    /// Programs that scripts start in a folder that they go into first.
    started: FxHashMap<FileId, String>,
    /// Absolute folders of containers and the folders of the repository that lie there, the deepest first.
    mounts: Vec<(String, String)>,
    /// Some place is spelled as one of a store that is mounted in the file system.
    mounted: bool,
}

impl<'a> Placer<'a> {
    /// Knows the folders of the repository.
    pub fn new(program: &'a Program<'a>, entered: FxHashMap<FileId, String>) -> Self {
        let mut folders = FxHashSet::default();
        for source in program.sources {
            let mut folder = parent(&source.path);
            while !folder.is_empty() && folders.insert(folder) {
                folder = parent(folder);
            }
        }
        let mut homes = FxHashSet::default();
        let mut scripted = FxHashSet::default();
        for source in program.sources {
            let folder = parent(&source.path);
            let name = source.path.rsplit('/').next().unwrap_or_default();
            match source.kind {
                Kind::Makefile | Kind::Requirements | Kind::Dvc if !name.ends_with(".dvc") => homes.insert(folder),
                Kind::Toml if name == "pyproject.toml" || name == "Cargo.toml" => homes.insert(folder),
                Kind::Python if name == "setup.py" => homes.insert(folder),
                Kind::Snakemake if name.eq_ignore_ascii_case("snakefile") && !folder.ends_with("workflow") => {
                    homes.insert(folder)
                }
                Kind::Shell => scripted.insert(folder),
                _ => false,
            };
        }
        let sources = program.sources.iter().zip(program.facts);
        let workspaces = sources
            .filter(|(source, _)| source.kind == Kind::Toml && source.path.ends_with("Cargo.toml"))
            .filter(|(_, facts)| facts.settings.iter().any(|s| s.keys.first().is_some_and(|key| key == "workspace")))
            .map(|(source, _)| parent(&source.path))
            .collect();
        let (mut started, mounts) = (started(program), mounts(program, &folders));
        started.extend(entered);
        let mounted = store::is_used(program);
        Self { program, folders, homes, workspaces, scripted, started, mounts, mounted }
    }

    /// The folder in which a file's program is started, as far as the repository's layout tells: the nearest project
    /// around it, else the outermost folder with shell scripts, else the root.
    pub fn home(&self, file: FileId) -> &'a str {
        let mut folder = parent(self.program.path(file));
        let mut scripted = "";
        if self.program.sources[file.index()].kind == Kind::Rust
            && let Some(workspace) = self.workspace(folder)
        {
            return workspace;
        }
        while !folder.is_empty() {
            if self.homes.contains(folder) {
                return folder;
            }
            if self.scripted.contains(folder) {
                scripted = folder;
            }
            folder = parent(folder);
        }
        scripted
    }

    /// The folder of the workspace around a folder.
    fn workspace(&self, folder: &'a str) -> Option<&'a str> {
        let mut folder = folder;
        loop {
            if self.workspaces.contains(folder) {
                return Some(folder);
            }
            if folder.is_empty() {
                return None;
            }
            folder = parent(folder);
        }
    }

    /// The place that a pattern names, seen from a program that runs `file`; `folder` is where it runs, if that is declared.
    pub fn place(
        &self,
        evaluator: Evaluator<'_>,
        at: Where<'_>,
        file: FileId,
        folder: Option<&str>,
        bindings: &dyn Bindings,
    ) -> Place {
        let mut text = String::new();
        let mut temporary = false;
        let mut parts = at.pattern.iter().peekable();
        while let Some(part) = parts.next() {
            // A folder keeps the name of where it comes from; what is only a part of a name does not.
            let folder =
                text.is_empty() && parts.peek().is_some_and(|next| matches!(next, Part::Text(t) if t.starts_with('/')));
            let variable = match part {
                Part::Root(name) if is_variable(name) => bindings.variable(name),
                _ => None,
            };
            // A store that has its name from a variable of the environment is the same for all who ask that.
            let store =
                text.ends_with("://") && parts.peek().is_some_and(|n| matches!(n, Part::Text(t) if t.starts_with('/')));
            match part {
                Part::Root(_) if variable.is_some() => text.push_str(&variable.unwrap_or_default()),
                Part::Root(name) if store && is_variable(name) => text.push_str(&format!("{ROOTED}{name}")),
                Part::Root(name) if folder || (text.is_empty() && parts.peek().is_none() && is_variable(name)) => {
                    text.push_str(&format!("{ROOTED}{name}"));
                }
                Part::Root(_) => text.push_str("{}"),
                // Whatever fits is meant.
                Part::Text(piece) if piece.contains('*') => {
                    text.push_str(&piece.replace("**", "{}").replace('*', "{}"));
                }
                Part::Text(piece) => text.push_str(piece),
                Part::Hole => text.push_str("{}"),
                Part::Temporary => {
                    temporary = true;
                    text.push_str("{}");
                }
                Part::Argument(position) => {
                    text.push_str(&bindings.argument(*position).unwrap_or_else(|| "{}".to_owned()))
                }
                Part::Key(key, value) => {
                    text.push_str(bindings.setting(key).as_deref().unwrap_or(value));
                }
                Part::Each(number, at) => {
                    let default = || evaluator.default_at(*number, *at).filter(|_| !bindings.is_said(*number));
                    let value = bindings.option_at(*number, *at).or_else(default);
                    text.push_str(value.as_deref().unwrap_or("{}"));
                }
                Part::Option(number) => {
                    let option = evaluator.options.get(*number);
                    let bound = bindings.option(*number);
                    let value = bound.or_else(|| evaluator.default_text(*number));
                    let named = option.filter(|_| folder).map(|option| self.option_root(evaluator, option));
                    text.push_str(value.or(named).as_deref().unwrap_or("{}"));
                }
            }
        }
        // Two unknown parts in a row are one.
        while text.contains("{}{}") {
            text = text.replace("{}{}", "{}");
        }
        let mut place = match at.scheme {
            // A package may be given by its name or by its folder.
            Some(scheme) if !(text.contains("://") || scheme == "package" && text.contains('/')) => {
                special(scheme, &text)
            }
            _ => self.path(&text, file, folder.or(at.environment.then_some(""))),
        };
        place.temporary |= temporary;
        // The folder that a relative path is seen from says nothing about what lies there.
        place.known &= is_rooted(&text) || text.replace("{}", "").bytes().any(|b| b.is_ascii_alphanumeric());
        place
    }

    /// The name of the folder that an option without a value is: of a name that says which folder, the same for all
    /// programs; of one that only says which way the data goes, each program's own.
    fn option_root(&self, evaluator: Evaluator<'_>, option: &CliOption) -> String {
        let name = option.name.as_str();
        if !evaluator.follow.types.lexicon().words.says_direction(name) {
            return format!("{ROOTED}{name}");
        }
        let program = self.program.path(option.call.file).replace(".py", "").replace('/', ".");
        format!("{ROOTED}{program}.{name}")
    }

    /// The place in the repository of an absolute path in a container.
    fn unmounted(&self, text: &str) -> Option<String> {
        self.mounts.iter().find_map(|(inside, folder)| {
            let rest = text.strip_prefix(inside.as_str())?;
            (rest.starts_with('/') && rest.len() > 1).then(|| segments(folder, rest))
        })
    }

    /// The place of a path or URL as written in a file.
    pub fn path(&self, text: &str, file: FileId, folder: Option<&str>) -> Place {
        let text = templated(text).replace('\\', "/");
        if let Some(inner) = store::inner(&text, self.mounted) {
            return finish(Place { name: store::name(&inner), scheme: store::SCHEME.to_owned(), ..Place::default() });
        }
        if let Some((scheme, rest)) = text
            .split_once("://")
            .filter(|(s, _)| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)))
        {
            if scheme == "file" {
                return self.path(rest, file, folder);
            }
            return url(scheme, rest);
        }
        let folder = folder.or_else(|| self.started.get(&file).map(String::as_str));
        let here = folder.unwrap_or_else(|| parent(self.program.path(file)));
        let path = if let Some(inside) = text.find(ROOT).and_then(|i| text.get(i + ROOT.len()..)) {
            segments("", inside)
        } else if text.starts_with(ROOTED) {
            return local(&segments("", &text));
        } else if let Some(path) = self.unmounted(&text) {
            path
        } else if text.starts_with("{}/") {
            // What stands in front is not known, so neither is the folder that the path is seen from.
            segments("", &text)
        } else if text.starts_with('/') || text.starts_with('~') || text.get(1..3) == Some(":/") {
            return local(&text.replace("//", "/"));
        } else if folder.is_some() || text.starts_with("..") {
            segments(here, &text)
        } else {
            let (first, below) = text.trim_start_matches("./").split_once('/').unwrap_or((&text, ""));
            // The folder that holds what the path begins with; a bare name lies where the program is started.
            let holds = |base: &&str| !below.is_empty() && self.folders.contains(join(base, first).as_str());
            let home = self.home(file);
            let base = [home, "", here].into_iter().find(holds).unwrap_or(home);
            segments(base, &text)
        };
        local(&path)
    }
}

/// A text whose `{{ templates }}` are holes: an orchestrator fills them when it runs the step.
pub fn templated(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        out.push_str("{}");
        rest = after.split_once("}}").map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    out
}

/// In front of a place below a folder that is known only by where it comes from.
pub const ROOTED: char = '$';

/// Is the place below a folder that is known only by where it comes from?
pub fn is_rooted(name: &str) -> bool {
    name.starts_with(ROOTED)
}

/// The programs that scripts start after they went into a folder, if all go into the same.
fn started(program: &Program<'_>) -> FxHashMap<FileId, String> {
    let mut found: FxHashMap<FileId, Option<String>> = FxHashMap::default();
    for script in program.files() {
        let here = parent(program.path(script));
        for command in &program.file(script).commands {
            for word in command.words.iter().filter(|word| word.ends_with(".py")) {
                let folders = [segments(here, &command.folder), segments("", &command.folder)];
                let run = |folder: &String| Some((program.at_path(&segments(folder, word))?, folder.clone()));
                let Some((file, folder)) = folders.iter().find_map(run) else { continue };
                let folder = Some(folder).filter(|_| !command.folder.is_empty());
                let known = found.entry(file).or_insert_with(|| folder.clone());
                known.take_if(|known| Some(&*known) != folder.as_ref());
            }
        }
    }
    found.into_iter().filter_map(|(file, folder)| Some((file, folder?))).collect()
}

/// So many absolute places must have folders of the repository below one folder to take that for the repository.
const PLACES: usize = 3;

/// Which folders of the repository lie where in containers: as images and composed containers say, else where several
/// absolute places have one beginning and go on as folders of the repository do.
fn mounts(program: &Program<'_>, folders: &FxHashSet<&str>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for file in program.files() {
        let here = parent(program.path(file));
        for mount in &program.file(file).mounts {
            let outside = mount.outside.trim_matches(['.', '/']);
            // An image is built in its own folder, or from the root.
            let holds = |base: &&str| match outside.is_empty() {
                true => {
                    folders.contains(*base)
                        && program.sources.iter().any(|s| s.kind == Kind::Python && parent(&s.path).starts_with(*base))
                }
                false => folders.contains(join(base, outside).as_str()),
            };
            let base = [here, ""].into_iter().find(holds).unwrap_or("");
            found.push((mount.inside.trim_end_matches('/').to_owned(), segments(base, outside)));
        }
    }
    let mut tails: FxHashMap<&str, FxHashSet<&str>> = FxHashMap::default();
    let texts = program.facts.iter().flat_map(|facts| &facts.ops);
    for text in texts.filter_map(|op| if let OpKind::Str(text) = op.kind { Some(text) } else { None }) {
        let Some((first, tail)) = text.as_str().strip_prefix('/').and_then(|path| path.split_once('/')) else {
            continue;
        };
        let holds = tail.split_once('/').is_some_and(|(folder, _)| folders.contains(folder));
        if holds && !first.is_empty() && !text.contains(char::is_whitespace) {
            tails.entry(first).or_default().insert(tail);
        }
    }
    let several = tails.into_iter().filter(|(_, tails)| tails.len() >= PLACES);
    found.extend(several.map(|(first, _)| (format!("/{first}"), String::new())));
    found.retain(|(inside, _)| inside.len() > 1);
    found.sort_by(|(one, a), (other, b)| other.len().cmp(&one.len()).then_with(|| (one, a).cmp(&(other, b))));
    found.dedup();
    found
}

fn local(path: &str) -> Place {
    let lower = path.to_ascii_lowercase();
    let temporary = lower.starts_with("/tmp")
        || lower.starts_with("/dev/")
        || lower.starts_with("/var/tmp")
        || [".tmp", ".temp", ".part"].iter().any(|ending| lower.ends_with(ending))
        || lower.split('/').any(|s| matches!(s, "tmp" | "temp" | ".cache" | "cache" | "__pycache__" | ".tmp"));
    finish(Place { name: path.to_owned(), scheme: "file".to_owned(), temporary, ..Place::default() })
}

fn url(scheme: &str, rest: &str) -> Place {
    let scheme = scheme.to_ascii_lowercase();
    let rest = rest.trim_end_matches('/');
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.replace("//", "/");
    // One store by several names.
    let scheme = match scheme.as_str() {
        "s3a" | "s3n" => "s3".to_owned(),
        "gcs" => "gs".to_owned(),
        _ => scheme,
    };
    let name = if path.is_empty() { format!("{scheme}://{host}") } else { format!("{scheme}://{host}/{path}") };
    let local = ["localhost", "127.0.0.1", "0.0.0.0", "169.254.169.254"].iter().any(|h| host.starts_with(h));
    let scheme = match scheme.as_str() {
        "https" => "http".to_owned(),
        _ => scheme,
    };
    let remote = !local && !matches!(scheme.as_str(), "sqlite" | "file" | "duckdb");
    finish(Place { name, host: host.to_owned(), remote, scheme, ..Place::default() })
}

/// Stores whose places are written as addresses too.
const STORES: [&str; 5] = ["s3", "gs", "az", "hdfs", "http"];

fn special(scheme: &str, text: &str) -> Place {
    if STORES.contains(&scheme) {
        return url(scheme, text.trim_start_matches('/'));
    }
    let name = match scheme {
        // The server in front of a table is not a part of its name.
        "table" => {
            let name = text.trim_start_matches("{}/").to_ascii_lowercase();
            name.replace(['"', '`', '[', ']'], "").replace('/', ".")
        }
        _ => text.to_owned(),
    };
    let remote = matches!(scheme, "hub" | "model" | "package");
    finish(Place { name: format!("{scheme}:{name}"), scheme: scheme.to_owned(), remote, ..Place::default() })
}

fn finish(mut place: Place) -> Place {
    place.pattern = place.name.contains("{}");
    let body = place.name.split_once("://").map_or(place.name.as_str(), |(_, rest)| rest);
    let body = body.strip_prefix(&format!("{}:", place.scheme)).unwrap_or(body);
    place.known = body.replace("{}", "").bytes().any(|b| b.is_ascii_alphanumeric());
    place
}
