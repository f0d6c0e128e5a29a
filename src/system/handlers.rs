//! The functions that answer requests.

use rustc_hash::FxHashSet;

use super::View;
use crate::fact::OpKind;
use crate::program::{Def, Node};
use crate::value::types::{Callee, Type};

/// Decorators of web frameworks that make a function an answer to requests.
const ROUTES: [&str; 5] = ["route", "get", "post", "put", "websocket"];

/// All functions that answer requests.
pub fn all(view: &View<'_>) -> FxHashSet<Def> {
    let defs = (0..view.program.def_count()).map(|index| view.program.def_at(index));
    let mut found: FxHashSet<Def> = defs.filter(|def| is_routed(view, *def)).collect();
    for (_, call) in view.calls() {
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            let Some(handler) = meaning.answers.as_ref().and_then(|slot| view.types.slot(call, slot)) else { continue };
            found.extend(view.types.of(handler).iter().filter_map(|ty| match ty {
                Type::Function(def) | Type::Method(def) => Some(*def),
                _ => None,
            }));
        }
    }
    found
}

/// Does a route's decorator stand on the function?
fn is_routed(view: &View<'_>, def: Def) -> bool {
    let facts = view.program.file(def.file);
    let routed = |value: &u32| match facts.op(*value).kind {
        OpKind::Call(function, _) => is_route(view, Node { file: def.file, value: function }),
        _ => false,
    };
    let definition = view.program.definition(def);
    definition.decorators.iter().any(routed) || view.types.decorators(def).iter().any(|name| ROUTES.contains(name))
}

fn is_route(view: &View<'_>, function: Node) -> bool {
    match view.program.op(function).kind {
        OpKind::Attr(_, name) => matches!(name.as_str(), "route" | "get" | "post" | "put"),
        _ => view.types.library_name(function).is_some_and(|name| view.lexicon.call(name).is_some_and(|m| m.routes)),
    }
}
