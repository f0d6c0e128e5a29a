//! Declared inputs that a step never reads, told only where all that it reads is known.

use rustc_hash::FxHashSet;

use super::steps::parameter;
use super::{Known, View};
use crate::fact::{Declaration, OpKind, Scalar, Step, Text};
use crate::program::parent;
use crate::read::dvc::interpolate;
use crate::source::{At, FileId};
use crate::system::graph::{NodeId, System};
use crate::value::place::{covers, segments};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds a group for every input that a step declares in vain.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let places = system.nodes().filter(|(_, node)| node.kind == NodeKind::Step).map(|(id, node)| (id, node.at));
    let steps: Vec<(NodeId, At)> = places.collect();
    for file in view.program.files() {
        for declaration in &view.program.file(file).declarations {
            let Declaration::Step(step) = declaration else { continue };
            let at = At { file, span: step.span };
            // Instances of a template share their place, and with it their declarations.
            let mut same = steps.iter().filter(|(_, of)| *of == at).map(|(id, _)| *id);
            let (Some(id), None) = (same.next(), same.next()) else { continue };
            inputs(view, system, known, file, step, id);
        }
    }
}

fn inputs(view: &View<'_>, system: &mut System, known: &Known, file: FileId, step: &Step, id: NodeId) {
    let programs: FxHashSet<NodeId> = system.reached(id, EdgeKind::Calls).collect();
    if programs.is_empty() || system.is(id, "opaque") {
        return;
    }
    // What a query or a store of features reads is joined to the code alone.
    let code = view.program.files().filter(|file| programs.contains(&known.modules[file.index()]));
    let defs = code.flat_map(|file| known.reached.get(&file).into_iter().flatten());
    let readers: FxHashSet<NodeId> = defs.map(|def| view.code(known, *def)).collect();
    let written = system.reached(id, EdgeKind::Writes).chain(system.reached(id, EdgeKind::Reads));
    let touched: Vec<String> = written
        .chain(readers.iter().flat_map(|reader| system.reached(*reader, EdgeKind::Reads)))
        .map(|dataset| system.node(dataset).name.as_str().to_owned())
        .collect();
    let folder = segments(parent(view.program.path(file)), &step.folder);
    let value = |key: &str| parameter(view, parent(view.program.path(file)), key);
    let place = |text: &str| view.placer.path(text, file, Some(&folder));
    let names: Vec<String> = step.inputs.iter().map(|input| place(&interpolate(&input.text, &value)).name).collect();
    let declared = declared_code(view, &names);
    for input in &step.inputs {
        let text = interpolate(&input.text, &value);
        let place = place(&text);
        let holds_code = || view.program.sources.iter().any(|source| covers(&place.name, &source.path));
        let read = || touched.iter().any(|touched| covers(&place.name, touched) || covers(touched, &place.name));
        if place.pattern
            || !place.known
            || read()
            || holds_code()
            || is_named(view, known, step, &text, (&programs, &declared))
        {
            continue;
        }
        let at = At { file, span: input.span };
        let name = Text::from(&place.name);
        let group = system.add(NodeKind::Group, name, at, Text::from(view.program.path(file)));
        system.say(group, "what", "dangling");
        system.doubt(group, Certainty::Inferred);
        system.join(EdgeKind::Follows, group, id, at, Certainty::Seen);
    }
}

/// The code that a step declares, and all that it imports: it may be run by a name that is made at run time.
fn declared_code(view: &View<'_>, names: &[String]) -> FxHashSet<FileId> {
    // What an instance of a template fills in may be anything.
    let filled = |name: &String| {
        let mut pieces = name.split("${");
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |whole, piece| whole + "{}" + piece.split_once('}').map_or("", |(_, rest)| rest))
    };
    let names: Vec<String> = names.iter().map(filled).collect();
    let declared = |file: &FileId| names.iter().any(|name| covers(name, view.program.path(*file)));
    let mut waiting: Vec<FileId> = view.program.files().filter(|file| view.is_code(*file) && declared(file)).collect();
    let mut found: FxHashSet<FileId> = waiting.iter().copied().collect();
    while let Some(file) = waiting.pop() {
        waiting.extend(view.program.imported_files(file).map(|(of, _)| of).filter(|of| found.insert(*of)));
    }
    found
}

/// Does the command line, the code that it runs, or a settings file name the input? Then something may read it that
/// cannot be followed.
fn is_named(
    view: &View<'_>,
    known: &Known,
    step: &Step,
    input: &str,
    (modules, declared): (&FxHashSet<NodeId>, &FxHashSet<FileId>),
) -> bool {
    let name = input.rsplit('/').find(|part| !part.is_empty()).unwrap_or(input);
    let stem = name.split('.').next().unwrap_or(name);
    if step.commands.iter().flat_map(|c| &c.words).any(|word| word.contains(stem)) {
        return true;
    }
    let mut files: FxHashSet<FileId> = declared.clone();
    for program in view.program.files().filter(|f| modules.contains(&known.modules[f.index()])) {
        files.insert(program);
        files.extend(known.reached.get(&program).into_iter().flatten().map(|def| def.file));
    }
    let in_code = files.iter().flat_map(|file| &view.program.file(*file).ops).any(|op| match op.kind {
        OpKind::Str(text) => text.contains(stem),
        _ => false,
    });
    let mut settings = view.program.facts.iter().flat_map(|facts| &facts.settings);
    in_code || settings.any(|s| matches!(s.value, Scalar::Text(text) if text.contains(stem)))
}
