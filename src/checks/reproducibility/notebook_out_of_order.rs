//! Notebooks whose cells cannot run from top to bottom: a name is read before any cell binds it.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{Facts, OpKind, Text, Val};
use crate::program::Def;
use crate::source::{At, Kind};
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "notebook-out-of-order", find };

/// Names that bring others along, unseen.
const OPEN: [&str; 5] = ["exec", "globals", "locals", "get_ipython", "eval"];

/// One sighting for each notebook of which a cell needs a later one.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let program = grounds.view.program;
    let notebooks = program.files().filter(|f| program.sources[f.index()].kind == Kind::Notebook);
    let sighting = |file| {
        let facts = program.file(file);
        let (name, read, bound) = first(facts)?;
        let place = |value: Val| At { file, span: facts.op(value).span };
        let module = grounds.known.modules[file.index()];
        Some(Sighting {
            at: place(read),
            identity: vec![program.symbol(Def { file, id: 0 }), name],
            certainty: Certainty::Seen.max(grounds.system.node(module).certainty),
            captures: vec![("name", Capture::Text(name)), ("bound", Capture::Place(place(bound)))],
            more: Vec::new(),
        })
    };
    notebooks.filter_map(sighting).collect()
}

/// The first name that the cells themselves read and only later bind: its name, where it is read, where it is bound.
fn first(facts: &Facts) -> Option<(Text, Val, Val)> {
    // A notebook that is not whole, or takes in another's names, says nothing for certain.
    let star = facts.imports.iter().any(|import| import.alias == "*");
    let body = facts.definitions.first()?.body.clone();
    let open = |value: Val| matches!(facts.op(value).kind, OpKind::Global(name) if OPEN.contains(&name.as_str()));
    if star || !facts.problems.is_empty() || (0..).take(facts.ops.len()).any(open) {
        return None;
    }
    let mut read: FxHashMap<Text, Val> = FxHashMap::default();
    let mut bound: FxHashSet<Text> = FxHashSet::default();
    for value in body {
        match facts.op(value).kind {
            OpKind::Global(name) if !bound.contains(&name) => drop(read.entry(name).or_insert(value)),
            OpKind::Bind(name, _) => {
                if let Some(read) = read.get(&name) {
                    return Some((name, *read, value));
                }
                bound.insert(name);
            }
            // What is caught, tested or done only sometimes may be meant to be missing.
            OpKind::Try | OpKind::Handler(_) => return None,
            _ => {}
        }
    }
    None
}
