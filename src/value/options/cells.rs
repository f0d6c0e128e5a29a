//! What a notebook binds where whoever runs it may give other values: its cells of parameters.

use super::{CliOption, Options};
use crate::fact::OpKind;
use crate::program::{Def, Node, Program};
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
    behind.or_else(|| words.iter().find_map(|word| word.strip_prefix(&long).map(str::to_owned)))
}
