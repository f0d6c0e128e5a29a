//! Places that programs are told on the command line, where a script, a workflow or an image says what they are told.

use rustc_hash::FxHashSet;

use super::data::node;
use super::running::Arguments;
use super::{Known, Role, View};
use crate::fact::Access;
use crate::lexicon::Subject;
use crate::program::Node;
use crate::system::graph::{NodeId, System};
use crate::value::place::{NoBindings, Place};
use crate::value::touches::Touch;
use crate::vocabulary::{Certainty, EdgeKind};

/// Adds what programs touch at the places that commands give them.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    from(view, system, known, 0);
}

/// The same for the starts from that number on: those before have had their say.
pub fn from(view: &View<'_>, system: &mut System, known: &mut Known, start: usize) {
    if known.invocations.len() <= start {
        return;
    }
    let alone = |touch: &Touch<'_>| view.placer.place(view.evaluator, touch.at(), touch.root.file, None, &NoBindings);
    let open: Vec<Open<'_>> = view
        .touches
        .all
        .iter()
        .enumerate()
        .filter(|(_, touch)| {
            matches!(touch.subject, Subject::Data | Subject::Model)
                && touch.chosen()
                && known.roles[touch.root.file.index()] != Role::Test
        })
        .map(|(number, touch)| Open { number, touch, default: alone(touch) })
        .collect();
    let mut first: Vec<(usize, NodeId)> = Vec::new();
    let mut defaulted: FxHashSet<usize> = FxHashSet::default();
    let mut told: FxHashSet<Node> = FxHashSet::default();
    for invocation in known.invocations.iter().skip(start) {
        let Some(reached) = known.reached.get(&invocation.program) else { continue };
        let arguments = Arguments { words: invocation.arguments.clone(), environment: &invocation.environment, view };
        let tested = known.roles[invocation.at.file.index()] == Role::Test;
        for Open { number, touch, default } in open.iter().filter(|open| reached.contains(&open.touch.root)) {
            let folder = invocation.folder.as_deref();
            let place = view.placer.place(view.evaluator, touch.at(), invocation.program, folder, &arguments);
            if default.known && !default.pattern && place.name == default.name {
                defaulted.extend((!tested).then_some(*number));
                continue;
            }
            // What a shell makes of its variables, and an option in place of a value, name nothing.
            if !place.known
                || place.name.contains('$')
                || place.name.rsplit('/').next().is_some_and(|n| n.starts_with('-'))
                || (default.known && !default.pattern && (place.pattern || tested))
            {
                continue;
            }
            if !default.known || default.pattern {
                told.insert(touch.call);
            }
            let at = view.program.place(touch.top(view.program));
            let dataset = node(system, &place, at, view.symbol(touch.root));
            let kind = match touch.access {
                Access::Read => EdgeKind::Reads,
                Access::Write | Access::Append => EdgeKind::Writes,
                Access::Delete => EdgeKind::Drops,
            };
            let content = if touch.subject == Subject::Model { "model" } else { "data" };
            system.say(dataset, "content", content);
            system.join(kind, view.code(known, touch.root), dataset, at, Certainty::Inferred);
            first.push((*number, dataset));
            // Other programs may start the code of a module that they share without any argument.
            defaulted.extend((touch.root.file != invocation.program).then_some(*number));
        }
    }
    system.coverage.resolved += told.len();
    // Of several starts the first stands for all; a default that every start replaces stands for none.
    let mut taken: FxHashSet<usize> = FxHashSet::default();
    for (number, dataset) in first {
        let slot = &mut known.datasets[number];
        let open = slot.is_none_or(|known| system.is(known, "pattern"));
        if taken.insert(number) && (open || start == 0 && !defaulted.contains(&number)) {
            *slot = Some(dataset);
        }
    }
}

/// A touch whose place a command may say.
struct Open<'v> {
    number: usize,
    touch: &'v Touch<'v>,
    /// Its place if none does.
    default: Place,
}
