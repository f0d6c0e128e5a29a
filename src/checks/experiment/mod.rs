//! The checks of the family `experiment`.

pub mod commented_out_experiment;
