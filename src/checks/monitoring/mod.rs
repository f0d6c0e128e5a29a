//! The checks of the family `monitoring`.

pub mod check_that_cannot_fail;
pub mod discarded_result;
pub mod empty_on_error;
pub mod gate_beside_the_way;
pub mod gate_without_effect;
pub mod ignored_load_error;
pub mod promoted_regardless;
pub mod stale_memoised_model;
pub mod stale_output_on_error;
pub mod swallowed_data_error;
pub mod swallowed_step_failure;
