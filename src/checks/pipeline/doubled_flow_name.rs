//! Flows of one orchestrator that go by the same name.

use std::collections::BTreeMap;

use crate::fact::Text;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::wired::Whole;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "doubled-flow-name", find };

/// One sighting for each name that flows of several files have.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let program = grounds.view.program;
    let mut named: BTreeMap<(Text, &str), Vec<&Whole>> = BTreeMap::new();
    for whole in grounds.known.wholes.iter().filter(|whole| whole.unique && grounds.is_product(whole.at.file)) {
        if !whole.name.contains("{}") && !whole.name.is_empty() {
            named.entry((whole.tool, &whole.name)).or_default().push(whole);
        }
    }
    let mut found = Vec::new();
    for ((tool, name), mut wholes) in named {
        wholes.sort_by_key(|whole| whole.at);
        let [first, .., last] = wholes.as_slice() else { continue };
        if first.at.file == last.at.file {
            continue;
        }
        let path = Text::from(program.path(first.at.file));
        found.push(Sighting::new(
            last.at,
            vec![Text::from(program.path(last.at.file)), Text::from(name)],
            Certainty::Seen,
            vec![
                ("name", Capture::Text(Text::from(name))),
                ("tool", Capture::Text(tool)),
                ("path", Capture::Text(path)),
                ("other", Capture::Place(first.at)),
            ],
        ));
    }
    found
}
