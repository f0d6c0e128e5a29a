//! The checks of the family `process`.

pub mod destructive_op_unprotected;
pub mod untracked_self_admitted_debt;
