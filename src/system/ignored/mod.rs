//! Settings that are read and do not arrive: the code they are handed to never looks at them, or nobody takes them up.

mod kept;
mod names;
mod origin;
mod parameters;
mod rest;
mod siblings;

pub(super) use kept::Kept;

use super::{Known, Role, View};
use crate::fact::Text;
use crate::program::Def;
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A setting that changes nothing.
struct Ignored {
    name: Text,
    /// Where it gets lost.
    at: At,
    /// The code that loses it.
    by: Def,
    /// How it gets lost, in words.
    fate: String,
    /// The code that hands it on, and where.
    from: (Def, At),
}

/// Adds a setting for each of them.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let (mut found, inert) = parameters::find(view, known);
    for parameter in inert {
        let setting = system.add(NodeKind::Setting, parameter.name, parameter.at, view.symbol(parameter.def));
        system.say(setting, "form", "inert-parameter");
        system.say(setting, "role", known.roles[parameter.at.file.index()].word());
        system.say(setting, "fate", &parameter.fate);
    }
    for swallowed in rest::find(view, known) {
        let (def, at) = swallowed.by;
        let setting = system.add(NodeKind::Setting, swallowed.name, swallowed.at, view.symbol(def));
        system.say(setting, "form", "swallowed");
        system.say(setting, "role", known.roles[def.file.index()].word());
        system.say(setting, "fate", &swallowed.fate);
        system.join(EdgeKind::Uses, view.code(known, def), setting, at, Certainty::Inferred);
    }
    found.extend(names::find(view, known));
    found.extend(siblings::find(view, known));
    for ignored in found {
        let setting = system.add(NodeKind::Setting, ignored.name, ignored.at, view.symbol(ignored.by));
        system.say(setting, "form", "ignored");
        system.say(setting, "role", known.roles[ignored.at.file.index()].word());
        system.say(setting, "fate", &ignored.fate);
        let (code, at) = ignored.from;
        system.join(EdgeKind::Uses, view.code(known, code), setting, at, Certainty::Inferred);
    }
}

fn is_looked_at(known: &Known, file: FileId) -> bool {
    !matches!(known.roles[file.index()], Role::Test | Role::Prototype)
}
