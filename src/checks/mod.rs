//! The checks: what a pattern cannot say of a system; one file a rule, below the folder of its family.

mod boundary;
mod data;
mod monitoring;
mod process;
mod reproducibility;

use crate::system::check::Check;

/// All checks, by family and rule.
pub const ALL: &[Check] = &[
    boundary::shared_output_scraped::CHECK,
    data::unconditional_fallback_read::CHECK,
    monitoring::discarded_result::CHECK,
    process::destructive_op_unprotected::CHECK,
    reproducibility::notebook_out_of_order::CHECK,
];
