//! Settings that hold the text `None` where YAML's word for nothing was meant.

use rustc_hash::FxHashSet;

use crate::fact::{OpKind, Role as ArgRole, Scalar, Text, Val};
use crate::program::Node;
use crate::source::{At, FileId, Kind};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::vocabulary::{Certainty, Role};

pub const CHECK: Check = Check { rule: "none-text", find };

/// How Python writes nothing.
const NONE: &str = "None";

/// One sighting for each such setting of a file that code asks for.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let sources = &view.program.sources;
    let yaml = |file: &FileId| sources[file.index()].kind == Kind::Yaml;
    let files = view.program.files().filter(yaml).filter(|file| grounds.role(*file) != Role::Test);
    let mut words: Option<Option<FxHashSet<Text>>> = None;
    let mut found = Vec::new();
    for file in files.filter(|file| !is_foreign(view, *file)) {
        let holds = |value: Scalar| matches!(value, Scalar::Text(text) if text == NONE);
        for setting in view.program.file(file).settings.iter().filter(|setting| holds(setting.value)) {
            let Some(words) = words.get_or_insert_with(|| spoken(view).filter(|_| !is_known(view))) else {
                return Vec::new();
            };
            if !setting.keys.iter().any(|key| words.contains(key)) {
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

/// The texts and names of attributes in code; none where texts are evaluated.
fn spoken(view: &View<'_>) -> Option<FxHashSet<Text>> {
    let files = || view.program.files().filter(|file| view.is_code(*file)).map(|file| view.program.file(file));
    let imported = files().flat_map(|facts| &facts.imports).filter_map(|import| import.name);
    let word = |kind: OpKind| match kind {
        OpKind::Str(text) | OpKind::Attr(_, text) => Some(text),
        _ => None,
    };
    let said = files().flat_map(|facts| &facts.ops).filter_map(|op| word(op.kind));
    let words: FxHashSet<Text> = said.chain(imported).collect();
    let evaluated = view.calls().any(|(_, call)| evaluates(view, call));
    (!evaluated).then_some(words)
}

/// `literal_eval(text)`; a model's own `eval` takes nothing.
fn evaluates(view: &View<'_>, call: Node) -> bool {
    let OpKind::Call(function, operands) = view.program.op(call).kind else { return false };
    let name = match view.program.op(Node { value: function, ..call }).kind {
        OpKind::Global(name) | OpKind::Attr(_, name) => Some(name),
        OpKind::Import(index) => view.program.file(call.file).imports.get(index as usize).and_then(|of| of.name),
        _ => None,
    };
    let one = matches!(view.program.operands(call.file, operands), [only] if only.role == ArgRole::Plain);
    one && name.is_some_and(|name| view.lexicon.words.evaluates(&name))
}

/// Does code compare something with the text? Who knows it takes it for what it is.
fn is_known(view: &View<'_>) -> bool {
    view.program.files().filter(|file| view.is_code(*file)).any(|file| {
        let facts = view.program.file(file);
        let none = |value: Val| matches!(facts.op(value).kind, OpKind::Str(text) if text == NONE);
        facts.ops.iter().any(|op| match op.kind {
            OpKind::Compare(_, left, right) => {
                let listed = match facts.op(right).kind {
                    OpKind::List(all) | OpKind::Tuple(all) => facts.operands(all).iter().any(|o| none(o.value)),
                    _ => false,
                };
                none(left) || none(right) || listed
            }
            _ => false,
        })
    })
}

/// Is a file read by a tool and not by the code?
fn is_foreign(view: &View<'_>, file: FileId) -> bool {
    let path = view.program.path(file);
    view.lexicon.keys.is_foreign(path.rsplit('/').next().unwrap_or(path))
}
