//! The checks of the family `pipeline`.

pub mod shared_scratch_file;
pub mod written_never_read;
