//! What is computed once for every rule: each derivation adds nodes, edges or attributes to the system.

pub mod code;
pub mod commands;
pub mod data;
pub mod flags;
pub mod glue;
pub mod learning;
pub mod options;
pub mod pipeline;
pub mod settings;
pub mod steps;

use rustc_hash::FxHashMap;

use super::graph::{NodeId, System};
use super::lexicon::Lexicon;
use super::place::Placer;
use super::program::{Def, Node, Program};
use super::reach::Reach;
use super::text::Evaluator;
use super::touches::Touches;
use super::types::Types;
use crate::fact::Text;
use crate::source::{FileId, Kind};

/// All that derivations stand on.
pub struct View<'a> {
    /// The program.
    pub program: &'a Program<'a>,
    /// Its types.
    pub types: &'a Types<'a>,
    /// What libraries' calls mean.
    pub lexicon: &'a Lexicon,
    /// Evaluates texts.
    pub evaluator: Evaluator<'a>,
    /// Makes places.
    pub placer: &'a Placer<'a>,
    /// Calls that touch data.
    pub touches: &'a Touches<'a>,
    /// Which code runs when.
    pub reach: &'a Reach<'a>,
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
    /// What every file is for.
    pub roles: Vec<Role>,
    /// The programs: files that run by themselves or that a step or command runs.
    pub programs: Vec<FileId>,
    /// What a program's start reaches.
    pub reached: FxHashMap<FileId, rustc_hash::FxHashSet<Def>>,
    /// A step runs these files.
    pub orchestrated: bool,
}

/// What the code in a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Tests something.
    Test,
    /// A notebook or a file in a folder for trying things out.
    Prototype,
    /// Fits a model.
    Train,
    /// Answers requests.
    Serve,
    /// Anything else.
    Plain,
}

impl Role {
    /// The word that rules use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Prototype => "prototype",
            Self::Train => "train",
            Self::Serve => "serve",
            Self::Plain => "plain",
        }
    }
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

    /// All calls in all bodies.
    pub fn calls(&self) -> impl Iterator<Item = (Def, Node)> + '_ {
        (0..self.program.def_count()).flat_map(move |index| {
            let def = self.program.def_at(index);
            let body = self.program.definition(def).body.clone();
            body.map(move |value| (def, Node { file: def.file, value }))
                .filter(|(_, node)| matches!(self.program.op(*node).kind, crate::fact::OpKind::Call(..)))
        })
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
    commands::derive(view, &mut system, &mut known);
    steps::derive(view, &mut system, &mut known);
    learning::derive(view, &mut system, &mut known);
    pipeline::derive(view, &mut system, &known);
    options::derive(view, &mut system, &known);
    settings::derive(view, &mut system, &known);
    flags::derive(view, &mut system, &known);
    glue::derive(view, &mut system, &known);
    system
}
