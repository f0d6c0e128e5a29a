//! Where the names of places are mentioned, and what lies beside them.

use rustc_hash::FxHashSet;

use super::{Known, Role, View};
use crate::fact::{Access, OpKind, Scalar, Text};
use crate::program::{Node, parent};

/// The folder of a place; of a table, what stands in front of its name.
pub fn folder(name: &str) -> &str {
    match name.strip_prefix("table:") {
        Some(table) => &name[..name.len() - table.rsplit('.').next().unwrap_or(table).len()],
        None => parent(name),
    }
}

/// The folder and the ending of a place: what is made and used in the same way.
pub fn kin(name: &str) -> (&str, &str) {
    (folder(name), name.rsplit_once('.').map_or("", |(_, ending)| ending))
}

/// The last part of a place.
pub fn last(name: &str) -> Text {
    Text::from(name.rsplit(['/', ':']).next().unwrap_or(name))
}

/// Those of the names that stand anywhere but where data is touched in that way: in a command, a setting or another
/// call a name may be that of a producer or reader whom this could not follow.
pub fn mentioned(view: &View<'_>, known: &Known, names: FxHashSet<Text>, access: Access) -> FxHashSet<Text> {
    let mut found = FxHashSet::default();
    if names.is_empty() {
        return found;
    }
    let touches = view.touches.all.iter().zip(&known.datasets).filter(|(t, d)| t.access == access && d.is_some());
    let own: FxHashSet<Node> = touches.filter_map(|(touch, _)| touch.origin).collect();
    for file in view.program.files().filter(|file| known.roles[file.index()] != Role::Test) {
        let facts = view.program.file(file);
        let texts = (0..).zip(&facts.ops).filter_map(|(value, op)| match op.kind {
            OpKind::Str(text) if !own.contains(&Node { file, value }) => Some(text),
            _ => None,
        });
        let settings = facts.settings.iter().filter_map(|s| match s.value {
            Scalar::Text(text) => Some(text),
            _ => None,
        });
        let words = facts.commands.iter().flat_map(|command| command.words.iter().copied());
        let names_of = texts.chain(settings).chain(words).map(|text| last(&text));
        found.extend(names_of.filter(|name| names.contains(name)));
    }
    found
}
