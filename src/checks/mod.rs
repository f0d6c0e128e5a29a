//! The checks: what a pattern cannot say of a system; one file a rule, below the folder of its family.

mod boundary;
mod config;
mod data;
mod evaluation;
mod experiment;
mod feature;
mod feedback;
mod glue;
mod monitoring;
mod pipeline;
mod process;
mod reproducibility;
mod smell;
mod threshold;

use crate::system::check::Check;

/// All checks, by family and rule.
pub const ALL: &[Check] = &[
    boundary::shared_output_scraped::CHECK,
    config::copied_lookup::CHECK,
    config::date_guarded_config::CHECK,
    config::inert_setting::CHECK,
    config::keys_inside_block_text::CHECK,
    config::learner_without_parameters::CHECK,
    config::literal_beside_setting::CHECK,
    config::missing_target::CHECK,
    config::none_text::CHECK,
    config::unloaded_settings_file::CHECK,
    config::untyped_config_boundary::CHECK,
    config::unused_setting_value::CHECK,
    data::empty_time_window::CHECK,
    data::environment_overrides_step::CHECK,
    data::existence_gated_training::CHECK,
    data::first_of_listing::CHECK,
    data::image_input_not_declared::CHECK,
    data::missing_stored_key::CHECK,
    data::tracked_data_overwritten::CHECK,
    data::unconditional_fallback_read::CHECK,
    evaluation::refitted_preprocessor::CHECK,
    evaluation::split_by_split_statistics::CHECK,
    experiment::commented_out_experiment::CHECK,
    experiment::swapped_arguments::CHECK,
    feature::constant_served_feature::CHECK,
    feature::request_row_mismatch::CHECK,
    feature::skewed_feature_formula::CHECK,
    feature::uninverted_target::CHECK,
    feature::unkept_preprocessor::CHECK,
    feedback::pseudo_label_without_provenance::CHECK,
    glue::package_lock_in::CHECK,
    monitoring::check_that_cannot_fail::CHECK,
    monitoring::discarded_result::CHECK,
    monitoring::empty_on_error::CHECK,
    monitoring::gate_beside_the_way::CHECK,
    monitoring::gate_without_effect::CHECK,
    monitoring::ignored_load_error::CHECK,
    monitoring::promoted_regardless::CHECK,
    monitoring::stale_memoised_model::CHECK,
    monitoring::stale_output_on_error::CHECK,
    monitoring::swallowed_data_error::CHECK,
    monitoring::swallowed_step_failure::CHECK,
    pipeline::best_checkpoint_unread::CHECK,
    pipeline::doubled_flow_name::CHECK,
    pipeline::format_mismatch::CHECK,
    pipeline::ignored_step_failure::CHECK,
    pipeline::input_without_producer::CHECK,
    pipeline::lost_step_result::CHECK,
    pipeline::manual_step_in_schedule::CHECK,
    pipeline::missing_entry_point::CHECK,
    pipeline::missing_saved_key::CHECK,
    pipeline::missing_step::CHECK,
    pipeline::one_of_many_awaited::CHECK,
    pipeline::self_fed_fallback::CHECK,
    pipeline::shared_scratch_file::CHECK,
    pipeline::stale_cache_key::CHECK,
    pipeline::stamped_output_not_followed::CHECK,
    pipeline::step_outside_flows::CHECK,
    pipeline::step_rewrites_dependency::CHECK,
    pipeline::unordered_step::CHECK,
    pipeline::unregistered_pipeline::CHECK,
    pipeline::written_never_read::CHECK,
    process::destructive_op_unprotected::CHECK,
    process::untracked_self_admitted_debt::CHECK,
    reproducibility::library_version_skew::CHECK,
    reproducibility::notebook_out_of_order::CHECK,
    reproducibility::undeclared_dependency::CHECK,
    reproducibility::unseeded_randomness::CHECK,
    smell::naked_prediction::CHECK,
    smell::same_feature_two_languages::CHECK,
    threshold::action_without_limit::CHECK,
];
