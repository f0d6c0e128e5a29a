//! Packages that the system asks for, and in which versions.

use super::{Known, View};
use crate::fact::{Declaration, Text};
use crate::source::At;
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds a node for every requirement.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    for file in view.program.files() {
        for declaration in &view.program.file(file).declarations {
            let Declaration::Package(requirement) = declaration else { continue };
            let at = At { file, span: requirement.package.span };
            let package =
                system.add(NodeKind::Package, requirement.package.text, at, Text::from(view.program.path(file)));
            system.say(package, "version", &requirement.version);
            if requirement.pinned {
                system.mark(package, "pinned");
            }
            system.join(EdgeKind::Declares, known.modules[file.index()], package, at, Certainty::Seen);
        }
    }
}
