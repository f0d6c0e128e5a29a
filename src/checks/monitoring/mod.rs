//! The checks of the family `monitoring`.

pub mod discarded_result;
