//! Rust paths as modules of the repository: crates, `self`, `super` and the files that modules lie in.

use rustc_hash::FxHashMap;

use super::{Imported, Program, join, parent};
use crate::fact::{Facts, Import, Scalar, Text};
use crate::source::{FileId, Source};

impl Program<'_> {
    pub(super) fn rust_import(&self, file: FileId, import: &Import) -> Imported {
        let name = import.name.map_or_else(String::new, |n| format!(".{n}"));
        let dotted = format!("{}{name}", import.module);
        self.rust_path(file, &dotted).unwrap_or_else(|| Imported::Library(Text::from(&dotted)))
    }

    /// A Rust path as a module or a name of one: it begins at the crate, at this module or above it, or with the name
    /// of another crate of the repository.
    pub fn rust_path(&self, file: FileId, dotted: &str) -> Option<Imported> {
        let path = self.path(file);
        let segments: Vec<&str> = dotted.split('.').collect();
        let (first, mut rest) = segments.split_first()?;
        let mut base = match *first {
            "crate" => rust_crate(path),
            "self" => rust_module(path),
            "super" => parent(rust_module(path)),
            // A module beside it hides a crate of the same name.
            name if self.rust_file(file, &join(rust_module(path), name)).is_some() => {
                rest = &segments;
                rust_module(path)
            }
            name => self.crates.get(&Text::from(name))?.as_str(),
        };
        while let Some((&"super", further)) = rest.split_first() {
            base = parent(base);
            rest = further;
        }
        (0..=rest.len()).rev().find_map(|split| {
            let module = join(base, &rest[..split].join("/"));
            let found = self.rust_file(file, &module)?;
            Some(match rest.get(split) {
                Some(name) => Imported::Name(found, Text::from(name)),
                None => Imported::Module(found),
            })
        })
    }

    /// The file of a Rust module; the root of a crate is the asking file if that is one.
    fn rust_file(&self, from: FileId, module: &str) -> Option<FileId> {
        if is_rust_root(self.path(from)) && rust_module(self.path(from)) == module {
            return Some(from);
        }
        let endings = [".rs", "/mod.rs", "/lib.rs", "/main.rs"];
        endings.iter().find_map(|ending| self.paths.get(format!("{module}{ending}").as_str()).copied())
    }
}

/// The folder in which a Rust file's submodules lie: its own name, but for files that speak for their folder.
fn rust_module(path: &str) -> &str {
    if is_rust_root(path) || path.ends_with("/mod.rs") {
        parent(path)
    } else {
        path.strip_suffix(".rs").unwrap_or(path)
    }
}

/// Is a Rust file the root of a crate: a library, a program, an example, a test?
fn is_rust_root(path: &str) -> bool {
    let folder = parent(path).rsplit('/').next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "lib.rs" | "main.rs" | "build.rs") || matches!(folder, "bin" | "examples" | "tests" | "benches")
}

/// The folder of the crate that a Rust file belongs to.
fn rust_crate(path: &str) -> &str {
    if is_rust_root(path) {
        return parent(path);
    }
    match path.find("/src/") {
        Some(index) => &path[..index + 4],
        None if path.starts_with("src/") => "src",
        None => parent(path),
    }
}

/// The sources' folder of every crate, by the name that code calls it.
pub(super) fn crates(sources: &[Source], facts: &[Facts]) -> FxHashMap<Text, String> {
    let mut crates = FxHashMap::default();
    for (source, facts) in sources.iter().zip(facts) {
        if source.path != "Cargo.toml" && !source.path.ends_with("/Cargo.toml") {
            continue;
        }
        for setting in &facts.settings {
            if let ([table, key], Scalar::Text(name)) = (setting.keys.as_slice(), setting.value)
                && (table == "package" || table == "lib")
                && key == "name"
            {
                crates.insert(Text::from(&name.replace('-', "_")), join(parent(&source.path), "src"));
            }
        }
    }
    crates
}
