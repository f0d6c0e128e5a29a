//! What is computed once for every rule: each derivation adds nodes, edges or attributes to the system.

pub mod absent;
pub mod asides;
pub mod bindings;
mod cell_order;
pub mod clones;
pub mod code;
pub mod columns;
pub mod columns_sql;
pub mod commands;
pub mod constants;
pub mod consumers;
pub mod dangling;
pub mod data;
pub mod dated;
pub mod dbt;
pub mod dead;
pub mod destroyed;
pub mod discarded;
pub mod downloads;
pub mod entries;
pub mod environment;
pub mod environments;
pub mod features;
pub mod fields;
pub mod flags;
pub mod gates;
mod gauges;
pub mod generated;
pub mod glue;
pub mod groups;
pub mod handlers;
pub mod ignored;
pub mod incompatible;
pub mod invocations;
pub mod keys;
pub mod learning;
pub mod leftovers;
pub mod needless;
pub mod options;
pub mod orchestration;
pub mod orphans;
pub mod owners;
pub mod packages;
pub mod lock_in;
pub mod negated;
pub mod passed;
pub mod pipeline;
pub mod records;
pub mod repeat;
pub mod retold;
pub mod running;
pub mod seeds;
pub mod scraped;
pub mod settings;
mod sorted;
pub mod steps;
pub mod store;
pub mod supply;
pub mod swallowed;
pub mod table_use;
mod together;
pub mod twins;
pub mod unheeded;
pub mod validation;
pub mod unselected;
pub mod untyped;
pub mod whereabouts;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::{SmallVec, smallvec};

use super::graph::{NodeId, System};
use super::lexicon::Lexicon;
use super::mentions::Mentions;
use super::place::Placer;
use super::program::{Def, Node, Program};
use super::reach::Reach;
use super::text::Evaluator;
use super::told::Told;
use super::touches::{Touches, Way};
use super::types::Types;
use crate::fact::{Access, OpKind, Param, Text, Val};
use crate::source::{At, FileId, Kind};
pub use crate::vocabulary::Role;
pub use sorted::Sorted;

/// All that derivations stand on.
pub struct View<'a> {
    /// The program.
    pub program: &'a Program<'a>,
    /// Its types.
    pub types: &'a Types<'a>,
    /// What libraries' calls mean.
    pub lexicon: &'a Lexicon,
    /// What the team says.
    pub told: &'a Told,
    /// Evaluates texts.
    pub evaluator: Evaluator<'a>,
    /// Makes places.
    pub placer: &'a Placer<'a>,
    /// Calls that touch data.
    pub touches: &'a Touches<'a>,
    /// Which code runs when.
    pub reach: &'a Reach<'a>,
    /// Operations by what they do.
    pub sorted: Sorted,
}

/// The nodes that more than one derivation needs.
#[derive(Default)]
pub struct Known {
    /// A file's module node.
    pub modules: Vec<NodeId>,
    /// A function's node.
    pub functions: FxHashMap<Def, NodeId>,
    /// The dataset of each touch, by the touch's number.
    pub datasets: Vec<Option<NodeId>>,
    /// What SQL in code reads and writes.
    pub queries: Vec<Query>,
    /// What every file is for.
    pub roles: Vec<Role>,
    /// The programs: files that run by themselves or that a step or command runs.
    pub programs: Vec<FileId>,
    /// The functions that answer requests.
    pub handlers: FxHashSet<Def>,
    /// What a program's start reaches.
    pub reached: FxHashMap<FileId, FxHashSet<Def>>,
    /// The programs that a package brings under names of their own.
    pub scripts: FxHashMap<Text, FileId>,
    /// The commands that start programs.
    pub invocations: Vec<Invocation>,
    /// Where commands put whole folders.
    pub landings: Vec<Landing>,
    /// Steps of pipeline files run programs of the repository.
    pub orchestrated: bool,
    /// The steps whose functions reach a definition.
    pub doers: FxHashMap<Def, Vec<NodeId>>,
    /// The function or method that a step runs.
    pub step_functions: FxHashMap<NodeId, Vec<Def>>,
    /// Keys of settings files that are known to be read or not, whatever their names.
    pub judged: FxHashSet<At>,
    /// Where the names of columns, options, flags, constants and fields are mentioned.
    pub mentions: Mentions,
}

/// A table that a call with SQL in it touches.
pub struct Query {
    /// The call.
    pub call: Node,
    /// The definition that settles the statement: in whose body the call stands, or a caller's that passes it in.
    pub within: Def,
    /// The calls from there down to the touching one, outermost first.
    pub way: Way,
    /// The table.
    pub dataset: NodeId,
    /// Columns of it that are named.
    pub columns: Vec<Text>,
    /// How.
    pub access: Access,
    /// It adds whole rows.
    pub inserts: bool,
}

/// A command that starts a program of the repository.
pub struct Invocation {
    /// The program.
    pub program: FileId,
    /// What it is told.
    pub arguments: Vec<String>,
    /// Where.
    pub at: At,
    /// The interpreter, or the program itself, gets the arguments, and no other program between.
    pub direct: bool,
    /// Who starts it goes on before it has ended, and never waits for it.
    pub background: bool,
}

/// A folder that a command puts into another one.
pub struct Landing {
    /// Where.
    pub at: At,
    /// The folder that the command names.
    pub target: String,
    /// The folder inside of it in which the files then lie.
    pub folder: String,
}

impl View<'_> {
    /// The definition's dotted path, for fingerprints.
    pub fn symbol(&self, def: Def) -> Text {
        self.program.symbol(def)
    }

    /// The node that stands for a piece of code: its function, or the module for module-level code.
    pub fn code(&self, known: &Known, def: Def) -> NodeId {
        known.functions.get(&def).copied().unwrap_or(known.modules[def.file.index()])
    }

    /// All calls in all bodies, each with the definition it stands in.
    pub fn calls(&self) -> impl Iterator<Item = (Def, Node)> + '_ {
        self.sorted.calls.iter().copied()
    }

    /// All operations of code that is neither a test's nor a prototype's, each with the definition it stands in.
    pub fn operations<'v>(&'v self, known: &'v Known) -> impl Iterator<Item = (Def, Node)> + 'v {
        let defs = (0..self.program.def_count()).map(|index| self.program.def_at(index));
        let real = defs.filter(|def| !matches!(known.roles[def.file.index()], Role::Test | Role::Prototype));
        real.flat_map(|def| {
            let body = self.program.definition(def).body.clone();
            body.map(move |value| (def, Node { file: def.file, value }))
        })
    }

    /// Of some operations, those of code that is neither a test's nor a prototype's.
    pub fn real<'v>(&self, operations: &'v [(Def, Node)], known: &'v Known) -> impl Iterator<Item = (Def, Node)> + 'v {
        let real = |def: &Def| !matches!(known.roles[def.file.index()], Role::Test | Role::Prototype);
        operations.iter().copied().filter(move |(def, _)| real(def))
    }

    /// Does a file hold code?
    pub fn is_code(&self, file: FileId) -> bool {
        matches!(self.program.sources[file.index()].kind, Kind::Python | Kind::Notebook | Kind::Rust)
    }
}

/// Adds everything to an empty system, in the order in which one derivation needs another.
pub fn all(view: &View<'_>) -> System {
    let mut system = System::default();
    let mut known = Known::default();
    code::derive(view, &mut system, &mut known);
    data::derive(view, &mut system, &mut known);
    dbt::derive(view, &mut system, &mut known);
    packages::derive(view, &mut system, &known);
    entries::derive(view, &mut system, &mut known);
    commands::derive(view, &mut system, &mut known);
    steps::derive(view, &mut system, &mut known);
    invocations::derive(view, &mut system, &known);
    orchestration::derive(view, &mut system, &mut known);
    known.mentions = Mentions::new(view.program, &names(view, &known));
    let acts = learning::derive(view, &mut system, &known);
    validation::derive(view, &mut system, &known, &acts);
    seeds::derive(view, &mut system, &known, &acts);
    repeat::derive(view, &mut system, &known, &acts);
    columns::derive(view, &mut system, &known);
    downloads::derive(view, &mut system, &known);
    pipeline::derive(view, &mut system, &known);
    supply::derive(view, &mut system, &known);
    leftovers::derive(view, &mut system, &known);
    swallowed::derive(view, &mut system, &known);
    unheeded::derive(view, &mut system, &known);
    handlers::derive(view, &mut system, &known);
    discarded::derive(view, &mut system, &known);
    needless::derive(view, &mut system, &known);
    scraped::derive(view, &mut system, &known);
    destroyed::derive(view, &mut system, &known);
    dead::derive(view, &mut system, &known);
    cell_order::derive(view, &mut system, &known);
    options::derive(view, &mut system, &known);
    passed::derive(view, &mut system, &known);
    negated::derive(view, &mut system, &known);
    ignored::derive(view, &mut system, &known);
    incompatible::derive(view, &mut system, &known);
    settings::derive(view, &mut system, &known);
    keys::derive(view, &mut system, &known);
    untyped::derive(view, &mut system, &known);
    absent::derive(view, &mut system, &known);
    environment::derive(view, &mut system, &known);
    environments::derive(view, &mut system, &known);
    bindings::derive(view, &mut system, &known);
    retold::derive(view, &mut system, &known);
    flags::derive(view, &mut system, &known);
    unselected::derive(view, &mut system, &known);
    constants::derive(view, &mut system, &known);
    fields::derive(view, &mut system, &known);
    records::derive(view, &mut system, &known);
    features::derive(view, &mut system, &known);
    orphans::derive(view, &mut system, &known);
    generated::derive(view, &mut system, &known);
    groups::derive(view, &mut system);
    columns_sql::derive(view, &mut system, &known);
    twins::derive(view, &mut system, &known);
    store::derive(view, &mut system, &known);
    dangling::derive(view, &mut system, &known);
    table_use::derive(view, &mut system, &known);
    asides::derive(view, &mut system, &known);
    dated::derive(view, &mut system, &known);
    glue::derive(view, &mut system, &known);
    lock_in::derive(view, &mut system, &known);
    clones::derive(view, &mut system, &known);
    owners::derive(view, &mut system, &known);
    consumers::derive(view, &mut system, &known);
    system
}

/// The names whose mentions somebody will ask for: all are looked for at once.
fn names(view: &View<'_>, known: &Known) -> FxHashSet<Text> {
    let mut names = learning::names(view);
    names.extend(options::names(view));
    names.extend(flags::names(view, known));
    names.extend(constants::names(view, known));
    names.extend(fields::names(view, known));
    names.extend(records::names(view, known));
    names.extend(features::names(view));
    names.extend(orphans::names(view, known));
    names.extend(dbt::names(view));
    names
}

/// Does anything in a file use a value? Binding a name to it is no use.
pub fn is_value_used(view: &View<'_>, file: FileId, value: Val) -> bool {
    let defined = view.program.file(file).definitions.iter().any(|d| {
        let param = |p: &Param| p.default == Some(value) || p.annotation == Some(value);
        d.decorators.contains(&value) || d.bases.contains(&value) || d.params.iter().any(param)
    });
    defined || uses(view, file, value) > 0
}

/// Is a value bound to more than one name? In its own module's body a name is the value itself: `model = DEFAULT_MODEL`
/// binds it once more.
pub fn has_other_name(view: &View<'_>, file: FileId, value: Val) -> bool {
    let ops = &view.program.file(file).ops;
    ops.iter().filter(|op| matches!(op.kind, OpKind::Bind(_, of) if of == value)).count() > 1
}

/// The values that an operation takes.
pub fn operands_of(view: &View<'_>, node: Node) -> SmallVec<[Val; 4]> {
    let run = |operands| view.program.operands(node.file, operands).iter().map(|o| o.value);
    match view.program.op(node).kind {
        OpKind::Attr(a, _)
        | OpKind::Return(a)
        | OpKind::With(a)
        | OpKind::Element(a)
        | OpKind::Part(a, _)
        | OpKind::Not(a)
        | OpKind::Bind(_, a) => smallvec![a],
        OpKind::Index(a, b)
        | OpKind::Slice(a, b)
        | OpKind::Binary(_, a, b)
        | OpKind::Compare(_, a, b)
        | OpKind::SetAttr(a, _, b)
        | OpKind::After(a, b) => smallvec![a, b],
        OpKind::SetIndex(a, b, c) => smallvec![a, b, c],
        OpKind::Call(function, operands) => std::iter::once(function).chain(run(operands)).collect(),
        OpKind::List(operands)
        | OpKind::Tuple(operands)
        | OpKind::Dict(operands)
        | OpKind::Format(operands)
        | OpKind::Either(operands) => run(operands).collect(),
        _ => SmallVec::new(),
    }
}

/// How many operations of a file use a value.
pub fn uses(view: &View<'_>, file: FileId, value: Val) -> usize {
    view.sorted.uses(view.program, file, value)
}
