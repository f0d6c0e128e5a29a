//! The checks of the family `monitoring`.

pub mod discarded_result;
pub mod ignored_load_error;
pub mod stale_memoised_model;
pub mod swallowed_data_error;
pub mod swallowed_step_failure;
