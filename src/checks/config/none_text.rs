//! Settings that hold the text `None` where YAML's word for nothing was meant.

use rustc_hash::FxHashSet;

use crate::fact::{OpKind, Scalar, Text};
use crate::source::{At, FileId, Kind};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::vocabulary::{Certainty, Role};

pub const CHECK: Check = Check { rule: "none-text", find };

/// How Python writes nothing.
const NONE: &str = "None";

/// What makes values of such texts.
const EVALUATES: &str = "literal_eval";

/// One sighting for each such setting of a file that code asks for.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let sources = &view.program.sources;
    let yaml = |file: &FileId| sources[file.index()].kind == Kind::Yaml;
    let files = view.program.files().filter(yaml).filter(|file| grounds.role(*file) != Role::Test);
    let mut words: Option<FxHashSet<Text>> = None;
    let mut found = Vec::new();
    for file in files.filter(|file| !is_foreign(view, *file)) {
        let holds = |value: Scalar| matches!(value, Scalar::Text(text) if text == NONE);
        for setting in view.program.file(file).settings.iter().filter(|setting| holds(setting.value)) {
            let words = words.get_or_insert_with(|| spoken(view));
            // Who knows the word takes it for what it is.
            if [NONE, EVALUATES].iter().any(|word| words.contains(&Text::from(word)))
                || !setting.keys.iter().any(|key| words.contains(key))
            {
                continue;
            }
            let key = setting.keys.iter().map(Text::as_str).collect::<Vec<_>>().join(".");
            found.push(Sighting::new(
                At { file, span: setting.value_span },
                vec![Text::from(view.program.path(file)), Text::from(&key)],
                Certainty::Inferred,
                vec![("setting", Text::from(&key).into())],
            ));
        }
    }
    found
}

/// The texts and names of attributes in code.
fn spoken(view: &View<'_>) -> FxHashSet<Text> {
    let files = || view.program.files().filter(|file| view.is_code(*file)).map(|file| view.program.file(file));
    let imported = files().flat_map(|facts| &facts.imports).filter_map(|import| import.name);
    let word = |kind: OpKind| match kind {
        OpKind::Str(text) | OpKind::Attr(_, text) => Some(text),
        _ => None,
    };
    files().flat_map(|facts| &facts.ops).filter_map(|op| word(op.kind)).chain(imported).collect()
}

/// Is a file read by a tool and not by the code?
fn is_foreign(view: &View<'_>, file: FileId) -> bool {
    let path = view.program.path(file);
    view.lexicon.keys.is_foreign(path.rsplit('/').next().unwrap_or(path))
}
