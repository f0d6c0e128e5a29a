//! mldebt reads a machine-learning repository and says what it owes.
//!
//! ```text
//! discover -> read -> link -> judge -> settle -> report
//!  files      facts    system   findings  statement   text
//! ```
//!
//! [`discover`] lists the sources. [`read`] turns each into [`fact`]s, one vocabulary for all languages; syntax trees
//! end there. [`program`] numbers all their values and finds what names mean, [`value`] says what a value may be, with what
//! the [`lexicon`] knows of libraries. [`system`] links all of it into one graph: who reads, writes, trains, predicts,
//! sets and uses what; the [`checks`] look at it and say what they see. [`judge`] asks the rules of the [`catalog`] of that graph; a rule asks and never computes. [`ledger`]
//! settles findings against ignore comments and thresholds. [`report`] writes the statement. What earlier runs found out
//! is asked of the [`cache`] first.
//!
//! Imports go one way, in the order of the list below; no module knows one that stands after it.

pub mod border;
pub mod vocabulary;
pub mod mistake;
pub mod open;
pub mod whole;
pub mod source;
pub mod fact;
pub mod finding;
pub mod rule;
pub mod read;
pub mod lexicon;
pub mod program;
pub mod value;
pub mod system;
pub mod checks;
pub mod catalog;
pub mod config;
pub mod discover;
pub mod history;
pub mod scope;
pub mod judge;
pub mod cache;
pub mod ledger;
pub mod trend;
pub mod fix;
pub mod report;
pub mod federation;
pub mod examples;
pub mod cli;

use std::time::{Duration, Instant};

use cache::Memory;
use catalog::Catalog;
use config::{Config, Policy};
use discover::Discovered;
use fact::{Facts, Remarks};
use finding::Finding;
use fix::{Desk, Round};
use history::Checkout;
use judge::Verdict;
use ledger::book::Ledger;
use ledger::{Judged, Statement};
use lexicon::Lexicon;
use mistake::Mistake;
use source::Source;
use system::graph::System;
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
/// If the configuration, a rule, a lexicon file or the ledger is wrong; the state of the repository is never an error.
pub fn check(config: &Config, timings: &mut Timings, tick: &(dyn Fn() + Sync)) -> Result<Statement, Mistake> {
    let ledger = Ledger::load(config)?;
    let judged = judged(config, timings, tick)?;
    Ok(timings.time("settle", || ledger::settle(judged, config, &ledger)))
}

/// Looks at a repository and says what it owes, with the system that it was found in; even where the answer is known
/// already, the files are linked for it.
///
/// # Errors
/// As [`check`].
pub fn survey(config: &Config, tick: &(dyn Fn() + Sync)) -> Result<(Statement, System), Mistake> {
    let ledger = Ledger::load(config)?;
    let (catalog, found) = (selected(config)?, discover::discover(config)?);
    let mut memory = Memory::open(config, &found, tick);
    let (verdict, remarks, system) = work_out(config, &catalog, &found, &mut memory, &mut Timings::default(), tick)?;
    let judged = Judged { verdict, sources: found.sources, remarks, missing: found.missing, catalog };
    Ok((ledger::settle(judged, config, &ledger), system))
}

/// Mends what can be mended of what a repository owes, in memory: nothing is written. `wide` makes unsafe fixes, too.
///
/// # Errors
/// As [`check`].
pub fn mend(config: &Config, wide: bool, tick: &(dyn Fn() + Sync)) -> Result<Desk, Mistake> {
    let (ledger, catalog, found) = (Ledger::load(config)?, selected(config)?, discover::discover(config)?);
    let (lexicon, told) = (catalog::lexicon(&config.file.rules)?, config.told()?);
    let mut desk = Desk::new(&found.sources, wide);
    let mut facts = read::listed(&desk.sources, |number| found.refusal(number), tick);
    for _ in 0..fix::ROUNDS {
        let system = system::link(&desk.sources, &found.kept, &facts, &lexicon, &told, checks::ALL);
        let verdict = Verdict::new(judge::judge(&system, &catalog), &system);
        let remarks = facts.iter().map(Facts::remarks).collect();
        let (sources, missing) = (desk.sources.clone(), found.missing.clone());
        let judged = Judged { verdict, sources, remarks, missing, catalog: catalog.clone() };
        match desk.round(&ledger::settle(judged, config, &ledger), &|path| config.shows(path)) {
            Round::Done => return Ok(desk),
            Round::Changed(files) => {
                for file in files.iter().map(|file| file.index()) {
                    let source = &desk.sources[file];
                    facts[file] = read::facts(source, read::bytes(source), found.refusal(file));
                }
            }
        }
    }
    desk.withdraw();
    Ok(desk)
}

/// What the rules find in a repository, before anybody's word on it is heard.
fn judged(config: &Config, timings: &mut Timings, tick: &(dyn Fn() + Sync)) -> Result<Judged, Mistake> {
    let (catalog, found) = timings.time("discover", || rayon::join(|| selected(config), || discover::discover(config)));
    let (catalog, found) = (catalog?, found?);
    let mut memory = timings.time("recall", || Memory::open(config, &found, tick));
    let known = timings.time("recall", || memory.as_mut().and_then(Memory::recall));
    if let Some((verdict, remarks)) = known {
        return Ok(Judged { verdict, sources: found.sources, remarks, missing: found.missing, catalog });
    }
    let (verdict, remarks, _) = work_out(config, &catalog, &found, &mut memory, timings, tick)?;
    Ok(Judged { verdict, sources: found.sources, remarks, missing: found.missing, catalog })
}

/// Reads and links what was discovered and asks the rules of it; what they say is kept.
fn work_out(
    config: &Config,
    catalog: &Catalog,
    found: &Discovered,
    memory: &mut Option<Memory<'_>>,
    timings: &mut Timings,
    tick: &(dyn Fn() + Sync),
) -> Result<(Verdict, Vec<Remarks>, System), Mistake> {
    let load = || Ok((catalog::lexicon(&config.file.rules)?, config.told()?));
    let (lexicon, told) = timings.time("load", load)?;
    let facts = timings.time("read", || facts(found, memory, tick));
    let system =
        timings.time("link", || system::link(&found.sources, &found.kept, &facts, &lexicon, &told, checks::ALL));
    let findings = timings.time("judge", || judge::judge(&system, catalog));
    let verdict = Verdict::new(findings, &system);
    // What failed may have been chance, and is tried again.
    let kept = memory.iter().filter(|_| verdict.failures.is_empty());
    timings.time("keep", || kept.for_each(|memory| memory.keep_answer(&verdict, &facts)));
    Ok((verdict, facts.iter().map(Facts::remarks).collect(), system))
}

/// Looks at a repository and says what has changed in what it owes since a revision; `lay` lays the command line over a
/// configuration. The revision's texts lie in the checkout, which must live as long as they are shown.
///
/// # Errors
/// As [`check`]; and if the revision is not to be had.
pub fn change(
    config: &Config,
    revision: &str,
    policy: Policy,
    lay: &dyn Fn(&mut Config),
    timings: &mut Timings,
    tick: &(dyn Fn() + Sync),
) -> Result<(Statement, Checkout), Mistake> {
    let repository = config
        .repository()
        .ok_or_else(|| Mistake::new(&format!("--diff {revision}"), "", 0..0, "this is no git repository"))?;
    let checkout = timings.time("checkout", || history::checkout(&repository, revision))?;
    let named = |mistake: Mistake| mistake.below(checkout.root(), revision);
    let mut old = config.elsewhere(checkout.root()).map_err(named)?;
    lay(&mut old);
    let (now_ledger, old_ledger) = (Ledger::load(config)?, Ledger::load(&old).map_err(named)?);
    let mut notes = ledger::compare::policy(config, &old, &now_ledger, &old_ledger, policy);
    let (mut now, mut old) = match policy {
        Policy::Base => (config.governed_by(&old), old),
        Policy::Head => (config.clone(), old.governed_by(config)),
    };
    let ledger = if policy == Policy::Base { old_ledger.serviced_by(now_ledger) } else { now_ledger };
    let kept = timings.time("discover", || history::kept(&repository))?;
    notes.extend(timings.time("discover", || scope::set(&mut now, &mut old, &kept))?);
    let before = ledger::settle(judged(&old, timings, tick).map_err(named)?, &old, &ledger);
    let mut after = judged(&now, timings, tick).map_err(named)?;
    after.missing.extend(scope::lost(&now, &old, &before.sources, &after.sources, &kept)?);
    let mut after = ledger::settle(after, &now, &ledger);
    timings.time("compare", || ledger::compare::compare(&mut after, &before, revision, policy));
    if let Some(change) = &mut after.change {
        notes.append(&mut change.notes);
        change.notes = notes;
    }
    Ok((after, checkout))
}

/// Looks at some commits of a repository's history as at its files of now, by the rules of now; `tick` is called after each
/// file that is read.
///
/// # Errors
/// As [`check`]; and if there is no history, or none of the commits can be looked at.
pub fn trend(config: &Config, ask: trend::Ask, tick: &(dyn Fn() + Sync)) -> Result<trend::Trend, Mistake> {
    let repository = config.repository().ok_or_else(|| Mistake::new("trend", "", 0..0, "this is no git repository"))?;
    let ledger = Ledger::load(config)?;
    let samples = history::samples(&repository, ask.commits, ask.since)?;
    let look = |commit: &history::Commit| {
        let checkout = history::restore(&repository, &commit.id)?;
        let copy = config.elsewhere(checkout.root()).map_err(|m| m.below(checkout.root(), &commit.id))?;
        let config = Config { sampled: true, ..copy.governed_by(config) };
        let judged = judged(&config, &mut Timings::default(), tick)?;
        Ok(ledger::settle(judged, &config, &ledger))
    };
    trend::Trend::over(samples, look)
}

/// The system of a repository, for walking and drawing it.
///
/// # Errors
/// As [`check`].
pub fn look(config: &Config, tick: &(dyn Fn() + Sync)) -> Result<(System, Vec<Source>), Mistake> {
    let (lexicon, told) = (catalog::lexicon(&config.file.rules)?, config.told()?);
    let found = discover::discover(config)?;
    let facts = facts(&found, &mut Memory::open(config, &found, tick), tick);
    let system = system::link(&found.sources, &found.kept, &facts, &lexicon, &told, checks::ALL);
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
    let system = system::link(sources, kept, &facts, lexicon, &Told::default(), checks::ALL);
    let judged = judge::judge(&system, catalog);
    (facts, judged.findings)
}

fn selected(config: &Config) -> Result<Catalog, Mistake> {
    let catalog = Catalog::load(&config.file.rules, &config.file.rule)?;
    config.selected(&catalog)
}

/// What was discovered says; what is known of that need not be read, and what was refused has its reason for all its facts.
fn facts(found: &Discovered, memory: &mut Option<Memory<'_>>, tick: &(dyn Fn() + Sync)) -> Vec<Facts> {
    let Some(memory) = memory else { return read::listed(&found.sources, |number| found.refusal(number), tick) };
    let facts = memory.facts(tick);
    memory.keep_facts(&facts);
    facts
}
