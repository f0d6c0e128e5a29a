//! The checks of the family `data`.

pub mod missing_stored_key;
pub mod first_of_listing;
pub mod unconditional_fallback_read;
