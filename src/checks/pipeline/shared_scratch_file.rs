//! Fixed places through which every request goes.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{Access, OpKind, Text};
use crate::program::{Def, Node};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::value::follow::Seen;
use crate::value::place::NoBindings;
use crate::value::slice::{Go, walk};
use crate::value::text::Part;
use crate::value::touches::Touch;
use crate::value::types::{Callee, Type};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "shared-scratch-file", find };

/// One sighting for every place that a handler first fills for each request and then reads back.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, known) = (grounds.view, grounds.known);
    let mut handlers: Vec<Def> = known.handlers.iter().copied().collect();
    handlers.sort_unstable();
    let mut by_root: FxHashMap<Def, Vec<&Touch<'_>>> = FxHashMap::default();
    for touch in view.touches.all.iter().filter(|touch| is_fixed(touch)) {
        by_root.entry(touch.root).or_default().push(touch);
    }
    let mut told: FxHashSet<Node> = FxHashSet::default();
    let mut found = Vec::new();
    for handler in handlers {
        let mut reached: Vec<Def> = view.reach.from_function(handler, &|_| false).into_iter().collect();
        reached.sort_unstable();
        for touches in reached.iter().filter_map(|def| by_root.get(def)) {
            for (name, write, read) in scratches(view, handler, touches) {
                if !told.insert(write) {
                    continue;
                }
                found.push(Sighting::new(
                    view.program.place(write),
                    vec![view.symbol(handler), name],
                    grounds.certainty(Certainty::Inferred, &[view.code(known, handler)]),
                    vec![
                        ("scratch", name.into()),
                        ("read", view.program.place(read).into()),
                        ("role", grounds.role(write.file).into()),
                    ],
                ));
            }
        }
    }
    found
}

/// A place without unknown parts, of which nothing is a folder of the run's own.
fn is_fixed(touch: &Touch<'_>) -> bool {
    let whole = matches!(touch.access, Access::Read | Access::Write) && touch.scheme.is_none();
    whole && !touch.meaning.remote && touch.pattern.iter().all(|part| matches!(part, Part::Text(_) | Part::Option(_)))
}

/// Places that a body first fills, whatever is there, and then reads: the place, the writing and the reading call.
fn scratches(view: &View<'_>, handler: Def, touches: &[&Touch<'_>]) -> Vec<(Text, Node, Node)> {
    let place = |touch: &Touch<'_>| {
        let place = view.placer.place(view.evaluator, touch.at(), touch.root.file, None, &NoBindings);
        (place.known && !place.remote).then(|| Text::from(&place.name))
    };
    let at = |touch: &Touch<'_>| touch.way.first().map_or(touch.call, |site| site.call);
    let mut found = Vec::new();
    for write in touches.iter().filter(|touch| touch.access == Access::Write) {
        let Some(name) = place(write) else { continue };
        let mut reads = touches.iter().filter(|touch| touch.access == Access::Read && place(touch) == Some(name));
        // What is read before it is written is kept from one request to the next.
        let first = reads.clone().map(|read| at(read)).min();
        let kept = first.is_none_or(|first| first < at(write));
        if let (false, Some(read)) = (kept, reads.next())
            && is_sure(view, at(write), at(read))
            && is_asked_with(view, handler, write)
        {
            found.push((name, at(write), at(read)));
        }
    }
    found
}

/// Is what is read written on every way there? What is written only where nothing is there yet is a store.
fn is_sure(view: &View<'_>, write: Node, read: Node) -> bool {
    let around: Vec<_> = view.evaluator.branches.around(read).collect();
    view.evaluator.branches.around(write).all(|arm| around.contains(&arm))
}

/// Does what is written come with the request?
fn is_asked_with(view: &View<'_>, handler: Def, write: &Touch<'_>) -> bool {
    let values = match write.value {
        Some(value) => vec![value],
        None => written_to(view, write),
    };
    let comes = |seen: &Seen| {
        let parameter = matches!(view.program.op(seen.node).kind, OpKind::Param(_));
        let requested = || view.types.of(seen.node).iter().any(|ty| is_requested(view, ty));
        if (parameter && view.program.owner(seen.node) == handler) || requested() { Go::Done } else { Go::On }
    };
    values.into_iter().any(|value| walk(view.evaluator.follow, Seen::anywhere(value), &mut |seen| comes(seen)))
}

fn is_requested(view: &View<'_>, ty: &Type) -> bool {
    let (Type::Library(name) | Type::Instance(name)) = ty else { return false };
    view.lexicon.of_type(*name, &|t| t.requested.then_some(())).is_some()
}

/// What the body that opens a file writes to it.
fn written_to(view: &View<'_>, open: &Touch<'_>) -> Vec<Node> {
    let body = view.program.definition(open.within).body.clone();
    let calls = body.map(|value| Node { value, ..open.call }).filter(|node| *node != open.call);
    let written = calls.filter_map(|call| {
        view.types.callees(call).iter().find_map(|callee| {
            let Callee::Meaning(meaning) = callee else { return None };
            let (place, value) = (meaning.place.as_ref()?, meaning.value.as_ref()?);
            let place = Seen::anywhere(view.types.slot(call, place)?);
            let opened =
                walk(view.evaluator.follow, place, &mut |s| if s.node == open.call { Go::Done } else { Go::On });
            opened.then(|| view.types.slot(call, value)).flatten()
        })
    });
    written.collect()
}
