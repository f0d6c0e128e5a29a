//! Settings files, looked up by path and by key.

use rustc_hash::FxHashMap;

use crate::fact::{Setting, SettingKind, Text};
use crate::program::{Program, parent};
use crate::source::FileId;

/// All keys of all settings files.
#[derive(Default)]
pub struct SettingsIndex {
    /// By file and dotted key path.
    by_path: FxHashMap<(FileId, Text), usize>,
    /// By last key.
    by_key: FxHashMap<Text, Vec<(FileId, usize)>>,
}

/// A place in a settings file: the file and the keys down from its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsNode {
    /// The file.
    pub file: FileId,
    /// The keys.
    pub keys: Vec<Text>,
}

impl SettingsIndex {
    /// Indexes every key of every settings file.
    pub fn new(program: &Program<'_>) -> Self {
        let mut index = Self::default();
        for file in program.files() {
            for (number, setting) in program.file(file).settings.iter().enumerate() {
                if setting.kind != SettingKind::Entry {
                    continue;
                }
                index.by_path.insert((file, dotted(&setting.keys)), number);
                if let Some(last) = setting.keys.last() {
                    index.by_key.entry(*last).or_default().push((file, number));
                }
            }
        }
        index
    }

    /// The setting at a place in a file.
    pub fn get<'a>(&self, program: &Program<'a>, node: &SettingsNode) -> Option<&'a Setting> {
        let number = self.by_path.get(&(node.file, dotted(&node.keys)))?;
        program.file(node.file).settings.get(*number)
    }

    /// The setting at a place in a file of layers, or under a name in small letters: libraries that also read the
    /// environment ask for keys in capitals.
    pub fn get_layered<'a>(&self, program: &Program<'a>, node: &SettingsNode) -> Option<&'a Setting> {
        let small = |layer: Option<&str>| {
            let keys = node.keys.iter().map(|key| Text::from(&key.to_lowercase()));
            let keys: Vec<Text> = layer.map(Text::from).into_iter().chain(keys).collect();
            self.get(program, &SettingsNode { file: node.file, keys })
        };
        small(None).or_else(|| small(Some("default")))
    }

    /// The number of the setting at a path in a file.
    pub fn at(&self, file: FileId, keys: &[Text]) -> Option<usize> {
        self.by_path.get(&(file, dotted(keys))).copied()
    }

    /// All settings whose key path ends with these keys.
    pub fn ending<'a>(&self, program: &Program<'a>, keys: &[Text]) -> Vec<(FileId, &'a Setting)> {
        let Some(last) = keys.last() else { return Vec::new() };
        let candidates = self.by_key.get(last).map_or(&[][..], Vec::as_slice);
        let settings =
            candidates.iter().filter_map(|(file, n)| program.file(*file).settings.get(*n).map(|s| (*file, s)));
        settings.filter(|(_, s)| s.keys.ends_with(keys)).collect()
    }

    /// All settings of files in folders that are called after the first of these keys, and that hold the rest of them: what
    /// stands in a group of settings lies below the group's name where all are put together.
    pub fn grouped<'a>(&self, program: &Program<'a>, keys: &[Text]) -> Vec<(FileId, &'a Setting)> {
        let Some(last) = keys.last() else { return Vec::new() };
        let candidates = self.by_key.get(last).map_or(&[][..], Vec::as_slice);
        let settings =
            candidates.iter().filter_map(|(file, n)| program.file(*file).settings.get(*n).map(|s| (*file, s)));
        let lies = |(file, setting): &(FileId, &Setting)| {
            let Some(group) = keys.strip_suffix(setting.keys.as_slice()).filter(|group| !group.is_empty()) else {
                return false;
            };
            let group: Vec<&str> = group.iter().map(|key| key.as_str()).collect();
            let folder = parent(program.path(*file));
            let named = group.join("/");
            folder.strip_suffix(named.as_str()).is_some_and(|above| above.ends_with('/'))
        };
        settings.filter(lies).collect()
    }

    /// Does any settings file have that key anywhere?
    pub fn has_key(&self, key: Text) -> bool {
        self.by_key.contains_key(&key)
    }

    /// All keys there are.
    pub fn keys(&self) -> impl Iterator<Item = Text> {
        self.by_key.keys().copied()
    }

    /// The settings file that a path in code means: as written from the root, beside the code, or by its unique ending.
    pub fn file(program: &Program<'_>, from: FileId, path: &str) -> Option<FileId> {
        let path = path.trim_start_matches("./");
        if path.is_empty() || path.contains("{}") {
            return None;
        }
        let mut folder = parent(program.path(from));
        let mut rest = path;
        while let Some(above) = rest.strip_prefix("../") {
            folder = parent(folder);
            rest = above;
        }
        if let Some(file) = program.at_path(&crate::program::join(folder, rest)).or_else(|| program.at_path(rest)) {
            return Some(file);
        }
        let ending = format!("/{rest}");
        let mut fitting = program.files().filter(|f| program.path(*f).ends_with(&ending));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

/// Keys joined by dots.
pub fn dotted(keys: &[Text]) -> Text {
    match keys {
        [only] => *only,
        several => Text::from(&several.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(".")),
    }
}
