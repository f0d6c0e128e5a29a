//! What one file says about itself, in one vocabulary for all languages.
//!
//! Facts hold byte spans and interned strings, never syntax trees. Code becomes a light value graph:
//! every body (a module, a function, a class) is a run of numbered operations in source order, in which
//! local names are already replaced by the values that reach them, so that following a data frame, a
//! model, a path or a setting is a walk over numbers.

mod sql;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use ustr::Ustr;

use crate::source::Span;
pub use sql::{Compared, ModelUse, ProjectedColumn, Projection, TableUse};

/// An interned string.
pub type Text = Ustr;

/// In front of a path that starts at the root of the repository.
pub const ROOT: &str = "/\u{1}root/";

/// The number of an operation in [`Facts::ops`], and so the value that it makes.
pub type Val = u32;

/// The number of a definition in [`Facts::definitions`].
pub type DefId = u32;

/// All that one file says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    /// What it imports, in source order; wherever in the file it stands.
    pub imports: Vec<Import>,
    /// What it defines. For code, the first is the module itself.
    pub definitions: Vec<Definition>,
    /// The operations of all bodies; each body is a contiguous run.
    pub ops: Vec<Op>,
    /// The operands of calls, displays and f-strings; operations point into it by range.
    pub operands: Vec<Operand>,
    /// Keys of settings files, with the maps and lists above them, in source order.
    pub settings: Vec<Setting>,
    /// What the ecosystem's own files declare.
    pub declarations: Vec<Declaration>,
    /// Tables that SQL statements of this file read or write.
    pub tables: Vec<TableUse>,
    /// Comparisons of columns with numbers in statements of SQL.
    pub conditions: Vec<Compared>,
    /// Models that SQL statements of this file fit or ask.
    pub models: Vec<ModelUse>,
    /// The columns that queries of this file make.
    pub projections: Vec<Projection>,
    /// Variables of the environment that scripts, images and settings files set or ask for.
    pub environment: Vec<Variable>,
    /// Folders that it puts into containers.
    pub mounts: Vec<Mount>,
    /// Programs that the file runs.
    pub commands: Vec<Command>,
    /// Texts in a program whose language is not followed, that may name data.
    pub literals: Vec<Literal>,
    /// The operation with which every statement begins, in source order within a body; of a compound statement, its head.
    pub statements: Vec<Val>,
    /// Comments and docstrings that say the code is somebody else's, or a tool's: copied, adapted, generated.
    pub credits: Vec<Span>,
    /// Code that is commented out.
    pub asides: Vec<Aside>,
    /// Comments that admit work still to be done, and name no ticket.
    pub admissions: Vec<Span>,
    /// Cells whose names a runner of notebooks binds anew from outside.
    pub injected: Vec<Span>,
    /// Ignore comments.
    pub notes: Vec<Note>,
    /// What could not be read, and why.
    pub problems: Vec<Problem>,
    /// Lines of text.
    pub lines: u32,
}

/// An import of a module or of a name out of one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Import {
    /// The dotted module: `a.b` in `import a.b` and in `from a.b import c`; empty in `from . import c`.
    pub module: Text,
    /// How many dots stand before it.
    pub level: u32,
    /// The imported name, none for `import a.b`, `*` for all of them.
    pub name: Option<Text>,
    /// What it is called here.
    pub alias: Text,
    /// The operation that makes the imported value.
    pub value: Val,
    /// Where.
    pub span: Span,
    /// Stands in a `try` with an import-error handler, or under `TYPE_CHECKING`.
    pub optional: bool,
}

/// What a definition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DefKind {
    /// The file itself.
    Module,
    /// A function, method or lambda.
    Function,
    /// A class, struct or enum.
    Class,
}

/// A module, function or class.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Definition {
    /// What it is.
    pub kind: DefKind,
    /// Its name; `<module>`, `<lambda>`.
    pub name: Text,
    /// The definition it stands in; the module stands in itself.
    pub parent: DefId,
    /// Its name's place.
    pub span: Span,
    /// All of it.
    pub whole: Span,
    /// Its operations in [`Facts::ops`].
    pub body: Range<Val>,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its decorators, values of the parent's body.
    pub decorators: Vec<Val>,
    /// A class's bases, values of the parent's body.
    pub bases: Vec<Val>,
    /// Names bound in its body and all values each may hold in the end; nested functions and classes included.
    pub bindings: Vec<(Text, Val)>,
    /// Statements, nested functions' not counted.
    pub statements: u32,
    /// Is a generator or coroutine.
    pub lazy: bool,
}

/// A function's parameter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Param {
    /// Its name.
    pub name: Text,
    /// How it takes arguments.
    pub kind: ParamKind,
    /// The default, a value of the parent's body.
    pub default: Option<Val>,
    /// The annotation, a value of the parent's body.
    pub annotation: Option<Val>,
    /// The operation that stands for it in the body.
    pub value: Val,
    /// Where.
    pub span: Span,
}

/// How a parameter takes arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ParamKind {
    /// By position or name.
    Plain,
    /// By name only.
    Keyword,
    /// `*args`.
    Rest,
    /// `**kwargs`.
    Keywords,
}

/// One operation.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Op {
    /// What it does.
    pub kind: OpKind,
    /// Where.
    pub span: Span,
}

/// A run of [`Facts::operands`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operands {
    /// First.
    pub start: u32,
    /// How many.
    pub len: u32,
}

/// An operand: an argument, an element, an entry of a dict, a part of an f-string.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Operand {
    /// The value.
    pub value: Val,
    /// How it is passed.
    pub role: Role,
}

/// How an operand is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// By position; an element; a part of an f-string.
    Plain,
    /// By name: `f(name=value)`.
    Named(Text),
    /// `*value`.
    Star,
    /// `**value`.
    Spread,
    /// The key of a dict's entry; the entry's value is the next operand.
    Key,
}

/// What an operation does. Its value is its own number.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum OpKind {
    /// A string.
    Str(Text),
    /// An integer.
    Int(i64),
    /// A float, as its bits.
    Float(u64),
    /// True or false.
    Bool(bool),
    /// None; also the value of what makes none.
    Nothing,
    /// A value that is not followed.
    Unknown,
    /// The parameter of that index, at a function's start.
    Param(u32),
    /// A name that no binding of this body reaches: to be found in the enclosing bodies, the module, the builtins.
    Global(Text),
    /// A fully qualified name, where the language says it in one piece (Rust paths).
    Path(Text),
    /// The value of the import of that index.
    Import(u32),
    /// The function or class of that index.
    Define(DefId),
    /// `object.name`.
    Attr(Val, Text),
    /// `object[index]`.
    Index(Val, Val),
    /// `lower:upper` in an index; [`u32::MAX`] where absent.
    Slice(Val, Val),
    /// A call.
    Call(Val, Operands),
    /// A list, set or Rust array.
    List(Operands),
    /// A tuple.
    Tuple(Operands),
    /// A dict, as key and value operands in turn.
    Dict(Operands),
    /// An f-string or format macro: the parts in order.
    Format(Operands),
    /// Either of these values (several bindings reach, `a or b`, `a if c else b`).
    Either(Operands),
    /// A binary operation.
    Binary(Operator, Val, Val),
    /// A comparison.
    Compare(Comparison, Val, Val),
    /// `not value`.
    Not(Val),
    /// An element of a sequence: a loop's target.
    Element(Val),
    /// The element at that place of a sequence: unpacking.
    Part(Val, u32),
    /// The first value, after the call that is the second was made on it for its effect (`frames.append(x)`).
    After(Val, Val),
    /// Binds a name, at module or class level or as `global`.
    Bind(Text, Val),
    /// `object.name = value`.
    SetAttr(Val, Text, Val),
    /// `object[index] = value`; its own value is the object after that.
    SetIndex(Val, Val, Val),
    /// `del`.
    Delete(Val),
    /// Returns or yields a value.
    Return(Val),
    /// Begins what runs only if the value is true, and how many statements that is.
    If(Val, u32),
    /// Begins what runs only if the condition of that `If` is false, and how many statements that is.
    Else(Val, u32),
    /// Ends the `If` (or `Loop`, `Try`, `With`) of that number.
    End(Val),
    /// Begins a loop.
    Loop,
    /// Begins a `try`.
    Try,
    /// Begins a handler of that `Try`.
    Handler(Val),
    /// Raises an error.
    Raise,
    /// Returns, raises, exits or breaks: what follows in this block is not run.
    Leave,
    /// Begins a `with` over that value, which its target binds.
    With(Val),
    /// Looks at a value without making another of it: a condition, a message, what is raised.
    Test(Val),
    /// Raises unless the value holds.
    Assert(Val),
}

/// A binary operator, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`: also joins paths
    Div,
    /// `//`
    FloorDiv,
    /// `%`: also formats strings
    Mod,
    /// `**`
    Pow,
    /// `@`
    MatMul,
    /// `&`, `|`
    Bit,
    /// `>>`: also puts the left before the right
    ShiftRight,
    /// `<<`: also puts the right before the left
    ShiftLeft,
    /// Any other.
    Other,
}

/// A comparison, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// `==`, `is`
    Equal,
    /// `!=`, `is not`
    Unequal,
    /// `<`, `<=`
    Less,
    /// `>`, `>=`
    Greater,
    /// `in`
    In,
    /// `not in`
    NotIn,
}

/// A key of a settings file, or a settings field of a Rust struct.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setting {
    /// The key path from the document's root; elements of lists are numbered from "0".
    pub keys: Vec<Text>,
    /// Its value.
    pub value: Scalar,
    /// The key's place (an element's own place in a list).
    pub span: Span,
    /// The value's place.
    pub value_span: Span,
    /// The same key earlier in the same map: its value is silently lost.
    pub repeats: Option<Span>,
    /// Its value has a name of its own in the file, by which it is used elsewhere, or comes from such a name.
    pub shared: bool,
    /// What kind of setting it is.
    pub kind: SettingKind,
}

/// What kind of setting it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SettingKind {
    /// A key of a settings file.
    Entry,
    /// A field of a struct that is filled from the command line (clap's derive), by an option ...
    Option,
    /// ... or by its place.
    Positional,
    /// A field of a struct that is filled from a settings file (serde).
    Field,
}

/// A variable of the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: Text,
    /// Where.
    pub span: Span,
    /// It is set for what runs there; else it is asked for.
    pub set: bool,
    /// What it is set to, as written.
    pub value: Option<Text>,
}

/// A folder of the repository that lies elsewhere in a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Where it lies there: `/app/data`.
    pub inside: Text,
    /// What is put there, as written: `.`, `data`.
    pub outside: Text,
}

/// A setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Scalar {
    /// A string.
    Text(Text),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// null, empty.
    Nothing,
    /// A list of that many elements.
    List(u32),
    /// A map of that many keys.
    Map(u32),
}

impl Scalar {
    /// The scalar as the text that code would make of it; none for collections and null.
    pub fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.as_str().to_owned()),
            Self::Int(int) => Some(int.to_string()),
            Self::Float(float) => Some(float.to_string()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Nothing | Self::List(_) | Self::Map(_) => None,
        }
    }
}

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
    /// A variable that other files of its tool take over, and what it holds.
    Variable(Word, Text),
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeclaredTable {
    /// Its name: `orders`, `raw.orders` for one of a source.
    pub table: Word,
    /// Others make it.
    pub foreign: bool,
    /// Who may use it: private, protected or public; empty if nothing is said.
    pub access: Text,
    /// The file it lies in, empty if it lies in the database.
    pub place: Text,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// A program and its arguments.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Command {
    /// The words: program first, environment assignments left out; unknown parts are `{}`.
    pub words: Vec<Text>,
    /// The folder it is run in, relative to the folder in which its script starts; empty if that is the same.
    pub folder: Text,
    /// Its script goes on before it has ended, and never waits for it.
    pub background: bool,
    /// The words in which what only the starter of the script can tell is marked; none if there is no such part.
    pub asked: Vec<Text>,
    /// Files that it reads or writes by redirection.
    pub redirects: Vec<(Access, Text)>,
    /// What its script hands to it in variables of the environment.
    pub environment: Vec<(Text, Text)>,
    /// Where.
    pub span: Span,
}

/// How data is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Access {
    /// Read.
    Read,
    /// Written whole.
    Write,
    /// Added to.
    Append,
    /// Deleted.
    Delete,
}

/// Code that is commented out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// Where.
    pub span: Span,
    /// How many statements it is.
    pub statements: u32,
}

/// An ignore comment: `mldebt: ignore[rule, rule] reason`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The rules (or families) named.
    pub rules: Vec<Text>,
    /// The reason given.
    pub reason: Text,
    /// The comment's place.
    pub span: Span,
    /// Stands alone on its line, and so speaks of the next line that holds code.
    pub alone: bool,
}

/// What of a file's facts counts besides what the system hears of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Remarks {
    /// Ignore comments.
    pub notes: Vec<Note>,
    /// What could not be read, and why.
    pub problems: Vec<Problem>,
    /// Lines of text.
    pub lines: u32,
}

/// Why a file, or a part of it, was not read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind of trouble.
    pub kind: ProblemKind,
    /// In words: `expected ':'`.
    pub reason: String,
    /// Where, as far as known.
    pub span: Span,
}

/// What kind of trouble a file makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// Over the size limit.
    TooLarge,
    /// Nested too deeply.
    TooDeep,
    /// Not UTF-8, nor anything that can be decoded.
    Encoding,
    /// Does not follow its language's grammar; the rest of the file was read.
    Syntax,
    /// A template that becomes a source only when filled in.
    Template,
    /// Could not be opened.
    Unreadable,
    /// The reader itself failed.
    Panic,
}

impl ProblemKind {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::TooDeep => "too-deep",
            Self::Encoding => "encoding",
            Self::Syntax => "syntax",
            Self::Template => "template",
            Self::Unreadable => "unreadable",
            Self::Panic => "panic",
        }
    }
}

impl Facts {
    /// What counts besides what the system hears.
    pub fn remarks(&self) -> Remarks {
        Remarks { notes: self.notes.clone(), problems: self.problems.clone(), lines: self.lines }
    }

    /// The number that the next operation gets.
    pub fn next_value(&self) -> Val {
        u32::try_from(self.ops.len()).unwrap_or(u32::MAX)
    }

    /// Adds an operation.
    pub fn emit(&mut self, kind: OpKind, span: Span) -> Val {
        let value = self.next_value();
        self.ops.push(Op { kind, span });
        value
    }

    /// Notes that a statement begins with the next operation.
    pub fn begin_statement(&mut self) {
        let value = self.next_value();
        self.statements.push(value);
    }

    /// Adds a run of operands.
    pub fn add_operands(&mut self, operands: &[Operand]) -> Operands {
        let start = u32::try_from(self.operands.len()).unwrap_or(u32::MAX);
        self.operands.extend_from_slice(operands);
        Operands { start, len: u32::try_from(operands.len()).unwrap_or(u32::MAX) }
    }

    /// One value that stands for any of several.
    pub fn either(&mut self, reach: &[Val], span: Span) -> Val {
        match reach {
            [only] => *only,
            [] => self.emit(OpKind::Unknown, span),
            several => {
                let several: SmallVec<[Operand; 4]> =
                    several.iter().map(|value| Operand { value: *value, role: Role::Plain }).collect();
                let operands = self.add_operands(&several);
                self.emit(OpKind::Either(operands), span)
            }
        }
    }

    /// The operands in that run.
    pub fn operands(&self, run: Operands) -> &[Operand] {
        let start = run.start as usize;
        self.operands.get(start..start + run.len as usize).unwrap_or(&[])
    }

    /// The operation of that number.
    pub fn op(&self, value: Val) -> Op {
        self.ops.get(value as usize).copied().unwrap_or(Op { kind: OpKind::Unknown, span: Span::default() })
    }

    /// Adds a problem.
    pub fn trouble(&mut self, kind: ProblemKind, reason: impl Into<String>, span: Span) {
        self.problems.push(Problem { kind, reason: reason.into(), span });
    }
}
