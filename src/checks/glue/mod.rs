//! The checks of the family `glue`.

pub mod package_lock_in;
