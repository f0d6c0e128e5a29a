//! The checks: what a pattern cannot say of a system; one file a rule, below the folder of its family.

mod boundary;
mod config;
mod data;
mod experiment;
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
    config::date_guarded_config::CHECK,
    config::keys_inside_block_text::CHECK,
    config::untyped_config_boundary::CHECK,
    data::unconditional_fallback_read::CHECK,
    experiment::commented_out_experiment::CHECK,
    feedback::pseudo_label_without_provenance::CHECK,
    glue::package_lock_in::CHECK,
    monitoring::discarded_result::CHECK,
    monitoring::ignored_load_error::CHECK,
    monitoring::stale_memoised_model::CHECK,
    monitoring::swallowed_data_error::CHECK,
    pipeline::best_checkpoint_unread::CHECK,
    pipeline::self_fed_fallback::CHECK,
    pipeline::shared_scratch_file::CHECK,
    pipeline::stamped_output_not_followed::CHECK,
    pipeline::written_never_read::CHECK,
    process::destructive_op_unprotected::CHECK,
    process::untracked_self_admitted_debt::CHECK,
    reproducibility::library_version_skew::CHECK,
    reproducibility::notebook_out_of_order::CHECK,
    reproducibility::unseeded_randomness::CHECK,
    smell::naked_prediction::CHECK,
    smell::same_feature_two_languages::CHECK,
    threshold::action_without_limit::CHECK,
];
