//! What the comments of code that learns or answers owe: code that is commented out, work that is put off.

use rustc_hash::FxHashSet;

use super::{Known, Role, View};
use crate::fact::{Aside, Text};
use crate::source::{At, FileId, Span};
use crate::system::graph::{NodeId, System};
use crate::vocabulary::NodeKind;

/// Adds a group for each file with code that is commented out, and one for each with debts that nobody keeps track of.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let ways = ways(known);
    for file in view.program.files().filter(|file| ways.contains(file)) {
        let facts = view.program.file(file);
        let longest = facts.asides.iter().max_by_key(|aside| (aside.statements, std::cmp::Reverse(aside.span.start)));
        if let Some(Aside { span, .. }) = longest {
            let group = group(view, system, known, file, *span);
            system.say(group, "what", "aside");
            let statements: u32 = facts.asides.iter().map(|aside| aside.statements).sum();
            system.count(group, "statements", statements as usize);
            let because = match facts.asides.len() {
                1 => format!("{statements} statements are commented out"),
                places => {
                    format!("{statements} statements are commented out in {places} places, here the most of them")
                }
            };
            system.say(group, "because", &because);
        }
        if let Some(first) = facts.admissions.first() {
            let group = group(view, system, known, file, *first);
            system.say(group, "what", "admitted");
            let because = match facts.admissions.len() {
                1 => "a comment admits work to be done, and names no ticket".to_owned(),
                comments => format!("{comments} comments admit work to be done, and name no ticket"),
            };
            system.say(group, "because", &because);
        }
    }
}

fn group(view: &View<'_>, system: &mut System, known: &Known, file: FileId, span: Span) -> NodeId {
    let path = Text::from(view.program.path(file));
    let group = system.add(NodeKind::Group, path, At { file, span }, path);
    system.say(group, "role", known.roles[file.index()].word());
    group
}

/// The files that training and serving lead through.
fn ways(known: &Known) -> FxHashSet<FileId> {
    let learns = |file: &FileId| matches!(known.roles[file.index()], Role::Train | Role::Serve);
    let reached = known.reached.iter().filter(|(program, _)| learns(program));
    let reached = reached.flat_map(|(_, bodies)| bodies.iter().map(|def| def.file));
    let own = (0..known.roles.len()).filter_map(|index| u32::try_from(index).ok()).map(FileId);
    let own = own.filter(learns);
    let real = |file: &FileId| !matches!(known.roles[file.index()], Role::Test | Role::Prototype);
    reached.chain(own).filter(real).collect()
}
