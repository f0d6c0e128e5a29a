//! Images whose parts are made for different versions of CUDA.

use super::{Odd, View};
use crate::fact::{Command, Declaration, Scalar, Text};
use crate::program::{join, parent};
use crate::source::{At, FileId, Kind};
use crate::vocabulary::Certainty;

/// A version that something asks for.
struct Asked {
    major: u32,
    minor: Option<u32>,
    by: String,
    at: At,
}

impl Asked {
    fn agrees(&self, other: &Self) -> bool {
        let minors = self.minor.zip(other.minor);
        self.major == other.major && minors.is_none_or(|(one, another)| one == another)
    }

    fn shown(&self) -> String {
        match self.minor {
            Some(minor) => format!("{}.{minor}", self.major),
            None => self.major.to_string(),
        }
    }
}

/// One finding for each stage of an image in which two versions are asked for.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Odd> {
    if view.program.sources[file.index()].kind != Kind::Dockerfile {
        return Vec::new();
    }
    let commands = &view.program.file(file).commands;
    let starts = |command: &Command| command.words.first().is_some_and(|word| word == "FROM");
    let mut found = Vec::new();
    let mut stage: Vec<Asked> = Vec::new();
    for command in commands {
        if starts(command) {
            found.extend(odd(view, file, &stage));
            stage.clear();
        }
        for word in &command.words {
            stage.extend(asked(view, word, At { file, span: command.span }));
            stage.extend(named(view, file, word).into_iter().flat_map(|of| installed(view, of)));
        }
    }
    found.extend(odd(view, file, &stage));
    found
}

fn odd(view: &View<'_>, file: FileId, stage: &[Asked]) -> Option<Odd> {
    let (first, other) = stage.iter().find_map(|a| Some((a, stage.iter().find(|b| !a.agrees(b))?)))?;
    Some(Odd {
        what: "cuda",
        name: Text::from(view.program.path(file)),
        reason: format!("{} by `{}` and {} by `{}`", first.shown(), first.by, other.shown(), other.by),
        at: other.at,
        symbol: Text::from(view.program.path(file)),
        size: stage.len(),
        certainty: Certainty::Seen,
        listed: None,
    })
}

/// The file of requirements that a word of a command names, beside the image's own or below the root.
fn named(view: &View<'_>, file: FileId, word: &str) -> Option<FileId> {
    let name = word.rsplit('/').next().filter(|name| name.contains('.'))?;
    let own = join(parent(view.program.path(file)), name);
    let of = view.program.at_path(&own).or_else(|| view.program.at_path(name))?;
    let lists = matches!(view.program.sources[of.index()].kind, Kind::Requirements | Kind::Yaml);
    lists.then_some(of)
}

/// What a file of requirements asks for.
fn installed(view: &View<'_>, file: FileId) -> Vec<Asked> {
    let facts = view.program.file(file);
    let packages = facts.declarations.iter().filter_map(|declaration| match declaration {
        Declaration::Package(r) => Some((format!("{}{}", r.package.text, r.version), r.package.span)),
        _ => None,
    });
    let entries = facts.settings.iter().filter_map(|setting| match setting.value {
        Scalar::Text(text) => Some((text.as_str().to_owned(), setting.span)),
        _ => None,
    });
    packages.chain(entries).flat_map(|(text, span)| asked(view, &text, At { file, span })).collect()
}

/// The version that a word asks for.
fn asked(view: &View<'_>, word: &str, at: At) -> Option<Asked> {
    let (mark, rest) = view.lexicon.cuda.iter().find_map(|mark| Some((mark, word.split_once(mark.as_str())?.1)))?;
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (major, rest) = rest.split_at(digits(rest));
    let by = word.trim_matches(['"', '\'']).to_owned();
    if let Some(rest) = rest.strip_prefix('.') {
        let minor = rest[..digits(rest)].parse().ok();
        return Some(Asked { major: major.parse().ok()?, minor, by, at });
    }
    // `cu118` is 11.8, `cuda12` any 12.
    let compact = major.len() > 2 || (mark.ends_with("cu") && major.len() == 2);
    let (major, minor) = if compact { major.split_at(major.len() - 1) } else { (major, "") };
    Some(Asked { major: major.parse().ok()?, minor: minor.parse().ok(), by, at })
}
