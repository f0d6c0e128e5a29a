//! Comments that admit work to be done, and that nobody keeps track of.

use crate::fact::Text;
use crate::source::At;
use crate::system::check::{Check, Grounds, Sighting};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "untracked-self-admitted-debt", find };

/// One sighting for each file with such comments, at the first of them.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let program = grounds.view.program;
    let ways = grounds.ways();
    let sighting = |file| {
        let admissions = &program.file(file).admissions;
        let first = admissions.first()?;
        let path = Text::from(program.path(file));
        let spread = Text::from(if admissions.len() == 1 { "one" } else { "several" });
        Some(Sighting::new(
            At { file, span: *first },
            vec![path, path],
            Certainty::Seen,
            vec![("comments", admissions.len().into()), ("spread", spread.into()), ("role", grounds.role(file).into())],
        ))
    };
    program.files().filter(|file| ways.contains(file)).filter_map(sighting).collect()
}
