//! Fields of requests that a model answers: which of them the answer is made of.

use rustc_hash::FxHashSet;

use super::fields::{fields, forwarded, is_record};
use super::{Known, Role, View, handlers};
use crate::fact::Text;
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::graph::System;
use crate::value::mentions::How;
use crate::value::types::Type;
use crate::vocabulary::NodeKind;

/// The names of all fields of requests.
pub fn names<'v>(view: &'v View<'_>, known: &'v Known) -> impl Iterator<Item = Text> + 'v {
    let found = classes(view, known).into_iter().map(|(class, _)| class);
    found.flat_map(|class| fields(view, class)).map(|(name, _)| name)
}

/// Adds a setting for every field of a request that is answered with the help of a model.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let classes = classes(view, known);
    if classes.is_empty() {
        return;
    }
    let asking: FxHashSet<FileId> =
        system.nodes().filter(|(_, node)| node.kind == NodeKind::Prediction).map(|(_, node)| node.at.file).collect();
    let forwarded = forwarded(view);
    let mut done: FxHashSet<Def> = FxHashSet::default();
    for (class, handler) in classes {
        let reached = view.reach.from_function(handler, &|_| false);
        let asks = reached.iter().any(|def| asking.contains(&def.file));
        if !asks || forwarded.contains(&class) || !done.insert(class) {
            continue;
        }
        let read = |name: Text| {
            let mentions = known.mentions.of(name);
            mentions.iter().any(|m| matches!(m.how, How::Attribute | How::Text | How::Global))
        };
        let fields = fields(view, class);
        // A request of which nothing is read goes on in a way that is not seen.
        if !fields.iter().any(|(name, _)| read(*name)) {
            continue;
        }
        for (name, at) in fields {
            let setting = system.add(NodeKind::Setting, name, at, view.symbol(class));
            system.say(setting, "form", "request");
            system.say(setting, "role", known.roles[class.file.index()].word());
            system.mark(setting, "defined");
            if read(name) {
                system.mark(setting, "used");
            }
        }
    }
}

/// The classes of requests, each with a function that answers it.
fn classes(view: &View<'_>, known: &Known) -> Vec<(Def, Def)> {
    let mut found: Vec<(Def, Def)> = Vec::new();
    for handler in handlers::all(view) {
        if known.roles[handler.file.index()] == Role::Test {
            continue;
        }
        for param in &view.program.definition(handler).params {
            let types = view.types.of(Node { file: handler.file, value: param.value });
            found.extend(types.iter().filter_map(|ty| match ty {
                Type::Object(class) if is_record(view, *class, view.program.definition(*class)) => {
                    Some((*class, handler))
                }
                _ => None,
            }));
        }
    }
    found.sort_unstable();
    found
}
