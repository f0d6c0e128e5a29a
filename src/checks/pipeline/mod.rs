//! The checks of the family `pipeline`.

pub mod written_never_read;
