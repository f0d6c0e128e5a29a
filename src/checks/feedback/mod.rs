//! The checks of the family `feedback`.

pub mod pseudo_label_without_provenance;
