//! What an operation of a body does, and which values it takes.

use serde::{Deserialize, Serialize};

use super::{DefId, Facts, Operands, Text, Val};

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
    /// `&`, `and`: also lays maps over each other
    Bit,
    /// `>>`: also puts the left before the right
    ShiftRight,
    /// `<<`: also puts the right before the left
    ShiftLeft,
    /// Any other.
    Other,
    /// `|`: also lays maps over each other
    Or,
}

/// A comparison, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// `==`, `is`
    Equal,
    /// `!=`, `is not`
    Unequal,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// Does it say which of two is the greater?
    pub fn orders(self) -> bool {
        matches!(self, Self::Less | Self::Greater | Self::AtMost | Self::AtLeast)
    }

    /// The same, whether the limit itself is meant or not.
    pub fn loosely(self) -> Self {
        match self {
            Self::AtMost => Self::Less,
            Self::AtLeast => Self::Greater,
            other => other,
        }
    }
}

impl Facts {
    /// Calls for every value that an operation of this file takes, as often as it takes it, in the order of its parts.
    pub fn each_operand(&self, kind: OpKind, take: &mut dyn FnMut(Val)) {
        let mut run = |operands| self.operands(operands).iter().map(|o| o.value).for_each(&mut *take);
        match kind {
            OpKind::List(operands)
            | OpKind::Tuple(operands)
            | OpKind::Dict(operands)
            | OpKind::Format(operands)
            | OpKind::Either(operands) => run(operands),
            OpKind::Call(function, operands) => {
                take(function);
                self.operands(operands).iter().map(|o| o.value).for_each(take);
            }
            OpKind::Attr(a, _)
            | OpKind::Bind(_, a)
            | OpKind::Return(a)
            | OpKind::If(a, _)
            | OpKind::With(a)
            | OpKind::Element(a)
            | OpKind::Part(a, _)
            | OpKind::Not(a)
            | OpKind::Test(a)
            | OpKind::Assert(a)
            | OpKind::Delete(a) => take(a),
            OpKind::Index(a, b)
            | OpKind::Slice(a, b)
            | OpKind::Binary(_, a, b)
            | OpKind::Compare(_, a, b)
            | OpKind::SetAttr(a, _, b)
            | OpKind::After(a, b) => [a, b].into_iter().for_each(take),
            OpKind::SetIndex(a, b, c) => [a, b, c].into_iter().for_each(take),
            OpKind::Str(_)
            | OpKind::Int(_)
            | OpKind::Float(_)
            | OpKind::Bool(_)
            | OpKind::Nothing
            | OpKind::Unknown
            | OpKind::Param(_)
            | OpKind::Global(_)
            | OpKind::Path(_)
            | OpKind::Import(_)
            | OpKind::Define(_)
            | OpKind::Else(..)
            | OpKind::End(_)
            | OpKind::Loop
            | OpKind::Try
            | OpKind::Handler(_)
            | OpKind::Raise
            | OpKind::Leave => {}
        }
    }
}
