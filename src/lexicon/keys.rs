//! What is known of the keys of settings files, whoever reads them.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::matches_segment;
use crate::fact::Text;

/// Keys and files of settings that mean the same everywhere.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KeyForms {
    /// Keys that say that the map around them holds the arguments of something that is built.
    #[serde(default)]
    builds: FxHashSet<Text>,
    /// Keys whose value names what is built of the map around them, or of the map under another key beside them.
    #[serde(default)]
    targets: BTreeMap<String, String>,
    /// The keys of a file that varies a program's parameters: the program's, and that of the parameters.
    #[serde(default)]
    sweep: Vec<Text>,
    /// Keys that speak to people.
    #[serde(default)]
    remarks: FxHashSet<Text>,
    /// Last words of names that settings are bound to in code.
    #[serde(default)]
    bound: FxHashSet<Text>,
    /// More last words of names of classes whose fields are settings.
    #[serde(default)]
    classes: FxHashSet<Text>,
    /// First words, in small letters, of variables of the environment that libraries and tools read themselves.
    #[serde(default)]
    environment: FxHashSet<Text>,
    /// Keywords by which a field says under which key a map fills it.
    #[serde(default)]
    aliases: FxHashSet<Text>,
    /// Keywords and names by which a class makes other keys of all its fields' names.
    #[serde(default)]
    respells: FxHashSet<Text>,
    /// Words of options that each run, or each machine, has its own value for.
    #[serde(default)]
    runs: FxHashSet<Text>,
    /// Methods that walk through a map.
    #[serde(default)]
    walks: FxHashSet<Text>,
    /// Methods that take the map that is their argument into their receiver.
    #[serde(default)]
    merges: FxHashSet<Text>,
    /// Methods that look a key up.
    #[serde(default)]
    looks: FxHashSet<Text>,
    /// Methods that give the same map, whole, in another form.
    #[serde(default)]
    copies: FxHashSet<Text>,
    /// Last words of functions and methods that only write down or show what they get.
    #[serde(default)]
    records: FxHashSet<Text>,
    /// Functions, and objects whose methods, only write down what they get.
    #[serde(default)]
    recorders: FxHashSet<Text>,
    /// The environments in which one system runs, from the developer's to the customers', each with its other names.
    #[serde(default)]
    environments: Vec<Vec<Text>>,
    /// Words of the names of files that are patterns to copy.
    #[serde(default)]
    templates: FxHashSet<Text>,
    /// Words of the names of files that are kept out of repositories for good reason.
    #[serde(default)]
    secrets: Vec<Text>,
    /// Patterns of the names of files that are other tools' settings.
    #[serde(default)]
    foreign: Vec<String>,
    /// Files that a tool reads together with the team's own code.
    #[serde(default)]
    halves: Vec<Half>,
}

/// Files of which a tool reads some keys.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Half {
    /// A pattern of the files' names.
    files: String,
    /// The keys at their root that the tool reads.
    keys: FxHashSet<Text>,
}

impl KeyForms {
    pub(super) fn add(&mut self, more: Self) {
        self.builds.extend(more.builds);
        self.targets.extend(more.targets);
        self.sweep.extend(more.sweep);
        self.remarks.extend(more.remarks);
        self.bound.extend(more.bound);
        self.classes.extend(more.classes);
        self.environment.extend(more.environment);
        self.aliases.extend(more.aliases);
        self.respells.extend(more.respells);
        self.runs.extend(more.runs);
        self.walks.extend(more.walks);
        self.merges.extend(more.merges);
        self.looks.extend(more.looks);
        self.copies.extend(more.copies);
        self.records.extend(more.records);
        self.recorders.extend(more.recorders);
        self.environments.extend(more.environments);
        self.templates.extend(more.templates);
        self.secrets.extend(more.secrets);
        self.foreign.extend(more.foreign);
        self.halves.extend(more.halves);
    }

    /// Does a name that ends with that word hold settings?
    pub fn is_settings_name(&self, word: Text) -> bool {
        self.bound.contains(&word)
    }

    /// Does a class of that name hold settings: `TrainConfig`, `CFG`?
    pub fn is_settings_class(&self, name: &str) -> bool {
        let last = name.rsplit('_').next().unwrap_or(name);
        let capitals = last.bytes().all(|b| b.is_ascii_uppercase());
        let start = if capitals { 0 } else { last.rfind(|c: char| c.is_ascii_uppercase()).unwrap_or(0) };
        let word = Text::from(&last[start..].to_ascii_lowercase());
        self.bound.contains(&word) || self.classes.contains(&word)
    }

    /// Do libraries or tools themselves read the variables of the environment that begin with that word?
    pub fn is_of_a_tool(&self, word: Text) -> bool {
        self.environment.contains(&word)
    }

    /// Does a keyword say under which key a map fills a field?
    pub fn is_alias(&self, keyword: Text) -> bool {
        self.aliases.contains(&keyword)
    }

    /// Does a keyword or name make other keys of the names of all fields?
    pub fn is_respelling(&self, word: Text) -> bool {
        self.respells.contains(&word)
    }

    /// Has each run, or each machine, a value of its own for an option of that name?
    pub fn is_of_a_run(&self, name: Text) -> bool {
        name.split(['_', '-']).any(|word| self.runs.contains(&Text::from(&word.to_ascii_lowercase())))
    }

    /// Does a method walk through a map?
    pub fn is_walking(&self, method: Text) -> bool {
        self.walks.contains(&method)
    }

    /// Does a method take the map that is its argument into its receiver?
    pub fn is_merging(&self, method: Text) -> bool {
        self.merges.contains(&method)
    }

    /// Does a method look a key up?
    pub fn is_looking(&self, method: Text) -> bool {
        self.looks.contains(&method)
    }

    /// Does a method give the same map in another form?
    pub fn is_copying(&self, method: Text) -> bool {
        self.copies.contains(&method)
    }

    /// Does a function or method of that name only write down or show what it gets?
    pub fn is_recording(&self, word: Text) -> bool {
        self.records.contains(&word)
    }

    /// Does a function of that name, or do the methods of an object of that name, only write down what they get?
    pub fn is_recorder(&self, name: Text) -> bool {
        self.recorders.contains(&name)
    }

    /// Does a key say that the map around it is built into something?
    pub fn is_builder(&self, key: Text) -> bool {
        self.builds.contains(&key)
    }

    /// If a key names what is built: the key beside it that holds the arguments, empty if they stand around it.
    pub fn target(&self, key: Text) -> Option<&str> {
        self.targets.get(key.as_str()).map(String::as_str)
    }

    /// The keys of a file that varies a program's parameters: the program's, and that of the parameters.
    pub fn sweep(&self) -> Option<(Text, Text)> {
        self.sweep.first().copied().zip(self.sweep.get(1).copied())
    }

    /// Does a key speak to people?
    pub fn is_remark(&self, key: Text) -> bool {
        self.remarks.contains(&key)
    }

    /// The place of an environment of that name, in small letters, among all.
    pub fn environment(&self, name: &str) -> Option<usize> {
        self.environments.iter().position(|names| names.iter().any(|n| n == name))
    }

    /// Is a word that of a file to be copied?
    pub fn is_template(&self, word: &str) -> bool {
        self.templates.iter().any(|template| template == word)
    }

    /// Is a file of that name kept out of repositories for good reason?
    pub fn is_secret(&self, name: &str) -> bool {
        self.secrets.iter().any(|word| name.contains(word.as_str()))
    }

    /// Does a file of that name belong to another tool?
    pub fn is_foreign(&self, name: &str) -> bool {
        self.foreign.iter().any(|pattern| matches_segment(pattern, name))
    }

    /// Does a tool read that key at the root of a file of that name?
    pub fn is_half_foreign(&self, name: &str, key: Text) -> bool {
        self.halves.iter().any(|half| half.keys.contains(&key) && matches_segment(&half.files, name))
    }
}
