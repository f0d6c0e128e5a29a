//! Modules and functions: what each is for, how large it is, what could not be read.

use std::collections::BTreeMap;

use super::together::MANY;
use super::{Known, Role, View, handlers};
use crate::fact::{DefKind, OpKind, ProblemKind, Text};
use crate::lexicon::Learns;
use crate::program::{Def, Node};
use crate::source::{At, Kind, Span};
use crate::system::graph::{NodeId, System, Value};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds modules, functions, imports and problems.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    known.handlers = handlers::all(view);
    let mut serving = vec![false; view.program.sources.len()];
    known.handlers.iter().for_each(|def| serving[def.file.index()] = true);
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
    for file in view.program.files() {
        let source = &view.program.sources[file.index()];
        let facts = view.program.file(file);
        let symbol = Text::from(&source.path);
        // One trouble stands for a file: the gravest, which is not a slip of syntax.
        let trouble = facts.problems.iter().min_by_key(|p| p.kind == ProblemKind::Syntax);
        let span = trouble.map_or(Span::default(), |p| p.span);
        let module = system.add(NodeKind::Module, symbol, At { file, span }, symbol);
        known.modules.push(module);
        let own = || role(&source.path, source.kind, training[file.index()], serving[file.index()]);
        let role = view.told.role(&source.path).unwrap_or_else(own);
        known.roles.push(role);
        system.say(module, "role", role.word());
        system.say(module, "language", language(source.kind));
        let statements: u32 = facts.definitions.iter().map(|d| d.statements).sum();
        system.count(module, "statements", statements as usize);
        if view.is_code(file) && view.reach.is_program(file) {
            system.mark(module, "entry");
            known.programs.push(file);
        }
        if let Some(problem) = trouble {
            system.say(module, "unread", problem.kind.word());
            system.say(module, "reason", &problem.reason);
        }
        for (number, definition) in facts.definitions.iter().enumerate().skip(1) {
            if definition.kind != DefKind::Function {
                continue;
            }
            let def = Def { file, id: u32::try_from(number).unwrap_or(u32::MAX) };
            let at = At { file, span: definition.span };
            let function = system.add(NodeKind::Function, definition.name, at, view.symbol(def));
            system.say(function, "role", role.word());
            system.count(function, "statements", definition.statements as usize);
            known.functions.insert(def, function);
        }
    }
    tell_once(view, system, known);
    for file in view.program.files() {
        for (of, import) in view.program.imported_files(file) {
            if of != file {
                let at = At { file, span: import.span };
                system.join(
                    EdgeKind::Imports,
                    known.modules[file.index()],
                    known.modules[of.index()],
                    at,
                    Certainty::Seen,
                );
            }
        }
    }
    for file in known.programs.clone() {
        known.reached.insert(file, view.reach.from(file));
    }
}

/// Where many files of one language have trouble of one kind (Python of another age), the first stands for all.
fn tell_once(view: &View<'_>, system: &mut System, known: &Known) {
    let mut alike: BTreeMap<(&str, Text), Vec<NodeId>> = BTreeMap::new();
    for (file, module) in view.program.files().zip(&known.modules) {
        if let Some(Value::Text(trouble)) = system.get(*module, "unread")
            && known.roles[file.index()] != Role::Test
        {
            alike.entry((language(view.program.sources[file.index()].kind), trouble)).or_default().push(*module);
        }
    }
    for (_, modules) in alike.into_iter().filter(|(_, modules)| modules.len() >= MANY) {
        let Some((first, others)) = modules.split_first() else { continue };
        if let Some(Value::Text(reason)) = system.get(*first, "reason") {
            system.say(
                *first,
                "reason",
                &format!("{reason}; and {} files more have trouble of this kind", others.len()),
            );
        }
        others.iter().for_each(|module| system.mark(*module, "told"));
    }
}

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

fn language(kind: Kind) -> &'static str {
    match kind {
        Kind::Python => "python",
        Kind::Notebook => "notebook",
        Kind::Rust => "rust",
        Kind::Sql => "sql",
        Kind::Yaml => "yaml",
        Kind::Toml => "toml",
        Kind::Json => "json",
        Kind::Ini => "ini",
        Kind::Env => "env",
        Kind::Gin => "gin",
        Kind::Dvc => "dvc",
        Kind::Requirements => "requirements",
        Kind::Owners => "owners",
        Kind::Foreign => "foreign",
        Kind::Shell => "shell",
        Kind::Makefile => "make",
        Kind::Cron => "cron",
        Kind::Jvm => "jvm",
        Kind::R => "r",
        Kind::Snakemake => "snakemake",
        Kind::Dockerfile => "docker",
    }
}
