//! Settings that are the fields of a plain class: `class CFG: rate = 0.1`.

use super::{Holder, Key, Written};
use crate::fact::{DefKind, Definition, OpKind};
use crate::program::{Def, Node};
use crate::source::{FileId, Kind};
use crate::system::{View, is_value_used};

/// The classes of a file that hold settings.
pub fn of_file(view: &View<'_>, file: FileId) -> Vec<Written> {
    let definitions = (0..).zip(&view.program.file(file).definitions);
    let classes = definitions.filter(|(id, definition)| holds_settings(view, Def { file, id: *id }, definition));
    classes.map(|(id, d)| Written { holder: Holder::Class(Def { file, id }), keys: fields(view, file, d) }).collect()
}

/// A class of Python that says by its name that it holds settings, and builds on nothing that might read them.
pub fn holds_settings(view: &View<'_>, class: Def, definition: &Definition) -> bool {
    definition.kind == DefKind::Class
        && view.program.sources[class.file.index()].kind != Kind::Rust
        && definition.decorators.is_empty()
        && view.lexicon.keys.is_settings_class(&definition.name)
        && view.types.library_bases(class).is_empty()
        && view.types.own_bases(class).next().is_none()
}

/// The names that the class's own body binds, functions and classes left out, and those that it uses itself.
fn fields(view: &View<'_>, file: FileId, definition: &Definition) -> Vec<Key> {
    let facts = view.program.file(file);
    let bound = definition.body.clone().filter_map(|value| match facts.op(value).kind {
        OpKind::Bind(name, of) if !matches!(facts.op(of).kind, OpKind::Define(_) | OpKind::Import(_)) => {
            let plain =
                !name.starts_with('_') && !is_called(facts.op(of).kind, &name) && !is_value_used(view, file, of);
            plain.then(|| Key { key: name, nodes: vec![Node { file, value }], below: Vec::new() })
        }
        _ => None,
    });
    bound.collect()
}

/// A name for a text that says the same: of a list of names, not of settings.
fn is_called(value: OpKind, name: &str) -> bool {
    let bare = |text: &str| text.replace(['_', '-'], "").to_ascii_lowercase();
    matches!(value, OpKind::Str(text) if bare(&text) == bare(name))
}
