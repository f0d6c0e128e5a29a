//! Of several functions that do one work by turns and get the same settings, one that passes over a setting which the
//! others give to makers of the same kind as its own: the rate of their optimisers.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::origin::{is_setting, read_name};
use super::{Ignored, is_looked_at};
use crate::fact::{OpKind, Role, Text};
use crate::lexicon::Knob;
use crate::program::{Def, Node};
use crate::system::{Known, View};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;

/// Fewer functions are no family.
const FAMILY: usize = 3;
/// So many must take what one does not.
const TAKERS: usize = 2;

/// One for each.
pub(super) fn find(view: &View<'_>, known: &Known) -> Vec<Ignored> {
    let mut made: FxHashMap<Def, Vec<Made>> = FxHashMap::default();
    let mut families: FxHashSet<Vec<Def>> = FxHashSet::default();
    let mut found = Vec::new();
    for (within, call) in view.calls().filter(|(within, _)| is_looked_at(known, within.file)) {
        let own = |c: &Callee<'_>| if let Callee::Function(def, _) = c { Some(*def) } else { None };
        let Some(mut family) = view.types.callees(call).iter().map(own).collect::<Option<Vec<Def>>>() else { continue };
        family.sort_unstable();
        family.dedup();
        if family.len() < FAMILY || !families.insert(family.clone()) {
            continue;
        }
        for def in &family {
            made.entry(*def).or_insert_with(|| makes(view, *def));
        }
        for knob in 0..view.lexicon.knobs.len() {
            let of: Vec<(Def, &Made)> = family
                .iter()
                .flat_map(|def| made[def].iter().map(|m| (*def, m)))
                .filter(|(_, m)| m.knob == knob)
                .collect();
            found.extend(passed_over(view, within, &of));
        }
    }
    found
}

/// Something that is made with or without the value that all of its kind take.
struct Made {
    knob: usize,
    call: Node,
    /// The setting that it is given: the names under which it is read, and where. None if it is given none.
    given: Option<(SmallVec<[Text; 2]>, Node)>,
}

/// The one of a family that gives its own nothing of the setting that the others give to theirs.
fn passed_over(view: &View<'_>, within: Def, made: &[(Def, &Made)]) -> Option<Ignored> {
    let deaf: FxHashSet<Def> = made.iter().filter(|(_, m)| m.given.is_none()).map(|(def, _)| *def).collect();
    let takers: Vec<(Def, &SmallVec<[Text; 2]>, Node)> = made
        .iter()
        .filter_map(|(def, m)| m.given.as_ref().map(|(names, node)| (*def, names, *node)))
        .filter(|(def, ..)| !deaf.contains(def))
        .collect();
    let (first, names, given) = takers.first()?;
    let name = *names.last()?;
    let taking: FxHashSet<Def> = takers.iter().filter(|(_, of, _)| of.contains(&name)).map(|(def, ..)| *def).collect();
    let mut deaf = deaf.iter();
    let (Some(only), None) = (deaf.next(), deaf.next()) else { return None };
    if taking.len() < TAKERS || bodies(view, *only).any(|node| says(view, node, names)) {
        return None;
    }
    let call = made.iter().find(|(def, _)| def == only)?.1.call;
    let called = |def: &Def| view.symbol(*def).rsplit(':').next().unwrap_or_default().to_owned();
    Some(Ignored {
        name,
        at: view.program.place(call),
        by: *only,
        fate: format!(
            "is passed over by `{}`: others that are called in its place, like `{}`, take it",
            called(only),
            called(first)
        ),
        from: (if view.program.owner(*given) == *first { *first } else { within }, view.program.place(*given)),
    })
}

/// Does an operation name one of these: by reading it, or as a text?
fn says(view: &View<'_>, node: Node, names: &[Text]) -> bool {
    matches!(view.program.op(node).kind, OpKind::Str(name) | OpKind::Attr(_, name) if names.contains(&name))
}

/// What a function makes that all of its kind give a value of one meaning.
fn makes(view: &View<'_>, def: Def) -> Vec<Made> {
    let mut found = Vec::new();
    for call in bodies(view, def) {
        if !matches!(view.program.op(call).kind, OpKind::Call(..)) {
            continue;
        }
        let Some(name) = view.types.called_name(call).map(|name| view.lexicon.canonical(name)) else { continue };
        for (knob, of) in view.lexicon.knobs.iter().enumerate().filter(|(_, knob)| knob.is_of(&name)) {
            match view.types.slot(call, &of.slot) {
                Some(node) if is_literal(view, node) => found.push(Made { knob, call, given: None }),
                Some(node) => {
                    if let Some(names) = setting(view, node) {
                        found.push(Made { knob, call, given: Some((names, node)) });
                    }
                }
                None if !may_be_spread(view, call, of) => found.push(Made { knob, call, given: None }),
                None => {}
            }
        }
    }
    found
}

/// The operations of a function, of what is defined in it, and of the methods of its own class that it calls.
fn bodies<'v>(view: &'v View<'v>, def: Def) -> impl Iterator<Item = Node> + 'v {
    let class = view.program.class_of(def);
    let apart = move |other: Def| other.file != def.file || (other.id != def.id && !is_inside(view, other, def, class));
    let all: Vec<Def> = view.reach.from_function(def, &apart).into_iter().collect();
    all.into_iter()
        .flat_map(move |of| view.program.definition(of).body.clone().map(move |value| Node { file: of.file, value }))
}

fn is_inside(view: &View<'_>, def: Def, of: Def, class: Option<Def>) -> bool {
    let parent = Def { file: def.file, id: view.program.definition(def).parent };
    parent == of || (class.is_some() && view.program.class_of(def) == class)
}

fn is_literal(view: &View<'_>, node: Node) -> bool {
    matches!(view.program.op(node).kind, OpKind::Int(_) | OpKind::Float(_))
}

/// The names under which a setting is read, from the last reading back, if a value is made from one.
fn setting(view: &View<'_>, node: Node) -> Option<SmallVec<[Text; 2]>> {
    let mut names: SmallVec<[Text; 2]> = SmallVec::new();
    let found = walk(view.evaluator.follow, Seen::anywhere(node), &mut |seen| {
        let read = read_name(view, seen.node);
        names.extend(read);
        if read.is_some() && is_setting(view, seen.node) { Go::Done } else { Go::On }
    });
    found.then_some(names)
}

/// Are arguments laid out that may hold the value: a map whose keys are not all known, or a sequence?
fn may_be_spread(view: &View<'_>, call: Node, knob: &Knob) -> bool {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return true };
    view.program.operands(call.file, operands).iter().any(|operand| match operand.role {
        Role::Star => true,
        Role::Spread => may_hold(view, &Seen::anywhere(Node { value: operand.value, ..call }), knob),
        _ => false,
    })
}

/// May a map hold the value's key?
fn may_hold(view: &View<'_>, map: &Seen, knob: &Knob) -> bool {
    let own = |seen: &Seen| match view.program.op(seen.node).kind {
        OpKind::Dict(operands) => {
            let mut keys = view.program.operands(seen.node.file, operands).iter();
            let closed = keys.clone().all(|o| o.role != Role::Spread);
            let known = |value| view.program.literal(seen.beside(value).node);
            let is_other = |key: Text| knob.slot.keyword.as_ref().is_some_and(|k| !k.has(&key));
            Some(!closed || keys.any(|o| o.role == Role::Key && !known(o.value).is_some_and(is_other)))
        }
        _ => None,
    };
    own(map).unwrap_or_else(|| {
        let back = view.evaluator.follow.back(map).values;
        back.is_empty() || back.iter().any(|value| own(value).unwrap_or(true))
    })
}
