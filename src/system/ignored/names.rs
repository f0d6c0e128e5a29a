//! Settings that are read into a name which nobody uses.

use rustc_hash::FxHashMap;

use super::origin::{is_setting, read_name};
use super::{Ignored, is_looked_at};
use crate::fact::{DefKind, OpKind, Text};
use crate::program::{Def, Node};
use crate::source::Kind;
use crate::system::{Known, View, uses};
use crate::value::types::Type;

/// One for each, unless the setting is read once more somewhere.
pub(super) fn find(view: &View<'_>, known: &Known) -> Vec<Ignored> {
    let mut found = Vec::new();
    let mut said: Option<FxHashMap<Text, u32>> = None;
    for (within, node) in view.operations(known) {
        let Some((name, setting)) = unused(view, within, node) else { continue };
        let said = said.get_or_insert_with(|| times_said(view));
        if is_looked_at(known, node.file) && said.get(&setting).copied().unwrap_or(0) <= 1 && is_setting(view, node) {
            let at = view.program.place(node);
            let fate = match name == setting {
                true => "is read here, and what it says is never used".to_owned(),
                false => format!("is read into `{name}`, which is never used"),
            };
            found.push(Ignored { name: setting, at, by: within, fate, from: (within, at) });
        }
    }
    found
}

/// The name that a value is bound to, and the name it is read by, if it is read for nothing.
fn unused(view: &View<'_>, within: Def, node: Node) -> Option<(Text, Text)> {
    if !matches!(view.program.op(node).kind, OpKind::Attr(..) | OpKind::Index(..) | OpKind::Call(..)) {
        return None;
    }
    let users = view.users.of(node);
    if users.len() > 1 || view.program.sources[node.file.index()].kind != Kind::Python {
        return None;
    }
    let read = read_name(view, node)?;
    let definition = view.program.definition(within);
    let bound = || definition.bindings.iter().find(|(_, value)| *value == node.value).map(|(name, _)| *name);
    let name = match (definition.kind, users) {
        (DefKind::Function, []) if uses(view, node.file, node.value) == 0 => {
            let name = bound()?;
            view.users.named(within, name).next().is_none().then_some(name)?
        }
        (DefKind::Module, [user]) => {
            let OpKind::Bind(name, _) = view.program.op(Node { value: *user, ..node }).kind else { return None };
            (bound() == Some(name) && !is_asked_for(view, within, name)).then_some(name)?
        }
        _ => return None,
    };
    (!name.starts_with('_')).then_some((name, read))
}

/// May other code take a name of a module: by importing it, or as the module's attribute?
fn is_asked_for(view: &View<'_>, module: Def, name: Text) -> bool {
    let of_module = |node: Node| match view.program.op(node).kind {
        OpKind::Attr(object, _) => view
            .types
            .of(Node { value: object, ..node })
            .iter()
            .any(|t| matches!(t, Type::Module(f) if *f == module.file)),
        _ => false,
    };
    !view.users.of_module(module.file, name).is_empty() || view.users.attributes(name).any(of_module)
}

/// How often code says a name: as a text, or as an attribute that it reads.
fn times_said(view: &View<'_>) -> FxHashMap<Text, u32> {
    let mut counts: FxHashMap<Text, u32> = FxHashMap::default();
    for file in view.program.files().filter(|file| view.is_code(*file)) {
        for op in &view.program.file(file).ops {
            if let OpKind::Str(name) | OpKind::Attr(_, name) = op.kind {
                *counts.entry(name).or_default() += 1;
            }
        }
    }
    counts
}
