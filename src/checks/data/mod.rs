//! The checks of the family `data`.

pub mod environment_overrides_step;
pub mod existence_gated_training;
pub mod first_of_listing;
pub mod missing_stored_key;
pub mod unconditional_fallback_read;
