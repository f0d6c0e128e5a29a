//! The checks of the family `data`.

pub mod first_of_listing;
pub mod unconditional_fallback_read;
