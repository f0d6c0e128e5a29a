//! mldebt reads a machine-learning repository and says what it owes.
//!
//! ```text
//! discover -> read -> link -> judge -> settle -> report
//!  files      facts    system   findings  statement   text
//! ```
//!
//! [`discover`] lists the sources. [`read`] turns each into [`fact`]s, one vocabulary for all languages; syntax trees
//! end there. [`system`] links the facts of all files into one graph: who reads, writes, trains, predicts, sets and
//! uses what. [`judge`] asks the rules of the [`catalog`] of that graph; a rule asks and never computes. [`ledger`]
//! settles findings against ignore comments and thresholds. [`report`] writes the statement.
//!
//! Imports go one way, in the order of the list below; no module knows one that stands after it.

pub mod vocabulary;
pub mod mistake;
pub mod source;
pub mod fact;
pub mod finding;
pub mod rule;
pub mod read;
pub mod system;
pub mod catalog;
pub mod config;
pub mod discover;
pub mod judge;
pub mod ledger;
pub mod report;
pub mod federation;
pub mod examples;
pub mod cli;

use std::time::{Duration, Instant};

use catalog::Catalog;
use config::Config;
use fact::Facts;
use finding::Finding;
use ledger::Statement;
use mistake::Mistake;
use source::Source;
use system::graph::System;
use system::lexicon::Lexicon;
use system::told::Told;

/// How long each step took.
#[derive(Clone, Debug, Default)]
pub struct Timings(pub Vec<(&'static str, Duration)>);

impl Timings {
    fn time<T>(&mut self, step: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        self.0.push((step, start.elapsed()));
        done
    }
}

/// Looks at a repository and says what it owes.
///
/// # Errors
/// If the configuration, a rule or a lexicon file is wrong; the state of the repository is never an error.
pub fn check(config: &Config, timings: &mut Timings, tick: &(dyn Fn() + Sync)) -> Result<Statement, Mistake> {
    let load = || Ok((catalog::lexicon(&config.file.rules)?, selected(config)?, config.told()?));
    let (lexicon, catalog, told) = timings.time("load", load)?;
    let found = timings.time("discover", || discover::discover(config))?;

    let facts = timings.time("read", || read(&found, tick));
    let system = timings.time("link", || system::link(&found.sources, &found.kept, &facts, &lexicon, &told));
    let findings = timings.time("judge", || judge::judge(&system, &catalog));
    let settle =
        || ledger::settle(findings, &system, found.sources, &facts, catalog, &config.file, config.only.as_deref());
    Ok(timings.time("settle", settle))
}

/// The system of a repository, for walking and drawing it.
///
/// # Errors
/// As [`check`].
pub fn look(config: &Config, tick: &(dyn Fn() + Sync)) -> Result<(System, Vec<Source>), Mistake> {
    let (lexicon, told) = (catalog::lexicon(&config.file.rules)?, config.told()?);
    let found = discover::discover(config)?;
    let facts = read(&found, tick);
    let system = system::link(&found.sources, &found.kept, &facts, &lexicon, &told);
    Ok((system, found.sources))
}

/// What the rules find in files that are held in memory.
pub fn examine(
    sources: &[Source],
    kept: &[String],
    lexicon: &Lexicon,
    catalog: &Catalog,
) -> (Vec<Facts>, Vec<Finding>) {
    let facts = read::all(sources, &|| ());
    let system = system::link(sources, kept, &facts, lexicon, &Told::default());
    let findings = judge::judge(&system, catalog);
    (facts, findings)
}

fn selected(config: &Config) -> Result<Catalog, Mistake> {
    let catalog = Catalog::load(&config.file.rules, &config.file.rule)?;
    config.selected(&catalog)
}

/// Reads what was discovered; what was refused has its reason for all its facts.
fn read(found: &discover::Discovered, tick: &(dyn Fn() + Sync)) -> Vec<Facts> {
    let mut sources = found.sources.clone();
    for (number, _) in &found.refused {
        sources[*number].content = source::Content::Memory("".into());
    }
    let mut facts = read::all(&sources, tick);
    for (number, problem) in &found.refused {
        facts[*number].problems.push(problem.clone());
    }
    facts
}
