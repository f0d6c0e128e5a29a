//! What every builder stands on: the program, its values and meanings, and what earlier builders made known.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::boxed::Boxed;
use super::graph::NodeId;
use super::relevance::Relevance;
use super::sorted::Sorted;
use super::told::Told;
use super::wired::{Asking, Listing, Whole, Wired};
use crate::fact::{Access, OpKind, Param, Text, Val};
use crate::lexicon::Lexicon;
use crate::program::{Def, Node, Program};
use crate::source::{At, FileId, Kind};
use crate::value::lookups::Tracer;
use crate::value::mentions::Mentions;
use crate::value::place::Placer;
use crate::value::reach::Reach;
use crate::value::text::Evaluator;
use crate::value::touches::{Touches, Way};
use crate::value::types::Types;
use crate::value::users::Users;
pub use crate::vocabulary::Role;

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
    /// Who takes what.
    pub users: &'a Users<'a>,
    /// Which code is about machine learning.
    pub relevance: Relevance,
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
    /// The steps that make the targets of Makefiles, by the folder of the file and the target.
    pub targets: FxHashMap<(Text, Text), NodeId>,
    /// Parameters of steps' functions that a catalog fills, and with what.
    pub filled: Vec<(Node, NodeId)>,
    /// Values that steps' functions return and a catalog keeps, and where.
    pub kept: Vec<(Node, NodeId)>,
    /// What steps touch by statements of their own.
    pub queried: Vec<Queried>,
    /// The commands that start programs.
    pub invocations: Vec<Invocation>,
    /// What folders of other machines are here, as commands of a file say that run programs in them.
    pub rooted: FxHashMap<(FileId, Text), String>,
    /// Commands that run a program in such a folder which is not found here.
    pub lost: Vec<Lost>,
    /// What code tells to entries of projects that it starts, by the project's file and the entry's name.
    pub entered: FxHashMap<(FileId, Text), Vec<(Text, Text)>>,
    /// Where commands put whole folders.
    pub landings: Vec<Landing>,
    /// Data of which commands make other data, that, and where.
    pub moved: Vec<(NodeId, NodeId, At)>,
    /// Commands that fit models or ask them.
    pub learners: Vec<Commanded>,
    /// Steps of pipeline files run programs of the repository.
    pub orchestrated: bool,
    /// The steps whose functions reach a definition.
    pub doers: FxHashMap<Def, Vec<NodeId>>,
    /// The function or method that a step runs.
    pub step_functions: FxHashMap<NodeId, Vec<Def>>,
    /// Steps that code declares.
    pub wired: Vec<Wired>,
    /// Wholes of steps that code declares.
    pub wholes: Vec<Whole>,
    /// Flows and steps that commands and calls ask for by name.
    pub asked: Vec<Asking>,
    /// The names that catalogs give to data, by project.
    pub listings: Vec<Listing>,
    /// Keys of settings files that are known to be read or not, whatever their names.
    pub judged: FxHashSet<At>,
    /// The packages that do the learning.
    pub boxed: Vec<Boxed>,
    /// Where the names of columns, options, flags, constants and fields are mentioned.
    pub mentions: Mentions,
    /// Keys that code asks a settings file for, and that stand in a block of text there.
    pub swallowed: FxHashSet<(FileId, Text)>,
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

/// A command that fits a model or asks one.
pub struct Commanded {
    /// Its program.
    pub program: Text,
    /// Where it is written.
    pub at: At,
    /// What runs it.
    pub symbol: Text,
    /// It asks; else it fits.
    pub asks: bool,
    /// What it learns from or is asked about.
    pub data: Vec<NodeId>,
    /// Where the model is kept.
    pub models: Vec<NodeId>,
    /// Where the answers go.
    pub answers: Vec<NodeId>,
}

/// A table that a step touches by a statement of its own.
pub struct Queried {
    /// The step.
    pub step: NodeId,
    /// How.
    pub access: Access,
    /// The table.
    pub dataset: NodeId,
    /// Where.
    pub at: At,
}

/// A command that starts a program of the repository.
pub struct Invocation {
    /// The program.
    pub program: FileId,
    /// What it is told.
    pub arguments: Vec<String>,
    /// What its starter hands to it in variables of the environment.
    pub environment: Vec<(Text, Text)>,
    /// Where.
    pub at: At,
    /// Where each argument stands, if not all stand there.
    pub spots: Vec<At>,
    /// The interpreter, or the program itself, gets the arguments, and no other program between.
    pub direct: bool,
    /// Who starts it goes on before it has ended, and never waits for it.
    pub background: bool,
    /// The folder in which it is run, if that is said.
    pub folder: Option<String>,
    /// The step of a pipeline in code that starts it: where it stands says nothing of when.
    pub step: Option<NodeId>,
}

/// A command whose program is not found, in a folder of another machine.
pub struct Lost {
    /// Where.
    pub at: At,
    /// The folder.
    pub folder: Text,
    /// Its words.
    pub words: Vec<String>,
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
    /// What follows maps of settings.
    pub fn tracer(&self) -> Tracer<'_> {
        let read_back = FxHashSet::default();
        Tracer { evaluator: self.evaluator, lexicon: self.lexicon, users: self.users, read_back }
    }

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
        matches!(
            self.program.sources[file.index()].kind,
            Kind::Python | Kind::Notebook | Kind::Rust | Kind::R | Kind::Jvm
        )
    }
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

/// The values that an operation takes to make its own of them: what only looks at a value takes none.
pub fn operands_of(view: &View<'_>, node: Node) -> SmallVec<[Val; 4]> {
    let mut taken = SmallVec::new();
    let kind = view.program.op(node).kind;
    if !matches!(kind, OpKind::If(..) | OpKind::Test(_) | OpKind::Assert(_) | OpKind::Delete(_)) {
        view.program.file(node.file).each_operand(kind, &mut |value| taken.push(value));
    }
    taken
}

/// How many operations of a file use a value.
pub fn uses(view: &View<'_>, file: FileId, value: Val) -> usize {
    view.sorted.uses(view.program, file, value)
}
