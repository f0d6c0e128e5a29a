//! Modules and functions: what each is for, how large it is, what could not be read.

use super::{Known, View, handlers, roles};
use crate::fact::{DefKind, ProblemKind, Text};
use crate::program::Def;
use crate::source::{At, Kind, Span};
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds modules, functions, imports and problems.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    known.handlers = handlers::all(view);
    known.roles = roles::all(view, &known.handlers);
    for file in view.program.files() {
        let source = &view.program.sources[file.index()];
        let facts = view.program.file(file);
        let symbol = Text::from(&source.path);
        // One trouble stands for a file: the gravest, which is not a slip of syntax.
        let trouble =
            facts.problems.iter().min_by_key(|p| matches!(p.kind, ProblemKind::Partial | ProblemKind::Syntax));
        let span = trouble.map_or(Span::default(), |p| p.span);
        let module = system.add(NodeKind::Module, symbol, At { file, span }, symbol);
        known.modules.push(module);
        let role = known.roles[file.index()];
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
        Kind::Names => "names",
        Kind::Dvc => "dvc",
        Kind::Requirements => "requirements",
        Kind::Owners => "owners",
        Kind::Foreign => "foreign",
        Kind::Shell => "shell",
        Kind::Makefile => "make",
        Kind::Cron => "cron",
        Kind::Unit => "systemd",
        Kind::Jvm => "jvm",
        Kind::R => "r",
        Kind::Snakemake => "snakemake",
        Kind::Dockerfile => "docker",
    }
}
