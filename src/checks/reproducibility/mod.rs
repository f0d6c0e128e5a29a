//! The checks of the family `reproducibility`.

pub mod notebook_out_of_order;
