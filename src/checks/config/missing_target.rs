//! Settings that name a class or function of the repository to be built, which is not there.

use std::collections::BTreeMap;

use crate::fact::{Scalar, Text};
use crate::program::{Def, join};
use crate::source::At;
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::dead::gone::{Stems, is_made, lacks};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "missing-target", find };

/// One sighting for each name, at the first file that says it.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut named: BTreeMap<Text, Vec<At>> = BTreeMap::new();
    for file in view.program.files().filter(|file| grounds.is_product(*file)) {
        for setting in &view.program.file(file).settings {
            let Some(key) = setting.keys.last() else { continue };
            if let Scalar::Text(target) = setting.value
                && view.lexicon.keys.target(*key).is_some()
                && target.contains('.')
                && !target.contains(['$', '{', ' ', ':', '/'])
            {
                named.entry(target).or_default().push(At { file, span: setting.value_span });
            }
        }
    }
    if named.is_empty() {
        return Vec::new();
    }
    let stems = Stems::new(view);
    let mut found = Vec::new();
    for (target, places) in named {
        let (Some(lacking), Some(at)) = (missing(view, &stems, &target), places.first().copied()) else { continue };
        let mut sighting = Sighting::new(
            at,
            vec![Text::from(view.program.path(at.file)), target],
            Certainty::Inferred,
            vec![("target", target.into()), ("lacking", Text::from(&lacking).into())],
        );
        sighting.more = places.iter().skip(1).map(|at| vec![("place", (*at).into())]).collect();
        found.push(sighting);
    }
    found
}

/// Which part of a dotted name is not there, if its first part is a package of the repository.
fn missing(view: &View<'_>, stems: &Stems, target: &str) -> Option<String> {
    let parts: Vec<&str> = target.split('.').collect();
    let first = *parts.first()?;
    let root = ["", "src"].into_iter().find(|root| view.program.keeps_folder(&join(root, first)))?;
    let mut folder = join(root, first);
    // A folder without code is no package, and what is asked for is a library's.
    let has_code = view.program.files().any(|file| {
        view.program.path(file).strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
            && view.program.path(file).ends_with(".py")
    });
    if !has_code || stems.asks_for(first) {
        return None;
    }
    for (at, part) in parts.iter().enumerate().skip(1) {
        if is_made(part) {
            return None;
        }
        let module = view.program.at_path(&format!("{}.py", join(&folder, part)));
        if let Some(module) = module {
            let name = Text::from(parts.get(at + 1)?);
            return lacks(view, module, name, stems, 0)
                .then(|| format!("`{}` binds no `{name}`", view.program.path(module)));
        }
        let inner = join(&folder, part);
        if view.program.keeps_folder(&inner) {
            folder = inner;
            continue;
        }
        if stems.hold(&folder, part) || view.lexicon.distributions.is_kept_out(part) {
            return None;
        }
        // What has parts of its own and is written small is a module.
        let module = at + 1 < parts.len() && part.bytes().all(|b| !b.is_ascii_uppercase());
        return match view.program.at_path(&join(&folder, "__init__.py")) {
            Some(package) if module => view
                .program
                .binding(Def { file: package, id: 0 }, Text::from(part))
                .is_none()
                .then(|| format!("there is no `{part}` in `{folder}`")),
            Some(package) => {
                lacks(view, package, Text::from(part), stems, 0).then(|| format!("there is no `{part}` in `{folder}`"))
            }
            None => Some(format!("there is no `{part}` in `{folder}`")),
        };
    }
    None
}
