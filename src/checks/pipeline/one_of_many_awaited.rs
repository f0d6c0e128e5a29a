//! Work that is started for each of many things, of which only one piece is waited for.

use rustc_hash::FxHashSet;

use crate::fact::{OpKind, Role as ArgRole, Scalar, Text, Val};
use crate::program::{Def, Node};
use crate::source::At;
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "one-of-many-awaited", find };

/// Names that one value may go by on its way.
const NAMES: usize = 12;

/// One sighting for each place where one of many is waited for.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let mut found = calls(grounds);
    found.extend(states(grounds));
    found
}

/// The loops of a body, by their first and last operation.
fn loops(view: &View<'_>, def: Def) -> Vec<(Val, Val)> {
    let body = view.program.definition(def).body.clone();
    let mut found = Vec::new();
    for value in body {
        if let OpKind::End(start) = view.program.op(Node { file: def.file, value }).kind
            && matches!(view.program.op(Node { value: start, file: def.file }).kind, OpKind::Loop)
        {
            found.push((start, value));
        }
    }
    found
}

/// Calls that wait for what one turn of a loop started, behind the loop.
fn calls(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    for (def, wait) in view.calls().filter(|(def, _)| grounds.is_product(def.file)) {
        if !name_of(view, wait).is_some_and(|name| view.lexicon.words.waits(&name)) {
            continue;
        }
        let loops = loops(view, def);
        let around = |value: Val| loops.iter().filter(move |(from, to)| *from < value && value < *to);
        for taken in waited_for(view, wait) {
            let Some(start) = started(view, def, taken, wait, &loops) else { continue };
            // Whoever waits in the same loop waits for each.
            if around(start.value).any(|turn| around(wait.value).any(|of| of == turn)) {
                continue;
            }
            found.push(sighting(grounds, view.program.place(wait), view.symbol(def), view.program.place(start)));
            break;
        }
    }
    found
}

/// The last word by which a call names what it asks.
fn name_of(view: &View<'_>, call: Node) -> Option<String> {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return None };
    if let OpKind::Attr(_, name) = view.program.op(Node { value: function, ..call }).kind {
        return Some(name.to_string());
    }
    let own = view.types.callees(call).iter().find_map(|callee| match callee {
        Callee::Function(def, _) => Some(view.program.definition(*def).name.to_string()),
        Callee::Meaning(_) => None,
    });
    own.or_else(|| view.types.called_name(call).map(|name| name.rsplit('.').next().unwrap_or(&name).to_owned()))
}

/// What a call waits for: what it is called on, and what it is given.
fn waited_for(view: &View<'_>, wait: Node) -> Vec<Node> {
    let OpKind::Call(function, operands) = view.program.op(wait).kind else { return Vec::new() };
    let at = |value: Val| Node { value, ..wait };
    let mut found: Vec<Node> = view.program.operands(wait.file, operands).iter().map(|o| at(o.value)).collect();
    if let OpKind::Attr(of, _) = view.program.op(at(function)).kind {
        found.push(at(of));
    }
    found
}

/// Where the loop starts what is waited for: the last one of it, or the first of a list that it fills.
fn started(view: &View<'_>, def: Def, taken: Node, wait: Node, loops: &[(Val, Val)]) -> Option<Node> {
    let in_loop = |value: Val| loops.iter().any(|(from, to)| *from < value && value < *to);
    let at = |value: Val| Node { value, ..taken };
    match view.program.op(taken).kind {
        OpKind::Index(list, index) if matches!(view.program.op(at(index)).kind, OpKind::Int(0 | -1)) => {
            // Others of the list are waited for elsewhere.
            let lists = names_of(view, at(list));
            let filled = filled(view, def, &lists).filter(|node| in_loop(node.value))?;
            let whole = lists.iter().flat_map(|node| view.users.of(*node)).any(|user| {
                matches!(view.program.op(at(*user)).kind, OpKind::Element(_) | OpKind::Return(_))
                    || matches!(view.program.op(at(*user)).kind, OpKind::Call(..))
                        && at(*user) != filled
                        && !is_append(view, at(*user))
            });
            (!whole).then_some(filled)
        }
        _ => {
            let all = names_of(view, taken);
            let start = all.iter().find(|node| in_loop(node.value) && starts_work(view, **node)).copied()?;
            if in_loop(wait.value) {
                return None;
            }
            // What is kept in a list, or waited for in the loop, is not lost.
            let alone = view.users.of(start).iter().all(|user| {
                let user = at(*user);
                match view.program.op(user).kind {
                    OpKind::Either(_) | OpKind::Bind(..) | OpKind::After(..) => true,
                    OpKind::Call(..) => user == wait || !in_loop(user.value),
                    OpKind::Attr(..) => view.users.of(user).iter().all(|call| !in_loop(*call)),
                    _ => false,
                }
            });
            alone.then_some(start)
        }
    }
}

/// A value and what it may be one of.
fn names_of(view: &View<'_>, node: Node) -> Vec<Node> {
    let mut waiting = vec![node];
    let mut known: FxHashSet<Node> = FxHashSet::default();
    let mut found = Vec::new();
    while let Some(node) = waiting.pop() {
        if known.len() > NAMES || !known.insert(node) {
            continue;
        }
        found.push(node);
        match view.program.op(node).kind {
            OpKind::Either(operands) => {
                waiting
                    .extend(view.program.operands(node.file, operands).iter().map(|o| Node { value: o.value, ..node }));
            }
            OpKind::After(of, _) => waiting.push(Node { value: of, ..node }),
            _ => {}
        }
    }
    found
}

/// Does a call start work that goes on by itself?
fn starts_work(view: &View<'_>, call: Node) -> bool {
    name_of(view, call).is_some_and(|name| view.lexicon.words.starts_work(&name))
}

/// Is a call one that adds to a list?
fn is_append(view: &View<'_>, call: Node) -> bool {
    name_of(view, call).is_some_and(|name| view.lexicon.words.grows(&name))
}

/// The call that starts what is put into one of these lists.
fn filled(view: &View<'_>, def: Def, lists: &[Node]) -> Option<Node> {
    let body = view.program.definition(def).body.clone();
    body.map(|value| Node { file: def.file, value }).find_map(|node| {
        let OpKind::Call(function, operands) = view.program.op(node).kind else { return None };
        let OpKind::Attr(of, _) = view.program.op(Node { value: function, ..node }).kind else { return None };
        let of = names_of(view, Node { value: of, ..node });
        let same = of.iter().any(|node| lists.contains(node));
        let added = view.program.operands(node.file, operands).first()?.value;
        (is_append(view, node) && same && starts_work(view, Node { value: added, ..node }))
            .then_some(Node { value: added, ..node })
    })
}

/// States of a machine that ask only for the first of a list of jobs that a function made in a loop.
fn states(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    for file in view.program.files() {
        let settings = &view.program.file(file).settings;
        if !settings.iter().any(|s| s.keys.last().is_some_and(|key| key == "StartAt")) {
            continue;
        }
        let texts: Vec<(Text, At)> = settings
            .iter()
            .filter_map(|s| match s.value {
                Scalar::Text(text) => Some((text, At { file, span: s.value_span })),
                _ => None,
            })
            .collect();
        let mut told: FxHashSet<String> = FxHashSet::default();
        for (text, at) in &texts {
            let Some(key) = first_of(text) else { continue };
            let mapped =
                texts.iter().any(|(other, _)| first_of(other).is_none() && other.ends_with(&format!(".{key}")));
            let listed = made_in_loop(view, &key).filter(|_| !mapped && told.insert(key.clone()));
            if let Some(start) = listed {
                found.push(sighting(grounds, *at, Text::from(view.program.path(file)), view.program.place(start)));
            }
        }
    }
    found
}

/// The key of which a path takes the first: `$.result.jobs[0]`.
fn first_of(path: &str) -> Option<String> {
    let (before, _) = path.strip_prefix('$')?.split_once("[0]")?;
    before.rsplit('.').next().filter(|key| !key.is_empty()).map(str::to_owned)
}

/// Where a loop starts work, in a function that gives a list back under that key.
fn made_in_loop(view: &View<'_>, key: &str) -> Option<Node> {
    let mut defs = (0..view.program.def_count()).map(|index| view.program.def_at(index));
    defs.find_map(|def| {
        let gives = view.types.returned(def).any(|node| {
            let OpKind::Dict(operands) = view.program.op(node).kind else { return false };
            let operands = view.program.operands(node.file, operands);
            operands.iter().any(|o| {
                o.role != ArgRole::Spread
                    && matches!(view.program.op(Node { value: o.value, ..node }).kind, OpKind::Str(text) if text == key)
            })
        });
        let loops = if gives { loops(view, def) } else { Vec::new() };
        loops.iter().find_map(|(from, to)| {
            (*from..*to).map(|value| Node { file: def.file, value }).find(|node| {
                starts_work(view, *node) && name_of(view, *node).is_some_and(|name| name.split('_').count() > 1)
            })
        })
    })
}

fn sighting(grounds: &Grounds<'_>, at: At, symbol: Text, start: At) -> Sighting {
    Sighting::new(
        at,
        vec![symbol, Text::from("one awaited")],
        Certainty::Inferred,
        vec![("start", start.into()), ("role", grounds.role(start.file).into())],
    )
}
