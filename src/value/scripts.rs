//! What steps of pipeline files hand to the code that they run, under names that the tool gives it:
//! `snakemake.input.rows` in a script of a rule.

use rustc_hash::FxHashMap;

use crate::fact::{Command, Declaration, Passed, Step, Text};
use crate::program::{Program, parent};
use crate::read::dvc::interpolate;
use crate::source::FileId;
use crate::value::spelling::segments;

/// The steps that run each file, with the file that declares them.
#[derive(Default)]
pub struct Scripts<'a> {
    by_file: FxHashMap<FileId, Vec<(&'a Step, FileId)>>,
}

impl<'a> Scripts<'a> {
    /// Finds the files that steps run with something in hand.
    pub fn new(program: &'a Program<'a>) -> Self {
        let mut scripts = Self::default();
        for file in program.files() {
            for declaration in &program.file(file).declarations {
                let Declaration::Step(step) = declaration else { continue };
                if step.passed.is_empty() {
                    continue;
                }
                let folder = segments(parent(program.path(file)), &step.folder);
                let runs = |command: &Command| program.at_path(&segments(&folder, command.words.first()?));
                for script in step.commands.iter().filter_map(runs) {
                    scripts.by_file.entry(script).or_default().push((step, file));
                }
            }
        }
        scripts
    }

    /// Does any step run that file with something in hand?
    pub fn is_run(&self, file: FileId) -> bool {
        self.by_file.contains_key(&file)
    }

    /// The texts that a file gets under a kind and a name, or at a place, of each step that runs it.
    pub fn texts(&self, program: &Program<'_>, file: FileId, kind: Text, key: Option<Key>) -> Vec<String> {
        let mut found = Vec::new();
        for (step, declaring) in self.by_file.get(&file).into_iter().flatten() {
            let of_kind = step.passed.iter().filter(|passed| passed.kind == kind);
            let words = of_kind.flat_map(|passed| passed.words.iter().map(move |word| (passed, word.text)));
            let chosen: Vec<Text> = match key {
                None => words.map(|(_, text)| text).collect(),
                Some(Key::Name(name)) => {
                    let own = |passed: &Passed| passed.name == name;
                    words.filter(|(passed, _)| own(passed)).map(|(_, text)| text).collect()
                }
                Some(Key::Place(place)) => words.map(|(_, text)| text).nth(place).into_iter().collect(),
            };
            let filled = chosen.iter().map(|text| filled(program, *declaring, step, text));
            found.extend(filled);
        }
        found
    }
}

/// What a script asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// What goes by a name.
    Name(Text),
    /// What stands at a place.
    Place(usize),
}

/// The settings files whose values fill a step's texts.
pub fn sources(program: &Program<'_>, file: FileId, step: &Step) -> Vec<FileId> {
    let folder = parent(program.path(file));
    let named = step.values.iter().map(|text| text.as_str()).chain(["params.yaml"]);
    named.filter_map(|name| program.at_path(&segments(folder, name))).collect()
}

/// A text of a step with the values of settings filled in; what no settings say is a hole.
pub fn filled(program: &Program<'_>, file: FileId, step: &Step, text: &str) -> String {
    if !text.contains("${") {
        return text.to_owned();
    }
    let value = |key: &str| {
        let keys: Vec<Text> = key.split('.').map(Text::from).collect();
        let told = sources(program, file, step)
            .into_iter()
            .find_map(|of| program.file(of).settings.iter().find(|s| s.keys == keys).and_then(|s| s.value.text()));
        Some(told.unwrap_or_else(|| "{}".to_owned()))
    };
    interpolate(text, &value)
}
