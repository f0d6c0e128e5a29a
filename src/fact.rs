//! What one file says about itself, in one vocabulary for all languages.
//!
//! Facts hold byte spans and interned strings, never syntax trees. Code becomes a light value graph:
//! every body (a module, a function, a class) is a run of numbered operations in source order, in which
//! local names are already replaced by the values that reach them, so that following a data frame, a
//! model, a path or a setting is a walk over numbers.

mod declaration;
mod operation;
mod setting;
mod sql;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use ustr::Ustr;

use crate::source::Span;
pub use declaration::{
    Declaration, DeclaredConsumer, DeclaredData, DeclaredTable, DeclaredTest, Literal, Ownership, Passed, Requirement,
    Script, Step, Word,
};
pub use operation::{Comparison, OpKind, Operator};
pub use setting::{Mount, Scalar, Setting, SettingKind, Variable};
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
    /// Conditions of queries by which rows are chosen.
    pub chosen: Vec<Word>,
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
    /// Names in code that is commented out, be it ever so short.
    pub omitted: Vec<Omitted>,
    /// Comments that admit work still to be done, and name no ticket.
    pub admissions: Vec<Span>,
    /// Cells whose names a runner of notebooks binds anew from outside.
    pub injected: Vec<Span>,
    /// Where values stand that whoever runs the file may replace by their names: a notebook's cell of parameters.
    pub parameters: Vec<Span>,
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

impl Definition {
    /// A definition of which nothing is lowered yet.
    pub fn new(kind: DefKind, name: Text, parent: DefId, span: Span, whole: Span) -> Self {
        Self {
            kind,
            name,
            parent,
            span,
            whole,
            body: 0..0,
            params: Vec::new(),
            decorators: Vec::new(),
            bases: Vec::new(),
            bindings: Vec::new(),
            statements: 0,
            lazy: false,
        }
    }
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

/// A program and its arguments.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Command {
    /// The words: program first, environment assignments left out; unknown parts are `{}`.
    pub words: Vec<Text>,
    /// The folder it is run in, relative to the folder in which its script starts; empty if that is the same.
    pub folder: Text,
    /// Its script goes on before it has ended, and never waits for it.
    pub background: bool,
    /// What follows goes on whatever comes of it, as its script says there: `|| true`.
    pub excused: Option<Span>,
    /// The file for want of which alone it is run, and where that is asked: `if [ ! -f model.pkl ]`.
    pub wanting: Option<(Text, Span)>,
    /// The words in which what only the starter of the script can tell is marked; none if there is no such part.
    pub asked: Vec<Text>,
    /// Files that it reads or writes by redirection; what only the starter of the script can tell is marked.
    pub redirects: Vec<(Access, Text)>,
    /// The text that it is fed with, where that stands in its script.
    pub fed: Text,
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

/// A quoted name in a comment that looks like code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Omitted {
    /// The name, and where it stands.
    pub name: Word,
    /// The keyword before it, if there is one.
    pub keyword: Text,
    /// How many others stand before it in the same call.
    pub place: u32,
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
    /// Something of it is not understood, or more than is looked at; the rest was read.
    Partial,
    /// Left out although it was named, or is kept by git.
    PassedOver,
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
            Self::Partial => "partial",
            Self::PassedOver => "passed-over",
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

    /// Ends a definition's body, which began at `start`, with the names that it binds, in any order.
    pub fn end_body(&mut self, id: DefId, start: Val, mut bindings: Vec<(Text, Val)>, statements: u32) {
        let end = self.next_value();
        bindings.sort_unstable_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
        if let Some(definition) = self.definitions.get_mut(id as usize) {
            (definition.body, definition.bindings, definition.statements) = (start..end, bindings, statements);
        }
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
