//! The checks of the family `config`.

pub mod date_guarded_config;
pub mod keys_inside_block_text;
pub mod untyped_config_boundary;
pub mod unused_setting_value;
