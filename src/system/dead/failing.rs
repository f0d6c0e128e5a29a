//! Code that can only fail: an attribute of a builtin function, a method that is indexed in place of being called.

use rustc_hash::FxHashSet;

use super::{Dead, View};
use crate::fact::{Facts, OpKind, Text, Val};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::value::types::Type;
use crate::vocabulary::Certainty;

/// Functions that are built into Python, and no types: they have no attributes but their own double-underscored ones.
const BUILTINS: [&str; 29] = [
    "abs",
    "all",
    "any",
    "callable",
    "chr",
    "delattr",
    "dir",
    "eval",
    "exec",
    "format",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "id",
    "input",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "locals",
    "next",
    "open",
    "ord",
    "repr",
    "setattr",
    "sorted",
    "sum",
    "vars",
];

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId, methods: &FxHashSet<Text>) -> Vec<Dead> {
    let facts = view.program.file(file);
    // Who imports everything may import a name of that kind.
    let open = facts.imports.iter().any(|import| import.alias == "*");
    let mut found = Vec::new();
    let mut told: FxHashSet<Text> = FxHashSet::default();
    for (id, definition) in (0..).zip(&facts.definitions) {
        let within = Def { file, id };
        for value in definition.body.clone() {
            let (name, reason, certainty) = match facts.op(value).kind {
                OpKind::Attr(object, attribute) if !open => {
                    let Some(name) = builtin(view, Node { file, value: object }, attribute) else { continue };
                    if is_patched(facts, name, attribute) {
                        continue;
                    }
                    let reason = format!("`{name}` is Python's own function here and has no `{attribute}`");
                    (name, reason, Certainty::Seen)
                }
                OpKind::Index(object, _) => {
                    let OpKind::Attr(_, name) = facts.op(object).kind else { continue };
                    let own = is_method(view, Node { file, value: object });
                    let other = methods.contains(&name) && is_called(facts, definition.body.clone(), name);
                    if !own && !other {
                        continue;
                    }
                    let certainty = Certainty::Inferred;
                    (name, format!("`{name}` is a method; it is indexed where it should be called"), certainty)
                }
                _ => continue,
            };
            // Once a name is wrong it is wrong all over the file.
            if told.insert(name) {
                let at = At { file, span: facts.op(value).span };
                found.push(Dead { what: "failing", reason, name, at, within, statements: 1, certainty });
            }
        }
    }
    found
}

/// Methods that only make a new value, and whose names no class of the repository and no field has.
pub fn methods(view: &View<'_>) -> FxHashSet<Text> {
    let mut methods = view.lexicon.pure_methods();
    for file in view.program.files() {
        let facts = view.program.file(file);
        for op in &facts.ops {
            if let OpKind::SetAttr(_, name, _) | OpKind::Bind(name, _) = op.kind {
                methods.remove(&name);
            }
        }
        for setting in &facts.settings {
            methods.retain(|name| !setting.keys.contains(name));
        }
    }
    methods
}

/// The builtin function of which an attribute is read.
fn builtin(view: &View<'_>, object: Node, attribute: Text) -> Option<Text> {
    let OpKind::Global(name) = view.program.op(object).kind else { return None };
    if !BUILTINS.contains(&name.as_str()) || attribute.starts_with("__") {
        return None;
    }
    let mut around = view.program.owner(object);
    loop {
        if view.program.binding(around, name).is_some() {
            return None;
        }
        if around.id == 0 {
            break;
        }
        around.id = view.program.definition(around).parent;
    }
    (!view.types.rebound.contains_key(&(object.file, name))).then_some(name)
}

/// Does somebody give the function such an attribute?
fn is_patched(facts: &Facts, name: Text, attribute: Text) -> bool {
    facts.ops.iter().any(|op| match op.kind {
        OpKind::SetAttr(object, set, _) => {
            set == attribute && matches!(facts.op(object).kind, OpKind::Global(of) if of == name)
        }
        _ => false,
    })
}

/// Is the value a method of the repository's own, and nothing else?
fn is_method(view: &View<'_>, value: Node) -> bool {
    let types = view.types.of(value);
    let plain = |ty: &Type| match ty {
        Type::Method(def) => view.program.definition(*def).decorators.is_empty(),
        _ => false,
    };
    !types.is_empty() && types.iter().all(plain)
}

/// Is a method of that name called in a body?
fn is_called(facts: &Facts, mut body: std::ops::Range<Val>, name: Text) -> bool {
    body.any(|value| match facts.op(value).kind {
        OpKind::Call(function, _) => matches!(facts.op(function).kind, OpKind::Attr(_, of) if of == name),
        _ => false,
    })
}
