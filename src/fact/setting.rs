//! What settings files say: keys with their values, variables, folders that lie elsewhere in a container.

use serde::{Deserialize, Serialize};

use super::Text;
use crate::source::Span;

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
