//! Requirements of programs that leave open which version of a library fits the models.

use super::{Odd, View};
use crate::fact::{Command, Declaration, Requirement, Text};
use crate::program::{join, parent};
use crate::source::{At, FileId, Kind, Span};
use crate::vocabulary::Certainty;

/// Files in which tools write down the exact versions.
const LOCKS: [&str; 8] = [
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
    "pdm.lock",
    "pixi.lock",
    "conda-lock.yml",
    "requirements.lock",
    "pylock.toml",
];

/// What makes a folder a package that others install: it must not pin.
const PACKAGES: [&str; 2] = ["setup.py", "setup.cfg"];

/// One finding for each requirements file of a program.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Odd> {
    if view.program.sources[file.index()].kind != Kind::Requirements {
        return Vec::new();
    }
    let path = view.program.path(file);
    let beside = |name: &str| {
        let own = join(parent(path), name);
        view.program.keeps(name) || view.program.keeps(&own)
    };
    if LOCKS.iter().any(|lock| beside(lock)) || PACKAGES.iter().any(|package| beside(package)) {
        return Vec::new();
    }
    let requirements: Vec<&Requirement> = view
        .program
        .file(file)
        .declarations
        .iter()
        .filter_map(|d| if let Declaration::Package(requirement) = d { Some(requirement) } else { None })
        .collect();
    let open: Vec<&&Requirement> =
        requirements.iter().filter(|r| view.lexicon.is_learning_package(r.package.text) && is_open(r)).collect();
    // A team that pins nothing means it so; one that pins most of a file forgot the rest.
    let pinned = requirements.iter().filter(|r| !is_open(r)).count();
    if pinned * 2 < requirements.len() {
        return Vec::new();
    }
    let Some(first) = open.first() else { return Vec::new() };
    let names: Vec<String> = open.iter().take(4).map(|r| format!("`{}`", r.package.text)).collect();
    let more = if open.len() > names.len() { format!(" and {} more", open.len() - names.len()) } else { String::new() };
    vec![Odd {
        what: "unpinned",
        name: Text::from(path),
        reason: format!("{}{more}", names.join(", ")),
        at: At { file, span: first.package.span },
        symbol: Text::from(path),
        size: open.len(),
        certainty: Certainty::Seen,
        listed: None,
    }]
}

/// One finding for each file that installs the head of a repository, whatever it is that day.
pub fn heads(view: &View<'_>, file: FileId) -> Vec<Odd> {
    let facts = view.program.file(file);
    let required = facts.declarations.iter().filter_map(|declaration| match declaration {
        Declaration::Package(of) if !of.pinned && is_repository(&of.version) => Some((of.version, of.package.span)),
        _ => None,
    });
    let installs = |command: &&Command| command.words.iter().any(|word| word == "install" || word == "add");
    let installed = facts.commands.iter().filter(installs).flat_map(|command| {
        let addresses = command.words.iter().filter_map(|word| Some(word.as_str().split_once("git+")?.1));
        addresses.filter(|address| is_head(address)).map(|address| (Text::from(address), command.span))
    });
    let found: Vec<(Text, Span)> = required.chain(installed).collect();
    let Some((address, span)) = found.first().copied() else { return Vec::new() };
    let name = address.rsplit('/').next().unwrap_or_default().trim_end_matches(".git");
    vec![Odd {
        what: "head",
        name: Text::from(name.split(['#', '?']).next().unwrap_or(name)),
        reason: address.split('#').next().unwrap_or_default().to_owned(),
        at: At { file, span },
        symbol: Text::from(view.program.path(file)),
        size: found.len(),
        certainty: Certainty::Seen,
        listed: None,
    }]
}

/// Is what a requirement says the address of a repository, and not that of an archive?
fn is_repository(version: &str) -> bool {
    !version.starts_with(['@', '=', '<', '>', '~', '!']) && version.contains("://") && is_head(version)
}

/// Does an address name no commit, tag or branch?
fn is_head(address: &str) -> bool {
    let path = address.split_once("://").map_or(address, |(_, path)| path);
    let last = path.split('#').next().unwrap_or(path).rsplit('/').next().unwrap_or_default();
    path.contains('/') && !last.contains(['@', '{', '$'])
}

/// Does any later version fit?
fn is_open(requirement: &Requirement) -> bool {
    let version = requirement.version.as_str();
    let address = version.starts_with('@') || version.contains("://");
    !requirement.pinned && !address && !version.contains("==") && !version.contains('<') && !version.contains("~=")
}
