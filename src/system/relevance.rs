//! Which code is about machine learning: it builds, trains, asks or evaluates models, makes features, or moves their data.

use rustc_hash::FxHashSet;

use super::View;
use crate::fact::{DefKind, OpKind, Text};
use crate::lexicon::{Meaning, Subject};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::graph::{NodeId, System};
use crate::value::types::{Callee, Type};

/// The attribute of what such code defines.
const ATTRIBUTE: &str = "learning";

/// The definitions and files that are about machine learning.
#[derive(Default)]
pub struct Relevance {
    defs: FxHashSet<Def>,
    files: FxHashSet<FileId>,
}

impl Relevance {
    /// Looks at every call and at every value of which the type is known.
    pub fn new(view: &View<'_>) -> Self {
        let mut defs: FxHashSet<Def> = FxHashSet::default();
        for touch in view.touches.all.iter().filter(|t| matches!(t.subject, Subject::Data | Subject::Model)) {
            defs.extend([touch.within, touch.root]);
        }
        let means = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(meaning) if learns(meaning));
        let own = |def: &Def| {
            let mut body = view.program.definition(*def).body.clone().map(|value| Node { file: def.file, value });
            body.any(|node| view.types.of(node).iter().any(|of| is_learning(view, of)))
        };
        defs.extend((0..view.program.def_count()).map(|index| view.program.def_at(index)).filter(own));
        let mut calls: Vec<(Def, Def)> = Vec::new();
        for (def, call) in view.calls() {
            let callees = view.types.callees(call);
            if callees.iter().any(means) || is_of_table(view, call) {
                defs.insert(def);
            }
            let called = |c: &Callee<'_>| if let Callee::Function(to, _) = c { Some((def, *to)) } else { None };
            calls.extend(callees.iter().filter_map(called));
        }
        // Who calls it is about it as well: whoever composes, wraps, or hands out.
        let mut before = 0;
        while before != defs.len() {
            before = defs.len();
            defs.extend(calls.iter().filter(|(_, to)| defs.contains(to)).map(|(from, _)| *from).collect::<Vec<_>>());
        }
        // What a nested function does, the one around it does.
        for mut def in defs.iter().copied().collect::<Vec<_>>() {
            let around = |def: Def| Def { id: view.program.definition(def).parent, ..def };
            while def.id != 0 && view.program.definition(around(def)).kind == DefKind::Function {
                def = around(def);
                defs.insert(def);
            }
        }
        let mut files: FxHashSet<FileId> = defs.iter().map(|def| def.file).collect();
        // What settles how such code works is about it too: the modules that it imports.
        let imported: Vec<FileId> = view
            .program
            .files()
            .filter(|file| files.contains(file))
            .flat_map(|file| view.program.imported_files(file).map(|(to, _)| to).collect::<Vec<_>>())
            .collect();
        files.extend(imported);
        Self { defs, files }
    }

    /// Is a definition about machine learning itself?
    pub fn is_of(&self, def: Def) -> bool {
        self.defs.contains(&def)
    }

    /// Is what stands in a definition? In a class or a module that is said of the whole file.
    pub fn is_within(&self, view: &View<'_>, def: Def) -> bool {
        match view.program.definition(def).kind {
            DefKind::Function => self.is_of(def),
            _ => self.files.contains(&def.file),
        }
    }

    /// Is a file, or does one that is import it?
    pub fn is_near(&self, file: FileId) -> bool {
        self.files.contains(&file)
    }
}

/// Says of a node that what it stands for is about machine learning.
pub fn mark(system: &mut System, node: NodeId, relevant: bool) {
    if relevant {
        system.mark(node, ATTRIBUTE);
    }
}

/// Is the call a part of what machine learning is about?
pub fn learns(meaning: &Meaning) -> bool {
    meaning.trains.is_some()
        || meaning.fits
        || meaning.tunes.is_some()
        || meaning.predicts
        || meaning.transforms
        || meaning.splits
        || meaning.measures
}

/// Is it a method that tables have, called on a value of which nothing is known, and that no text, list or map has?
fn is_of_table(view: &View<'_>, call: Node) -> bool {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return false };
    let OpKind::Attr(of, method) = view.program.op(Node { value: function, ..call }).kind else { return false };
    view.types.of(Node { value: of, ..call }).is_empty()
        && view.lexicon.table_method(method).is_some()
        && !view.lexicon.is_plain_method(method)
}

/// Is a value, or a library's function, of a package on whose version models depend?
fn is_learning(view: &View<'_>, of: &Type) -> bool {
    let name = match of {
        Type::Instance(name) | Type::Library(name) => *name,
        _ => return false,
    };
    let package = name.split('.').next().unwrap_or_default();
    view.lexicon.is_learning_package(Text::from(package))
}
