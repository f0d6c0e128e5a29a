//! What every file is for: it trains, serves, tests, tries something out, or does none of these.

use rustc_hash::FxHashSet;

use super::{Role, View};
use crate::fact::{Access, OpKind};
use crate::lexicon::{Learns, Subject};
use crate::program::{Def, Node};
use crate::source::{FileId, Kind};
use crate::value::place::NoBindings;
use crate::value::types::Callee;

/// The roles of all files; `handlers` answer requests.
pub fn all(view: &View<'_>, handlers: &FxHashSet<Def>) -> Vec<Role> {
    let mut serving = vec![false; view.program.sources.len()];
    handlers.iter().for_each(|def| serving[def.file.index()] = true);
    let training = training(view);
    let mut roles: Vec<Role> = Vec::with_capacity(view.program.sources.len());
    for file in view.program.files() {
        let source = &view.program.sources[file.index()];
        let own = || role(&source.path, source.kind, training[file.index()], serving[file.index()]);
        roles.push(view.told.role(&source.path).unwrap_or_else(own));
    }
    for file in promoted(view, &roles) {
        roles[file.index()] = if training[file.index()] { Role::Train } else { Role::Plain };
    }
    roles
}

/// The files that fit something.
fn training(view: &View<'_>) -> Vec<bool> {
    let mut training = vec![false; view.program.sources.len()];
    for (def, call) in view.calls() {
        let trains = view
            .types
            .callees(call)
            .iter()
            .any(|c| matches!(c, Callee::Meaning(m) if m.learns() && m.trains != Some(Learns::Categories)));
        // A gradient that is taken by hand is followed.
        let called = match view.program.op(call).kind {
            OpKind::Call(function, _) => view.program.op(Node { value: function, ..call }).kind,
            _ => continue,
        };
        let by_hand = matches!(called, OpKind::Attr(_, name) if view.lexicon.protocols.is_backward(name));
        training[def.file.index()] |= trains || by_hand;
    }
    training
}

/// What tries something out and makes what the system reads is a part of the system: a chain of notebooks that ends in the
/// model of a service. What the team has said of a file stands.
fn promoted(view: &View<'_>, roles: &[Role]) -> Vec<FileId> {
    let is_trial =
        |file: FileId| roles[file.index()] == Role::Prototype && view.told.role(view.program.path(file)).is_none();
    let kept = |subject: Subject| matches!(subject, Subject::Data | Subject::Model);
    let touches = || view.touches.all.iter().filter(|touch| kept(touch.subject) && !touch.guessed);
    let writes = |access: Access| matches!(access, Access::Write | Access::Append);
    if !touches().any(|touch| writes(touch.access) && is_trial(touch.root.file)) {
        return Vec::new();
    }
    let mut read: Vec<(FileId, String)> = Vec::new();
    let mut written: Vec<(FileId, String)> = Vec::new();
    for touch in touches() {
        let file = touch.root.file;
        let place = view.placer.place(view.evaluator, touch.at(), file, None, &NoBindings);
        if place.known && !place.pattern && !place.temporary {
            let of = if writes(touch.access) { &mut written } else { &mut read };
            of.push((file, place.name));
        }
    }
    // Whoever is found to be a part of the system makes those a part whose data it reads.
    let mut found: Vec<FileId> = Vec::new();
    let mut readers: FxHashSet<FileId> = view
        .program
        .files()
        .filter(|file| matches!(roles[file.index()], Role::Train | Role::Serve | Role::Plain))
        .collect();
    loop {
        let wanted: FxHashSet<&str> =
            read.iter().filter(|(file, _)| readers.contains(file)).map(|(_, name)| name.as_str()).collect();
        let makes = |(file, name): &&(FileId, String)| {
            is_trial(*file) && !readers.contains(file) && wanted.contains(name.as_str())
        };
        let more: FxHashSet<FileId> = written.iter().filter(makes).map(|(file, _)| *file).collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more.iter().copied());
        readers.extend(more);
    }
}

/// What a file is for, by where it lies and what it does.
fn role(path: &str, kind: Kind, trains: bool, serves: bool) -> Role {
    let mut folders = path.split('/').collect::<Vec<_>>();
    let name = folders.pop().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let test_folder = folders.iter().any(|f| {
        matches!(
            *f,
            "tests" | "test" | "testing" | "fixtures" | "testdata" | ".github" | ".circleci" | ".gitlab" | "ci"
        )
    });
    if test_folder || stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest" {
        return Role::Test;
    }
    const TRYING: [&str; 13] = [
        "notebook",
        "notebooks",
        "sandbox",
        "scratch",
        "experiment",
        "experiments",
        "playground",
        "tmp",
        "old",
        "deprecated",
        "examples",
        "example",
        "tutorials",
    ];
    if kind == Kind::Notebook || folders.iter().any(|f| TRYING.contains(&f.to_ascii_lowercase().as_str())) {
        return Role::Prototype;
    }
    if serves {
        return Role::Serve;
    }
    if trains { Role::Train } else { Role::Plain }
}
