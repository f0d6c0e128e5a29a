//! Steps that prepare a picture or a text on its way into a model, and that must be the same wherever it is asked.

use serde::Deserialize;

use super::{Names, Slot, fits_name};

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChainKind {
    /// It opens a picture as it was taken.
    Picture,
    /// It takes a mean off each channel, and divides by a deviation.
    Normalise,
    /// It brings bytes to numbers between 0 and 1.
    Scale,
    /// It opens a sound, and samples it so often a second.
    Sound,
    /// It brings pictures to one size.
    Size,
    /// It takes texts apart into words.
    Words,
    /// It makes letters small or great.
    Case,
    /// It takes marks, digits or tags out of texts.
    Marks,
    /// It makes letters small by itself, so that it does not matter whether somebody did so before.
    Caseless,
    /// It opens a picture with its blue channel first.
    Blue,
    /// It opens a picture with its red channel first.
    Red,
    /// It turns the order of the channels round.
    Turn,
    /// It leaves one channel.
    Grey,
    /// It may do any of these.
    Opaque,
}

impl ChainKind {
    /// What is done to the data, in words.
    pub fn done(self) -> &'static str {
        match self {
            Self::Picture => "opened",
            Self::Normalise => "normalised",
            Self::Scale => "scaled",
            Self::Size => "resized",
            Self::Sound => "sampled",
            Self::Case | Self::Caseless => "brought to one case",
            Self::Marks => "cleaned of marks",
            Self::Words => "taken apart",
            Self::Blue => "opened as BGR",
            Self::Red => "opened as RGB",
            Self::Turn => "turned from one order of channels to another",
            Self::Grey => "made grey",
            Self::Opaque => "prepared",
        }
    }
}

/// Calls that are such a step.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainStep {
    /// Qualified names.
    name: Option<Names>,
    /// Or the last names of methods and functions, of whatever library.
    last: Option<Names>,
    /// What it does.
    pub kind: ChainKind,
    /// By which values it does so.
    #[serde(default)]
    pub values: Vec<Slot>,
    /// Only if this keyword is given, and is not false.
    pub with: Option<String>,
    /// Not if this keyword is given as false.
    pub unless: Option<String>,
    /// Only if one of its arguments is a constant of such a name, or such a text.
    pub given: Option<Names>,
}

impl ChainStep {
    /// Is an argument called so one with which it does that?
    pub fn is_given(&self, argument: &str) -> bool {
        self.given.as_ref().is_none_or(|names| names.iter().any(|pattern| fits_name(pattern, argument)))
    }

    /// Is a call of that qualified name, or of that last name, such a step?
    pub fn is(&self, name: Option<&str>, last: &str) -> bool {
        let listed =
            |names: &Option<Names>, of: &str| names.as_ref().is_some_and(|n| n.iter().any(|p| fits_name(p, of)));
        name.is_some_and(|name| listed(&self.name, name)) || listed(&self.last, last)
    }
}
