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
pub mod handlers;
pub mod ignored;
pub mod incompatible;
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
pub mod repeat;
pub mod retold;
pub mod rewritten;
pub mod roles;
pub mod running;
pub mod settings;
pub mod silence;
pub mod sorted;
pub mod steps;
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

use rustc_hash::FxHashSet;

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
    system.sightings = check::ask(checks, Grounds { view: &view, known: &known, system: &system, learning: &learning });
    system
}

/// Adds everything to an empty system, in the order in which one derivation needs another.
fn build<'a>(view: &'a View<'a>) -> (System, Known, Learning<'a>) {
    let mut system = System::default();
    let mut known = Known::default();
    code::derive(view, &mut system, &mut known);
    data::derive(view, &mut system, &mut known);
    dbt::derive(view, &mut system, &mut known);
    packages::derive(view, &mut system, &known);
    entries::derive(view, &mut system, &mut known);
    commands::derive(view, &mut system, &mut known);
    steps::derive(view, &mut system, &mut known);
    invocations::derive(view, &mut system, &mut known);
    let told = known.invocations.len();
    orchestration::derive(view, &mut system, &mut known);
    invocations::from(view, &mut system, &mut known, told);
    commands::missing::derive(view, &mut system, &known);
    derived::held(view, &mut system, &known);
    known.mentions = Mentions::new(view.program, &names(view, &known));
    let learning = learning::derive(view, &mut system, &known);
    validation::derive(view, &mut system, &known, &learning.sites);
    repeat::derive(view, &mut system, &known, &learning.sites);
    columns::derive(view, &mut system, &known);
    downloads::derive(view, &mut system, &known);
    pipeline::derive(view, &mut system, &known);
    supply::derive(view, &mut system, &known);
    dead::derive(view, &mut system, &known);
    options::derive(view, &mut system, &known);
    passed::derive(view, &mut system, &known);
    negated::derive(view, &mut system, &known);
    ignored::derive(view, &mut system, &known);
    incompatible::derive(view, &mut system, &known);
    settings::derive(view, &mut system, &known);
    keys::derive(view, &mut system, &mut known);
    absent::derive(view, &mut system, &known);
    environment::derive(view, &mut system, &known);
    environments::derive(view, &mut system, &known);
    bindings::derive(view, &mut system, &known);
    receivers::derive(view, &mut system, &known);
    sweeps::derive(view, &mut system, &known);
    retold::derive(view, &mut system, &known);
    flags::derive(view, &mut system, &known);
    unpassed::derive(view, &mut system, &known);
    unselected::derive(view, &mut system, &known);
    constants::derive(view, &mut system, &known);
    fields::derive(view, &mut system, &known);
    records::derive(view, &mut system, &known);
    features::derive(view, &mut system, &known);
    orphans::derive(view, &mut system, &known);
    generated::derive(view, &mut system, &known);
    groups::derive(view, &mut system);
    columns_sql::derive(view, &mut system, &known);
    store::derive(view, &mut system, &known);
    dangling::derive(view, &mut system, &known);
    table_use::derive(view, &mut system, &known);
    glue::derive(view, &mut system, &known);
    boxed::derive(view, &mut system, &mut known);
    clones::derive(view, &mut system, &known);
    owners::derive(view, &mut system, &known);
    consumers::derive(view, &mut system, &known);
    (system, known, learning)
}

/// The names whose mentions somebody will ask for: all are looked for at once.
fn names(view: &View<'_>, known: &Known) -> FxHashSet<Text> {
    let mut names: FxHashSet<Text> = options::names(view).collect();
    names.extend(flags::names(view, known));
    names.extend(constants::names(view, known));
    names.extend(fields::names(view, known));
    names.extend(records::names(view, known));
    names.extend(features::names(view));
    names.extend(orphans::names(view, known));
    names.extend(dbt::names(view));
    names
}
