//! Files that vary the parameters of a program, run after run: parameters of which the program never says the name.

use rustc_hash::FxHashSet;

use super::{Known, Role, View, bindings};
use crate::fact::{OpKind, Role as ArgRole, Scalar, Text};
use crate::program::parent;
use crate::source::{FileId, Kind};
use crate::system::graph::System;
use crate::value::spelling::segments;

/// Adds a setting for every such parameter.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let Some((program, parameters)) = view.lexicon.keys.sweep() else { return };
    for file in view.program.files() {
        let looked_at =
            view.program.sources[file.index()].kind == Kind::Yaml && known.roles[file.index()] != Role::Test;
        if !looked_at {
            continue;
        }
        let settings = &view.program.file(file).settings;
        let at_root = |name: Text| settings.iter().find(move |s| s.keys.as_slice() == [name]);
        let (Some(started), Some(_)) = (at_root(program), at_root(parameters)) else { continue };
        let Scalar::Text(path) = started.value else { continue };
        let bases = [parent(view.program.path(file)), ""];
        let code = bases.iter().find_map(|base| view.program.at_path(&segments(base, &path)));
        let Some(said) = code.filter(|code| view.is_code(*code)).and_then(|code| names(view, code)) else { continue };
        let varied = settings.iter().filter(|s| s.keys.len() == 2 && s.keys[0] == parameters);
        for setting in varied.filter(|s| !said.contains(&s.keys[1]) && !s.keys[1].contains('.')) {
            bindings::add(view, system, known, file, setting, "parameter");
        }
    }
}

/// All names that a program and what it imports say; none if it lays maps out by names that it does not say.
fn names(view: &View<'_>, program: FileId) -> Option<FxHashSet<Text>> {
    let mut names: FxHashSet<Text> = FxHashSet::default();
    let mut files = FxHashSet::from_iter([program]);
    let mut waiting = vec![program];
    while let Some(file) = waiting.pop() {
        let facts = view.program.file(file);
        for op in &facts.ops {
            match op.kind {
                OpKind::Attr(_, name) | OpKind::SetAttr(_, name, _) | OpKind::Str(name) => drop(names.insert(name)),
                _ => {}
            }
        }
        for operand in &facts.operands {
            match operand.role {
                ArgRole::Named(name) => drop(names.insert(name)),
                ArgRole::Spread => return None,
                _ => {}
            }
        }
        names.extend(facts.definitions.iter().flat_map(|d| &d.params).map(|p| p.name));
        waiting.extend(view.program.imported_files(file).map(|(of, _)| of).filter(|of| files.insert(*of)));
    }
    for option in view.evaluator.options.all.iter().filter(|option| files.contains(&option.call.file)) {
        names.insert(option.name);
        names.extend(option.flags.iter().map(|flag| Text::from(flag.trim_start_matches('-'))));
    }
    Some(names)
}
