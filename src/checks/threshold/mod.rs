//! The checks of the family `threshold`.

pub mod action_without_limit;
