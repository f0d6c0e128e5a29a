//! The checks of the family `experiment`.

pub mod commented_out_experiment;
pub mod swapped_arguments;
