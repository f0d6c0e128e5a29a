//! Under which names packages are imported, and which modules are there although nobody asks for them.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

/// What is known of packages as they are installed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Distributions {
    /// Modules that the language itself brings.
    standard: FxHashSet<String>,
    /// Modules that other packages, images and platforms bring along.
    brought: FxHashSet<String>,
    /// Modules that people keep out of a repository, or that a build makes.
    kept_out: FxHashSet<String>,
    /// Names that people give to folders of their own code, and nobody to a package that is installed.
    own: FxHashSet<String>,
    /// Packages under whose names other libraries are imported.
    imported: FxHashMap<String, String>,
}

impl Distributions {
    /// Adds what another file says.
    pub(super) fn add(&mut self, other: Self) {
        self.standard.extend(other.standard);
        self.brought.extend(other.brought);
        self.kept_out.extend(other.kept_out);
        self.own.extend(other.own);
        self.imported.extend(other.imported);
    }

    /// Is a library imported from that package?
    pub fn is_package_of(&self, package: &str, library: &str) -> bool {
        self.imported.get(package).map_or(package == library, |imported| imported == library)
    }

    /// Is a module there without being asked for?
    pub fn is_brought(&self, module: &str) -> bool {
        self.standard.contains(module) || self.brought.contains(module)
    }

    /// Is a module of that name somebody's own code, wherever it is?
    pub fn is_own(&self, module: &str) -> bool {
        self.own.contains(module)
    }

    /// May a module be there although the repository does not hold it?
    pub fn is_kept_out(&self, module: &str) -> bool {
        self.kept_out.contains(module)
    }

    /// The names under which a package may be imported, in small letters and with one kind of separator.
    pub fn modules_of(&self, package: &str) -> impl Iterator<Item = String> {
        let own = package.replace(['-', '.'], "_").to_ascii_lowercase();
        self.imported.get(package).map(|module| module.to_ascii_lowercase()).into_iter().chain([own])
    }
}
