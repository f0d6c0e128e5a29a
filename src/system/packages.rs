//! Packages that the system asks for, and in which versions.

use super::{Known, View};
use crate::fact::{Declaration, Text};
use crate::source::{At, FileId};
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
        installed(view, system, known, file);
    }
}

/// The packages that the commands of a file install in one exact version.
fn installed(view: &View<'_>, system: &mut System, known: &Known, file: FileId) {
    for command in &view.program.file(file).commands {
        let at = At { file, span: command.span };
        let Some(install) = command.words.windows(2).position(|pair| pair[0] == "install" || pair[0] == "add") else {
            continue;
        };
        let installs = command.words[..install].iter().any(|word| view.lexicon.words.installs(word));
        for word in command.words[install + 1..].iter().filter(|word| installs && !word.starts_with('-')) {
            let Some((name, version)) = word.trim_matches(['"', '\'']).split_once("==") else { continue };
            let name = name.split('[').next().unwrap_or(name).to_ascii_lowercase().replace(['_', '.'], "-");
            let package = system.add(NodeKind::Package, Text::from(&name), at, Text::from(view.program.path(file)));
            system.say(package, "version", &format!("=={version}"));
            system.mark(package, "pinned");
            system.join(EdgeKind::Declares, known.modules[file.index()], package, at, Certainty::Seen);
        }
    }
}
