//! The checks of the family `pipeline`.

pub mod best_checkpoint_unread;
pub mod doubled_flow_name;
pub mod format_mismatch;
pub mod ignored_step_failure;
pub mod input_without_producer;
pub mod lost_step_result;
pub mod manual_step_in_schedule;
pub mod missing_entry_point;
pub mod missing_saved_key;
pub mod missing_step;
pub mod one_of_many_awaited;
pub mod self_fed_fallback;
pub mod shared_scratch_file;
pub mod stale_cache_key;
pub mod stamped_output_not_followed;
pub mod step_outside_flows;
pub mod step_rewrites_dependency;
pub mod unordered_step;
pub mod unregistered_pipeline;
pub mod written_never_read;
