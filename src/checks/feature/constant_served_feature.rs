//! Columns that the training computes and that a service fills with one value for all.

use std::collections::BTreeMap;

use crate::fact::Text;
use crate::program::Def;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::learning::skews::Skew;
use crate::value::sampled::{Outcome, shown};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "constant-served-feature", find };

/// One sighting for each body that fills columns so.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut bodies: BTreeMap<Def, Vec<&Skew>> = BTreeMap::new();
    for skew in grounds.skews() {
        if let Outcome::Differ { constant: true, .. } = skew.outcome {
            bodies.entry(skew.served.0).or_default().push(skew);
        }
    }
    let sighting = |(owner, all): (Def, Vec<&Skew>)| {
        let first = all.first()?;
        let told = |node| Text::from(shown(view.program, node).as_str());
        let columns: Vec<Text> = all.iter().map(|skew| skew.served.1.name).collect();
        Some(Sighting::new(
            view.program.place(first.served.1.by),
            vec![view.symbol(owner), first.served.1.name],
            if first.sure { Certainty::Inferred } else { Certainty::Guessed },
            vec![
                ("columns", Capture::Texts(columns)),
                ("column", first.served.1.name.into()),
                ("served", told(first.served.1.value).into()),
                ("trained", told(first.trained.1.value).into()),
                ("training", view.program.place(first.trained.1.by).into()),
                ("role", grounds.role(owner.file).into()),
            ],
        ))
    };
    bodies.into_iter().filter_map(sighting).collect()
}
