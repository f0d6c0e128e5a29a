//! Code that learns or answers, and of which parts are commented out.

use crate::fact::Text;
use crate::source::At;
use crate::system::check::{Check, Grounds, Sighting};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "commented-out-experiment", find };

/// One sighting for each file with code that is commented out, where the most of it stands.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let program = grounds.view.program;
    let ways = grounds.ways();
    let sighting = |file| {
        let asides = &program.file(file).asides;
        let longest = asides.iter().max_by_key(|aside| (aside.statements, std::cmp::Reverse(aside.span.start)))?;
        let statements: u32 = asides.iter().map(|aside| aside.statements).sum();
        let path = Text::from(program.path(file));
        let spread = Text::from(if asides.len() == 1 { "one" } else { "several" });
        Some(Sighting::new(
            At { file, span: longest.span },
            vec![path, path],
            Certainty::Seen,
            vec![
                ("statements", (statements as usize).into()),
                ("places", asides.len().into()),
                ("spread", spread.into()),
                ("role", grounds.role(file).into()),
            ],
        ))
    };
    program.files().filter(|file| ways.contains(file)).filter_map(sighting).collect()
}
