//! The checks of the family `data`.

pub mod unconditional_fallback_read;
