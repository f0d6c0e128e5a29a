//! Steps that declare neither what they take nor what they make, in a pipeline that is ordered by nothing else.

use crate::fact::{Declaration, Step, Text};
use crate::source::At;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "unordered-step", find };

/// Tools that order steps by what they declare, and by nothing else.
const BY_DATA: &str = "dvc";

/// One sighting for each file, at the first of its steps that nothing orders.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    for file in view.program.files() {
        let steps: Vec<&Step> = view
            .program
            .file(file)
            .declarations
            .iter()
            .filter_map(|declaration| match declaration {
                Declaration::Step(step) if step.tool == BY_DATA && !step.commands.is_empty() => Some(step),
                _ => None,
            })
            .collect();
        let free = |step: &&&Step| {
            step.inputs.is_empty() && step.outputs.is_empty() && step.params.is_empty() && step.after.is_empty()
        };
        let loose: Vec<&&Step> = steps.iter().filter(|step| free(step)).filter(|step| !step.frozen).collect();
        // A step that stands alone needs no order.
        let (Some(first), true) = (loose.first(), steps.len() > loose.len() || loose.len() > 1) else { continue };
        let names: Vec<Text> = loose.iter().map(|step| step.name).collect();
        found.push(Sighting::new(
            At { file, span: first.span },
            vec![Text::from(view.program.path(file)), first.name],
            Certainty::Seen,
            vec![("steps", Capture::Texts(names))],
        ));
    }
    found
}
