//! Names the build by what it is made from, so that no build believes what another one kept in the cache.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::Path;

/// All that decides what mldebt says of a repository.
const PARTS: [&str; 4] = ["Cargo.toml", "Cargo.lock", "rules", "src"];

fn main() -> std::io::Result<()> {
    let mut hasher = DefaultHasher::new();
    for part in PARTS {
        println!("cargo::rerun-if-changed={part}");
        if Path::new(part).exists() {
            add(Path::new(part), &mut hasher)?;
        }
    }
    println!("cargo::rustc-env=MLDEBT_BUILD={:016x}", hasher.finish());
    Ok(())
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> std::io::Result<()> {
    path.hash(hasher);
    if !path.is_dir() {
        std::fs::read(path)?.hash(hasher);
        return Ok(());
    }
    let mut entries = std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    entries.sort();
    entries.iter().try_for_each(|entry| add(entry, hasher))
}
