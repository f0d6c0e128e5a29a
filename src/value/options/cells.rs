//! What a notebook binds where whoever runs it may give other values: its cells of parameters.

use super::{CliOption, Options, Takes};
use crate::fact::{OpKind, Setting};
use crate::program::{Def, Node, Program};
use crate::read::settings;
use crate::source::{FileId, Span};

/// Adds the values of all such cells.
pub fn find(program: &Program<'_>, options: &mut Options) {
    program.files().for_each(|file| of_file(program, options, file));
}

fn of_file(program: &Program<'_>, options: &mut Options, file: FileId) {
    let facts = program.file(file);
    let within = Def { file, id: 0 };
    for (value, op) in (0..).zip(&facts.ops) {
        let OpKind::Bind(name, of) = op.kind else { continue };
        let node = Node { file, value: of };
        let inside = |span: &Span| span.start <= op.span.start && op.span.end <= span.end;
        if !facts.parameters.iter().any(inside) || program.owner(Node { file, value }) != within {
            continue;
        }
        let number = u32::try_from(options.all.len()).unwrap_or(u32::MAX);
        options.cells.entry(node).or_insert(number);
        // Code reads it as the name that it is, not as an option of that name.
        options.all.push(CliOption {
            call: node,
            within,
            flag: name,
            flags: vec![name],
            name,
            default: Some(node),
            said: None,
            takes: Takes::One,
            action: None,
            always_true: false,
            acts: false,
            positional: false,
            place: None,
            switch: false,
            command: None,
            param: None,
            class: None,
            cell: true,
        });
    }
}

/// What whoever runs a notebook tells it: `-p month 2024-05`, or the entry of a map.
pub fn given(option: &CliOption, words: &[String]) -> Option<String> {
    let name = option.name.as_str();
    let is_it = |word: &String| word == name || word.strip_prefix("--") == Some(name);
    let long = format!("--{name}=");
    let behind = words.iter().position(is_it).and_then(|at| words.get(at + 1).cloned());
    let joined = || words.iter().find_map(|word| word.strip_prefix(&long).map(str::to_owned));
    behind.or_else(joined).or_else(|| listed(name, words))
}

/// How a notebook is told several parameters at once, as YAML.
const LISTED: [&str; 2] = ["-y", "--parameters_yaml"];

/// `-y "{source: a.csv, degree: 3}"`
fn listed(name: &str, words: &[String]) -> Option<String> {
    let texts = words.windows(2).filter(|pair| LISTED.contains(&pair[0].as_str())).map(|pair| &pair[1]);
    let settings = texts.flat_map(|text| settings::yaml(text).settings);
    let own = |setting: &Setting| matches!(setting.keys.as_slice(), [key] if key == name);
    settings.into_iter().find(own).and_then(|setting| setting.value.text())
}
