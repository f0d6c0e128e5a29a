//! Transformers that are fitted on the rows of the training and then again on rows that are held out.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::fact::Text;
use crate::lexicon::Learns;
use crate::program::{Def, Node};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::Value;
use crate::system::learning::Act;
use crate::system::learning::models::{fields, receiver};
use crate::system::learning::picks::{Part, part};
use crate::system::learning::worth::makers;
use crate::vocabulary::{Certainty, Role};

pub const CHECK: Check = Check { rule: "refitted-preprocessor", find };

/// The fits of a transformer on held-out rows, after it was fitted on those of the training.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, acts, system) = (grounds.view, &grounds.learning.acts, grounds.system);
    let mut found = Vec::new();
    let learns = |act: &&Act<'_>| {
        let statistics = matches!(act.meaning.trains, Some(Learns::Statistics | Learns::Categories));
        statistics && !act.meaning.goes_on && grounds.role(act.call.file) != Role::Test
    };
    let mut bodies: BTreeMap<Def, Vec<(&Act<'_>, Part)>> = BTreeMap::new();
    for act in acts.all.iter().filter(learns) {
        let rows = act.meaning.x.as_ref().and_then(|slot| view.types.slot(act.call, slot));
        if let Some(part) = rows.and_then(|rows| part(view, rows)) {
            bodies.entry(view.program.owner(act.call)).or_default().push((act, part));
        }
    }
    for fits in bodies.into_values() {
        for (held, _) in fits.iter().filter(|(_, part)| *part != Part::Fitted) {
            let last = fits.iter().any(|(act, part)| act.call == held.call && *part == Part::Last);
            let before = |(act, part): &&(&Act<'_>, Part)| {
                *part == Part::Fitted && act.call.value < held.call.value && is_same(view, act, held, last)
            };
            let Some((first, _)) = fits.iter().find(before) else { continue };
            let place = view.program.place(held.call);
            let told = |what| what == Some(Value::Text(Text::from("fitted-on-test")));
            if system.nodes().any(|(id, node)| node.at == place && told(system.get(id, "what"))) {
                continue;
            }
            let name = system.node(held.node).name;
            found.push(Sighting::new(
                place,
                vec![view.symbol(view.program.owner(held.call)), name],
                Certainty::Inferred,
                vec![
                    ("again", name.into()),
                    ("first", view.program.place(first.call).into()),
                    ("role", grounds.role(held.call.file).into()),
                ],
            ));
        }
    }
    found
}

/// Do two fits fit one object? Two of one class, of which one sees nothing but the last rows, are as bad.
fn is_same(view: &View<'_>, first: &Act<'_>, second: &Act<'_>, last: bool) -> bool {
    let (Some(one), Some(other)) = (receiver(view, first.call), receiver(view, second.call)) else { return false };
    let held = fields(view, one);
    if !held.is_empty() {
        return held == fields(view, other);
    }
    let made: FxHashSet<Node> = makers(view, one).into_iter().collect();
    let others = makers(view, other);
    if made.is_empty() || others.is_empty() {
        return false;
    }
    let alike = || view.types.called_name(first.call) == view.types.called_name(second.call);
    others.iter().any(|maker| made.contains(maker)) || last && alike()
}
