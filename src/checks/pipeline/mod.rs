//! The checks of the family `pipeline`.

pub mod format_mismatch;
pub mod missing_saved_key;
pub mod ignored_step_failure;
pub mod missing_entry_point;
pub mod shared_scratch_file;
pub mod stale_cache_key;
pub mod written_never_read;
