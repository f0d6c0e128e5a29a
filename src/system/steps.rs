//! Steps that pipeline files declare: what each says it reads and writes, and the programs it runs.

use super::commands::moved::redirected;
use super::data::node;
use super::running::{Running, program_of, run};
use super::{Known, View};
use crate::fact::{Command, Declaration, Step, Text};
use crate::program::{join, parent};
use crate::read::dvc::interpolate;
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::value::place::{covers, segments};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds steps.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    for file in view.program.files() {
        for declaration in &view.program.file(file).declarations {
            if let Declaration::Step(step) = declaration {
                add(view, system, known, file, step);
            }
        }
    }
}

fn add(view: &View<'_>, system: &mut System, known: &mut Known, file: FileId, step: &Step) {
    let at = At { file, span: step.span };
    let declaring = parent(view.program.path(file));
    let folder = segments(declaring, &step.folder);
    let id = system.add(NodeKind::Step, step.name, at, Text::from(view.program.path(file)));
    system.say(id, "tool", &step.tool);
    // Other tools run what they are given; this one asks of every stage what it reads and writes.
    let strict = step.tool == "dvc";
    for (asked, told) in [("declares-inputs", &step.inputs), ("declares-outputs", &step.outputs)] {
        if strict || !told.is_empty() {
            system.mark(id, asked);
        }
    }
    if step.frozen {
        system.mark(id, "frozen");
    }
    let value = |key: &str| parameter(view, declaring, key);
    let resolved = |text: &Text| interpolate(text, &value);
    let mut inputs: Vec<String> = Vec::new();
    let mut outputs: Vec<String> = Vec::new();
    for (words, places, makes) in [(&step.inputs, &mut inputs, false), (&step.outputs, &mut outputs, true)] {
        for word in words {
            let text = resolved(&word.text);
            let place = view.placer.path(&text, file, Some(&folder));
            // Declared data is data even if no code in sight touches it; declared code is a module.
            if view.program.at_path(&place.name).is_none() {
                let dataset = node(system, &place, At { file, span: word.span }, Text::from(view.program.path(file)));
                system.mark(dataset, "declared");
                system.join(EdgeKind::Declares, id, dataset, At { file, span: word.span }, Certainty::Seen);
                if makes {
                    system.join(EdgeKind::Follows, dataset, id, At { file, span: word.span }, Certainty::Seen);
                }
            }
            places.push(place.name);
        }
    }
    let declared: Vec<String> = inputs.into_iter().chain(outputs).collect();
    for params in &step.params {
        let path = segments(&folder, &resolved(&params.text));
        if let Some(of) = view.program.at_path(&path) {
            system.join(EdgeKind::Declares, id, known.modules[of.index()], at, Certainty::Seen);
        }
    }
    for command in &step.commands {
        let words: Vec<String> = command.words.iter().map(resolved).collect();
        let folder = segments(&folder, &command.folder);
        redirected(view, system, id, at, &folder, &command.redirects);
        let script = || {
            let (name, rest) = words.split_first()?;
            Some((*known.scripts.get(&Text::from(name))?, rest.to_vec()))
        };
        match program_of(view, &words, &folder).or_else(|| program_of(view, &words, "")).or_else(script) {
            Some((program, rest)) => {
                known.orchestrated = true;
                if strict || declared.iter().any(|d| covers(d, view.program.path(program))) {
                    system.mark(id, "declares-code");
                }
                let running =
                    Running { step: id, at, folder: Some(&folder), program, declared: &declared, words: rest };
                run(view, system, known, running);
            }
            None => {
                if !is_plain_tool(command) {
                    system.mark(id, "opaque");
                }
            }
        }
    }
}

/// A parameter of `params.yaml` beside the pipeline.
pub fn parameter(view: &View<'_>, folder: &str, key: &str) -> Option<String> {
    let file = view.program.at_path(&join(folder, "params.yaml"))?;
    let keys: Vec<Text> = key.split('.').map(Text::from).collect();
    let settings = &view.program.file(file).settings;
    settings.iter().find(|s| s.keys == keys).and_then(|s| s.value.text())
}

/// Programs that touch nothing a pipeline needs to know.
fn is_plain_tool(command: &Command) -> bool {
    command
        .words
        .first()
        .is_some_and(|w| matches!(w.as_str(), "echo" | "mkdir" | "cd" | "true" | "export" | "set" | "source"))
}
