//! The checks of the family `pipeline`.

pub mod best_checkpoint_unread;
pub mod self_fed_fallback;
pub mod shared_scratch_file;
pub mod stamped_output_not_followed;
pub mod written_never_read;
