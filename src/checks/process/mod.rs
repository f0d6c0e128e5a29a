//! The checks of the family `process`.

pub mod destructive_op_unprotected;
