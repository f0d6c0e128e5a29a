//! The checks of the family `reproducibility`.

pub mod library_version_skew;
pub mod notebook_out_of_order;
pub mod unseeded_randomness;
