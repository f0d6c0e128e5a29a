//! The physical limit: walks, reads and parses the same files with the same parsers as `mldebt check`, and does nothing else.
//!
//! `cargo bench --bench limit -- DIR` prints what was parsed; its CPU time is the denominator of the project's speed goal.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use mldebt::config::Config;
use mldebt::discover::discover;
use mldebt::source::{Content, Kind, Source};
use rayon::prelude::*;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    let Some(root) = std::env::args().skip(1).find(|a| !a.starts_with('-')) else {
        // `cargo test` runs benches without arguments.
        return;
    };
    // As the command line does: large stacks for deeply nested sources.
    let pool = rayon::ThreadPoolBuilder::new().stack_size(256 * 1024 * 1024).build();
    let run = || parse_all(Path::new(&root));
    match pool {
        Ok(pool) => pool.install(run),
        Err(_) => run(),
    }
}

fn parse_all(root: &Path) {
    let config = Config::plain(root);
    let Ok(found) = discover(&config) else { return };
    let (parsed, bytes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    found.sources.par_iter().for_each(|source| {
        let Some(text) = text(source) else { return };
        bytes.fetch_add(text.len(), Ordering::Relaxed);
        parsed.fetch_add(usize::from(parse(source.kind, &text)), Ordering::Relaxed);
    });
    println!("{} files, {} parsed, {} bytes", found.sources.len(), parsed.into_inner(), bytes.into_inner());
}

fn text(source: &Source) -> Option<String> {
    let Content::Disk(path) = &source.content else { return None };
    std::fs::read_to_string(path).ok()
}

fn parse(kind: Kind, text: &str) -> bool {
    let python = |text: &str| parse_unchecked(text, ParseOptions::from(Mode::Module)).tokens().len() > 1;
    match kind {
        Kind::Python => python(text),
        Kind::Notebook => mldebt::read::notebook::python_text(text).is_ok_and(|notebook| python(&notebook.text)),
        Kind::Shell => shell(text),
        Kind::Rust => syn::parse_file(text).is_ok(),
        Kind::Yaml => mldebt::read::settings::yaml(text).problems.is_empty(),
        Kind::Json => mldebt::read::settings::json(text).problems.is_empty(),
        Kind::Toml => mldebt::read::settings::toml(text).problems.is_empty(),
        _ => false,
    }
}

fn shell(text: &str) -> bool {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).is_ok() && parser.parse(text, None).is_some()
}
