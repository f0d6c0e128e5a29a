//! Values that all makers of one kind of thing take: the rate of an optimiser.

use serde::Deserialize;

use super::{Names, Slot, fits_name};

/// One such value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knob {
    /// The makers' qualified names.
    name: Names,
    /// Where they take it.
    pub slot: Slot,
}

impl Knob {
    /// Does a maker of that name take it?
    pub fn is_of(&self, name: &str) -> bool {
        self.name.iter().any(|pattern| fits_name(pattern, name))
    }
}
