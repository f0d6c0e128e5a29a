//! How calls hand functions on, and how values get into containers and out of them again.

use serde::Deserialize;

use super::Slot;

/// A call that hands a function to somebody who calls it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hands {
    /// The function; the positional arguments behind it are its own.
    pub function: Slot,
    /// It is called with each element of its arguments.
    #[serde(default)]
    pub each: bool,
    /// Those arguments come after one that is an element of the object whose method this is.
    #[serde(default)]
    pub of_object: bool,
    /// A sequence that holds its positional arguments.
    pub positional: Option<Slot>,
    /// A map that holds its keyword arguments.
    pub named: Option<Slot>,
    /// Keywords of the call that it gets under the same names.
    #[serde(default)]
    pub kept: Vec<Slot>,
    /// So many positional arguments are its own, before those: the number of the process.
    #[serde(default)]
    pub leads: usize,
}

/// What a call makes of a container, or does to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// The very thing: what a future holds, waited for.
    Itself,
    /// A sequence of which each element is the argument.
    Repeated,
    /// Its elements, in another order or container: `list`, `sorted`, `copy`.
    Same,
    /// One of its elements: `next`, `min`, `choice`, `pop`; under a key, if the argument is one.
    One,
    /// What is there under the key that is the argument; a further one is the default.
    Looked,
    /// The keys of a map.
    Keys,
    /// The values of a map.
    Values,
    /// Pairs of its keys and values.
    Items,
    /// Pairs of a number and an element.
    Numbered,
    /// Elements of each argument side by side.
    Zipped,
    /// Its arguments side by side, as they are.
    Given,
    /// The elements of all arguments.
    Chained,
    /// The elements of those that a function lets pass.
    Filtered,
    /// A map made from another one, or from keywords.
    Map,
    /// A map of an object's fields.
    Fields,
    /// Another object like the first argument, but for the keywords.
    Replaced,
    /// The argument is put in.
    Puts,
    /// The elements of the argument are put in.
    Extends,
    /// The entries of the argument and the keywords are put in.
    Updates,
}
