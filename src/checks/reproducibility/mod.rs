//! The checks of the family `reproducibility`.

pub mod library_version_skew;
pub mod notebook_out_of_order;
pub mod undeclared_dependency;
pub mod unseeded_randomness;
