//! What the repository is: builders turn the facts of all files into one graph, in the order of the data's flow.

pub mod absent;
pub mod arms;
pub mod bindings;
pub mod boxed;
pub mod check;
pub mod clones;
pub mod code;
pub mod columns;
pub mod columns_sql;
pub mod commands;
pub mod constants;
pub mod consumers;
pub mod dangling;
pub mod data;
pub mod dbt;
pub mod dead;
pub mod derived;
pub mod downloads;
pub mod entries;
pub mod environment;
pub mod environments;
pub mod features;
pub mod fields;
pub mod flags;
pub mod gates;
pub mod gauges;
pub mod generated;
pub mod glue;
pub mod graph;
pub mod groups;
pub mod handles;
pub mod handlers;
pub mod ignored;
pub mod incompatible;
pub mod ingredients;
pub mod invocations;
pub mod keys;
pub mod learning;
pub mod lineage;
pub mod negated;
pub mod options;
pub mod orchestration;
pub mod orphans;
pub mod owners;
pub mod packages;
pub mod passed;
pub mod pipeline;
pub mod receivers;
pub mod recorded;
pub mod records;
pub mod referred;
pub mod relevance;
pub mod renamed;
pub mod repeat;
pub mod retold;
pub mod requests;
pub mod rewritten;
pub mod roles;
pub mod running;
pub mod settings;
pub mod shown;
pub mod silence;
pub mod sorted;
pub mod statements_kept;
mod steps;
pub mod store;
pub mod supply;
pub mod sweeps;
pub mod table_use;
pub mod together;
pub mod told;
pub mod unpassed;
pub mod unselected;
pub mod validation;
pub mod view;
pub mod whereabouts;
pub mod wired;

use rustc_hash::FxHashSet;

use crate::border;
use crate::fact::{Facts, Text};
use crate::lexicon::Lexicon;
use crate::program::Program;
use crate::program::branches::Branches;
use crate::source::Source;
use crate::value::entered::entered;
use crate::value::environment::Environment;
use crate::value::follow::{Follow, Taken};
use crate::value::mentions::Mentions;
use crate::value::options::Options;
use crate::value::place::Placer;
use crate::value::reach::Reach;
use crate::value::scripts::Scripts;
use crate::value::settings::SettingsIndex;
use crate::value::statements::named_tables;
use crate::value::text::{Climbs, Evaluator};
use crate::value::touches::Touches;
use crate::value::types::Types;
use crate::value::users::Users;
use check::{Check, Grounds};
use graph::System;
use learning::Learning;
use relevance::Relevance;
use sorted::Sorted;
use told::Told;
pub use view::{
    Commanded, Invocation, Known, Landing, Lost, Queried, Query, Role, View, has_other_name, is_value_used,
    operands_of, uses,
};

/// Links the facts of all files into what the repository is, and lets the checks look at it; `kept` are the paths of its
/// other files, `told` is what the team says of it.
pub fn link(
    sources: &[Source],
    kept: &[String],
    facts: &[Facts],
    lexicon: &Lexicon,
    told: &Told,
    checks: &[Check],
) -> System {
    let program = Program::new(sources, kept, facts);
    let types = Types::new(&program, lexicon);
    let settings = SettingsIndex::new(&program);
    let branches = Branches::new(&program);
    let options = Options::new(&program, &types);
    let taken = Taken::default();
    let follow = Follow { program: &program, types: &types, taken: &taken };
    let environment = Environment::new(&program);
    let scripts = Scripts::new(&program);
    let climbs = Climbs::new(&program, &types);
    let evaluator = Evaluator {
        follow,
        settings: &settings,
        options: &options,
        branches: &branches,
        environment: &environment,
        climbs: &climbs,
        scripts: &scripts,
    };
    let named = named_tables(evaluator);
    let _ = taken.named_tables.set(named);
    let touches = Touches::new(evaluator);
    let placer = Placer::new(&program, entered(evaluator));
    let reach = Reach::new(&program, &types);
    let users = Users::new(&program);
    let mut view = View {
        program: &program,
        types: &types,
        lexicon,
        told,
        evaluator,
        placer: &placer,
        touches: &touches,
        reach: &reach,
        sorted: Sorted::new(&program),
        users: &users,
        relevance: Relevance::default(),
    };
    view.relevance = Relevance::new(&view);
    let (mut system, known, learning) = build(&view);
    let grounds = Grounds { view: &view, known: &known, system: &system, learning: &learning };
    let (sightings, failures) = check::ask(checks, grounds);
    system.sightings = sightings;
    system.failures.extend(failures);
    system
}

/// Lets a builder add what it derives; of one that panics, what it had added by then stays.
fn add(builder: &str, system: &mut System, known: &mut Known, derive: impl FnOnce(&mut System, &mut Known)) {
    if let Err(said) = border::hold(|| derive(system, known)) {
        system.failures.push(format!("the builder `{builder}` failed: {said}"));
    }
}

/// Lets builders that are asked alike add what they derive, one after the other.
macro_rules! derive {
    ($view:ident, $system:ident, $known:ident: $($builder:ident),+) => {$(
        add(stringify!($builder), &mut $system, &mut $known, |system, known| $builder::derive($view, system, known));
    )+};
}

/// Adds everything to an empty system, in the order in which one derivation needs another.
fn build<'a>(view: &'a View<'a>) -> (System, Known, Learning<'a>) {
    let mut system = System::default();
    let mut known = Known::default();
    derive!(view, system, known: code, data, dbt, packages, entries, commands, steps, invocations);
    let told = known.invocations.len();
    derive!(view, system, known: orchestration);
    add("invocations", &mut system, &mut known, |system, known| invocations::from(view, system, known, told));
    add("commands::missing", &mut system, &mut known, |system, known| commands::missing::derive(view, system, known));
    add("derived", &mut system, &mut known, |system, known| derived::held(view, system, known));
    known.mentions = Mentions::new(view.program, &names(view, &known));
    let learning = learning::derive(view, &mut system, &known);
    add("validation", &mut system, &mut known, |system, known| {
        validation::derive(view, system, known, &learning.sites)
    });
    add("repeat", &mut system, &mut known, |system, known| repeat::derive(view, system, known, &learning.sites));
    derive!(view, system, known: columns, downloads, pipeline, supply, dead, options, passed, negated, ignored, incompatible, settings, keys, absent, environment, environments, bindings, receivers, sweeps, retold, flags, unpassed, unselected, constants, fields, requests, records, features, orphans, generated);
    add("groups", &mut system, &mut known, |system, _| groups::derive(view, system));
    derive!(view, system, known: columns_sql, store, dangling, table_use, glue, boxed, clones, owners, consumers);
    (system, known, learning)
}

/// The names whose mentions somebody will ask for: all are looked for at once.
fn names(view: &View<'_>, known: &Known) -> FxHashSet<Text> {
    let mut names: FxHashSet<Text> = options::names(view).collect();
    names.extend(flags::names(view, known));
    names.extend(constants::names(view, known));
    names.extend(fields::names(view, known));
    names.extend(requests::names(view, known));
    names.extend(records::names(view, known));
    names.extend(features::names(view));
    names.extend(orphans::names(view, known));
    names.extend(dbt::names(view));
    names
}
