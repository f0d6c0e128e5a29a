//! Programs under names of their own: what a package's scripts run.

use rustc_hash::FxHashSet;

use super::running::start;
use super::{Known, Role, View};
use crate::fact::{Declaration, Script};
use crate::program::{Def, join, parent};
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::value::spelling::segments;
use crate::vocabulary::{Certainty, EdgeKind};

/// Makes the modules of scripts programs, and keeps their names for the commands that run them.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    for file in view.program.files().filter(|file| known.roles[file.index()] != Role::Test).collect::<Vec<_>>() {
        for declaration in &view.program.file(file).declarations {
            let Declaration::Script(script) = declaration else { continue };
            let Some(program) = module(view, file, script) else { continue };
            start(view, system, known, program);
            let reached = function(view, program, script);
            known.reached.entry(program).or_default().extend(reached);
            let at = At { file, span: script.name.span };
            let (from, to) = (known.modules[file.index()], known.modules[program.index()]);
            system.join(EdgeKind::Calls, from, to, at, Certainty::Seen);
            known.scripts.insert(script.name.text, program);
        }
    }
}

fn module(view: &View<'_>, file: FileId, script: &Script) -> Option<FileId> {
    let path = script.module.replace('.', "/");
    let bases = ["", "src"].map(|base| segments(parent(view.program.path(file)), base));
    let candidates = bases.iter().map(|base| join(base, &path));
    candidates.flat_map(|at| [format!("{at}.py"), format!("{at}/__init__.py")]).find_map(|c| view.program.at_path(&c))
}

/// What the script's function may run.
fn function(view: &View<'_>, program: FileId, script: &Script) -> FxHashSet<Def> {
    let definitions = view.program.file(program).definitions.iter().enumerate();
    let named = definitions.filter(|(id, d)| *id > 0 && d.parent == 0 && d.name == script.function);
    let starts = named.filter_map(|(id, _)| Some(Def { file: program, id: u32::try_from(id).ok()? }));
    view.reach.from_all(program, starts.collect())
}
