//! Places that programs are told on the command line, where a script, a workflow or an image says what they are told.

use rustc_hash::FxHashSet;

use super::data::node;
use super::running::Arguments;
use super::{Known, Role, View};
use crate::fact::Access;
use crate::lexicon::Subject;
use crate::program::Node;
use crate::system::graph::{NodeId, System};
use crate::value::place::NoBindings;
use crate::value::touches::Touch;
use crate::vocabulary::{Certainty, EdgeKind};

/// Adds what programs touch at the places that commands give them.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    if known.invocations.is_empty() {
        return;
    }
    let chosen = |touch: &Touch<'_>| {
        touch.chosen()
            && matches!(touch.subject, Subject::Data | Subject::Model)
            && known.roles[touch.root.file.index()] != Role::Test
    };
    // Each with the place that it has if nobody says another.
    let usual = |touch: &Touch<'_>| {
        let place = view.placer.place(view.evaluator, touch.at(), touch.root.file, None, &NoBindings);
        (place.known && !place.pattern).then_some(place.name)
    };
    let open: Vec<(usize, &Touch<'_>, Option<String>)> = (0..)
        .zip(&view.touches.all)
        .filter(|(_, touch)| chosen(touch))
        .map(|(number, touch)| (number, touch, usual(touch)))
        .collect();
    let mut first: Vec<(usize, NodeId)> = Vec::new();
    let mut told: FxHashSet<Node> = FxHashSet::default();
    for invocation in known.invocations.iter().filter(|i| !i.arguments.is_empty()) {
        let Some(reached) = known.reached.get(&invocation.program) else { continue };
        let arguments = Arguments { words: invocation.arguments.clone(), view };
        for (number, touch, usual) in open.iter().filter(|(_, touch, _)| reached.contains(&touch.root)) {
            let folder = invocation.folder.as_deref();
            let place = view.placer.place(view.evaluator, touch.at(), invocation.program, folder, &arguments);
            // What a shell makes of its variables, and an option in place of a value, name nothing.
            if !place.known
                || usual.as_ref().is_some_and(|usual| *usual == place.name || place.pattern)
                || place.name.contains('$')
                || place.name.rsplit('/').next().is_some_and(|n| n.starts_with('-'))
            {
                continue;
            }
            if usual.is_none() {
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
        }
    }
    system.coverage.resolved += told.len();
    // Of several starts the first stands for all.
    for (number, dataset) in first {
        let slot = &mut known.datasets[number];
        if slot.is_none_or(|known| system.is(known, "pattern")) {
            *slot = Some(dataset);
        }
    }
}
