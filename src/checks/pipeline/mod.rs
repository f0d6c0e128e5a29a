//! The checks of the family `pipeline`.

pub mod ignored_step_failure;
pub mod missing_entry_point;
pub mod shared_scratch_file;
pub mod written_never_read;
