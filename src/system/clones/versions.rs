//! Names that say that a file is a version of another: `utils.py` and `utils_v2.py`.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::super::{Known, View};
use crate::fact::{DefKind, Text};
use crate::program::parent;
use crate::source::FileId;
use crate::system::graph::System;
use crate::vocabulary::EdgeKind;

/// Words that say which version of a thing a copy is.
const WORDS: [&str; 14] = [
    "new",
    "old",
    "final",
    "copy",
    "backup",
    "bak",
    "orig",
    "original",
    "fixed",
    "updated",
    "latest",
    "revised",
    "legacy",
    "deprecated",
];

/// What stands between a name and its version.
const MARKS: [char; 5] = ['_', '-', ' ', '.', '('];

/// A folder, a name without its version, an ending.
type Name<'a> = (&'a str, String, &'a str);

/// Where bare numbers tell so many sets of names apart, they belong to the names: a shelf of model architectures.
const SHELF: usize = 3;

/// Folders of model architectures, in which a number is a part of an architecture's name: `gemma2`, `swin_v2`.
const SHELVES: [&str; 6] = ["models", "architectures", "backbones", "networks", "nets", "zoo"];

/// Folders of settings, in which it is a part of a variant's name, however deep: `celeba_128`.
const VARIANTS: [&str; 3] = ["configs", "config", "configurations"];

/// Names that no architecture or variant has.
const PLAIN: [&str; 8] = ["model", "models", "net", "network", "train", "utils", "data", "main"];

/// Sets of files of one folder whose names differ in a version only; positions in `files`.
pub fn families(view: &View<'_>, files: &[FileId]) -> Vec<Vec<usize>> {
    let mut families: BTreeMap<Name<'_>, Vec<(usize, bool)>> = BTreeMap::new();
    let mut shelves: BTreeMap<&str, FxHashSet<&str>> = BTreeMap::new();
    let paths: FxHashSet<&str> = files.iter().map(|file| view.program.path(*file)).collect();
    for (number, file) in files.iter().enumerate() {
        let path = view.program.path(*file);
        let (stem, ending) = path.rsplit_once('.').unwrap_or((path, ""));
        let plain = stem.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['_', '-']);
        let folder = parent(path);
        // A number tells a version if the same name is there without one.
        let numbered = plain.len() < stem.len() && paths.contains(format!("{plain}.{ending}").as_str());
        if numbered {
            shelves.entry(folder).or_default().insert(plain);
        }
        let name = |stem: &str| stem.strip_prefix(folder).unwrap_or(stem).trim_start_matches('/').to_owned();
        let (base, said) = if numbered { (name(plain).to_ascii_lowercase(), true) } else { base(&name(stem)) };
        families.entry((folder, base, ending)).or_default().push((number, said));
    }
    families.retain(|(folder, base, _), family| {
        let last = folder.rsplit('/').next().unwrap_or_default();
        let shelf =
            SHELVES.iter().any(|shelf| last.ends_with(shelf)) || folder.split('/').any(|part| VARIANTS.contains(&part));
        let shelf = shelf && !PLAIN.contains(&base.as_str());
        let counted = |number: &usize| {
            let stem = view.program.path(files[*number]).to_ascii_lowercase();
            !WORDS.iter().any(|word| stem.contains(word))
        };
        !(shelf && family.iter().all(|(number, _)| counted(number)))
    });
    families.retain(|(folder, ..), _| shelves.get(folder).is_none_or(|names| names.len() < SHELF));
    let versions = families.into_values().filter(|family| family.len() > 1 && family.iter().any(|(_, said)| *said));
    versions.map(|family| family.into_iter().map(|(number, _)| number).collect()).collect()
}

/// A name without its version, and whether it has one. A number alone is none: it may count parts or sizes.
fn base(stem: &str) -> (String, bool) {
    let mut rest = stem.trim_end_matches(')').to_ascii_lowercase();
    let mut said = false;
    loop {
        let cut = rest.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let digits = cut.len() < rest.len();
        let bare = cut.trim_end_matches(['_', '-', ' ', '(']);
        if digits && let Some(before) = version_mark(bare) {
            (rest, said) = (before.to_owned(), true);
            continue;
        }
        let word = WORDS.iter().find_map(|word| {
            let before = bare.strip_suffix(word)?;
            before.ends_with(MARKS).then(|| before.trim_end_matches(MARKS).to_owned())
        });
        match word {
            Some(before) if !before.is_empty() => (rest, said) = (before, true),
            _ => return (rest, said),
        }
    }
}

/// `utils_v` as `utils`.
fn version_mark(bare: &str) -> Option<&str> {
    ["version", "ver", "v"].iter().find_map(|mark| {
        let before = bare.strip_suffix(mark)?;
        let before_trimmed = before.trim_end_matches(['_', '-', ' ', '.']);
        (before_trimmed.len() < before.len() && !before_trimmed.is_empty()).then_some(before_trimmed)
    })
}

/// Functions and classes of one name in two files: a version whose every line was touched still keeps them.
pub struct Twins {
    shared: usize,
    fewer: usize,
}

impl Twins {
    /// Those of two files.
    pub fn new(view: &View<'_>, left: FileId, right: FileId) -> Self {
        let names = |file: FileId| -> FxHashSet<Text> {
            let definitions = view.program.file(file).definitions.iter().skip(1);
            definitions.filter(|d| d.parent == 0 && !d.name.starts_with('<')).map(|d| d.name).collect()
        };
        let (left, right) = (names(left), names(right));
        Self { shared: left.intersection(&right).count(), fewer: left.len().min(right.len()) }
    }

    /// Are they most of the smaller file?
    pub fn are_many(&self) -> bool {
        self.shared >= 5 && self.shared * 100 >= self.fewer * 70
    }

    /// How many, in words.
    pub fn text(&self) -> String {
        format!("{} of {} functions and classes have the same names in both", self.shared, self.fewer)
    }
}

/// Which of some files something imports or runs.
pub fn used(view: &View<'_>, system: &System, known: &Known, files: &[FileId]) -> String {
    let own: FxHashSet<FileId> = files.iter().copied().collect();
    let in_use = |file: &FileId| {
        let module = known.modules[file.index()];
        let from = [EdgeKind::Imports, EdgeKind::Calls].into_iter().flat_map(|kind| system.reaching(module, kind));
        from.filter(|of| !own.contains(&system.node(*of).at.file)).count() > 0
    };
    let name = |file: &FileId| format!("`{}`", view.program.path(*file).rsplit('/').next().unwrap_or_default());
    let (used, unused): (Vec<FileId>, Vec<FileId>) = files.iter().copied().partition(in_use);
    let names = |files: &[FileId]| files.iter().map(name).collect::<Vec<_>>().join(", ");
    match (used.as_slice(), unused.as_slice()) {
        ([], _) => "nothing here imports or runs any of them".to_owned(),
        (_, []) => "all of them are imported or run".to_owned(),
        (used, unused) => format!("in use: {}, not imported or run: {}", names(used), names(unused)),
    }
}

/// Do both files define classes, and none under the same name? A second network of a series is no version of the first.
pub fn define_others(view: &View<'_>, one: FileId, other: FileId) -> bool {
    let classes = |file: FileId| -> FxHashSet<Text> {
        let definitions = view.program.file(file).definitions.iter().skip(1);
        definitions.filter(|d| d.kind == DefKind::Class && d.parent == 0).map(|d| d.name).collect()
    };
    let (one, other) = (classes(one), classes(other));
    !one.is_empty() && !other.is_empty() && one.is_disjoint(&other)
}

#[cfg(test)]
mod tests {
    use super::base;

    #[test]
    fn versions_are_taken_off_names() {
        for (stem, expected) in [
            ("utils_v2", ("utils", true)),
            ("model_v2_final", ("model", true)),
            ("train (copy)", ("train", true)),
            ("clean-old", ("clean", true)),
            ("train_2", ("train_2", false)),
            ("resnet50", ("resnet50", false)),
            ("v2", ("v2", false)),
            ("renewal", ("renewal", false)),
        ] {
            assert_eq!(base(stem), (expected.0.to_owned(), expected.1), "{stem}");
        }
    }
}
