//! Programs that are started and left running, though others read what they write.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::super::steps::inside;
use super::super::{Invocation, Known, View};
use super::{HandOver, Unit, tie};
use crate::fact::Text;
use crate::source::FileId;
use crate::system::graph::System;

/// Adds a group for each script that starts such programs.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, overs: &[HandOver]) {
    let mut handed: FxHashMap<FileId, &HandOver> = FxHashMap::default();
    for over in overs {
        if let Unit::Program(producer) = over.producer {
            handed.entry(producer).or_insert(over);
        }
    }
    let mut scripts: BTreeMap<FileId, Vec<(&Invocation, &HandOver)>> = BTreeMap::new();
    for start in known.invocations.iter().filter(|start| start.background) {
        if let Some(over) = handed.get(&start.program) {
            scripts.entry(start.at.file).or_default().push((start, over));
        }
        // A script of its own is run later; who reads what it makes must be started beside it.
        let inside: Vec<FileId> = inside(known, start.program).into_iter().map(|(program, _)| program).collect();
        if let Some(over) = inside.iter().find_map(|program| handed.get(program))
            && let Unit::Program(consumer) = over.consumer
            && !inside.contains(&consumer)
            && is_started_beside(known, start, consumer)
        {
            scripts.entry(start.at.file).or_default().push((start, over));
        }
    }
    for (script, mut starts) in scripts {
        starts.sort_by_key(|(start, _)| start.at);
        let Some((first, over)) = starts.first() else { continue };
        let mut programs: Vec<FileId> = starts.iter().map(|(start, _)| start.program).collect();
        programs.sort_unstable();
        programs.dedup();
        let name = format!("`{}`", view.program.path(first.program));
        let name = match programs.len() {
            1 => format!("{name} is"),
            n => format!("{name} and {} more are", n - 1),
        };
        let group = system.add_list(Text::from(&name), first.at, Text::from(view.program.path(script)));
        system.say(group, "what", "unawaited");
        system.count(group, "size", programs.len());
        tie(system, group, over);
    }
}

/// Starts the same file later another script in which a program runs, and lets that wait for nothing either?
fn is_started_beside(known: &Known, start: &Invocation, program: FileId) -> bool {
    let later = known.invocations.iter().filter(|other| other.at.file == start.at.file && other.at > start.at);
    let mut queued = later.filter(|other| other.background);
    queued.any(|other| other.program == program || inside(known, other.program).iter().any(|(of, _)| *of == program))
}
