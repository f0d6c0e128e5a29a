//! The checks of the family `data`.

pub mod empty_time_window;
pub mod environment_overrides_step;
pub mod existence_gated_training;
pub mod first_of_listing;
pub mod image_input_not_declared;
pub mod missing_stored_key;
pub mod tracked_data_overwritten;
pub mod unconditional_fallback_read;
