//! Modules of the repository that are imported by a name which they do not have, or no longer have.

use super::View;
use crate::fact::{Import, OpKind};
use crate::program::{Def, parent};
use crate::source::{FileId, Kind};

/// Shorter names are near too many others.
const SHORTEST: usize = 5;

/// Why an import of a library's name means a module of the repository instead: that binds the name, and is called nearly
/// as the import says.
pub fn meant(view: &View<'_>, file: FileId, import: &Import) -> Option<String> {
    let name = import.name.filter(|name| import.level == 0 && *name != "*")?;
    let wanted: Vec<&str> = import.module.split('.').collect();
    if is_required(view, wanted.first()?) {
        return None;
    }
    let here = parent(view.program.path(file));
    let mut found: Vec<&str> = Vec::new();
    for other in view.program.files() {
        if other == file || view.program.sources[other.index()].kind != Kind::Python {
            continue;
        }
        let path = view.program.path(other);
        let bases = [here, "", "src"];
        let dotted = bases.iter().filter_map(|base| match *base {
            "" => Some(path),
            base => path.strip_prefix(base)?.strip_prefix('/'),
        });
        let own = |path: &str| {
            let stem = path.strip_suffix(".py").unwrap_or(path);
            let parts: Vec<&str> = stem.strip_suffix("/__init__").unwrap_or(stem).split('/').collect();
            is_near(&wanted, &parts)
        };
        let module = Def { file: other, id: 0 };
        let defines = || {
            let bound = view.program.binding(module, name).map(|value| view.program.file(other).op(value).kind);
            matches!(bound, Some(OpKind::Define(_)))
        };
        if dotted.into_iter().any(own) && defines() {
            found.push(path);
        }
    }
    let [only] = found.as_slice() else { return None };
    Some(format!("there is no module `{}`, while `{only}` defines `{name}`", import.module))
}

/// Do two paths of a module differ in the spelling of one segment?
fn is_near(wanted: &[&str], own: &[&str]) -> bool {
    let differing: Vec<(&&str, &&str)> = wanted.iter().zip(own).filter(|(a, b)| a != b).collect();
    let [(wanted_one, own_one)] = differing.as_slice() else { return false };
    let most = 1 + wanted_one.len().min(own_one.len()) / 8;
    wanted.len() == own.len()
        && wanted_one.len().min(own_one.len()) >= SHORTEST
        && strsim::damerau_levenshtein(wanted_one, own_one) <= most
}

/// Does the repository ask for a package of that name?
fn is_required(view: &View<'_>, module: &str) -> bool {
    let name = module.to_ascii_lowercase().replace('_', "-");
    view.program.facts.iter().flat_map(|facts| &facts.declarations).any(|declaration| match declaration {
        crate::fact::Declaration::Package(package) => package.package.text.as_str() == name,
        _ => false,
    })
}
