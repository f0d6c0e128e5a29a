//! Steps that build an image from other files than they declare.

use crate::fact::{Command, Declaration, Step, Text};
use crate::program::{join, parent};
use crate::read::docker::COPIED;
use crate::source::{At, FileId};
use crate::system::View;
use crate::system::check::{Capture, Captures, Check, Grounds, Sighting};
use crate::value::spelling::{covers, segments};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "image-input-not-declared", find };

/// One sighting for each step whose image takes in what the step does not declare.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    for file in view.program.files() {
        for declaration in &view.program.file(file).declarations {
            let Declaration::Step(step) = declaration else { continue };
            let declares = !step.inputs.is_empty() && !step.frozen && view.lexicon.words.reruns_by_data(&step.tool);
            let image = step.commands.iter().filter(|_| declares).find_map(|command| image(view, file, step, command));
            if let Some((image, context)) = image {
                found.extend(differing(view, file, step, image, &context));
            }
        }
    }
    found
}

/// The file by which a command builds an image, and the folder from which it takes what goes in.
fn image(view: &View<'_>, file: FileId, step: &Step, command: &Command) -> Option<(FileId, String)> {
    let words: Vec<&str> = command.words.iter().map(|word| word.as_str()).collect();
    let program = words.first()?.rsplit('/').next()?;
    let builds = view.lexicon.words.builds_image(program, words.get(1..words.len().min(3))?);
    let last = words.last().filter(|word| builds && !word.starts_with('-'))?;
    let folder = segments(parent(view.program.path(file)), &join(&step.folder, &command.folder));
    let context = segments(&folder, last);
    let given = words.iter().position(|word| matches!(*word, "-f" | "--file")).and_then(|at| words.get(at + 1));
    let path = given.map_or_else(|| segments(&context, "Dockerfile"), |path| segments(&folder, path));
    Some((view.program.at_path(&path)?, context))
}

/// What differs between the files that an image takes in and those that its step declares.
fn differing(view: &View<'_>, file: FileId, step: &Step, image: FileId, context: &str) -> Option<Sighting> {
    let folder = segments(parent(view.program.path(file)), &step.folder);
    let known = |text: &str| !text.contains(['$', '*', '{', '?']);
    let declared: Vec<String> =
        step.inputs.iter().filter(|word| known(&word.text)).map(|word| segments(&folder, &word.text)).collect();
    if declared.len() < step.inputs.len() {
        return None;
    }
    let copied: Vec<(String, At)> = view
        .program
        .file(image)
        .literals
        .iter()
        .filter(|literal| literal.key == COPIED && known(&literal.text))
        .map(|literal| (segments(context, &literal.text), At { file: image, span: literal.span }))
        .collect();
    let is_whole = |path: &str| path.is_empty() || path == context || path == ".";
    if copied.is_empty() || copied.iter().any(|(path, _)| is_whole(path)) {
        return None;
    }
    let meet = |one: &str, other: &str| covers(one, other) || covers(other, one);
    let is_there = |path: &str| view.program.keeps(path) || view.program.keeps_folder(path);
    let missing: Vec<&(String, At)> = copied
        .iter()
        .filter(|(path, _)| !declared.iter().any(|input| meet(input, path)))
        .filter(|(path, _)| is_there(path))
        .collect();
    let first = missing.first()?;
    let own = view.program.path(image);
    let idle = |input: &&String| input.as_str() != own && !copied.iter().any(|(path, _)| meet(path, input));
    let idle: Vec<Text> = declared.iter().filter(idle).map(|path| Text::from(path)).collect();
    let files: Vec<Text> = missing.iter().map(|(path, _)| Text::from(path)).collect();
    let how = if idle.is_empty() { "misses" } else { "others" };
    let mut captures: Captures = vec![
        ("step", step.name.into()),
        ("files", Capture::Texts(files)),
        ("how", Text::from(how).into()),
        ("copied", first.1.into()),
    ];
    if !idle.is_empty() {
        captures.push(("idle", Capture::Texts(idle)));
    }
    let at = At { file, span: step.span };
    let identity = vec![Text::from(view.program.path(file)), step.name];
    Some(Sighting::new(at, identity, Certainty::Seen, captures))
}
