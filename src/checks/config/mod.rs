//! The checks of the family `config`.

pub mod copied_lookup;
pub mod date_guarded_config;
pub mod keys_inside_block_text;
pub mod missing_target;
pub mod untyped_config_boundary;
