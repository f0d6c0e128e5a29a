//! What the ecosystem's own files declare: steps, data, packages, owners, tables, consumers, programs.

use serde::{Deserialize, Serialize};

use super::{Command, Text};
use crate::source::Span;

/// What one of the ecosystem's own files declares.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Declaration {
    /// A step of a pipeline.
    Step(Step),
    /// Data under version control of a tool.
    Data(DeclaredData),
    /// A package the system needs.
    Package(Requirement),
    /// Who owns the paths that a pattern fits.
    Owner(Ownership),
    /// A table that a tool makes, or takes from elsewhere.
    Table(DeclaredTable),
    /// A test of a table's rows.
    Test(DeclaredTest),
    /// Somebody who uses tables.
    Consumer(DeclaredConsumer),
    /// A program under a name of its own.
    Script(Script),
    /// The name in the database of the table that the file makes.
    Alias(Word),
    /// A variable that other files of its tool take over, and what it holds.
    Variable(Word, Text),
    /// The clock starts a step that another file of the tool declares: its name, and when.
    Clock(Word, Text),
    /// A step of that name starts another one when it has ended, which another file of the tool declares.
    Then(Word, Text),
}

/// A text that is written in a program, and the name before it: of the parameter, field or call that it is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Literal {
    /// The text; of a statement of SQL, a table that it reads.
    pub text: Text,
    /// The name before it; `sql` if the text is a table of a statement.
    pub key: Text,
    /// Where.
    pub span: Span,
}

/// A program that a package brings under a name of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Script {
    /// The name.
    pub name: Word,
    /// The module that it runs.
    pub module: Text,
    /// The function of it.
    pub function: Text,
}

/// A table that a tool makes, or takes from elsewhere (dbt's models, sources, seeds and snapshots).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DeclaredTable {
    /// Its name: `orders`, `raw.orders` for one of a source.
    pub table: Word,
    /// Others make it.
    pub foreign: bool,
    /// Who may use it: private, protected or public; empty if nothing is said.
    pub access: Text,
    /// The file it lies in, empty if it lies in the database.
    pub place: Text,
    /// What it is called there, with its schema; empty if nothing is said.
    pub kept_as: Text,
}

/// A test of a table's rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeclaredTest {
    /// What it tests: `unique`.
    pub name: Word,
    /// The table.
    pub table: Text,
    /// The column, empty if the rows as a whole are tested.
    pub column: Text,
}

/// Somebody who uses tables: a dashboard, a notebook, a model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeclaredConsumer {
    /// Its name.
    pub name: Word,
    /// What it is: dashboard, notebook, analysis, ml, application.
    pub what: Text,
    /// Who answers for it, empty if nobody is named.
    pub owner: Text,
    /// The tables it uses.
    pub uses: Vec<Word>,
}

/// A word of a file and its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// The word.
    pub text: Text,
    /// Where.
    pub span: Span,
}

/// A step of a pipeline: what it runs, what it says it reads and writes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Step {
    /// Its name; instances of a template carry `@instance`.
    pub name: Text,
    /// The tool whose step it is: `dvc`.
    pub tool: Text,
    /// Where its name stands.
    pub span: Span,
    /// What it runs.
    pub commands: Vec<Command>,
    /// The folder it runs in, relative to the declaring file's folder.
    pub folder: Text,
    /// Declared inputs, relative to `folder`: data and code.
    pub inputs: Vec<Word>,
    /// Declared outputs, metrics and plots included, relative to `folder`.
    pub outputs: Vec<Word>,
    /// Settings files whose keys it declares as parameters, relative to `folder`.
    pub params: Vec<Word>,
    /// The keys that it declares, each behind its file and a colon; with nothing behind the colon the whole file.
    pub keys: Vec<Word>,
    /// Never runs again by itself.
    pub frozen: bool,
    /// The steps of the same file that come before it, by their names.
    pub after: Vec<Text>,
    /// When the clock starts it; empty if it does not.
    pub schedule: Text,
    /// The key of a map or list in a settings file of which each entry makes a step of its own; empty if none does.
    pub each: Text,
    /// Settings files beside the usual ones whose values its texts are filled with, relative to the declaring file.
    pub values: Vec<Text>,
    /// What it hands to the code that it runs, under names of its own.
    pub passed: Vec<Passed>,
}

/// What a step hands to the code that it runs: `input.rows` of a rule of Snakemake.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Passed {
    /// What it is: `input`, `output`, `params`.
    pub kind: Text,
    /// Its name, empty if it goes by its place alone.
    pub name: Text,
    /// The texts, relative to the folder of the step where they are places.
    pub words: Vec<Word>,
}

/// Data that a tool keeps under version control (`*.dvc`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeclaredData {
    /// The place of the data, relative to the declaring file's folder.
    pub place: Word,
    /// Where it is imported from, if it is.
    pub origin: Option<Text>,
    /// Its content is fixed by a hash or revision.
    pub pinned: bool,
}

/// A line of a CODEOWNERS file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ownership {
    /// A pattern of paths, in the grammar of `.gitignore`.
    pub pattern: Word,
    /// The people and teams named; none takes the paths out of everybody's hands.
    pub owners: Vec<Text>,
}

/// A requirement on a package.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Requirement {
    /// The package's normalised name (lower case, `-`).
    pub package: Word,
    /// The version specifier as written, empty if none.
    pub version: Text,
    /// Exactly one version fits.
    pub pinned: bool,
}
