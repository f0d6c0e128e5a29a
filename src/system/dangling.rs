//! Declared inputs that a step never reads, and outputs that it never writes, told only where all that it touches is known.

use rustc_hash::FxHashSet;

use super::steps::parameter;
use super::{Known, View};
use crate::fact::{Declaration, OpKind, Scalar, Step, Text};
use crate::program::{Def, parent};
use crate::read::dvc::interpolate;
use crate::source::{At, FileId, Kind};
use crate::system::graph::{NodeId, System};
use crate::value::spelling::{covers, segments};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds a group for every input and output that a step declares in vain.
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
            outputs(view, system, known, file, step, id);
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

/// Adds a group for every file that a step says it makes, and that nothing which it runs writes.
fn outputs(view: &View<'_>, system: &mut System, known: &Known, file: FileId, step: &Step, id: NodeId) {
    let programs: FxHashSet<NodeId> = system.reached(id, EdgeKind::Calls).collect();
    if programs.is_empty() || system.is(id, "opaque") {
        return;
    }
    let code: Vec<FileId> =
        view.program.files().filter(|file| programs.contains(&known.modules[file.index()])).collect();
    if code.iter().any(|file| view.program.sources[file.index()].kind != Kind::Python) {
        return;
    }
    let defs: FxHashSet<Def> =
        code.iter().flat_map(|file| known.reached.get(file).into_iter().flatten().copied()).collect();
    let writers: FxHashSet<NodeId> = defs.iter().map(|def| view.code(known, *def)).collect();
    let made = writers.iter().flat_map(|writer| system.reached(*writer, EdgeKind::Writes));
    let written: Vec<String> = system
        .reached(id, EdgeKind::Writes)
        .chain(made)
        .map(|dataset| system.node(dataset).name.as_str().to_owned())
        .collect();
    let folder = segments(parent(view.program.path(file)), &step.folder);
    let value = |key: &str| parameter(view, parent(view.program.path(file)), key);
    for output in &step.outputs {
        let text = interpolate(&output.text, &value);
        let place = view.placer.path(&text, file, Some(&folder));
        let is_written = || written.iter().any(|touched| covers(&place.name, touched) || covers(touched, &place.name));
        if place.pattern
            || !place.known
            || !view.lexicon.words.ends_as_data(&place.name)
            || view.program.at_path(&place.name).is_some()
            || is_written()
            || is_said(view, step, &text, &defs, &written)
        {
            continue;
        }
        let at = At { file, span: output.span };
        let group = system.add(NodeKind::Group, Text::from(&place.name), at, Text::from(view.program.path(file)));
        system.say(group, "what", "unwritten");
        system.doubt(group, Certainty::Inferred);
        system.join(EdgeKind::Follows, group, id, at, Certainty::Seen);
    }
}

/// May something write a file that cannot be followed: by a name that the command line, code or settings put together,
/// or a library that has a folder of its own?
fn is_said(view: &View<'_>, step: &Step, output: &str, defs: &FxHashSet<Def>, written: &[String]) -> bool {
    let name = output.rsplit('/').find(|part| !part.is_empty()).unwrap_or(output);
    let stem = name.split('.').next().unwrap_or(name);
    // A text that says of another file that it is written says nothing of this one.
    let other =
        |text: &str| written.iter().any(|place| covers(place, text) || place.ends_with(text) && text.contains('.'));
    let says = |text: &str| {
        let parts = || text.split(|c: char| !(c.is_alphanumeric() || "_-".contains(c)));
        text.contains(name) || text.contains(stem) && parts().any(|part| part == stem) && !other(text)
    };
    let files: FxHashSet<FileId> = defs.iter().map(|def| def.file).collect();
    let in_code = files.iter().flat_map(|file| &view.program.file(*file).ops).any(|op| match op.kind {
        OpKind::Str(text) => says(&text),
        _ => false,
    });
    let top = |module: &str| module.split('.').next().unwrap_or(module).to_owned();
    let mut imports = files.iter().flat_map(|file| &view.program.file(*file).imports).map(|i| top(&i.module));
    let mut settings = view.program.facts.iter().flat_map(|facts| &facts.settings);
    in_code
        || step.commands.iter().flat_map(|c| &c.words).any(|word| says(word))
        || imports.any(|module| module.len() > 3 && output.split('/').any(|part| part.starts_with(&module)))
        || settings.any(|s| {
            let own = s.span.start <= step.span.start && step.span.end <= s.value_span.end;
            let declared =
                s.keys.iter().any(|key| matches!(key.as_str(), "outs" | "metrics" | "plots" | "deps" | "stages"));
            !own && !declared && matches!(s.value, Scalar::Text(text) if says(&text))
        })
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
