//! Columns that a service computes otherwise than the programs that made the training data.

use crate::fact::Text;
use crate::system::check::{Check, Grounds, Sighting};
use crate::value::sampled::{Outcome, shown};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "skewed-feature-formula", find };

/// One sighting for each column that is computed in two ways.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    for skew in grounds.skews() {
        let ((owner, made), (_, there)) = (&skew.served, &skew.trained);
        let Outcome::Differ { example, constant: false } = &skew.outcome else { continue };
        let shown = |node| Text::from(shown(view.program, node).as_str());
        found.push(Sighting::new(
            view.program.place(made.by),
            vec![view.symbol(*owner), made.name],
            if skew.sure { Certainty::Inferred } else { Certainty::Guessed },
            vec![
                ("column", made.name.into()),
                ("served", shown(made.value).into()),
                ("trained", shown(there.value).into()),
                ("example", Text::from(example.as_str()).into()),
                ("training", view.program.place(there.by).into()),
                ("role", grounds.role(owner.file).into()),
            ],
        ));
    }
    found
}
