//! What the variables of the environment hold, as scripts, images, settings files and workflows set them.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::Text;
use crate::program::Program;

/// Variables that are made of each other, one after the other.
const NESTED: usize = 4;

/// The variables whose value all that set them agree on.
#[derive(Default)]
pub struct Environment {
    values: FxHashMap<Text, Option<Text>>,
    /// Those that commands hand to single programs.
    handed: FxHashSet<Text>,
    /// Keys, joined by dots, that command lines say: `data.path=x.csv`.
    said: FxHashSet<Text>,
}

impl Environment {
    /// Gathers what all files set. What the program itself loads, a file of variables, has its say before the others;
    /// of an example of one nobody knows who fills it in.
    pub fn new(program: &Program<'_>) -> Self {
        let mut environment = Self::default();
        for own in [true, false] {
            let mut found: FxHashMap<Text, Option<Text>> = FxHashMap::default();
            for file in program.files() {
                let name = program.path(file).rsplit('/').next().unwrap_or_default();
                if (name == ".env") != own || name.contains("example") || name.contains("template") {
                    continue;
                }
                for variable in program.file(file).environment.iter().filter(|v| v.set) {
                    let Some(value) = variable.value else { continue };
                    let one = found.entry(variable.name).or_insert(Some(value));
                    *one = one.filter(|known| *known == value);
                }
            }
            for (name, value) in found {
                environment.values.entry(name).or_insert(value);
            }
        }
        for command in program.files().flat_map(|file| &program.file(file).commands) {
            environment.handed.extend(command.environment.iter().map(|(name, _)| *name));
            for (name, _) in command.words.iter().filter_map(|word| word.split_once('=')) {
                match name.trim_start_matches('+') {
                    name if is_variable(name) => environment.handed.insert(Text::from(name)),
                    name if !name.starts_with('-') => environment.said.insert(Text::from(name)),
                    _ => false,
                };
            }
        }
        environment
    }

    /// Does a command line say that key of settings?
    pub fn is_said(&self, key: Text) -> bool {
        self.said.contains(&key)
    }

    /// Does a command hand that variable to a program?
    pub fn is_handed(&self, name: Text) -> bool {
        self.handed.contains(&name)
    }

    /// What a variable holds, if all say the same and it can be told.
    pub fn value(&self, name: Text) -> Option<String> {
        self.expanded(name, 0)
    }

    fn expanded(&self, name: Text, depth: usize) -> Option<String> {
        let value = (*self.values.get(&name)?)?;
        let mut text = String::new();
        let mut rest = value.as_str().trim();
        while let Some(at) = rest.find('$') {
            text.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let braced = braced.or_else(|| after.strip_prefix('(').and_then(|inner| inner.split_once(')')));
            let (inner, behind) = match braced {
                Some(("pwd", behind)) => ("PWD", behind),
                Some((inner, behind)) => (inner, behind),
                None => {
                    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                    after.split_at(end)
                }
            };
            // `${NAME:-default}`, of its own name too.
            let plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':');
            let (inner, default) = match inner.split_once('-') {
                Some((inner, default)) if plain(inner) => {
                    (inner.trim_end_matches(':'), Some(default).filter(|d| !d.contains('$')))
                }
                _ => (inner, None),
            };
            let known = match inner {
                "PWD" if text.is_empty() => Some(".".to_owned()),
                _ if depth < NESTED && name != inner => self.expanded(Text::from(inner), depth + 1),
                _ => None,
            };
            text.push_str(&known.or_else(|| default.map(str::to_owned))?);
            rest = behind;
        }
        text.push_str(rest);
        (!text.is_empty() && !text.contains(['`', '{', '<', '\n'])).then_some(text)
    }
}

/// Is it the name of a variable of the environment?
pub fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}
