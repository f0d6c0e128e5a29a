//! The checks of the family `data`.

pub mod existence_gated_training;
pub mod unconditional_fallback_read;
